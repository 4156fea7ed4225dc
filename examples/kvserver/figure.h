/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Figures that threads count up and INFO reads: each on its own, in no order. */
#ifndef KVSERVER_FIGURE_H
#define KVSERVER_FIGURE_H

#include <tarn/atomic.h>

typedef TARN__ATOMIC(uint64_t) figure;

static inline uint64_t figure_read(const figure *f) {
    /* relaxed: a figure. */
    return tarn__load(f, relaxed);
}

static inline void figure_set(figure *f, uint64_t value) {
    /* relaxed: a figure. */
    tarn__store(f, value, relaxed);
}

/* Counted up by any thread; returns what it was. */
static inline uint64_t figure_add(figure *f, uint64_t more) {
    /* relaxed: a figure. */
    return tarn__fetch_add(f, more, relaxed);
}

/* Counted up by one thread alone, which need not lock the bus. */
static inline void figure_add_own(figure *f, uint64_t more) {
    figure_set(f, figure_read(f) + more);
}

#endif
