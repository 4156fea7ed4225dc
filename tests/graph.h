/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Small random object graphs beside a model of them. The model keeps who refers to
 * whom in a table of its own and recomputes everything from scratch: whose count
 * must be what, what a collection of which generation must find. It shares no idea
 * with the collector but the definitions.
 *
 *   graph       up to GRAPH_NODES objects, GRAPH_EDGES references each; the test
 *               itself holds `roots[i]` references to object i
 *   alive       no dispose has told the model of the object's end
 *   age         as a collection must leave it; frozen ones take part in none
 */
#ifndef TESTS_GRAPH_H
#define TESTS_GRAPH_H

#include "heap_tests.h"

#define GRAPH_NODES 24
#define GRAPH_EDGES 5 /* two fields, a slot, an array of two */

struct vertex {
    tarn_object header;
    struct vertex *a;
    struct vertex *b;
    tarn_slot slot;
    size_t length;
    int number;
    struct vertex *array[]; /* two */
};

struct graph {
    unsigned count; /* objects made so far */
    struct vertex *object[GRAPH_NODES];
    bool alive[GRAPH_NODES];
    bool frozen[GRAPH_NODES];
    bool published[GRAPH_NODES]; /* was in a slot, or has weak references: its end waits
                                  * for a grace period */
    unsigned age[GRAPH_NODES];
    unsigned roots[GRAPH_NODES];
    int edge[GRAPH_NODES][GRAPH_EDGES]; /* -1: none */
    bool has_finalizer[GRAPH_NODES];
    unsigned finalized[GRAPH_NODES];
    unsigned disposed[GRAPH_NODES];
    void *weak[GRAPH_NODES][2]; /* by enum tarn_weak_kind, held by the test */
    unsigned called[GRAPH_NODES];
    tarn_type *type[3]; /* without user code, with a finalizer, counted atomically */
    uint64_t random;
};

static struct graph graph;

static inline uint64_t graph_random(uint64_t below) {
    graph.random ^= graph.random << 13;
    graph.random ^= graph.random >> 7;
    graph.random ^= graph.random << 17;
    return (graph.random * 0x2545f4914f6cdd1du >> 32) % below;
}

/* ------------------------------------------------------------ real and model ---- */

static inline void *graph_field(unsigned from, unsigned e) {
    struct vertex *v = graph.object[from];
    return e == 0 ? (void *)&v->a : e == 1 ? (void *)&v->b : (void *)&v->array[e - 3];
}

static inline void graph_link(unsigned from, unsigned e, int to) {
    struct vertex *target = to < 0 ? NULL : graph.object[to];
    graph.edge[from][e] = to; /* first: the old one's death looks at the model */
    if (e == 2 && to >= 0)
        graph.published[to] = true;
    if (e == 2)
        tarn_slot_store(&graph.object[from]->slot, target);
    else
        (tarn_field_set)(graph_field(from, e), target);
}

static inline void graph_unroot(unsigned i) {
    graph.roots[i]--;
    tarn_decref(graph.object[i]);
}

static inline void graph_root(unsigned i) {
    graph.roots[i]++;
    tarn_incref(graph.object[i]);
}

static inline int graph_make(unsigned type) {
    if (graph.count == GRAPH_NODES)
        return -1;
    unsigned i = graph.count++;
    graph.object[i] = tarn_new_array(graph.type[type], 2);
    assert_non_null(graph.object[i]);
    graph.object[i]->number = (int)i;
    graph.alive[i] = true;
    graph.has_finalizer[i] = type == 1;
    graph.age[i] = 0;
    graph.roots[i] = 1;
    for (unsigned e = 0; e < GRAPH_EDGES; e++)
        graph.edge[i][e] = -1;
    return (int)i;
}

/* --------------------------------------------------------------- references ---- */

static inline void graph_dispose(void *object) {
    int i = ((struct vertex *)object)->number;
    graph.alive[i] = false;
    graph.disposed[i]++;
}

/* The count that an object must have, from the tables alone. */
static inline long graph_count_of(unsigned i) {
    long count = graph.roots[i];
    for (unsigned from = 0; from < graph.count; from++)
        for (unsigned e = 0; graph.alive[from] && e < GRAPH_EDGES; e++)
            count += graph.edge[from][e] == (int)i;
    return count;
}

/* Marks in `held` the members of `set` that are reachable from outside it. */
static inline void graph_reach(const bool *set, bool *held) {
    for (unsigned i = 0; i < graph.count; i++)
        held[i] = set[i] && graph.roots[i] > 0;
    for (bool more = true; more;) {
        more = false;
        for (unsigned from = 0; from < graph.count; from++)
            for (unsigned e = 0; e < GRAPH_EDGES; e++) {
                int to = graph.edge[from][e];
                bool outside = graph.alive[from] && !set[from];
                if (to >= 0 && set[to] && !held[to] && (outside || held[from]))
                    more = held[to] = true;
            }
    }
}

/* What a collection of a generation looks through. */
static inline void graph_members(unsigned generation, bool *set) {
    for (unsigned i = 0; i < graph.count; i++)
        set[i] = graph.alive[i] && !graph.frozen[i] && graph.age[i] <= generation;
}

/* ------------------------------------------------------------------ the ends ---- */

static inline void graph_open(uint64_t seed, void (*finalize)(void *)) {
    static const size_t offsets[] = {offsetof(struct vertex, a), offsetof(struct vertex, b),
                                     offsetof(struct vertex, slot)};
    static const size_t element[] = {0};
    tarn_type *type[3];
    for (unsigned t = 0; t < 3; t++) {
        type[t] = tarn_type_register(
            fixture.heap,
            &(struct tarn_type_spec){.name = "vertex",
                                     .size = sizeof(struct vertex),
                                     .offsets = offsets,
                                     .offset_count = 3,
                                     .element_size = sizeof(void *),
                                     .length_offset = offsetof(struct vertex, length),
                                     .element_offsets = element,
                                     .element_offset_count = 1,
                                     .finalize = t == 1 ? finalize : NULL,
                                     .dispose = graph_dispose,
                                     .flags = TARN_TYPE_DISPOSE_PLAIN |
                                              (t == 2 ? (unsigned)TARN_TYPE_SHARED : 0)});
        assert_non_null(type[t]);
    }
    graph = (struct graph){.random = seed * 0x9e3779b97f4a7c15u | 1};
    memcpy(graph.type, type, sizeof type);
}

/* The next graph of the same heap. */
static inline void graph_restart(uint64_t seed) {
    tarn_type *type[3];
    memcpy(type, graph.type, sizeof type);
    graph = (struct graph){.random = seed * 0x9e3779b97f4a7c15u | 1};
    memcpy(graph.type, type, sizeof type);
}

#endif
