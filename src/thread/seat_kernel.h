/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The seat's state word: every transition, and nothing else.
 *
 * The argument is docs/memory-model.md [SP-1] to [SP-6]. Each function is one
 * read-modify-write (or a compare-and-swap loop that ends with one) on the word
 * and returns what the caller owes: an acknowledgement, a sleep, a wake-up.
 * Written over the atomics vocabulary alone, so that it also runs in models.
 *
 * Progress: the loops repeat only when another thread changed the word; each
 * party changes it a bounded number of times per stop, so they are lock-free.
 */
#ifndef TARN_THREAD_SEAT_KERNEL_H
#define TARN_THREAD_SEAT_KERNEL_H

#include "base/atomic.h"
#include <tarn/layout.h>

static inline uint32_t tarn__seat_state(uint32_t word) {
    return word & TARN__SEAT_STATE_MASK;
}

/*
 * Stopper: marks the seat. Returns true if it is running and therefore owes an
 * acknowledgement; otherwise it is stopped from now on [SP-2].
 */
static inline bool tarn__seat_stop(struct tarn__seat_head *head) {
    /* acq_rel: the acquire pairs with the release in tarn__seat_leave(); what the
     * seat wrote before it left RUNNING is visible. The release pairs with the
     * acquire in tarn__seat_enter(). */
    uint32_t old = tarn__fetch_or(&head->state, TARN__SEAT_STOP, acq_rel);
    return tarn__seat_state(old) == TARN__SEAT_RUNNING;
}

/*
 * Seat: leaves RUNNING for `to`. `extra` is ored in (WANT when it goes to
 * sleep at once). Returns true if a stop was pending: the caller then owes one
 * acknowledgement. seq_cst because blocking_begin re-reads its mail afterwards
 * [CNT-4].
 */
static inline bool tarn__seat_leave(struct tarn__seat_head *head, uint32_t to, uint32_t extra) {
    /* relaxed: only a first guess, the compare-and-swap confirms it. */
    uint32_t word = tarn__load(&head->state, relaxed);
    uint32_t next;
    do {
        next = (word & ~TARN__SEAT_STATE_MASK) | to | extra;
        /* seq_cst: store/load pair with tarn__mail_post() [CNT-4]; its release pairs
         * with the acquire in tarn__seat_stop(). relaxed on failure: retried. */
    } while (!tarn__cas_weak(&head->state, &word, next, seq_cst, relaxed));
    return (word & TARN__SEAT_STOP) != 0;
}

/*
 * Seat: parks under a stop, if one is pending. Returns true if it did: the
 * caller owes an acknowledgement, then sleeps until the word is RUNNING.
 */
static inline bool tarn__seat_park(struct tarn__seat_head *head) {
    /* relaxed: only a first guess, the compare-and-swap confirms it. */
    uint32_t word = tarn__load(&head->state, relaxed);
    uint32_t next;
    do {
        if (!(word & TARN__SEAT_STOP))
            return false;
        next = (word & ~TARN__SEAT_STATE_MASK) | TARN__SEAT_PARKED | TARN__SEAT_WANT;
        /* release: pairs with the acquire of the stopper's last read of
         * `outstanding`, through the acknowledgement that follows.
         * relaxed on failure: retried. */
    } while (!tarn__cas_weak(&head->state, &word, next, release, relaxed));
    return true;
}

/*
 * Seat: wants RUNNING from a state that it left RUNNING for, or from VACANT.
 * Returns true if it is RUNNING now; else WANT is set and the caller sleeps
 * until the word's state is RUNNING.
 */
static inline bool tarn__seat_enter(struct tarn__seat_head *head) {
    /* relaxed: only a first guess, the compare-and-swap confirms it. */
    uint32_t word = tarn__load(&head->state, relaxed);
    for (;;) {
        bool held = (word & TARN__SEAT_STOP) || tarn__seat_state(word) == TARN__SEAT_CLAIMED;
        uint32_t next =
            held ? word | TARN__SEAT_WANT : (word & ~TARN__SEAT_STATE_MASK) | TARN__SEAT_RUNNING;
        /* acq_rel: the acquire pairs with the release in tarn__seat_start() and
         * tarn__seat_unclaim(); the release with tarn__seat_stop()'s acquire.
         * relaxed on failure: retried. */
        if (tarn__cas_weak(&head->state, &word, next, acq_rel, relaxed))
            return !held;
    }
}

