/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* See os/clock.h. */
#include "os/clock.h"

#include <time.h>

#include "os/sched.h"

uint64_t tarn__clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return tarn__sched_clock((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

void tarn__sleep_ns(uint64_t ns) {
    if (tarn__sched_sleep(ns))
        return;
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    /* Unlike nanosleep(), leaves errno alone. */
    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}
