/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The raw calls: malloc's contracts over pools.
 *
 * A thread allocates from its own raw cache and frees into it (memory/raw.h); what is
 * another's and small, and all that a thread without a cache frees, goes to the owner's
 * inbox.
 *
 * Misuse: a free guesses the pool and proves the guess, or asks the address map;
 * foreign, object and interior pointers stop the program. A block freed twice is
 * found by its bit (other threads) or by the mark in its second word (the owner, when
 * it hands the block out or takes in what others freed).
 *
 * Progress: lock-free on every path but claiming slices, mappings and caches,
 * which hold one lock briefly. No call changes errno but for its own failure.
 */
#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "memory/large.h"
#include "memory/map.h"
#include "memory/raw.h"
#include "memory/watch.h"
#include <tarn/tarn.h>

/* --- allocating --- */

static __attribute__((cold)) void *out_of_memory(void) {
    errno = ENOMEM;
    return NULL;
}

static void *alloc_large(size_t size, size_t alignment, bool *zero) {
    struct tarn_pool *pool = tarn__large_claim(size, alignment, zero);
    return pool ? pool->base : out_of_memory();
}

/* The bin is empty, or nobody's: the thread has no cache yet. */
static __attribute__((noinline)) void *alloc_slow(struct tarn_bin *bin) {
    int saved = errno;
    ptrdiff_t size_class = bin - tarn__raw->bins;
    if (!tarn__raw_take())
        return out_of_memory();
    bin = &tarn__raw->bins[size_class];
    void *block = bin->first ? tarn__bin_pop(bin) : tarn__bin_refill(tarn__raw, bin);
    if (!block)
        return out_of_memory();
    errno = saved;
    return block;
}

/* Blocks that are watched come straight from their pools; the caller's `size` has room
 * for what lies behind them. */
static void *alloc_from_pool(size_t size_class) {
    if (tarn__fault_hit() || !tarn__raw_take())
        return out_of_memory();
    struct tarn_cache *cache = &tarn__raw->cache;
    struct tarn_pool *pool = cache->current[TARN_KIND_RAW][size_class];
    void *block = pool->free ? tarn__pool_pop(pool)
                             : tarn__cache_refill(cache, TARN_KIND_RAW, (unsigned)size_class);
    if (!block)
        return out_of_memory();
    tarn__block_set_mark(block, 0);
    return block;
}

static inline void *alloc_bin(struct tarn_bin *bin) {
    if (tarn__fault_hit())
        return out_of_memory();
    return tarn__likely(bin->first) ? tarn__bin_pop(bin) : alloc_slow(bin);
}

static inline void *alloc_class(size_t size_class) {
    return alloc_bin(&tarn__raw->bins[size_class]);
}

/* How far, in bytes, the bin of each size to TARN_TABLE_MAX is from the first, by the unit
 * of the size's last byte: where sizes vary about TARN_SMALL_MAX, a branch between the two
 * ways of computing a class would be mispredicted as often as not. */
#define BIN(c) ((c) * sizeof(struct tarn_bin))
#define TWO(c) BIN(c), BIN(c)
#define FOUR(c) TWO(c), TWO(c)
#define EIGHT(c) FOUR(c), FOUR(c)
#define EIGHT_IN_TURN(each, c)                                                                     \
    each(c), each((c) + 1), each((c) + 2), each((c) + 3), each((c) + 4), each((c) + 5),            \
        each((c) + 6), each((c) + 7)
static const uint16_t bin_distance[] = {
    EIGHT_IN_TURN(BIN, 0),  EIGHT_IN_TURN(BIN, 8),   EIGHT_IN_TURN(BIN, 16),
    EIGHT_IN_TURN(BIN, 24), EIGHT_IN_TURN(FOUR, 32), EIGHT_IN_TURN(EIGHT, 40),
};

static_assert(sizeof bin_distance / sizeof bin_distance[0] == TARN_TABLE_MAX / TARN_BLOCK_ALIGN,
              "the table ends at TARN_TABLE_MAX");

static inline struct tarn_bin *near_bin(size_t size) {
    return (struct tarn_bin *)((char *)tarn__raw->bins +
                               bin_distance[(size - 1) / TARN_BLOCK_ALIGN]);
}

static __attribute__((noinline)) void *alloc_own_mapping(size_t size) {
    bool zero;
    return alloc_large(size, TARN_BLOCK_ALIGN, &zero);
}

