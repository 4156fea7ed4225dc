/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Nodes of a graph, which refer to one another in cycles.
 *
 * A node's edges are an array that never changes: a link or its end makes a new array
 * and stores it in the node's slot, so a reader borrows the array and walks it however
 * long it likes to, up to its next safepoint. Removing a node's key takes it out of the
 * keyspace and nothing more: as long as others link to it, it lives; and a group that
 * only links to itself is garbage that the collector alone can free.
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
    size_t length;
    struct node *to[]; /* plain: constant once the array is stored */
};

/* A node without edges; NULL: no memory. */
struct node *node_new(struct slice name);

/* Where `from` links to: a borrow, or NULL for nowhere. */
static inline struct edges *node_edges_of(struct node *from) {
    return tarn_slot_peek(&from->edges);
}

static inline struct slice node_name(const struct node *node) {
    return (struct slice){node->name, node->length};
}

/* Adds an edge, or removes the one to a node of that name; the caller holds the stripe of
 * `from`. Return 1, 0 (it was there, or was not) or -ENOMEM. */
int node_link(struct node *from, struct node *to);
int node_unlink(struct node *from, struct slice name);

/* Gives a node that nobody else sees yet its edges, all at once. */
void node_give_edges(struct node *from, struct edges *edges);

#endif
