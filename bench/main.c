/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* tarn-bench: all benchmarks, or those named. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness.h"

static const struct {
    const char *name;
    void (*run)(void);
} table[] = {{"alloc", bench_alloc},
             {"count", bench_count},
             {"slot", bench_slot},
             {"collect", bench_collect},
             {"stop", bench_stop}};

#define BENCHES (sizeof table / sizeof table[0])

static bool wanted[BENCHES];
static bool some;

static const struct argp_option options[] = {
    {"rounds", 'r', "N", 0, "rounds, odd, 5 to 101 (7)", 0},
    {"json", 'j', "FILE", 0, "write the figures as JSON too", 0},
    {"quick", 'q', 0, 0, "tiny work: only whether it runs", 0},
    {0},
};

static error_t take(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case 'r':
        harness.rounds = (unsigned)strtoul(arg, NULL, 10);
        if (harness.rounds < 5 || harness.rounds > ROUNDS_MAX)
            argp_error(state, "rounds are 5 to %d", ROUNDS_MAX);
        return 0;
    case 'j':
        harness.json = fopen(arg, "w");
        if (!harness.json)
            argp_failure(state, 1, 0, "%s cannot be written", arg);
        return 0;
    case 'q':
        harness.quick = true;
        return 0;
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < BENCHES; i++)
            if (strcmp(table[i].name, arg) == 0) {
                wanted[i] = some = true;
                return 0;
            }
        argp_error(state, "there is no benchmark '%s'", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_machine(void) {
    struct utsname u;
    double load = 0;
    uname(&u);
    getloadavg(&load, 1);
    printf("%ld cores, %s %s, load %.1f; medians of %u rounds (min .. max); ours/it: paired "
           "ratios\n",
           sysconf(_SC_NPROCESSORS_ONLN), u.sysname, u.release, load, harness.rounds);
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        options, take, "[NAME...]", "Benchmarks: alloc count slot collect stop.", NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    print_machine();
    if (harness.json)
        fputs("[\n", harness.json);
    for (size_t i = 0; i < BENCHES; i++)
        if (wanted[i] || !some)
            table[i].run();
    if (harness.json) {
        fputs("\n]\n", harness.json);
        fclose(harness.json);
    }
    return 0;
}
