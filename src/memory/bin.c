/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Filling and emptying the bins of raw caches; see memory/raw.h. */
#include "base/check.h"
#include "memory/raw.h"

static_assert(sizeof(struct tarn_raw) <= UINT16_MAX, "a bin's distance is 16 bits");

/* What a bin holds at most: so many bytes, but some blocks of every class. */
#define BIN_BYTES ((size_t)32 << 10)
#define BIN_BLOCKS_MAX 512
#define BIN_BLOCKS_MIN 2

static int32_t bin_most(unsigned size_class) {
    size_t n = BIN_BYTES / tarn__class_size(size_class);
    n = n < BIN_BLOCKS_MIN ? BIN_BLOCKS_MIN : n;
    return (int32_t)(n > BIN_BLOCKS_MAX ? BIN_BLOCKS_MAX : n);
}

void tarn__raw_init(struct tarn_raw *raw) {
    tarn__cache_init(&raw->cache, 0, NULL);
    for (unsigned c = 0; c < TARN_CLASSES; c++)
        raw->bins[c] = (struct tarn_bin){
            .room = bin_most(c),
            .reach = tarn__class_size(c) < TARN_CACHE_LINE ? 1 : UINT32_MAX,
        };
}

static size_t size_of(const void *block) {
    return tarn__pool_of(block)->block_size;
}

void tarn__raw_stop_freed_twice(const void *block) {
    tarn__fatal("tarn_free", "block %p of %zu bytes: freed twice", block, size_of(block));
}

void *tarn__raw_stop_not_free(const void *block) {
    tarn__fatal("tarn_malloc",
                "block %p of %zu bytes: freed twice, or written to after it was freed", block,
                size_of(block));
}

/* Moves a pool's first free blocks, n at most, into an empty bin. */
static void take_run(struct tarn_bin *bin, struct tarn_pool *pool, int32_t n) {
    void *first = pool->free;
    void *last = NULL;
    void *block = first;
    int32_t count = 0;
    for (; block && count < n; block = tarn__block_next(block), count++) {
        if (tarn__unlikely(tarn__block_mark(block) != tarn__mark_in_pool(pool)))
            tarn__raw_stop_not_free(block);
        tarn__block_set_mark(block, tarn__mark_in_bin(bin));
        last = block;
    }
    if (!last)
        return;
    tarn__block_set_next(last, NULL);
    pool->free = block;
    pool->excess = (uint16_t)(pool->excess + count);
    bin->first = first;
    bin->room -= count;
}

void *tarn__bin_refill(struct tarn_raw *raw, struct tarn_bin *bin) {
    unsigned size_class = (unsigned)(bin - raw->bins);
    void *block = tarn__cache_refill(&raw->cache, TARN_KIND_RAW, size_class);
    if (!block)
        return NULL;
    struct tarn_pool *pool = raw->cache.current[TARN_KIND_RAW][size_class];
    if (tarn__unlikely(tarn__block_mark(block) != tarn__mark_in_pool(pool)))
        tarn__raw_stop_not_free(block);
    tarn__block_set_mark(block, 0);
    uint16_t distance = (uint16_t)((char *)bin - (char *)raw);
    if (pool->bin != distance) /* else others read it */
        pool->bin = distance;
    take_run(bin, pool, bin_most(size_class) / 2 - 1);
    return block;
}

/* A block leaves a bin. */
static void change_mark(struct tarn_bin *bin, void *block, uint64_t mark) {
    if (tarn__unlikely(tarn__block_mark(block) != tarn__mark_in_bin(bin)))
        tarn__raw_stop_not_free(block);
    tarn__block_set_mark(block, mark);
}

/* The blocks at the head of a list that are of one pool of the thread's own go back to
 * it together; returns the rest. */
