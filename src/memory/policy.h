/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The process's memory policy: how long free pages are kept, huge pages, limits.
 *
 * Settings are read where memory is claimed and given back, which is seldom, and
 * take effect from then on.
 */
#ifndef TARN_MEMORY_POLICY_H
#define TARN_MEMORY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Free pages younger than this are kept; UINT64_MAX: for ever. */
uint64_t tarn__policy_purge_delay_ns(void);

/* Whether new reservations are to have transparent huge pages. */
bool tarn__policy_huge_pages(void);

void tarn__policy_set_purge_delay(int64_t milliseconds);
void tarn__policy_set_huge_pages(bool wanted);

/* The process's limits in bytes, 0: none; soft <= hard. */
void tarn__policy_set_limits(size_t soft, size_t hard);

/* Bytes that are about to hold blocks; false: the hard limit refuses them. */
bool tarn__policy_take(size_t bytes);
void tarn__policy_give(size_t bytes);

/* The sum of what was taken and not given. */
size_t tarn__policy_held(void);

/* Whether more is held than the soft limit: nothing free is kept then. */
bool tarn__policy_is_pressed(void);

#endif
