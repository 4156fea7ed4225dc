/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Locks with ranks. A thread takes locks in rising rank only; debug builds check
 * it at every acquisition. All of them are held briefly and never across a
 * safepoint.
 */
#ifndef TARN_OS_LOCK_H
#define TARN_OS_LOCK_H

#include <pthread.h>
#include <stdbool.h>

/* In the order in which they may nest, outermost first. */
enum tarn_lock_rank {
    TARN_RANK_FORK,       /* forks, and the end of heaps */
    TARN_RANK_HEAPS,      /* the list of worlds */
    TARN_RANK_SEATS,      /* a world's seats */
    TARN_RANK_TYPES,      /* a heap's types */
    TARN_RANK_CALLBACKS,  /* collection callbacks and totals */
    TARN_RANK_WEAK,       /* a weak control's callbacks */
    TARN_RANK_HANDED,     /* batches handed to the heap */
    TARN_RANK_PAUSES,     /* a world's histograms */
    TARN_RANK_POOLS,      /* a heap's pools */
    TARN_RANK_NUMBERS,    /* type numbers */
    TARN_RANK_PURGE,      /* blocks that a trim has in its hands */
    TARN_RANK_CACHES,     /* cache ids, free raw caches */
    TARN_RANK_LARGE,      /* freed large mappings */
    TARN_RANK_ARENAS,     /* the arena store */
    TARN_RANK_QUARANTINE, /* freed blocks that wait, in the checked mode */
    TARN_RANK_STACKS,     /* call stacks, in the checked mode */
    TARN_RANKS
};

struct tarn_lock {
    pthread_mutex_t mutex;
    enum tarn_lock_rank rank;
};

#define TARN__LOCK_INIT(rank)                                                                      \
    { PTHREAD_MUTEX_INITIALIZER, rank }

void tarn__lock_init(struct tarn_lock *lock, enum tarn_lock_rank rank);
void tarn__lock_acquire(struct tarn_lock *lock);
void tarn__lock_release(struct tarn_lock *lock);

/* Without a look at ranks: for the thread that forks, which takes the locks of
 * every heap while all other attached threads are stopped. */
void tarn__lock_acquire_for_fork(struct tarn_lock *lock);

#endif
