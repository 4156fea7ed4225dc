/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* pthread mutexes; in debug builds a thread-local count of held locks by rank. */
#include "os/lock.h"

#include <limits.h>

#include "base/check.h"
#include "os/sched.h"

#if defined(TARN_DEBUG) && TARN_DEBUG
static __thread unsigned held[TARN_RANKS] __attribute__((tls_model("initial-exec")));

static void check_rank(const struct tarn_lock *lock) {
    for (int r = (int)lock->rank; r < TARN_RANKS; r++)
        if (held[r])
            tarn__fatal("tarn__lock_acquire", "lock of rank %d taken while one of rank %d is held",
                        (int)lock->rank, r);
}

#define NOTE(lock, n) (held[(lock)->rank] += (unsigned)(n))
#else
#define check_rank(lock) ((void)(lock))
#define NOTE(lock, n) ((void)(lock))
#endif

void tarn__lock_init(struct tarn_lock *lock, enum tarn_lock_rank rank) {
    pthread_mutex_init(&lock->mutex, NULL);
    lock->rank = rank;
}

static void take(struct tarn_lock *lock) {
    tarn__sched_point();
    if (tarn__sched_is_on())
        while (pthread_mutex_trylock(&lock->mutex) != 0)
            tarn__sched_block("lock", lock, 0);
    else
        pthread_mutex_lock(&lock->mutex);
    NOTE(lock, 1);
}

void tarn__lock_acquire(struct tarn_lock *lock) {
    check_rank(lock);
    take(lock);
}

void tarn__lock_acquire_for_fork(struct tarn_lock *lock) {
    take(lock);
}

void tarn__lock_release(struct tarn_lock *lock) {
    NOTE(lock, -1);
    pthread_mutex_unlock(&lock->mutex);
    tarn__sched_wake(lock, INT_MAX);
}
