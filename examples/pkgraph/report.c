/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The report for people. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

/* Up to this many texts of group() and duration() may be in use at once. */
#define TEXTS 8

static char *next_text(void) {
    static char text[TEXTS][32];
    static unsigned next;
    return text[next++ % TEXTS];
}

/* 1234567 as 1,234,567. */
static const char *group(uint64_t value) {
    char digits[32];
    char *text = next_text();
    int count = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *to = text;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return text;
}

/* Three digits: 2.05 us, 131 us, 4.19 ms. */
static const char *duration(uint64_t ns) {
    static const char *const unit[] = {"ns", "us", "ms", "s"};
    double value = (double)ns;
    int u = 0;
    for (; value >= 999.5 && u < 3; u++)
        value /= 1000;
    char *text = next_text();
    snprintf(text, 32, "%.*f %s",
             u == 0 || value >= 99.95 ? 0
             : value >= 9.995         ? 1
                                      : 2,
             value, unit[u]);
    return text;
}

/* A share of a histogram is the upper bound of its bucket: never above the maximum. */
static const char *quantile(const struct tarn_histogram *h, double share) {
    uint64_t bound = tarn_histogram_quantile(h, share);
    return duration(bound < h->max_ns ? bound : h->max_ns);
}

static const char *mebibytes(size_t kib) {
    return group((kib + 512) / 1024);
}

static void print_data(const struct figures *f) {
    printf("data          %s packages (%s virtual), %s dependencies\n", group(f->packages),
           group(f->virtuals), group(f->edges));
    printf("              %s records in %zu input%s, loaded in %.2f s\n", group(f->records),
           f->inputs, f->inputs == 1 ? "" : "s", f->load_seconds);
    if (f->skipped)
        printf("              %s malformed record%s skipped\n", group(f->skipped),
               f->skipped == 1 ? "" : "s");
    printf("cycles        %s groups of packages that need one another: %s packages, the largest "
           "%s\n",
           group(f->groups), group(f->grouped), group(f->largest));
}

static void print_reloads(const struct options *o, const struct figures *f) {
    printf("reloads       %zu by %u loaders while serving, %.2f s each\n", f->reloads, o->loaders,
           f->reloads ? f->reload_seconds / (double)f->reloads : 0.0);
    if (f->failed_reloads)
        printf("              %zu failed; the old graph was served on\n", f->failed_reloads);
}

static void print_latency(const char *name, const struct tarn_histogram *h, double seconds) {
    printf("  %-16s %12s %10s %10s %10s %10s\n", name, group(h->count),
           group((uint64_t)((double)h->count / seconds)), quantile(h, 0.5), quantile(h, 0.99),
           duration(h->max_ns));
}

static void print_queries(const struct options *o, const struct figures *f) {
    uint64_t all = 0;
    printf("\n%-18s %12s %10s %10s %10s %10s\n", "queries", "answered", "a second", "p50", "p99",
           "max");
    for (int q = 0; q < QUESTIONS; q++) {
        print_latency(question_names[q], &f->latency[q], f->seconds);
        all += f->answers[q];
    }
    printf("  %-16s %12s %10s   by %u readers in %.1f s\n", "all", group(all),
           group((uint64_t)((double)all / f->seconds)), o->readers, f->seconds);
}

static void print_collections(const struct figures *f) {
    printf("\n%-18s %12s %10s %12s %12s\n", "collections", "run", "stopped", "examined", "freed");
    for (int g = 0; g < 3; g++) {
        const struct tarn_gc_stats *s = &f->generation[g];
        printf("  generation %-5d %12s %10s %12s %12s\n", g, group(s->collections),
               duration(s->stopped_ns), group(s->examined), group(s->collected));
    }
}

static void print_pauses(const struct figures *f) {
    const struct {
        const char *name;
        const struct tarn_histogram *h;
    } row[] = {{"time to stop", &f->time_to_stop}, {"time stopped", &f->time_stopped}};
    printf("\n%-18s %12s %10s %10s %10s %10s\n", "pauses", "stops", "p50", "p90", "p99", "max");
    for (int i = 0; i < 2; i++)
        printf("  %-16s %12s %10s %10s %10s %10s\n", row[i].name, group(row[i].h->count),
               quantile(row[i].h, 0.5), quantile(row[i].h, 0.9), quantile(row[i].h, 0.99),
               duration(row[i].h->max_ns));
}

/* Memory that grows by less than a tenth from half to half counts as flat. */
static void print_memory(const struct figures *f) {
    const struct memory *m = &f->memory;
    size_t half[2];
    printf("\nmemory        %s MiB at start, %s with the first graph, %s at peak, %s at the end\n",
           mebibytes(m->start), mebibytes(m->loaded), mebibytes(m->peak), mebibytes(m->end));
    if (figures_memory_halves(f, half))
        printf(
            "              after reloads at most %s MiB in the first half, %s in the second: %s\n",
            mebibytes(half[0]), mebibytes(half[1]),
            half[1] <= half[0] + half[0] / 10 ? "flat" : "it grew");
    printf("              %s when the heap had ended and the rest was trimmed\n",
           mebibytes(m->after));
}

void report_print(const struct options *o, const struct figures *f) {
    const struct tarn_heap_stats *h = &f->heap;
    printf("a graph of packages that %u threads reload while %u answer questions\n\n", o->loaders,
           o->readers);
    print_data(f);
    print_reloads(o, f);
    print_queries(o, f);
    print_collections(f);
    print_pauses(f);
    printf("\nobjects       %s made, %s freed: %s by counts, %s by the collector\n",
           group(h->allocated), group(h->freed), group(h->freed - h->freed_by_collector),
           group(h->freed_by_collector));
    printf("              %td left when the heap ended\n", f->left);
    print_memory(f);
}