static void *give_run(struct tarn_raw *raw, struct tarn_bin *bin, void *list) {
    struct tarn_pool *pool = tarn__pool_of(list);
    uintptr_t start = (uintptr_t)pool->base;
    uintptr_t size = pool->slices * TARN_SLICE_SIZE;
    uint16_t count = 1;
    void *last = list;
    void *next;
    change_mark(bin, list, tarn__mark_in_pool(pool));
    while ((next = tarn__block_next(last)) != NULL && (uintptr_t)next - start < size) {
        change_mark(bin, next, tarn__mark_in_pool(pool));
        last = next;
        count++;
    }
    tarn__block_set_next(last, pool->free);
    pool->free = list;
    bin->room += count;
    bool rings = pool->excess && pool->excess <= count;
    pool->excess = (uint16_t)(pool->excess - count);
    if (tarn__unlikely(rings))
        tarn__pool_changed(&raw->cache, pool);
    return next;
}

/* All blocks of a list that are of the first one's pool, another thread's, go home: an
 * atomic operation for each word of its bitmap. Returns the rest. */
static void *send_home(struct tarn_bin *bin, void *list) {
    struct tarn_pool *pool = tarn__pool_of(list);
    uintptr_t start = (uintptr_t)pool->base;
    uintptr_t size = pool->slices * TARN_SLICE_SIZE;
    struct tarn_cache *owner = pool->owner;
    uint64_t masks[TARN_POST_WORDS] = {0};
    void *rest = NULL;
    void *next;
    for (void *block = list; block; block = next) {
        next = tarn__block_next(block);
        if ((uintptr_t)block - start < size) {
            unsigned i = tarn__pool_index(pool, block);
            change_mark(bin, block, 0);
            masks[i / 64] |= (uint64_t)1 << (i % 64);
            bin->room++;
        } else {
            tarn__block_set_next(block, rest);
            rest = block;
        }
    }
    /* The pool may be its owner's no more once the last word is sent. */
    for (unsigned w = 0; w < TARN_POST_WORDS; w++)
        if (masks[w] &&
            tarn__post_set_word(&owner->remote, &tarn__pool_side(pool)->remote, w, masks[w]))
            tarn__fatal("tarn_free", "a block of the pool at %p is freed twice", (void *)start);
    return rest;
}

/* A list that leaves a bin. One that a block is in twice is a circle: the mark ends it. */
static void give_back(struct tarn_raw *raw, struct tarn_bin *bin, void *list) {
    while (list)
        list = tarn__pool_of(list)->owner == &raw->cache ? give_run(raw, bin, list)
                                                         : send_home(bin, list);
}

void tarn__bin_overflow(struct tarn_raw *raw, struct tarn_bin *bin) {
    void *last = bin->first;
    for (int32_t keep = bin_most((unsigned)(bin - raw->bins)) / 2; keep > 1; keep--)
        last = tarn__block_next(last);
    void *rest = tarn__block_next(last);
    tarn__block_set_next(last, NULL);
    give_back(raw, bin, rest);
}

void tarn__raw_flush(struct tarn_raw *raw) {
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        void *list = raw->bins[c].first;
        raw->bins[c].first = NULL;
        give_back(raw, &raw->bins[c], list);
    }
}

static size_t verify_bin(struct tarn_raw *raw, unsigned size_class) {
    size_t faults = 0;
    int32_t count = 0;
    struct tarn_bin *bin = &raw->bins[size_class];
    int32_t most = bin_most(size_class);
    for (void *b = bin->first; b && count <= most; b = tarn__block_next(b), count++) {
        struct tarn_pool *pool = tarn__pool_of(b);
        faults += !tarn__bin_accepts(bin, raw, pool) || pool->size_class != size_class ||
                  !tarn__pool_is_raw_block(pool, b);
    }
    return faults + (count + bin->room != most);
}

size_t tarn__raw_verify(struct tarn_raw *raw) {
    size_t faults = tarn__cache_verify(&raw->cache);
    for (unsigned c = 0; c < TARN_CLASSES; c++)
        faults += verify_bin(raw, c);
    return faults;
}
