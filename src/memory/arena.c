/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The arena store.
 *
 * Arenas are carved from larger aligned mappings and kept for ever; a bitmask
 * says which slices are free. Claims and releases are rare (a pool lasts for
 * many blocks) and hold one lock for a few dozen instructions. A cache claims
 * from the arena that it claimed from last, so arenas stay whole to a thread as
 * far as they can.
 *
 * An arena that empties keeps its pages while few do; beyond that, and at a
 * trim, they go back to the system.
 */
#include "memory/arena.h"

#include "base/check.h"
#include "memory/map.h"
#include "os/pages.h"

#define RESERVATION_SIZE ((size_t)64 << 20)
#define ALL_SLICES 0xfffeu
#define ROOM_SIZE (TARN_ROOM_SLICES * TARN_SLICE_SIZE)

/* Empty arenas that keep their pages. */
#define RESIDENT_MAX 8

/* Arenas looked at for a run of several slices before a fresh one is taken. */
#define SEARCH_MAX 16

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_ARENAS);
static struct tarn_list_node partial = {&partial, &partial}; /* some slices free */
static struct tarn_list_node empty = {&empty, &empty};       /* all free; resident ones first */
static unsigned resident_count;
static char *fresh; /* the rest of the last reservation */
static size_t fresh_size;
static size_t reserved_bytes;
static size_t used_arenas;

static struct tarn_arena *arena_at(struct tarn_list_node *node) {
    return TARN__CONTAINER_OF(node, struct tarn_arena, node);
}

/* The first of `n` adjoining free slices, or 0. */
static unsigned find_run(uint32_t free_slices, unsigned n) {
    uint32_t runs = free_slices;
    for (unsigned i = 1; i < n && runs; i++)
        runs &= free_slices >> i;
    return runs ? tarn__bits_lowest(runs) : 0;
}

static bool reserve_more(void) {
    for (size_t size = RESERVATION_SIZE; size >= TARN_ARENA_SIZE; size /= 2) {
        char *pages = tarn__os_map(size, TARN_ARENA_SIZE);
        if (!pages)
            continue;
        fresh = pages;
        fresh_size = size;
        reserved_bytes += size;
        return true;
    }
    return false;
}

static struct tarn_arena *carve_arena(void) {
    if (!fresh_size && !reserve_more())
        return NULL;
    struct tarn_arena *arena = (struct tarn_arena *)fresh;
    if (!tarn__map_set(arena, TARN_ARENA_SIZE, TARN_UNIT_ARENA, TARN_UNIT_ARENA))
        return NULL;
    fresh += TARN_ARENA_SIZE;
    fresh_size -= TARN_ARENA_SIZE;
    arena->free_slices = ALL_SLICES;
    tarn__list_append(&partial, &arena->node);
    used_arenas++;
    return arena;
}

/* An empty arena comes back into use. */
static struct tarn_arena *take_empty(void) {
    if (tarn__list_is_empty(&empty))
        return NULL;
    struct tarn_arena *arena = arena_at(empty.next);
    tarn__list_remove(&arena->node);
    resident_count -= arena->resident;
    tarn__list_append(&partial, &arena->node);
    used_arenas++;
    return arena;
}

static struct tarn_arena *find_partial(unsigned slices) {
    unsigned looked = 0;
    for (struct tarn_list_node *n = partial.next; n != &partial && looked < SEARCH_MAX;
         n = n->next, looked++)
        if (find_run(arena_at(n)->free_slices, slices))
            return arena_at(n);
    return NULL;
}

static struct tarn_arena *find_arena(struct tarn_arena *preferred, unsigned slices) {
    if (preferred && preferred->node.next && preferred->free_slices != ALL_SLICES &&
        find_run(preferred->free_slices, slices))
        return preferred;
    struct tarn_arena *arena = find_partial(slices);
    if (!arena)
        arena = take_empty();
    return arena ? arena : carve_arena();
}

static struct tarn_pool *take_run(struct tarn_arena *arena, unsigned slices) {
    unsigned first = find_run(arena->free_slices, slices);
    TARN_ASSERT(first != 0);
    arena->free_slices &= ~(((1u << slices) - 1) << first);
    if (!arena->free_slices)
        tarn__list_remove(&arena->node);
    for (unsigned i = 0; i < slices; i++)
        arena->pools[first + i].back = (uint8_t)i;
    struct tarn_pool *pool = &arena->pools[first];
    pool->base = (char *)arena + first * TARN_SLICE_SIZE;
    pool->slices = (uint8_t)slices;
    return pool;
}

struct tarn_pool *tarn__slices_claim(struct tarn_arena **preferred, unsigned slices) {
    struct tarn_pool *pool = NULL;
    tarn__lock_acquire(&lock);
    struct tarn_arena *arena = find_arena(*preferred, slices);
    if (arena) {
        pool = take_run(arena, slices);
        *preferred = arena;
    }
    tarn__lock_release(&lock);
    return pool;
}

static size_t decommit(struct tarn_arena *arena) {
    tarn__os_decommit((char *)arena + TARN_SLICE_SIZE, ROOM_SIZE);
    arena->resident = false;
    return ROOM_SIZE;
}

static void retire_arena(struct tarn_arena *arena) {
    tarn__list_remove(&arena->node);
    used_arenas--;
    arena->resident = true;
    if (resident_count < RESIDENT_MAX) {
        resident_count++;
        tarn__list_prepend(&empty, &arena->node);
    } else {
        decommit(arena);
        tarn__list_append(&empty, &arena->node);
    }
}

void tarn__slices_release(struct tarn_pool *pool) {
    struct tarn_arena *arena = tarn__arena_of(pool);
    unsigned first = (unsigned)(pool - arena->pools);
    tarn__lock_acquire(&lock);
    if (!arena->free_slices)
        tarn__list_append(&partial, &arena->node);
    arena->free_slices |= ((1u << pool->slices) - 1) << first;
    if (arena->free_slices == ALL_SLICES)
        retire_arena(arena);
    tarn__lock_release(&lock);
}

size_t tarn__arenas_trim(void) {
    size_t bytes = 0;
    tarn__lock_acquire(&lock);
    for (struct tarn_list_node *n = empty.next; n != &empty; n = n->next)
        if (arena_at(n)->resident)
            bytes += decommit(arena_at(n));
    resident_count = 0;
    tarn__lock_release(&lock);
    return bytes;
}

void tarn__arenas_stats(size_t *reserved, size_t *used) {
    tarn__lock_acquire(&lock);
    *reserved = reserved_bytes;
    *used = used_arenas * TARN_ARENA_SIZE;
    tarn__lock_release(&lock);
}

void tarn__arenas_lock(void) {
    tarn__lock_acquire(&lock);
}

void tarn__arenas_unlock(void) {
    tarn__lock_release(&lock);
}
