/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The iterator that most classes of iterators share.
 */
#ifndef ADDER_OBJECT_ITER_H
#define ADDER_OBJECT_ITER_H

#include "object/function.h"

struct iterator {
    struct object object;
    tarn_slot source, extra; /* source is NULL at the end */
    TARN__ATOMIC(size_t) at;
    size_t count; /* of a dict or set, when it began */
};

ref iterator_new(struct cls *cls, ref source, ref extra);
ref callable_iterator_new(ref function, ref sentinel);

/* Small ranges, which the interpreter steps through itself. */
struct range_iterator {
    struct object object;
    TARN__ATOMIC(intptr_t) next;
    intptr_t step;
    TARN__ATOMIC(size_t) left;
};

#endif
