/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Nodes and their edges. */
#include "graph.h"

#include <errno.h>

#include "entry.h"

#define FIRST_ROOM 2u

struct node *node_new(struct slice name) {
    struct node *node = tarn_new_array(types.node, name.length);
    if (node)
        memcpy(node->name, name.bytes, name.length);
    return node;
}

/* --- arrays ---- */

static bool has(const struct edges *edges, size_t count, const struct node *to) {
    for (size_t i = 0; i < count; i++)
        if (edges->to[i] == to)
            return true;
    return false;
}

/* Writes an edge behind `count` others, for nobody to see yet. */
static void put(struct edges *edges, size_t count, struct node *to) {
    tarn_field_set(&edges->to[count], to);
}

static void publish(struct edges *edges, size_t count) {
    /* release: pairs with the acquire in edges_count(); publishes the edges. */
    tarn__store(&edges->count, count, release);
}

/* Stores an array in the node's slot, which takes a reference of its own. */
static void replace(struct node *from, struct edges *edges) {
    tarn_slot_store(&from->edges, edges);
    if (edges)
        tarn_decref(edges);
}

/* The same edges in a new array, with room for so many. */
static struct edges *widen(const struct edges *old, size_t room) {
    size_t count = edges_count(old);
    struct edges *new = tarn_new_array(types.edges, room);
    for (size_t i = 0; new &&i < count; i++)
        put(new, i, old->to[i]);
    return new;
}

/* --- edges ---- */

ptrdiff_t node_link(struct node *from, struct node *const *to, size_t count) {
    struct edges *old = node_edges_of(from);
    struct edges *edges = old;
    size_t before = edges_count(old);
    size_t after = before;
    if (!old || before + count > old->room) {
        size_t room = before + count < FIRST_ROOM ? FIRST_ROOM : before + count;
        edges = widen(old, room < before * 2 ? before * 2 : room);
        if (!edges)
            return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        if (!has(edges, after, to[i]))
            put(edges, after++, to[i]);
    publish(edges, after);
    if (edges != old)
        replace(from, edges);
    return (ptrdiff_t)(after - before);
}

static bool is_among(const struct node *node, const struct slice *name, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (slice_equal(node_name(node), name[i]))
            return true;
    return false;
}

ptrdiff_t node_unlink(struct node *from, const struct slice *name, size_t count) {
    struct edges *old = node_edges_of(from);
    size_t before = edges_count(old);
    size_t left = 0;
    for (size_t i = 0; i < before; i++)
        left += !is_among(old->to[i], name, count);
    if (left == before)
        return 0;
    struct edges *new = left ? tarn_new_array(types.edges, left) : NULL;
    if (left && !new)
        return -ENOMEM;
    size_t after = 0;
    for (size_t i = 0; i < before; i++)
        if (!is_among(old->to[i], name, count))
            put(new, after++, old->to[i]);
    if (new)
        publish(new, after);
    replace(from, new);
    return (ptrdiff_t)(before - left);
}
