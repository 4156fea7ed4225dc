/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Arithmetic on bits and sizes. */
#ifndef TARN_BASE_BITS_H
#define TARN_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Number of the lowest set bit; word is not 0. */
static inline unsigned tarn__bits_lowest(uint64_t word) {
    return (unsigned)__builtin_ctzll(word);
}

static inline unsigned tarn__bits_count(uint64_t word) {
    return (unsigned)__builtin_popcountll(word);
}

/* Floor of the binary logarithm; n is not 0. */
static inline unsigned tarn__log2_floor(uint64_t n) {
    return 63u - (unsigned)__builtin_clzll(n);
}

static inline bool tarn__is_pow2(size_t n) {
    return n && !(n & (n - 1));
}

/* n rounded up to a multiple of `unit`, a power of two. */
static inline size_t tarn__round_up(size_t n, size_t unit) {
    return (n + unit - 1) & ~(unit - 1);
}

#endif
