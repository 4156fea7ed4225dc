/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Both halves of an object's count: every transition of the two header words.
 *
 * The argument is docs/memory-model.md [CNT-1] to [CNT-7]. Biased reference
 * counting after Choi, Shull and Torrellas (PACT 2018), with a death bit in
 * place of their handshake, and mail that owns a reference. The functions
 * return what the caller has to do; nothing here posts, frees or calls out.
 * Written over the atomics vocabulary alone, so that it also runs in models.
 *
 * Progress: owner operations and increments are wait-free; a foreign decrement
 * repeats only when another thread changed the word: lock-free.
 */
#ifndef TARN_OBJECT_COUNT_KERNEL_H
#define TARN_OBJECT_COUNT_KERNEL_H

#include "base/atomic.h"
#include <tarn/layout.h>

/* What a drop leaves to its caller. */
enum tarn_drop {
    TARN_DROP_LIVE,    /* nothing: references remain, or another party finishes */
    TARN_DROP_PRIVATE, /* dead; no other thread ever knew it: free at once */
    TARN_DROP_DEAD,    /* dead; PUBLISHED or WEAK in the word say: retire it */
    TARN_DROP_MAIL,    /* post to the owner's mail */
    TARN_DROP_PEND,    /* queue for user code; the queue owns a reference */
    TARN_DROP_OVER     /* dropped once too often */
};

/* User code that a type asks for before death. */
enum tarn_stage { TARN_STAGE_NONE = 0, TARN_STAGE_FINALIZE = 1, TARN_STAGE_DISPOSE = 2 };

/* Beyond this a merged count is no longer kept [CNT-6]. */
#define TARN__COUNT_MAX ((int64_t)1 << 30)

static inline int64_t tarn__count_of(uint64_t word) {
    return (int64_t)word >> TARN__COUNT_SHIFT;
}

static inline uint32_t tarn__bias_seat(uint64_t bias) {
    return (uint32_t)(bias & TARN__BIAS_SEAT_MASK);
}

/* The stages of `wanted` that have not run on an object with this word. */
static inline unsigned tarn__stage_left(unsigned wanted, uint64_t shared) {
    unsigned left = wanted;
    if (shared & TARN__FINALIZED)
        left &= ~(unsigned)TARN_STAGE_FINALIZE;
    if (shared & TARN__DISPOSED)
        left &= ~(unsigned)TARN_STAGE_DISPOSE;
    return left;
}

/*
 * Tries to end a merged object whose count was seen to be zero [CNT-5].
 * `wanted`: its type's stages. Returns LIVE, DEAD or PEND.
 */
static inline enum tarn_drop tarn__count_die(struct tarn_object *o, unsigned wanted) {
    /* acquire: pairs with the release of every decrement; what other threads
     * did with the object happens before its end. */
    uint64_t word = tarn__load(&o->shared, acquire);
    for (;;) {
        if (tarn__count_of(word) != 0 || !(word & TARN__MERGED) ||
            (word & (TARN__DEAD | TARN__QUEUED | TARN__IMMORTAL)))
            return TARN_DROP_LIVE;
        bool pend = tarn__stage_left(wanted, word) != 0;
        uint64_t next = pend ? (word + TARN__COUNT_ONE) | TARN__PENDING : word | TARN__DEAD;
        /* acq_rel: the acquire as above; the release pairs with the acquire of
         * whoever runs the pending code or tears down. acquire on failure: the
         * word is judged again. */
        if (tarn__cas_weak(&o->shared, &word, next, acq_rel, acquire))
            return pend ? TARN_DROP_PEND : TARN_DROP_DEAD;
    }
}

/* The word at a change: too large to keep counting? So is a sum of which it is one half,
 * for the other is not below 1. */
static inline void tarn__count_saturate(struct tarn_object *o, uint64_t word) {
    if (tarn__unlikely(tarn__count_of(word) > TARN__COUNT_MAX))
        /* relaxed: the flag is sticky and orders nothing. */
        tarn__fetch_or(&o->shared, TARN__IMMORTAL, relaxed);
}

/*
 * Owner (or claimer, or world stopped): ends the bias and adds `delta` to what
 * the local half held. Returns the shared word after. The bias is cleared
 * first: after the addition another thread may free the object [CNT-2].
 */