/* Seat: whether the sleep that followed park or enter is over. */
static inline bool tarn__seat_is_running(struct tarn__seat_head *head, uint32_t *word) {
    /* acquire: pairs with the release in tarn__seat_start() and
     * tarn__seat_unclaim(); what was done meanwhile is visible. */
    *word = tarn__load(&head->state, acquire);
    return tarn__seat_state(*word) == TARN__SEAT_RUNNING;
}

/*
 * Stopper: lets the seat go. A seat whose thread waits becomes RUNNING here and
 * now [SP-3]. Returns true if its thread must be woken.
 */
static inline bool tarn__seat_start(struct tarn__seat_head *head) {
    /* relaxed: only a first guess, the compare-and-swap confirms it. */
    uint32_t word = tarn__load(&head->state, relaxed);
    for (;;) {
        bool wake = (word & TARN__SEAT_WANT) && tarn__seat_state(word) != TARN__SEAT_CLAIMED;
        uint32_t next = word & ~TARN__SEAT_STOP;
        if (wake)
            next = (next & ~(TARN__SEAT_STATE_MASK | TARN__SEAT_WANT)) | TARN__SEAT_RUNNING;
        /* release: pairs with the acquire in tarn__seat_is_running() and
         * tarn__seat_enter(); publishes what the stopper did.
         * relaxed on failure: retried. */
        if (tarn__cas_weak(&head->state, &word, next, release, relaxed))
            return wake;
    }
}

/*
 * Sender: claims a seat that is blocking or vacant, and that no thread waits to
 * run (it will see the mail itself, and claims that repeat must not keep it
 * waiting) [SP-5]. Returns false if not; else *from is the state to give back.
 */
static inline bool tarn__seat_claim(struct tarn__seat_head *head, uint32_t *from) {
    /* seq_cst: store/load pair with tarn__seat_leave() [CNT-4]. */
    uint32_t word = tarn__load(&head->state, seq_cst);
    for (;;) {
        uint32_t state = tarn__seat_state(word);
        if ((state != TARN__SEAT_BLOCKING && state != TARN__SEAT_VACANT) ||
            (word & TARN__SEAT_WANT))
            return false;
        uint32_t next = (word & ~TARN__SEAT_STATE_MASK) | TARN__SEAT_CLAIMED;
        /* acquire: pairs with the release in tarn__seat_leave() and
         * tarn__seat_unclaim(). relaxed on failure: retried. */
        if (tarn__cas_weak(&head->state, &word, next, acq_rel, relaxed)) {
            *from = state;
            return true;
        }
    }
}

/*
 * Claimer: ends the claim. Its thread may have asked for RUNNING meanwhile: it
 * gets it here, unless a stop holds the seat. Returns true if it must be woken.
 * seq_cst because the claimer re-reads the inbox afterwards [CNT-4].
 */
static inline bool tarn__seat_unclaim(struct tarn__seat_head *head, uint32_t from) {
    /* relaxed: only a first guess, the compare-and-swap confirms it. */
    uint32_t word = tarn__load(&head->state, relaxed);
    for (;;) {
        bool wake = (word & TARN__SEAT_WANT) && !(word & TARN__SEAT_STOP);
        uint32_t next = (word & ~TARN__SEAT_STATE_MASK) | from;
        if (wake)
            next = (word & ~(TARN__SEAT_STATE_MASK | TARN__SEAT_WANT)) | TARN__SEAT_RUNNING;
        /* seq_cst: store/load pair with tarn__mail_post() [CNT-4]; its release
         * pairs with the acquire in tarn__seat_is_running(). relaxed on
         * failure: retried. */
        if (tarn__cas_weak(&head->state, &word, next, seq_cst, relaxed))
            return wake;
    }
}

/* Anyone: raises a request bit. Returns the word before. */
static inline uint32_t tarn__seat_raise(struct tarn__seat_head *head, uint32_t bit) {
    /* seq_cst: store/load pair with tarn__seat_leave() [CNT-4]; its release
     * pairs with the acquire in tarn__seat_lower(). */
    return tarn__fetch_or(&head->state, bit, seq_cst);
}

/* The party that answers the request: takes the bit back before it looks. */
static inline uint32_t tarn__seat_lower(struct tarn__seat_head *head, uint32_t bit) {
    /* acq_rel: the acquire pairs with the release in tarn__seat_raise(); what
     * was posted before the bit is visible. */
    return tarn__fetch_and(&head->state, ~bit, acq_rel);
}

#endif
