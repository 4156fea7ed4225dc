/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Candidates: objects that their user takes for the roots of garbage (tarn_gc_suspect).
 *
 * A candidate is a bit beside its pool and owns no reference: if it dies, the bit stands
 * for nothing, or for what has its block by then. That is as good, since a judgement is
 * right for any set ([GC-1], docs/design/collector.md [CAND-1]). After the next collection
 * the candidates and what they reach are judged in a stop of their own, as many members as
 * fit into it; which reach further are left to the ordinary collections.
 *
 * Bits and the list are written by running threads, and taken with the world stopped.
 */
#include "base/bits.h"
#include "collector/collector.h"
#include "object/trace.h"
#include "os/clock.h"

/* Members that a microsecond of a stop is thought to judge. */
#define MEMBERS_PER_US 8u
/* Arrays longer than this are not looked into: nor do they become members. */
#define LENGTH_MAX 1024u

void tarn__candidate_note(struct tarn_mutator *m, struct tarn_object *o) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct tarn_collector *c = heap->collector;
    struct tarn_gc_place place = tarn__gc_place(heap, o);
    uint64_t bit = (uint64_t)1 << (place.index % 64);
    /* relaxed, here and below: a stop orders all of it before the collector's looks. */
    if (!place.slot ||
        (tarn__fetch_or(&place.slot->candidate[place.index / 64], bit, relaxed) & bit))
        return;
    if (!tarn__exchange(&place.slot->has_candidates, 1, relaxed)) {
        struct tarn_gc_slot *first = tarn__load(&c->candidates, relaxed);
        do
            place.slot->next_candidate = first;
        while (!tarn__cas(&c->candidates, &first, place.slot, relaxed, relaxed));
    }
    if (tarn__fetch_add(&c->candidate_count, 1, relaxed) + 1 != TARN_GC_CANDIDATES_DUE ||
        heap->config.collect == TARN_COLLECT_MANUAL)
        return;
    tarn__store(&heap->due, 1, relaxed);
    tarn__seat_call(&m->seat);
}

/* What candidates reach, as far as there is room. */
struct reach {
    struct tarn_judgement *j;
    size_t room;
};

static void admit(struct reach *r, struct tarn_gc_place place, struct tarn_object *o) {
    struct tarn_gc_slot *slot = place.slot;
    /* relaxed: the world is stopped. */
    uint64_t shared = tarn__load(&o->shared, relaxed);
    if (!r->room || slot->pool->frozen || !tarn__judge_takes_part(o) ||
        tarn__object_length(tarn__type_of_word(shared), o) > LENGTH_MAX)
        return;
    if (slot->in_set && tarn__bit_test(slot->set, place.index))
        return;
    r->room--;
    tarn__judge_add_suspect(r->j, place);
    tarn__bit_set(slot->grey, place.index);
    if (slot->is_grey)
        return;
    slot->is_grey = true;
    slot->next_grey = r->j->grey;
    r->j->grey = slot;
}

static void reach(struct tarn_object *reference, void *arg) {
    struct reach *r = arg;
    struct tarn_gc_place place = tarn__gc_place(r->j->heap, reference);
    if (place.slot)
        admit(r, place, reference);
}

static void reach_from_slot(struct reach *r, struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        while (slot->grey[w]) {
            struct tarn_object *o =
                tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(slot->grey[w]));
            slot->grey[w] &= slot->grey[w] - 1;
            if (r->room)
                tarn__trace(tarn__type_of(o), o, reach, r);
        }
}

/* Empties a slot of its candidates; r NULL: they are forgotten. */
static void take_slot(struct tarn_gc_slot *slot, struct reach *r) {
    tarn__store(&slot->has_candidates, 0, relaxed);
    for (unsigned w = 0; w < slot->words; w++) {
        uint64_t bits = tarn__load(&slot->candidate[w], relaxed);
        if (bits)
            tarn__store(&slot->candidate[w], 0, relaxed);
        for (; r && bits; bits &= bits - 1) {
            struct tarn_gc_place place = {slot, w * 64 + tarn__bits_lowest(bits)};
            if (place.index < tarn__pool_carved(slot->pool))
                admit(r, place, tarn__pool_block(slot->pool, place.index));
        }
    }
}

static void take_all(struct tarn_collector *c, struct reach *r) {
    struct tarn_gc_slot *next;
    for (struct tarn_gc_slot *slot = tarn__load(&c->candidates, relaxed); slot; slot = next) {
        next = slot->next_candidate;
        take_slot(slot, r);
    }
    tarn__store(&c->candidates, NULL, relaxed);
    tarn__store(&c->candidate_count, 0, relaxed);
}

void tarn__candidates_forget(struct tarn_collector *c) {
    take_all(c, NULL);
}

void tarn__candidates_judge(struct tarn_collector *c, struct tarn_mutator *m,
                            struct tarn_gc_info *info) {
    struct tarn_heap *heap = c->heap;
    unsigned pause_us = heap->config.pause_us ? heap->config.pause_us : 500;
    if (!tarn__load(&c->candidate_count, relaxed))
        return;
    tarn__world_stop(&heap->world, &m->seat);
    tarn__collect_merge_mail(heap, m);
    uint64_t stopped = tarn__clock_ns();
    struct tarn_judgement j = {.heap = heap};
    struct reach r = {&j, (size_t)pause_us * MEMBERS_PER_US};
    take_all(c, &r);
    while (j.grey) {
        struct tarn_gc_slot *slot = j.grey;
        j.grey = slot->next_grey;
        slot->is_grey = false;
        reach_from_slot(&r, slot);
    }
    struct tarn_sentence sentence = tarn__collect_judge(c, m, &j, TARN_GC_ANY_AGE, NULL);
    info->suspects += j.examined;
    info->uncollectable += sentence.saved;
    info->stopped_ns += tarn__clock_ns() - stopped;
    tarn__world_start(&heap->world, &m->seat);
    info->collected += tarn__collect_execute(c, m, sentence);
}
