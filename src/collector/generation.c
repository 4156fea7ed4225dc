/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Counters and thresholds: CPython's rule, (700, 10, 10).
 *
 * Generation 0 counts containers made less freed since its last collection,
 * gathered from the seats in batches; the older ones count collections of the
 * next younger. The oldest is put off until objects that newly reached it are a
 * quarter of those that survived its last collection, so that building a large
 * graph does not cost quadratic time.
 */
#include "collector/collector.h"

static bool is_over(struct tarn_collector *c, int g) {
    /* relaxed: counters and settings order nothing, here and below. */
    uint32_t threshold = tarn__load(&c->threshold[g], relaxed);
    if (threshold == 0)
        return false;
    if (g == 0)
        return tarn__load(&c->heap->young, relaxed) > (int64_t)threshold;
    return tarn__load(&c->count[g], relaxed) > threshold;
}

int tarn__generation_due(struct tarn_collector *c) {
    /* relaxed: as above. */
    if (!tarn__load(&c->enabled, relaxed))
        return -1;
    if (tarn__load(&c->heap->pressed, relaxed))
        return 2;
    if (!is_over(c, 0))
        return -1;
    if (c->search.stage == TARN_SEARCH_NONE && is_over(c, 2) &&
        c->long_lived_pending >= c->long_lived_total / TARN_LONG_LIVED_SHARE)
        return 2;
    return is_over(c, 1) ? 1 : 0;
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
