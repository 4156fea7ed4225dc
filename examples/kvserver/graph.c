/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Nodes and their edges. */
#include "graph.h"

#include <errno.h>

#include "entry.h"

struct node *node_new(struct slice name) {
    struct node *node = tarn_new_array(types.node, name.length);
    if (node)
        memcpy(node->name, name.bytes, name.length);
    return node;
}

static size_t index_of(const struct edges *edges, const struct node *to) {
    size_t i = 0;
    while (i < edges->length && edges->to[i] != to)
        i++;
    return i;
}

/* Stores an array in the node's slot, which takes a reference of its own. */
static void store(struct node *from, struct edges *edges) {
    tarn_slot_store(&from->edges, edges);
    if (edges)
        tarn_decref(edges);
}

int node_link(struct node *from, struct node *to) {
    struct edges *old = node_edges_of(from);
    size_t count = old ? old->length : 0;
    if (old && index_of(old, to) < count)
        return 0;
    struct edges *new = tarn_new_array(types.edges, count + 1);
    if (!new)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        tarn_field_set(&new->to[i], old->to[i]);
    tarn_field_set(&new->to[count], to);
    store(from, new);
    return 1;
}

int node_unlink(struct node *from, struct slice name) {
    struct edges *old = node_edges_of(from);
    struct edges *new = NULL;
    size_t at = 0;
    while (old && at < old->length && !slice_equal(node_name(old->to[at]), name))
        at++;
    if (!old || at == old->length)
        return 0;
    if (old->length > 1) {
        new = tarn_new_array(types.edges, old->length - 1);
        if (!new)
            return -ENOMEM;
        for (size_t i = 0; i < new->length; i++)
            tarn_field_set(&new->to[i], old->to[i < at ? i : i + 1]);
    }
    store(from, new);
    return 1;
}

void node_give_edges(struct node *from, struct edges *edges) {
    store(from, edges);
}
