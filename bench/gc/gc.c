/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Graphs, trees and servers, in tables; then the targets. */
#include "tables.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void gc_run(struct gc_table *t, unsigned rounds, const struct gc_contender *who) {
    memset(t, 0, sizeof *t);
    t->rounds = rounds;
    while (t->count < GC_CONTENDERS && who[t->count].part)
        t->count++;
    for (unsigned r = 0; r < rounds; r++)
        for (unsigned i = 0; i < t->count; i++) {
            struct results found;
            t->name[i] = who[i].name;
            bool present = (r == 0 || t->value[0][i][0] != -2) && who[i].run(who[i].part, &found);
            for (unsigned k = 0; k < RESULTS; k++)
                t->value[k][i][r] = present ? found.value[k] : -2;
        }
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
    harness.rounds = t->rounds;
    for (unsigned i = 0; i < t->count; i++) {
        deal[i] = (struct deal){t->value[result][i], factor, 0};
        bench.variant[i] = (struct variant){t->name[i], deal_one, &deal[i]};
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

static unsigned at_most(unsigned rounds) {
    if (harness.quick)
        return 1;
    return harness.rounds < rounds ? harness.rounds : rounds;
}

/* ------------------------------------------------------------------- graphs ---- */

static const char script[] =
    "import gc, sys, time, random\n"
    "gc.disable()\n"
    "shape, n = sys.argv[1], int(sys.argv[2])\n"
    "class N:\n"
    "    __slots__ = ('a', 'b')\n"
    "    def __init__(self):\n"
    "        self.a = self.b = None\n"
    "all = [N() for i in range(n)]\n"
    "root = all[0]\n"
    "if shape == 'flat':\n"
    "    root = list(all)\n"
    "    for x in all: x.a = root\n"
    "elif shape == 'tree':\n"
    "    for i in range(1, n): setattr(all[(i - 1) // 2], 'a' if i % 2 else 'b', all[i])\n"
    "    all[-1].a = root\n"
    "elif shape == 'pairs':\n"
    "    for i in range(0, n, 2):\n"
    "        all[i].a, all[i + 1].a = all[i + 1], all[i]\n"
    "        if i: all[i + 1].b = all[i - 1]\n"
    "    root = all[-1]\n"
    "else:\n"
    "    order = list(range(n))\n"
    "    if shape == 'chain': random.Random(1).shuffle(order)\n"
    "    for i in range(n): all[order[i]].a = all[order[(i + 1) % n]]\n"
    "    if shape == 'random':\n"
    "        for i, k in enumerate(random.Random(2).choices(range(n), k=n)): all[i].b = all[k]\n"
    "    del order\n"
    "del all\n"
    "x = None\n"
    "gc.collect()\n"
    "def timed():\n"
    "    t = time.perf_counter()\n"
    "    gc.collect()\n"
    "    return (time.perf_counter() - t) * 1e9 / n\n"
    "live = timed()\n"
    "root = None\n"
    "print(live, timed())\n";

bool gc_by_python(const char *part, struct results *out) {
    char command[4096];
    const char *space = strchr(part, ' ');
    int length = space ? (int)(space - part) : (int)strlen(part);
    snprintf(command, sizeof command, "%.*s", length, part);
    if (access(command, X_OK) != 0)
        return false;
    setenv("TARN_BENCH_SCRIPT", script, 1);
    snprintf(command, sizeof command, "'%.*s' -c \"$TARN_BENCH_SCRIPT\"%s", length, part,
             part + length);
    return gc_command(command, out);
}

const char *gc_graph_row(const char *shape, size_t n, bool dead) {
    return keep_text("full collection, per %s container: %s, %zuk", dead ? "dead" : "live", shape,
                     n / 1000);
}

static void compare_graphs(const char *shape, size_t n, unsigned rounds) {
    static struct gc_table table;
    const char *free_threaded = getenv("PEER_PYTHON_FT");
    const struct gc_contender who[] = {
        {GC_OURS, gc_by_part, keep_text("gc:tarn:graph:%s,%zu", shape, n)},
        {GC_PYTHON, gc_by_python, keep_text("/usr/bin/python3 %s %zu", shape, n)},
        {GC_PYTHON_FT, gc_by_python,
         keep_text("%s %s %zu", free_threaded ? free_threaded : "-", shape, n)},
        {GC_BOEHM, gc_by_part, keep_text("gc:boehm:graph:%s,%zu", shape, n)},
        {NULL, NULL, NULL}};
    gc_run(&table, rounds, who);
    gc_show(&table, GRAPH_LIVE, gc_graph_row(shape, n, false), NULL, 1);
    gc_show(&table, GRAPH_DEAD, gc_graph_row(shape, n, true), NULL, 1);
}

void gc_graphs(void) {
    static const char *const shapes[] = {"flat", "tree", "pairs", "random", "ring", "chain"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        compare_graphs(shapes[i], harness.quick ? 1000 : 1000000, at_most(5));
        if (!harness.quick)
            compare_graphs(shapes[i], 5000000, at_most(3));
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
            {GC_OURS, gc_by_part, keep_text("gc:tarn:trees:%u,0", threads)},
            {GC_OFF, gc_by_part, keep_text("gc:tarn-off:trees:%u,0", threads)},
            {GC_BOEHM, gc_by_part, keep_text("gc:boehm:trees:%u,0", threads)},
            {GC_BOEHM_INCREMENTAL, gc_by_part,
             keep_text("gc:boehm-incremental:trees:%u,0", threads)},
            {NULL, NULL, NULL}};
        gc_run(&table, at_most(5), who);
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
    {SERVER_CALM_MAX, "stopped max, young, not preempted", "us"},
    {SERVER_SWITCHED, "young collections preempted", "%"},
};

const char *gc_server_row(size_t live, const char *figure) {
    return keep_text("server, 2 threads, %zuk live: %s", live / 1000, figure);
}

static void compare_servers(size_t live) {
    static struct gc_table table;
    const struct gc_contender who[] = {
        {GC_OURS, gc_by_part, keep_text("gc:tarn:server:2,%zu", live)},
        {GC_OFF, gc_by_part, keep_text("gc:tarn-off:server:2,%zu", live)},
        {GC_BOEHM, gc_by_part, keep_text("gc:boehm:server:2,%zu", live)},
        {GC_BOEHM_INCREMENTAL, gc_by_part, keep_text("gc:boehm-incremental:server:2,%zu", live)},
        {NULL, NULL, NULL}};
    gc_run(&table, at_most(3), who);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        gc_show(&table, figures[i].result, gc_server_row(live, figures[i].name), figures[i].unit,
                1);
}

void gc_servers(void) {
    static const size_t live[] = {0, 200000, 1000000, 5000000};
    for (size_t i = 0; i < (harness.quick ? 2 : sizeof live / sizeof live[0]); i++)
        compare_servers(harness.quick ? live[i] / 100 : live[i]);
}

void bench_gc(void) {
    gc_graphs();
    gc_trees();
    gc_servers();
    gc_judge();
}
