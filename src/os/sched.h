/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The seeded schedule baton: one thread runs at a time, a seed decides which.
 *
 * Compiled in with TARN__SCHED; otherwise every function here is empty. Each
 * atomic operation, lock, wait and look at the clock is a schedule point, where
 * the ready thread of highest priority goes on. Priorities are drawn from the
 * seed; about `depth` - 1 times in the steps expected, the running thread's is
 * drawn anew, below those of all threads that kept their first (probabilistic
 * concurrency testing: Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
 * A thread that yields falls below all.
 *
 * - Time is virtual: a step takes 100 ns, and when every thread waits the clock
 *   jumps to the next timeout. The same seed gives the same schedule, timeouts
 *   included.
 * - A sleeper on a futex wakes by tarn__futex_wake() or its timeout alone, so a
 *   forgotten wake is a deadlock; a deadlock ends the program with the seed, the
 *   step and what each thread waits for.
 * - Threads belong if tarn__os_thread_start() starts them during the schedule;
 *   for any other thread every point is a no-op. Those inside must not wait for
 *   those outside, nor on anything else that the baton does not know.
 * - The threads of a schedule keep to one processor, the one it was started on.
 * - The baton orders nothing for ThreadSanitizer (sched.c is not instrumented):
 *   a data race shows under a schedule as it would without.
 */
#ifndef TARN_OS_SCHED_H
#define TARN_OS_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#ifdef TARN__SCHED

/* Begins a schedule with the calling thread as its first. expected_steps: about
 * how many points the run has. One schedule at a time. */
void tarn__sched_start(uint64_t seed, unsigned depth, uint64_t expected_steps);

/* Ends it; the other threads have ended. The hash and the steps stay. */
void tarn__sched_stop(void);

/* A number that any difference between two schedules changes, and the steps. */
uint64_t tarn__sched_hash(void);
uint64_t tarn__sched_steps(void);

/* Whether the calling thread is under the baton. */
bool tarn__sched_is_on(void);

void tarn__sched_point(void);

/* Let others run first: all of them, or for so long. False: no schedule. */
bool tarn__sched_yield(void);
bool tarn__sched_sleep(uint64_t ns);

/* Waits until `key` is woken or, unless timeout_ns is 0, for that long. False:
 * the time is over. `what` names the thing waited for. Under the baton only. */
bool tarn__sched_block(const char *what, const void *key, uint64_t timeout_ns);
void tarn__sched_wake(const void *key, int count);

/* The time that goes with the real time given; it never goes back. */
uint64_t tarn__sched_clock(uint64_t real_ns);

/* A thread's life. Its creator announces it, so that nothing depends on when it
 * starts; it leaves by itself after the destructors of its pthread keys. */
unsigned tarn__sched_thread_announce(void);
void tarn__sched_thread_withdraw(unsigned slot);
void tarn__sched_thread_enter(unsigned slot);
void tarn__sched_thread_join(unsigned slot);

#else

static inline bool tarn__sched_is_on(void) {
    return false;
}
static inline bool tarn__sched_yield(void) {
    return false;
}
static inline bool tarn__sched_sleep(uint64_t ns) {
    (void)ns;
    return false;
}
static inline bool tarn__sched_block(const char *what, const void *key, uint64_t timeout_ns) {
    (void)what;
    (void)key;
    (void)timeout_ns;
    return true;
}
static inline void tarn__sched_wake(const void *key, int count) {
    (void)key;
    (void)count;
}
static inline uint64_t tarn__sched_clock(uint64_t real_ns) {
    return real_ns;
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
static inline void tarn__sched_thread_join(unsigned slot) {
    (void)slot;
}

#endif

#endif
