/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The slow side of allocating and freeing: refilling, remote frees, lists.
 * See memory/cache.h and memory/pool.h for the words and the equations.
 */
#include "memory/cache.h"

#include <string.h>

#include "base/check.h"
#include "base/fault.h"
#include "memory/arena.h"
#include "memory/large.h"

/* Blocks are linked by about a page at a time, so that untouched pages of a new
 * pool stay untouched. */
#define CARVE_BYTES 4096u

struct tarn_pool tarn__no_pool = {.state = TARN_POOL_FULL};

void tarn__cache_init(struct tarn_cache *cache, uint32_t id, const struct tarn_cache_hooks *hooks) {
    cache->id = id;
    cache->hooks = hooks;
    for (int kind = 0; kind < TARN_KINDS; kind++)
        for (unsigned c = 0; c < TARN_CLASSES; c++) {
            cache->current[kind][c] = &tarn__no_pool;
            tarn__list_init(&cache->partial[kind][c]);
        }
}

/* The second word of a free block of the pool. */
static void mark_free(struct tarn_pool *pool, void *block) {
    tarn__block_set_mark(block, pool->kind == TARN_KIND_RAW ? tarn__raw_mark(block) : 0);
}

static bool has_room(const struct tarn_pool *pool) {
    return pool->free || pool->carved < pool->capacity;
}

/* Links some blocks that were never used. */
static void carve(struct tarn_pool *pool) {
    unsigned n = (unsigned)(CARVE_BYTES / pool->block_size);
    unsigned left = pool->capacity - pool->carved;
    n = n == 0 ? 1 : n;
    n = n > left ? left : n;
    for (unsigned i = n; i-- > 0;) {
        void *block = tarn__pool_block(pool, pool->carved + i);
        mark_free(pool, block);
        tarn__block_set_next(block, pool->free);
        pool->free = block;
    }
    pool->carved = (uint16_t)(pool->carved + n);
}

static void format_pool(struct tarn_pool *pool, struct tarn_cache *cache, enum tarn_kind kind,
                        unsigned size_class) {
    size_t size = tarn__class_size(size_class);
    pool->owner = cache;
    pool->block_size = size;
    pool->reciprocal = (((uint64_t)1 << 40) + size - 1) / size;
    pool->capacity = (uint16_t)(pool->slices * TARN_SLICE_SIZE / size);
    pool->kind = (uint8_t)kind;
    pool->size_class = (uint8_t)size_class;
    pool->carved = pool->used = 0;
    pool->free = NULL;
    pool->node = (struct tarn_list_node){0};
}

static struct tarn_pool *make_pool(struct tarn_cache *cache, enum tarn_kind kind,
                                   unsigned size_class) {
    unsigned slices = tarn__class_slices(tarn__class_size(size_class));
    struct tarn_pool *pool = tarn__slices_claim(&cache->arena, slices);
    if (!pool)
        return NULL;
    format_pool(pool, cache, kind, size_class);
    if (kind != TARN_KIND_RAW && !cache->hooks->pool_added(cache, pool)) {
        tarn__slices_release(pool);
        return NULL;
    }
    return pool;
}

/* Puts a pool that the cache leaves, or gets back, where it belongs. */
static void shelve(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (has_room(pool)) {
        pool->state = TARN_POOL_PARTIAL;
        tarn__list_prepend(&cache->partial[pool->kind][pool->size_class], &pool->node);
    } else {
        pool->state = TARN_POOL_FULL;
    }
}

/* A pool with room: the current one, a partial one, or a new one. */
static struct tarn_pool *find_pool(struct tarn_cache *cache, enum tarn_kind kind, unsigned c) {
    struct tarn_list_node *partial = &cache->partial[kind][c];
    struct tarn_pool *pool = cache->current[kind][c];
    if (has_room(pool))
        return pool;
    tarn__cache_collect_remote(cache);
    if (has_room(pool))
        return pool;
    struct tarn_pool *next = NULL;
    if (!tarn__list_is_empty(partial)) {
        next = TARN__CONTAINER_OF(partial->next, struct tarn_pool, node);
        tarn__list_remove(&next->node);
    } else {
        next = make_pool(cache, kind, c);
    }
    if (!next)
        return NULL;
    if (pool != &tarn__no_pool)
        shelve(cache, pool);
    next->state = TARN_POOL_CURRENT;
    cache->current[kind][c] = next;
    return next;
}

