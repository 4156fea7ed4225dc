/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Memory's limit: who goes when it is reached.
 *
 * As Redis does it: not the oldest of all is removed, which would need a list of all
 * keys that every read changes, but the oldest of a few drawn. Drawing is a place
 * in the map's order, drawn, and the first key behind it.
 */
#include "evict.h"

#include "draw.h"
#include "keyspace.h"
#include "server.h"

#define DRAWN 5u
#define EVICTED_A_STEP 64u /* between two safepoints */

tick8 evict_clock;

/* Ticks are of seconds, 1 to 255 round; after four minutes all are old alike, but for
 * those that an unlucky 255 makes young. */
void evict_tick(void) {
    uint8_t now = 0;
    if (option(policy) == POLICY_LRU) {
        /* relaxed: only this thread writes it; readers want a hint. */
        now = (uint8_t)(tarn__load(&evict_clock, relaxed) + 1);
        now = now ? now : 1;
    }
    /* relaxed: as above. */
    tarn__store(&evict_clock, now, relaxed);
}

unsigned evict_age(const struct entry *e) {
    /* relaxed: hints. */
    uint8_t now = tarn__load(&evict_clock, relaxed);
    uint8_t then = tarn__load(&e->clock, relaxed);
    return then <= now ? (unsigned)(now - then) : 255u - then + now;
}

static struct entry *choose(void) {
    void *keys = keyspace_now()->keys;
    struct entry *oldest = draw_entry(keys);
    if (option(policy) != POLICY_LRU)
        return oldest;
    for (unsigned i = 1; i < DRAWN; i++) {
        struct entry *e = draw_entry(keys);
        if (e && evict_age(e) > evict_age(oldest))
            oldest = e;
    }
    return oldest;
}

static bool evict_one(void) {
    struct entry *e = choose();
    if (!e)
        return false;
    struct probe key = probe_of(entry_key(e));
    struct lock *stripe = stripe_of(&key);
    lock_acquire(stripe);
    if (key_remove(&key))
        figure_add(&keys_evicted, 1);
    lock_release(stripe);
    return true;
}

bool evict_make_room(void) {
    uint64_t limit = option(max_memory);
    if (tarn__likely(!limit))
        return true;
    for (unsigned evicted = 1; keyspace_bytes() > (int64_t)limit; evicted++) {
        if (option(policy) == POLICY_NONE || !evict_one())
            return false;
        if (evicted % EVICTED_A_STEP == 0)
            tarn_safepoint();
    }
    return true;
}

#define SLACK ((uint64_t)32 << 20)

void options_apply_memory(void) {
    uint64_t limit = option(max_memory);
    tarn_heap_limit(server.heap, limit, limit ? limit + limit / 4 + SLACK : 0);
}
