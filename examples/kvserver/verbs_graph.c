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
    return edges ? (int64_t)block_bytes(sizeof *edges + edges->length * sizeof edges->to[0]) : 0;
}

/* Links one pair of nodes whose stripes are held: 1, 0, or -1, with an answer. */
static int link_pair(struct call *call, struct entry *from, struct slice name) {
    struct probe key = probe_of(name);
    struct entry *to = find_or_make(call, &key, KIND_GRAPH);
    if (!to)
        return -1;
    struct node *node = entry_object(from);
    int64_t before = edges_bytes(node_edges_of(node));
    int linked = node_link(node, entry_object(to));
    key_grew(from, edges_bytes(node_edges_of(node)) - before);
    if (linked < 0)
        reply_no_memory(call->out);
    return linked < 0 ? -1 : linked;
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

void verb_graph_link(struct call *call) {
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    struct probe key = probe_of(call->word[1]);
    struct entry *from = are_graph(call, 1) ? find_or_make(call, &key, KIND_GRAPH) : NULL;
    long long linked = from ? 0 : -1;
    for (int i = 2; i < call->count && linked >= 0; i++) {
        int one = link_pair(call, from, call->word[i]);
        linked = one < 0 ? -1 : linked + one;
    }
    stripe_set_release(&locks);
    if (linked >= 0)
        reply_integer(call->out, linked);
}

void verb_graph_unlink(struct call *call) {
    bool wrong;
    long long removed = 0;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_GRAPH, &wrong);
    struct node *node = e ? entry_object(e) : NULL;
    int64_t before = e ? edges_bytes(node_edges_of(node)) : 0;
    for (int i = 2; e && i < call->count && removed >= 0; i++) {
        int one = node_unlink(node, call->word[i]);
        removed = one < 0 ? -1 : removed + one;
    }
    if (e)
        key_grew(e, edges_bytes(node_edges_of(node)) - before);
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
    reply_array(call->out, edges ? edges->length : 0);
    for (size_t i = 0; edges && i < edges->length; i++)
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
