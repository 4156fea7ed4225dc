/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Layer 0: blocks beyond an arena's room, each with a mapping of its own that
 * begins with an arena's head, so that its pool is found like any other's.
 */
#ifndef TARN_MEMORY_LARGE_H
#define TARN_MEMORY_LARGE_H

#include "memory/pool.h"

/* Largest request. */
#define TARN_LARGE_MAX ((size_t)1 << 46)

/* A block of `size` bytes, aligned to a power of two; `*zero`: its memory is
 * fresh. Returns its pool (owner NULL, kind RAW, used 1), or NULL. */
struct tarn_pool *tarn__large_claim(size_t size, size_t alignment, bool *zero);

/* Gives a block back: to a small cache of mappings, or to the system. */
void tarn__large_release(struct tarn_pool *pool);

/* Gives the pages back and keeps the mapping. */
void tarn__large_decommit(struct tarn_pool *pool);

/* Before the release of a raw block, by any thread: false if it was freed already. */
bool tarn__large_claim_free(struct tarn_pool *pool);

/* Owner of a raw block: makes it smaller or larger where it stands, if it can. */
bool tarn__large_resize(struct tarn_pool *pool, size_t size);

/* The pool of an address in a large block's units, wherever it points; that of a
 * block aligned to an arena's size or more is found by this alone. */
struct tarn_pool *tarn__large_pool_of(const void *address);

/* Unmaps cached mappings; returns the bytes. */
size_t tarn__large_trim(void);

/* Bytes in mappings that hold a block, and in all. */
void tarn__large_stats(size_t *mapped, size_t *used);

void tarn__large_lock(void);
void tarn__large_unlock(void);

#endif
