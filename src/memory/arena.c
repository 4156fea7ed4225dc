/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The arena store.
 *
 * Arenas are carved from larger aligned reservations and kept for ever. What the
 * store knows of each, its room, lies apart, so that an empty arena can give all
 * its pages back. Claims and releases are rare (a pool lasts for many blocks) and
 * hold one lock for a few dozen instructions.
 *
 * Each cache holds one arena that nobody else claims from, so arenas stay whole
 * to a thread as far as they can; what a cache leaves is found by others through
 * bins by longest free run, best fit first.
 *
 *   [ARN-1] an arena is held (on no list), full (on no list), empty, or in the
 *           bin of its longest free run
 *   [ARN-2] empty arenas are on `dirty` if they may have pages, else on `clean`
 *   [ARN-3] dirty_slices is part of free_slices
 *   [ARN-4] an arena with dirty slices is in the `aging` queue, since the oldest of
 *           them was given back
 *
 * Up to DIRTY_MAX empty arenas keep their pages, none for longer than the policy's
 * delay; beyond that, and at a trim, pages go back to the system: outside the lock,
 * the slices taken meanwhile. The head goes only if no post in it ever changed
 * hands, because the number of hands must not fall back [POST-4]. Who claims or
 * gives back slices purges one arena that is due, so that nobody pays for many.
 */
#include "memory/arena.h"

#include "base/check.h"
#include "memory/map.h"
#include "memory/policy.h"
#include "memory/room.h"
#include "os/clock.h"
#include "os/lock.h"
#include "os/pages.h"

#define RESERVATION_SIZE ((size_t)64 << 20)
#define ROOMS_SIZE ((size_t)64 << 10)

/* Empty arenas that keep their pages: 32 MiB. */
#define DIRTY_MAX 128

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_ARENAS);
static struct tarn_list_node bins[TARN_ARENA_SLICES];  /* by longest run; [0] unused */
static struct tarn_list_node dirty = {&dirty, &dirty}; /* most recently emptied first */
static struct tarn_list_node clean = {&clean, &clean};
static struct tarn_list_node aging = {&aging, &aging}; /* longest dirty first */
static uint32_t bins_in_use;                           /* bit i: bins[i] is not empty */
static unsigned dirty_count;
static struct tarn_room *all;   /* linked by `next`, only ever prepended to */
static struct tarn_room *rooms; /* the rest of the last page for them */
static size_t rooms_left;
static char *fresh; /* the rest of the last reservation */
static size_t fresh_size;
static size_t reserved_bytes;
static size_t used_arenas;

/* --- lists --- */

static void bin_add(unsigned bin, struct tarn_room *room) {
    if (!(bins_in_use & (1u << bin)))
        tarn__list_init(&bins[bin]);
    bins_in_use |= 1u << bin;
    tarn__list_prepend(&bins[bin], &room->node);
}

/* Puts an arena that is on no list where it belongs [ARN-1]. */
static void place(struct tarn_room *room) {
    if (room->held || !room->free_slices)
        return;
    if (room->free_slices != TARN_ALL_SLICES) {
        bin_add(tarn__longest_run(room->free_slices), room);
    } else if (room->dirty_slices) {
        tarn__list_prepend(&dirty, &room->node);
        dirty_count++;
    } else {
        tarn__list_prepend(&clean, &room->node);
    }
}

/* relaxed: a hint of when the first in `aging` came; UINT64_MAX: nobody is there. */
static TARN__ATOMIC(uint64_t) aging_since = {UINT64_MAX};

static void note_oldest(void) {
    struct tarn_room *oldest = TARN__CONTAINER_OF(aging.next, struct tarn_room, age);
    tarn__store(&aging_since, tarn__list_is_empty(&aging) ? UINT64_MAX : oldest->dirty_since,
                relaxed);
}

/* The arena has dirty slices from now on, or none any more [ARN-4]. */
static void set_dirty(struct tarn_room *room, uint32_t slices) {
    if (slices && !room->age.next) {
        room->dirty_since = tarn__clock_ns();
        tarn__list_append(&aging, &room->age);
    } else if (!slices && room->age.next) {
        tarn__list_remove(&room->age);
    }
    note_oldest();
    room->dirty_slices = slices;
}

