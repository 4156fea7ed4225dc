/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What each thread of the interpreter has of its own.
 */
#ifndef ADDER_OBJECT_THREAD_H
#define ADDER_OBJECT_THREAD_H

#include "object/heap.h"

struct frame;

/* What a name means for instances of a class: see attribute_find(). */
struct attribute {
    uint64_t version; /* of the class; 0: empty */
    ref name;
    ref value;     /* what the class and its bases have, borrowed, or NULL */
    int32_t index; /* of the instance's own slot, or -1 */
    bool data;     /* value is a data descriptor */
    bool plain;    /* value is a function of a script or of the program: a method */
};

enum { ATTRIBUTES_CACHED = 1024 };

/* Where a character of a long text that is not ASCII was found last: the next one is
 * near. The text is held, so that its address stays its own. */
struct text_place {
    ref text;
    size_t index, offset;
};

struct thread {
    ref error;           /* the exception on its way, owned, or NULL */
    ref handled;         /* the one that an except clause is handling, owned, or NULL */
    struct frame *frame; /* the innermost */
    unsigned depth;      /* of calls */
    char *stack, *stack_top, *stack_end; /* frames: a chain of chunks */
    uint64_t number;                     /* threading.get_ident() */
    ref locals;                          /* threading.local: the number of each to its dict */
    ref reprs;                           /* list of the objects whose repr is being made */
    struct text_place places[4];
    unsigned next_place;
    struct attribute cache[ATTRIBUTES_CACHED];
};

extern __thread struct thread self __attribute__((tls_model("initial-exec")));

/* How deep calls may go (sys.setrecursionlimit). */
extern unsigned recursion_limit;

/* Counts one level of calls. False: RecursionError waits. */
bool depth_enter(const char *where);

static inline void depth_leave(void) {
    self.depth--;
}

#endif
