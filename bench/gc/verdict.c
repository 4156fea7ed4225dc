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
    const char *peer[GC_PYTHONS];
    double limit;
    bool at_least;
};

static double least_of(const struct target *t, unsigned round) {
    double least = INFINITY;
    for (unsigned i = 0; i < GC_PYTHONS; i++) {
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

/* All of CPython that there are. */
static void judge_graph(const char *label, const char *shape, size_t n, bool dead, double limit) {
    const char *row = gc_graph_row(shape, n, dead);
    struct target t = {.label = label, .ours = row, .other = row, .limit = limit};
    struct gc_contender who[GC_PYTHONS];
    unsigned count = gc_pythons(who, "");
    for (unsigned i = 0; i < count; i++)
        t.peer[i] = who[i].name;
    judge(&t, gc_rounds());
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

/* A figure of ours alone. */
static void judge_figure(const char *label, const char *row, double limit) {
    judge(&(struct target){.label = label, .ours = row, .limit = limit}, gc_rounds());
}

static void judge_pauses(void) {
    static const char *const of[] = {"stopped p99", "stopped p99, nobody preempted"};
    const size_t live = 1000000;
    judge_figure("1M live, stopped p99, us", gc_server_row(live, of[0]), 500);
    judge_figure("the same, nobody preempted", gc_server_row(live, of[1]), 500);
    judge_figure("1M live, stopped max, us", gc_server_row(live, "stopped max"), 2000);
    judge_figure("the same, nobody preempted", gc_server_row(live, "stopped max, nobody preempted"),
                 2000);
    for (unsigned i = 0; i < 2; i++)
        judge(&(struct target){i ? "the same, nobody preempted" : "stopped p99, 1M live / 0 live",
                               gc_server_row(live, of[i]),
                               gc_server_row(0, of[i]),
                               {GC_OURS},
                               1.5,
                               false},
              gc_rounds());
}

static void judge_stops(void) {
    const size_t live = 1000000;
    judge_figure("2 threads, to stop p50, us", gc_server_row(live, "to stop p50"), 10);
    judge_figure("the same, nobody preempted", gc_server_row(live, "to stop p50, nobody preempted"),
                 10);
    judge_figure("2 threads, to stop p99, us", gc_server_row(live, "to stop p99"), 100);
    judge_figure("the same, nobody preempted", gc_server_row(live, "to stop p99, nobody preempted"),
                 100);
    judge_figure("1,000 blocking threads, to stop p50, us", gc_crowd_row("p50"), 150);
    judge_figure("1,000 blocking threads, to stop p99, us", gc_crowd_row("p99"), 150);
}

static void judge_trees(void) {
    for (unsigned threads = 1; threads <= 2; threads++) {
        const char *time = gc_trees_row(threads, "time");
        const char *peak = gc_trees_row(threads, "peak RSS");
        judge(&(struct target){time, time, time, {GC_BOEHM, GC_BOEHM_INCREMENTAL}, 0.8, false},
              gc_rounds());
        judge(&(struct target){peak, peak, peak, {GC_BOEHM, GC_BOEHM_INCREMENTAL}, 0.8, false},
              gc_rounds());
    }
}

void gc_judge(void) {
    const char *list = gc_list_row();
    const char *rate = gc_server_row(1000000, "rate");
    if (harness.quick)
        return;
    puts("verdict: the targets");
    json_begin("verdict", "the targets");
    judge_graphs();
    judge_pauses();
    judge_stops();
    judge_trees();
    judge(&(struct target){"rate at 1M live / collections off", rate, rate, {GC_OFF}, 0.9, true},
          gc_rounds());
    judge(
        &(struct target){
            "20M containers in a list / collections off", list, list, {GC_OFF}, 1.15, false},
        gc_rounds());
    json_end();
}
