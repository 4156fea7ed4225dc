/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A lock of four bytes that is held for a microsecond or so.
 *
 * Ulrich Drepper's second mutex ("Futexes are tricky"): 0 free, 1 held, 2 held and
 * waited for. A holder passes no safepoint and waits for nothing, so a thread may
 * wait here outside a blocking region: whoever stops the world waits a little longer.
 */
#ifndef KVSERVER_LOCK_H
#define KVSERVER_LOCK_H

#include <stdbool.h>
#include <tarn/atomic.h>

struct lock {
    TARN__ATOMIC(uint32_t) word;
};

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

static inline void lock_acquire(struct lock *lock) {
    uint32_t free = 0;
    /* acquire: pairs with the release in lock_release(); what it guards is visible. */
    if (tarn__unlikely(!tarn__cas(&lock->word, &free, 1, acquire, relaxed)))
        lock_wait(lock);
}

static inline void lock_release(struct lock *lock) {
    /* release: pairs with the acquires in lock_acquire(), lock_wait() and lock_pass();
     * publishes what the holder wrote. */
    if (tarn__unlikely(tarn__exchange(&lock->word, 0, release) == 2))
        lock_wake(lock);
}

/* Waits for whoever holds the lock at this moment, and takes nothing. */
static inline void lock_pass(struct lock *lock) {
    /* acquire: pairs with the release in lock_release(). */
    if (tarn__unlikely(tarn__load(&lock->word, acquire) != 0)) {
        lock_acquire(lock);
        lock_release(lock);
    }
}

#endif
