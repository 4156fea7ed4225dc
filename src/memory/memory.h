/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The memory layer as a whole: fork, trim, figures, the caller's raw cache. */
#ifndef TARN_MEMORY_MEMORY_H
#define TARN_MEMORY_MEMORY_H

#include "memory/cache.h"

/* The thread-local of an unattached thread: no seat. */
void tarn__thread_forget_seat(void);

/* Empty raw pools of the calling thread and of those that are gone, blocks freed by
 * threads that do not own them, cached large blocks and the pages of free slices go
 * back to the system; returns the bytes. */
size_t tarn__memory_trim(void);

/* Bytes of address space held, and of it in arenas in use and large blocks. */
void tarn__memory_stats(size_t *reserved, size_t *committed);

/* Around a fork: the layer's locks, in rank order. Handlers of the layer's own do
 * the same; whichever comes first does it. In the child, _child: what threads that
 * are gone left half done is put right. */
void tarn__memory_fork_prepare(void);
void tarn__memory_fork_done(void);
void tarn__memory_fork_child(void);

#endif
