/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Our containers: the vector, and the map as a table and as a map. */
#include <stdlib.h>
#include <tarn/contain.h>

#include "harness.h"
#include "ours.h"

/* --- vector ---- */

static void *open_vec(void) {
    void *vec = tarn_vec_new();
    for (unsigned i = 0; i < VEC_LENGTH; i++) {
        void *object = tarn_new(ours.shared);
        if (tarn_vec_push(vec, object) < 0)
            abort();
        tarn_decref(object);
    }
    return vec;
}

static void read_vec(void *vec, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        void *object = tarn_vec_get(vec, i % VEC_LENGTH);
        KEEP(object);
        tarn_decref(object);
    }
}

static void append_vec(void *vec, uint64_t n) {
    void *object = tarn_vec_peek(vec, 0);
    for (uint64_t i = 0; i < n; i++)
        tarn_vec_push(vec, object);
}

const struct peer_vec tarn_vec_peer = {OURS("tarn_vec"), open_vec, tarn_decref, read_vec,
                                       append_vec};

/* --- map ---- */

struct entry {
    tarn_object header;
    uint64_t key;
};

static uint64_t hash_entry(const void *entry, void *arg) {
    (void)arg;
    return hash_key(((const struct entry *)entry)->key);
}

static bool equal_entries(const void *held, const void *key, void *arg) {
    (void)arg;
    return ((const struct entry *)held)->key == ((const struct entry *)key)->key;
}

static void *open_map(void) {
    void *map = tarn_map_new(&(struct tarn_map_spec){
        .kind = TARN_MAP_ENTRIES, .hash = hash_entry, .equal = equal_entries, .acyclic = true});
    if (!map)
        abort();
    return map;
}

static void close_map(void *map) {
    tarn_decref(map);
    tarn_safepoint();
}

static bool find_key(void *map, uint64_t key) {
    void *value = tarn_map_get(map, &(struct entry){.key = key});
    if (value)
        tarn_decref(value);
    return value;
}

static struct entry *make_entry(uint64_t key) {
    struct entry *entry = tarn_new(ours.shared);
    if (!entry)
        abort();
    entry->key = key;
    return entry;
}

static bool put_key(void *map, uint64_t key) {
    struct entry *entry = make_entry(key);
    int is_new = tarn_map_put(map, entry, entry, NULL);
    tarn_decref(entry);
    return is_new == 1;
}

static bool add_key(void *map, uint64_t key) {
    struct entry *entry = make_entry(key);
    int is_new = tarn_map_add(map, entry, entry, NULL);
    tarn_decref(entry);
    return is_new == 1;
}

static bool remove_key(void *map, uint64_t key) {
    void *value = tarn_map_remove(map, &(struct entry){.key = key});
    if (value)
        tarn_decref(value);
    return value;
}

const struct peer_table tarn_map_peer = {OURS("tarn_map"), open_map, close_map,
                                         find_key,         put_key,  remove_key};
const struct peer_table tarn_map_table = {OURS("tarn_map"), open_map, close_map,
                                          find_key,         add_key,  remove_key};
