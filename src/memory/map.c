/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Two levels over 48 bits of address: a static root of 2^15 pointers, and leaves
 * of 2^15 bytes, one byte for each 256 KiB. Leaves are made once and kept.
 */
#include "memory/map.h"

#include "base/atomic.h"
#include "os/pages.h"

#define LEAF_BITS 15
#define LEAF_SIZE ((size_t)1 << LEAF_BITS)
#define ROOT_SIZE ((size_t)1 << 15)
#define ADDRESS_BITS 48

typedef TARN__ATOMIC(uint8_t) unit_cell;

static TARN__ATOMIC(unit_cell *) root[ROOT_SIZE];

static unit_cell *leaf_at(uintptr_t unit) {
    /* acquire: pairs with the release in make_leaf(). */
    return tarn__load(&root[unit >> LEAF_BITS], acquire);
}

static unit_cell *make_leaf(uintptr_t unit) {
    unit_cell *leaf = leaf_at(unit);
    if (leaf)
        return leaf;
    unit_cell *made = tarn__os_map(LEAF_SIZE, tarn__os_page_size());
    if (!made)
        return NULL;
    /* acq_rel: publishes the zeroed leaf, or acquires the winner's. */
    if (tarn__cas(&root[unit >> LEAF_BITS], &leaf, made, acq_rel, acquire))
        return made;
    tarn__os_release(made, LEAF_SIZE);
    return leaf;
}

enum tarn_unit tarn__map_get(const void *address) {
    uintptr_t unit = (uintptr_t)address >> TARN_ARENA_SHIFT;
    if ((uintptr_t)address >> ADDRESS_BITS)
        return TARN_UNIT_NONE;
    unit_cell *leaf = leaf_at(unit);
    /* acquire: pairs with the release in tarn__map_set(); the head is there. */
    return leaf ? (enum tarn_unit)tarn__load(&leaf[unit & (LEAF_SIZE - 1)], acquire)
                : TARN_UNIT_NONE;
}

bool tarn__map_set(const void *start, size_t size, enum tarn_unit first, enum tarn_unit rest) {
    uintptr_t unit = (uintptr_t)start >> TARN_ARENA_SHIFT;
    size_t units = (size + TARN_ARENA_SIZE - 1) >> TARN_ARENA_SHIFT;
    for (size_t i = 0; i < units; i++)
        if (!make_leaf(unit + i))
            return false;
    for (size_t i = 0; i < units; i++)
        /* release: pairs with the acquire in tarn__map_get(). */
        tarn__store(&leaf_at(unit + i)[(unit + i) & (LEAF_SIZE - 1)],
                    (uint8_t)(i == 0 ? first : rest), release);
    return true;
}
