/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The shared graph of packages, as tarn objects.
 *
 * Everything a loader builds is written before the graph is stored in its slot
 * and never changes afterwards, so references are plain fields: a reader that
 * holds the graph may follow them without further care. Dependencies point
 * forwards, `dependents` backwards, versions to their package: a graph is full
 * of cycles, and when it is replaced only the collector can free it.
 */
#ifndef PKGRAPH_GRAPH_H
#define PKGRAPH_GRAPH_H

#include <stdbool.h>
#include <stdint.h>
#include <tarn/tarn.h>

struct text {
    tarn_object header;
    size_t length;
    char bytes[];
};

/* A counted array of references. */
struct array {
    tarn_object header;
    size_t length;
    void *item[];
};

/* One alternative of a dependency: `a (>= 1) | b` has two. */
struct alternative {
    struct package *target; /* NULL: no such package */
    struct text *name;
    struct text *restriction; /* "(>= 1)", or NULL */
};

struct group {
    tarn_object header;
    size_t length;
    struct alternative item[];
};

struct version {
    tarn_object header;
    struct package *package;
    struct text *number;
    struct array *groups;   /* of struct group: Pre-Depends and Depends */
    struct array *provides; /* of struct text */
};

struct package {
    tarn_object header;
    struct text *name;
    struct array *versions;     /* empty: a virtual package */
    struct array *providers;    /* of struct package */
    struct array *dependencies; /* of struct package, each once */
    struct array *dependents;   /* of struct package, each once */
    uint32_t number;            /* index in the graph */
};

struct graph {
    tarn_object header;
    struct array *packages; /* by number, in order of their names */
    struct array *buckets;  /* of struct array of struct package, by hash of the name */
    uint64_t edges;
};

/* The types, registered once. */
struct types {
    tarn_type *text;
    tarn_type *array;
    tarn_type *group;
    tarn_type *version;
    tarn_type *package;
    tarn_type *graph;
};
extern struct types types;

/* Registers them; false: no memory. */
bool types_register(tarn_heap *heap);

/* New objects; they end the program when there is no memory: it cannot go on. */
struct text *text_new(const char *bytes, size_t length);
struct array *array_new(size_t length);
void *object_new(tarn_type *type);
struct group *group_new(size_t length);

/* A name's hash, and the package of that name or NULL. */
uint32_t name_hash(const char *name, size_t length);
struct package *graph_find(const struct graph *graph, const char *name);

static inline size_t graph_size(const struct graph *graph) {
    return graph->packages->length;
}

static inline struct package *graph_package(const struct graph *graph, size_t number) {
    return graph->packages->item[number];
}

#endif
