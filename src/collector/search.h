/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The search of an automatic full collection: suspects are found in short steps with
 * the world running, and judged in short stops (docs/design/collector.md [SUS]).
 *
 * A search belongs to whoever holds the right to collect, which is given back between
 * steps; nothing in it needs to be of one instant. What it says of an object may be
 * wrong in any way: a suspect is garbage only if a stop's judgement says so.
 *
 *   search.c   the stages and their steps, the pace, beginning and end
 *   suspect.c  counting, subtracting, holding: which members are suspects
 *   group.c    suspects in connected groups, and groups in slices
 */
#ifndef TARN_COLLECTOR_SEARCH_H
#define TARN_COLLECTOR_SEARCH_H

#include "collector/collector.h"

/* A member: its slot's number and its index there. */
typedef uint32_t tarn__member;
#define TARN_MEMBER_INDEX_BITS 10
#define TARN_MEMBER_NONE UINT32_MAX
/* A group's root: the flag, whether the group is in a slice, and its size. */
#define TARN_GROUP_ROOT ((uint32_t)1 << 31)
#define TARN_GROUP_SLICED ((uint32_t)1 << 30)
#define TARN_SLOTS_SEARCHED_MAX (1u << (31 - TARN_MEMBER_INDEX_BITS))

static_assert(TARN_POOL_BLOCKS_MAX == 1u << TARN_MEMBER_INDEX_BITS, "an index fits");

static inline tarn__member tarn__member_of(struct tarn_gc_place place) {
    return place.slot->number << TARN_MEMBER_INDEX_BITS | place.index;
}

static inline struct tarn_gc_place tarn__member_place(const struct tarn_collector *c,
                                                      tarn__member member) {
    uint32_t number = member >> TARN_MEMBER_INDEX_BITS;
    return (struct tarn_gc_place){
        &c->chunks[number / TARN_GC_CHUNK_SLOTS][number % TARN_GC_CHUNK_SLOTS],
        member & (TARN_POOL_BLOCKS_MAX - 1)};
}

static inline struct tarn_object *tarn__place_object(struct tarn_gc_place place) {
    return tarn__pool_block(place.slot->pool, place.index);
}

/* Whether objects of the type can be traced in a stop alone [SUS-5]. */
static inline bool tarn__search_needs_stop(const struct tarn_type *type) {
    return type->trace && !(type->flags & TARN_TYPE_TRACE_CONCURRENT);
}

/* The type of a member's object; NULL if it is dead, or one to pass over: what only a stop
 * can trace is younger than the search, in a dead member's block, if the search does
 * without stops. Its memory stays what it is to the end of the step [SUS-4]. */
static inline const struct tarn_type *tarn__search_type(struct tarn_search *s,
                                                        const struct tarn_object *o) {
    /* acquire: pairs with the release of its birth; its body is visible. */
    uint64_t word = tarn__load(&o->shared, acquire);
    const struct tarn_type *type = NULL;
    if (tarn__likely((word & TARN__TYPE_MASK) && !(word & TARN__DEAD)))
        type = tarn__type_of_word(word);
    if (type && tarn__unlikely(tarn__search_needs_stop(type)) && !s->stops)
        type = NULL;
    if (!type)
        s->element = 0;
    return type;
}

/*
 * Calls body(reference, arg) for the references of an object, large arrays in parts:
 * false, if elements are left for the next call. Costs s->left.
 */
typedef void (*tarn__search_body)(struct tarn_object *reference, void *arg);
bool tarn__search_trace(struct tarn_search *s, const struct tarn_type *type, struct tarn_object *o,
                        tarn__search_body body, void *arg);

/* Calls visit for each suspect from where the stage stands. False: the work allowed is
 * done, and visit's last object, if it said false itself, comes again. */
typedef bool (*tarn__search_visit)(struct tarn_search *s, struct tarn_gc_place place);
bool tarn__search_each(struct tarn_search *s, tarn__search_visit visit);
/* The next stage begins with the first suspect. */
void tarn__search_rewind(struct tarn_search *s);

/* suspect.c: stages; each true when it is through. */
bool tarn__search_count(struct tarn_search *s);
bool tarn__search_subtract(struct tarn_search *s);
bool tarn__search_seed(struct tarn_search *s);
bool tarn__search_hold(struct tarn_search *s);

/* group.c: likewise; slice: true when a slice is complete, empty if there is no more. */
bool tarn__search_prepare(struct tarn_search *s);
bool tarn__search_unite(struct tarn_search *s);
bool tarn__search_flatten(struct tarn_search *s);
bool tarn__search_slice(struct tarn_search *s);
/* World stopped: the members of the slice enter a judgement. */
void tarn__search_add_slice(struct tarn_search *s, struct tarn_judgement *j);
/* The same for a slice of one group that is most of the suspects. */
void tarn__search_add_group(struct tarn_search *s, struct tarn_judgement *j);

/* search.c */
/* Whether a full collection that is due is to be a search. */
bool tarn__search_suits(const struct tarn_collector *c);
void tarn__search_begin(struct tarn_collector *c, struct tarn_mutator *m);
/* A step of a search that goes on, if it is time for one, as long as the pace allows.
 * Whether the caller should come again at its next safepoint: the search is behind. */
bool tarn__search_step(struct tarn_collector *c, struct tarn_mutator *m);
/* A collection that sees everything comes between. */
void tarn__search_cancel(struct tarn_collector *c);

#endif
