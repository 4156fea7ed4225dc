/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Enumerating the references that an object owns, by its type's tables.
 *
 * One macro, so that the judge, the teardown and the verifier each compile it
 * with their own body inlined: offset types need no indirect call. Fields are
 * read as relaxed atomics: they may change while an object is looked at (S1).
 */
#ifndef TARN_OBJECT_TRACE_H
#define TARN_OBJECT_TRACE_H

#include "object/type.h"
#include <tarn/tarn.h>

/* Immediate values read as NULL. */
static inline struct tarn_object *tarn__reference_at(const void *field) {
    const TARN__ATOMIC(struct tarn_object *) *cell = field;
    /* relaxed: whoever follows it holds the object, or the world is stopped. */
    struct tarn_object *reference = tarn__load(cell, relaxed);
    return tarn__unlikely(tarn_is_immediate(reference)) ? NULL : reference;
}

typedef void (*tarn__trace_body)(struct tarn_object *reference, void *arg);

struct tarn__trace_call {
    tarn__trace_body body;
    void *arg;
};

static inline void tarn__trace_relay(void *reference, void *arg) {
    struct tarn__trace_call *call = arg;
    if (reference && !tarn_is_immediate(reference))
        call->body(reference, call->arg);
}

/* The references at some offsets. Copies, as the body may write what looks like the type. */
static inline __attribute__((always_inline)) void
tarn__trace_fields(char *base, const size_t *offsets, uint32_t count, tarn__trace_body body,
                   void *arg) {
    for (const size_t *end = offsets + count; offsets != end; offsets++) {
        struct tarn_object *r = tarn__reference_at(base + *offsets);
        if (r)
            body(r, arg);
    }
}

/* Calls body(reference, arg) for every reference that is not NULL. */
static inline __attribute__((always_inline)) void
tarn__trace(const struct tarn_type *type, struct tarn_object *o, tarn__trace_body body, void *arg) {
    tarn__trace_fields((char *)o, type->offsets, type->offset_count, body, arg);
    if (type->element_offset_count) {
        size_t length = tarn__object_length(type, o);
        char *element = (char *)o + type->size;
        for (size_t n = 0; n < length; n++, element += type->element_size)
            tarn__trace_fields(element, type->element_offsets, type->element_offset_count, body,
                               arg);
    }
    if (tarn__unlikely(type->trace != NULL)) {
        struct tarn__trace_call call = {body, arg};
        type->trace(o, tarn__trace_relay, &call);
    }
}

#endif
