/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The address map: whose 256 KiB unit is this? Lock-free reads for any address.
 *
 * Two levels over 48 bits of address: a static root of 2^15 pointers, and leaves
 * of 2^15 bytes, one byte for each unit. Leaves are made once and kept.
 */
#ifndef TARN_MEMORY_MAP_H
#define TARN_MEMORY_MAP_H

#include "base/atomic.h"
#include "memory/layout.h"

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

extern tarn__leaf_cell tarn__map_root[TARN_MAP_ROOT_SIZE];

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

/* Marks `size` bytes from an aligned address; false: no memory (only when the
 * part of the address space is new). The caller orders it with its users. */
bool tarn__map_set(const void *start, size_t size, enum tarn_unit first, enum tarn_unit rest);

#endif
