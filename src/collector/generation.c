/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Counters and thresholds: CPython's rule, (700, 10, 10).
 *
 * Generation 0 counts containers made less freed since its last collection,
 * gathered from the seats in batches; the older ones count collections of the
 * next younger. The oldest is put off until objects that newly reached it are a
 * quarter of those that survived its last collection, so that building a large
 * graph does not cost quadratic time; and until the heap has grown by as many, or twice
 * as many as survived have reached it.
 */
#include "collector/collector.h"

/* Due only when new long-lived objects exceed long-lived ones over this. */
#define LONG_LIVED_SHARE 4
/* So many such shares make it due although the heap has not grown by one; and so many if
 * the last full collection found next to nothing. */
#define PENDING_MAX 8
#define PENDING_MAX_BARREN 64

static bool is_over(struct tarn_collector *c, int g) {
    /* relaxed: counters and settings order nothing, here and below. */
    uint32_t threshold = tarn__load(&c->threshold[g], relaxed);
    if (threshold == 0)
        return false;
    if (g == 0)
        return tarn__load(&c->heap->young, relaxed) > (int64_t)threshold;
    return tarn__load(&c->count[g], relaxed) > threshold;
}

uint64_t tarn__generation_share(uint64_t long_lived_total) {
    return long_lived_total / LONG_LIVED_SHARE;
}

uint64_t tarn__generation_population(struct tarn_heap *heap) {
    uint64_t count = 0;
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        count += tarn__load(&tarn__mutator(s)->allocated, relaxed) -
                 tarn__load(&tarn__mutator(s)->freed, relaxed);
    return count;
}

/* Objects that newly reached the oldest generation may have died by counts since: then
 * the heap has not grown, and no garbage of theirs is in it, or other objects have made
 * room for it. Several times as many are looked through all the same. */
static bool oldest_is_worth_it(struct tarn_collector *c) {
    uint64_t share = tarn__generation_share(c->long_lived_total);
    uint64_t most = c->pace.full_was_barren ? PENDING_MAX_BARREN : PENDING_MAX;
    if (c->long_lived_pending < share)
        return false;
    return c->long_lived_pending >= most * share ||
           tarn__generation_population(c->heap) >= c->population + share;
}

/* What asks for a full collection beside the thresholds. A search that goes on weighs
 * when it ends. */
static enum tarn_gc_reason other_reason(struct tarn_collector *c) {
    /* relaxed: as above. */
    uint32_t pressed = tarn__load(&c->heap->pressed, relaxed);
    if (tarn__load(&c->debug, relaxed) & TARN_GC_DEBUG_EVERY_SAFEPOINT)
        return TARN_REASON_DEBUG;
    if (pressed & TARN_PRESSED_LIMIT)
        return TARN_REASON_LIMIT;
    if ((pressed & TARN_PRESSED_WEIGHT) && c->search.stage == TARN_SEARCH_NONE)
        return TARN_REASON_WEIGHT;
    if ((pressed & TARN_PRESSED_REQUEST) && c->search.stage == TARN_SEARCH_NONE)
        return TARN_REASON_REQUEST;
    return TARN_REASON_THRESHOLD;
}

int tarn__generation_due(struct tarn_collector *c) {
    /* relaxed: as above. */
    if (!tarn__load(&c->enabled, relaxed))
        return -1;
    c->reason = other_reason(c);
    if (c->reason != TARN_REASON_THRESHOLD)
        return TARN_GENERATIONS - 1;
    if (!is_over(c, 0)) {
        if (tarn__load(&c->candidate_count, relaxed) < TARN_GC_CANDIDATES_DUE)
            return -1;
        c->reason = TARN_REASON_CANDIDATES;
        return 0;
    }
    if (c->search.stage == TARN_SEARCH_NONE && is_over(c, 2) && oldest_is_worth_it(c))
        return 2;
    return is_over(c, 1) ? 1 : 0;
}

void tarn__generation_counts(struct tarn_collector *c, size_t count[TARN_GENERATIONS]) {
    int64_t young = tarn__load(&c->heap->young, relaxed);
    for (struct tarn_seat *s = tarn__world_first(&c->heap->world); s; s = s->next)
        young += tarn__load(&tarn__mutator(s)->young, relaxed);
    count[0] = young > 0 ? (size_t)young : 0;
    for (int g = 1; g < TARN_GENERATIONS; g++)
        count[g] = tarn__load(&c->count[g], relaxed);
}

/* Seats compare with young_max alone: it is 0, never, while collections are off. */
void tarn__generation_settings(struct tarn_collector *c) {
    /* relaxed: as above. */
    uint32_t max = tarn__load(&c->threshold[0], relaxed);
    if (tarn__load(&c->debug, relaxed) & TARN_GC_DEBUG_EVERY_SAFEPOINT)
        max = 1;
    tarn__store(&c->heap->young_max, tarn__load(&c->enabled, relaxed) ? max : 0, relaxed);
}

static void reset_young(struct tarn_heap *heap) {
    /* relaxed: the world is stopped. */
    tarn__store(&heap->young, 0, relaxed);
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__store(&tarn__mutator(s)->young, 0, relaxed);
}

void tarn__generation_collected(struct tarn_collector *c, int generation, uint64_t survivors) {
    reset_young(c->heap);
    for (int g = 1; g <= generation; g++)
        /* relaxed: counters order nothing. */
        tarn__store(&c->count[g], 0, relaxed);
    if (generation + 1 < TARN_GENERATIONS)
        tarn__fetch_add(&c->count[generation + 1], 1, relaxed);
    if (generation == TARN_GENERATIONS - 1) {
        c->long_lived_total = survivors;
        c->long_lived_pending = 0;
    } else if (generation == TARN_GENERATIONS - 2) {
        c->long_lived_pending += survivors;
    }
}
