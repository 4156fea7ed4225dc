/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Pools and arenas as they lie in memory.
 *
 * All headers of an arena stand in its head: the hot halves of the pools side by
 * side, what other threads write apart from them. From any block's address its
 * pool is two masks and a load away. Descriptors are never unmapped.
 *
 *   [MEM-1] used + blocks on the free list == carved      (owner's view: blocks
 *           that other threads freed count as used until they are collected)
 *   [MEM-2] carved <= capacity, capacity * block_size <= slices * slice size
 *   [MEM-3] a pool is current, or on the one list that its state names
 *   [MEM-4] alarm is what the state says: the number of used blocks at which a
 *           free must look further
 *   [MEM-5] a pool leaves its cache only when its posts are retired [POST-4]
 */
#ifndef TARN_MEMORY_POOL_H
#define TARN_MEMORY_POOL_H

#include "base/list.h"
#include "memory/harden.h"
#include "memory/layout.h"
#include "memory/post_kernel.h"

struct tarn_cache;
struct tarn_heap;
struct tarn_gc_slot;

/* What a pool holds. */
enum tarn_kind {
    TARN_KIND_RAW,
    TARN_KIND_LEAF,      /* objects without references */
    TARN_KIND_CONTAINER, /* objects that the collector looks after */
    TARN_KINDS
};

enum tarn_pool_state {
    TARN_POOL_CURRENT, /* its cache allocates from it; on no list */
    TARN_POOL_PARTIAL, /* on its class's list: has room */
    TARN_POOL_FULL,    /* on the cache's list of full pools */
    TARN_POOL_ASIDE,   /* on that list too: nothing is to be allocated from it */
    TARN_POOL_PARTING  /* empty, on the cache's list of pools that leave it */
};

/* An alarm that never rings: no pool has so many blocks, and `excess` stays off 0. */
#define TARN_ALARM_NONE 0x8000u

struct tarn_pool {
    /* owner */
    void *free;      /* list of free blocks */
    uint16_t excess; /* used blocks less the alarm: a free that makes it 0 rings */
    uint16_t alarm;  /* [MEM-4] */
    uint16_t bin;    /* raw pools: distance of its bin from any thread's raw cache */
    uint8_t state;   /* enum tarn_pool_state */
    bool kept;       /* empty, and counted in the cache's `kept` */

    /* constant while in use */
    struct tarn_cache *owner; /* NULL: a large raw block, or no pool */
    char *base;
    uint64_t reciprocal;          /* of block_size, in 2^-64; 0: a large block */
    TARN__ATOMIC(uint64_t) limit; /* owner writes: see tarn__pool_is_raw_block() */
    size_t block_size;
    uint16_t capacity;
    uint16_t back; /* of each slice: bytes from the pool's header to this entry */
    uint8_t kind;  /* enum tarn_kind */
    uint8_t size_class;
    uint8_t slices; /* 0: a large block with a mapping of its own */

    bool frozen; /* world stopped: nothing is to be allocated from it */

    struct tarn_list_node node; /* owner: on the list that the state names */

    /* upper layers: owner, or world stopped */
    struct tarn_list_node heap_node;
    struct tarn_heap *heap;
    struct tarn_gc_slot *gc;
    struct tarn_pool *young_next;
    uint32_t verify_number;
    bool has_young;

    /* Blocks that have ever been handed out or linked; owner writes, any thread reads. */
    TARN__ATOMIC(uint16_t) carved;
};

static_assert(offsetof(struct tarn_pool, node) == 64, "what a free touches is one cache line");
static_assert(sizeof(struct tarn_pool) <= 128, "a pool's hot half is two cache lines");

/* Stands for "no pool": always full, nobody's. */
extern struct tarn_pool tarn__no_pool TARN_HIDDEN;

/* What any thread may write. */
struct tarn_pool_side {
    _Alignas(64) struct tarn_post remote; /* blocks freed by other seats */
    struct tarn_post mail;                /* objects whose owner is to merge */
    struct tarn_post pending;             /* objects whose user code waits */
    TARN__ATOMIC(void *) weak;            /* table of weak controls by block, or NULL */
};

/* The head of an arena, or of a large block. */
struct tarn_arena {
    _Alignas(128) struct tarn_room *room; /* constant while a slice is in use; see arena.c */

    /* large block: its owner */
    size_t mapping;       /* bytes mapped; 0 in arenas */
    uint32_t large_slice; /* which pool entry is the block's */

    _Alignas(128) struct tarn_pool pools[TARN_ARENA_SLICES]; /* entry 0 unused */
    struct tarn_pool_side sides[TARN_ARENA_SLICES];
};

static_assert(sizeof(struct tarn_arena) <= TARN_SLICE_SIZE, "headers fit in the head");

static inline struct tarn_arena *tarn__arena_of(const void *p) {
    return (struct tarn_arena *)((uintptr_t)p & ~(TARN_ARENA_SIZE - 1));
}

/* The pool of a block. */
static inline struct tarn_pool *tarn__pool_of(const void *block) {
    uintptr_t slice = (uintptr_t)block >> TARN_SLICE_SHIFT & (TARN_ARENA_SLICES - 1);
    char *entry = (char *)tarn__arena_of(block)->pools + slice * sizeof(struct tarn_pool);
    return (struct tarn_pool *)(entry - ((struct tarn_pool *)entry)->back);
}

