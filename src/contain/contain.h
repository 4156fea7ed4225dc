/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the containers share: their types, found through the heap, and the objects
 * inside of them.
 *
 * Objects inside of a container (segments, directories, buckets) are known to it
 * alone and never leave it while it lives, so they are not published: a container
 * that readers may still borrow is itself torn down after a grace period, and what
 * it holds after it.
 */
#ifndef TARN_CONTAIN_CONTAIN_H
#define TARN_CONTAIN_CONTAIN_H

#include "base/check.h"
#include "object/death.h"
#include "object/ephemeron.h"
#include "object/object.h"
#include <tarn/contain.h>

/* Indices of heap->contain. */
enum tarn_contain_type {
    TARN_CONTAIN_VEC,
    TARN_CONTAIN_VEC_SEGMENT,
    TARN_CONTAIN_VEC_DIRECTORY,
    TARN_CONTAIN_MAP,
    TARN_CONTAIN_MAP_NODE,
    TARN_CONTAIN_MAP_BUCKETS,
    TARN_CONTAIN_MAP_TABLE,
    TARN_CONTAIN_MAP_DIRECTORY,
    TARN_CONTAIN_MAP_LEAF_NODE, /* of acyclic maps */
    TARN_CONTAIN_MAP_LEAF_BUCKETS,
    TARN_CONTAIN_EPHEMERON,
};

/* The types of a new heap; false: no memory. */
bool tarn__contain_register_types(struct tarn_heap *heap);

bool tarn__vec_register_types(struct tarn_heap *heap);
bool tarn__map_register_types(struct tarn_heap *heap);

static inline struct tarn_type *tarn__contain_type(struct tarn_mutator *m,
                                                   enum tarn_contain_type which) {
    return tarn__seat_heap(&m->seat)->contain[which];
}

/* Whether an object is a container of that type, of the caller's heap. */
static inline bool tarn__contain_is(struct tarn_mutator *m, const void *object,
                                    enum tarn_contain_type which) {
    const struct tarn_object *o = object;
    /* relaxed: an object's type never changes. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    return ((word ^ tarn__contain_type(m, which)->shared) & TARN__TYPE_MASK) == 0;
}

/* The caller's mutator, `object` being a container of that type. */
static inline struct tarn_mutator *tarn__contain_expect(const char *function, void *object,
                                                        enum tarn_contain_type which) {
    struct tarn_mutator *m = tarn__mutator_expect(function);
    if (tarn__unlikely(!object || tarn_is_immediate(object) || !tarn__contain_is(m, object, which)))
        tarn__fatal(function, "%p is no %s of the heap that the thread is attached to", object,
                    tarn__contain_type(m, which)->name);
    return m;
}

typedef TARN__ATOMIC(void *) tarn__inner_cell;

/* The inner object in a cell, `made` being its first. Whoever comes first with one
 * has it installed; NULL: there is none, and none could be made. */
static inline void *tarn__inner_install(tarn__inner_cell *cell, void *made) {
    void *found = NULL;
    if (!made)
        /* acquire: pairs with the release below. */
        return tarn__load(cell, acquire);
    /* acq_rel: publishes the object, whose cells are zero; or acquires the winner's. */
    if (tarn__cas(cell, &found, made, acq_rel, acquire))
        return made;
    tarn_decref(made);
    return found;
}

#endif
