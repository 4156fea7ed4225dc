/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Monotonic time. */
#ifndef TARN_OS_CLOCK_H
#define TARN_OS_CLOCK_H

#include <stdint.h>

/* Never goes back. Virtual under the schedule baton. */
uint64_t tarn__clock_ns(void);

/* Sleeps for so long, less if a signal comes. Preserves errno. */
void tarn__sleep_ns(uint64_t ns);

#endif
