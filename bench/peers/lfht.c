/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* liburcu's lock-free hash table, with counted entries, by hand. */
#include <stdlib.h>
#include <tarn/atomic.h>
#define URCU_API_MAP
#include <urcu/urcu-bp.h>

#include <urcu/rculfhash.h>

#include "harness.h"
#include "ref.h"

#define ENTRY_DEAD ((int64_t)1 << 62)

struct entry {
    struct cds_lfht_node node;
    struct rcu_head rcu;
    TARN__ATOMIC(int64_t) count;
    uint64_t key;
};

static void free_entry(struct rcu_head *head) {
    free(caa_container_of(head, struct entry, rcu));
}

static void drop_entry(struct entry *entry) {
    int64_t zero = 0;
    /* acq_rel: the last one sees all that the others did. relaxed: taken again. */
    if (tarn__fetch_sub(&entry->count, 1, acq_rel) == 1 &&
        tarn__cas(&entry->count, &zero, ENTRY_DEAD, acq_rel, relaxed))
        call_rcu(&entry->rcu, free_entry);
}

static int is_key(struct cds_lfht_node *node, const void *key) {
    return caa_container_of(node, struct entry, node)->key == *(const uint64_t *)key;
}

static void *open_map(void) {
    return cds_lfht_new(TABLE_BUCKETS, TABLE_BUCKETS, 0, CDS_LFHT_AUTO_RESIZE, NULL);
}

static bool find_key(void *map, uint64_t key) {
    struct cds_lfht_iter iter;
    rcu_read_lock();
    cds_lfht_lookup(map, hash_key(key), is_key, &key, &iter);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&iter);
    struct entry *entry = node ? caa_container_of(node, struct entry, node) : NULL;
    /* relaxed: found in a read section. */
    if (entry && tarn__fetch_add(&entry->count, 1, relaxed) & ENTRY_DEAD)
        entry = NULL;
    rcu_read_unlock();
    if (entry)
        drop_entry(entry);
    return entry;
}

static bool put_key(void *map, uint64_t key) {
    struct entry *made = calloc(1, sizeof *made);
    if (!made)
        abort();
    made->key = key;
    /* relaxed: the table publishes it. */
    tarn__store(&made->count, 1, relaxed);
    rcu_read_lock();
    struct cds_lfht_node *old = cds_lfht_add_replace(map, hash_key(key), is_key, &key, &made->node);
    rcu_read_unlock();
    if (old)
        drop_entry(caa_container_of(old, struct entry, node));
    return !old;
}

static bool remove_key(void *map, uint64_t key) {
    struct cds_lfht_iter iter;
    rcu_read_lock();
    cds_lfht_lookup(map, hash_key(key), is_key, &key, &iter);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&iter);
    bool removed = node && cds_lfht_del(map, node) == 0;
    rcu_read_unlock();
    if (removed)
        drop_entry(caa_container_of(node, struct entry, node));
    return removed;
}

static void close_map(void *map) {
    for (uint64_t key = 0; key < TABLE_KEYS; key++)
        remove_key(map, key);
    cds_lfht_destroy(map, NULL);
    rcu_barrier();
}

const struct peer_table peer_map_lfht = {
    {.name = "cds_lfht by hand"}, open_map, close_map, find_key, put_key, remove_key};
