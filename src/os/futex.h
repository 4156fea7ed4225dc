/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Sleeping on a word. Both preserve errno. */
#ifndef TARN_OS_FUTEX_H
#define TARN_OS_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

/* Sleeps while *word is `expected`, until woken or for timeout_ns (0: no end).
 * May return for no reason. False: the time is over. */
bool tarn__futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout_ns);

/* Wakes up to `count` sleepers. */
void tarn__futex_wake(uint32_t *word, int count);

#endif
