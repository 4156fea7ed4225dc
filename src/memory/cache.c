/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The pools of a cache: making, filling, shelving, giving back.
 *
 * Every pool is in one of the states of memory/pool.h, and its alarm says at how
 * many used blocks a free must look further, so that the owner's free has one
 * comparison:
 *
 *               refill                  last block taken
 *     (new) ------------> CURRENT ---------------------------> FULL
 *                          ^   |                                |
 *                          |   | another is taken instead       | some blocks freed
 *                  refill  |   v                                |
 *                         PARTIAL <-----------------------------+
 *                           |  last block freed: kept, or
 *                           v
 *                        PARTING ---> the arena store
 *
 * A full pool leaves that state when a sixteenth of its blocks, and one, are free:
 * among random lifetimes it would else change lists at every other call.
 * An emptied pool stays for its class while the cache keeps few (KEEP_SLICES),
 * so that a loop at a pool's edge does not go to the arena store each time.
 */
#include "memory/cache.h"

#include "base/check.h"
#include "memory/arena.h"
#include "memory/large.h"
#include "memory/watch.h"

/* Blocks are linked by about a page at a time, so that untouched pages of a new
 * pool stay untouched. */
#define CARVE_BYTES 4096u

/* Slices of empty pools that a cache keeps. */
#define KEEP_SLICES 32u

/* A thread that lives on what it has also sees to it that old free pages go. */
#define REFILLS_PER_LOOK 64u

struct tarn_pool tarn__no_pool = {.state = TARN_POOL_FULL, .alarm = TARN_ALARM_NONE};

void tarn__cache_init(struct tarn_cache *cache, uint32_t id, const struct tarn_cache_hooks *hooks) {
    tarn__harden_prepare();
    cache->id = id;
    cache->hooks = hooks;
    cache->no_pool = &tarn__no_pool;
    tarn__list_init(&cache->full);
    tarn__list_init(&cache->parting);
    for (int kind = 0; kind < TARN_KINDS; kind++)
        for (unsigned c = 0; c < TARN_CLASSES; c++) {
            cache->current[kind][c] = &tarn__no_pool;
            tarn__list_init(&cache->partial[kind][c]);
        }
}

/* --- shelves --- */

static bool has_room(const struct tarn_pool *pool) {
    return pool->free || tarn__pool_carved(pool) < pool->capacity;
}

static void unkeep(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->kept)
        cache->kept -= pool->slices;
    pool->kept = false;
}

static void set_state(struct tarn_pool *pool, enum tarn_pool_state state) {
    pool->state = (uint8_t)state;
    if (state == TARN_POOL_PARTIAL)
        tarn__pool_set_alarm(pool, 0);
    else if (state == TARN_POOL_FULL)
        tarn__pool_set_alarm(pool, tarn__pool_full_alarm(pool));
    else
        tarn__pool_set_alarm(pool, TARN_ALARM_NONE);
}

/* Takes a pool from where it is. */
static void unshelve(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->state == TARN_POOL_CURRENT)
        cache->current[pool->kind][pool->size_class] = &tarn__no_pool;
    else
        tarn__list_remove(&pool->node);
    unkeep(cache, pool);
}

/* Puts a pool that is nowhere where it belongs. */
static void shelve(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->frozen || !has_room(pool)) {
        set_state(pool, pool->frozen ? TARN_POOL_ASIDE : TARN_POOL_FULL);
        tarn__list_append(&cache->full, &pool->node);
    } else {
        /* At the end: it collects more free blocks before its turn comes. */
        set_state(pool, TARN_POOL_PARTIAL);
        tarn__list_append(&cache->partial[pool->kind][pool->size_class], &pool->node);
    }
}

/* --- making and filling --- */

/* Links some blocks that were never used. */
static void carve(struct tarn_pool *pool) {
    /* relaxed: the owner alone writes it. */
    unsigned carved = tarn__load(&pool->carved, relaxed);
    unsigned n = (unsigned)(CARVE_BYTES / pool->block_size);
    unsigned left = pool->capacity - carved;
    n = n == 0 ? 1 : n;
    n = n > left ? left : n;
    uint16_t order[CARVE_BYTES / TARN_BLOCK_ALIGN];
    tarn__harden_shuffle(order, n);
    for (unsigned i = n; i-- > 0;) {
        void *block = tarn__pool_block(pool, carved + tarn__harden_pick(order, i));
        tarn__block_set_mark(block, pool->kind == TARN_KIND_RAW ? tarn__mark_in_pool(pool) : 0);
        tarn__block_set_next(block, pool->free);
        pool->free = block;
    }
    tarn__pool_set_carved(pool, carved + n);
}

