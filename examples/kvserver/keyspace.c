/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The shared keyspace: finding, storing, removing entries; keys_expired; what it weighs. */
#include "keyspace.h"

#include <time.h>

#include "evict.h"
#include "worker.h"

struct stripe stripes[STRIPES];
tarn_slot current_keyspace;
__thread int64_t time_ms;
figure keys_expired;
figure keys_evicted;

void time_update(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- what it weighs: each thread adds up its own changes ---- */

static struct {
    _Alignas(64) figure bytes; /* modulo 2^64: one may be below zero */
} tallies[THREADS_MAX];

static void tally(int64_t bytes) {
    figure_add_own(&tallies[thread_number].bytes, (uint64_t)bytes);
}

int64_t keyspace_bytes(void) {
    uint64_t sum = 0;
    for (unsigned i = 0; i <= worker_count; i++) /* 0: the main thread */
        sum += figure_read(&tallies[i].bytes);
    return (int64_t)sum;
}

static int64_t weight_of(const struct entry *e) {
    int64_t parts = e->kind == KIND_STRING ? 0 : ((const struct holder *)e)->bytes;
    return (int64_t)entry_bytes(e) + parts;
}

void key_grew(struct entry *e, int64_t bytes) {
    ((struct holder *)e)->bytes += bytes;
    tally(bytes);
}

/* --- stripes ---- */

void stripe_set_acquire(const struct stripe_set *set) {
    for (unsigned i = 0; i < STRIPES / 64; i++)
        for (uint64_t left = set->word[i]; left; left &= left - 1)
            lock_acquire(&stripes[i * 64 + (unsigned)__builtin_ctzll(left)].lock);
}

void stripe_set_release(const struct stripe_set *set) {
    for (unsigned i = 0; i < STRIPES / 64; i++)
        for (uint64_t left = set->word[i]; left; left &= left - 1)
            lock_release(&stripes[i * 64 + (unsigned)__builtin_ctzll(left)].lock);
}

/* --- keyspaces ---- */

static struct keyspace *keyspace_new(void) {
    struct keyspace *k = tarn_new(types.keyspace);
    if (!k)
        return NULL;
    tarn_field_give(&k->keys, entries_new());
    tarn_field_give(&k->expiring, entries_new());
    if (k->keys && k->expiring)
        return k;
    tarn_decref(k);
    return NULL;
}

bool keyspace_begin(void) {
    struct keyspace *k = keyspace_new();
    if (!k)
        return false;
    tarn_slot_init(&current_keyspace, k);
    tarn_decref(k);
    return true;
}

void keyspace_end(void) {
    tarn_slot_destroy(&current_keyspace);
}

bool keyspace_flush(void) {
    static const struct stripe_set all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct keyspace *fresh = keyspace_new();
    if (!fresh)
        return false;
    stripe_set_acquire(&all);
    struct keyspace *old = tarn_slot_exchange(&current_keyspace, fresh);
    tally(-keyspace_bytes());
    stripe_set_release(&all);
    tarn_decref(fresh);
    tarn_decref(old);
    return true;
}

size_t keyspace_count(void) {
    return tarn_map_count(keyspace_now()->keys);
}

/* --- keys ---- */

static bool has_expired(const struct entry *e) {
    return tarn__unlikely(e->expires) && entry_expiry(e) <= time_ms;
}

struct entry *key_peek(const struct probe *key) {
    lock_pass(stripe_of(key));
    struct entry *e = tarn_map_peek(keyspace_now()->keys, key);
    if (!e)
        return NULL;
    if (has_expired(e)) {
        key_expire(key);
        return NULL;
    }
    evict_touch(e);
    return e;
}

struct entry *key_find(const struct probe *key) {
    struct entry *e = tarn_map_peek(keyspace_now()->keys, key);
    if (!e)
        return NULL;
    if (has_expired(e)) {
        key_remove(key);
        figure_add(&keys_expired, 1);
        return NULL;
    }
    evict_touch(e);
    return e;
}

bool key_store(struct entry *e) {
    struct keyspace *k = keyspace_now();
    struct entry *old = NULL;
    evict_touch(e);
    if (e->expires && tarn_map_put(k->expiring, e, e, NULL) < 0) {
        tarn_decref(e);
        return false;
    }
    if (tarn_map_put(k->keys, e, e, (void **)&old) < 0) { /* then there was none */
        if (e->expires)
            tarn_map_compare_exchange(k->expiring, e, e, NULL);
        tarn_decref(e);
        return false;
    }
    int64_t bytes = weight_of(e);
    if (old) {
        bytes -= weight_of(old);
        if (old->expires && !e->expires)
            tarn_map_compare_exchange(k->expiring, old, old, NULL);
        tarn_decref(old);
    }
    tally(bytes);
    tarn_decref(e);
    return true;
}

bool key_remove(const struct probe *key) {
    struct keyspace *k = keyspace_now();
    struct entry *old = tarn_map_remove(k->keys, key);
    if (!old)
        return false;
    if (old->expires)
        tarn_map_compare_exchange(k->expiring, key, old, NULL);
    tally(-weight_of(old));
    tarn_decref(old);
    return true;
}

bool key_expire(const struct probe *key) {
    struct lock *stripe = stripe_of(key);
    lock_acquire(stripe);
    struct entry *e = tarn_map_peek(keyspace_now()->keys, key);
    bool due = e && has_expired(e);
    if (due) {
        key_remove(key);
        figure_add(&keys_expired, 1);
    }
    lock_release(stripe);
    return due;
}
