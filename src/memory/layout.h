/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Geometry: arenas, slices, size classes.
 *
 * An arena is 256 KiB, aligned to its size. Its first slice is its head, where
 * all headers stand together; the others are its room, but for the last one of
 * a hardened build, which guards the next arena's head. A pool is a run
 * of slices cut into equal blocks. Size classes rise by 16 bytes to 512, then
 * by an eighth of a power of two to the whole room: above 128 bytes internal
 * waste is at most an eighth. A pool has so many slices that the tail that no
 * block fits in is at most an eighth.
 */
#ifndef TARN_MEMORY_LAYOUT_H
#define TARN_MEMORY_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "memory/harden.h"

#define TARN_ARENA_SHIFT 18
#define TARN_ARENA_SIZE ((size_t)1 << TARN_ARENA_SHIFT)
#define TARN_SLICE_SHIFT 14
#define TARN_SLICE_SIZE ((size_t)1 << TARN_SLICE_SHIFT)
#define TARN_ARENA_SLICES (TARN_ARENA_SIZE / TARN_SLICE_SIZE)
#define TARN_ROOM_SLICES (TARN_ARENA_SLICES - 1 - TARN_IS_HARDENED)

/* What two threads should not both write to. */
#define TARN_CACHE_LINE 64u

/* Largest block that an arena serves. */
#define TARN_POOL_BLOCK_MAX (TARN_ROOM_SLICES * TARN_SLICE_SIZE)

/* Slices of a pool of raw blocks: among many live blocks fewer headers are looked at. */
#define TARN_RAW_SLICES 3u

#define TARN_BLOCK_ALIGN 16u
#define TARN_POOL_BLOCKS_MAX (TARN_SLICE_SIZE / TARN_BLOCK_ALIGN)

#define TARN_SMALL_MAX 512u
#define TARN_SMALL_CLASSES (TARN_SMALL_MAX / TARN_BLOCK_ALIGN)
/* Largest block whose class malloc looks up instead of computing it. */
#define TARN_TABLE_MAX 2048u
#define TARN_CLASSES (103u - TARN_IS_HARDENED)

static_assert(TARN_ARENA_SLICES == 16, "a slice number is four bits of an address");
static_assert(TARN_POOL_BLOCKS_MAX == 1024, "bitmaps beside pools have 16 words");

/* The class of a size above TARN_SMALL_MAX, to TARN_POOL_BLOCK_MAX. */
static inline unsigned tarn__class_above_small(size_t size) {
    unsigned log = tarn__log2_floor(size - 1);
    return TARN_SMALL_CLASSES + (log - 9) * 8 + (unsigned)((size - 1) >> (log - 3)) - 8;
}

/* The class of a size from 0 to TARN_POOL_BLOCK_MAX. */
static inline unsigned tarn__class_of(size_t size) {
    if (size <= TARN_SMALL_MAX)
        return size ? (unsigned)((size - 1) / TARN_BLOCK_ALIGN) : 0;
    return tarn__class_above_small(size);
}

/* The block size of a class. */
static inline size_t tarn__class_size(unsigned c) {
    if (c < TARN_SMALL_CLASSES)
        return (c + 1) * (size_t)TARN_BLOCK_ALIGN;
    unsigned step = c - TARN_SMALL_CLASSES;
    return (size_t)(9 + step % 8) << (6 + step / 8);
}

/* The slices of a pool of blocks of `size`: as many as asked for, if the bitmaps have
 * bits for so many blocks, and from there the fewest with little tail. */
static inline unsigned tarn__class_slices(size_t size, unsigned wanted) {
    unsigned bits = (unsigned)(TARN_POOL_BLOCKS_MAX * size / TARN_SLICE_SIZE);
    unsigned n = (unsigned)((size + TARN_SLICE_SIZE - 1) / TARN_SLICE_SIZE);
    wanted = wanted < bits ? wanted : bits;
    for (n = n > wanted ? n : wanted; n < TARN_ROOM_SLICES; n++)
        if ((n * TARN_SLICE_SIZE) % size <= n * TARN_SLICE_SIZE / 8)
            return n;
    return TARN_ROOM_SLICES;
}

#endif
