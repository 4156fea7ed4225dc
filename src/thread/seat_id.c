/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* A bitmap of the numbers in use, under one lock. */
#include "thread/seat_id.h"

#include "base/bits.h"
#include "os/lock.h"

#define IDS 65535u /* 0 means merged; 65535 is kept free */

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_NUMBERS);
static uint64_t used[(IDS + 63) / 64] = {1};

uint32_t tarn__seat_id_take(void) {
    uint32_t id = 0;
    tarn__lock_acquire(&lock);
    for (uint32_t w = 0; w < sizeof used / sizeof used[0] && !id; w++)
        if (used[w] != UINT64_MAX)
            id = w * 64 + tarn__bits_lowest(~used[w]);
    if (id < IDS)
        used[id / 64] |= (uint64_t)1 << (id % 64);
    else
        id = 0;
    tarn__lock_release(&lock);
    return id;
}

void tarn__seat_id_give(uint32_t id) {
    tarn__lock_acquire(&lock);
    used[id / 64] &= ~((uint64_t)1 << (id % 64));
    tarn__lock_release(&lock);
}

void tarn__seat_ids_lock(void) {
    tarn__lock_acquire_for_fork(&lock);
}

void tarn__seat_ids_unlock(void) {
    tarn__lock_release(&lock);
}
