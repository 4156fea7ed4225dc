/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The service: readers that answer without stopping, and a graph that is replaced
 * under them.
 */
#ifndef PKGRAPH_SERVICE_H
#define PKGRAPH_SERVICE_H

#include "inputs.h"
#include "load.h"
#include "options.h"

enum question { ASK_PATH, ASK_CLOSURE, ASK_REVERSE, ASK_GROUPS, QUESTIONS };
extern const char *const question_names[QUESTIONS];

struct memory {
    size_t start; /* resident, in KiB: after the first load */
    size_t peak;
    size_t end;     /* while the last graph is still served */
    size_t half[2]; /* highest after a reload in the first and second half of the time */
};

struct figures {
    double seconds;
    size_t inputs;
    size_t records;
    size_t skipped;
    size_t packages;
    uint64_t edges;
    uint64_t cyclic_groups;
    uint64_t cyclic_packages;
    uint64_t largest_group;
    uint64_t answers[QUESTIONS];
    size_t reloads;
    double reload_seconds;
    struct memory memory;
    struct tarn_heap_stats heap;
    struct tarn_gc_stats generation[3];
    struct tarn_histogram time_to_stop;
    struct tarn_histogram time_stopped;
    ptrdiff_t left; /* objects that were live when the heap ended */
};

/* Serves for the given time. The caller is attached and holds `first`, which it
 * gives up. Returns false, with a message, if an input could not be read again. */
bool service_run(tarn_heap *heap, const struct options *options, struct inputs *inputs,
                 struct load_result first, struct figures *figures);

/* Cycles in a graph, for the report. */
void figures_of_graph(const struct graph *graph, struct figures *figures);

/* A line of /proc/self/status, in KiB. */
size_t memory_line(const char *name);

#endif
