/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Objects, as the layers inside see them. */
#ifndef TARN_OBJECT_OBJECT_H
#define TARN_OBJECT_OBJECT_H

#include "object/type.h"

/* Largest object, in bytes: what the header of tarn.h promises. */
#define TARN_OBJECT_SIZE_MAX ((size_t)1 << 46)

/* Inside a read section: a new strong reference unless the object is dead. */
bool tarn__object_try_incref(struct tarn_mutator *m, struct tarn_object *o);

/* A new reference to what the caller holds: an object, or nothing to count. */
static inline struct tarn_object *tarn__object_hold(struct tarn_object *o) {
    tarn_incref_value(o);
    return o;
}

#endif
