/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Resident memory of this process, in bytes. */
#ifndef BENCH_RSS_H
#define BENCH_RSS_H

#include <stdbool.h>

/* Exact: the sum over the process's mappings. */
double rss_now(void);

/* The most since the last rss_reset_peak that returned true, or since the start. */
double rss_peak(void);

/* False: the kernel does not let a process do it. */
bool rss_reset_peak(void);

#endif
