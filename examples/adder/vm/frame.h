/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Frames, and functions and generators as the machine sees them.
 *
 * A frame owns what its registers hold. Those of a thread's running functions stand on
 * the thread's own stack, outside the heap: references from there are simply counts that
 * no object explains, which is all that the collector needs to know about roots. Only a
 * generator's frame is part of an object, whose registers are traced as its fields.
 */
#ifndef ADDER_VM_FRAME_H
#define ADDER_VM_FRAME_H

#include "vm/code.h"

enum frame_flags {
    FRAME_ENTRY = 1,     /* run() ends with it */
    FRAME_INIT = 2,      /* an __init__: its caller gets `made` */
    FRAME_GENERATOR = 4, /* part of a generator */
    FRAME_FOR = 8        /* resumed by the caller's FOR_ITER */
};

struct frame {
    struct frame *back;
    struct code *code;
    const struct instr *pc; /* the next one, while it is not the innermost */
    ref *regs;
    struct function *function; /* owned, or NULL: module and class bodies */
    ref globals;               /* borrowed from the function, or owned by the caller */
    ref names;                 /* of a class body: a dict, borrowed */
    ref made;                  /* owned */
    uint16_t flags, result;    /* result: the caller's register */
};

enum generator_state { GENERATOR_NEW, GENERATOR_WAITING, GENERATOR_RUNNING, GENERATOR_DONE };

struct generator {
    struct object object;
    ref name, qualname, function;
    ref handled; /* what it was handling when it yielded */
    ref outer;   /* what its resumer was handling, while it runs */
    TARN__ATOMIC(uint32_t) state;
    struct frame frame;
    size_t count; /* registers: the array's length */
    ref regs[];
};

/* A frame for the code on the thread's stack, with empty registers, not yet linked. */
struct frame *frame_push(struct code *code);
void frame_release(struct frame *frame); /* what it owns, and its place on the stack */

/* Puts arguments into a frame's registers. Steals the references of `args`, in any
 * case. False: TypeError waits. */
bool arguments_bind(struct function *f, ref *regs, ref *args, size_t n, ref kwnames);

/* Runs a frame to its end. */
ref run(struct frame *frame);

/* Runs a module's or class's body. */
ref run_body(struct code *code, ref globals, ref names);

ref function_new(struct code *code, ref globals, ref defaults, ref kwdefaults, ref closure);
ref function_call(ref callee, ref *args, size_t n, ref kwnames);

/* A generator that takes the frame's registers over. */
ref generator_from(struct frame *frame);
/* Resumes with a value (owned), or NULL: with self.error. NULL without an exception: it
 * has returned, *result is what (owned). */
ref generator_resume(struct generator *g, ref value, ref *result);
bool generator_enter(struct generator *g);
void generator_leave(struct generator *g, enum generator_state state);

ref build_class(ref body, ref name, ref bases, ref keywords);
ref import_module(ref name, bool top);
ref import_from(ref module, ref name);
int import_star(ref module, ref names);

extern ref builtins; /* the dict of the module */

/* Set by a signal handler; the main thread then raises KeyboardInterrupt. */
extern volatile int interrupted;
bool interrupt_raise(void);

/* A safepoint between instructions: finalizers and callbacks run here. */
static inline bool poll(void) {
    tarn_safepoint();
    return tarn__likely(!interrupted) || interrupt_raise();
}

void traceback_print(ref exception, bool chain);
ref traceback_text(ref exception);
ref yield_from_step(ref iterator, ref sent, ref *result);

#endif
