/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Injected failure: the n-th allocation from now fails, in builds with
 * TARN_FAULTS. Every place that may run out of memory asks tarn__fault_hit().
 */
#ifndef TARN_BASE_FAULT_H
#define TARN_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#if defined(TARN_FAULTS) && TARN_FAULTS

/* Whether this allocation is to fail. Any thread. */
bool tarn__fault_hit(void);

/* Fails the nth allocation from now (1: the next), once; 0 disarms. */
void tarn__fault_arm(uint64_t nth);

/* Fails the nth and every later one, until disarmed. */
void tarn__fault_arm_from(uint64_t nth);

/* Allocations asked for since the last arming. */
uint64_t tarn__fault_count(void);

#else

static inline bool tarn__fault_hit(void) {
    return false;
}

#endif

#endif
