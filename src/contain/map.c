/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The shared map: what users call (docs/design/contain.md [MAP-4]).
 *
 * A key has the value that the one live node of that key holds. A node is live as
 * long as its value slot is not NULL, which decides between all who would replace or
 * remove the value; a dead node never comes back, and is unlinked by whoever killed
 * it. A new node goes before all nodes of the same order, through the very link that
 * was read before they were looked through: so two nodes of one key are never live
 * at once.
 */
#include "contain/map.h"

#include <errno.h>

#include "object/slot_kernel.h"

static inline struct tarn_mutator *expect_map(const char *function, void *map) {
    return tarn__contain_expect(function, map, TARN_CONTAIN_MAP);
}

/* A bijection that spreads any difference over all bits (MurmurHash3's, Appleby). */
static inline uint64_t mix(uint64_t h) {
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

static inline uint64_t order_of(struct tarn_map *map, const void *key) {
    return mix(map->hash ? map->hash(key, map->arg) : (uint64_t)(uintptr_t)key);
}

static inline bool is_equal(struct tarn_map *map, const void *held, const void *key) {
    return map->equal ? map->equal(held, key, map->arg) : held == key;
}

/* Whether a node is live and of that key. */
static inline bool is_of(struct tarn_map *map, struct tarn_map_node *node, const void *key) {
    void *value = tarn_slot_peek(&node->value);
    return value && is_equal(map, map->kind == TARN_MAP_ENTRIES ? value : node->key, key);
}

/* The live node of a key among those of its order, from `node` on. */
static struct tarn_map_node *find_from(struct tarn_map *map, struct tarn_map_node *node,
                                       uint64_t order, const void *key) {
    while (node && node->order == order && !is_of(map, node, key))
        node = tarn__map_after(node);
    return node && node->order == order ? node : NULL;
}

static struct tarn_map_node *find(struct tarn_map *map, const void *key) {
    uint64_t order = order_of(map, key);
    return find_from(map, tarn__map_find(map, order), order, key);
}

void *tarn_map_new(const struct tarn_map_spec *spec) {
    static const struct tarn_map_spec defaults;
    struct tarn_mutator *m = tarn__mutator_expect("tarn_map_new");
    if (!spec)
        spec = &defaults;
    if (spec->kind > TARN_MAP_ENTRIES || !spec->hash != !spec->equal) {
        errno = EINVAL;
        return NULL;
    }
    struct tarn_map *map = tarn_new(tarn__contain_type(m, TARN_CONTAIN_MAP));
    if (!map)
        return NULL;
    map->hash = spec->hash;
    map->equal = spec->equal;
    map->arg = spec->arg;
    map->kind = spec->kind;
    map->acyclic = spec->acyclic;
    /* relaxed: the map is this thread's. */
    tarn__store(&map->level, TARN_MAP_ROOT_LEVEL, relaxed);
    tarn__store(&map->root[0], TARN__LINK_END, relaxed);
    return map;
}

size_t tarn_map_count(void *object) {
    struct tarn_map *map = object;
    expect_map("tarn_map_count", map);
    /* relaxed: a count. */
    int64_t count = tarn__load(&map->count, relaxed);
    return count > 0 ? (size_t)count : 0; /* a removal may be counted before the addition */
}

void *tarn_map_peek(void *map, const void *key) {
    expect_map("tarn_map_peek", map);
    struct tarn_map_node *node = find(map, key);
    return node ? tarn_slot_peek(&node->value) : NULL;
}

void *tarn_map_get(void *map, const void *key) {
    expect_map("tarn_map_get", map);
    struct tarn_map_node *node = find(map, key);
    return node ? tarn_slot_load(&node->value) : NULL;
}

/* A new node, published and known to this thread alone; NULL: no memory. */
static struct tarn_map_node *make_node(struct tarn_mutator *m, struct tarn_map *map, uint64_t order,
                                       void *key, void *value) {
    enum tarn_contain_type type = map->acyclic ? TARN_CONTAIN_MAP_LEAF_NODE : TARN_CONTAIN_MAP_NODE;
    struct tarn_map_node *node = tarn_new(tarn__contain_type(m, type));
    if (!node)
        return NULL;
    node->order = order;
    if (map->kind != TARN_MAP_ENTRIES)
        tarn_field_set(&node->key, key);
    tarn_slot_init(&node->value, value);
    tarn__slot_publish(&node->header);
    return node;
}

/* A live node gets another value, and *old the one before; false: it died. */
static bool replace(struct tarn_mutator *m, struct tarn_map_node *node, void *value, void **old) {
    for (;;) {
        void *before = tarn_slot_peek(&node->value);
        if (!before)
            return false;
        bool held = old && tarn__object_try_incref(m, before);
        if ((held || !old) && tarn_slot_compare_exchange(&node->value, before, value)) {
            if (old)
                *old = before;
            return true;
        }
        if (held)
            tarn_decref(before);
    }
}

/* A live node's value, unchanged; false: it died. */
static bool look(struct tarn_map_node *node, void **found) {
    void *value = found ? tarn_slot_load(&node->value) : tarn_slot_peek(&node->value);
    if (value && found)
        *found = value;
    return value != NULL;
}

static inline bool may_hold(struct tarn_map *map, const void *object) {
    return !map->acyclic || !tarn_gc_is_tracked(object);
}

/* tarn_map_put, or tarn_map_add (`add`). */
static int store(struct tarn_mutator *m, struct tarn_map *map, void *key, void *value, bool add,
                 void **old) {
    if (!key || !value || !may_hold(map, key) || !may_hold(map, value) ||
        (map->kind == TARN_MAP_ENTRIES && key != value))
        return -EINVAL;
    uint64_t order = order_of(map, key);
    struct tarn_map_node *made = NULL;
    int result = -1;
    while (result < 0) {
        struct tarn_map_entrance entrance = tarn__map_enter_writing(m, map, order);
        struct tarn_map_place place = tarn__map_search(map, &entrance, order, false);
        struct tarn_map_node *node = find_from(map, tarn__map_follow(place.word), order, key);
        if (node) {
            if (add ? look(node, old) : replace(m, node, value, old))
                result = 0;
        } else if (!made && !(made = make_node(m, map, order, key, value))) {
            return -ENOMEM;
        } else if (tarn__map_insert(&place, made)) {
            result = 1;
        }
    }
    if (result == 0 && made)
        tarn_decref(made);
    if (result == 0)
        return 0;
    if (old)
        *old = NULL;
    /* relaxed: a count. */
    tarn__map_grow(m, map, tarn__fetch_add(&map->count, 1, relaxed) + 1);
    return 1;
}

int tarn_map_put(void *map, void *key, void *value, void **old) {
    struct tarn_mutator *m = expect_map("tarn_map_put", map);
    return store(m, map, key, value, false, old);
}

int tarn_map_add(void *map, void *key, void *value, void **found) {
    struct tarn_mutator *m = expect_map("tarn_map_add", map);
    return store(m, map, key, value, true, found);
}

/* This thread took a node's value out. */
static void bury(struct tarn_map *map, struct tarn_map_node *node) {
    /* relaxed: a count. */
    tarn__fetch_sub(&map->count, 1, relaxed);
    tarn__map_unlink(map, node);
}

bool tarn_map_compare_exchange(void *object, const void *key, void *expected, void *desired) {
    struct tarn_map *map = object;
    expect_map("tarn_map_compare_exchange", map);
    if (!expected || (desired && !may_hold(map, desired)) ||
        (desired && map->kind == TARN_MAP_ENTRIES && !is_equal(map, desired, key)))
        return false;
    struct tarn_map_node *node = find(map, key);
    if (!node || !tarn_slot_compare_exchange(&node->value, expected, desired))
        return false;
    if (!desired)
        bury(map, node);
    return true;
}

void *tarn_map_remove(void *map, const void *key) {
    expect_map("tarn_map_remove", map);
    struct tarn_map_node *node = find(map, key);
    void *value = node ? tarn_slot_exchange(&node->value, NULL) : NULL;
    if (value)
        bury(map, node);
    return value;
}
