/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The one harness: rounds over variants, interleaved; medians and paired ratios.
 *
 * A benchmark is a table of variants of the same work, ours first. Each round
 * runs every variant once, in turn, so that a change of the machine's speed hits
 * all alike; the ratio ours/peer is taken round by round.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ROUNDS_MAX 101
#define VARIANTS_MAX 12

struct variant {
    const char *name;
    /* Does the work and returns ns per operation; negative: not present here. */
    double (*run)(void *arg);
    void *arg;
};

struct bench {
    const char *name;
    const char *what;                     /* one operation */
    const char *unit;                     /* of what run returns; NULL: ns */
    struct variant variant[VARIANTS_MAX]; /* [0]: ours */
};

struct harness {
    unsigned rounds;
    bool quick;      /* tiny work: whether it runs at all */
    uint64_t loops;  /* what loops_for returns; 0: as many as take a slice */
    double slice_ns; /* of one variant in one round */
    FILE *json;
    bool first;     /* nothing in the JSON array yet */
    bool first_row; /* nothing in its last entry yet */
};

extern struct harness harness;

/* Prints the line that says what machine this is. */
void print_machine(void);

/* Opens a JSON document for the tables to come, folders included, and ends it. */
bool json_open(const char *path);
void json_close(void);

/* One entry of it; the rows between begin and end are the caller's. Without a
 * document they do nothing. */
void json_begin(const char *name, const char *what);
void json_row(const char *format, ...) __attribute__((format(printf, 1, 2)));
void json_end(void);

struct spread {
    double low;
    double median;
    double high;
};

struct spread spread_of(const double *value, unsigned n);

/* Runs one benchmark and prints its table. */
void bench_run(const struct bench *bench);

/* What the rounds of a variant of an earlier benchmark gave; NULL: it was not there. */
const double *bench_values(const char *what, const char *variant);

/* Prints percentiles of durations; sorts them. */
void bench_percentiles(const char *name, const char *what, double *ns, size_t count);

double now_ns(void);

/* Iterations for a loop of about `ns` each that take a slice; few if quick. */
uint64_t loops_for(double ns);

/* Keeps the compiler from leaving a value out. */
#define KEEP(x) __asm__ volatile("" : : "g"(x) : "memory")

/* A file each. */
void bench_alloc(void);
void bench_ref(void);
void bench_gc(void);
void bench_collect(void);
void bench_stop(void);

#ifdef __cplusplus
}
#endif

#endif
