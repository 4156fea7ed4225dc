/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Large blocks and the cache of their mappings.
 *
 * Unmapping and mapping again costs several times what it costs to keep a few
 * freed mappings, so up to CACHE_SLOTS of them, CACHE_BYTES in all, wait for a
 * request that fits within a quarter, or, up to ROOMY_MAX, one a quarter as large: a
 * buffer that grows step by step then finds the room it had before. One lock, held for
 * a scan of the slots.
 */
#include "memory/large.h"

#include "base/check.h"
#include "base/fault.h"
#include "memory/map.h"
#include "memory/policy.h"
#include "memory/watch.h"
#include "os/lock.h"
#include "os/pages.h"

#define CACHE_SLOTS 16
#define CACHE_BYTES ((size_t)64 << 20)
#define ROOMY_MAX ((size_t)4 << 20)

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_LARGE);
static struct tarn_arena *cached[CACHE_SLOTS];
static size_t cached_bytes;
static size_t used_bytes;

/* Where the block begins: behind the head, at its alignment. */
static size_t block_offset(size_t alignment) {
    return alignment > TARN_SLICE_SIZE ? alignment : TARN_SLICE_SIZE;
}

static bool fits(size_t mapping, size_t bytes) {
    return mapping >= bytes &&
           (mapping <= bytes + bytes / 4 || (mapping <= ROOMY_MAX && mapping / 4 <= bytes));
}

/* The cached mapping that fits best, or NULL. */
static struct tarn_arena *take_cached(size_t bytes) {
    int best = -1;
    tarn__lock_acquire(&lock);
    for (int i = 0; i < CACHE_SLOTS; i++)
        if (cached[i] && fits(cached[i]->mapping, bytes) &&
            (best < 0 || cached[i]->mapping < cached[best]->mapping))
            best = i;
    struct tarn_arena *head = best < 0 ? NULL : cached[best];
    if (head && !tarn__policy_take(head->mapping))
        head = NULL;
    if (head) {
        cached[best] = NULL;
        cached_bytes -= head->mapping;
        used_bytes += head->mapping;
    }
    tarn__lock_release(&lock);
    return head;
}

static void count_used(ptrdiff_t bytes) {
    tarn__lock_acquire(&lock);
    used_bytes += (size_t)bytes;
    tarn__lock_release(&lock);
}

/* What lies behind a mapping and cannot be touched. */
static size_t guard_size(void) {
    return TARN_IS_HARDENED ? tarn__os_page_size() : 0;
}

static void *map_guarded(size_t bytes, size_t alignment) {
    if (!TARN_IS_HARDENED)
        return tarn__os_map(bytes, alignment);
    void *pages = tarn__os_reserve(bytes + guard_size(), alignment);
    if (pages && !tarn__os_commit(pages, bytes)) {
        tarn__os_release(pages, bytes + guard_size());
        return NULL;
    }
    return pages;
}

/* A new mapping, marked in the address map. */
static struct tarn_arena *map_head(size_t bytes, size_t alignment) {
    size_t align = alignment > TARN_ARENA_SIZE ? alignment : TARN_ARENA_SIZE;
    if (!tarn__policy_take(bytes))
        return NULL;
    struct tarn_arena *head = map_guarded(bytes, align);
    if (head && !tarn__map_set(head, bytes, TARN_UNIT_LARGE, TARN_UNIT_LARGE_INSIDE)) {
        tarn__os_release(head, bytes + guard_size());
        head = NULL;
    }
    if (!head) {
        tarn__policy_give(bytes);
        return NULL;
    }
    head->mapping = bytes;
    count_used((ptrdiff_t)bytes);
    return head;
}

static void unmap_head(struct tarn_arena *head) {
    size_t bytes = head->mapping;
    tarn__map_set(head, bytes, TARN_UNIT_NONE, TARN_UNIT_NONE);
    tarn__os_release(head, bytes + guard_size());
}

/* The pool entry that tarn__pool_of() finds for a block at `offset`; a block that
 * starts a unit of its own is found by tarn__large_pool_of() alone. */
static uint32_t slice_at(size_t offset) {
    return offset >= TARN_ARENA_SIZE ? 1 : (uint32_t)(offset >> TARN_SLICE_SHIFT);
}

struct tarn_pool *tarn__large_claim(size_t size, size_t alignment, bool *zero) {
    size_t offset = block_offset(alignment);
    if (size > TARN_LARGE_MAX || offset > TARN_LARGE_MAX || tarn__fault_hit())
        return NULL;
    size_t bytes = tarn__round_up(offset + (size ? size : 1), tarn__os_page_size());
    struct tarn_arena *head = offset < TARN_ARENA_SIZE ? take_cached(bytes) : NULL;
    *zero = !head;
    if (!head)
        head = map_head(bytes, alignment);
    if (!head)
        return NULL;
    head->large_slice = slice_at(offset);
    struct tarn_pool *pool = &head->pools[head->large_slice];
    *pool = (struct tarn_pool){
        .base = (char *)head + offset,
        .block_size = head->mapping - offset,
        .capacity = 1,
        .carved = {1},
        .excess = 1, /* and the alarm 0, which nobody looks at */
        .kind = TARN_KIND_RAW,
        .size_class = TARN_CLASSES,
        .state = TARN_POOL_ASIDE,
    };
    /* relaxed: the caller publishes the block. */
    tarn__store(&tarn__pool_side(pool)->remote.bits[0], 0, relaxed);
    return pool;
}

