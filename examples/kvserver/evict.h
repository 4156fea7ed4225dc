/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Memory's limit.
 *
 * maxmemory bounds what the keyspace weighs: its own sum over entries and their parts,
 * for the heap's pools do not shrink with every object that dies. Beyond it a command
 * that needs memory first removes keys, drawn or the oldest of a few drawn; what it
 * cannot make room for is refused. Below that stand the heap's two limits: at the soft
 * one, maxmemory itself, the collector looks for cycles in dropped graphs; at the hard
 * one, a quarter above, making objects fails, and the command is refused likewise.
 */
#ifndef KVSERVER_EVICT_H
#define KVSERVER_EVICT_H

#include "entry.h"
#include "options.h"

/* Ticks of a byte, for entries read or written while the policy wants to know; 0: it
 * does not. Written by the main thread's timer. */
typedef TARN__ATOMIC(uint8_t) tick8;
extern tick8 evict_clock;

static inline void evict_touch(struct entry *e) {
    /* relaxed: a hint; the store is left out where it would change nothing, so that
     * readers do not take each other's cache lines away. */
    uint8_t now = tarn__load(&evict_clock, relaxed);
    if (tarn__unlikely(now) && tarn__load(&e->clock, relaxed) != now)
        tarn__store(&e->clock, now, relaxed);
}

void evict_tick(void);

/* Ticks since an entry was touched. */
unsigned evict_age(const struct entry *e);

/* Removes keys until the keyspace is within its limit; false: there is too much still.
 * Holds no stripe; a safepoint. */
bool evict_make_room(void);

#endif
