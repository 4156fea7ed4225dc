/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The arena store.
 *
 * Arenas are carved from larger aligned reservations and kept for ever; a mask
 * says which slices are free. Claims and releases are rare (a pool lasts for
 * many blocks) and hold one lock for a few dozen instructions.
 *
 * Each cache holds one arena that nobody else claims from, so arenas stay whole
 * to a thread as far as they can; what a cache leaves is found by others through
 * bins by longest free run, best fit first.
 *
 *   [ARN-1] an arena is held (on no list), full (on no list), empty, or in the
 *           bin of its longest free run
 *   [ARN-2] empty arenas are on `dirty` if they may have pages, else on `clean`
 *   [ARN-3] dirty_slices is part of free_slices
 *
 * Up to DIRTY_MAX empty arenas keep their pages; beyond that, and at a trim,
 * pages go back to the system: outside the lock, the slices held meanwhile.
 */
#include "memory/arena.h"

#include "base/check.h"
#include "memory/map.h"
#include "os/lock.h"
#include "os/pages.h"

#define RESERVATION_SIZE ((size_t)64 << 20)
#define ALL_SLICES 0xfffeu

/* Empty arenas that keep their pages: 32 MiB. */
#define DIRTY_MAX 128

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_ARENAS);
static struct tarn_list_node bins[TARN_ARENA_SLICES];  /* by longest run; [0] unused */
static struct tarn_list_node dirty = {&dirty, &dirty}; /* most recently emptied first */
static struct tarn_list_node clean = {&clean, &clean};
static uint32_t bins_in_use; /* bit i: bins[i] is not empty */
static unsigned dirty_count;
static struct tarn_arena *all; /* linked by `next`, only ever prepended to */
static char *fresh;            /* the rest of the last reservation */
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

static unsigned longest_run(uint32_t free_slices) {
    unsigned n = 0;
    for (uint32_t runs = free_slices; runs; runs &= runs >> 1)
        n++;
    return n;
}

static uint32_t run_mask(unsigned first, unsigned slices) {
    return ((1u << slices) - 1) << first;
}

/* --- lists --- */

static void bin_add(unsigned bin, struct tarn_arena *arena) {
    if (!(bins_in_use & (1u << bin)))
        tarn__list_init(&bins[bin]);
    bins_in_use |= 1u << bin;
    tarn__list_prepend(&bins[bin], &arena->node);
}

/* Puts an arena that is on no list where it belongs [ARN-1]. */
static void place(struct tarn_arena *arena) {
    if (arena->held || !arena->free_slices)
        return;
    if (arena->free_slices != ALL_SLICES) {
        bin_add(longest_run(arena->free_slices), arena);
    } else if (arena->dirty_slices) {
        tarn__list_prepend(&dirty, &arena->node);
        dirty_count++;
    } else {
        tarn__list_prepend(&clean, &arena->node);
    }
}

/* Takes an arena off the list it is on, if any. */
static void displace(struct tarn_arena *arena) {
    if (!arena->node.next)
        return;
    tarn__list_remove(&arena->node);
    if (arena->free_slices != ALL_SLICES) {
        unsigned bin = longest_run(arena->free_slices);
        if (tarn__list_is_empty(&bins[bin]))
            bins_in_use &= ~(1u << bin);
    } else if (arena->dirty_slices) {
        dirty_count--;
    }
}

static void let_go(struct tarn_arena *arena) {
    arena->held = false;
    place(arena);
}

/* --- fresh arenas --- */

