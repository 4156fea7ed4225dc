/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rounds, medians, percentiles, tables, JSON. */
#include "harness.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

struct harness harness = {.rounds = 7, .slice_ns = 2e8};

double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

uint64_t loops_for(double ns) {
    if (harness.loops)
        return harness.loops;
    return harness.quick ? 1000 : (uint64_t)(harness.slice_ns / ns);
}

/* ----------------------------------------------------------------- machine ---- */

struct machine {
    long cores;
    struct utsname system;
    double load;
};

static struct machine look_around(void) {
    struct machine m = {.cores = sysconf(_SC_NPROCESSORS_ONLN)};
    uname(&m.system);
    if (getloadavg(&m.load, 1) != 1)
        m.load = -1;
    return m;
}

void print_machine(void) {
    struct machine m = look_around();
    printf("%ld cores, %s %s, load %.1f; medians of %u rounds (min .. max); ours/it: paired "
           "ratios\n",
           m.cores, m.system.sysname, m.system.release, m.load, harness.rounds);
}

/* -------------------------------------------------------------------- JSON ---- */

static void make_folders(const char *path) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *end = strchr(folder + 1, '/'); end; end = strchr(end + 1, '/')) {
        *end = '\0';
        mkdir(folder, 0777);
        *end = '/';
    }
}

bool json_open(const char *path) {
    struct machine m = look_around();
    make_folders(path);
    harness.json = fopen(path, "w");
    if (!harness.json)
        return false;
    fprintf(harness.json,
            "{\"cores\": %ld, \"system\": \"%s %s\", \"load\": %.2f, \"rounds\": %u,\n"
            " \"benchmarks\": [\n",
            m.cores, m.system.sysname, m.system.release, m.load, harness.rounds);
    harness.first = true;
    return true;
}

void json_close(void) {
    if (!harness.json)
        return;
    fputs("\n]}\n", harness.json);
    fclose(harness.json);
    harness.json = NULL;
}

void json_begin(const char *name, const char *what) {
    if (!harness.json)
        return;
    fprintf(harness.json, "%s  {\"name\": \"%s\", \"what\": \"%s\", \"rows\": [",
            harness.first ? "" : ",\n", name, what);
    harness.first = false;
    harness.first_row = true;
}

void json_row(const char *format, ...) {
    va_list arguments;
    if (!harness.json)
        return;
    fputs(harness.first_row ? "\n    " : ",\n    ", harness.json);
    harness.first_row = false;
    va_start(arguments, format);
    vfprintf(harness.json, format, arguments);
    va_end(arguments);
}

void json_end(void) {
    if (harness.json)
        fputs("]}", harness.json);
}

/* ------------------------------------------------------------------ figures ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread spread_of(const double *value, unsigned n) {
    double sorted[ROUNDS_MAX];
    for (unsigned i = 0; i < n; i++)
        sorted[i] = value[i];
    qsort(sorted, n, sizeof sorted[0], by_value);
    return (struct spread){sorted[0], sorted[n / 2], sorted[n - 1]};
}

/* What is less is none, and no ratio to it says anything. */
#define NOTHING 1e-6

static void print_row(const struct bench *b, unsigned i, const double *ours, const double *value) {
    struct spread ns = spread_of(value, harness.rounds);
    double ratio[ROUNDS_MAX];
    for (unsigned r = 0; r < harness.rounds; r++)
        ratio[r] = ours[r] / value[r];
    struct spread x = spread_of(ratio, harness.rounds);
    printf("  %-34s %9.2f %s  (%.2f .. %.2f)", b->variant[i].name, ns.median,
           b->unit ? b->unit : "ns", ns.low, ns.high);
    if (i > 0 && ns.low > NOTHING)
        printf("   ours/it %.2f  (%.2f .. %.2f)", x.median, x.low, x.high);
    putchar('\n');
    json_row("{\"variant\": \"%s\", \"present\": true, \"%s\": %.4f, \"min\": %.4f, \"max\": %.4f, "
             "\"ratio\": %.4f, \"ratio_min\": %.4f, \"ratio_max\": %.4f}",
             b->variant[i].name, b->unit ? "value" : "ns", ns.median, ns.low, ns.high, x.median,
             x.low, x.high);
}

static void print_absent(const struct bench *b, unsigned i) {
    printf("  %-34s not present\n", b->variant[i].name);
    json_row("{\"variant\": \"%s\", \"present\": false}", b->variant[i].name);
}

/* --- what was found stays, for verdicts ---- */

static struct kept {
    const char *what, *variant;
    double value[ROUNDS_MAX];
    struct kept *next;
} * kept;

static void keep(const char *what, const char *variant, const double *value) {
    struct kept *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    *k = (struct kept){.what = what, .variant = variant, .next = kept};
    memcpy(k->value, value, sizeof k->value);
    kept = k;
}

const double *bench_values(const char *what, const char *variant) {
    for (const struct kept *k = kept; k; k = k->next)
        if (strcmp(k->what, what) == 0 && strcmp(k->variant, variant) == 0)
            return k->value;
    return NULL;
}

/* A variant counts only if every one of its rounds succeeded. */
static bool is_present(const double *value) {
    return spread_of(value, harness.rounds).low > 0;
}

void bench_run(const struct bench *b) {
    static double value[VARIANTS_MAX][ROUNDS_MAX];
    unsigned count = 0;
    while (count < VARIANTS_MAX && b->variant[count].name)
        count++;
    for (unsigned r = 0; r < harness.rounds; r++)
        for (unsigned i = 0; i < count; i++)
            value[i][r] = b->variant[i].run(b->variant[i].arg);
    printf("%s: %s\n", b->name, b->what);
    if (!is_present(value[0])) {
        fprintf(stderr, "tarn-bench: '%s' failed on our own side\n", b->what);
        exit(1);
    }
    json_begin(b->name, b->what);
    for (unsigned i = 0; i < count; i++) {
        if (is_present(value[i])) {
            keep(b->what, b->variant[i].name, value[i]);
            print_row(b, i, value[0], value[i]);
        } else
            print_absent(b, i);
    }
    json_end();
    fflush(stdout);
}

void bench_percentiles(const char *name, const char *what, double *ns, size_t count) {
    qsort(ns, count, sizeof ns[0], by_value);
    double p50 = ns[count / 2] / 1000;
    double p90 = ns[count * 90 / 100] / 1000;
    double p99 = ns[count * 99 / 100] / 1000;
    double most = ns[count - 1] / 1000;
    printf("  %-44s p50 %9.2f  p90 %9.2f  p99 %9.2f  max %9.2f us\n", what, p50, p90, p99, most);
    json_begin(name, what);
    json_row("{\"unit\": \"us\", \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f}", p50,
             p90, p99, most);
    json_end();
    fflush(stdout);
}
