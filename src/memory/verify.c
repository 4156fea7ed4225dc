/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* A cache against the equations of memory/pool.h. */
#include "memory/cache.h"

static bool is_carved(struct tarn_pool *pool, void *block) {
    unsigned i = tarn__pool_index(pool, block);
    return i < tarn__pool_carved(pool) && tarn__pool_block(pool, i) == block;
}

static size_t verify_pool(struct tarn_cache *cache, struct tarn_pool *pool) {
    size_t faults = 0;
    size_t linked = 0;
    unsigned carved = tarn__pool_carved(pool);
    for (void *b = pool->free; b && linked <= pool->capacity; b = tarn__block_next(b)) {
        linked++;
        faults += !is_carved(pool, b);
    }
    faults += pool->owner != cache;
    faults += linked + tarn__pool_used(pool) != carved;                           /* [MEM-1] */
    faults += carved > pool->capacity;                                            /* [MEM-2] */
    faults += pool->capacity * pool->block_size > pool->slices * TARN_SLICE_SIZE; /* [MEM-2] */
    return faults;
}

static size_t verify_list(struct tarn_cache *cache, struct tarn_list_node *list, size_t *kept) {
    size_t faults = 0;
    for (struct tarn_list_node *n = list->next; n != list; n = n->next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, node);
        bool room = tarn__pool_used(pool) < pool->capacity;
        faults += verify_pool(cache, pool);
        if (list == &cache->parting)
            faults += pool->state != TARN_POOL_PARTING || tarn__pool_used(pool) != 0;
        else if (list != &cache->full) /* [MEM-3], [MEM-4] */
            faults += pool->state != TARN_POOL_PARTIAL || pool->alarm != 0 || !room;
        else if (pool->state == TARN_POOL_FULL)
            faults +=
                tarn__pool_used(pool) <= pool->alarm || pool->alarm != tarn__pool_full_alarm(pool);
        else
            faults += pool->state != TARN_POOL_ASIDE || pool->alarm != TARN_ALARM_NONE;
        if (pool->kept) {
            faults += tarn__pool_used(pool) != 0;
            *kept += pool->slices;
        }
    }
    return faults;
}

size_t tarn__cache_verify(struct tarn_cache *cache) {
    size_t kept = 0;
    size_t faults = verify_list(cache, &cache->full, &kept);
    faults += verify_list(cache, &cache->parting, &kept);
    for (int kind = 0; kind < TARN_KINDS; kind++)
        for (unsigned c = 0; c < TARN_CLASSES; c++) {
            struct tarn_pool *pool = cache->current[kind][c];
            faults += verify_list(cache, &cache->partial[kind][c], &kept);
            if (pool == &tarn__no_pool)
                continue;
            faults += verify_pool(cache, pool);
            faults += pool->state != TARN_POOL_CURRENT || pool->alarm != TARN_ALARM_NONE;
        }
    return faults + (kept != cache->kept);
}