/* The smallest class from `size` up whose blocks are aligned, or TARN_CLASSES. */
static unsigned aligned_class(size_t size, size_t alignment) {
    for (unsigned c = tarn__class_of(size); c < TARN_CLASSES; c++)
        if (tarn__class_size(c) % alignment == 0)
            return c;
    return TARN_CLASSES;
}

/* The class for a size and an alignment, or TARN_CLASSES: a mapping of its own. */
static unsigned class_for(size_t size, size_t alignment) {
    if (size > TARN_POOL_BLOCK_MAX || alignment > TARN_SLICE_SIZE)
        return TARN_CLASSES;
    return alignment <= TARN_BLOCK_ALIGN ? tarn__class_of(size) : aligned_class(size, alignment);
}

static struct tarn_pool *find_pool(const void *block) {
    return tarn__map_get(block) == TARN_UNIT_ARENA ? tarn__pool_of(block)
                                                   : tarn__large_pool_of(block);
}

/* Every allocation, while blocks are watched or it is not decided. */
static __attribute__((noinline)) void *alloc_watched(size_t size, size_t alignment) {
    bool zero;
    int saved = errno;
    tarn__watch_decide();
    if (!tarn__watch)
        return tarn_aligned_alloc(alignment, size);
    size_t room = tarn__watch_room(size);
    unsigned c = class_for(room, alignment);
    void *block = c < TARN_CLASSES ? alloc_from_pool(c) : alloc_large(room, alignment, &zero);
    if (!block)
        return NULL;
    tarn__watch_made(find_pool(block), block, size);
    errno = saved;
    return block;
}

void *tarn_malloc(size_t size) {
    /* 0 wraps around and is not in the table. */
    if (tarn__likely(size - 1 < tarn__watch_table_max))
        return alloc_bin(near_bin(size));
    if (tarn__is_watching())
        return alloc_watched(size, TARN_BLOCK_ALIGN);
    if (size == 0)
        return alloc_class(0);
    if (size <= TARN_POOL_BLOCK_MAX)
        return alloc_class(tarn__class_above_small(size));
    return alloc_own_mapping(size);
}

void *tarn_calloc(size_t count, size_t size) {
    size_t bytes;
    bool zero = false;
    if (__builtin_mul_overflow(count, size, &bytes))
        return out_of_memory();
    void *block = tarn__is_watching()            ? alloc_watched(bytes, TARN_BLOCK_ALIGN)
                  : bytes <= TARN_POOL_BLOCK_MAX ? alloc_class(tarn__class_of(bytes))
                                                 : alloc_large(bytes, TARN_BLOCK_ALIGN, &zero);
    if (block && !zero)
        memset(block, 0, bytes);
    return block;
}

