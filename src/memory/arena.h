/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The arena store: runs of slices for pools, shared by all threads. */
#ifndef TARN_MEMORY_ARENA_H
#define TARN_MEMORY_ARENA_H

#include "memory/pool.h"
#include "os/lock.h"

/* Claims `slices` adjoining slices, in `*preferred` if they are there, which then
 * becomes the arena they came from. Returns the pool header of the first, its
 * `base` and `slices` set and the `back` of every slice; NULL: no memory. */
struct tarn_pool *tarn__slices_claim(struct tarn_arena **preferred, unsigned slices);

/* Gives a pool's slices back. */
void tarn__slices_release(struct tarn_pool *pool);

/* Gives the pages of empty arenas back to the system; returns the bytes. */
size_t tarn__arenas_trim(void);

/* Bytes of address space in arenas, and in arenas that are not empty. */
void tarn__arenas_stats(size_t *reserved, size_t *used);

/* Around a fork. */
void tarn__arenas_lock(void);
void tarn__arenas_unlock(void);

#endif
