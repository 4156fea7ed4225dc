/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the process is given: its environment, also before the C library has set it up,
 * and randomness. */
#ifndef TARN_OS_ENV_H
#define TARN_OS_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the value that the process was started with into `value`, as much as fits;
 * false: not set, or the program runs with more rights than its caller. Allocates
 * nothing. */
bool tarn__os_env(const char *name, char *value, size_t size);

/* From the system's source of randomness. */
uint64_t tarn__os_random(void);

#endif