static void format_pool(struct tarn_pool *pool, struct tarn_cache *cache, enum tarn_kind kind,
                        unsigned size_class) {
    size_t size = tarn__class_size(size_class);
    pool->owner = cache;
    pool->block_size = size;
    pool->reciprocal = UINT64_MAX / size + (tarn__is_pow2(size) ? 2 : 1);
    pool->capacity = (uint16_t)(pool->slices * TARN_SLICE_SIZE / size);
    pool->kind = (uint8_t)kind;
    pool->size_class = (uint8_t)size_class;
    tarn__pool_set_carved(pool, 0);
    pool->excess = pool->alarm = 0;
    pool->kept = pool->frozen = false;
    pool->free = NULL;
}

/* Back to the arena store; what is asked of a pool that is none finds no block. */
static void give_back(struct tarn_pool *pool) {
    if (tarn__is_watching())
        tarn__watch_pool_gone(pool);
    tarn__pool_set_carved(pool, 0);
    pool->capacity = 0;
    pool->owner = NULL;
    pool->free = NULL;
    tarn__slices_release(pool);
}

static struct tarn_pool *make_pool(struct tarn_cache *cache, enum tarn_kind kind,
                                   unsigned size_class) {
    unsigned slices = tarn__class_slices(tarn__class_size(size_class),
                                         kind == TARN_KIND_RAW ? TARN_RAW_SLICES : 1);
    struct tarn_pool *pool = tarn__slices_claim(&cache->room, slices);
    if (!pool)
        return NULL;
    format_pool(pool, cache, kind, size_class);
    if (kind != TARN_KIND_RAW && !cache->hooks->pool_added(cache, pool)) {
        give_back(pool);
        return NULL;
    }
    return pool;
}

/* The first of the class's pools with room, off its list, or NULL. */
static struct tarn_pool *take_partial(struct tarn_cache *cache, enum tarn_kind kind, unsigned c) {
    struct tarn_list_node *partial = &cache->partial[kind][c];
    while (!tarn__list_is_empty(partial)) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(partial->next, struct tarn_pool, node);
        unshelve(cache, pool);
        if (!pool->frozen)
            return pool;
        shelve(cache, pool);
    }
    return NULL;
}

/* When there is no memory: a full pool of the class with some room after all. */
static struct tarn_pool *take_full(struct tarn_cache *cache, enum tarn_kind kind, unsigned c) {
    for (struct tarn_list_node *n = cache->full.next; n != &cache->full; n = n->next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, node);
        if (pool->kind == kind && pool->size_class == c && pool->free && !pool->frozen) {
            unshelve(cache, pool);
            return pool;
        }
    }
    return NULL;
}

/* A pool with room becomes, or is, the current one: itself after what others
 * freed is taken in, a partial one, a new one. */
static struct tarn_pool *find_pool(struct tarn_cache *cache, enum tarn_kind kind, unsigned c) {
    struct tarn_pool *pool = cache->current[kind][c];
    if (has_room(pool))
        return pool;
    tarn__cache_collect_remote(cache);
    if (has_room(pool))
        return pool;
    struct tarn_pool *next = take_partial(cache, kind, c);
    if (!next)
        next = make_pool(cache, kind, c);
    if (!next)
        next = take_full(cache, kind, c);
    if (!next)
        return NULL;
    if (pool != &tarn__no_pool)
        shelve(cache, pool);
    set_state(next, TARN_POOL_CURRENT);
    cache->current[kind][c] = next;
    return next;
}

void *tarn__cache_refill(struct tarn_cache *cache, enum tarn_kind kind, unsigned size_class) {
    if (tarn__unlikely(++cache->refills % REFILLS_PER_LOOK == 0))
        tarn__arenas_purge_some();
    struct tarn_pool *pool = find_pool(cache, kind, size_class);
    if (!pool)
        return NULL;
    if (!pool->free)
        carve(pool);
    return tarn__pool_pop(pool);
}

/* --- giving back --- */

/* Whether every post of the pool is at rest and now without hands [POST-4]. */
static bool retire_posts(struct tarn_pool *pool) {
    struct tarn_pool_side *side = tarn__pool_side(pool);
    return tarn__post_retire(&side->remote) && tarn__post_retire(&side->mail) &&
           tarn__post_retire(&side->pending);
}

void tarn__cache_release_parting(struct tarn_cache *cache) {
    struct tarn_list_node *next;
    for (struct tarn_list_node *n = cache->parting.next; n != &cache->parting; n = next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, node);
        next = n->next;
        if (!retire_posts(pool))
            continue;
        tarn__list_remove(&pool->node);
        give_back(pool);
    }
}

