/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The slow halves of the inline count operations, and what else reads or sets
 * counts. The transitions are object/count_kernel.h's.
 */
#include <errno.h>

#include "base/check.h"
#include "base/tsan.h"
#include "object/death.h"
#include "object/misuse.h"
#include "object/object.h"

/* Whether a word says that counts of the object change nothing [CNT-6]: seen first where
 * all threads count the same few things, an interpreter's functions and constants. */
static inline bool is_immortal(uint64_t word) {
    return (word & (TARN__IMMORTAL | TARN__DEAD)) == TARN__IMMORTAL;
}

/* Misuse, or a full local half. */
static __attribute__((noinline)) void hold_any(tarn_object *o, uint64_t word) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_incref");
    tarn__object_expect_live("tarn_incref", o, word);
    /* relaxed: only the owner may find its own number here. */
    if (tarn__bias_seat(tarn__load(&o->bias, relaxed)) == m->seat.cache.id)
        tarn__count_merge(o, 1, 0); /* [CNT-6] */
    else
        tarn__count_foreign_incref(o);
}

/* Whether the calling thread runs attached, and is not the owner that `bias` names. */
static inline bool is_foreign(uint64_t bias) {
    uint32_t id = tarn__tls.id;
    return tarn__bias_seat(bias) != id && id != TARN__SEAT_NONE;
}

void tarn__incref_slow(tarn_object *o) {
    /* relaxed: a look for misuse and flags; the operations order what matters. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    /* relaxed: only the owner may find its own number here. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    if (tarn__likely(!(word & (TARN__DEAD | TARN__IMMORTAL)) && (word & TARN__TYPE_MASK)) &&
        tarn__likely(is_foreign(bias)))
        tarn__count_foreign_incref(o);
    else if (!is_immortal(word))
        hold_any(o, word);
}

static __attribute__((noinline)) void drop_any(tarn_object *o) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_decref");
    /* relaxed: as above. */
    tarn__object_expect_live("tarn_decref", o, tarn__load(&o->shared, relaxed));
    tarn__object_drop(m, o);
    if (m->dying && !m->dropping) {
        int saved = errno;
        tarn__object_run_dying(m);
        errno = saved;
    }
}

/* Another thread's reference of several. The last but one of what is biased is not
 * among them, for it may be the owner's to finish. */
static inline bool drop_spare(tarn_object *o, uint64_t bias, uint64_t word) {
    if (!is_foreign(bias) || !tarn__count_is_spare(word))
        return false;
    TARN__USER_EDGE_FOR(o);
    return tarn__count_drop_spare(o, word);
}

static __attribute__((noinline)) void drop_known(tarn_object *o, uint64_t bias, uint64_t word) {
    if (is_immortal(word) || drop_spare(o, bias, word))
        return;
    bool is_last = (bias & ~TARN__BIAS_AGE_MASK) == (TARN__COUNT_ONE | tarn__tls.id);
    if (!is_last || !tarn__count_is_private(word) ||
        !tarn__object_die_alone(tarn__mutator(tarn__seat_self()), o))
        drop_any(o);
}

/* The most frequent deaths by far go straight on: the last reference, dropped by the
 * owner, of an object that nobody else ever knew; before all, of a plain leaf, for which
 * no register is saved. So does what is no death. */
void tarn__decref_slow(tarn_object *o) {
    /* relaxed: while the word names this seat, only this thread writes it. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    /* acquire: as in tarn__count_owner_zero(). */
    uint64_t word = tarn__load(&o->shared, acquire);
    if (tarn__likely(bias == (TARN__COUNT_ONE | TARN__BIAS_PLAIN | tarn__tls.id)) &&
        tarn__likely(tarn__count_is_private(word)))
        tarn__object_free_own(tarn__mutator(tarn__seat_self()), tarn__pool_of(o), o);
    else
        drop_known(o, bias, word);
}

bool tarn_try_incref(void *object) {
    return tarn__object_try_incref(tarn__mutator_expect("tarn_try_incref"), object);
}

ptrdiff_t tarn_refcount(const void *object) {
    const struct tarn_object *o = object;
    tarn__mutator_expect("tarn_refcount");
    /* relaxed: a look at a sticky flag. */
    if (tarn__load(&o->shared, relaxed) & TARN__IMMORTAL)
        return PTRDIFF_MAX;
    return (ptrdiff_t)tarn__count_sum(o);
}

void tarn_share(void *object) {
    struct tarn_object *o = object;
    struct tarn_mutator *m = tarn__mutator_expect("tarn_share");
    /* relaxed: only the owner may find its own number here. */
    if (tarn__bias_seat(tarn__load(&o->bias, relaxed)) == m->seat.cache.id)
        tarn__count_merge(o, 0, 0);
}

void tarn_immortalize(void *object) {
    tarn__mutator_expect("tarn_immortalize");
    tarn__count_immortalize(object);
}

tarn_type *tarn_typeof(const void *object) {
    return tarn__type_of(object);
}

size_t tarn_length(const void *object) {
    return tarn__object_length(tarn__type_of(object), object);
}

const char *tarn_type_name(const tarn_type *type) {
    return type->name;
}

bool tarn_gc_is_tracked(const void *object) {
    return tarn__type_of(object)->kind == TARN_KIND_CONTAINER;
}

bool tarn_gc_is_finalized(const void *object) {
    const struct tarn_object *o = object;
    /* relaxed: a look at a sticky flag. */
    return (tarn__load(&o->shared, relaxed) & TARN__FINALIZED) != 0;
}
