/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The judgement: trial deletion on a set, with the world stopped.
 *
 * Given any set S of containers, a member whose count exceeds the references to
 * it from inside S is held from outside, and so is what it reaches inside S
 * (docs/memory-model.md [GC-1]; the idea is Christopher's of 1984, as CPython
 * uses it). Two passes over the members:
 *   1. each adds its count to its own trial and takes one off that of whatever it refers
 *      to, in one visit, so that its header and fields are read once; a pool's trials
 *      begin at zero, and the members of pools that are whole are found on the way;
 *   2. members with trial left are held; holding spreads along references, through a
 *      small ring of objects that are prefetched, or, where that is full, grey bits and a
 *      list of pools that have some.
 * Work goes pool by pool, within a pool in address order. No step allocates,
 * takes a lock, or fails.
 */
#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "collector/collector.h"
#include "object/death.h"
#include "object/trace.h"

static void enter_set(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    if (slot->in_set)
        return;
    slot->in_set = true;
    slot->is_whole = false;
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

bool tarn__judge_takes_part(const struct tarn_object *o) {
    /* relaxed: the world is stopped. */
    return takes_part(tarn__load(&o->bias, relaxed), tarn__load(&o->shared, relaxed),
                      TARN_GENERATIONS - 1);
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

void tarn__judge_add_pool(struct tarn_judgement *j, struct tarn_pool *pool) {
    struct tarn_gc_slot *slot = pool->gc;
    enter_set(j, slot);
    slot->is_whole = true;
    memset(slot->trial, 0, tarn__pool_carved(pool) * sizeof slot->trial[0]);
}

static void add_member(struct tarn_judgement *j, struct tarn_gc_place place) {
    enter_set(j, place.slot);
    tarn__bit_set(place.slot->set, place.index);
    place.slot->trial[place.index] = 0;
}

void tarn__judge_add_suspect(struct tarn_judgement *j, struct tarn_gc_place place) {
    add_member(j, place);
    j->has_suspects = true;
}

void tarn__judge_add_convicts(struct tarn_judgement *j, struct tarn_collector *c) {
    for (struct tarn_gc_slot *slot = c->convicts; slot; slot = slot->next_convict) {
        enter_set(j, slot);
        for (unsigned w = 0; w < slot->words; w++)
            for (uint64_t bits = tarn__convict_word(slot, w); bits; bits &= bits - 1)
                add_member(j, (struct tarn_gc_place){slot, w * 64 + tarn__bits_lowest(bits)});
    }
}

void tarn__judge_add_kept(struct tarn_judgement *j, struct tarn_object *kept) {
    for (struct tarn_object *e = kept; e; e = tarn__ephemeron_next_kept(e))
        /* relaxed: the world is stopped. */
        if (!(tarn__load(&e->shared, relaxed) & TARN__IMMORTAL))
            add_member(j, tarn__gc_place(j->heap, e));
}

/* --- pass 1: counts less references --- */

/* The place of a reference in the set, or slot NULL. */
static inline __attribute__((always_inline)) struct tarn_gc_place
place_in_set(struct tarn_judgement *j, struct tarn_object *reference) {
    struct tarn_gc_near *near = &j->near;
    uint64_t offset = (uint64_t)((const char *)reference - near->base);
    if (tarn__likely(offset < near->bytes))
        return (struct tarn_gc_place){near->slot, tarn__gc_near_index(near, offset)};
    struct tarn_gc_place place = tarn__gc_place(j->heap, reference);
    if (!place.slot || !place.slot->in_set)
        return (struct tarn_gc_place){NULL, 0};
    *near = tarn__gc_near(place.slot->pool);
    return place;
}

static inline __attribute__((always_inline)) void subtract(struct tarn_object *reference,
                                                           void *arg) {
    struct tarn_gc_place place = place_in_set(arg, reference);
    if (place.slot && (place.slot->is_whole || tarn__bit_test(place.slot->set, place.index)))
        place.slot->trial[place.index]--;
}

/* A member's count enters its trial, and what it refers to has one explained. */
static inline __attribute__((always_inline)) void
visit(struct tarn_judgement *j, struct tarn_gc_slot *slot, unsigned i, const struct tarn_type *type,
      struct tarn_object *o, uint64_t bias, uint64_t shared) {
    int64_t count = tarn__count_of(shared) + tarn__count_of(bias);
    if (tarn__unlikely(count <= 0))
        tarn__fatal("tarn_gc_collect", "object %p of type '%s': count %lld, but it is not dead",
                    (void *)o, type->name, (long long)count);
    slot->trial[i] += (uint32_t)count;
    tarn__trace(type, o, subtract, j);
}

/* A suspect may have died or been condemned since: then it is no member. */
static void visit_member(struct tarn_judgement *j, struct tarn_gc_slot *slot, unsigned i) {
    struct tarn_object *o = tarn__pool_block(slot->pool, i);
    /* relaxed: the world is stopped, so that both halves are of one instant. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    uint64_t shared = tarn__load(&o->shared, relaxed);
    if (j->has_suspects && !takes_part(bias, shared, TARN_GENERATIONS - 1)) {
        slot->set[i / 64] &= ~((uint64_t)1 << (i % 64));
        return;
    }
    j->examined++;
    note_header(j, slot, bias, shared);
    visit(j, slot, i, tarn__type_of_word(shared), o, bias, shared);
}

static void visit_members(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        for (uint64_t bits = slot->set[w]; bits; bits &= bits - 1)
            visit_member(j, slot, w * 64 + tarn__bits_lowest(bits));
}

/* What a header says beside counts: mostly the same for the members of a pool, so that
 * the answers to the last one's stand for the next. */
#define SHAPE_SHARED (TARN__TYPE_MASK | TARN__DEAD | TARN__IMMORTAL | TARN__PENDING | TARN__WEAK)
#define SHAPE_BIAS (TARN__BIAS_AGE_MASK | TARN__BIAS_CONVICT)

/* Finds up to 64 members from block `first` on. Returns the shared words of those that take
 * no part, together. */
static inline uint64_t visit_word(struct tarn_judgement *j, struct tarn_gc_slot *slot,
                                  unsigned first, unsigned end) {
    const struct tarn_pool *pool = slot->pool;
    const struct tarn_type *type = NULL;
    uint64_t shape_shared = UINT64_MAX; /* no object's, and no free block's */
    uint64_t shape_bias = 0;
    uint64_t left_out = 0;
    uint64_t members = 0;
    char *block = pool->base + (size_t)first * pool->block_size;
    for (unsigned i = first; i < end; i++, block += pool->block_size) {
        struct tarn_object *o = (struct tarn_object *)block;
        /* relaxed: as above. */
        uint64_t bias = tarn__load(&o->bias, relaxed);
        uint64_t shared = tarn__load(&o->shared, relaxed);
        if (tarn__unlikely((shared & SHAPE_SHARED) != shape_shared) ||
            tarn__unlikely((bias & SHAPE_BIAS) != shape_bias)) {
            if (!takes_part(bias, shared, j->generation)) {
                left_out |= shared;
                continue;
            }
            shape_shared = shared & SHAPE_SHARED;
            shape_bias = bias & SHAPE_BIAS;
            type = tarn__type_of_word(shared);
            note_header(j, slot, bias, shared);
        }
        members |= (uint64_t)1 << (i % 64);
        visit(j, slot, i, type, o, bias, shared);
    }
    slot->set[first / 64] = members;
    j->examined += tarn__bits_count(members);
    return left_out;
}

/* Objects that wait for user code take no part and keep their age: the next collection
 * of generation 1 looks for them again. */
static void visit_whole(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    unsigned carved = tarn__pool_carved(slot->pool);
    uint64_t left_out = 0;
    for (unsigned i = 0; i < carved; i += 64)
        left_out |= visit_word(j, slot, i, carved - i < 64 ? carved : i + 64);
    if (left_out & TARN__PENDING)
        tarn__gc_note_middle(j->heap->collector, slot);
}

/* --- a member that more references lead to than it counts --- */

struct complaint {
    struct tarn_judgement *j;
    struct tarn_object *about;
    const struct tarn_type *type; /* of the object being traced */
};

static void complain(struct tarn_object *reference, void *arg) {
    struct complaint *c = arg;
    if (reference == c->about)
        tarn__fatal("tarn_gc_collect",
                    "type '%s' reports a reference to object %p of type '%s' that is not counted",
                    c->type->name, (void *)reference, tarn__type_of(reference)->name);
}

static __attribute__((cold)) void stop_on_uncounted(struct tarn_judgement *j,
                                                    struct tarn_object *about) {
    struct complaint c = {j, about, NULL};
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = slot->next)
        for (unsigned w = 0; w < slot->words; w++)
            for (uint64_t bits = slot->set[w]; bits; bits &= bits - 1) {
                struct tarn_object *o =
                    tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(bits));
                c.type = tarn__type_of(o);
                tarn__trace(c.type, o, complain, &c);
            }
}

/* --- pass 2: what is held --- */

static inline void make_grey(struct tarn_judgement *j, struct tarn_gc_slot *slot, unsigned i) {
    tarn__bit_set(slot->held, i);
    tarn__bit_set(slot->grey, i);
    if (!slot->is_grey) {
        slot->is_grey = true;
        slot->next_grey = j->grey;
        j->grey = slot;
    }
}

/* A member is held from now on: it is traced soon. */
static inline void hold_member(struct tarn_judgement *j, struct tarn_gc_place place,
                               struct tarn_object *o) {
    if (tarn__unlikely(j->ring_count == TARN_GC_RING)) {
        make_grey(j, place.slot, place.index);
        return;
    }
    tarn__bit_set(place.slot->held, place.index);
    __builtin_prefetch(o);
    j->ring[(j->ring_first + j->ring_count++) % TARN_GC_RING] = o;
}

static inline __attribute__((always_inline)) void hold(struct tarn_object *reference, void *arg) {
    struct tarn_judgement *j = arg;
    struct tarn_gc_place place = place_in_set(j, reference);
    if (place.slot && tarn__bit_test(place.slot->set, place.index) &&
        !tarn__bit_test(place.slot->held, place.index))
        hold_member(j, place, reference);
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

/* An object of any type; a type that is fields alone is spread by spread() from here on. */
static __attribute__((noinline)) void spread_other(struct tarn_judgement *j,
                                                   struct tarn_object *o) {
    const struct tarn_type *type = tarn__type_of(o);
    bool is_ephemeron = type == j->heap->ephemeron;
    if (!is_ephemeron && !type->element_offset_count && !type->trace) {
        /* relaxed: the world is stopped. */
        j->flat_word = tarn__load(&o->shared, relaxed) & TARN__TYPE_MASK;
        j->flat = type;
    }
    if (!is_ephemeron || !waits_for_key(j, o))
        tarn__trace(type, o, hold, j);
    if (tarn__unlikely(j->waiting.waited != NULL))
        end_waits(j, o);
}

static inline void spread(struct tarn_judgement *j, struct tarn_object *o) {
    /* relaxed: the world is stopped. */
    uint64_t word = tarn__load(&o->shared, relaxed) & TARN__TYPE_MASK;
    if (tarn__likely(word == j->flat_word) && tarn__likely(!j->waiting.waited))
        tarn__trace_fields((char *)o, j->flat->offsets, j->flat->offset_count, hold, j);
    else
        spread_other(j, o);
}

static void drain_ring(struct tarn_judgement *j) {
    while (j->ring_count) {
        struct tarn_object *o = j->ring[j->ring_first++ % TARN_GC_RING];
        j->ring_count--;
        spread(j, o);
    }
}

static void spread_pool(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        while (slot->grey[w]) {
            unsigned bit = tarn__bits_lowest(slot->grey[w]);
            slot->grey[w] &= slot->grey[w] - 1;
            spread(j, tarn__pool_block(slot->pool, w * 64 + bit));
            drain_ring(j);
        }
}

/* The members of a word whose counts are not all explained. */
static inline uint64_t counted_word(const struct tarn_gc_slot *slot, unsigned w) {
    const uint32_t *trial = slot->trial + w * 64;
    uint64_t counted = 0;
    for (unsigned i = 0; i < 64; i++)
        counted |= (uint64_t)(trial[i] != 0) << i;
    return counted & slot->set[w];
}

static void hold_from_outside(struct tarn_judgement *j, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++) {
        if (!slot->set[w])
            continue;
        for (uint64_t bits = counted_word(slot, w); bits; bits &= bits - 1) {
            unsigned i = w * 64 + tarn__bits_lowest(bits);
            if (tarn__unlikely((int32_t)slot->trial[i] < 0))
                stop_on_uncounted(j, tarn__pool_block(slot->pool, i));
            if (tarn__bit_test(slot->held, i))
                continue;
            hold_member(j, (struct tarn_gc_place){slot, i}, tarn__pool_block(slot->pool, i));
            drain_ring(j);
        }
    }
}

void tarn__judge(struct tarn_judgement *j) {
    TARN_ASSERT(tarn__seat_self()->holds_world);
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = slot->next)
        if (slot->is_whole)
            visit_whole(j, slot);
        else
            visit_members(j, slot);
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = slot->next)
        hold_from_outside(j, slot);
    while (j->grey) {
        struct tarn_gc_slot *slot = j->grey;
        j->grey = slot->next_grey;
        slot->is_grey = false;
        spread_pool(j, slot);
    }
}
