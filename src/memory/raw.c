/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The raw calls: malloc's contracts over pools.
 *
 * A thread's raw cache is taken from the process's when it first allocates and
 * given back by a thread-exit destructor, with all that it holds, for the next
 * thread. A thread that only frees needs none: what is not its own goes to the
 * owner's inbox. Later destructors of an exiting thread may call again: they
 * take a cache once more, and the destructor runs once more.
 *
 * Misuse: every pointer is looked up in the address map, so foreign pointers,
 * object pointers and interior pointers stop the program; a block freed twice
 * is found by its bit (remote) or by the mark in its second word, confirmed by
 * a walk of the pool's free list (owner).
 *
 * Progress: lock-free on every path but claiming slices, mappings and caches,
 * which hold one lock briefly.
 */
#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "memory/arena.h"
#include "memory/large.h"
#include "memory/map.h"
#include "memory/memory.h"
#include "os/pages.h"
#include "os/thread.h"
#include <tarn/tarn.h>

/* What an unattached thread's seat pointer shows: never RUNNING. */
static struct tarn__seat_head nobody = {.state = {TARN__SEAT_VACANT}};

__thread struct tarn__tls tarn__tls
    __attribute__((tls_model("initial-exec"))) = {&nobody, TARN__SEAT_NONE, 0};

static __thread struct tarn_cache *raw_cache __attribute__((tls_model("initial-exec")));

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_CACHES);
static struct tarn_cache *free_caches;
static struct tarn_os_exit_key exit_key;

void tarn__thread_forget_seat(void) {
    tarn__tls = (struct tarn__tls){&nobody, TARN__SEAT_NONE, 0};
}

/* --- the caller's cache --- */

static void give_cache(void *value) {
    struct tarn_cache *cache = value;
    tarn__cache_collect_remote(cache);
    raw_cache = NULL;
    tarn__lock_acquire(&lock);
    cache->next_free = free_caches;
    free_caches = cache;
    tarn__lock_release(&lock);
}

static struct tarn_cache *make_cache(void) {
    size_t size = tarn__round_up(sizeof(struct tarn_cache), tarn__os_page_size());
    struct tarn_cache *cache = tarn__os_map(size, tarn__os_page_size());
    if (cache)
        tarn__cache_init(cache, 0, NULL);
    return cache;
}

/* The calling thread gets a cache, a vacated one first; NULL: no memory. */
static __attribute__((noinline)) struct tarn_cache *take_cache(void) {
    if (!tarn__os_exit_key_make(&exit_key, give_cache))
        return NULL;
    tarn__lock_acquire(&lock);
    struct tarn_cache *cache = free_caches;
    if (cache)
        free_caches = cache->next_free;
    tarn__lock_release(&lock);
    if (!cache)
        cache = make_cache();
    if (!cache)
        return NULL;
    raw_cache = cache;
    tarn__os_exit_key_set(&exit_key, cache);
    return cache;
}

static inline struct tarn_cache *own_cache(void) {
    struct tarn_cache *cache = raw_cache;
    return tarn__likely(cache != NULL) ? cache : take_cache();
}

/* --- allocating --- */

static void *out_of_memory(void) {
    errno = ENOMEM;
    return NULL;
}

static void *alloc_large(size_t size, size_t alignment, bool *zero) {
    struct tarn_pool *pool = tarn__large_claim(size, alignment, zero);
    return pool ? pool->base : out_of_memory();
}

static void *alloc_class(unsigned size_class) {
    struct tarn_cache *cache = own_cache();
    void *block = cache ? tarn__block_alloc(cache, TARN_KIND_RAW, size_class) : NULL;
    if (tarn__unlikely(!block))
        return out_of_memory();
    tarn__block_set_mark(block, 0);
    return block;
}

