/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The judgement: trial deletion on a set, with the world stopped.
 *
 * Given any set S of containers, a member whose count exceeds the references to
 * it from inside S is held from outside, and so is what it reaches inside S
 * (docs/memory-model.md [GC-1]; the idea is Christopher's of 1984, as CPython
 * uses it). Three passes:
 *   1. the members enter their pools' bitmaps with their counts as trial counts;
 *   2. every reference from member to member takes one off the target's trial;
 *   3. members with trial left are held; holding spreads along references, the
 *      frontier being grey bits and a list of pools that have some.
 * Work goes pool by pool, within a pool in address order. No step allocates,
 * takes a lock, or fails.
 */
#include "base/bits.h"
#include "base/check.h"
#include "collector/collector.h"
#include "object/death.h"
#include "object/trace.h"

static void enter_set(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    if (slot->in_set)
        return;
    slot->in_set = true;
    slot->ages = 0;
    slot->is_special &= slot->has_convicts;
    slot->next = j->slots;
    j->slots = slot;
}

/* Whether an object takes part in a collection of `generation` [GC-2]. */
static bool takes_part(uint64_t bias, uint64_t shared, unsigned generation) {
    if (!(shared & TARN__TYPE_MASK) || (shared & (TARN__DEAD | TARN__IMMORTAL | TARN__PENDING)))
        return false;
    return !(bias & TARN__BIAS_CONVICT) && tarn__object_age(bias) <= generation;
}

/* Whether an object whose header shows `shape` has more to its end than DEAD: weak
 * references to it, user code, or being a weak reference. Members of one pool are
 * mostly of one type, so the last answer is kept. */
static inline bool is_special(struct tarn_judgement *j, uint64_t shape) {
    if (tarn__likely(shape == j->plain))
        return false;
    const struct tarn_type *type = tarn__type_of_word(shape);
    if ((shape & TARN__WEAK) || type->stages || tarn__weak_is_weak(j->heap, type))
        return true;
    j->plain = shape;
    return false;
}

/* What the slot must know of a member's header, so that later passes may leave out
 * pools where they would change nothing. */
static inline void note_header(struct tarn_judgement *j, struct tarn_gc_slot *slot, uint64_t bias,
                               uint64_t shared) {
    unsigned convict = bias & TARN__BIAS_CONVICT ? TARN_GC_AGE_CONVICT : 0;
    slot->ages |= (uint8_t)(1u << tarn__object_age(bias) | convict);
    if (tarn__unlikely(is_special(j, shared & (TARN__TYPE_MASK | TARN__WEAK))))
        slot->is_special = true;
}

static inline __attribute__((always_inline)) void
add_member(struct tarn_judgement *j, struct tarn_gc_slot *slot, unsigned i, struct tarn_object *o) {
    /* relaxed: the world is stopped, so that both halves are of one instant. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    uint64_t shared = tarn__load(&o->shared, relaxed);
    int64_t count = tarn__count_of(shared) + tarn__count_of(bias);
    if (tarn__unlikely(count <= 0))
        tarn__fatal("tarn_gc_collect", "object %p of type '%s': count %lld, but it is not dead",
                    (void *)o, tarn__type_of(o)->name, (long long)count);
    tarn__bit_set(slot->set, i);
    slot->trial[i] = (uint32_t)count;
    note_header(j, slot, bias, shared);
    j->examined++;
}

bool tarn__judge_add_pool(struct tarn_judgement *j, struct tarn_pool *pool, unsigned generation) {
    struct tarn_gc_slot *slot = pool->gc;
    unsigned carved = tarn__pool_carved(pool);
    uint64_t left_out = 0;
    enter_set(j, slot);
    for (unsigned i = 0; i < carved; i++) {
        struct tarn_object *o = tarn__pool_block(pool, i);
        /* relaxed: the world is stopped. */
        uint64_t shared = tarn__load(&o->shared, relaxed);
        if (takes_part(tarn__load(&o->bias, relaxed), shared, generation))
            add_member(j, slot, i, o);
        else
            left_out |= shared;
    }
    return left_out & TARN__PENDING;
}

void tarn__judge_add_member(struct tarn_judgement *j, struct tarn_gc_place place) {
    struct tarn_object *o = tarn__pool_block(place.slot->pool, place.index);
    /* relaxed: the world is stopped. */
    if (!takes_part(tarn__load(&o->bias, relaxed), tarn__load(&o->shared, relaxed),
                    TARN_GENERATIONS - 1))
        return;
    enter_set(j, place.slot);
    add_member(j, place.slot, place.index, o);
}

void tarn__judge_add_convicts(struct tarn_judgement *j, struct tarn_collector *c) {
    for (struct tarn_gc_slot *slot = c->convicts; slot; slot = slot->next_convict) {
        enter_set(j, slot);
        for (unsigned w = 0; w < slot->words; w++)
            for (uint64_t bits = tarn__convict_word(slot, w); bits; bits &= bits - 1) {
                unsigned i = w * 64 + tarn__bits_lowest(bits);
                add_member(j, slot, i, tarn__pool_block(slot->pool, i));
            }
    }
}

