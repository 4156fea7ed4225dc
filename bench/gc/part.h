/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Programs that run alone in a process of their own, so that memory and pauses are one
 * collector's.
 *
 *   part     "gc:WHO:PROGRAM:ARGUMENTS", this program's --worker; prints one line
 *   results  what it found, in an order of the program's own; negative: not known
 */
#ifndef BENCH_GC_PART_H
#define BENCH_GC_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RESULTS 20

struct results {
    double value[RESULTS];
};

/* What graph, trees and server put where. */
enum { GRAPH_LIVE, GRAPH_DEAD };
enum { TREES_SECONDS, TREES_PEAK, TREES_STOP_MAX };
enum {
    SERVER_RATE, /* requests a second, closed loop */
    SERVER_P50,  /* us from the scheduled arrival, open loop; these four */
    SERVER_P99,
    SERVER_P999,
    SERVER_WORST,
    SERVER_STOP_P99, /* us stopped; these two */
    SERVER_STOP_MAX,
    SERVER_REACH_P50, /* us to stop; these three */
    SERVER_REACH_P99,
    SERVER_REACH_MAX,
    SERVER_GARBAGE,  /* most objects outstanding that nobody can reach */
    SERVER_SHARE,    /* of the threads' time, spent collecting, in percent */
    SERVER_OVERSIZE, /* stops for one group too large for the budget */
    SERVER_CALM_P99, /* us stopped, while no thread was preempted; these two */
    SERVER_CALM_MAX,
    SERVER_CALM_REACH_P50, /* us to stop, likewise; these two */
    SERVER_CALM_REACH_P99,
    SERVER_SWITCHED /* stops beside which a thread was preempted, in percent */
};
enum { LIST_SECONDS };
enum { CROWD_P50, CROWD_P99, CROWD_MAX }; /* us to stop */

/* One kind of collector. */
struct gc_kind {
    const char *name;
    bool (*graph)(const char *shape, size_t n, struct results *out);
    bool (*trees)(unsigned threads, struct results *out);
    bool (*server)(unsigned threads, size_t live, struct results *out);
    bool (*list)(size_t n, struct results *out);
    bool (*crowd)(unsigned threads, struct results *out);
};

extern const struct gc_kind gc_tarn, gc_tarn_off;
extern const struct gc_kind gc_boehm, gc_boehm_incremental;

/* In the child: runs the part and prints; the process's status. */
int gc_part_run(const char *part);

/* In the parent: runs this program again for it. False: it failed, or is not there. */
bool gc_part_spawn(const char *part, struct results *out);

/* Runs a command that prints numbers. False: it printed none. */
bool gc_command(const char *command, struct results *out);

/* --- durations ---- */

#define TALLY_BUCKETS (64 * 16)

/* Counts of durations, each known to a sixteenth. */
struct tally {
    uint64_t bucket[TALLY_BUCKETS];
    uint64_t count;
    uint64_t max_ns;
};

void tally_add(struct tally *t, uint64_t ns);
void tally_join(struct tally *t, const struct tally *other);
double tally_us(const struct tally *t, double share);

#endif
