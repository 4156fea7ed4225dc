/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The address map: whose 256 KiB unit is this? Lock-free reads for any address.
 *
 * Two levels over 48 bits of address: a static root of 2^15 pointers, and leaves
 * of 2^15 bytes, one byte for each unit. Leaves are made once and kept.
 *
 * The pool map beside it is a guess that a free can afford to check: a table of pools
 * by the low bits of an address's slice number, for most of the heap. Arenas that
 * would share entries have none, so a block leads to its own pool or to none that
 * the caller owns; for any other address the caller must check what it found. Where
 * the system refuses the table its mask is 0 and everybody takes the longer way.
 */
#ifndef TARN_MEMORY_MAP_H
#define TARN_MEMORY_MAP_H

#include "base/atomic.h"
#include "memory/pool.h"

enum tarn_unit {
    TARN_UNIT_NONE,
    TARN_UNIT_ARENA,
    TARN_UNIT_LARGE,       /* begins with the head of a large block */
    TARN_UNIT_LARGE_INSIDE /* a later part of one */
};

#define TARN_MAP_LEAF_BITS 15
#define TARN_MAP_LEAF_SIZE ((size_t)1 << TARN_MAP_LEAF_BITS)
#define TARN_MAP_ROOT_SIZE ((size_t)1 << 15)

typedef TARN__ATOMIC(uint8_t) tarn__unit_cell;

typedef TARN__ATOMIC(tarn__unit_cell *) tarn__leaf_cell;

extern tarn__leaf_cell tarn__map_root[TARN_MAP_ROOT_SIZE] TARN_HIDDEN;

static inline enum tarn_unit tarn__map_get(const void *address) {
    uintptr_t unit = (uintptr_t)address >> TARN_ARENA_SHIFT;
    if (tarn__unlikely(unit >> TARN_MAP_LEAF_BITS >= TARN_MAP_ROOT_SIZE))
        return TARN_UNIT_NONE;
    /* acquire: pairs with the release in make_leaf(). */
    tarn__unit_cell *leaf = tarn__load(&tarn__map_root[unit >> TARN_MAP_LEAF_BITS], acquire);
    if (tarn__unlikely(!leaf))
        return TARN_UNIT_NONE;
    /* acquire: pairs with the release in tarn__map_set(); the head is there. */
    return (enum tarn_unit)tarn__load(&leaf[unit & (TARN_MAP_LEAF_SIZE - 1)], acquire);
}

/* A pool's distance from the pool `none` that lies before the table: an empty entry
 * leads there. */
typedef TARN__ATOMIC(uintptr_t) tarn__pool_cell;

struct tarn_pool_table {
    struct tarn_pool none; /* nobody's */
    tarn__pool_cell cell[];
};

extern struct tarn_pool_map {
    TARN__ATOMIC(uint64_t) mask;
    TARN__ATOMIC(tarn__pool_cell *) cells; /* of a table */
} tarn__pool_map TARN_HIDDEN;

static inline uintptr_t tarn__pool_map_none(tarn__pool_cell *cells) {
    return (uintptr_t)cells - offsetof(struct tarn_pool_table, cell);
}

/* The pool that an address probably belongs to, or one that is nobody's. */
static inline struct tarn_pool *tarn__pool_guess(const void *address) {
    /* acquire: pairs with the release in tarn__pool_map_make(); the table is there. */
    uint64_t mask = tarn__load(&tarn__pool_map.mask, acquire);
    /* relaxed: see above; and whoever frees a block got it after its pool was made. */
    tarn__pool_cell *cells = tarn__load(&tarn__pool_map.cells, relaxed);
    uintptr_t entry = tarn__load(&cells[(uintptr_t)address >> TARN_SLICE_SHIFT & mask], relaxed);
    return (struct tarn_pool *)(tarn__pool_map_none(cells) + entry);
}

/* The arena store's half, under its lock: makes the table if the system lets it;
 * whether there is one. */
bool tarn__pool_map_make(void);

/* The entry of an address, and what stands in it for a pool. */
static inline tarn__pool_cell *tarn__pool_map_cell(const void *address) {
    /* relaxed: written under the caller's lock; here and below. */
    uint64_t mask = tarn__load(&tarn__pool_map.mask, relaxed);
    tarn__pool_cell *cells = tarn__load(&tarn__pool_map.cells, relaxed);
    return &cells[(uintptr_t)address >> TARN_SLICE_SHIFT & mask];
}

static inline uintptr_t tarn__pool_map_entry(const struct tarn_pool *pool) {
    return (uintptr_t)pool - tarn__pool_map_none(tarn__load(&tarn__pool_map.cells, relaxed));
}

/* Marks `size` bytes from an aligned address; false: no memory (only when the
 * part of the address space is new). The caller orders it with its users. */
bool tarn__map_set(const void *start, size_t size, enum tarn_unit first, enum tarn_unit rest);

#endif
