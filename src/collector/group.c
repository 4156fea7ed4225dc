/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Suspects in groups: those connected by references, whichever way they point.
 *
 * A judgement of half a group would find it held by the other half [SUS-3]. Groups are
 * a union-find forest in the suspects' tallies (Tarjan, 1975; halved paths), and each
 * is a circle in their links: to unite two is to exchange one link of each. So a slice,
 * which is some groups, is one circle too, and needs no memory.
 */
#include "base/bits.h"
#include "collector/search.h"
#include "object/trace.h"

static inline uint32_t *tally_of(const struct tarn_search *s, tarn__member member) {
    struct tarn_gc_place place = tarn__member_place(s->collector, member);
    return &tarn__gc_tally(place.slot)[place.index];
}

static inline uint32_t *link_of(const struct tarn_search *s, tarn__member member) {
    struct tarn_gc_place place = tarn__member_place(s->collector, member);
    return &tarn__gc_links(place.slot)[place.index];
}

static tarn__member root_of(struct tarn_search *s, tarn__member member) {
    uint32_t *tally = tally_of(s, member);
    while (!(*tally & TARN_GROUP_ROOT)) {
        uint32_t *above = tally_of(s, *tally);
        if (*above & TARN_GROUP_ROOT)
            return *tally;
        *tally = *above; /* halves the path */
        member = *above;
        tally = tally_of(s, member);
    }
    return member;
}

static void join_circles(struct tarn_search *s, tarn__member a, tarn__member b) {
    uint32_t *x = link_of(s, a);
    uint32_t *y = link_of(s, b);
    uint32_t next = *x;
    *x = *y;
    *y = next;
}

static void unite(struct tarn_search *s, tarn__member a, tarn__member b) {
    a = root_of(s, a);
    b = root_of(s, b);
    if (a == b)
        return;
    uint32_t *x = tally_of(s, a);
    uint32_t *y = tally_of(s, b);
    uint32_t size = (*x & ~TARN_GROUP_ROOT) + (*y & ~TARN_GROUP_ROOT);
    if (*x < *y) { /* the smaller group goes under the larger one's root */
        *x = b;
        *y = TARN_GROUP_ROOT | size;
    } else {
        *y = a;
        *x = TARN_GROUP_ROOT | size;
    }
    join_circles(s, a, b);
}

static bool prepare_member(struct tarn_search *s, struct tarn_gc_place place) {
    tarn__gc_tally(place.slot)[place.index] = TARN_GROUP_ROOT | 1;
    tarn__gc_links(place.slot)[place.index] = tarn__member_of(place);
    s->info.suspects++;
    return true;
}

bool tarn__search_prepare(struct tarn_search *s) {
    return tarn__search_each(s, prepare_member);
}

struct edge {
    struct tarn_search *search;
    tarn__member from;
};

static void unite_with(struct tarn_object *reference, void *arg) {
    struct edge *edge = arg;
    struct tarn_gc_place place = tarn__gc_place(edge->search->collector->heap, reference);
    if (place.slot && tarn__bit_test(place.slot->suspect, place.index))
        unite(edge->search, edge->from, tarn__member_of(place));
}

static bool unite_member(struct tarn_search *s, struct tarn_gc_place place) {
    struct tarn_object *o = tarn__place_object(place);
    struct edge edge = {s, tarn__member_of(place)};
    const struct tarn_type *type = tarn__search_type(s, o);
    if (!type)
        return true;
    if (tarn__unlikely(type == s->collector->heap->ephemeron)) {
        struct tarn_object *key = tarn__ephemeron_key(o);
        if (key)
            unite_with(key, &edge);
    }
    s->left -= 3;
    return tarn__search_trace(s, type, o, unite_with, &edge);
}

bool tarn__search_unite(struct tarn_search *s) {
    return tarn__search_each(s, unite_member);
}

/* Adds the suspect's group to the slice, unless that would make it too large; false:
 * the slice is complete without it. */
static bool slice_member(struct tarn_search *s, struct tarn_gc_place place) {
    tarn__member member = tarn__member_of(place);
    uint32_t *root = tally_of(s, root_of(s, member));
    uint32_t size = *root & ~(TARN_GROUP_ROOT | TARN_GROUP_SLICED);
    if (*root & TARN_GROUP_SLICED)
        return true;
    if (s->slice_count && s->slice_count + size > s->slice_max)
        return false;
    *root |= TARN_GROUP_SLICED;
    if (s->slice_count)
        join_circles(s, s->slice, member);
    s->slice = member;
    s->slice_count += size;
    return true;
}

bool tarn__search_slice(struct tarn_search *s) {
    return tarn__search_each(s, slice_member) || s->left >= 0;
}

/* Every suspect names its root itself, so that a stop can pick a group's members in the
 * order of their addresses. */
static bool flatten_member(struct tarn_search *s, struct tarn_gc_place place) {
    tarn__member member = tarn__member_of(place);
    tarn__member root = root_of(s, member);
    if (root != member)
        tarn__gc_tally(place.slot)[place.index] = root;
    return true;
}

bool tarn__search_flatten(struct tarn_search *s) {
    return tarn__search_each(s, flatten_member);
}

static void add_group_of_slot(struct tarn_judgement *j, struct tarn_gc_slot *slot,
                              tarn__member root) {
    const uint32_t *tally = tarn__gc_tally(slot);
    for (unsigned w = 0; w < slot->words; w++)
        for (uint64_t bits = slot->suspect[w]; bits; bits &= bits - 1) {
            unsigned i = w * 64 + tarn__bits_lowest(bits);
            struct tarn_gc_place place = {slot, i};
            if (tally[i] == root || tarn__member_of(place) == root)
                tarn__judge_add_suspect(j, place);
        }
}

void tarn__search_add_group(struct tarn_search *s, struct tarn_judgement *j) {
    tarn__member root = root_of(s, s->slice);
    for (struct tarn_gc_slot *slot = s->slots; slot; slot = slot->next_searched)
        add_group_of_slot(j, slot, root);
}

void tarn__search_add_slice(struct tarn_search *s, struct tarn_judgement *j) {
    tarn__member member = s->slice;
    for (uint32_t n = s->slice_count; n > 0; n--) {
        struct tarn_gc_place place = tarn__member_place(s->collector, member);
        tarn__judge_add_suspect(j, place);
        member = tarn__gc_links(place.slot)[place.index];
    }
}
