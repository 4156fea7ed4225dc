/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Writing the address map; see memory/map.h. */
#include "memory/map.h"

#include "os/pages.h"

tarn__leaf_cell tarn__map_root[TARN_MAP_ROOT_SIZE];

static tarn__unit_cell *leaf_at(uintptr_t unit) {
    /* acquire: pairs with the release in make_leaf(). */
    return tarn__load(&tarn__map_root[unit >> TARN_MAP_LEAF_BITS], acquire);
}

static tarn__unit_cell *make_leaf(uintptr_t unit) {
    tarn__unit_cell *leaf = leaf_at(unit);
    if (leaf)
        return leaf;
    tarn__unit_cell *made = tarn__os_map(TARN_MAP_LEAF_SIZE, tarn__os_page_size());
    if (!made)
        return NULL;
    /* acq_rel: publishes the zeroed leaf, or acquires the winner's. */
    if (tarn__cas(&tarn__map_root[unit >> TARN_MAP_LEAF_BITS], &leaf, made, acq_rel, acquire))
        return made;
    tarn__os_release(made, TARN_MAP_LEAF_SIZE);
    return leaf;
}

bool tarn__map_set(const void *start, size_t size, enum tarn_unit first, enum tarn_unit rest) {
    uintptr_t unit = (uintptr_t)start >> TARN_ARENA_SHIFT;
    size_t units = (size + TARN_ARENA_SIZE - 1) >> TARN_ARENA_SHIFT;
    if ((unit + units - 1) >> TARN_MAP_LEAF_BITS >= TARN_MAP_ROOT_SIZE)
        return false;
    for (size_t i = 0; i < units; i++)
        if (!make_leaf(unit + i))
            return false;
    for (size_t i = 0; i < units; i++)
        /* release: pairs with the acquire in tarn__map_get(). */
        tarn__store(&leaf_at(unit + i)[(unit + i) & (TARN_MAP_LEAF_SIZE - 1)],
                    (uint8_t)(i == 0 ? first : rest), release);
    return true;
}
