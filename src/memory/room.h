/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the arena store knows of one arena, and arithmetic on its slices. */
#ifndef TARN_MEMORY_ROOM_H
#define TARN_MEMORY_ROOM_H

#include "memory/pool.h"

/* Slice 0 is the head. */
#define TARN_ALL_SLICES ((2u << TARN_ROOM_SLICES) - 2)

struct tarn_room {
    struct tarn_list_node node; /* among arenas like it */
    struct tarn_list_node age;  /* in `aging`, or next == NULL */
    uint64_t dirty_since;
    struct tarn_room *next;   /* among all; constant */
    struct tarn_arena *arena; /* constant */
    uint32_t free_slices;     /* bit i: slice i is free */
    uint32_t dirty_slices;    /* of the free ones, those that may have pages */
    bool held;                /* one cache alone claims from it */
};

static inline struct tarn_room *tarn__room_at(struct tarn_list_node *node) {
    return TARN__CONTAINER_OF(node, struct tarn_room, node);
}

/* The first of `n` adjoining free slices, or 0. */
static inline unsigned tarn__find_run(uint32_t free_slices, unsigned n) {
    uint32_t runs = free_slices;
    for (unsigned i = 1; i < n && runs; i++)
        runs &= free_slices >> i;
    return runs ? tarn__bits_lowest(runs) : 0;
}

static inline unsigned tarn__longest_run(uint32_t free_slices) {
    unsigned n = 0;
    for (uint32_t runs = free_slices; runs; runs &= runs >> 1)
        n++;
    return n;
}

static inline uint32_t tarn__run_mask(unsigned first, unsigned slices) {
    return ((1u << slices) - 1) << first;
}

#endif
