/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The raw calls: malloc's contracts over pools.
 *
 * A thread allocates from its own raw cache (memory/process.c) and frees into it
 * what is its own; the rest goes to the owner's inbox, so a thread that only
 * frees needs no cache.
 *
 * Misuse: every pointer is looked up in the address map; foreign, object and
 * interior pointers stop the program. A block freed twice is found by its bit (other threads) or by
 * the mark in its second word, confirmed by a walk of the pool's free list (the owner, and when it
 * takes in what others freed).
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

/* The current pool has no free block at hand, or the thread no cache. */
static __attribute__((noinline)) void *alloc_slow(unsigned size_class) {
    int saved = errno;
    if (!tarn__raw_cache_take())
        return out_of_memory();
    struct tarn_cache *cache = tarn__raw_cache;
    void *block = cache->current[TARN_KIND_RAW][size_class]->free
                      ? tarn__block_alloc(cache, TARN_KIND_RAW, size_class)
                      : tarn__cache_refill(cache, TARN_KIND_RAW, size_class);
    if (!block)
        return out_of_memory();
    tarn__block_set_mark(block, 0);
    errno = saved;
    return block;
}

static inline void *alloc_class(size_t size_class) {
    if (tarn__fault_hit())
        return out_of_memory();
    struct tarn_pool *pool = tarn__raw_cache->current[TARN_KIND_RAW][size_class];
    if (tarn__unlikely(!pool->free))
        return alloc_slow((unsigned)size_class);
    void *block = tarn__pool_pop(pool);
    tarn__block_set_mark(block, 0);
    return block;
}

static __attribute__((noinline)) void *alloc_beyond_small(size_t size) {
    bool zero;
    if (size <= TARN_POOL_BLOCK_MAX)
        return alloc_class(tarn__class_of(size));
    return alloc_large(size, TARN_BLOCK_ALIGN, &zero);
}

void *tarn_malloc(size_t size) {
    if (tarn__unlikely(size > TARN_SMALL_MAX))
        return alloc_beyond_small(size);
    return alloc_class((size - (size != 0)) / TARN_BLOCK_ALIGN);
}

void *tarn_calloc(size_t count, size_t size) {
    size_t bytes;
    bool zero = false;
    if (__builtin_mul_overflow(count, size, &bytes))
        return out_of_memory();
    void *block = bytes <= TARN_POOL_BLOCK_MAX ? alloc_class(tarn__class_of(bytes))
                                               : alloc_large(bytes, TARN_BLOCK_ALIGN, &zero);
    if (block && !zero)
        memset(block, 0, bytes);
    return block;
}

/* The smallest class from `size` up whose blocks are aligned, or TARN_CLASSES. */
static unsigned aligned_class(size_t size, size_t alignment) {
    for (unsigned c = tarn__class_of(size); c < TARN_CLASSES; c++)
        if (tarn__class_size(c) % alignment == 0)
            return c;
    return TARN_CLASSES;
}

void *tarn_aligned_alloc(size_t alignment, size_t size) {
    bool zero;
    if (!tarn__is_pow2(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= TARN_BLOCK_ALIGN)
        return tarn_malloc(size);
    if (alignment <= TARN_SLICE_SIZE && size <= TARN_POOL_BLOCK_MAX) {
        unsigned c = aligned_class(size, alignment);
        if (c < TARN_CLASSES)
            return alloc_class(c);
    }
    return alloc_large(size, alignment, &zero);
}

/* --- misuse --- */

static _Noreturn void stop_on_double_free(const char *function, const void *block,
                                          size_t block_size) {
    tarn__fatal(function, "block %p of %zu bytes: freed twice", block, block_size);
}

/* `pool` is what an address in our units leads to; anything but a live raw block's
 * start ends here. */
static void expect_raw_block(const char *function, const struct tarn_pool *pool,
                             const void *block) {
    if (tarn__unlikely(!pool->capacity))
        tarn__fatal(function, "%p is no block: freed already, or never allocated", block);
    if (tarn__unlikely(pool->kind != TARN_KIND_RAW))
        tarn__fatal(function, "%p is an object, not a raw block: drop it with tarn_decref", block);
    if (tarn__unlikely(pool->slices ? !tarn__pool_is_block(pool, block) : block != pool->base))
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

void tarn__raw_check_free_slow(struct tarn_pool *pool, void *block) {
    for (void *b = pool->free; b; b = tarn__block_next(b))
        if (b == block)
            stop_on_double_free("tarn_free", block, pool->block_size);
}

/* --- freeing --- */

static void free_large(struct tarn_pool *pool, void *block) {
    int saved = errno;
    if (!tarn__large_claim_free(pool))
        stop_on_double_free("tarn_free", block, pool->block_size);
    tarn__large_release(pool);
    errno = saved;
}

static inline void free_own(struct tarn_cache *cache, struct tarn_pool *pool, void *block) {
    tarn__raw_check_free(pool, block);
    tarn__block_set_mark(block, tarn__raw_mark(pool));
    tarn__block_free_owner(cache, pool, block);
}

/* Whatever the fast path does not take: NULL, blocks of other threads, large ones,
 * misuse, arenas that the pool map does not hold. */
static __attribute__((noinline)) void free_slow(void *block) {
    if (!block)
        return;
    struct tarn_pool *pool = expect_raw("tarn_free", block);
    if (pool->slices == 0)
        free_large(pool, block);
    else if (pool->owner == tarn__raw_cache)
        free_own(tarn__raw_cache, pool, block);
    else if (!tarn__post_set(&pool->owner->remote, &tarn__pool_side(pool)->remote,
                             tarn__pool_index(pool, block)))
        stop_on_double_free("tarn_free", block, pool->block_size);
}

void tarn_free(void *block) {
    struct tarn_pool *pool = tarn__pool_guess(block);
    struct tarn_cache *cache = tarn__raw_cache;
    if (tarn__unlikely(pool->owner != cache) ||
        tarn__unlikely(!tarn__pool_is_own_block(pool, block))) {
        free_slow(block);
        return;
    }
    free_own(cache, pool, block);
}

size_t tarn_usable_size(const void *block) {
    return block ? expect_raw("tarn_usable_size", block)->block_size : 0;
}

/* --- resizing --- */

/* Whether a block may stay where it is: at most half of it unused, or a large one
 * that its mapping follows. */
static bool resize_in_place(struct tarn_pool *pool, size_t size) {
    if (size <= pool->block_size && size >= pool->block_size / 2)
        return true;
    return pool->slices == 0 && size > TARN_POOL_BLOCK_MAX && tarn__large_resize(pool, size);
}

void *tarn_realloc(void *block, size_t size) {
    if (!block)
        return tarn_malloc(size);
    int saved = errno;
    struct tarn_pool *pool = expect_raw("tarn_realloc", block);
    size_t have = pool->block_size;
    if (resize_in_place(pool, size)) {
        errno = saved;
        return block;
    }
    void *moved = tarn_malloc(size);
    if (!moved && size <= have) {
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
