/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The one atomics vocabulary of tarn.
 *
 * Every word that two threads may touch at once is declared with
 * TARN__ATOMIC(T), a one-member struct, so that a plain access by mistake does
 * not compile, and is read and written only through the operations below.
 * Orders are named by their C11 words: tarn__load(&x, acquire).
 *
 * Three backends:
 *   - the GNU __atomic builtins (default), which mean the same in C11 and in
 *     C++17, where _Atomic does not compile;
 *   - the schedule baton (TARN__SCHED): the same builtins, with a schedule
 *     point before each, so that a seed fixes the interleaving;
 *   - any other, named by TARN__ATOMIC_BACKEND (Relacy in the models).
 */
#ifndef TARN_ATOMIC_H
#define TARN_ATOMIC_H

#include <stddef.h>
#include <stdint.h>

#if defined(TARN__ATOMIC_BACKEND)
#include TARN__ATOMIC_BACKEND
#else

#if defined(TARN__SCHED)
#ifdef __cplusplus
extern "C"
#endif
    void
    tarn__sched_point(void);
#else
#define tarn__sched_point() ((void)0)
#endif

#define TARN__ATOMIC(T)                                                                            \
    struct {                                                                                       \
        T value;                                                                                   \
    }

#define TARN__ORDER_relaxed __ATOMIC_RELAXED
#define TARN__ORDER_acquire __ATOMIC_ACQUIRE
#define TARN__ORDER_release __ATOMIC_RELEASE
#define TARN__ORDER_acq_rel __ATOMIC_ACQ_REL
#define TARN__ORDER_seq_cst __ATOMIC_SEQ_CST

#define tarn__load(a, order)                                                                       \
    (tarn__sched_point(), __atomic_load_n(&(a)->value, TARN__ORDER_##order))
#define tarn__store(a, v, order)                                                                   \
    (tarn__sched_point(), __atomic_store_n(&(a)->value, (v), TARN__ORDER_##order))
#define tarn__exchange(a, v, order)                                                                \
    (tarn__sched_point(), __atomic_exchange_n(&(a)->value, (v), TARN__ORDER_##order))
#define tarn__fetch_add(a, v, order)                                                               \
    (tarn__sched_point(), __atomic_fetch_add(&(a)->value, (v), TARN__ORDER_##order))
#define tarn__fetch_sub(a, v, order)                                                               \
    (tarn__sched_point(), __atomic_fetch_sub(&(a)->value, (v), TARN__ORDER_##order))
#define tarn__fetch_or(a, v, order)                                                                \
    (tarn__sched_point(), __atomic_fetch_or(&(a)->value, (v), TARN__ORDER_##order))
#define tarn__fetch_and(a, v, order)                                                               \
    (tarn__sched_point(), __atomic_fetch_and(&(a)->value, (v), TARN__ORDER_##order))

/* A read by the one thread that may write the word now: plain, so that it can be
 * an operand of another instruction. */
#define tarn__load_own(a) ((a)->value)

/* On failure *expected becomes the value found; the second order is the
 * failure's. The weak form may fail without cause: use it in loops. */
#define tarn__cas(a, expected, desired, order, failure)                                            \
    (tarn__sched_point(), __atomic_compare_exchange_n(&(a)->value, (expected), (desired), 0,       \
                                                      TARN__ORDER_##order, TARN__ORDER_##failure))
#define tarn__cas_weak(a, expected, desired, order, failure)                                       \
    (tarn__sched_point(), __atomic_compare_exchange_n(&(a)->value, (expected), (desired), 1,       \
                                                      TARN__ORDER_##order, TARN__ORDER_##failure))

#endif /* backend */

#define tarn__likely(x) __builtin_expect(!!(x), 1)
#define tarn__unlikely(x) __builtin_expect(!!(x), 0)

#endif
