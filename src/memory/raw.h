/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Raw caches: a cache of pools with bins before them.
 *
 * A bin holds the blocks of one class that its thread freed last, from whatever
 * pool of its own: they are warm, and neither a malloc nor a free of them touches
 * a pool's header. To the pools a block in a bin is a used one [MEM-1]. A bin that
 * runs over gives its colder half back to the pools, an empty one takes as many.
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
    int32_t room; /* blocks that still go into it */
    int32_t most;
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

/* Owner: frees a block of a pool of its own. */
static inline void tarn__bin_push(struct tarn_raw *raw, struct tarn_pool *pool, void *block) {
    struct tarn_bin *bin = (struct tarn_bin *)((char *)raw + pool->bin);
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
