/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Raw caches: a cache of pools with bins before them.
 *
 * A bin holds the blocks of one class that its thread freed last: they are warm, and
 * neither a malloc nor a free of them touches a pool's header. To the pools a block
 * in a bin is a used one [MEM-1]. A bin that runs over gives its colder half back to
 * the pools, an empty one takes as many.
 *
 * Blocks of a cache line and more go into the bin of whoever frees them, whoever's
 * pool they are of; only what runs over goes home, a word of the pool's bitmap at a
 * time. Smaller ones go home at once: in a bin they would be handed out again beside
 * a block that the other thread writes to.
 *
 * A block that is freed twice ends the program at once if it was the last one freed;
 * else when it is about to leave the bin for the second time, before anybody gets it.
 *
 * Only the owner touches its bins; so does whoever repairs or trims the cache of a
 * thread that is gone.
 */
#ifndef TARN_MEMORY_RAW_H
#define TARN_MEMORY_RAW_H

#include "memory/cache.h"

struct tarn_bin {
    void *first;
    int32_t room;   /* blocks that still go into it */
    uint32_t reach; /* above this, two caches' distance is too far: see tarn__bin_accepts() */
};

struct tarn_raw {
    struct tarn_cache cache; /* first: pool->owner points here */
    struct tarn_bin bins[TARN_CLASSES];
};

/* The calling thread's raw cache; tarn__raw_nobody while it has none. */
extern __thread struct tarn_raw *tarn__raw TARN_HIDDEN __attribute__((tls_model("initial-exec")));

/* Has no pools, and owns none. */
extern struct tarn_raw tarn__raw_nobody TARN_HIDDEN;

/* Makes sure that the calling thread has a cache of its own; false: no memory. */
bool tarn__raw_take(void);

void tarn__raw_init(struct tarn_raw *raw);

/* Say which rule a block broke, and stop the program. The first returns, as far as
 * its caller's code is concerned, what that returns: so it needs no stack frame. */
void *tarn__raw_stop_not_free(const void *block);
void tarn__raw_stop_freed_twice(const void *block);

/* The first block of a bin that has one. */
static inline void *tarn__bin_pop(struct tarn_bin *bin) {
    void *block = bin->first;
    if (tarn__unlikely(tarn__block_mark(block) != tarn__mark_in_bin(bin)))
        return tarn__raw_stop_not_free(block);
    bin->first = tarn__block_next(block);
    bin->room++;
    tarn__block_set_mark(block, 0);
    return block;
}

/* A block for an empty bin, and some more into it; NULL: no memory. */
void *tarn__bin_refill(struct tarn_raw *raw, struct tarn_bin *bin);

/* A bin has more blocks than it may hold. */
void tarn__bin_overflow(struct tarn_raw *raw, struct tarn_bin *bin);

/* The bin of a thread for the blocks of a raw pool. */
static inline struct tarn_bin *tarn__bin_for(struct tarn_raw *raw, const struct tarn_pool *pool) {
    return (struct tarn_bin *)((char *)raw + pool->bin);
}

/*
 * Whether a thread puts blocks of a raw pool into its bin. The reach is 0 without a
 * cache, 1 for its own pools alone, else everybody's. (Caches that are a multiple of
 * 4 GiB apart look like one: a small block more crosses threads, which is allowed.)
 */
static inline bool tarn__bin_accepts(const struct tarn_bin *bin, const struct tarn_raw *raw,
                                     const struct tarn_pool *pool) {
    return (uint32_t)((uintptr_t)pool->owner ^ (uintptr_t)&raw->cache) < bin->reach;
}

/* Frees a block into the calling thread's bin. */
static inline void tarn__bin_push(struct tarn_raw *raw, struct tarn_bin *bin, void *block) {
    void *first = bin->first;
    if (tarn__unlikely(first == block)) {
        tarn__raw_stop_freed_twice(block);
        return;
    }
    tarn__block_set_mark(block, tarn__mark_in_bin(bin));
    tarn__block_set_next(block, first);
    bin->first = block;
    if (tarn__unlikely(--bin->room < 0))
        tarn__bin_overflow(raw, bin);
}

/* Frees what waits in quarantine. */
void tarn__raw_empty_quarantine(void);

/* Gives the blocks of all bins back to their pools. */
void tarn__raw_flush(struct tarn_raw *raw);

/* The pools and bins against what is said of them; returns the number of faults. */
size_t tarn__raw_verify(struct tarn_raw *raw);

#endif
