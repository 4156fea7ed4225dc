/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The secret and the order of the hardened build; see memory/harden.h. */
#include "memory/harden.h"

#if TARN_IS_HARDENED

#include "base/check.h"
#include "os/env.h"

uint64_t tarn__link_secret;

/* The shuffle's own generator (xorshift64*, Vigna 2016): relaxed, for two threads that
 * get the same number only shuffle alike. */
static TARN__ATOMIC(uint64_t) state;

/* Links keep their four lowest bits: blocks are aligned, and a link that was written
 * over is found by them. */
void tarn__harden_prepare(void) {
    if (tarn__link_secret)
        return;
    tarn__store(&state, tarn__os_random() | 1, relaxed);
    tarn__link_secret = (tarn__os_random() | (uint64_t)1 << 63) & ~(uint64_t)15;
}

static uint64_t next_random(void) {
    uint64_t x = tarn__load(&state, relaxed);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    tarn__store(&state, x, relaxed);
    return x * 0x2545f4914f6cdd1du;
}

void tarn__harden_shuffle(uint16_t *order, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        unsigned k = (unsigned)(next_random() % (i + 1));
        order[i] = order[k];
        order[k] = (uint16_t)i;
    }
}

void tarn__harden_stop(const void *block) {
    tarn__fatal("tarn_malloc", "free block %p: its link was written over", block);
}

#endif