/* Takes an arena off the list it is on, if any. */
static void displace(struct tarn_room *room) {
    if (!room->node.next)
        return;
    tarn__list_remove(&room->node);
    if (room->free_slices != TARN_ALL_SLICES) {
        unsigned bin = tarn__longest_run(room->free_slices);
        if (tarn__list_is_empty(&bins[bin]))
            bins_in_use &= ~(1u << bin);
    } else if (room->dirty_slices) {
        dirty_count--;
    }
}

static void let_go(struct tarn_room *room) {
    room->held = false;
    place(room);
}

/* --- fresh arenas --- */

static bool reserve_more(void) {
    for (size_t size = RESERVATION_SIZE; size >= TARN_ARENA_SIZE; size /= 4) {
        char *pages = tarn__os_reserve(size, TARN_ARENA_SIZE);
        if (!pages)
            continue;
        if (tarn__policy_huge_pages())
            tarn__os_advise_huge(pages, size);
        fresh = pages;
        fresh_size = size;
        reserved_bytes += size;
        return true;
    }
    return false;
}

static struct tarn_room *make_room(void) {
    if (!rooms_left) {
        rooms = tarn__os_map(ROOMS_SIZE, tarn__os_page_size());
        if (!rooms)
            return NULL;
        rooms_left = ROOMS_SIZE / sizeof *rooms;
    }
    rooms_left--;
    return rooms++;
}

/* What stands in entries that several arenas would share: nobody's pool. */
static struct tarn_pool shared_guess;

static void write_guesses(struct tarn_arena *arena, unsigned first, unsigned slices,
                          struct tarn_pool *pool) {
    tarn__pool_cell *cell = tarn__pool_map_cell((char *)arena + first * TARN_SLICE_SIZE);
    for (unsigned i = 0; i < slices; i++)
        /* relaxed: whoever frees a block got it from its owner later. */
        tarn__store(&cell[i], tarn__pool_map_entry(pool), relaxed);
}

/* Whether the pool map's entries for an arena are its own: the one for its head says
 * it. relaxed, here and below: written under the lock. */
static bool is_guessed(struct tarn_arena *arena) {
    return tarn__load(tarn__pool_map_cell(arena), relaxed) ==
           tarn__pool_map_entry(&arena->pools[0]);
}

/* Gives a new arena its entries in the pool map; if they are another's, neither may
 * have them from now on. */
static void claim_guesses(struct tarn_arena *arena) {
    if (!tarn__pool_map_make())
        return;
    if (tarn__load(tarn__pool_map_cell(arena), relaxed))
        write_guesses(arena, 0, TARN_ARENA_SLICES, &shared_guess);
    else
        write_guesses(arena, 0, 1, &arena->pools[0]);
}

static struct tarn_room *carve_arena(void) {
    if (!fresh_size && !reserve_more())
        return NULL;
    if (!tarn__os_commit(fresh, (TARN_ROOM_SLICES + 1) * TARN_SLICE_SIZE) ||
        !tarn__map_set(fresh, TARN_ARENA_SIZE, TARN_UNIT_ARENA, TARN_UNIT_ARENA))
        return NULL;
    struct tarn_room *room = make_room();
    if (!room)
        return NULL;
    room->arena = (struct tarn_arena *)fresh;
    claim_guesses(room->arena);
    room->free_slices = TARN_ALL_SLICES;
    room->next = all;
    all = room;
    fresh += TARN_ARENA_SIZE;
    fresh_size -= TARN_ARENA_SIZE;
    return room;
}

/* --- claiming --- */

/* An arena with a run of `slices`, off its list; NULL: no memory. */
static struct tarn_room *find_arena(unsigned slices) {
    uint32_t fit = bins_in_use & ~((1u << slices) - 1);
    struct tarn_room *room;
    if (fit)
        room = tarn__room_at(bins[tarn__bits_lowest(fit)].next);
    else if (!tarn__list_is_empty(&dirty))
        room = tarn__room_at(dirty.next);
    else if (!tarn__list_is_empty(&clean))
        room = tarn__room_at(clean.next);
    else
        return carve_arena();
    displace(room);
    return room;
}

