/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Walks through a map that others change (docs/design/contain.md [MAP-7]).
 *
 * Nodes stand in the order of their hashes, whatever is added or removed, so a walk
 * needs to remember one number: the order that it met last. Keys of the same order
 * are told apart by nothing that lasts; where there are several, which a hash of 64
 * bits makes rare, all of them are taken at once, and met one by one.
 */
#include "contain/map.h"

#include <errno.h>

/* The nodes of one order from `first` on. */
static size_t count_ties(struct tarn_map_node *first) {
    size_t count = 0;
    for (struct tarn_map_node *n = first; n && n->order == first->order; n = tarn__map_after(n))
        count++;
    return count;
}

/* Takes references to them, up to `count`; the last is met first. */
static void keep_ties(struct tarn_map_cursor *cursor, struct tarn_map_node *first, size_t count) {
    struct tarn_map_node *node = first;
    for (; node && node->order == first->order && cursor->tie_count < count;
         node = tarn__map_after(node))
        if (tarn_try_incref(node))
            cursor->ties[cursor->tie_count++] = node;
}

/* How a walk hands out what it met: as references, or as borrows. */
typedef bool (*taker)(struct tarn_map *map, struct tarn_map_node *node, void **key, void **value);

static bool take_borrow(struct tarn_map *map, struct tarn_map_node *node, void **key,
                        void **value) {
    void *held = tarn_slot_peek(&node->value);
    if (!held)
        return false;
    if (key)
        *key = map->kind == TARN_MAP_ENTRIES ? held : node->key;
    if (value)
        *value = held;
    return true;
}

/* The next of the nodes taken at once that is still live. A borrow outlasts the
 * reference to its node: the node was published. */
static bool take_tie(struct tarn_map_cursor *cursor, taker take, void **key, void **value) {
    bool taken = false;
    while (cursor->tie_count && !taken) {
        struct tarn_map_node *node = cursor->ties[--cursor->tie_count];
        taken = take(cursor->map, node, key, value);
        tarn_decref(node);
    }
    if (!cursor->tie_count) {
        tarn_free(cursor->ties);
        cursor->ties = NULL;
    }
    return taken;
}

static void drop_ties(struct tarn_map_cursor *cursor) {
    while (cursor->tie_count)
        tarn_decref(cursor->ties[--cursor->tie_count]);
    tarn_free(cursor->ties);
    cursor->ties = NULL;
}

void tarn_map_cursor_begin(struct tarn_map_cursor *cursor, void *map) {
    tarn__contain_expect("tarn_map_cursor_begin", map, TARN_CONTAIN_MAP);
    tarn_incref(map);
    *cursor = (struct tarn_map_cursor){.map = map};
}

static int go_on(struct tarn_map_cursor *cursor, taker take, void **key, void **value) {
    struct tarn_map *map = cursor->map;
    while (!take_tie(cursor, take, key, value)) {
        if (cursor->begun && cursor->order == UINT64_MAX)
            return 0;
        struct tarn_map_node *node = tarn__map_first(map, cursor->begun ? cursor->order + 1 : 0);
        if (!node)
            return 0;
        size_t ties = count_ties(node);
        if (ties > 1) {
            cursor->ties = tarn_malloc(ties * sizeof *cursor->ties);
            if (!cursor->ties)
                return -ENOMEM;
        }
        cursor->begun = true;
        cursor->order = node->order;
        if (ties > 1)
            keep_ties(cursor, node, ties);
        else if (take(map, node, key, value))
            return 1;
    }
    return 1;
}

int tarn_map_cursor_next(struct tarn_map_cursor *cursor, void **key, void **value) {
    tarn__contain_expect("tarn_map_cursor_next", cursor->map, TARN_CONTAIN_MAP);
    return go_on(cursor, tarn__map_take, key, value);
}

int tarn_map_cursor_peek(struct tarn_map_cursor *cursor, void **key, void **value) {
    struct tarn_map *map = cursor->map;
    tarn__contain_expect("tarn_map_cursor_peek", map, TARN_CONTAIN_MAP);
    if (map->kind >= TARN_MAP_WEAK_VALUES)
        return -EINVAL;
    return go_on(cursor, take_borrow, key, value);
}

uint64_t tarn_map_cursor_place(const struct tarn_map_cursor *cursor) {
    /* Order 0, which only the hash 0 has, gives way: the place 0 means "not begun". */
    uint64_t order = cursor->order ? cursor->order : 1;
    return cursor->begun ? order - (cursor->tie_count > 0) : 0;
}

void tarn_map_cursor_seek(struct tarn_map_cursor *cursor, uint64_t place) {
    tarn__contain_expect("tarn_map_cursor_seek", cursor->map, TARN_CONTAIN_MAP);
    drop_ties(cursor);
    cursor->order = place;
    cursor->begun = place != 0;
}

void tarn_map_cursor_end(struct tarn_map_cursor *cursor) {
    tarn__contain_expect("tarn_map_cursor_end", cursor->map, TARN_CONTAIN_MAP);
    drop_ties(cursor);
    tarn_decref(cursor->map);
    *cursor = (struct tarn_map_cursor){0};
}
