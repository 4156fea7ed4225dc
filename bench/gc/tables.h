/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The tables of the collectors' benchmark: contenders run in turn, round by round, and
 * each result becomes a row of figures.
 */
#ifndef BENCH_GC_TABLES_H
#define BENCH_GC_TABLES_H

#include "harness.h"
#include "part.h"

#define GC_CONTENDERS 8
#define GC_PYTHONS 4

struct gc_contender {
    const char *name;
    /* Fills the results of one run; false: not present. */
    bool (*run)(const char *part, struct results *out);
    const char *part; /* what it is told; NULL ends the list */
    unsigned rounds;  /* of a slow one: later rounds repeat these; 0: all */
};

/* A table's rounds, all of them run. */
struct gc_table {
    unsigned rounds;
    unsigned count;
    const char *name[GC_CONTENDERS];
    double seconds[GC_CONTENDERS]; /* that its runs took */
    double value[RESULTS][GC_CONTENDERS][ROUNDS_MAX];
};

void gc_run(struct gc_table *table, unsigned rounds, const struct gc_contender *contender);

/* One figure of a table as a benchmark of its own; factor: to the unit. */
void gc_show(const struct gc_table *table, unsigned result, const char *what, const char *unit,
             double factor);

/* A part by this program, and a script for an interpreter: "PATH ARGUMENTS". */
bool gc_by_part(const char *part, struct results *out);
bool gc_by_python(const char *part, struct results *out);

/* Every CPython that is found, up to GC_PYTHONS, with arguments for its script; how many.
 * Their parts are good until the next call. */
unsigned gc_pythons(struct gc_contender *who, const char *arguments);

/* --- what stays, for verdicts: as gc_show named it ---- */

#define GC_OURS "tarn"
#define GC_OFF "tarn, no collections"
#define GC_PYTHON "CPython" /* begins the names of them all */
#define GC_PYTHON_FT "CPython, free-threaded"
#define GC_BOEHM "Boehm GC"
#define GC_BOEHM_INCREMENTAL "Boehm GC, incremental"

void gc_graphs(void);
void gc_trees(void);
void gc_servers(void);
void gc_lists(void);
void gc_crowds(void);
void gc_judge(void);

/* Rounds of the group that a table is of. */
unsigned gc_rounds(void);

/* Names that verdicts look up; the strings live as long as the program. */
const char *gc_graph_row(const char *shape, size_t n, bool dead);
const char *gc_trees_row(unsigned threads, const char *figure);
const char *gc_server_row(size_t live, const char *figure);
const char *gc_list_row(void);
const char *gc_crowd_row(const char *figure);

#endif
