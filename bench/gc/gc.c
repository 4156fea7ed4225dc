/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Graphs, trees, lists, servers and crowds, in tables; then the targets. */
#include "tables.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* One run; the seconds it took are kept for those who are told why rounds were left out. */
static void run_once(struct gc_table *t, unsigned i, unsigned r, const struct gc_contender *who) {
    struct results found;
    double begun = now_ns();
    bool present = (r == 0 || t->value[0][i][0] != -2) && who->run(who->part, &found);
    t->seconds[i] += (now_ns() - begun) / 1e9;
    for (unsigned k = 0; k < RESULTS; k++)
        t->value[k][i][r] = present ? found.value[k] : -2;
}

static void tell_rounds(const struct gc_table *t, const struct gc_contender *who) {
    for (unsigned i = 0; i < t->count; i++)
        if (who[i].rounds && who[i].rounds < t->rounds && t->value[0][i][0] != -2)
            printf("gc: %s (%s): %u of %u rounds, as one takes %.1f s\n", who[i].name,
                   strchr(who[i].part, ' ') ? strchr(who[i].part, ' ') + 1 : who[i].part,
                   who[i].rounds, t->rounds, t->seconds[i] / who[i].rounds);
}

void gc_run(struct gc_table *t, unsigned rounds, const struct gc_contender *who) {
    memset(t, 0, sizeof *t);
    t->rounds = rounds;
    while (t->count < GC_CONTENDERS && who[t->count].part)
        t->name[t->count] = who[t->count].name, t->count++;
    for (unsigned r = 0; r < rounds; r++)
        for (unsigned i = 0; i < t->count; i++) {
            if (!who[i].rounds || r < who[i].rounds) {
                run_once(t, i, r, &who[i]);
                continue;
            }
            for (unsigned k = 0; k < RESULTS; k++)
                t->value[k][i][r] = t->value[k][i][r % who[i].rounds];
        }
    tell_rounds(t, who);
}

/* One contender's figures, handed out round by round. */
struct deal {
    const double *value;
    double factor;
    unsigned next;
};

static double deal_one(void *arg) {
    struct deal *d = arg;
    double value = d->value[d->next++];
    return value < 0 ? -1 : value * d->factor + 1e-9; /* nothing is a figure too */
}

void gc_show(const struct gc_table *t, unsigned result, const char *what, const char *unit,
             double factor) {
    struct deal deal[GC_CONTENDERS];
    struct bench bench = {.name = "gc", .what = what, .unit = unit};
    unsigned rounds = harness.rounds;
    unsigned shown = 0;
    harness.rounds = t->rounds;
    for (unsigned i = 0; i < t->count; i++) {
        if (t->value[result][i][0] == -1)
            continue; /* this one has no such figure */
        deal[shown] = (struct deal){t->value[result][i], factor, 0};
        bench.variant[shown] = (struct variant){t->name[i], deal_one, &deal[shown]};
        shown++;
    }
    bench_run(&bench);
    harness.rounds = rounds;
}

bool gc_by_part(const char *part, struct results *out) {
    return gc_part_spawn(part, out);
}

static const char *keep_text(const char *format, ...) {
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *kept = strdup(text);
    if (!kept)
        abort();
    return kept;
}

unsigned gc_rounds(void) {
    return harness.quick ? 1 : harness.rounds < 5 ? harness.rounds : 5;
}

/* ------------------------------------------------------------------- graphs ---- */

const char *gc_graph_row(const char *shape, size_t n, bool dead) {
    return keep_text("full collection, per %s container: %s, %zuk", dead ? "dead" : "live", shape,
                     n / 1000);
}

/* Peers run fewer rounds than ours: theirs are slow, and vary little beside the ratios. */
static void compare_graphs(const char *shape, size_t n, unsigned peer_rounds) {
    static struct gc_table table;
    struct gc_contender who[GC_CONTENDERS + 1] = {
        {.name = GC_OURS, .run = gc_by_part, .part = keep_text("gc:tarn:graph:%s,%zu", shape, n)}};
    unsigned count = 1 + gc_pythons(who + 1, keep_text("%s %zu", shape, n));
    who[count++] = (struct gc_contender){
        .name = GC_BOEHM, .run = gc_by_part, .part = keep_text("gc:boehm:graph:%s,%zu", shape, n)};
    for (unsigned i = 1; i < count; i++)
        who[i].rounds = peer_rounds;
    gc_run(&table, gc_rounds(), who);
    gc_show(&table, GRAPH_LIVE, gc_graph_row(shape, n, false), NULL, 1);
    gc_show(&table, GRAPH_DEAD, gc_graph_row(shape, n, true), NULL, 1);
}

/* Shapes with a target come in both sizes; peers' rounds as their time allows. */
void gc_graphs(void) {
    static const struct {
        const char *shape;
        unsigned peer_rounds; /* of 1M */
        bool large;
    } graphs[] = {{"flat", 3, false},  {"tree", 1, false}, {"pairs", 3, true},
                  {"random", 3, true}, {"ring", 1, false}, {"chain", 3, true}};
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        compare_graphs(graphs[i].shape, harness.quick ? 1000 : 1000000, graphs[i].peer_rounds);
        if (!harness.quick && graphs[i].large)
            compare_graphs(graphs[i].shape, 5000000, 1);
    }
}

/* -------------------------------------------------------------------- trees ---- */

const char *gc_trees_row(unsigned threads, const char *figure) {
    return keep_text("trees as GCBench's, %u thread%s: %s", threads, threads > 1 ? "s" : "",
                     figure);
}

