/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The report for programs. Durations in ns but where the name says otherwise. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

static void put_histogram(FILE *out, const char *name, const struct tarn_histogram *h) {
    fprintf(out,
            "    \"%s\": {\"count\": %" PRIu64 ", \"p50\": %" PRIu64 ", \"p90\": %" PRIu64
            ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 ", \"total\": %" PRIu64 "}",
            name, h->count, tarn_histogram_quantile(h, 0.5), tarn_histogram_quantile(h, 0.9),
            tarn_histogram_quantile(h, 0.99), h->max_ns, h->total_ns);
}

static void put_data(FILE *out, const struct figures *f) {
    fprintf(out,
            "  \"inputs\": %zu, \"records\": %zu, \"skipped\": %zu,\n"
            "  \"packages\": %zu, \"virtual\": %zu, \"edges\": %" PRIu64 ",\n"
            "  \"cycles\": {\"groups\": %zu, \"packages\": %zu, \"largest\": %zu},\n"
            "  \"seconds\": %.3f, \"load_seconds\": %.3f,\n"
            "  \"reloads\": %zu, \"failed_reloads\": %zu, \"reload_seconds\": %.3f,\n",
            f->inputs, f->records, f->skipped, f->packages, f->virtuals, f->edges, f->groups,
            f->grouped, f->largest, f->seconds, f->load_seconds, f->reloads, f->failed_reloads,
            f->reload_seconds);
}

static void put_heap(FILE *out, const struct figures *f) {
    fprintf(out,
            "  \"objects\": {\"made\": %" PRIu64 ", \"freed\": %" PRIu64
            ", \"freed_by_collector\": %" PRIu64 ", \"left\": %td},\n  \"collections\": [\n",
            f->heap.allocated, f->heap.freed, f->heap.freed_by_collector, f->left);
    for (int g = 0; g < 3; g++) {
        const struct tarn_gc_stats *s = &f->generation[g];
        fprintf(out,
                "    {\"run\": %" PRIu64 ", \"examined\": %" PRIu64 ", \"freed\": %" PRIu64
                ", \"time\": %" PRIu64 ", \"stopped\": %" PRIu64 "}%s\n",
                s->collections, s->examined, s->collected, s->time_ns, s->stopped_ns,
                g < 2 ? "," : "");
    }
    fputs("  ],\n", out);
}

static void put_memory(FILE *out, const struct figures *f) {
    const struct memory *m = &f->memory;
    size_t half[2];
    figures_memory_halves(f, half);
    fprintf(out,
            "  \"rss_kib\": {\"start\": %zu, \"loaded\": %zu, \"halves\": [%zu, %zu], "
            "\"peak\": %zu, \"end\": %zu, \"after\": %zu}\n",
            m->start, m->loaded, half[0], half[1], m->peak, m->end, m->after);
}

bool report_json(const char *path, const struct figures *f) {
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "pkgraph: %s: %s\n", path, strerror(errno));
        return false;
    }
    fputs("{\n", out);
    put_data(out, f);
    fputs("  \"latency\": {\n", out);
    for (int q = 0; q < QUESTIONS; q++) {
        put_histogram(out, question_names[q], &f->latency[q]);
        fputs(q + 1 < QUESTIONS ? ",\n" : "\n  },\n  \"pauses\": {\n", out);
    }
    put_histogram(out, "time to stop", &f->time_to_stop);
    fputs(",\n", out);
    put_histogram(out, "time stopped", &f->time_stopped);
    fputs("\n  },\n", out);
    put_heap(out, f);
    put_memory(out, f);
    fputs("}\n", out);
    bool done = !ferror(out);
    done = fclose(out) == 0 && done;
    if (!done)
        fprintf(stderr, "pkgraph: %s: it could not be written\n", path);
    return done;
}
