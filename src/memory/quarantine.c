/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Where watched raw blocks wait after their free: a ring, first in, first out, of so
 * many blocks and bytes. What is used or freed again meanwhile is noticed for sure.
 */
#include "memory/watch.h"

#include "memory/stack.h"
#include "os/lock.h"

#define QUARANTINE_BLOCKS 1024u
#define QUARANTINE_BYTES ((size_t)4 << 20)

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_QUARANTINE);
static struct {
    void *block;
    size_t size;
} ring[QUARANTINE_BLOCKS];
static unsigned first;
static unsigned count;
static size_t bytes;

static void put(void *block, size_t size) {
    unsigned i = (first + count++) % QUARANTINE_BLOCKS;
    ring[i].block = block;
    ring[i].size = size;
    bytes += size;
}

static void *take(void) {
    void *block = ring[first].block;
    bytes -= ring[first].size;
    first = (first + 1) % QUARANTINE_BLOCKS;
    count--;
    return block;
}

void *tarn__quarantine_put(void *block, size_t size) {
    tarn__lock_acquire(&lock);
    void *oldest = count == QUARANTINE_BLOCKS ? take() : NULL;
    put(block, size);
    tarn__lock_release(&lock);
    return oldest;
}

void *tarn__quarantine_take(bool all) {
    tarn__lock_acquire(&lock);
    void *oldest = count && (all || bytes > QUARANTINE_BYTES) ? take() : NULL;
    tarn__lock_release(&lock);
    return oldest;
}

void tarn__watch_lock(void) {
    tarn__lock_acquire(&lock);
    tarn__stack_lock();
}

void tarn__watch_unlock(void) {
    tarn__stack_unlock();
    tarn__lock_release(&lock);
}
