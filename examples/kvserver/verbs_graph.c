/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * GRAPH: keys that refer to one another.
 *
 *   GRAPH.LINK a b [b ...]     edges from a to each b; makes the keys that are not there.
 *                              Answers how many edges are new
 *   GRAPH.UNLINK a b [b ...]   how many edges are gone
 *   GRAPH.NEIGHBORS a          the names that a links to
 *   GRAPH.DROP a [a ...]       removes keys: how many. Edges to a dropped node hold it,
 *                              with all that it links to; when nobody does any more it
 *                              dies, at once or, in a cycle, by the collector
 */
#include "graph.h"
#include "verbs.h"

static int64_t edges_bytes(const struct edges *edges) {
    return edges ? (int64_t)block_bytes(sizeof *edges + edges->room * sizeof edges->to[0]) : 0;
}

/* Whether none of the words from `first` on is a key of another kind; answers if not. */
static bool are_graph(struct call *call, int first) {
    bool wrong = false;
    for (int i = first; i < call->count && !wrong; i++) {
        struct probe key = probe_of(call->word[i]);
        find_kind(call, &key, KIND_GRAPH, &wrong);
    }
    return !wrong;
}

/* With all stripes held: links to the nodes of the words from the second on, made if need
 * be; how many edges are new, or -1, with an answer. */
static long long link_all(struct call *call, struct entry *from, struct node **to) {
    size_t count = (size_t)call->count - 2;
    struct node *node = entry_object(from);
    for (size_t i = 0; i < count; i++) {
        struct probe key = probe_of(call->word[i + 2]);
        struct entry *e = find_or_make(call, &key, KIND_GRAPH);
        if (!e)
            return -1;
        to[i] = entry_object(e);
    }
    int64_t before = edges_bytes(node_edges_of(node));
    ptrdiff_t linked = node_link(node, to, count);
    key_grew(from, edges_bytes(node_edges_of(node)) - before);
    if (linked < 0)
        reply_no_memory(call->out);
    return linked < 0 ? -1 : linked;
}

void verb_graph_link(struct call *call) {
    struct node **to = tarn_malloc((size_t)call->count * sizeof(*to));
    if (!to) {
        reply_no_memory(call->out);
        return;
    }
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    struct probe key = probe_of(call->word[1]);
    struct entry *from = are_graph(call, 1) ? find_or_make(call, &key, KIND_GRAPH) : NULL;
    long long linked = from ? link_all(call, from, to) : -1;
    stripe_set_release(&locks);
    tarn_free(to);
    if (linked >= 0)
        reply_integer(call->out, linked);
}

void verb_graph_unlink(struct call *call) {
    bool wrong;
    ptrdiff_t removed = 0;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_GRAPH, &wrong);
    if (e) {
        struct node *node = entry_object(e);
        int64_t before = edges_bytes(node_edges_of(node));
        removed = node_unlink(node, call->word + 2, (size_t)call->count - 2);
        key_grew(e, edges_bytes(node_edges_of(node)) - before);
    }
    key_unlock(&key);
    if (!wrong && removed >= 0)
        reply_integer(call->out, removed);
    else if (!wrong)
        reply_no_memory(call->out);
}

/* Borrows all the way: the entry, its node, the array of edges and the nodes in it. */
void verb_graph_neighbors(struct call *call) {
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    if (!entry_is(call, e, KIND_GRAPH))
        return;
    struct edges *edges = e ? node_edges_of(entry_object(e)) : NULL;
    size_t count = edges_count(edges);
    reply_array(call->out, count);
    for (size_t i = 0; i < count; i++)
        reply_bulk(call->out, node_name(edges->to[i]));
}

void verb_graph_drop(struct call *call) {
    long long removed = 0;
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    bool sound = are_graph(call, 1);
    for (int i = 1; sound && i < call->count; i++) {
        struct probe key = probe_of(call->word[i]);
        removed += key_remove(&key);
    }
    stripe_set_release(&locks);
    if (sound)
        reply_integer(call->out, removed);
}