static struct tarn_pool *take_run(struct tarn_room *room, unsigned slices) {
    unsigned first = tarn__find_run(room->free_slices, slices);
    TARN_ASSERT(first != 0);
    used_arenas += room->free_slices == TARN_ALL_SLICES;
    room->free_slices &= ~tarn__run_mask(first, slices);
    set_dirty(room, room->dirty_slices & room->free_slices);
    struct tarn_arena *arena = room->arena;
    arena->room = room; /* again: its page may have been given back */
    for (unsigned i = 0; i < slices; i++)
        arena->pools[first + i].back = (uint16_t)(i * sizeof(struct tarn_pool));
    struct tarn_pool *pool = &arena->pools[first];
    pool->base = (char *)arena + first * TARN_SLICE_SIZE;
    pool->slices = (uint8_t)slices;
    if (is_guessed(arena))
        write_guesses(arena, first, slices, pool);
    return pool;
}

/* Whether the policy lets an arena be used; one that it refuses goes back. */
static bool allow_use(struct tarn_room *room) {
    if (room->free_slices != TARN_ALL_SLICES || tarn__policy_take(TARN_ARENA_SIZE))
        return true;
    place(room);
    return false;
}

/* The caller holds the one of two arenas that has more free slices. */
static void choose_held(struct tarn_room **held, struct tarn_room *room) {
    struct tarn_room *old = *held;
    if (old && tarn__bits_count(old->free_slices) >= tarn__bits_count(room->free_slices)) {
        place(room);
        return;
    }
    room->held = true;
    *held = room;
    if (old)
        let_go(old);
}

struct tarn_pool *tarn__slices_claim(struct tarn_room **held, unsigned slices) {
    struct tarn_pool *pool = NULL;
    tarn__lock_acquire(&lock);
    if (*held && tarn__find_run((*held)->free_slices, slices) &&
        ((*held)->free_slices != TARN_ALL_SLICES || tarn__policy_take(TARN_ARENA_SIZE))) {
        pool = take_run(*held, slices);
    } else {
        struct tarn_room *room = find_arena(slices);
        if (room && allow_use(room)) {
            pool = take_run(room, slices);
            choose_held(held, room);
        }
    }
    tarn__lock_release(&lock);
    return pool;
}

void tarn__room_let_go(struct tarn_room **held) {
    if (!*held)
        return;
    tarn__lock_acquire(&lock);
    let_go(*held);
    *held = NULL;
    tarn__lock_release(&lock);
}

/* --- giving back --- */

/* Whether no post in the head of an empty arena has a number that must not be
 * forgotten. Reading it brings no page in. */
static bool head_may_go(struct tarn_arena *arena) {
    uint64_t words = 0;
    for (unsigned i = 1; i < TARN_ARENA_SLICES; i++) {
        struct tarn_pool_side *side = &arena->sides[i];
        /* relaxed: the posts of an empty arena are at rest. */
        words |= tarn__load(&side->remote.word, relaxed) | tarn__load(&side->mail.word, relaxed) |
                 tarn__load(&side->pending.word, relaxed);
    }
    return words == 0;
}

static size_t decommit(struct tarn_arena *arena, uint32_t mask) {
    size_t bytes = 0;
    if (mask == TARN_ALL_SLICES && head_may_go(arena)) {
        tarn__os_decommit(arena, TARN_ARENA_SIZE);
        return TARN_ARENA_SIZE;
    }
    while (mask) {
        unsigned first = tarn__bits_lowest(mask);
        unsigned n = tarn__bits_lowest(~((uint64_t)mask >> first));
        tarn__os_decommit((char *)arena + first * TARN_SLICE_SIZE, n * TARN_SLICE_SIZE);
        bytes += n * TARN_SLICE_SIZE;
        mask &= ~tarn__run_mask(first, n);
    }
    return bytes;
}

/* Gives the pages of an arena's free slices back; nobody claims them meanwhile.
 * Called with the lock held, which it leaves for the system calls. */
static size_t purge(struct tarn_room *room) {
    bool was_empty = room->free_slices == TARN_ALL_SLICES;
    uint32_t mask = was_empty ? TARN_ALL_SLICES : room->dirty_slices;
    if (!room->dirty_slices)
        return 0;
    displace(room);
    used_arenas += was_empty;
    room->free_slices &= ~mask;
    set_dirty(room, 0);
    place(room);
    tarn__lock_release(&lock);
    size_t bytes = decommit(room->arena, mask);
    tarn__lock_acquire(&lock);
    displace(room);
    room->free_slices |= mask;
    if (room->free_slices == TARN_ALL_SLICES) {
        used_arenas--;
        if (!was_empty) /* what was used came back meanwhile, and found this not free */
            tarn__policy_give(TARN_ARENA_SIZE);
    }
    place(room);
    return bytes;
}

