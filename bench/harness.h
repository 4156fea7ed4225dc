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

#define ROUNDS_MAX 101
#define VARIANTS_MAX 12

struct variant {
    const char *name;
    /* Runs the work and returns ns per operation; negative: not present here. */
    double (*run)(void *arg);
    void *arg;
};

struct bench {
    const char *name;
    const char *what;                     /* one operation */
    struct variant variant[VARIANTS_MAX]; /* [0]: ours */
};

struct harness {
    unsigned rounds;
    bool quick; /* tiny work: whether it runs at all */
    FILE *json;
    bool first; /* nothing in the JSON array yet */
};

extern struct harness harness;

/* Runs one benchmark and prints its table. */
void bench_run(const struct bench *bench);

/* Figures that are no variants of one work: a line of values. */
void bench_note(const char *name, const char *what, double value, const char *unit);

double now_ns(void);

/* Iterations for a loop of about `ns` each: a fifth of a second, or few if quick. */
uint64_t loops_for(double ns);

/* Keeps the compiler from leaving a value out. */
#define KEEP(x) __asm__ volatile("" : : "g"(x) : "memory")

/* A file each. */
void bench_alloc(void);
void bench_count(void);
void bench_slot(void);
void bench_collect(void);
void bench_stop(void);

#endif
