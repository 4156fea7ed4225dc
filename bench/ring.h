/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A ring of pointers between one writer and one reader. The indices lie on lines
 * of their own; an empty or full ring yields the processor after some looks.
 */
#ifndef BENCH_RING_H
#define BENCH_RING_H

#include <sched.h>
#include <stdint.h>
#include <tarn/atomic.h>

#include "worker.h"

#define RING_SLOTS 4096u

struct ring {
    _Alignas(128) TARN__ATOMIC(uint64_t) written;
    _Alignas(128) TARN__ATOMIC(uint64_t) taken;
    _Alignas(128) void *slot[RING_SLOTS];
};

static inline void ring_wait(const struct allocator *a, unsigned *looks) {
    a->poll();
    if (++*looks % 64 == 0)
        sched_yield();
}

/* One writer. */
static inline void ring_put(struct ring *r, const struct allocator *a, void *block) {
    unsigned looks = 0;
    /* relaxed: only this thread writes it. */
    uint64_t at = tarn__load(&r->written, relaxed);
    /* acquire: pairs with the release in ring_take(); the slot has been read. */
    while (at - tarn__load(&r->taken, acquire) >= RING_SLOTS)
        ring_wait(a, &looks);
    r->slot[at % RING_SLOTS] = block;
    /* release: pairs with the acquire in ring_take(); publishes the slot. */
    tarn__store(&r->written, at + 1, release);
}

/* One reader. */
static inline void *ring_take(struct ring *r, const struct allocator *a) {
    unsigned looks = 0;
    /* relaxed: only this thread writes it. */
    uint64_t at = tarn__load(&r->taken, relaxed);
    /* acquire: pairs with the release in ring_put(); the slot is visible. */
    while (tarn__load(&r->written, acquire) == at)
        ring_wait(a, &looks);
    void *block = r->slot[at % RING_SLOTS];
    /* release: pairs with the acquire in ring_put(); the slot may be written. */
    tarn__store(&r->taken, at + 1, release);
    return block;
}

#endif
