/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Which members are suspects: trial deletion while mutators run.
 *
 * The same three passes as a judgement's (judge.c), on counts and references read at
 * different times, so that a tally may end too high or too low. Too high spares an
 * object until the next search, too low costs the stop that judges it. For garbage at
 * rest everything is read as it is, and its tallies end at zero [SUS-2].
 */
#include "base/bits.h"
#include "collector/search.h"
#include "object/death.h"
#include "object/trace.h"

/* Elements of an array that are traced between two looks at the work allowed. */
#define ELEMENTS_AT_ONCE 512u
#define POOLS_AT_ONCE 8u

/* --- tracing, from a place on --- */

static inline struct tarn_object *reference_at(const void *field) {
    const TARN__ATOMIC(struct tarn_object *) *cell = field;
    /* acquire: pairs with the release of tarn_field_set() and of slots; the pool that
     * the reference points into is visible. */
    struct tarn_object *reference = tarn__load(cell, acquire);
    return tarn__unlikely(tarn_is_immediate(reference)) ? NULL : reference;
}

static void trace_fixed(const struct tarn_type *type, struct tarn_object *o, tarn__search_body body,
                        void *arg) {
    for (uint32_t i = 0; i < type->offset_count; i++) {
        struct tarn_object *r = reference_at((char *)o + type->offsets[i]);
        if (r)
            body(r, arg);
    }
    if (tarn__unlikely(type->trace != NULL)) {
        struct tarn__trace_call call = {body, arg};
        type->trace(o, tarn__trace_relay, &call);
    }
}

static void trace_element(const struct tarn_type *type, char *element, tarn__search_body body,
                          void *arg) {
    for (uint32_t i = 0; i < type->element_offset_count; i++) {
        struct tarn_object *r = reference_at(element + type->element_offsets[i]);
        if (r)
            body(r, arg);
    }
}

bool tarn__search_trace(struct tarn_search *s, const struct tarn_type *type, struct tarn_object *o,
                        tarn__search_body body, void *arg) {
    if (s->element == 0)
        trace_fixed(type, o, body, arg);
    if (!type->element_offset_count) {
        s->element = 0; /* of another object, which had the block before */
        return true;
    }
    size_t length = tarn__object_length(type, o);
    size_t from = s->element < length ? s->element : length; /* it may be another object */
    size_t end = length - from > ELEMENTS_AT_ONCE ? from + ELEMENTS_AT_ONCE : length;
    for (size_t n = from; n < end; n++)
        trace_element(type, (char *)o + type->size + n * type->element_size, body, arg);
    s->left -= (int)(end - from);
    s->element = end < length ? end : 0;
    return end == length;
}

/* --- going through suspects --- */

void tarn__search_rewind(struct tarn_search *s) {
    s->at = s->slots;
    s->index = 0;
    s->element = 0;
}

bool tarn__search_each(struct tarn_search *s, tarn__search_visit visit) {
    for (; s->at; s->at = s->at->next_searched, s->index = 0)
        for (; s->index < s->at->words * 64; s->index++) {
            uint64_t bits = s->at->suspect[s->index / 64] >> (s->index % 64);
            if (!bits) {
                s->index |= 63;
                continue;
            }
            s->index += tarn__bits_lowest(bits);
            if (s->left-- <= 0 || !visit(s, (struct tarn_gc_place){s->at, s->index}))
                return false;
        }
    return true;
}

/* --- counting --- */

/* Whether the object can be a member; `word` is its shared word. */
static bool takes_part(uint64_t bias, uint64_t word) {
    return (word & TARN__TYPE_MASK) && !(word & (TARN__DEAD | TARN__IMMORTAL | TARN__PENDING)) &&
           !(bias & TARN__BIAS_CONVICT);
}

