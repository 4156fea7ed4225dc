/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* tarn-bench: all benchmarks, or those named. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "gc/part.h"
#include "harness.h"
#include "worker.h"

static const struct {
    const char *name;
    void (*run)(void);
} table[] = {{"alloc", bench_alloc},
             {"ref", bench_ref},
             {"gc", bench_gc},
             {"collect", bench_collect},
             {"stop", bench_stop}};

#define BENCHES (sizeof table / sizeof table[0])

enum { KEY_WORKER = 256, KEY_KIND, KEY_NEEDS, KEY_SIZE, KEY_LOOPS };

static struct {
    bool wanted[BENCHES];
    bool some;
    const char *json;
    const char *worker;
    const char *kind;
    const char *needs;
    size_t size;
} chosen = {.kind = "raw", .size = 32};

static const struct argp_option options[] = {
    {"rounds", 'r', "N", 0, "rounds, odd, 5 to 101 (7)", 0},
    {"json", 'j', "FILE", 0,
     "write the figures there as JSON, instead of to bench/NAME.json in the build folder", 0},
    {"quick", 'q', 0, 0, "tiny work: only whether it runs; no JSON unless asked for", 0},
    {"worker", KEY_WORKER, "WORK", 0,
     "one piece of work alone, in this process: prints its figures as one line (struct figures "
     "in bench/worker.h)",
     1},
    {"kind", KEY_KIND, "KIND", 0, "the worker's calls: malloc, raw (default), object or none", 1},
    {"needs", KEY_NEEDS, "FILE", 0, "the worker fails unless malloc is that library's", 1},
    {"size", KEY_SIZE, "BYTES", 0, "of the worker's blocks (32)", 1},
    {"loops", KEY_LOOPS, "N", 0, "repetitions of the worker", 1},
    {0},
};

static void take_rounds(const char *arg, struct argp_state *state) {
    harness.rounds = (unsigned)strtoul(arg, NULL, 10);
    if (harness.rounds < 5 || harness.rounds > ROUNDS_MAX)
        argp_error(state, "rounds are 5 to %d", ROUNDS_MAX);
}

static void take_name(const char *arg, struct argp_state *state) {
    for (size_t i = 0; i < BENCHES; i++)
        if (strcmp(table[i].name, arg) == 0) {
            chosen.wanted[i] = chosen.some = true;
            return;
        }
    argp_error(state, "there is no benchmark '%s'", arg);
}

static error_t take(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case 'r':
        take_rounds(arg, state);
        return 0;
    case 'j':
        chosen.json = arg;
        return 0;
    case 'q':
        harness.quick = true;
        return 0;
    case KEY_WORKER:
        chosen.worker = arg;
        return 0;
    case KEY_KIND:
        chosen.kind = arg;
        return 0;
    case KEY_NEEDS:
        chosen.needs = arg;
        return 0;
    case KEY_SIZE:
        chosen.size = strtoul(arg, NULL, 10);
        return 0;
    case KEY_LOOPS:
        harness.loops = strtoul(arg, NULL, 10);
        return 0;
    case ARGP_KEY_ARG:
        take_name(arg, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void open_or_exit(const char *path) {
    if (json_open(path))
        return;
    fprintf(stderr, "tarn-bench: %s cannot be written\n", path);
    exit(1);
}

static void run_one(size_t i) {
    char path[4096];
    const char *build = getenv("TARN_BUILD_DIR");
    if (!chosen.json && !harness.quick) {
        snprintf(path, sizeof path, "%s/bench/%s.json", build ? build : "build", table[i].name);
        open_or_exit(path);
    }
    table[i].run();
    if (!chosen.json)
        json_close();
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        options, take, "[NAME...]", "Benchmarks: alloc ref gc collect stop.", NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    if (chosen.worker && strncmp(chosen.worker, "gc:", 3) == 0)
        return gc_part_run(chosen.worker);
    if (chosen.worker)
        return worker_run(chosen.worker, chosen.kind, chosen.needs, chosen.size);
    print_machine();
    if (chosen.json)
        open_or_exit(chosen.json);
    for (size_t i = 0; i < BENCHES; i++)
        if (chosen.wanted[i] || !chosen.some)
            run_one(i);
    json_close();
    return 0;
}
