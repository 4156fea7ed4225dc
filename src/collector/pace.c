/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The pace of young collections (docs/design/collector.md [PACE-4]).
 *
 * They come by CPython's rule. While a heap grows by objects that all live, each looks at
 * what it will not free; after some that found next to nothing, and took more than their
 * share of the time, those that follow pass over: the young become old unseen. One in so
 * many still looks, and the first that finds garbage ends it. Garbage that was passed over
 * is a full collection's, which comes when what newly became old is a quarter of the rest.
 *
 * All of it is the collecting thread's; the figures that reports read are atomic.
 */
#include "collector/collector.h"
#include "os/clock.h"

/* Finding less than one in so many examined is next to nothing. */
#define YIELD_SHARE 100u
/* So many such collections in a row before any is passed over. */
#define BARREN_MIN 16u
/* At the most so many are passed over between two that look. */
#define PASSES_MAX 63u
/* A smaller heap is collected by the rule alone. */
#define LIVE_MIN 8192u
/* While a search goes on that followed one like it, the heap may grow to so many times its
 * size before the search takes more than its share. */
#define BARREN_GROWTH_MAX 8u
/* A new duration's part in the share of time is one in so many. */
#define SHARE_WEIGHT 8u

static bool is_barren(const struct tarn_gc_info *info) {
    return info->collected * YIELD_SHARE <= info->examined;
}

unsigned tarn__pace_limit(const struct tarn_heap *heap) {
    return heap->config.collect_share ? heap->config.collect_share : 10;
}

bool tarn__pace_passes_over(struct tarn_collector *c) {
    struct tarn_pace *p = &c->pace;
    if (p->barren < BARREN_MIN || tarn__generation_population(c->heap) < LIVE_MIN)
        return false;
    if (!p->between) {
        /* relaxed: this thread's own figure. */
        if (tarn__load(&p->share, relaxed) <= tarn__pace_limit(c->heap) * 100)
            return false;
        p->between = p->left = 1;
    }
    if (p->left == 0)
        return false;
    p->left--;
    return true;
}

uint64_t tarn__pace_pass_over(struct tarn_collector *c) {
    size_t count[TARN_GENERATIONS];
    tarn__generation_counts(c, count);
    for (struct tarn_seat *s = tarn__world_first(&c->heap->world); s; s = s->next) {
        struct tarn_mutator *m = tarn__mutator(s);
        for (struct tarn_pool *pool = m->young_pools; pool; pool = pool->young_next)
            pool->has_young = false;
        m->young_pools = NULL;
    }
    /* relaxed: a statistic. */
    tarn__store(&c->pace.passed, tarn__load(&c->pace.passed, relaxed) + 1, relaxed);
    return count[0];
}

void tarn__pace_note(struct tarn_collector *c, const struct tarn_gc_info *info, bool passed,
                     uint64_t begun) {
    struct tarn_pace *p = &c->pace;
    uint64_t now = tarn__clock_ns();
    uint64_t elapsed = now - p->ended_ns;
    /* relaxed: this thread writes it, others only look. */
    uint32_t share = tarn__load(&p->share, relaxed);
    if (p->ended_ns && elapsed)
        share += (uint32_t)((now - begun) * 10000 / elapsed) / SHARE_WEIGHT - share / SHARE_WEIGHT;
    tarn__store(&p->share, share, relaxed);
    p->ended_ns = now;
    if (passed)
        return;
    if (!is_barren(info)) {
        p->barren = p->between = p->left = 0;
        return;
    }
    p->barren++;
    if (p->between) {
        p->between = p->between < PASSES_MAX ? p->between * 2 + 1 : PASSES_MAX;
        p->left = p->between;
    }
}

void tarn__pace_note_full(struct tarn_collector *c, const struct tarn_gc_info *info) {
    c->pace.full_was_barren = is_barren(info);
}

bool tarn__pace_is_behind(const struct tarn_collector *c) {
    uint64_t total = c->long_lived_total;
    uint64_t most =
        c->pace.full_was_barren ? BARREN_GROWTH_MAX * total : tarn__generation_share(total) / 2;
    return c->long_lived_pending > most;
}
