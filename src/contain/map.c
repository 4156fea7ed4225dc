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

#include "base/tsan.h"
#include "object/slot_kernel.h"

/* Nodes looked at by one step of tarn_map_sweep. */
#define SWEEP_NODES 64u
/* An order behind which the first is. */
#define SWEEP_END UINT64_MAX

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

uint64_t tarn__map_order(struct tarn_map *map, const void *key) {
    return order_of(map, key);
}

static inline bool is_equal(struct tarn_map *map, const void *held, const void *key) {
    return map->equal ? map->equal(held, key, map->arg) : held == key;
}

static inline bool is_weak(const struct tarn_map *map) {
    return map->kind >= TARN_MAP_WEAK_VALUES;
}

/* --- what stands in a node's slot: the value, or the object that holds it weakly --- */

/* For a new value: a reference to what holds it, NULL: no memory. */
static void *make_holder(struct tarn_mutator *m, struct tarn_map *map, void *key, void *value) {
    if (map->kind == TARN_MAP_WEAK_VALUES)
        return tarn_weak_new(value, TARN_WEAK_SHORT, NULL, NULL);
    if (map->kind == TARN_MAP_WEAK_KEYS)
        return tarn__ephemeron_new(m, key, value);
    tarn_incref_value(value);
    return value;
}

/* A new reference to the value of a holder that was in a node's slot; NULL: it has
 * died (in a map that is not weak: it was replaced, too). */
static void *get_value(struct tarn_mutator *m, struct tarn_map *map, void *holder) {
    if (map->kind == TARN_MAP_WEAK_VALUES)
        return tarn_weak_get(holder);
    if (map->kind == TARN_MAP_WEAK_KEYS)
        return tarn__ephemeron_value(holder);
    return tarn_is_immediate(holder) || tarn__object_try_incref(m, holder) ? holder : NULL;
}

/* A new reference to a node's value, or NULL: it has none. What an old holder held may
 * die as soon as there is another: then that one counts. */
static void *load_value(struct tarn_mutator *m, struct tarn_map *map, struct tarn_map_node *node) {
    if (!is_weak(map))
        return tarn_slot_load(&node->value);
    void *holder, *value;
    do {
        holder = tarn_slot_peek(&node->value);
        value = holder ? get_value(m, map, holder) : NULL;
    } while (!value && tarn_slot_peek(&node->value) != holder);
    return value;
}

/* A weak key is held while it is compared. The key of an old holder may die as soon as
 * there is another. */
static bool is_of_weak_key(struct tarn_map *map, struct tarn_map_node *node, void *holder,
                           const void *key) {
    void *held = tarn_weak_get(holder);
    while (!held && tarn_slot_peek(&node->value) != holder) {
        holder = tarn_slot_peek(&node->value);
        held = holder ? tarn_weak_get(holder) : NULL;
    }
    bool equal = held && is_equal(map, held, key);
    if (held)
        tarn_decref(held);
    return equal;
}

