/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What follows when a count reaches zero: mail, user code, retirement, teardown.
 */
#ifndef TARN_OBJECT_DEATH_H
#define TARN_OBJECT_DEATH_H

#include "base/check.h"
#include "object/type.h"

/* The seat's worklist of the dead that are to be torn down, linked through their bias. */
static inline void tarn__dying_push(struct tarn_mutator *m, struct tarn_object *o) {
    /* relaxed: the object is dead and known to this thread alone, or to late
     * readers that look at its other word. */
    tarn__store(&o->bias, tarn__link_to(m->dying), relaxed);
    if (!m->dying)
        m->dying_last = o;
    m->dying = o;
}

static inline struct tarn_object *tarn__dying_pop(struct tarn_mutator *m) {
    struct tarn_object *o = m->dying;
    /* relaxed: as above. */
    m->dying = tarn__link_target(tarn__load(&o->bias, relaxed));
    return o;
}

/* Does what a drop left to do. Tears nothing down yet. */
void tarn__object_finish(struct tarn_mutator *m, struct tarn_object *o, enum tarn_drop outcome);

/* Tears down what finish() queued, within the configured budget; what is left
 * waits for the next safepoint. */
void tarn__object_run_dying(struct tarn_mutator *m);

/* The same without a budget: for who has to know that nothing dead is left. */
void tarn__object_run_all_dying(struct tarn_mutator *m);

/* Drops one reference, wherever the object's bias lies. */
void tarn__object_drop(struct tarn_mutator *m, struct tarn_object *o);

/* Frees the block, in a pool of the caller's own, of an object that only it knows. */
static inline void tarn__object_free_own(struct tarn_mutator *m, struct tarn_pool *pool,
                                         struct tarn_object *o) {
    TARN_ASSERT(pool->owner == &m->seat.cache && pool->slices);
    tarn__counter_add(&m->freed, 1);
    tarn__block_set_mark(o, 0);
    tarn__block_free_owner(&m->seat.cache, pool, o);
}

/* Whether a dead object with this word is a husk: its references are gone, and its block
 * alone waits, with the words of its fields as they were. */
static inline bool tarn__object_is_husk(uint64_t word) {
    const uint64_t gone = TARN__DEAD | TARN__DISPOSED;
    return (word & gone) == gone && !(tarn__type_of_word(word)->stages & TARN_STAGE_DISPOSE);
}

/* Tears an object down whose last reference the caller, its owner, has, and that nobody
 * else knows; false: it wants user code, or deaths are rationed, so it must go the long
 * way. */
bool tarn__object_die_alone(struct tarn_mutator *m, struct tarn_object *o);

/* Disposes of a dead object and drops its references, except those for which
 * `skip` is true; its block is the caller's to free. */
void tarn__object_release_references(struct tarn_mutator *m, struct tarn_object *o,
                                     bool (*skip)(struct tarn_object *reference));

/* Frees the block of a dead object. */
void tarn__object_free_block(struct tarn_mutator *m, struct tarn_object *o);

/* --- retired.c --- */

/* Retires a dead object, or a raw block, until a grace period has passed. */
void tarn__object_retire(struct tarn_mutator *m, void *item);

/* Retired batches of this seat and of the heap: tears down those that are
 * ready, closes what has gathered. */
void tarn__retired_run(struct tarn_mutator *m);

/* Moves the seat's batches and worklist to the heap. */
void tarn__retired_hand_over(struct tarn_mutator *m);

/* World stopped: takes every retired or dead object of the heap, its grace
 * period being over, onto the caller's worklist. Returns whether there were any. */
bool tarn__retired_take_all(struct tarn_mutator *m);

/* --- mail.c --- */

void tarn__mail_post(struct tarn_object *o);
/* Merges every entry of a seat's mail: its owner, or whoever has claimed or
 * stopped it; `m` is the calling thread's and gets what dies. */
void tarn__mail_drain(struct tarn_mutator *m, struct tarn_seat *of);

/* --- pending.c --- */

void tarn__pending_post(struct tarn_heap *heap, struct tarn_object *o);
bool tarn__pending_waits(struct tarn_heap *heap);
/* Runs user code that waits; returns how many pieces ran. */
size_t tarn__pending_run(struct tarn_mutator *m);
/* A thread leaves inside user code: the rest of its round goes back. */
void tarn__pending_put_back(struct tarn_mutator *m);

/* --- weak.c --- */

/* The object died: its weak references read NULL, callbacks are queued. */
void tarn__weak_detach(struct tarn_mutator *m, struct tarn_object *o);
/* Runs the callback of a weak reference taken from the pending queue. */
void tarn__weak_run_callback(struct tarn_heap *heap, struct tarn_object *weak);
/* World stopped: short references to `o` made so far read NULL from now on. */
void tarn__weak_condemn(struct tarn_object *o);
/* World stopped: no weak reference reaches `o` any more. */
void tarn__weak_kill(struct tarn_object *o);
/* World stopped: the weak reference itself is garbage; its callback is off. */
void tarn__weak_disarm(struct tarn_object *weak);
bool tarn__weak_is_weak(const struct tarn_heap *heap, const struct tarn_type *type);
/* A pool goes: what weak references left beside it. */
void tarn__weak_release_pool(struct tarn_pool *pool);
bool tarn__weak_register_types(struct tarn_heap *heap);

#endif