static void count_member(struct tarn_search *s, struct tarn_gc_slot *slot, unsigned i) {
    struct tarn_object *o = tarn__pool_block(slot->pool, i);
    /* acquire: as in tarn__member_word(). */
    uint64_t word = tarn__load(&o->shared, acquire);
    /* relaxed: the two halves need not be of one instant. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    if (!takes_part(bias, word))
        return;
    const struct tarn_type *type = tarn__type_of_word(word);
    if (tarn__search_needs_stop(type)) {
        s->stops = true;
        s->info.untraceable++;
    }
    int64_t count = tarn__count_of(word) + tarn__count_of(bias);
    tarn__bit_set(slot->suspect, i);
    tarn__gc_tally(slot)[i] = count > 0 && count < INT32_MAX ? (uint32_t)count : INT32_MAX;
    s->members++;
}

static void count_pool(struct tarn_search *s, struct tarn_pool *pool) {
    struct tarn_gc_slot *slot = pool->gc;
    unsigned carved = tarn__pool_carved(pool);
    if (pool->frozen || slot->number >= TARN_SLOTS_SEARCHED_MAX)
        return;
    slot->is_searched = true;
    slot->next_searched = s->slots;
    s->slots = slot;
    for (unsigned i = 0; i < carved; i++)
        count_member(s, slot, i);
    s->left -= (int)carved + 16;
}

/* Some pools of the heap's list, which only grows while a search is on. */
static unsigned take_pools(struct tarn_search *s, struct tarn_pool **pools) {
    struct tarn_heap *heap = s->collector->heap;
    unsigned n = 0;
    tarn__lock_acquire(&heap->pools_lock);
    while (n < POOLS_AT_ONCE && s->next_pool) {
        pools[n++] = TARN__CONTAINER_OF(s->next_pool, struct tarn_pool, heap_node);
        s->next_pool = s->next_pool == s->last_pool ? NULL : s->next_pool->next;
    }
    tarn__lock_release(&heap->pools_lock);
    return n;
}

bool tarn__search_count(struct tarn_search *s) {
    struct tarn_pool *pools[POOLS_AT_ONCE];
    unsigned n = take_pools(s, pools);
    for (unsigned i = 0; i < n; i++)
        count_pool(s, pools[i]);
    return !s->next_pool;
}

/* --- subtracting --- */

static inline bool is_suspect(struct tarn_gc_place place) {
    return place.slot && tarn__bit_test(place.slot->suspect, place.index);
}

static inline void subtract(struct tarn_object *reference, void *arg) {
    struct tarn_search *s = arg;
    struct tarn_gc_place place = tarn__gc_place(s->collector->heap, reference);
    if (!is_suspect(place))
        return;
    uint32_t *tally = &tarn__gc_tally(place.slot)[place.index];
    *tally -= *tally > 0; /* below zero: a reference that moved was met twice */
}

static bool subtract_member(struct tarn_search *s, struct tarn_gc_place place) {
    struct tarn_object *o = tarn__place_object(place);
    const struct tarn_type *type = tarn__search_type(s, o);
    return !type || tarn__search_trace(s, type, o, subtract, s);
}

bool tarn__search_subtract(struct tarn_search *s) {
    return tarn__search_each(s, subtract_member);
}

/* --- holding --- */

static void push_frontier(struct tarn_search *s, struct tarn_gc_slot *slot) {
    if (slot->is_frontier)
        return;
    slot->is_frontier = true;
    slot->next_frontier = s->frontier;
    s->frontier = slot;
}

/* A suspect is held: it is none, and what it refers to will not be. */
static inline void clear_of_suspicion(struct tarn_search *s, struct tarn_gc_place place) {
    place.slot->suspect[place.index / 64] &= ~((uint64_t)1 << (place.index % 64));
    tarn__bit_set(place.slot->frontier, place.index);
    push_frontier(s, place.slot);
}

static bool seed_member(struct tarn_search *s, struct tarn_gc_place place) {
    if (tarn__gc_tally(place.slot)[place.index] > 0)
        clear_of_suspicion(s, place);
    return true;
}

bool tarn__search_seed(struct tarn_search *s) {
    return tarn__search_each(s, seed_member);
}

static inline void hold(struct tarn_object *reference, void *arg) {
    struct tarn_search *s = arg;
    struct tarn_gc_place place = tarn__gc_place(s->collector->heap, reference);
    if (is_suspect(place))
        clear_of_suspicion(s, place);
}

/* Whether the value of a held ephemeron is not held by it, as far as is known: its key
 * is a suspect. */
static bool key_is_suspect(struct tarn_search *s, struct tarn_object *e) {
    struct tarn_object *key = tarn__ephemeron_key(e);
    return key && is_suspect(tarn__gc_place(s->collector->heap, key));
}

static void push_member(uint32_t *list, struct tarn_gc_place place) {
    tarn__gc_links(place.slot)[place.index] = *list;
    *list = tarn__member_of(place);
}

static struct tarn_gc_place pop_member(struct tarn_search *s, uint32_t *list) {
    struct tarn_gc_place place = tarn__member_place(s->collector, *list);
    *list = tarn__gc_links(place.slot)[place.index];
    return place;
}

/* False: elements are left. */
static bool spread(struct tarn_search *s, struct tarn_gc_place place) {
    struct tarn_object *o = tarn__place_object(place);
    const struct tarn_type *type = tarn__search_type(s, o);
    if (!type)
        return true;
    if (tarn__likely(type != s->collector->heap->ephemeron))
        return tarn__search_trace(s, type, o, hold, s);
    push_member(&s->ephemerons, place);
    return true;
}

/* A member of the frontier leaves it when it has been traced; false: the work allowed is
 * done, and a long array comes again before others that it has put there meanwhile. */
static bool spread_member(struct tarn_search *s, struct tarn_gc_slot *slot, unsigned i) {
    s->partial = (struct tarn_gc_place){slot, i};
    if (s->left-- <= 0 || !spread(s, s->partial))
        return false;
    slot->frontier[i / 64] &= ~((uint64_t)1 << (i % 64));
    return true;
}

/* One slot's frontier. */
static bool spread_slot(struct tarn_search *s, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        while (slot->frontier[w])
            if (!spread_member(s, slot, w * 64 + tarn__bits_lowest(slot->frontier[w])))
                return false;
    return true;
}

static bool drain_frontier(struct tarn_search *s) {
    if (s->element && !spread_member(s, s->partial.slot, s->partial.index))
        return false;
    while (s->frontier) {
        struct tarn_gc_slot *slot = s->frontier;
        s->frontier = slot->next_frontier;
        slot->is_frontier = false;
        if (!spread_slot(s, slot)) {
            push_frontier(s, slot);
            return false;
        }
    }
    return true;
}

/* Held ephemerons whose keys are held, as far as is known, hold their values. */
static bool follow_keys(struct tarn_search *s) {
    while (s->ephemerons != TARN_MEMBER_NONE) {
        if (s->left-- <= 0)
            return false;
        struct tarn_gc_place place = pop_member(s, &s->ephemerons);
        struct tarn_object *e = tarn__place_object(place);
        const struct tarn_type *type = tarn__search_type(s, e);
        if (type && type == s->collector->heap->ephemeron && key_is_suspect(s, e)) {
            push_member(&s->waiting, place);
        } else if (type) {
            trace_fixed(type, e, hold, s);
            s->key_was_held = true;
        }
    }
    return true;
}

/* The judgement of a suspected key must see the ephemerons that refer to it. */
static bool suspect_ephemerons(struct tarn_search *s) {
    while (s->waiting != TARN_MEMBER_NONE) {
        if (s->left-- <= 0)
            return false;
        struct tarn_gc_place place = pop_member(s, &s->waiting);
        tarn__bit_set(place.slot->suspect, place.index);
    }
    return true;
}

bool tarn__search_hold(struct tarn_search *s) {
    while (drain_frontier(s) && follow_keys(s)) {
        if (s->frontier)
            continue;
        if (!s->key_was_held)
            return suspect_ephemerons(s);
        s->key_was_held = false;
        s->ephemerons = s->waiting;
        s->waiting = TARN_MEMBER_NONE;
    }
    return false;
}