/* Whether a node is live and of that key. */
static inline bool is_of(struct tarn_map *map, struct tarn_map_node *node, const void *key) {
    void *holder = tarn_slot_peek(&node->value);
    TARN__USER_EDGE_FROM(&node->value); /* the callbacks look at key and value */
    if (!holder || map->kind == TARN_MAP_WEAK_KEYS)
        return holder && is_of_weak_key(map, node, holder, key);
    return is_equal(map, map->kind == TARN_MAP_ENTRIES ? holder : node->key, key);
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
    if (spec->kind > TARN_MAP_WEAK_KEYS || !spec->hash != !spec->equal ||
        (spec->acyclic && spec->kind >= TARN_MAP_WEAK_VALUES)) {
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
    tarn__store(&map->swept, SWEEP_END, relaxed);
    return map;
}

size_t tarn_map_count(void *object) {
    struct tarn_map *map = object;
    expect_map("tarn_map_count", map);
    /* relaxed: a count. */
    int64_t count = tarn__load(&map->count, relaxed);
    return count > 0 ? (size_t)count : 0; /* a removal may be counted before the addition */
}

void *tarn_map_get(void *map, const void *key) {
    struct tarn_mutator *m = expect_map("tarn_map_get", map);
    struct tarn_map_node *node = find(map, key);
    return node ? load_value(m, map, node) : NULL;
}

void *tarn_map_peek(void *map, const void *key) {
    struct tarn_mutator *m = expect_map("tarn_map_peek", map);
    struct tarn_map_node *node = find(map, key);
    if (!node)
        return NULL;
    void *value = is_weak(map) ? load_value(m, map, node) : tarn_slot_peek(&node->value);
    TARN__USER_EDGE_FROM(&node->value);
    if (is_weak(map))
        tarn_decref_value(value); /* what is held weakly dies by a grace period */
    return value;
}

bool tarn__map_take(struct tarn_map *map, struct tarn_map_node *node, void **key, void **value) {
    struct tarn_mutator *m = tarn__mutator(tarn__seat_self());
    void *holder = tarn_slot_peek(&node->value);
    void *held = holder ? get_value(m, map, holder) : NULL;
    if (holder && !held && !is_weak(map))
        held = holder = load_value(m, map, node); /* it was replaced */
    void *held_key = map->kind == TARN_MAP_ENTRIES ? held : node->key;
    if (held && map->kind == TARN_MAP_WEAK_KEYS)
        held_key = tarn_weak_get(holder);
    else if (held)
        tarn_incref_value(held_key);
    bool taken = held && held_key;
    if (taken && key)
        *key = held_key;
    else if (held)
        tarn_decref_value(held_key);
    if (taken && value)
        *value = held;
    else
        tarn_decref_value(held);
    return taken;
}

/* A new node, published and known to this thread alone; NULL: no memory. */
static struct tarn_map_node *make_node(struct tarn_mutator *m, struct tarn_map *map, uint64_t order,
                                       void *key, void *holder) {
    enum tarn_contain_type type = map->acyclic ? TARN_CONTAIN_MAP_LEAF_NODE : TARN_CONTAIN_MAP_NODE;
    struct tarn_map_node *node = tarn_new(tarn__contain_type(m, type));
    if (!node)
        return NULL;
    node->order = order;
    if (map->kind != TARN_MAP_ENTRIES && map->kind != TARN_MAP_WEAK_KEYS)
        tarn_field_set(&node->key, key);
    tarn_slot_init(&node->value, holder);
    tarn__slot_publish(&node->header);
    return node;
}

static void give(void **to, void *value) {
    if (to)
        *to = value;
    else
        tarn_decref_value(value);
}

/*
 * A node of the key that was live gets another holder; with `add` only if it has no
 * value (its holder's has died). Returns 0 (it had one, which goes to *old), 1 (it had
 * none) or -1: the node is dead. A node whose weak key has died is found by nobody, and
 * another may stand for an equal key: it stays dead, so its key is held meanwhile [WMAP-2].
 */
static int replace(struct tarn_mutator *m, struct tarn_map *map, struct tarn_map_node *node,
                   void *holder, bool add, void **old) {
    for (;;) {
        void *before = tarn_slot_peek(&node->value);
        void *held = before && map->kind == TARN_MAP_WEAK_KEYS ? tarn_weak_get(before) : NULL;
        if (!before || (!held && map->kind == TARN_MAP_WEAK_KEYS))
            return -1;
        bool wanted = old || is_weak(map);
        void *value = wanted ? get_value(m, map, before) : NULL;
        if (wanted && !value && !is_weak(map))
            continue; /* it was replaced */
        bool present = value || !is_weak(map);
        bool done = (add && present) || tarn_slot_compare_exchange(&node->value, before, holder);
        if (held)
            tarn_decref(held);
        if (done) {
            give(old, value);
            return !present;
        }
        tarn_decref_value(value);
    }
}

static inline bool may_hold(struct tarn_map *map, const void *object) {
    return !map->acyclic || tarn_is_immediate(object) || !tarn_gc_is_tracked(object);
}

static bool is_entry(struct tarn_map *map, const void *key, const void *value) {
    if (!key || !value || !may_hold(map, key) || !may_hold(map, value))
        return false;
    if (map->kind == TARN_MAP_ENTRIES)
        return key == value;
    return !is_weak(map) || !tarn_is_immediate(map->kind == TARN_MAP_WEAK_KEYS ? key : value);
}

/* Finds the key's node and has its holder replaced, or links a node with it: what
 * replace() returns, or -ENOMEM. */
static int store_holder(struct tarn_mutator *m, struct tarn_map *map, void *key, void *holder,
                        bool add, void **old) {
    uint64_t order = order_of(map, key);
    struct tarn_map_node *made = NULL;
    for (;;) {
        struct tarn_map_entrance entrance = tarn__map_enter_writing(m, map, order);
        struct tarn_map_place place = tarn__map_search(map, &entrance, order, false);
        struct tarn_map_node *node = find_from(map, tarn__map_follow(place.word), order, key);
        int result = node ? replace(m, map, node, holder, add, old) : -1;
        if (result >= 0) {
            if (made)
                tarn_decref(made);
            return result;
        }
        if (node)
            continue;
        if (!made && !(made = make_node(m, map, order, key, holder)))
            return -ENOMEM;
        if (tarn__map_insert(&place, made))
            break;
    }
    give(old, NULL);
    /* relaxed: a count. */
    tarn__map_grow(m, map, tarn__fetch_add(&map->count, 1, relaxed) + 1);
    return 1;
}

/* This thread took a node's holder out. */
static void bury(struct tarn_map *map, struct tarn_map_node *node) {
    /* relaxed: a count. */
    tarn__fetch_sub(&map->count, 1, relaxed);
    tarn__map_unlink(map, node);
}

/* A node of a weak map that has ended leaves it; whether this thread did it. */
static bool clear(struct tarn_map_node *node, struct tarn_map *map) {
    void *holder = tarn_slot_peek(&node->value);
    if (!holder || !tarn__weak_is_dead(holder) ||
        !tarn_slot_compare_exchange(&node->value, holder, NULL))
        return false;
    bury(map, node);
    return true;
}

/* Looks at so many nodes behind `order`, and at all of the last one's order. Returns
 * that order, or at the end SWEEP_END. */
static uint64_t sweep(struct tarn_map *map, uint64_t order, unsigned nodes, ptrdiff_t *cleared) {
    struct tarn_map_node *node = tarn__map_first(map, order + 1);
    for (uint64_t last = 0; node && (nodes > 0 || node->order == last); nodes -= nodes > 0) {
        struct tarn_map_node *next = tarn__map_after(node);
        last = order = node->order;
        *cleared += clear(node, map);
        node = next;
    }
    return node ? order : SWEEP_END;
}

ptrdiff_t tarn_map_sweep(void *object) {
    struct tarn_map *map = object;
    ptrdiff_t cleared = 0;
    expect_map("tarn_map_sweep", map);
    uint64_t order = SWEEP_END;
    if (is_weak(map))
        do
            order = sweep(map, order, SWEEP_NODES, &cleared);
        while (order != SWEEP_END);
    return cleared;
}

/* tarn_map_put, or tarn_map_add (`add`). */
static int store(struct tarn_mutator *m, struct tarn_map *map, void *key, void *value, bool add,
                 void **old) {
    ptrdiff_t cleared = 0;
    if (!is_entry(map, key, value))
        return -EINVAL;
    void *holder = make_holder(m, map, key, value);
    if (!holder)
        return -ENOMEM;
    int result = store_holder(m, map, key, holder, add, old);
    tarn_decref_value(holder);
    if (is_weak(map)) {
        /* relaxed: where to look next; that others look there too does no harm. */
        uint64_t from = tarn__load(&map->swept, relaxed);
        tarn__store(&map->swept, sweep(map, from, 2, &cleared), relaxed);
    }
    return result;
}

int tarn_map_put(void *map, void *key, void *value, void **old) {
    struct tarn_mutator *m = expect_map("tarn_map_put", map);
    return store(m, map, key, value, false, old);
}

int tarn_map_add(void *map, void *key, void *value, void **found) {
    struct tarn_mutator *m = expect_map("tarn_map_add", map);
    return store(m, map, key, value, true, found);
}

/* A new holder of `desired` for the key of a node whose holder is `before`. */
static void *make_next_holder(struct tarn_mutator *m, struct tarn_map *map, void *before,
                              void *desired) {
    void *key = map->kind == TARN_MAP_WEAK_KEYS ? tarn_weak_get(before) : NULL;
    if (map->kind == TARN_MAP_WEAK_KEYS && !key)
        return NULL;
    void *holder = make_holder(m, map, key, desired);
    if (key)
        tarn_decref(key);
    return holder;
}

/* The same for a weak map, whose slots hold holders. */
static bool compare_exchange_weak(struct tarn_mutator *m, struct tarn_map *map,
                                  struct tarn_map_node *node, void *expected, void *desired) {
    void *before = tarn_slot_peek(&node->value);
    void *value = before ? get_value(m, map, before) : NULL;
    void *holder = NULL;
    bool done = value == expected && value;
    if (done && desired)
        done = (holder = make_next_holder(m, map, before, desired)) != NULL;
    done = done && tarn_slot_compare_exchange(&node->value, before, holder);
    tarn_decref_value(holder);
    tarn_decref_value(value);
    return done;
}

bool tarn_map_compare_exchange(void *object, const void *key, void *expected, void *desired) {
    struct tarn_map *map = object;
    struct tarn_mutator *m = expect_map("tarn_map_compare_exchange", map);
    if (!expected || (desired && !may_hold(map, desired)) ||
        (desired && map->kind == TARN_MAP_WEAK_VALUES && tarn_is_immediate(desired)) ||
        (desired && map->kind == TARN_MAP_ENTRIES && !is_equal(map, desired, key)))
        return false;
    struct tarn_map_node *node = find(map, key);
    bool done =
        node && (is_weak(map) ? compare_exchange_weak(m, map, node, expected, desired)
                              : tarn_slot_compare_exchange(&node->value, expected, desired));
    if (done && !desired)
        bury(map, node);
    return done;
}

void *tarn_map_remove(void *object, const void *key) {
    struct tarn_map *map = object;
    struct tarn_mutator *m = expect_map("tarn_map_remove", map);
    struct tarn_map_node *node = find(map, key);
    void *holder = node ? tarn_slot_exchange(&node->value, NULL) : NULL;
    if (!holder)
        return NULL;
    bury(map, node);
    if (!is_weak(map))
        return holder;
    void *value = get_value(m, map, holder);
    tarn_decref(holder);
    return value;
}
