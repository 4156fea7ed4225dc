/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The report. */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double us(uint64_t ns) {
    return (double)ns / 1000;
}

static void print_pauses(const char *name, const struct tarn_histogram *h) {
    printf("  %-14s %8" PRIu64 " stops    p50 %9.1f   p99 %9.1f   max %9.1f  us\n", name, h->count,
           us(tarn_histogram_quantile(h, 0.5)), us(tarn_histogram_quantile(h, 0.99)),
           us(h->max_ns));
}

static void print_questions(const struct figures *f) {
    uint64_t all = 0;
    for (int q = 0; q < QUESTIONS; q++)
        all += f->answers[q];
    printf("answers          %.0f a second\n", (double)all / f->seconds);
    for (int q = 0; q < QUESTIONS; q++)
        printf("  %-16s %10" PRIu64 "\n", question_names[q], f->answers[q]);
}

static void print_heap(const struct figures *f) {
    uint64_t counts = f->heap.freed - f->heap.freed_by_collector;
    printf("objects          %" PRIu64 " made, %" PRIu64 " freed: %" PRIu64 " by counts, %" PRIu64
           " by the collector\n",
           f->heap.allocated, f->heap.freed, counts, f->heap.freed_by_collector);
    for (int g = 0; g < 3; g++) {
        const struct tarn_gc_stats *s = &f->generation[g];
        printf("  generation %d   %8" PRIu64 " collections  %12" PRIu64 " examined  %10" PRIu64
               " freed\n",
               g, s->collections, s->examined, s->collected);
    }
}

void report_print(const struct options *o, const struct figures *f) {
    printf("packages         %zu from %zu records in %zu inputs", f->packages, f->records,
           f->inputs);
    printf(f->skipped ? ", %zu malformed records skipped\n" : "\n", f->skipped);
    printf("dependencies     %" PRIu64 " edges\n", f->edges);
    printf("cycles           %" PRIu64 " groups, %" PRIu64 " packages in them, largest %" PRIu64
           "\n",
           f->cyclic_groups, f->cyclic_packages, f->largest_group);
    printf("served           %.1f s by %u readers, %zu reloads by %u loaders (%.2f s each)\n",
           f->seconds, o->readers, f->reloads, o->loaders,
           f->reloads ? f->reload_seconds / (double)f->reloads : 0.0);
    print_questions(f);
    print_heap(f);
    printf("pauses\n");
    print_pauses("time to stop", &f->time_to_stop);
    print_pauses("time stopped", &f->time_stopped);
    printf("memory           %zu MiB at start, %zu at peak, %zu at the end; after reloads at most "
           "%zu in the first half, %zu in the second\n",
           f->memory.start / 1024, f->memory.peak / 1024, f->memory.end / 1024,
           f->memory.half[0] / 1024, f->memory.half[1] / 1024);
    printf("left over        %td objects\n", f->left);
}

static void json_histogram(FILE *out, const char *name, const struct tarn_histogram *h) {
    fprintf(out,
            "  \"%s\": {\"count\": %" PRIu64 ", \"p50_ns\": %" PRIu64 ", \"p99_ns\": %" PRIu64
            ", \"max_ns\": %" PRIu64 ", \"total_ns\": %" PRIu64 "},\n",
            name, h->count, tarn_histogram_quantile(h, 0.5), tarn_histogram_quantile(h, 0.99),
            h->max_ns, h->total_ns);
}

bool report_json(const char *path, const struct figures *f) {
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "pkgraph: %s: %s\n", path, strerror(errno));
        return false;
    }
    fprintf(out, "{\n  \"packages\": %zu, \"edges\": %" PRIu64 ", \"records\": %zu,\n", f->packages,
            f->edges, f->records);
    fprintf(out,
            "  \"skipped\": %zu, \"cyclic_groups\": %" PRIu64 ", \"cyclic_packages\": %" PRIu64
            ",\n",
            f->skipped, f->cyclic_groups, f->cyclic_packages);
    fprintf(out, "  \"seconds\": %.3f, \"reloads\": %zu,\n", f->seconds, f->reloads);
    fprintf(out, "  \"answers\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "],\n",
            f->answers[0], f->answers[1], f->answers[2], f->answers[3]);
    fprintf(out,
            "  \"made\": %" PRIu64 ", \"freed\": %" PRIu64 ", \"freed_by_collector\": %" PRIu64
            ",\n",
            f->heap.allocated, f->heap.freed, f->heap.freed_by_collector);
    fprintf(out, "  \"collections\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 "],\n",
            f->generation[0].collections, f->generation[1].collections,
            f->generation[2].collections);
    json_histogram(out, "time_to_stop", &f->time_to_stop);
    json_histogram(out, "time_stopped", &f->time_stopped);
    fprintf(out,
            "  \"rss_kib\": {\"start\": %zu, \"peak\": %zu, \"end\": %zu, \"halves\": [%zu, "
            "%zu]},\n  \"left\": %td\n}\n",
            f->memory.start, f->memory.peak, f->memory.end, f->memory.half[0], f->memory.half[1],
            f->left);
    bool done = !ferror(out);
    return fclose(out) == 0 && done;
}
