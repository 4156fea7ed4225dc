/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Setting containers aside, by whole pools.
 *
 * A frozen pool is no part of any set and nothing is allocated from it, so a
 * collection writes nothing there but the counts of objects that the dead
 * referenced: its pages stay shared with a forked child. Thawed objects join the
 * oldest generation.
 */
#include "base/bits.h"
#include "collector/search.h"
#include "object/death.h"

/* Calls body for every container pool of the heap. World stopped. */
static void for_each_pool(struct tarn_heap *heap, void (*body)(struct tarn_pool *, void *),
                          void *arg) {
    struct tarn_list_node *head = &heap->pools[TARN_KIND_CONTAINER];
    for (struct tarn_list_node *n = head->next; n != head; n = n->next)
        body(TARN__CONTAINER_OF(n, struct tarn_pool, heap_node), arg);
}

static bool is_live(struct tarn_object *o) {
    /* relaxed: the world is stopped. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    return (word & TARN__TYPE_MASK) && !(word & TARN__DEAD);
}

static void freeze_pool(struct tarn_pool *pool, void *arg) {
    (void)arg;
    if (tarn__pool_used(pool) > 0)
        pool->frozen = true;
}

static void thaw_pool(struct tarn_pool *pool, void *arg) {
    (void)arg;
    if (!pool->frozen)
        return;
    unsigned carved = tarn__pool_carved(pool);
    for (unsigned i = 0; i < carved; i++) {
        struct tarn_object *o = tarn__pool_block(pool, i);
        if (!is_live(o))
            continue;
        /* relaxed: the world is stopped. */
        uint64_t bias = tarn__load(&o->bias, relaxed) & ~TARN__BIAS_AGE_MASK;
        tarn__store(&o->bias, bias | (uint64_t)(TARN_GENERATIONS - 1) << TARN__BIAS_AGE_SHIFT,
                    relaxed);
    }
    pool->frozen = false;
    tarn__cache_relist_pool(pool->owner, pool);
}

static void count_pool(struct tarn_pool *pool, void *arg) {
    size_t *count = arg;
    unsigned carved = pool->frozen ? tarn__pool_carved(pool) : 0;
    for (unsigned i = 0; i < carved; i++)
        *count += is_live(tarn__pool_block(pool, i));
}

/* Stops the world with every count at rest. */
static void stop(struct tarn_heap *heap, struct tarn_mutator *m) {
    tarn__world_stop(&heap->world, &m->seat);
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__cache_collect_remote(&s->cache);
    tarn__collect_merge_mail(heap, m);
}

static void start(struct tarn_heap *heap, struct tarn_mutator *m) {
    tarn__world_start(&heap->world, &m->seat);
    tarn__object_run_dying(m);
}

void tarn__freeze(struct tarn_heap *heap, struct tarn_mutator *m) {
    tarn__search_cancel(heap->collector);
    stop(heap, m);
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next) {
        struct tarn_mutator *other = tarn__mutator(s);
        tarn__cache_forget_current(&s->cache, TARN_KIND_CONTAINER);
        for (struct tarn_pool *p = other->young_pools; p; p = p->young_next)
            p->has_young = false;
        other->young_pools = NULL;
    }
    for_each_pool(heap, freeze_pool, NULL);
    for (int g = TARN_GENERATIONS - 1; g > 0; g--)
        /* relaxed: a counter. */
        tarn__store(&heap->collector->count[g], 0, relaxed);
    tarn__generation_collected(heap->collector, 0, 0);
    /* relaxed: as above; freezing is no collection. */
    tarn__store(&heap->collector->count[1], 0, relaxed);
    start(heap, m);
}

void tarn__unfreeze(struct tarn_heap *heap, struct tarn_mutator *m) {
    tarn__search_cancel(heap->collector);
    stop(heap, m);
    for_each_pool(heap, thaw_pool, NULL);
    start(heap, m);
}

size_t tarn__frozen_count(struct tarn_heap *heap, struct tarn_mutator *m) {
    size_t count = 0;
    stop(heap, m);
    for_each_pool(heap, count_pool, &count);
    start(heap, m);
    return count;
}