struct tarn_pool *tarn__large_pool_of(const void *block) {
    /* The head is in the unit that starts the mapping: walk back to it. */
    const char *unit = (const char *)tarn__arena_of(block);
    while (tarn__map_get(unit) == TARN_UNIT_LARGE_INSIDE)
        unit -= TARN_ARENA_SIZE;
    struct tarn_arena *head = (struct tarn_arena *)(uintptr_t)unit;
    return &head->pools[head->large_slice];
}

bool tarn__large_claim_free(struct tarn_pool *pool) {
    /* acq_rel: one of several frees wins; what the others did comes before. */
    return !tarn__fetch_or(&tarn__pool_side(pool)->remote.bits[0], 1, acq_rel);
}

void tarn__large_release(struct tarn_pool *pool) {
    struct tarn_arena *head = tarn__arena_of(pool);
    size_t bytes = head->mapping;
    if (tarn__is_watching())
        tarn__watch_pool_gone(pool);
    pool->excess = 0;
    pool->capacity = 0;
    /* relaxed: nobody has the block. */
    tarn__store(&pool->carved, 0, relaxed);
    tarn__policy_give(bytes);
    tarn__lock_acquire(&lock);
    used_bytes -= bytes;
    bool room = !tarn__policy_is_pressed() && cached_bytes + bytes <= CACHE_BYTES &&
                pool->base < (char *)head + TARN_ARENA_SIZE;
    int slot = 0;
    while (room && slot < CACHE_SLOTS && cached[slot])
        slot++;
    room = room && slot < CACHE_SLOTS;
    if (room) {
        cached[slot] = head;
        cached_bytes += bytes;
    }
    tarn__lock_release(&lock);
    if (!room)
        unmap_head(head);
}

/* Resizes a mapping where it stands, and what the address map says of it. */
static bool resize_mapping(struct tarn_arena *head, size_t had, size_t bytes) {
    size_t had_units = tarn__round_up(had, TARN_ARENA_SIZE);
    size_t units = tarn__round_up(bytes, TARN_ARENA_SIZE);
    /* Units leave the map before their pages may become somebody else's. */
    if (units < had_units)
        tarn__map_set((char *)head + units, had_units - units, TARN_UNIT_NONE, TARN_UNIT_NONE);
    if (!tarn__os_resize(head, had, bytes)) {
        if (units < had_units)
            tarn__map_set((char *)head + units, had_units - units, TARN_UNIT_LARGE_INSIDE,
                          TARN_UNIT_LARGE_INSIDE);
        return false;
    }
    if (units > had_units && !tarn__map_set((char *)head + had_units, units - had_units,
                                            TARN_UNIT_LARGE_INSIDE, TARN_UNIT_LARGE_INSIDE)) {
        tarn__os_resize(head, bytes, had);
        return false;
    }
    return true;
}

bool tarn__large_resize(struct tarn_pool *pool, size_t size) {
    struct tarn_arena *head = tarn__arena_of(pool);
    size_t offset = (size_t)(pool->base - (char *)head);
    size_t had = head->mapping;
    if (TARN_IS_HARDENED || size > TARN_LARGE_MAX || tarn__fault_hit())
        return false; /* a guard would be in the way */
    size_t bytes = tarn__round_up(offset + size, tarn__os_page_size());
    if (bytes > had && !tarn__policy_take(bytes - had))
        return false;
    if (!resize_mapping(head, had, bytes)) {
        if (bytes > had)
            tarn__policy_give(bytes - had);
        return false;
    }
    if (bytes < had)
        tarn__policy_give(had - bytes);
    head->mapping = bytes;
    pool->block_size = bytes - offset;
    count_used((ptrdiff_t)bytes - (ptrdiff_t)had);
    return true;
}
void tarn__large_decommit(struct tarn_pool *pool) {
    tarn__os_decommit(pool->base, pool->block_size);
}

size_t tarn__large_trim(void) {
    size_t bytes = 0;
    tarn__lock_acquire(&lock);
    for (int i = 0; i < CACHE_SLOTS; i++) {
        if (!cached[i])
            continue;
        bytes += cached[i]->mapping;
        unmap_head(cached[i]);
        cached[i] = NULL;
    }
    cached_bytes = 0;
    tarn__lock_release(&lock);
    return bytes;
}

void tarn__large_stats(size_t *mapped, size_t *used) {
    tarn__lock_acquire(&lock);
    *mapped = used_bytes + cached_bytes;
    *used = used_bytes;
    tarn__lock_release(&lock);
}

void tarn__large_lock(void) {
    tarn__lock_acquire(&lock);
}

void tarn__large_unlock(void) {
    tarn__lock_release(&lock);
}
