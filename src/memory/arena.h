/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The arena store: runs of slices for pools, shared by all threads. */
#ifndef TARN_MEMORY_ARENA_H
#define TARN_MEMORY_ARENA_H

#include "memory/pool.h"

/* What the store knows of an arena; opaque. */
struct tarn_room;

/* Claims `slices` adjoining slices, in the arena that the caller holds if they are
 * there; *held may change to a roomier one. Returns the pool header of the first,
 * its `base` and `slices` set and the `back` of every slice; NULL: no memory. */
struct tarn_pool *tarn__slices_claim(struct tarn_room **held, unsigned slices);

/* Gives a pool's slices back. */
void tarn__slices_release(struct tarn_pool *pool);

/* The caller holds no arena any more. */
void tarn__room_let_go(struct tarn_room **held);

/* Gives the pages of free slices, and the heads of empty arenas that no other
 * thread freed in, back to the system; returns the bytes. */
size_t tarn__arenas_trim(void);

/* Gives the pages back that have been free for longer than the policy keeps them. */
void tarn__arenas_purge_due(void);

/* The same for one arena, if it is about time: cheap when it is not. */
void tarn__arenas_purge_some(void);

/* Calls `look` with every arena; new ones may be missed. */
void tarn__arenas_each(void (*look)(struct tarn_arena *arena, void *arg), void *arg);

/* Bytes of address space in arenas, and in arenas that are not empty. */
void tarn__arenas_stats(size_t *reserved, size_t *used);

/* Counts faults of the store's lists [ARN-1] to [ARN-3]. */
size_t tarn__arenas_verify(void);

/* Around a fork. */
void tarn__arenas_lock(void);
void tarn__arenas_unlock(void);

#endif
