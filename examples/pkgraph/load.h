/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Loading a graph with several threads. */
#ifndef PKGRAPH_LOAD_H
#define PKGRAPH_LOAD_H

#include "graph.h"
#include "source.h"

struct load_result {
    struct graph *graph; /* the caller's reference */
    size_t records;      /* taken */
    size_t skipped;      /* malformed, each reported on standard error */
};

/*
 * Builds a graph from the sources with `threads` threads, which attach for it.
 * report: print what is malformed. The caller is attached; it waits in blocking
 * regions.
 */
struct load_result graph_load(tarn_heap *heap, const struct source *sources, size_t count,
                              unsigned threads, bool report);

#endif
