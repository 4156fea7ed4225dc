/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Caches: the pools of one seat, or of one thread's raw memory.
 *
 * Only its owner allocates from a cache and frees into it locally, without an
 * atomic operation; other threads set a bit beside the pool and announce it in
 * the cache's inbox [POST]. The owner collects these when it runs short.
 *
 * Object pools belong to a seat's cache and live and die with the heap; raw
 * pools belong to raw caches, which are the process's and are never unmapped, so
 * a raw block may be freed by anyone at any time.
 */
#ifndef TARN_MEMORY_CACHE_H
#define TARN_MEMORY_CACHE_H

#include <tarn/layout.h>

#include "base/fault.h"
#include "memory/pool.h"

struct tarn_cache;

/* What the layers above plug in, for object pools. */
struct tarn_cache_hooks {
    /* A pool was made; false: no memory, it is given up. */
    bool (*pool_added)(struct tarn_cache *cache, struct tarn_pool *pool);
    /* A pool is empty; true: it may go, false: it stays in the cache. */
    bool (*pool_emptied)(struct tarn_cache *cache, struct tarn_pool *pool);
};

struct tarn_cache {
    /* first: tarn__tls.seat points here */
    struct tarn__seat_head head;
    uint32_t id;                          /* the seat's number; 0 in raw caches */
    const struct tarn_cache_hooks *hooks; /* NULL in raw caches */

    /* owner */
    struct tarn_room *room; /* of the arena that this cache holds, or NULL */
    struct tarn_pool *current[TARN_KINDS][TARN_CLASSES]; /* never NULL */
    struct tarn_pool *no_pool;                           /* for ever &tarn__no_pool */
    struct tarn_list_node partial[TARN_KINDS][TARN_CLASSES];
    struct tarn_list_node full;    /* pools full or aside */
    struct tarn_list_node parting; /* empty pools with a post on its way [POST-4] */
    unsigned kept;                 /* slices of empty pools on `partial`, containers aside */
    unsigned refills;              /* so far: now and then one looks at what is due */

    /* under CACHES: raw caches that no thread uses */
    struct tarn_cache *next_free;

    /* any thread */
    _Alignas(128) struct tarn_inbox remote;
};

void tarn__cache_init(struct tarn_cache *cache, uint32_t id, const struct tarn_cache_hooks *hooks);

/* Ends a cache whose pools were all discarded or released. */
void tarn__cache_fini(struct tarn_cache *cache);

/* Where in a cache the current pool of a kind and class stands, in bytes. */
static inline size_t tarn__cache_shelf(enum tarn_kind kind, unsigned size_class) {
    return offsetof(struct tarn_cache, current) +
           (kind * TARN_CLASSES + size_class) * sizeof(struct tarn_pool *);
}

static inline struct tarn_pool *tarn__cache_at(struct tarn_cache *cache, size_t shelf) {
    return *(struct tarn_pool **)((char *)cache + shelf);
}

/* The slow half of tarn__block_alloc. */
void *tarn__cache_refill(struct tarn_cache *cache, enum tarn_kind kind, unsigned size_class);

/* What follows when a free rang the pool's alarm: it was full, or is empty now. */
void tarn__pool_changed(struct tarn_cache *cache, struct tarn_pool *pool);

/* The first free block of a pool that has one. */
static inline void *tarn__pool_pop(struct tarn_pool *pool) {
    void *block = pool->free;
    pool->free = tarn__block_next(block);
    pool->excess++;
    return block;
}

/*
 * A block of a class; owner only. NULL: no memory. Its contents are undefined,
 * but the second word of an object block is zero.
 */
static inline void *tarn__block_alloc(struct tarn_cache *cache, enum tarn_kind kind,
                                      unsigned size_class) {
    if (tarn__fault_hit())
        return NULL;
    struct tarn_pool *pool = cache->current[kind][size_class];
    if (tarn__unlikely(!pool->free))
        return tarn__cache_refill(cache, kind, size_class);
    return tarn__pool_pop(pool);
}

/* An object block of its own mapping; the cache becomes its owner. */
void *tarn__block_alloc_large(struct tarn_cache *cache, enum tarn_kind kind, size_t size);

/* Owner: gives back a block whose second word has been set for its kind. */
static inline void tarn__block_free_owner(struct tarn_cache *cache, struct tarn_pool *pool,
                                          void *block) {
    tarn__block_set_next(block, pool->free);
    pool->free = block;
    if (tarn__unlikely(--pool->excess == 0))
        tarn__pool_changed(cache, pool);
}

/* Frees an object block, from any seat; `self` is the caller's cache. */
void tarn__block_free(struct tarn_cache *self, void *block);

/* Frees the object blocks word * 64 + i of a pool, from any seat. */
void tarn__pool_free_mask(struct tarn_cache *self, struct tarn_pool *pool, unsigned word,
                          uint64_t mask);

/* Gives back what could not go at once [POST-4]. */
void tarn__cache_release_parting(struct tarn_cache *cache);

/* Takes in what other threads freed: owner, or the world stopped. */
void tarn__cache_collect_remote(struct tarn_cache *cache);

/* World stopped: nothing is allocated from today's pools of the kind any more. */
void tarn__cache_forget_current(struct tarn_cache *cache, enum tarn_kind kind);

/* World stopped: a pool that was set aside may be allocated from again. */
void tarn__cache_relist_pool(struct tarn_cache *cache, struct tarn_pool *pool);

/* World stopped, or owner: takes an empty pool off its lists and gives it back, at
 * once or, if a post of it is still on its way, when that has arrived. */
void tarn__cache_release_pool(struct tarn_cache *cache, struct tarn_pool *pool);

/* The heap ends: gives a pool back whatever is in it. */
void tarn__pool_discard(struct tarn_pool *pool);

/* Owner: gives empty pools back. */
void tarn__cache_trim(struct tarn_cache *cache);

/* Child of a fork: takes in what threads that are gone left half announced. */
void tarn__cache_repair(struct tarn_cache *cache);

/*
 * Gives the pages of blocks back that other threads freed and whose owners have not
 * taken them in, perhaps because they wait for something; returns the bytes. Any
 * thread: it takes their bits as the owner would, so that the blocks are its own and
 * hold their pools, and sets them again. No heap ends meanwhile.
 */
size_t tarn__remote_purge(void);

void tarn__remote_purge_lock(void);
void tarn__remote_purge_unlock(void);

/* Checks [MEM-1] to [MEM-4] for every pool of the cache; returns the number of
 * faults. Owner, or world stopped. */
size_t tarn__cache_verify(struct tarn_cache *cache);

#endif
