/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Objects, as the layers inside see them. */
#ifndef TARN_OBJECT_OBJECT_H
#define TARN_OBJECT_OBJECT_H

#include "object/type.h"

/* Largest object, in bytes: what the header of tarn.h promises. */
#define TARN_OBJECT_SIZE_MAX ((size_t)1 << 46)

/*
 * Inside a read section: a new strong reference unless the object is dead. The owner's
 * way first: a bias that names this seat is a living object's, for a dead one's is a
 * list link, whose seat field is 0.
 */
static inline bool tarn__object_try_incref(const struct tarn_mutator *m, struct tarn_object *o) {
    /* relaxed: see above. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    if (tarn__bias_seat(bias) == m->seat.cache.id &&
        (int64_t)bias < (int64_t)((uint64_t)INT32_MAX << TARN__COUNT_SHIFT)) {
        /* relaxed: the owner alone writes it. */
        tarn__store(&o->bias, bias + TARN__COUNT_ONE, relaxed);
        return true;
    }
    return tarn__count_try_incref(o);
}

/* A new reference to what the caller holds: an object, or nothing to count. */
static inline struct tarn_object *tarn__object_hold(struct tarn_object *o) {
    tarn_incref_value(o);
    return o;
}

#endif