void *tarn_aligned_alloc(size_t alignment, size_t size) {
    bool zero;
    if (!tarn__is_pow2(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= TARN_BLOCK_ALIGN)
        return tarn_malloc(size);
    if (tarn__is_watching())
        return alloc_watched(size, alignment);
    unsigned c = class_for(size, alignment);
    return c < TARN_CLASSES ? alloc_class(c) : alloc_large(size, alignment, &zero);
}

/* --- misuse --- */

/* `pool` is what an address in our units leads to; anything but a live raw block's
 * start ends here. */
static void expect_raw_block(const char *function, const struct tarn_pool *pool,
                             const void *block) {
    if (tarn__unlikely(!pool->capacity))
        tarn__fatal(function, "%p is no block: freed already, or never allocated", block);
    if (tarn__unlikely(pool->kind != TARN_KIND_RAW))
        tarn__fatal(function, "%p is an object, not a raw block: drop it with tarn_decref", block);
    if (tarn__unlikely(pool->slices ? !tarn__pool_is_raw_block(pool, block) : block != pool->base))
        tarn__fatal(function,
                    "%p is no block's start: an interior pointer into a block of %zu bytes", block,
                    pool->block_size);
}

/* The pool of a live raw block; anything else stops the program. */
static struct tarn_pool *expect_raw(const char *function, const void *block) {
    enum tarn_unit unit = tarn__map_get(block);
    if (tarn__unlikely(unit == TARN_UNIT_NONE))
        tarn__fatal(function, "%p is a foreign pointer: no tarn call returned it", block);
    struct tarn_pool *pool =
        tarn__likely(unit == TARN_UNIT_ARENA) ? tarn__pool_of(block) : tarn__large_pool_of(block);
    expect_raw_block(function, pool, block);
    return pool;
}

/* --- freeing --- */

static void free_large(struct tarn_pool *pool, void *block) {
    int saved = errno;
    if (!tarn__large_claim_free(pool))
        tarn__raw_stop_freed_twice(block);
    tarn__large_release(pool);
    errno = saved;
}

static void free_remote(struct tarn_pool *pool, void *block) {
    if (!tarn__post_set(&pool->owner->remote, &tarn__pool_side(pool)->remote,
                        tarn__pool_index(pool, block)))
        tarn__raw_stop_freed_twice(block);
}

static void free_known(struct tarn_pool *pool, void *block) {
    if (pool->slices == 0) {
        free_large(pool, block);
    } else if (pool->owner == &tarn__raw->cache) {
        tarn__block_set_mark(block, tarn__mark_in_pool(pool));
        tarn__block_free_owner(&tarn__raw->cache, pool, block);
    } else {
        free_remote(pool, block);
    }
}

static void free_quarantined(void *block) {
    struct tarn_pool *pool = find_pool(block);
    tarn__watch_left(pool, block);
    free_known(pool, block);
}

static void free_watched(struct tarn_pool *pool, void *block) {
    size_t size = tarn__watch_size(pool, block);
    tarn__watch_freed("tarn_free", pool, block);
    void *oldest = tarn__quarantine_put(block, size);
    for (; oldest; oldest = tarn__quarantine_take(false))
        free_quarantined(oldest);
}

void tarn__raw_empty_quarantine(void) {
    for (void *block; (block = tarn__quarantine_take(true)) != NULL;)
        free_quarantined(block);
}

/* NULL, large blocks, misuse, and arenas that the pool map does not hold. */
static __attribute__((noinline)) void free_other(void *block) {
    if (!block)
        return;
    struct tarn_pool *pool = expect_raw("tarn_free", block);
    struct tarn_bin *bin = tarn__bin_for(tarn__raw, pool);
    if (tarn__is_watching())
        free_watched(pool, block);
    else if (pool->slices && tarn__bin_accepts(bin, tarn__raw, pool))
        tarn__bin_push(tarn__raw, bin, block);
    else
        free_known(pool, block);
}

/* Not for a bin of this thread's, as far as the guess went. */
static __attribute__((noinline)) void free_slow(void *block, struct tarn_pool *pool) {
    if (tarn__likely(tarn__pool_is_raw_block(pool, block)) && pool->owner != &tarn__raw->cache)
        free_remote(pool, block);
    else
        free_other(block);
}

void tarn_free(void *block) {
    struct tarn_pool *pool = tarn__pool_guess(block);
    struct tarn_raw *raw = tarn__raw;
    struct tarn_bin *bin = tarn__bin_for(raw, pool);
    if (tarn__likely(tarn__bin_accepts(bin, raw, pool)) &&
        tarn__likely(tarn__pool_is_raw_block(pool, block)))
        tarn__bin_push(raw, bin, block);
    else
        free_slow(block, pool);
}

size_t tarn_usable_size(const void *block) {
    if (!block)
        return 0;
    struct tarn_pool *pool = expect_raw("tarn_usable_size", block);
    return tarn__is_watching() ? tarn__watch_size(pool, block) : pool->block_size;
}

/* --- resizing --- */

/* Large blocks that have shrunk to less keep their mapping while it is small. */
#define KEEP_MAPPING_MAX ((size_t)4 << 20)

/* Whether a block may stay where it is: at most half of it unused, or a large one
 * that its mapping follows. */
static bool resize_in_place(struct tarn_pool *pool, size_t size) {
    if (size <= pool->block_size && size >= pool->block_size / 2)
        return true;
    if (pool->slices == 0 && size > TARN_POOL_BLOCK_MAX && size <= pool->block_size &&
        pool->block_size <= KEEP_MAPPING_MAX)
        return true;
    return pool->slices == 0 && size > TARN_POOL_BLOCK_MAX && tarn__large_resize(pool, size);
}

void *tarn_realloc(void *block, size_t size) {
    if (!block)
        return tarn_malloc(size);
    int saved = errno;
    struct tarn_pool *pool = expect_raw("tarn_realloc", block);
    size_t have = tarn__is_watching() ? tarn__watch_size(pool, block) : pool->block_size;
    if (!tarn__is_watching() && resize_in_place(pool, size)) {
        errno = saved;
        return block;
    }
    void *moved = tarn_malloc(size);
    if (!moved && size <= have && !tarn__is_watching()) {
        errno = saved;
        return block;
    }
    if (!moved)
        return NULL;
    memcpy(moved, block, size < have ? size : have);
    tarn_free(block);
    errno = saved;
    return moved;
}

bool tarn_is_heap_pointer(const void *address) {
    return tarn__map_get(address) != TARN_UNIT_NONE;
}
