/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Writing the address map; see memory/map.h. */
#include "memory/map.h"

#include "memory/watch.h"
#include "os/pages.h"

/* Entries of the pool map: for 256 GiB, or what a limit on address space leaves. */
#define POOLS_MAX ((size_t)1 << 24)
#define POOLS_MIN ((size_t)1 << 12)

tarn__leaf_cell tarn__map_root[TARN_MAP_ROOT_SIZE];

/* What a process without a table looks into: one empty entry. */
static struct {
    struct tarn_pool none;
    tarn__pool_cell cell[1];
} no_table;

struct tarn_pool_map tarn__pool_map = {.cells = {no_table.cell}};

static_assert(offsetof(struct tarn_pool_table, cell) == sizeof no_table.none, "laid out alike");

bool tarn__pool_map_make(void) {
    /* relaxed: under the lock. */
    if (tarn__load(&tarn__pool_map.mask, relaxed))
        return true;
    if (tarn__is_watching())
        return false; /* so that no free is fast */
    for (size_t n = POOLS_MAX; n >= POOLS_MIN; n /= 4) {
        struct tarn_pool_table *table =
            tarn__os_map_sparse(sizeof *table + n * sizeof table->cell[0]);
        if (!table)
            continue;
        /* relaxed: published by the mask. */
        tarn__store(&tarn__pool_map.cells, table->cell, relaxed);
        /* release: pairs with the acquire in tarn__pool_guess(). */
        tarn__store(&tarn__pool_map.mask, n - 1, release);
        return true;
    }
    return false;
}

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
