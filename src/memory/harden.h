/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The hardened build (TARN_HARDENED): what makes a heap overflow or a write after free
 * harder to exploit, for programs that parse what strangers send.
 *
 *   - links of free lists are stored exclusive-or a secret of the process and their own
 *     address, and what is read back must be aligned;
 *   - new blocks of a pool are handed out in random order;
 *   - the last slice of every arena, and the page behind every large block, cannot be
 *     touched.
 *
 * In other builds this costs nothing, and does nothing.
 */
#ifndef TARN_MEMORY_HARDEN_H
#define TARN_MEMORY_HARDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

#if defined(TARN_HARDENED) && TARN_HARDENED

#define TARN_IS_HARDENED 1

/* Not 0 once made. */
extern uint64_t tarn__link_secret TARN_HIDDEN;

/* Makes the secret, if nobody has. Before the first link is written. */
void tarn__harden_prepare(void);

/* A permutation of 0 .. n-1. */
void tarn__harden_shuffle(uint16_t *order, unsigned n);

_Noreturn void tarn__harden_stop(const void *block);

static inline uint64_t tarn__link_encode(const void *block, uint64_t next) {
    return next ^ tarn__link_secret ^ (uint64_t)(uintptr_t)block >> 4;
}

static inline uint64_t tarn__link_decode(const void *block, uint64_t word) {
    uint64_t next = tarn__link_encode(block, word);
    if (tarn__unlikely(next & 15))
        tarn__harden_stop(block);
    return next;
}

#else

#define TARN_IS_HARDENED 0

static inline void tarn__harden_prepare(void) {
}

static inline void tarn__harden_shuffle(uint16_t *order, unsigned n) {
    (void)order;
    (void)n;
}

static inline uint64_t tarn__link_encode(const void *block, uint64_t next) {
    (void)block;
    return next;
}

static inline uint64_t tarn__link_decode(const void *block, uint64_t word) {
    (void)block;
    return word;
}

#endif

/* What stands at place i of a shuffled order. */
static inline unsigned tarn__harden_pick(const uint16_t *order, unsigned i) {
    return TARN_IS_HARDENED ? order[i] : i;
}

#endif
