/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Work that fills a process of its own, so that resident memory is one
 * allocator's and a preloaded malloc is the whole process's.
 *
 *   contender   who is measured: a kind of calls, and a library to preload
 *   work        what is done, through the calls of a kind
 *   job         one run of a work in this process
 *   figures     what a job found; printed by the worker, read by the parent
 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The calls that a work goes through; none is NULL. */
struct allocator {
    const char *kind;
    void *(*allocate)(size_t size);
    void (*release)(void *block);
    void *(*resize)(void *block, size_t size);
    void (*enter)(void);      /* a thread begins to use it */
    void (*leave)(void);      /* and ends */
    void (*poll)(void);       /* between operations, every few dozen */
    void (*wait_begin)(void); /* around waiting for other threads */
    void (*wait_end)(void);
    void (*trim)(void); /* gives free memory back to the system */
};

struct figures {
    double ns;      /* per operation */
    double peak;    /* most resident bytes, above what the process had before */
    double rss;     /* resident bytes at the end, likewise */
    double live;    /* bytes asked for and not freed: at the end, or the most if peak counts */
    double growth;  /* resident at the end over a tenth of the way in; 0: not measured */
    double scaling; /* rate of two threads over that of one; 0: not measured */
    double ceiling; /* the same for arithmetic alone: what the machine gives */
    /* By stepping, per call: own allocation, own free, free of another thread's
     * block, and atomic operations in the last; 0: not measured. */
    double step_allocate, step_release, step_remote, step_atomics;
};

#define FIGURES (sizeof(struct figures) / sizeof(double))

struct job {
    const struct allocator *a;
    size_t size;
    struct figures out;
    double base; /* resident bytes at job_begin */
};

/* How often to repeat: `usual`, a thousandth of it if quick, or what --loops says. */
uint64_t job_loops(uint64_t usual);

/* Memory for a work's own books, touched, not from the allocator under test. */
void *job_pages(size_t bytes);

/* From here on resident memory counts; call after job_pages. */
void job_begin(struct job *job);

/* Takes peak and rss. */
void job_end(struct job *job);

/* Resident bytes now, above those at job_begin. */
double job_rss(const struct job *job);

/* The allocator of a kind, ready for this thread; NULL: no such kind. */
const struct allocator *kind_open(const char *kind);

/* Runs one work and prints its figures; returns the process's status: 0, 1
 * (malloc is not that of the library `needs`) or 2 (no such work or kind). */
int worker_run(const char *work, const char *kind, const char *needs, size_t size);

struct contender {
    const char *name;
    const char *kind;
    const char *library; /* preloaded; "": the C library's malloc */
    bool peer;
};

/* Starts this program again as a worker. False: the worker failed, which it has
 * said on stderr unless `silent`. */
bool worker_spawn(const struct contender *who, const char *work, size_t size, bool silent,
                  struct figures *out);

#endif
