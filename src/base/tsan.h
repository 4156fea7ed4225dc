/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What ThreadSanitizer cannot see by itself.
 *
 * A library built with it sees every atomic operation; only what liburcu orders must
 * be told it (TARN__EDGE). A program built with it over a library that is not sees
 * nothing of what happens in here, so every edge on which its accesses rely is told
 * (TARN__USER_EDGE), through symbols that are there only in such a program. Elsewhere
 * that is one test of a variable, off the fast paths.
 *
 * ..._FOR(address): what this thread did is visible to whoever sees the edge from there.
 */
#ifndef TARN_BASE_TSAN_H
#define TARN_BASE_TSAN_H

#include "base/atomic.h"

#if defined(__SANITIZE_THREAD__)
#define TARN__LIBRARY_HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TARN__LIBRARY_HAS_TSAN 1
#endif
#endif
#ifndef TARN__LIBRARY_HAS_TSAN
#define TARN__LIBRARY_HAS_TSAN 0
#endif

__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

/* The program is instrumented, the library is not. Constant from the start. */
#if TARN__LIBRARY_HAS_TSAN
#define tarn__tsan_user false
#else
extern bool tarn__tsan_user TARN_HIDDEN;
#endif

#define TARN__EDGE_IF(condition, edge, address)                                                    \
    do {                                                                                           \
        if (tarn__unlikely(condition))                                                             \
            edge((void *)(uintptr_t)(address));                                                    \
    } while (0)

#define TARN__EDGE_FROM(address)                                                                   \
    TARN__EDGE_IF(TARN__LIBRARY_HAS_TSAN || tarn__tsan_user, __tsan_acquire, address)
#define TARN__EDGE_FOR(address)                                                                    \
    TARN__EDGE_IF(TARN__LIBRARY_HAS_TSAN || tarn__tsan_user, __tsan_release, address)
#define TARN__USER_EDGE_FROM(address) TARN__EDGE_IF(tarn__tsan_user, __tsan_acquire, address)
#define TARN__USER_EDGE_FOR(address) TARN__EDGE_IF(tarn__tsan_user, __tsan_release, address)

#endif