void *tarn__cache_refill(struct tarn_cache *cache, enum tarn_kind kind, unsigned size_class) {
    if (tarn__fault_hit())
        return NULL;
    struct tarn_pool *pool = find_pool(cache, kind, size_class);
    if (!pool)
        return NULL;
    if (!pool->free)
        carve(pool);
    void *block = pool->free;
    pool->free = tarn__block_next(block);
    pool->used++;
    return block;
}

/* --- freeing --- */

void tarn__cache_release_pool(struct tarn_cache *cache, struct tarn_pool *pool) {
    TARN_ASSERT(pool->used == 0);
    if (pool->slices == 0) {
        tarn__large_release(pool);
        return;
    }
    if (pool->state == TARN_POOL_CURRENT)
        cache->current[pool->kind][pool->size_class] = &tarn__no_pool;
    else if (pool->state == TARN_POOL_PARTIAL)
        tarn__list_remove(&pool->node);
    tarn__slices_release(pool);
}

static void reset_post(struct tarn_post *post) {
    /* relaxed: the heap ends; no thread knows a block of it. */
    for (unsigned w = 0; w < TARN_POST_WORDS; w++)
        tarn__store(&post->bits[w], 0, relaxed);
    tarn__store(&post->pending, 0, relaxed);
}

void tarn__pool_discard(struct tarn_pool *pool) {
    struct tarn_pool_side *side = tarn__pool_side(pool);
    reset_post(&side->remote);
    reset_post(&side->mail);
    reset_post(&side->pending);
    if (pool->slices == 0)
        tarn__large_release(pool);
    else
        tarn__slices_release(pool);
}

/* Whether the class has another pool to allocate from. */
static bool is_spare(struct tarn_cache *cache, struct tarn_pool *pool) {
    struct tarn_list_node *partial = &cache->partial[pool->kind][pool->size_class];
    return partial->next != &pool->node || pool->node.next != partial;
}

void tarn__pool_changed(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->state == TARN_POOL_FULL)
        shelve(cache, pool);
    if (pool->used > 0 || pool->state != TARN_POOL_PARTIAL || !is_spare(cache, pool))
        return;
    if (pool->kind == TARN_KIND_RAW || cache->hooks->pool_emptied(cache, pool))
        tarn__cache_release_pool(cache, pool);
}

/* A large object goes: its pages at once, its descriptor when nobody walks it. */
static void free_large_object(struct tarn_pool *pool, void *block) {
    tarn__block_set_mark(block, 0);
    pool->used = 0;
    if (pool->owner->hooks->pool_emptied(pool->owner, pool))
        tarn__large_release(pool);
    else
        tarn__large_decommit(pool);
}

void *tarn__block_alloc_large(struct tarn_cache *cache, enum tarn_kind kind, size_t size) {
    bool zero;
    struct tarn_pool *pool = tarn__large_claim(size, TARN_BLOCK_ALIGN, &zero);
    if (!pool)
        return NULL;
    tarn__block_set_mark(pool->base, 0);
    pool->owner = cache;
    pool->kind = (uint8_t)kind;
    if (!cache->hooks->pool_added(cache, pool)) {
        tarn__large_release(pool);
        return NULL;
    }
    return pool->base;
}

void tarn__block_free(struct tarn_cache *self, void *block) {
    struct tarn_pool *pool = tarn__pool_of(block);
    if (tarn__unlikely(pool->slices == 0)) {
        free_large_object(pool, block);
        return;
    }
    tarn__block_set_mark(block, 0);
    if (tarn__likely(pool->owner == self))
        tarn__block_free_owner(self, pool, block);
    else if (!tarn__post_set(&pool->owner->remote, &tarn__pool_side(pool)->remote,
                             tarn__pool_index(pool, block)))
        tarn__fatal("tarn_decref", "object block %p is freed twice", block);
}

void tarn__pool_free_mask(struct tarn_cache *self, struct tarn_pool *pool, unsigned word,
                          uint64_t mask) {
    if (pool->owner == self || pool->slices == 0) {
        for (uint64_t bits = mask; bits; bits &= bits - 1)
            tarn__block_free(self, tarn__pool_block(pool, word * 64 + tarn__bits_lowest(bits)));
        return;
    }
    for (uint64_t bits = mask; bits; bits &= bits - 1)
        tarn__block_set_mark(tarn__pool_block(pool, word * 64 + tarn__bits_lowest(bits)), 0);
    if (tarn__post_set_word(&pool->owner->remote, &tarn__pool_side(pool)->remote, word, mask))
        tarn__fatal("tarn_gc_collect", "a block of pool %p is freed twice", (void *)pool);
}

