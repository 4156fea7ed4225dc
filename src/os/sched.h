/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The seeded schedule baton: one thread runs at a time, a seed decides which.
 *
 * Compiled in with TARN__SCHED; otherwise every function here is empty. Before
 * each atomic operation, lock and wait a thread comes to a schedule point, where
 * the thread of highest priority goes on; at `depth` - 1 steps chosen by the seed
 * the running thread's priority falls below all others (probabilistic
 * concurrency testing: Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
 * The same seed gives the same schedule. Outside a schedule, and for threads
 * that the baton does not know, every point is a no-op.
 */
#ifndef TARN_OS_SCHED_H
#define TARN_OS_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#ifdef TARN__SCHED

/* Begins a schedule with the calling thread as its first. expected_steps: about
 * how many points the run has, for the choice of the steps of change. */
void tarn__sched_start(uint64_t seed, unsigned depth, uint64_t expected_steps);

/* Ends it; the calling thread is the only one left. */
void tarn__sched_stop(void);

/* A number that any difference between two schedules changes, and the steps. */
uint64_t tarn__sched_hash(void);
uint64_t tarn__sched_steps(void);

/* Whether the calling thread is under the baton. */
bool tarn__sched_is_on(void);

/* Lets others run first. False: no schedule, nothing done. */
bool tarn__sched_yield(void);

/* Waits until *word is not `expected`. False: no schedule, nothing done. */
bool tarn__sched_wait(uint32_t *word, uint32_t expected);

/* A thread's life: announced by its creator, so that its number does not depend
 * on when it starts. */
unsigned tarn__sched_thread_announce(void);
void tarn__sched_thread_withdraw(unsigned slot);
void tarn__sched_thread_enter(unsigned slot);
void tarn__sched_thread_leave(void);
void tarn__sched_join(unsigned slot);

#else

static inline bool tarn__sched_is_on(void) {
    return false;
}
static inline bool tarn__sched_yield(void) {
    return false;
}
static inline bool tarn__sched_wait(uint32_t *word, uint32_t expected) {
    (void)word;
    (void)expected;
    return false;
}
static inline unsigned tarn__sched_thread_announce(void) {
    return 0;
}
static inline void tarn__sched_thread_withdraw(unsigned slot) {
    (void)slot;
}
static inline void tarn__sched_thread_enter(unsigned slot) {
    (void)slot;
}
static inline void tarn__sched_thread_leave(void) {
}
static inline void tarn__sched_join(unsigned slot) {
    (void)slot;
}

#endif

#endif
