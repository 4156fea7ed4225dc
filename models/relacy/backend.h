/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The atomics vocabulary over Relacy: the third backend of tarn/atomic.h, named
 * to it as TARN__ATOMIC_BACKEND. Each operation is a schedule point, and loads
 * may return any value that C11 allows.
 *
 * The weak compare-and-swap does not fail without cause here: all its uses are
 * loops, which a failure only repeats, and the search is shorter by half.
 */
#ifndef TARN_MODELS_RELACY_BACKEND_H
#define TARN_MODELS_RELACY_BACKEND_H

#include <relacy/relacy.hpp>

#define TARN__ATOMIC(T) rl::atomic<T>
#define TARN__VAR(T) rl::var<T>

#define tarn__sched_point() ((void)0)

#define tarn__load(a, order) ((a)->load(rl::mo_##order, $))
#define tarn__load_own(a) ((a)->load(rl::mo_relaxed, $))
#define tarn__store(a, v, order) ((a)->store((v), rl::mo_##order, $))
#define tarn__exchange(a, v, order) ((a)->exchange((v), rl::mo_##order, $))
#define tarn__fetch_add(a, v, order) ((a)->fetch_add((v), rl::mo_##order, $))
#define tarn__fetch_sub(a, v, order) ((a)->fetch_sub((v), rl::mo_##order, $))
#define tarn__fetch_or(a, v, order) ((a)->fetch_or((v), rl::mo_##order, $))
#define tarn__fetch_and(a, v, order) ((a)->fetch_and((v), rl::mo_##order, $))

#define tarn__cas(a, expected, desired, order, failure)                                            \
    ((a)->compare_exchange(rl::bool_t<false>(), *(expected), (desired), rl::mo_##order,            \
                           rl::mo_##failure, $))
#define tarn__cas_weak(a, expected, desired, order, failure)                                       \
    tarn__cas(a, expected, desired, order, failure)

#endif