static inline uint64_t tarn__count_merge(struct tarn_object *o, int64_t delta, uint64_t clear) {
    /* relaxed: this party alone writes the word. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    int64_t local = tarn__count_of(bias) + delta;
    /* relaxed: far from the edge others cannot matter; the flag is sticky. */
    if (tarn__unlikely(local + tarn__count_of(tarn__load(&o->shared, relaxed)) > TARN__COUNT_MAX)) {
        tarn__fetch_or(&o->shared, TARN__IMMORTAL, relaxed);
        local = 0; /* the sum does not fit and is not kept any more [CNT-6] */
    }
    /* relaxed: ordered before the addition by its release. */
    tarn__store(&o->bias, bias & TARN__BIAS_FLAGS_MASK, relaxed);
    uint64_t add = (uint64_t)local * TARN__COUNT_ONE + TARN__MERGED - clear;
    /* acq_rel: the release publishes the cleared bias and the owner's last
     * accesses to whoever drops last; the acquire pairs with the release of the
     * foreign decrements, in case that is this thread. */
    uint64_t after = tarn__fetch_add(&o->shared, add, acq_rel) + add;
    tarn__count_saturate(o, after);
    return after;
}

/* Owner: the last local reference goes. `bias` is the word read. */
static inline enum tarn_drop tarn__count_owner_zero(struct tarn_object *o, unsigned wanted) {
    /* acquire: pairs with the release in tarn__count_foreign_decref(); other
     * threads' accesses happen before the block is reused. */
    uint64_t word = tarn__load(&o->shared, acquire);
    if (tarn__count_of(word) == 0 && !wanted &&
        !(word & (TARN__QUEUED | TARN__PUBLISHED | TARN__WEAK | TARN__IMMORTAL)))
        return TARN_DROP_PRIVATE;
    uint64_t after = tarn__count_merge(o, -1, 0);
    if (tarn__count_of(after) != 0 || (after & TARN__QUEUED))
        return tarn__count_of(after) < 0 && !(after & (TARN__QUEUED | TARN__IMMORTAL))
                   ? TARN_DROP_OVER
                   : TARN_DROP_LIVE;
    return tarn__count_die(o, wanted);
}

/* Owner: one of its references goes. `bias` is the word read. */
static inline enum tarn_drop tarn__count_owner_decref(struct tarn_object *o, uint64_t bias,
                                                      unsigned wanted) {
    if (bias < 2 * TARN__COUNT_ONE)
        return tarn__count_owner_zero(o, wanted);
    /* relaxed: the owner alone writes it. */
    tarn__store(&o->bias, bias - TARN__COUNT_ONE, relaxed);
    return TARN_DROP_LIVE;
}

/* Whether a drop by another thread than the owner is the owner's to finish: it asks for
 * it by mail, or does it in the owner's place [CNT-8]. */
static inline bool tarn__count_wants_owner(uint64_t word) {
    return tarn__count_of(word) <= 0 && !(word & (TARN__MERGED | TARN__QUEUED | TARN__IMMORTAL));
}

/* Any thread but the owner: one reference more, of an object held anyhow. */
static inline void tarn__count_foreign_incref(struct tarn_object *o) {
    /* relaxed: the caller's own reference keeps the object; nothing is published. */
    uint64_t before = tarn__fetch_add(&o->shared, TARN__COUNT_ONE, relaxed);
    tarn__count_saturate(o, before);
}

/* Any thread inside a read section: one reference more, unless it is dead. */
static inline bool tarn__count_try_incref(struct tarn_object *o) {
    /* relaxed: a look only, so that readers of an immortal object leave its line
     * alone: the flag is sticky, and such an object does not die. */
    uint64_t seen = tarn__load(&o->shared, relaxed);
    if ((seen & (TARN__IMMORTAL | TARN__DEAD)) == TARN__IMMORTAL)
        return true;
    /* relaxed: the pointer was read with acquire, which shows the object; on
     * DEAD nothing is undone, for the word is no count any more [CNT-5]. */
    uint64_t before = tarn__fetch_add(&o->shared, TARN__COUNT_ONE, relaxed);
    tarn__count_saturate(o, before);
    return !(before & TARN__DEAD);
}

/* Whether a word says that nobody but the owner ever counted, published or watched the
 * object, which lives. */