static bool reserve_more(void) {
    for (size_t size = RESERVATION_SIZE; size >= TARN_ARENA_SIZE; size /= 4) {
        char *pages = tarn__os_reserve(size, TARN_ARENA_SIZE);
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
    if (!tarn__os_commit(fresh, TARN_ARENA_SIZE))
        return NULL;
    struct tarn_arena *arena = (struct tarn_arena *)fresh;
    if (!tarn__map_set(arena, TARN_ARENA_SIZE, TARN_UNIT_ARENA, TARN_UNIT_ARENA))
        return NULL;
    fresh += TARN_ARENA_SIZE;
    fresh_size -= TARN_ARENA_SIZE;
    arena->free_slices = ALL_SLICES;
    arena->next = all;
    all = arena;
    return arena;
}

/* --- claiming --- */

/* An arena with a run of `slices`, off its list; NULL: no memory. */
static struct tarn_arena *find_arena(unsigned slices) {
    uint32_t fit = bins_in_use & ~((1u << slices) - 1);
    struct tarn_arena *arena;
    if (fit)
        arena = arena_at(bins[tarn__bits_lowest(fit)].next);
    else if (!tarn__list_is_empty(&dirty))
        arena = arena_at(dirty.next);
    else if (!tarn__list_is_empty(&clean))
        arena = arena_at(clean.next);
    else
        return carve_arena();
    displace(arena);
    return arena;
}

static struct tarn_pool *take_run(struct tarn_arena *arena, unsigned slices) {
    unsigned first = find_run(arena->free_slices, slices);
    TARN_ASSERT(first != 0);
    used_arenas += arena->free_slices == ALL_SLICES;
    arena->free_slices &= ~run_mask(first, slices);
    arena->dirty_slices &= arena->free_slices;
    for (unsigned i = 0; i < slices; i++)
        arena->pools[first + i].back = (uint16_t)(i * sizeof(struct tarn_pool));
    struct tarn_pool *pool = &arena->pools[first];
    pool->base = (char *)arena + first * TARN_SLICE_SIZE;
    pool->slices = (uint8_t)slices;
    return pool;
}

/* The caller holds the roomier of two arenas. */
static void choose_held(struct tarn_arena **held, struct tarn_arena *arena) {
    struct tarn_arena *old = *held;
    if (old && tarn__bits_count(old->free_slices) >= tarn__bits_count(arena->free_slices)) {
        place(arena);
        return;
    }
    arena->held = true;
    *held = arena;
    if (old)
        let_go(old);
}

struct tarn_pool *tarn__slices_claim(struct tarn_arena **held, unsigned slices) {
    struct tarn_pool *pool = NULL;
    tarn__lock_acquire(&lock);
    if (*held && find_run((*held)->free_slices, slices)) {
        pool = take_run(*held, slices);
    } else {
        struct tarn_arena *arena = find_arena(slices);
        if (arena) {
            pool = take_run(arena, slices);
            choose_held(held, arena);
        }
    }
    tarn__lock_release(&lock);
    return pool;
}

void tarn__arena_let_go(struct tarn_arena **held) {
    if (!*held)
        return;
    tarn__lock_acquire(&lock);
    let_go(*held);
    *held = NULL;
    tarn__lock_release(&lock);
}

/* --- giving back --- */

/* Gives the pages of an arena's free slices back; nobody claims them meanwhile.
 * Called with the lock held, which it leaves for the system calls. */
static size_t purge(struct tarn_arena *arena) {
    uint32_t mask = arena->dirty_slices;
    if (!mask)
        return 0;
    displace(arena);
    used_arenas += arena->free_slices == ALL_SLICES;
    arena->free_slices &= ~mask;
    arena->dirty_slices = 0;
    place(arena);
    tarn__lock_release(&lock);
    for (uint32_t rest = mask; rest;) {
        unsigned first = tarn__bits_lowest(rest);
        unsigned n = tarn__bits_lowest(~(rest >> first));
        tarn__os_decommit((char *)arena + first * TARN_SLICE_SIZE, n * TARN_SLICE_SIZE);
        rest &= ~run_mask(first, n);
    }
    tarn__lock_acquire(&lock);
    displace(arena);
    arena->free_slices |= mask;
    used_arenas -= arena->free_slices == ALL_SLICES;
    place(arena);
    return tarn__bits_count(mask) * TARN_SLICE_SIZE;
}

void tarn__slices_release(struct tarn_pool *pool) {
    struct tarn_arena *arena = tarn__arena_of(pool);
    uint32_t mask = run_mask((unsigned)(pool - arena->pools), pool->slices);
    tarn__lock_acquire(&lock);
    displace(arena);
    arena->free_slices |= mask;
    arena->dirty_slices |= mask;
    used_arenas -= arena->free_slices == ALL_SLICES;
    place(arena);
    if (dirty_count > DIRTY_MAX)
        purge(arena_at(dirty.prev));
    tarn__lock_release(&lock);
}

size_t tarn__arenas_trim(void) {
    size_t bytes = 0;
    tarn__lock_acquire(&lock);
    for (struct tarn_arena *arena = all; arena; arena = arena->next)
        bytes += purge(arena);
    tarn__lock_release(&lock);
    return bytes;
}

/* --- looking --- */

void tarn__arenas_stats(size_t *reserved, size_t *used) {
    tarn__lock_acquire(&lock);
    *reserved = reserved_bytes;
    *used = used_arenas * TARN_ARENA_SIZE;
    tarn__lock_release(&lock);
}

static size_t verify_arena(const struct tarn_arena *arena) {
    bool listed = arena->node.next != NULL;
    size_t faults = 0;
    faults += listed != (!arena->held && arena->free_slices != 0); /* [ARN-1] */
    faults += (arena->dirty_slices & ~arena->free_slices) != 0;    /* [ARN-3] */
    return faults;
}

size_t tarn__arenas_verify(void) {
    size_t faults = 0;
    size_t used = 0;
    unsigned dirty_found = 0;
    tarn__lock_acquire(&lock);
    for (struct tarn_arena *arena = all; arena; arena = arena->next) {
        faults += verify_arena(arena);
        used += arena->free_slices != ALL_SLICES;
    }
    for (struct tarn_list_node *n = dirty.next; n != &dirty; n = n->next, dirty_found++)
        faults += !arena_at(n)->dirty_slices; /* [ARN-2] */
    for (struct tarn_list_node *n = clean.next; n != &clean; n = n->next)
        faults += arena_at(n)->dirty_slices != 0;
    for (unsigned bin = 1; bin < TARN_ARENA_SLICES; bin++)
        if (bins_in_use & (1u << bin))
            for (struct tarn_list_node *n = bins[bin].next; n != &bins[bin]; n = n->next)
                faults += longest_run(arena_at(n)->free_slices) != bin;
    faults += dirty_found != dirty_count;
    faults += used != used_arenas;
    tarn__lock_release(&lock);
    return faults;
}

void tarn__arenas_lock(void) {
    tarn__lock_acquire(&lock);
}

void tarn__arenas_unlock(void) {
    tarn__lock_release(&lock);
}
