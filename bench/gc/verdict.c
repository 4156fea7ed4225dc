/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The targets, one by one. A ratio is the median over the rounds of what was computed
 * within each; where there are several peers, the fastest one of the round.
 */
#include <math.h>

#include "tables.h"

struct target {
    const char *label;
    const char *ours;  /* the row of our figure */
    const char *other; /* the row to compare with; NULL: the figure itself */
    const char *peer[2];
    double limit;
    bool at_least;
};

static double least_of(const struct target *t, unsigned round) {
    double least = INFINITY;
    for (unsigned i = 0; i < 2; i++) {
        const double *peer = t->peer[i] ? bench_values(t->other, t->peer[i]) : NULL;
        if (peer && peer[round] < least)
            least = peer[round];
    }
    return least;
}

/* False: one of the two was not there. */
static bool measure(const struct target *t, unsigned rounds, struct spread *found) {
    double value[ROUNDS_MAX];
    const double *ours = bench_values(t->ours, GC_OURS);
    if (!ours)
        return false;
    for (unsigned r = 0; r < rounds; r++) {
        double other = t->other ? least_of(t, r) : 1;
        if (!isfinite(other))
            return false;
        value[r] = ours[r] / other;
    }
    *found = spread_of(value, rounds);
    return true;
}

static void judge(const struct target *t, unsigned rounds) {
    struct spread m;
    if (!measure(t, rounds, &m)) {
        printf("  %-60s not present\n", t->label);
        json_row("{\"target\": \"%s\", \"present\": false}", t->label);
        return;
    }
    bool met = t->at_least ? m.median >= t->limit : m.median <= t->limit;
    printf("  %-60s %s %7.2f%s %9.2f (%.2f .. %.2f)  %s\n", t->label,
           t->at_least ? ">=" : "<=", t->limit, t->other ? "x" : " ", m.median, m.low, m.high,
           met ? "met" : "MISSED");
    json_row("{\"target\": \"%s\", \"limit\": %.3f, \"value\": %.4f, \"min\": %.4f, "
             "\"max\": %.4f, \"verdict\": \"%s\"}",
             t->label, t->limit, m.median, m.low, m.high, met ? "met" : "missed");
}

static void judge_graph(const char *label, const char *shape, size_t n, bool dead, double limit) {
    const char *row = gc_graph_row(shape, n, dead);
    judge(&(struct target){label, row, row, {GC_PYTHON, GC_PYTHON_FT}, limit, false},
          n > 1000000          ? 3
          : harness.rounds < 5 ? harness.rounds
                               : 5);
}

static void judge_graphs(void) {
    judge_graph("live, address order, 1M / CPython", "pairs", 1000000, false, 0.6);
    judge_graph("live, address order, 5M / CPython", "pairs", 5000000, false, 0.6);
    judge_graph("live, random addresses, 1M / CPython", "random", 1000000, false, 0.25);
    judge_graph("live, random addresses, 5M / CPython", "random", 5000000, false, 0.25);
    judge_graph("live, one shuffled chain, 1M / CPython", "chain", 1000000, false, 0.3);
    judge_graph("live, one shuffled chain, 5M / CPython", "chain", 5000000, false, 0.3);
    judge_graph("dead, pairs, 1M / CPython", "pairs", 1000000, true, 0.5);
    judge_graph("dead, pairs, 5M / CPython", "pairs", 5000000, true, 0.5);
    judge_graph("dead, flat, 1M / CPython", "flat", 1000000, true, 0.5);
    judge_graph("dead, random addresses, 1M / CPython", "random", 1000000, true, 0.5);
}

static void judge_servers(void) {
    const size_t live = 1000000;
    const char *p99 = gc_server_row(live, "stopped p99");
    const char *rate = gc_server_row(live, "rate");
    judge(
        &(struct target){.label = "1M live, 2 threads: stopped p99, us", .ours = p99, .limit = 500},
        3);
    judge(&(struct target){.label = "1M live, 2 threads: stopped max, us",
                           .ours = gc_server_row(live, "stopped max"),
                           .limit = 2000},
          3);
    judge(&(struct target){"stopped p99 at 1M live / at 0 live",
                           p99,
                           gc_server_row(0, "stopped p99"),
                           {GC_OURS, NULL},
                           1.5,
                           false},
          3);
    judge(&(struct target){.label = "time to stop, 2 threads, p50, us",
                           .ours = gc_server_row(live, "to stop p50"),
                           .limit = 10},
          3);
    judge(&(struct target){.label = "time to stop, 2 threads, p99, us",
                           .ours = gc_server_row(live, "to stop p99"),
                           .limit = 100},
          3);
    judge(
        &(struct target){
            "rate at 1M live / collections off", rate, rate, {GC_OFF, NULL}, 0.9, true},
        3);
}

void gc_judge(void) {
    if (harness.quick)
        return;
    puts("verdict: the targets");
    json_begin("verdict", "the targets");
    judge_graphs();
    for (unsigned threads = 1; threads <= 2; threads++) {
        const char *time = gc_trees_row(threads, "time");
        const char *peak = gc_trees_row(threads, "peak RSS");
        unsigned rounds = harness.rounds < 5 ? harness.rounds : 5;
        judge(&(struct target){time, time, time, {GC_BOEHM, GC_BOEHM_INCREMENTAL}, 0.8, false},
              rounds);
        judge(&(struct target){peak, peak, peak, {GC_BOEHM, GC_BOEHM_INCREMENTAL}, 0.8, false},
              rounds);
    }
    judge_servers();
    json_end();
}