static inline bool tarn__count_is_private(uint64_t word) {
    return !(word & ~TARN__TYPE_MASK) && word;
}

/* Whether a word says that there are other references than one, without the owner's
 * half: then one goes and nothing follows. */
static inline bool tarn__count_is_spare(uint64_t word) {
    return tarn__count_of(word) > (int64_t)(word & TARN__MERGED) &&
           !(word & (TARN__IMMORTAL | TARN__DEAD));
}

/* Any thread but the owner: one reference less of a word that is spare, unless another
 * thread changed it meanwhile: one turn of the loop below. */
static inline bool tarn__count_drop_spare(struct tarn_object *o, uint64_t word) {
    /* release: as below. relaxed on failure: the caller looks again. */
    return tarn__cas(&o->shared, &word, word - TARN__COUNT_ONE, release, relaxed);
}

/* A reference of a thread that is not the owner goes [CNT-3]. */
static inline enum tarn_drop tarn__count_foreign_decref(struct tarn_object *o, unsigned wanted) {
    /* relaxed: only a first guess; the operation below confirms it. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    while (!(word & TARN__MERGED)) {
        if (word & TARN__IMMORTAL)
            return TARN_DROP_LIVE;
        bool mail = tarn__count_of(word) <= 0 && !(word & TARN__QUEUED);
        uint64_t next = mail ? word | TARN__QUEUED : word - TARN__COUNT_ONE;
        if (tarn__unlikely(tarn__count_of(word) < -TARN__COUNT_MAX))
            next = word | TARN__IMMORTAL;
        /* release: pairs with the acquire in tarn__count_owner_zero(), the merge
         * and tarn__count_die(); this thread's accesses happen before the end.
         * relaxed on failure: judged again. */
        if (tarn__cas_weak(&o->shared, &word, next, release, relaxed))
            return mail ? TARN_DROP_MAIL : TARN_DROP_LIVE;
    }
    if (word & TARN__IMMORTAL)
        return TARN_DROP_LIVE;
    /* acq_rel: the release as above; the acquire in case this is the last. */
    uint64_t before = tarn__fetch_sub(&o->shared, TARN__COUNT_ONE, acq_rel);
    if (tarn__likely(tarn__count_of(before) > 1) || (before & TARN__IMMORTAL))
        return TARN_DROP_LIVE;
    if (tarn__count_of(before) < 1 || (before & TARN__DEAD))
        return TARN_DROP_OVER;
    return tarn__count_die(o, wanted);
}

/*
 * Owner, claimer, or world stopped: takes one entry out of the mail [CNT-4].
 * `o` may be freed by another thread as soon as this returns LIVE.
 */
static inline enum tarn_drop tarn__count_drain(struct tarn_object *o, unsigned wanted) {
    uint64_t after;
    /* relaxed: MERGED is set only by this party or before the mail was posted. */
    if (tarn__load(&o->shared, relaxed) & TARN__MERGED) {
        uint64_t sub = TARN__COUNT_ONE + TARN__QUEUED;
        /* acq_rel: as in tarn__count_foreign_decref(). */
        after = tarn__fetch_sub(&o->shared, sub, acq_rel) - sub;
    } else {
        after = tarn__count_merge(o, -1, TARN__QUEUED);
    }
    if (tarn__count_of(after) > 0 || (after & TARN__IMMORTAL))
        return TARN_DROP_LIVE;
    if (tarn__count_of(after) < 0)
        return TARN_DROP_OVER;
    return tarn__count_die(o, wanted);
}

/* Any holder of a reference: counting ends [K4]. The mail entry, if there is
 * one, stays valid and only clears its bit. */
static inline void tarn__count_immortalize(struct tarn_object *o) {
    /* relaxed: the flag is sticky and orders nothing. */
    tarn__fetch_or(&o->shared, TARN__IMMORTAL, relaxed);
}

/* Both halves added: exact only if nobody else changes them. */
static inline int64_t tarn__count_sum(const struct tarn_object *o) {
    /* acquire: pairs with the release of the merge; the bias read next is then
     * the cleared one, so that no half is counted twice. */
    uint64_t shared = tarn__load(&o->shared, acquire);
    /* relaxed: see above. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    return tarn__count_of(shared) + tarn__count_of(bias);
}

#endif
