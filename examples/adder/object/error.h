/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Raising: the functions leave the exception in self.error and return NULL, or -1.
 */
#ifndef ADDER_OBJECT_ERROR_H
#define ADDER_OBJECT_ERROR_H

#include "object/names.h"
#include "object/thread.h"

struct exception {
    struct object object;
    tarn_slot args, dict, cause, context, traceback;
    bool suppress_context;
};

/* One line of a traceback, from outer to inner frame. */
struct traceback {
    struct object object;
    ref next; /* toward the inner frame */
    ref code; /* struct code */
    int at;   /* index of the instruction */
};

/* Formats as printf does, %R being the repr and %S the str of a ref, %T the name of its
 * class, %N the name of a struct cls. */
void *raise_error(struct cls *cls, const char *format, ...);
int raise_int(struct cls *cls, const char *format, ...);

/* An exception with one argument, a ref, or without (NULL). */
void *raise_value(struct cls *cls, ref value);
void *raise_no_memory(void);

/* Makes an exception of a class with these arguments, without running a script's code. */
ref exception_new(struct cls *cls, ref args);

/* Sets self.error to an owned exception; gives it its context. */
void *raise_owned(ref exception);

/* Notes in the exception that waits which name was looked for, and in which object (or
 * NULL): what is suggested comes from there. */
void *raise_about(ref object, ref name);

/* Takes self.error. */
static inline ref error_take(void) {
    ref e = self.error;
    self.error = NULL;
    return e;
}

/* Puts an exception taken by error_take back as it was. */
static inline void error_restore(ref e) {
    drop(self.error);
    self.error = e;
}

static inline void error_clear(void) {
    drop(error_take());
}

static inline bool error_is(const struct cls *cls) {
    return self.error && is_instance(self.error, cls);
}

/* Whether the exception that waits is of the class; if so it is cleared. */
bool error_clear_if(const struct cls *cls);

/* Puts a line in front of the traceback of self.error. */
void traceback_add(ref code, int at);

/* "Exception ignored in: <where>" and the traceback to standard error; clears it. */
void error_unraisable(const char *message, ref where);

void error_start(void);

#endif
