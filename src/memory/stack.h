/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Call stacks, each kept once and known by a number: what the checked mode remembers
 * of an allocation.
 */
#ifndef TARN_MEMORY_STACK_H
#define TARN_MEMORY_STACK_H

#include <stddef.h>
#include <stdint.h>

/* The number of the caller's stack; 0: none (no room, or called from within). */
uint32_t tarn__stack_capture(void);

/* Writes "f+0x10 < g+0x20 < ..." into text, at most `size` bytes; "" for 0. */
void tarn__stack_describe(uint32_t number, char *text, size_t size);

/* The same for frames, innermost first. */
void tarn__stack_write(void *const *frame, int count, char *text, size_t size);

/* Around a fork. */
void tarn__stack_lock(void);
void tarn__stack_unlock(void);

#endif
