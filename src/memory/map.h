/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The address map: whose 256 KiB unit is this? Lock-free reads for any address. */
#ifndef TARN_MEMORY_MAP_H
#define TARN_MEMORY_MAP_H

#include "memory/layout.h"

enum tarn_unit {
    TARN_UNIT_NONE,
    TARN_UNIT_ARENA,
    TARN_UNIT_LARGE,       /* begins with the head of a large block */
    TARN_UNIT_LARGE_INSIDE /* a later part of one */
};

enum tarn_unit tarn__map_get(const void *address);

/* Marks `size` bytes from an aligned address; false: no memory (only when the
 * part of the address space is new). The caller orders it with its users. */
bool tarn__map_set(const void *start, size_t size, enum tarn_unit first, enum tarn_unit rest);

#endif