void tarn__cache_release_pool(struct tarn_cache *cache, struct tarn_pool *pool) {
    TARN_ASSERT(tarn__pool_used(pool) == 0 && pool->owner == cache);
    if (pool->slices == 0) {
        tarn__large_release(pool);
        return;
    }
    unshelve(cache, pool);
    if (retire_posts(pool)) {
        give_back(pool);
    } else {
        set_state(pool, TARN_POOL_PARTING);
        tarn__list_append(&cache->parting, &pool->node);
    }
}

/* An empty pool on its class's list: it is kept, or goes. */
static void pool_emptied(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->kind == TARN_KIND_CONTAINER) {
        if (cache->hooks->pool_emptied(cache, pool))
            tarn__cache_release_pool(cache, pool);
    } else if (cache->kept + pool->slices <= KEEP_SLICES) {
        cache->kept += pool->slices;
        pool->kept = true;
    } else if (pool->kind == TARN_KIND_RAW || cache->hooks->pool_emptied(cache, pool)) {
        tarn__cache_release_pool(cache, pool);
    }
}

void tarn__pool_changed(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->state == TARN_POOL_FULL && tarn__pool_used(pool) <= pool->alarm) {
        unshelve(cache, pool);
        shelve(cache, pool);
    }
    if (tarn__pool_used(pool) == 0 && pool->state == TARN_POOL_PARTIAL && !pool->kept)
        pool_emptied(cache, pool);
}

static void force_post(struct tarn_post *post) {
    /* relaxed: the heap ends; no thread knows a block of the pool, and none is
     * left that could be late. Posts never used stay untouched. */
    uint64_t word = tarn__load(&post->word, relaxed);
    for (unsigned w = 0; w < TARN_POST_WORDS; w++)
        if (tarn__load(&post->bits[w], relaxed))
            tarn__store(&post->bits[w], 0, relaxed);
    if (word & TARN_POST_FLAGS)
        tarn__store(&post->word, (word & ~TARN_POST_FLAGS) + TARN_POST_HANDS, relaxed);
}

void tarn__pool_discard(struct tarn_pool *pool) {
    struct tarn_pool_side *side = tarn__pool_side(pool);
    tarn__remote_purge_lock();
    force_post(&side->remote);
    force_post(&side->mail);
    force_post(&side->pending);
    if (pool->slices == 0)
        tarn__large_release(pool);
    else
        give_back(pool);
    tarn__remote_purge_unlock();
}

/* --- whole caches --- */

void tarn__cache_fini(struct tarn_cache *cache) {
    while (!tarn__list_is_empty(&cache->parting)) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(cache->parting.next, struct tarn_pool, node);
        tarn__list_remove(&pool->node);
        tarn__pool_discard(pool);
    }
    tarn__room_let_go(&cache->room);
}

void tarn__cache_forget_current(struct tarn_cache *cache, enum tarn_kind kind) {
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        struct tarn_pool *pool = cache->current[kind][c];
        if (pool == &tarn__no_pool)
            pool = take_partial(cache, kind, c);
        for (; pool; pool = take_partial(cache, kind, c)) {
            if (pool->state == TARN_POOL_CURRENT)
                unshelve(cache, pool);
            set_state(pool, TARN_POOL_ASIDE);
            tarn__list_append(&cache->full, &pool->node);
        }
    }
}

void tarn__cache_relist_pool(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (pool->state != TARN_POOL_ASIDE || pool->slices == 0)
        return;
    unshelve(cache, pool);
    shelve(cache, pool);
}

static void trim_pool(struct tarn_cache *cache, struct tarn_pool *pool) {
    if (tarn__pool_used(pool) == 0 &&
        (pool->kind == TARN_KIND_RAW || cache->hooks->pool_emptied(cache, pool)))
        tarn__cache_release_pool(cache, pool);
}

static void trim_class(struct tarn_cache *cache, int kind, unsigned c) {
    struct tarn_list_node *partial = &cache->partial[kind][c];
    struct tarn_list_node *next;
    for (struct tarn_list_node *n = partial->next; n != partial; n = next) {
        next = n->next;
        trim_pool(cache, TARN__CONTAINER_OF(n, struct tarn_pool, node));
    }
    if (cache->current[kind][c] != &tarn__no_pool)
        trim_pool(cache, cache->current[kind][c]);
}

void tarn__cache_trim(struct tarn_cache *cache) {
    tarn__cache_collect_remote(cache);
    for (int kind = 0; kind < TARN_KINDS; kind++)
        for (unsigned c = 0; c < TARN_CLASSES; c++)
            trim_class(cache, kind, c);
}
