/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Nodes of a graph, which refer to one another in cycles.
 *
 * A node's edges stand in an array that it has in a slot. New edges are written
 * behind the last and then counted, all those of a command at once, so a reader that borrowed the
 * array walks those that were counted, however long it likes to, up to its next safepoint. When
 * there is no room, and when an edge goes, a new array is made and stored in the slot; the old one
 * stays as it is for whoever borrowed it. Removing a node's key takes it out of the keyspace and
 * nothing more: as long as others link to it, it lives; and a group that only links to
 * itself is garbage that the collector alone can free.
 */
#ifndef KVSERVER_GRAPH_H
#define KVSERVER_GRAPH_H

#include <tarn/tarn.h>

#include "slice.h"

struct node {
    tarn_object header;
    size_t length; /* of the name */
    tarn_slot edges;
    char name[];
};

struct edges {
    tarn_object header;
    size_t room;
    TARN__ATOMIC(size_t) count; /* of those that are there */
    struct node *to[];          /* plain: constant once they are counted */
};

static inline size_t edges_count(const struct edges *edges) {
    /* acquire: pairs with the release in publish(); what is counted is there. */
    return edges ? tarn__load(&edges->count, acquire) : 0;
}

/* A node without edges; NULL: no memory. */
struct node *node_new(struct slice name);

/* Where `from` links to: a borrow, or NULL for nowhere. */
static inline struct edges *node_edges_of(struct node *from) {
    return tarn_slot_peek(&from->edges);
}

static inline struct slice node_name(const struct node *node) {
    return (struct slice){node->name, node->length};
}

/* Adds edges to those nodes that there are none to yet: how many, or -ENOMEM. The caller
 * holds the stripe of `from`. */
ptrdiff_t node_link(struct node *from, struct node *const *to, size_t count);

/* Removes the edges to nodes of these names: how many, or -ENOMEM. As above. */
ptrdiff_t node_unlink(struct node *from, const struct slice *name, size_t count);

#endif