static inline struct tarn_pool_side *tarn__pool_side(struct tarn_pool *pool) {
    struct tarn_arena *arena = tarn__arena_of(pool);
    return &arena->sides[pool - arena->pools];
}

/* The pool that a post lies beside. */
static inline struct tarn_pool *tarn__pool_of_post(struct tarn_post *post) {
    struct tarn_arena *arena = tarn__arena_of(post);
    size_t offset = (size_t)((char *)post - (char *)arena->sides);
    return &arena->pools[offset / sizeof(struct tarn_pool_side)];
}

/* Number of a block in its pool. */
static inline unsigned tarn__pool_index(const struct tarn_pool *pool, const void *block) {
    uint64_t offset = (uint64_t)((const char *)block - pool->base);
    return (unsigned)(((unsigned __int128)offset * pool->reciprocal) >> 64);
}

/*
 * Whether an address is that of a raw block of this pool that was ever handed out. With
 * reciprocal = floor(2^64 / size) + 1 and slip = size * reciprocal - 2^64, an offset
 * q * size + r times the reciprocal is q * slip + r * reciprocal modulo 2^64: below
 * carved * slip exactly when r is 0 and q < carved, because slips are at most a block
 * and the reciprocal is above 2^46 (after Lemire, Kaser, Kurz, "Faster remainder by
 * direct computation", 2019). False for large blocks and objects.
 */
static inline bool tarn__pool_is_raw_block(const struct tarn_pool *pool, const void *block) {
    uint64_t offset = (uint64_t)((const char *)block - pool->base);
    /* relaxed: it only grows, and counted the block when the block was made. */
    return offset * pool->reciprocal < tarn__load(&pool->limit, relaxed);
}

/* Owner: blocks [0, carved) have been handed out. */
static inline void tarn__pool_set_carved(struct tarn_pool *pool, unsigned carved) {
    uint64_t limit = carved * (pool->block_size * pool->reciprocal);
    /* relaxed: whoever checks a block against it was given that block later. */
    tarn__store(&pool->limit, pool->kind == TARN_KIND_RAW ? limit : 0, relaxed);
    /* release: pairs with the acquire in tarn__pool_carved(); publishes the marks. */
    tarn__store(&pool->carved, (uint16_t)carved, release);
}

/* Owner, or world stopped: blocks that are not free. */
static inline unsigned tarn__pool_used(const struct tarn_pool *pool) {
    return (uint16_t)(pool->excess + pool->alarm);
}

/* Owner: sets the alarm and keeps the number of used blocks. */
static inline void tarn__pool_set_alarm(struct tarn_pool *pool, unsigned alarm) {
    pool->excess = (uint16_t)(tarn__pool_used(pool) - alarm);
    pool->alarm = (uint16_t)alarm;
}

static inline void *tarn__pool_block(const struct tarn_pool *pool, unsigned index) {
    return pool->base + index * pool->block_size;
}

static inline unsigned tarn__pool_carved(const struct tarn_pool *pool) {
    /* acquire: pairs with the release in tarn__pool_set_carved(); the blocks' second
     * words are set. */
    return tarn__load(&pool->carved, acquire);
}

/* The used blocks at which a full pool counts as partial. */
static inline uint16_t tarn__pool_full_alarm(const struct tarn_pool *pool) {
    return (uint16_t)(pool->capacity - 1 - pool->capacity / 16);
}

static inline unsigned tarn__pool_words(const struct tarn_pool *pool) {
    return (pool->capacity + 63u) / 64u;
}

static inline size_t tarn__pool_bytes(const struct tarn_pool *pool) {
    return pool->slices ? pool->slices * TARN_SLICE_SIZE : pool->block_size;
}

/* The two words of a free block: the link, and for objects the word whose type
 * number 0 says "free". Late readers and walkers look at the second. */
struct tarn_free_block {
    TARN__ATOMIC(uint64_t) link;
    TARN__ATOMIC(uint64_t) mark;
};

static inline void *tarn__block_next(void *block) {
    /* relaxed: free blocks belong to one party, here and below. */
    uint64_t word = tarn__load(&((struct tarn_free_block *)block)->link, relaxed);
    return (void *)(uintptr_t)tarn__link_decode(block, word);
}

static inline void tarn__block_set_next(void *block, void *next) {
    uint64_t word = tarn__link_encode(block, (uint64_t)(uintptr_t)next);
    tarn__store(&((struct tarn_free_block *)block)->link, word, relaxed);
}

static inline void tarn__block_set_mark(void *block, uint64_t mark) {
    /* relaxed: whoever looks is ordered by the protocol that freed the block. */
    tarn__store(&((struct tarn_free_block *)block)->mark, mark, relaxed);
}

/*
 * The second word of a free raw block says so, and where it is: in a bin, by the bin's
 * address, or in its pool, by the pool's. No program has either. A free only writes it,
 * for a block that is freed is often cold, and to wait for it would cost more than the
 * rest of the call; whoever takes the block out again has it at hand and looks.
 */
static inline uint64_t tarn__mark_in_bin(const void *bin) {
    return (uint64_t)(uintptr_t)bin;
}

static inline uint64_t tarn__mark_in_pool(const struct tarn_pool *pool) {
    return (uint64_t)(uintptr_t)pool;
}

static inline uint64_t tarn__block_mark(const void *block) {
    return tarn__load_own(&((const struct tarn_free_block *)block)->mark);
}

#endif