void *tarn_malloc(size_t size) {
    bool zero;
    if (tarn__likely(size <= TARN_POOL_BLOCK_MAX))
        return alloc_class(tarn__class_of(size));
    return alloc_large(size, TARN_BLOCK_ALIGN, &zero);
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

/* --- freeing --- */

/* The pool of a live raw block; anything else stops the program. */
static inline struct tarn_pool *expect_raw(const char *function, const void *block) {
    enum tarn_unit unit = tarn__map_get(block);
    if (tarn__unlikely(unit == TARN_UNIT_NONE))
        tarn__fatal(function, "%p is a foreign pointer: no tarn call returned it", block);
    struct tarn_pool *pool =
        tarn__likely(unit == TARN_UNIT_ARENA) ? tarn__pool_of(block) : tarn__large_pool_of(block);
    if (tarn__unlikely(pool->kind != TARN_KIND_RAW))
        tarn__fatal(function, "%p is an object, not a raw block: drop it with tarn_decref", block);
    if (tarn__unlikely(!pool->base ||
                       tarn__pool_block(pool, tarn__pool_index(pool, block)) != block))
        tarn__fatal(function,
                    "%p is no block's start: an interior pointer into a block of %zu bytes", block,
                    pool->block_size);
    return pool;
}

static _Noreturn void stop_on_double_free(const char *function, const void *block, size_t size) {
    tarn__fatal(function, "block %p of %zu bytes: freed twice", block, size);
}

static __attribute__((noinline)) void check_double_free(struct tarn_pool *pool, void *block) {
    for (void *b = pool->free; b; b = tarn__block_next(b))
        if (b == block)
            stop_on_double_free("tarn_free", block, pool->block_size);
}

static void free_large(struct tarn_pool *pool, void *block) {
    if (!pool->used)
        stop_on_double_free("tarn_free", block, pool->block_size);
    tarn__large_release(pool);
}

void tarn_free(void *block) {
    if (!block)
        return;
    struct tarn_pool *pool = expect_raw("tarn_free", block);
    struct tarn_cache *cache = raw_cache;
    if (tarn__likely(pool->owner == cache && cache)) {
        uint64_t mark = tarn__raw_mark(block);
        struct tarn_free_block *words = block;
        /* relaxed: the block is the caller's. */
        if (tarn__unlikely(tarn__load(&words->mark, relaxed) == mark))
            check_double_free(pool, block);
        tarn__block_set_mark(block, mark);
        tarn__block_free_owner(cache, pool, block);
    } else if (pool->slices == 0) {
        free_large(pool, block);
    } else if (!tarn__post_set(&pool->owner->remote, &tarn__pool_side(pool)->remote,
                               tarn__pool_index(pool, block))) {
        stop_on_double_free("tarn_free", block, pool->block_size);
    }
}

size_t tarn_usable_size(const void *block) {
    return block ? expect_raw("tarn_usable_size", block)->block_size : 0;
}

void *tarn_realloc(void *block, size_t size) {
    if (!block)
        return tarn_malloc(size);
    size_t have = expect_raw("tarn_realloc", block)->block_size;
    if (size <= have && size >= have / 2)
        return block;
    void *moved = tarn_malloc(size);
    if (!moved)
        return size <= have ? block : NULL;
    memcpy(moved, block, size < have ? size : have);
    tarn_free(block);
    return moved;
}

bool tarn_is_heap_pointer(const void *address) {
    return tarn__map_get(address) != TARN_UNIT_NONE;
}

/* --- the process --- */

size_t tarn__memory_trim(void) {
    if (raw_cache)
        tarn__cache_trim(raw_cache);
    return tarn__large_trim() + tarn__arenas_trim();
}

void tarn__memory_stats(size_t *reserved, size_t *committed) {
    size_t arenas;
    size_t arenas_used;
    size_t large;
    size_t large_used;
    tarn__arenas_stats(&arenas, &arenas_used);
    tarn__large_stats(&large, &large_used);
    *reserved = arenas + large;
    *committed = arenas_used + large_used;
}

void tarn__memory_fork_prepare(void) {
    tarn__lock_acquire(&lock);
    tarn__large_lock();
    tarn__arenas_lock();
}

void tarn__memory_fork_done(void) {
    tarn__arenas_unlock();
    tarn__large_unlock();
    tarn__lock_release(&lock);
}