static bool is_purge_due(void) {
    uint64_t delay = tarn__policy_purge_delay_ns();
    uint64_t since = tarn__load(&aging_since, relaxed);
    return delay != UINT64_MAX && since != UINT64_MAX &&
           (delay == 0 || tarn__clock_ns() - since >= delay);
}

/* The arena that has been dirty longest, if that is longer than the policy allows. */
static bool purge_one_due(void) {
    return is_purge_due() && !tarn__list_is_empty(&aging) &&
           purge(TARN__CONTAINER_OF(aging.next, struct tarn_room, age)) > 0;
}

void tarn__slices_release(struct tarn_pool *pool) {
    struct tarn_arena *arena = tarn__arena_of(pool);
    uint32_t mask = tarn__run_mask((unsigned)(pool - arena->pools), pool->slices);
    tarn__lock_acquire(&lock);
    struct tarn_room *room = arena->room;
    displace(room);
    room->free_slices |= mask;
    set_dirty(room, room->dirty_slices | mask);
    if (room->free_slices == TARN_ALL_SLICES) {
        used_arenas--;
        tarn__policy_give(TARN_ARENA_SIZE);
    }
    place(room);
    if (dirty_count > DIRTY_MAX)
        purge(tarn__room_at(dirty.prev));
    purge_one_due();
    tarn__lock_release(&lock);
}

void tarn__arenas_purge_some(void) {
    if (!is_purge_due())
        return;
    tarn__lock_acquire(&lock);
    purge_one_due();
    tarn__lock_release(&lock);
}

void tarn__arenas_purge_due(void) {
    tarn__lock_acquire(&lock);
    while (purge_one_due())
        ;
    tarn__lock_release(&lock);
}

size_t tarn__arenas_trim(void) {
    size_t bytes = 0;
    tarn__lock_acquire(&lock);
    for (struct tarn_room *room = all; room; room = room->next)
        bytes += purge(room);
    tarn__lock_release(&lock);
    return bytes;
}

/* --- looking --- */

void tarn__arenas_each(void (*look)(struct tarn_arena *arena, void *arg), void *arg) {
    tarn__lock_acquire(&lock);
    struct tarn_room *room = all;
    tarn__lock_release(&lock);
    for (; room; room = room->next)
        look(room->arena, arg);
}

void tarn__arenas_stats(size_t *reserved, size_t *used) {
    tarn__lock_acquire(&lock);
    *reserved = reserved_bytes;
    *used = used_arenas * TARN_ARENA_SIZE;
    tarn__lock_release(&lock);
}

static size_t verify_arena(const struct tarn_room *room) {
    bool listed = room->node.next != NULL;
    size_t faults = 0;
    faults += listed != (!room->held && room->free_slices != 0); /* [ARN-1] */
    faults += (room->dirty_slices & ~room->free_slices) != 0;    /* [ARN-3] */
    return faults;
}

size_t tarn__arenas_verify(void) {
    size_t faults = 0;
    size_t used = 0;
    unsigned dirty_found = 0;
    tarn__lock_acquire(&lock);
    for (struct tarn_room *room = all; room; room = room->next) {
        faults += verify_arena(room);
        faults += (room->age.next != NULL) != (room->dirty_slices != 0); /* [ARN-4] */
        used += room->free_slices != TARN_ALL_SLICES;
    }
    for (struct tarn_list_node *n = dirty.next; n != &dirty; n = n->next, dirty_found++)
        faults += !tarn__room_at(n)->dirty_slices; /* [ARN-2] */
    for (struct tarn_list_node *n = clean.next; n != &clean; n = n->next)
        faults += tarn__room_at(n)->dirty_slices != 0;
    for (unsigned bin = 1; bin < TARN_ARENA_SLICES; bin++)
        if (bins_in_use & (1u << bin))
            for (struct tarn_list_node *n = bins[bin].next; n != &bins[bin]; n = n->next)
                faults += tarn__longest_run(tarn__room_at(n)->free_slices) != bin;
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
