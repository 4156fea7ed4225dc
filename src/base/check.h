/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Checks. TARN_CHECK stays on in release builds and ends the program when a
 * caller's misuse would corrupt the heap. TARN_ASSERT (TARN_DEBUG) and
 * TARN_ASSERT_SLOW (TARN_DEBUG_SLOW) check the library itself. Each still
 * type-checks where it is compiled out.
 */
#ifndef TARN_BASE_CHECK_H
#define TARN_BASE_CHECK_H

#include <stddef.h>
#include <tarn/atomic.h>

/* Says "tarn: <function>: <text>" through the hook or on standard error, then
 * aborts. Needs no memory. */
_Noreturn void tarn__fatal(const char *function, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

/* Process-wide; NULL: standard error. */
void tarn__fatal_set_hook(void (*hook)(void *arg, const char *message), void *arg);

#define TARN_CHECK(condition, ...)                                                                 \
    do {                                                                                           \
        if (tarn__unlikely(!(condition)))                                                          \
            tarn__fatal(__func__, __VA_ARGS__);                                                    \
    } while (0)

#define TARN__ASSERT_IF(enabled, condition)                                                        \
    do {                                                                                           \
        if ((enabled) && tarn__unlikely(!(condition)))                                             \
            tarn__fatal(__func__, "assertion failed: %s (%s:%d)", #condition, __FILE__, __LINE__); \
    } while (0)

#if defined(TARN_DEBUG) && TARN_DEBUG
#define TARN_ASSERT(condition) TARN__ASSERT_IF(1, condition)
#else
#define TARN_ASSERT(condition) TARN__ASSERT_IF(0, condition)
#endif

#if defined(TARN_DEBUG_SLOW) && TARN_DEBUG_SLOW
#define TARN_ASSERT_SLOW(condition) TARN__ASSERT_IF(1, condition)
#else
#define TARN_ASSERT_SLOW(condition) TARN__ASSERT_IF(0, condition)
#endif

#endif
