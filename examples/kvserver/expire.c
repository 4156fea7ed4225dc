/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The cycle that removes what has expired. */
#include "expire.h"

#include <uv.h>

#include "keyspace.h"

#define LOOKED_AT 20u        /* between two safepoints; as many as Redis draws */
#define SLICE_NS 10000000ull /* ten milliseconds of a hundred */
#define STALE_SHARE 10u      /* go on while one in so many has expired */

/* Where the walk is; 0: at its beginning. */
static uint64_t place;

/* Looks at a few; returns how many had expired, and at how many it looked. */
static unsigned look(unsigned *looked) {
    struct tarn_map_cursor cursor;
    struct entry *e;
    unsigned expired = 0;
    tarn_map_cursor_begin(&cursor, keyspace_now()->expiring);
    tarn_map_cursor_seek(&cursor, place);
    *looked = 0;
    while (*looked < LOOKED_AT && tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1) {
        ++*looked;
        if (entry_expiry(e) <= time_ms) {
            struct probe key = probe_of(entry_key(e));
            expired += key_expire(&key);
        }
    }
    place = *looked < LOOKED_AT ? 0 : tarn_map_cursor_place(&cursor);
    tarn_map_cursor_end(&cursor);
    return expired;
}

void expire_some(void) {
    uint64_t end = uv_hrtime() + SLICE_NS;
    unsigned sum = 0;
    unsigned expired = 0;
    time_update();
    do {
        unsigned looked;
        expired += look(&looked);
        sum += looked;
        tarn_safepoint();
    } while (place && uv_hrtime() < end && (sum < LOOKED_AT * 50 || expired * STALE_SHARE > sum));
}
