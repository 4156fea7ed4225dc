/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What our own contenders share: a heap, its types, how a thread comes and goes. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include <tarn/tarn.h>

#include "ref.h"

struct ours {
    tarn_heap *heap;
    tarn_type *leaf;   /* 32 bytes, biased */
    tarn_type *shared; /* the same, counted atomically from birth */
};

extern struct ours ours;

void ours_open(void);
void ours_close(void);

void ours_enter(void);
void ours_leave(void);
void ours_poll(void);

#define OURS(label)                                                                                \
    { .name = (label), .enter = ours_enter, .leave = ours_leave, .poll = ours_poll }

#endif
