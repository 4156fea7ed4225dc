/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* GLib: GObject, g_atomic_rc_box, GWeakRef, GPtrArray and GHashTable under a mutex. */
#include <glib-object.h>
#include <stdlib.h>

#include "harness.h"
#include "ref.h"

/* ----------------------------------------------------------------------- counts ---- */

static void *open_box(void) {
    return g_atomic_rc_box_alloc0(32);
}

static void pair_box(void *box, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        g_atomic_rc_box_acquire(box);
        g_atomic_rc_box_release(box);
    }
}

static void *open_object(void) {
    return g_object_new(G_TYPE_OBJECT, NULL);
}

static void pair_object(void *object, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        g_object_ref(object);
        g_object_unref(object);
    }
}

const struct peer_count peer_rc_box = {
    {.name = "g_atomic_rc_box"}, open_box, g_atomic_rc_box_release, pair_box};
const struct peer_count peer_gobject = {
    {.name = "g_object_ref/unref"}, open_object, g_object_unref, pair_object};
const struct peer_pipe peer_pipe_gobject = {{.name = "GObject"}, open_object, g_object_unref};

/* ------------------------------------------------------------------------- weak ---- */

struct weak {
    GWeakRef reference;
    void *object;
};

static void *open_weak(void) {
    struct weak *weak = calloc(1, sizeof *weak);
    if (!weak)
        abort();
    weak->object = open_object();
    g_weak_ref_init(&weak->reference, weak->object);
    return weak;
}

static void close_weak(void *arg) {
    struct weak *weak = arg;
    g_weak_ref_clear(&weak->reference);
    g_object_unref(weak->object);
    free(weak);
}

static void upgrade(void *arg, uint64_t n) {
    struct weak *weak = arg;
    for (uint64_t i = 0; i < n; i++)
        g_object_unref(g_weak_ref_get(&weak->reference));
}

const struct peer_weak peer_weak_gobject = {{.name = "GWeakRef"}, open_weak, close_weak, upgrade};

/* ----------------------------------------------------------------------- vector ---- */

struct vec {
    GMutex lock;
    GPtrArray *items;
};

static void *open_vec(void) {
    struct vec *v = calloc(1, sizeof *v);
    if (!v)
        abort();
    g_mutex_init(&v->lock);
    v->items = g_ptr_array_new_with_free_func(g_atomic_rc_box_release);
    for (unsigned i = 0; i < VEC_LENGTH; i++)
        g_ptr_array_add(v->items, open_box());
    return v;
}

static void close_vec(void *arg) {
    struct vec *v = arg;
    g_ptr_array_unref(v->items);
    g_mutex_clear(&v->lock);
    free(v);
}

static void read_vec(void *arg, uint64_t n) {
    struct vec *v = arg;
    for (uint64_t i = 0; i < n; i++) {
        g_mutex_lock(&v->lock);
        void *box = g_atomic_rc_box_acquire(g_ptr_array_index(v->items, i % VEC_LENGTH));
        g_mutex_unlock(&v->lock);
        g_atomic_rc_box_release(box);
    }
}

static void append_vec(void *arg, uint64_t n) {
    struct vec *v = arg;
    for (uint64_t i = 0; i < n; i++) {
        g_mutex_lock(&v->lock);
        g_ptr_array_add(v->items, g_atomic_rc_box_acquire(g_ptr_array_index(v->items, 0)));
        g_mutex_unlock(&v->lock);
    }
}

const struct peer_vec peer_vec_ptr_array = {
    {.name = "GPtrArray under a GMutex"}, open_vec, close_vec, read_vec, append_vec};

/* -------------------------------------------------------------------------- map ---- */

struct map {
    GMutex lock;
    GHashTable *table;
};

static void *open_map(void) {
    struct map *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    g_mutex_init(&m->lock);
    m->table = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_atomic_rc_box_release);
    return m;
}

static void close_map(void *arg) {
    struct map *m = arg;
    g_hash_table_unref(m->table);
    g_mutex_clear(&m->lock);
    free(m);
}

static bool find_key(void *arg, uint64_t key) {
    struct map *m = arg;
    g_mutex_lock(&m->lock);
    void *value = g_hash_table_lookup(m->table, &key);
    if (value)
        g_atomic_rc_box_acquire(value);
    g_mutex_unlock(&m->lock);
    if (value)
        g_atomic_rc_box_release(value);
    return value;
}

/* The value carries its key. */
static bool put_key(void *arg, uint64_t key) {
    struct map *m = arg;
    uint64_t *value = open_box();
    *value = key;
    g_mutex_lock(&m->lock);
    bool is_new = g_hash_table_replace(m->table, value, value);
    g_mutex_unlock(&m->lock);
    return is_new;
}

static bool remove_key(void *arg, uint64_t key) {
    struct map *m = arg;
    g_mutex_lock(&m->lock);
    bool removed = g_hash_table_remove(m->table, &key);
    g_mutex_unlock(&m->lock);
    return removed;
}

const struct peer_table peer_map_glib = {
    {.name = "GHashTable under a GMutex"}, open_map, close_map, find_key, put_key, remove_key};
