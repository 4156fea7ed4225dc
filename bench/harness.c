/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rounds, medians, tables, JSON. */
#include "harness.h"

#include <stdlib.h>
#include <time.h>

struct harness harness = {.rounds = 7, .first = true};

double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

uint64_t loops_for(double ns) {
    return harness.quick ? 1000 : (uint64_t)(2e8 / ns);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread {
    double low;
    double median;
    double high;
};

static struct spread spread_of(const double *value, unsigned n) {
    double sorted[ROUNDS_MAX];
    for (unsigned i = 0; i < n; i++)
        sorted[i] = value[i];
    qsort(sorted, n, sizeof sorted[0], by_value);
    return (struct spread){sorted[0], sorted[n / 2], sorted[n - 1]};
}

static void begin_json(const char *name, const char *what) {
    if (!harness.json)
        return;
    fprintf(harness.json, "%s  {\"name\": \"%s\", \"what\": \"%s\", \"rows\": [",
            harness.first ? "" : ",\n", name, what);
    harness.first = false;
}

static void print_row(const struct bench *b, unsigned i, const double *ours, const double *value) {
    struct spread ns = spread_of(value, harness.rounds);
    double ratio[ROUNDS_MAX];
    for (unsigned r = 0; r < harness.rounds; r++)
        ratio[r] = ours[r] / value[r];
    struct spread x = spread_of(ratio, harness.rounds);
    printf("  %-34s %9.2f ns  (%.2f .. %.2f)", b->variant[i].name, ns.median, ns.low, ns.high);
    if (i > 0)
        printf("   ours/it %.2f  (%.2f .. %.2f)", x.median, x.low, x.high);
    putchar('\n');
    if (harness.json)
        fprintf(harness.json,
                "%s\n    {\"variant\": \"%s\", \"ns\": %.4f, \"min\": %.4f, \"max\": %.4f, "
                "\"ratio\": %.4f, \"ratio_min\": %.4f, \"ratio_max\": %.4f}",
                i ? "," : "", b->variant[i].name, ns.median, ns.low, ns.high, x.median, x.low,
                x.high);
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
    begin_json(b->name, b->what);
    for (unsigned i = 0; i < count; i++) {
        if (value[i][0] < 0)
            printf("  %-34s not present\n", b->variant[i].name);
        else
            print_row(b, i, value[0], value[i]);
    }
    if (harness.json)
        fputs("]}", harness.json);
    fflush(stdout);
}

void bench_note(const char *name, const char *what, double value, const char *unit) {
    printf("  %-34s %9.1f %s\n", what, value, unit);
    begin_json(name, what);
    if (harness.json)
        fprintf(harness.json, "{\"value\": %.2f, \"unit\": \"%s\"}]}", value, unit);
}
