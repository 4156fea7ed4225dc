/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The library's way to the atomics vocabulary: the public header defines it
 * (inline functions need it), this one adds what only the library uses.
 */
#ifndef TARN_BASE_ATOMIC_H
#define TARN_BASE_ATOMIC_H

#include <stdbool.h>
#include <tarn/atomic.h>

/* A field that one party at a time writes, ordered by the protocol around it.
 * Plain in C; a backend that checks data races substitutes its own. */
#ifndef TARN__VAR
#define TARN__VAR(T) T
#endif

/* For declarations of the library's own variables: they are reached directly, not
 * through the table that exported ones need. */
#define TARN_HIDDEN __attribute__((visibility("hidden")))

#ifdef TARN__SCHED
bool tarn__sched_yield(void);
#endif

/* A hint inside a short spin. The schedule baton must hear that the caller
 * waits for another thread, or it would let it spin on. */
static inline void tarn__spin_pause(void) {
#ifdef TARN__SCHED
    tarn__sched_yield();
#endif
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
