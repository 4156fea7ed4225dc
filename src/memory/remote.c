/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Blocks that cross threads: object blocks freed by any seat, and what the owner
 * takes in. The protocol is memory/post_kernel.h; a block whose bit is set counts
 * as used until its owner has linked it, so its pool cannot leave meanwhile.
 */
#include "base/check.h"
#include "memory/arena.h"
#include "memory/cache.h"
#include "memory/large.h"
#include "memory/watch.h"
#include "os/lock.h"
#include "os/pages.h"

/* A large object goes: its pages at once, its descriptor when nobody walks it. */
static void free_large_object(struct tarn_pool *pool, void *block) {
    tarn__block_set_mark(block, 0);
    pool->excess = 0;
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
    if (tarn__is_watching())
        tarn__watch_freed("tarn_decref", pool, block);
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
    for (uint64_t bits = mask; bits; bits &= bits - 1) {
        void *block = tarn__pool_block(pool, word * 64 + tarn__bits_lowest(bits));
        if (tarn__is_watching())
            tarn__watch_freed("tarn_gc_collect", pool, block);
        tarn__block_set_mark(block, 0);
    }
    if (tarn__post_set_word(&pool->owner->remote, &tarn__pool_side(pool)->remote, word, mask))
        tarn__fatal("tarn_gc_collect", "a block of pool %p is freed twice", (void *)pool);
}

/* --- the owner --- */

static uint64_t mark_in_owners_bin(const struct tarn_pool *pool) {
    return tarn__mark_in_bin((const char *)pool->owner + pool->bin);
}

static void take_block(struct tarn_pool *pool, void *block) {
    if (pool->kind == TARN_KIND_RAW) {
        uint64_t mark = tarn__block_mark(block);
        if (tarn__unlikely(mark == mark_in_owners_bin(pool) || mark == tarn__mark_in_pool(pool)))
            tarn__fatal("tarn_free", "block %p of %zu bytes: freed twice", block, pool->block_size);
        tarn__block_set_mark(block, tarn__mark_in_pool(pool));
    }
    tarn__block_set_next(block, pool->free);
    pool->free = block;
    pool->excess--;
}

/* The pool may leave the cache at the end, not before every word is taken. */
static void take_pool(struct tarn_cache *cache, struct tarn_pool *pool, struct tarn_post *post) {
    unsigned words = tarn__pool_words(pool);
    for (unsigned w = 0; w < words; w++)
        for (uint64_t bits = tarn__post_take(post, w); bits; bits &= bits - 1)
            take_block(pool, tarn__pool_block(pool, w * 64 + tarn__bits_lowest(bits)));
    tarn__pool_changed(cache, pool);
}

void tarn__cache_collect_remote(struct tarn_cache *cache) {
    struct tarn_post *next;
    for (struct tarn_post *p = tarn__inbox_take(&cache->remote); p; p = next) {
        struct tarn_pool *pool = tarn__pool_of_post(p);
        next = tarn__post_next(p);
        tarn__post_open(p);
        TARN_ASSERT(pool->owner == cache);
        take_pool(cache, pool, p);
    }
    if (tarn__unlikely(!tarn__list_is_empty(&cache->parting)))
        tarn__cache_release_parting(cache);
}

/* --- what owners leave lying --- */

/* Held by whoever has taken bits that are not its own. */
static struct tarn_lock purge_lock = TARN__LOCK_INIT(TARN_RANK_PURGE);

void tarn__remote_purge_lock(void) {
    tarn__lock_acquire(&purge_lock);
}

void tarn__remote_purge_unlock(void) {
    tarn__lock_release(&purge_lock);
}

static bool is_taken(const uint64_t *taken, unsigned i) {
    return taken[i / 64] >> (i % 64) & 1;
}

/* Decommits the whole pages of the blocks [first, end). */
static size_t decommit_blocks(struct tarn_pool *pool, unsigned first, unsigned end) {
    size_t page = tarn__os_page_size();
    uintptr_t low = tarn__round_up((uintptr_t)tarn__pool_block(pool, first), page);
    uintptr_t high = (uintptr_t)tarn__pool_block(pool, end) & ~(page - 1);
    if (low >= high)
        return 0;
    tarn__os_decommit((void *)low, high - low);
    return high - low;
}

static size_t decommit_taken(struct tarn_pool *pool, const uint64_t *taken) {
    size_t bytes = 0;
    unsigned end;
    for (unsigned i = 0; i < pool->capacity; i = end + 1) {
        for (end = i; end < pool->capacity && is_taken(taken, end);)
            end++;
        bytes += decommit_blocks(pool, i, end);
    }
    return bytes;
}

/* The pool's fields may be read from here on: the blocks taken hold it as it is. */
static size_t purge_taken(struct tarn_pool *pool, struct tarn_post *post, const uint64_t *taken) {
    size_t bytes = decommit_taken(pool, taken);
    for (unsigned w = 0; w < TARN_POST_WORDS; w++)
        if (taken[w] && tarn__post_set_word(&pool->owner->remote, post, w, taken[w]))
            tarn__fatal("tarn_free", "a block of %zu bytes in the pool at %p is freed twice",
                        pool->block_size, (void *)pool->base);
    return bytes;
}

static void purge_arena(struct tarn_arena *arena, void *arg) {
    size_t *bytes = arg;
    for (unsigned i = 1; i < TARN_ARENA_SLICES; i++) {
        struct tarn_post *post = &arena->sides[i].remote;
        uint64_t taken[TARN_POST_WORDS];
        uint64_t any = 0;
        for (unsigned w = 0; w < TARN_POST_WORDS; w++)
            any |= taken[w] = tarn__post_take(post, w);
        if (any)
            *bytes += purge_taken(&arena->pools[i], post, taken);
    }
}

size_t tarn__remote_purge(void) {
    size_t bytes = 0;
    tarn__remote_purge_lock();
    tarn__arenas_each(purge_arena, &bytes);
    tarn__remote_purge_unlock();
    return bytes;
}

/* --- after a fork --- */

static void repair_list(struct tarn_cache *cache, struct tarn_list_node *list) {
    struct tarn_list_node *next;
    for (struct tarn_list_node *n = list->next; n != list; n = next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, node);
        next = n->next;
        tarn__post_open(&tarn__pool_side(pool)->remote);
        take_pool(cache, pool, &tarn__pool_side(pool)->remote);
    }
}

void tarn__cache_repair(struct tarn_cache *cache) {
    /* Opening every post makes the inbox's links meaningless. */
    tarn__inbox_take(&cache->remote);
    repair_list(cache, &cache->full);
    for (int kind = 0; kind < TARN_KINDS; kind++)
        for (unsigned c = 0; c < TARN_CLASSES; c++) {
            struct tarn_pool *pool = cache->current[kind][c];
            repair_list(cache, &cache->partial[kind][c]);
            if (pool == &tarn__no_pool)
                continue;
            tarn__post_open(&tarn__pool_side(pool)->remote);
            take_pool(cache, pool, &tarn__pool_side(pool)->remote);
        }
    repair_list(cache, &cache->parting);
    tarn__cache_release_parting(cache);
}