void gc_trees(void) {
    static struct gc_table table;
    for (unsigned threads = 1; threads <= 2; threads++) {
        const struct gc_contender who[] = {
            {GC_OURS, gc_by_part, keep_text("gc:tarn:trees:%u,0", threads), 0},
            {GC_OFF, gc_by_part, keep_text("gc:tarn-off:trees:%u,0", threads), 0},
            {GC_BOEHM, gc_by_part, keep_text("gc:boehm:trees:%u,0", threads), 0},
            {GC_BOEHM_INCREMENTAL, gc_by_part,
             keep_text("gc:boehm-incremental:trees:%u,0", threads), 0},
            {0}};
        gc_run(&table, gc_rounds(), who);
        gc_show(&table, TREES_SECONDS, gc_trees_row(threads, "time"), "s", 1);
        gc_show(&table, TREES_PEAK, gc_trees_row(threads, "peak RSS"), "MiB", 1);
        gc_show(&table, TREES_STOP_MAX, gc_trees_row(threads, "longest stop"), "us", 1);
    }
}

/* ------------------------------------------------------------------- server ---- */

static const struct {
    unsigned result;
    const char *name;
    const char *unit;
} figures[] = {
    {SERVER_RATE, "rate", "/s"},
    {SERVER_P50, "latency p50", "us"},
    {SERVER_P99, "latency p99", "us"},
    {SERVER_P999, "latency p99.9", "us"},
    {SERVER_WORST, "latency max", "us"},
    {SERVER_STOP_P99, "stopped p99", "us"},
    {SERVER_STOP_MAX, "stopped max", "us"},
    {SERVER_REACH_P50, "to stop p50", "us"},
    {SERVER_REACH_P99, "to stop p99", "us"},
    {SERVER_REACH_MAX, "to stop max", "us"},
    {SERVER_GARBAGE, "garbage outstanding, most", "objects"},
    {SERVER_SHARE, "time spent collecting", "%"},
    {SERVER_OVERSIZE, "oversize stops", "stops"},
    {SERVER_CALM_P99, "stopped p99, nobody preempted", "us"},
    {SERVER_CALM_MAX, "stopped max, nobody preempted", "us"},
    {SERVER_CALM_REACH_P50, "to stop p50, nobody preempted", "us"},
    {SERVER_CALM_REACH_P99, "to stop p99, nobody preempted", "us"},
    {SERVER_SWITCHED, "stops with a thread preempted", "%"},
};

const char *gc_server_row(size_t live, const char *figure) {
    return keep_text("server, 2 threads, %zuk live: %s", live / 1000, figure);
}

static void compare_servers(size_t live) {
    static struct gc_table table;
    const struct gc_contender who[] = {
        {GC_OURS, gc_by_part, keep_text("gc:tarn:server:2,%zu", live), 0},
        {GC_OFF, gc_by_part, keep_text("gc:tarn-off:server:2,%zu", live), 0},
        {GC_BOEHM, gc_by_part, keep_text("gc:boehm:server:2,%zu", live), 1},
        {GC_BOEHM_INCREMENTAL, gc_by_part, keep_text("gc:boehm-incremental:server:2,%zu", live), 1},
        {0}};
    gc_run(&table, gc_rounds(), who);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        gc_show(&table, figures[i].result, gc_server_row(live, figures[i].name), figures[i].unit,
                1);
}

void gc_servers(void) {
    static const size_t live[] = {0, 200000, 1000000, 5000000};
    for (size_t i = 0; i < (harness.quick ? 2 : sizeof live / sizeof live[0]); i++)
        compare_servers(harness.quick ? live[i] / 100 : live[i]);
}

/* ------------------------------------------------------------ list and crowd ---- */

static size_t list_length(void) {
    return harness.quick ? 20000 : 20000000;
}

const char *gc_list_row(void) {
    return "a list of 20M containers built";
}

void gc_lists(void) {
    static struct gc_table table;
    const struct gc_contender who[] = {
        {GC_OURS, gc_by_part, keep_text("gc:tarn:list:1,%zu", list_length()), 0},
        {GC_OFF, gc_by_part, keep_text("gc:tarn-off:list:1,%zu", list_length()), 0},
        {GC_BOEHM, gc_by_part, keep_text("gc:boehm:list:1,%zu", list_length()), 1},
        {0}};
    gc_run(&table, gc_rounds(), who);
    gc_show(&table, LIST_SECONDS, gc_list_row(), "s", 1);
}

const char *gc_crowd_row(const char *figure) {
    return keep_text("time to stop with 1,000 blocking threads: %s", figure);
}

void gc_crowds(void) {
    static struct gc_table table;
    const struct gc_contender who[] = {
        {GC_OURS, gc_by_part, keep_text("gc:tarn:crowd:%d,0", harness.quick ? 10 : 1000), 0}, {0}};
    gc_run(&table, gc_rounds(), who);
    gc_show(&table, CROWD_P50, gc_crowd_row("p50"), "us", 1);
    gc_show(&table, CROWD_P99, gc_crowd_row("p99"), "us", 1);
    gc_show(&table, CROWD_MAX, gc_crowd_row("max"), "us", 1);
}

void bench_gc(void) {
    double begun = now_ns();
    gc_graphs();
    gc_trees();
    gc_lists();
    gc_servers();
    gc_crowds();
    gc_judge();
    printf("gc: %.0f s\n", (now_ns() - begun) / 1e9);
}