void tarn__judge_add_kept(struct tarn_judgement *j, struct tarn_object *kept) {
    for (struct tarn_object *e = kept; e; e = tarn__ephemeron_next_kept(e)) {
        struct tarn_gc_place place = tarn__gc_place(j->heap, e);
        enter_set(j, place.slot);
        /* relaxed: the world is stopped. */
        if (!(tarn__load(&e->shared, relaxed) & TARN__IMMORTAL) &&
            !tarn__bit_test(place.slot->set, place.index))
            add_member(j, place.slot, place.index, e);
    }
}

struct subtraction {
    const struct tarn_heap *heap;
    const struct tarn_type *type; /* of the object being traced */
};

static inline void subtract(struct tarn_object *reference, void *arg) {
    struct subtraction *s = arg;
    struct tarn_gc_place place = tarn__gc_place(s->heap, reference);
    if (!place.slot || !tarn__bit_test(place.slot->set, place.index))
        return;
    if (tarn__unlikely(place.slot->trial[place.index] == 0))
        tarn__fatal("tarn_gc_collect",
                    "type '%s' reports a reference to object %p of type '%s' that is not counted",
                    s->type->name, (void *)reference, tarn__type_of(reference)->name);
    place.slot->trial[place.index]--;
}

static void subtract_pool(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    struct subtraction s = {j->heap, NULL};
    for (unsigned w = 0; w < slot->words; w++)
        for (uint64_t bits = slot->set[w]; bits; bits &= bits - 1) {
            struct tarn_object *o = tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(bits));
            s.type = tarn__type_of(o);
            tarn__trace(s.type, o, subtract, &s);
        }
}

static inline void make_grey(struct tarn_judgement *j, struct tarn_gc_slot *slot, unsigned i) {
    tarn__bit_set(slot->held, i);
    tarn__bit_set(slot->grey, i);
    if (!slot->is_grey) {
        slot->is_grey = true;
        slot->next_grey = j->grey;
        j->grey = slot;
    }
}

static inline void hold(struct tarn_object *reference, void *arg) {
    struct tarn_judgement *j = arg;
    struct tarn_gc_place place = tarn__gc_place(j->heap, reference);
    if (place.slot && tarn__bit_test(place.slot->set, place.index) &&
        !tarn__bit_test(place.slot->held, place.index))
        make_grey(j, place.slot, place.index);
}

/* Whether a held ephemeron's value must wait until its key is found held [EPH-3]. */
static bool waits_for_key(struct tarn_judgement *j, struct tarn_object *e) {
    struct tarn_object *key = tarn__ephemeron_key(e);
    struct tarn_gc_place place = {NULL, 0};
    if (key)
        place = tarn__gc_place(j->heap, key);
    if (!place.slot || !tarn__bit_test(place.slot->set, place.index) ||
        tarn__bit_test(place.slot->held, place.index))
        return false;
    tarn__ephemeron_wait(&j->waiting, e);
    return true;
}

/* A key is held: so are the values that waited for it. */
static void end_waits(struct tarn_judgement *j, struct tarn_object *key) {
    struct tarn_object *e;
    /* relaxed: the world is stopped. */
    if (!(tarn__load(&key->shared, relaxed) & TARN__WEAK))
        return;
    while ((e = tarn__ephemeron_take(key)) != NULL)
        tarn__trace(j->heap->ephemeron, e, hold, j);
}

static inline void spread(struct tarn_judgement *j, struct tarn_object *o) {
    const struct tarn_type *type = tarn__type_of(o);
    if (tarn__likely(type != j->heap->ephemeron) || !waits_for_key(j, o))
        tarn__trace(type, o, hold, j);
    if (tarn__unlikely(j->waiting.waited != NULL))
        end_waits(j, o);
}

static void spread_pool(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        while (slot->grey[w]) {
            unsigned bit = tarn__bits_lowest(slot->grey[w]);
            slot->grey[w] &= slot->grey[w] - 1;
            spread(j, tarn__pool_block(slot->pool, w * 64 + bit));
        }
}

static void hold_from_outside(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        for (uint64_t bits = slot->set[w] & ~slot->held[w]; bits; bits &= bits - 1) {
            unsigned i = w * 64 + tarn__bits_lowest(bits);
            if (slot->trial[i] > 0)
                make_grey(j, slot, i);
        }
}

void tarn__judge(struct tarn_judgement *j) {
    TARN_ASSERT(tarn__seat_self()->holds_world);
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = slot->next)
        subtract_pool(j, slot);
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = slot->next)
        hold_from_outside(j, slot);
    while (j->grey) {
        struct tarn_gc_slot *slot = j->grey;
        j->grey = slot->next_grey;
        slot->is_grey = false;
        spread_pool(j, slot);
    }
}