/* --- what others freed --- */

static void take_block(struct tarn_pool *pool, void *block) {
    if (pool->kind == TARN_KIND_RAW)
        tarn__block_set_mark(block, tarn__raw_mark(block));
    tarn__block_set_next(block, pool->free);
    pool->free = block;
    pool->used--;
}

static void take_pool(struct tarn_cache *cache, struct tarn_pool *pool, struct tarn_post *post) {
    for (unsigned w = 0; w < tarn__pool_words(pool); w++)
        for (uint64_t bits = tarn__post_take(post, w); bits; bits &= bits - 1)
            take_block(pool, tarn__pool_block(pool, w * 64 + tarn__bits_lowest(bits)));
    if (pool->used == 0 || pool->state >= TARN_POOL_FULL)
        tarn__pool_changed(cache, pool);
}

void tarn__cache_collect_remote(struct tarn_cache *cache) {
    struct tarn_post *next;
    for (struct tarn_post *p = tarn__inbox_take(&cache->remote); p; p = next) {
        next = tarn__post_next(p);
        tarn__post_open(p);
        struct tarn_pool *pool = tarn__pool_of_post(p);
        if (tarn__likely(pool->owner == cache))
            take_pool(cache, pool, p);
        else if (pool->owner)
            tarn__post_announce(&pool->owner->remote, p); /* [POST-4] */
    }
}

/* --- whole caches --- */

void tarn__cache_forget_current(struct tarn_cache *cache, enum tarn_kind kind) {
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        struct tarn_list_node *partial = &cache->partial[kind][c];
        struct tarn_pool *pool = cache->current[kind][c];
        if (pool != &tarn__no_pool)
            pool->state = TARN_POOL_ASIDE;
        cache->current[kind][c] = &tarn__no_pool;
        while (!tarn__list_is_empty(partial)) {
            pool = TARN__CONTAINER_OF(partial->next, struct tarn_pool, node);
            tarn__list_remove(&pool->node);
            pool->state = TARN_POOL_ASIDE;
        }
    }
}

void tarn__cache_relist_pool(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->slices && pool->state == TARN_POOL_ASIDE)
        shelve(cache, pool);
}

void tarn__cache_trim(struct tarn_cache *cache) {
    tarn__cache_collect_remote(cache);
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        struct tarn_list_node *partial = &cache->partial[TARN_KIND_RAW][c];
        struct tarn_list_node *next;
        for (struct tarn_list_node *n = partial->next; n != partial; n = next) {
            struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, node);
            next = n->next;
            if (pool->used == 0)
                tarn__cache_release_pool(cache, pool);
        }
        struct tarn_pool *pool = cache->current[TARN_KIND_RAW][c];
        if (pool != &tarn__no_pool && pool->used == 0)
            tarn__cache_release_pool(cache, pool);
    }
}

static size_t verify_pool(struct tarn_cache *cache, struct tarn_pool *pool, unsigned state) {
    size_t faults = 0;
    size_t linked = 0;
    for (void *b = pool->free; b && linked <= pool->capacity; b = tarn__block_next(b))
        linked++;
    faults += pool->owner != cache;
    faults += linked + pool->used != pool->carved; /* [MEM-1] */
    faults += pool->carved > pool->capacity;       /* [MEM-2] */
    faults += pool->capacity * pool->block_size > pool->slices * TARN_SLICE_SIZE;
    faults += pool->state != state; /* [MEM-3] */
    return faults;
}

size_t tarn__cache_verify(struct tarn_cache *cache) {
    size_t faults = 0;
    for (int kind = 0; kind < TARN_KINDS; kind++)
        for (unsigned c = 0; c < TARN_CLASSES; c++) {
            struct tarn_pool *pool = cache->current[kind][c];
            struct tarn_list_node *partial = &cache->partial[kind][c];
            if (pool != &tarn__no_pool)
                faults += verify_pool(cache, pool, TARN_POOL_CURRENT);
            for (struct tarn_list_node *n = partial->next; n != partial; n = n->next)
                faults += verify_pool(cache, TARN__CONTAINER_OF(n, struct tarn_pool, node),
                                      TARN_POOL_PARTIAL);
        }
    return faults;
}
