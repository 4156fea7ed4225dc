/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Questions to a graph. The caller holds the graph and reads immutable fields;
 * every function polls tarn_safepoint as it goes. Working memory is raw memory of
 * the calling thread, kept from query to query.
 */
#ifndef PKGRAPH_QUERY_H
#define PKGRAPH_QUERY_H

#include "graph.h"

struct workspace {
    size_t size;
    uint32_t *mark;  /* by package: stamp of the query that saw it */
    uint32_t *from;  /* by package: where a search came from; low link */
    uint32_t *queue; /* packages found, in order */
    uint32_t *frame; /* Tarjan's call stack: package, next edge */
    uint32_t stamp;
    size_t found; /* length of the answer in `queue` */
};

/* Makes room for a graph; ends the program when there is no memory. */
void workspace_fit(struct workspace *w, const struct graph *graph);
void workspace_free(struct workspace *w);

/* The shortest path of dependencies from a to b, both included, in w->queue;
 * 0 if there is none. */
size_t query_path(const struct graph *g, struct workspace *w, uint32_t a, uint32_t b);

/* What must be installed for a package: the first alternative that exists, of a
 * virtual one its first provider. The package is first in w->queue. */
size_t query_closure(const struct graph *g, struct workspace *w, uint32_t a);

/* All packages from which a package can be reached, itself first. */
size_t query_reverse(const struct graph *g, struct workspace *w, uint32_t a);

/* Strongly connected groups of two or more: calls for each, members in no order. */
typedef void (*group_visitor)(const struct graph *g, const uint32_t *member, size_t count,
                              void *arg);
size_t query_groups(const struct graph *g, struct workspace *w, group_visitor visit, void *arg);

#endif
