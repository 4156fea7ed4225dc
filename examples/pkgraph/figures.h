/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the report tells, and taking it. */
#ifndef PKGRAPH_FIGURES_H
#define PKGRAPH_FIGURES_H

#include "graph.h"
#include "vector.h"

enum question { ASK_PATH, ASK_CLOSURE, ASK_REVERSE, ASK_GROUPS, QUESTIONS };
extern const char *const question_names[QUESTIONS];

/* Resident memory, in KiB. */
struct memory {
    size_t start;          /* before anything is loaded */
    size_t loaded;         /* with the first graph */
    VECTOR(size_t) reload; /* after each reload */
    size_t peak;
    size_t end;   /* while the last graph is still served */
    size_t after; /* when the heap has ended and raw memory is trimmed */
};

struct figures {
    size_t inputs;
    size_t records;
    size_t skipped;      /* malformed ones */
    double load_seconds; /* the first load */
    size_t packages;
    size_t virtuals; /* of them: names that are only provided */
    uint64_t edges;
    size_t groups; /* cycles: strongly connected groups of two or more */
    size_t grouped;
    size_t largest;
    double seconds;
    uint64_t answers[QUESTIONS];
    struct tarn_histogram latency[QUESTIONS];
    size_t reloads;
    size_t failed_reloads; /* the old graph was served on */
    double reload_seconds; /* all of them */
    struct memory memory;
    struct tarn_heap_stats heap;
    struct tarn_gc_stats generation[3];
    struct tarn_histogram time_to_stop;
    struct tarn_histogram time_stopped;
    ptrdiff_t left; /* objects that were live when the heap ended */
};

/* Seconds of a clock that only goes forwards. */
double now(void);

/* A line of /proc/self/status in KiB, for instance VmRSS; 0 if there is none. */
size_t memory_line(const char *name);

/* Notes what a reload left behind. */
void figures_of_reload(struct figures *figures, double seconds);

/* Size and cycles of a graph that the caller holds. */
void figures_of_graph(struct figures *figures, const struct graph *graph);

void figures_of_heap(struct figures *figures, tarn_heap *heap);

/* The highest memory after a reload, in the first and in the second half of them;
 * false if there were too few to compare. */
bool figures_memory_halves(const struct figures *figures, size_t half[2]);

void figures_free(struct figures *figures);

#endif
