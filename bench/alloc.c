/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Allocating: ours in three forms and four peers, on every work, each run a
 * process of its own, interleaved; tables, JSON, and the verdict on the targets.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "study.h"

static const struct contender contenders[CONTENDERS] = {
    [WHO_RAW] = {"tarn_malloc", "raw", "", false},
    [WHO_FRONT] = {"libtarn-malloc", "malloc", NULL, false},
    [WHO_OBJECT] = {"tarn_new", "object", "", false},
    [WHO_PEERS] = {"glibc", "malloc", "", true},
    [WHO_MIMALLOC] = {"mimalloc", "malloc", "libmimalloc.so.2", true},
    {"jemalloc", "malloc", "libjemalloc.so.2", true},
    {"tcmalloc", "malloc", "libtcmalloc_minimal.so.4", true},
};

static const struct study_case works[] = {
    {"batches 16", "batches", 16, "1,000 of 16 bytes, then all freed", true, false},
    {"batches 128", "batches", 128, "1,000 of 128 bytes, then all freed", true, false},
    {"lifetimes small", "lifetimes", 33, "100,000 live of 16 to 32 bytes", true, true},
    {"lifetimes", "lifetimes", 512, "100,000 live of 16 to 511 bytes", true, true},
    {"mixed", "mixed", 32768, "2,000 live of 16 bytes to 32 KiB, small ones commoner", false, true},
    {"growth", "growth", 1 << 20, "a buffer grown by quarters to 1 MiB", false, false},
    {"large", "large", 1 << 20, "1 MiB blocks", false, false},
    {"producer", "producer", 256, "made by one thread, freed by another, 16 to 255 bytes", true,
     true},
    {"exchange", "exchange", 256, "all to all, two threads, 16 to 255 bytes", true, true},
    {"larson", "larson", 1000, "Larson, two threads, 16 to 999 bytes", true, true},
    {"churn", "churn", 512, "a thread a task, a tenth left to the next", true, true},
    {"scale", "scale", 256, "two threads on disjoint work beside one", true, false},
    {"freer", "freer", 512, "a thread that only frees", true, true},
    {"spike", "spike", 256, "256 MB spike freed by another thread, then trimmed", true, true},
    {"leavers", "leavers", 512, "600 threads leave 2 % behind", true, true},
    {"classes 2", "classes", 2, "a block of each power and midpoint a thread", false, true},
    {"classes 8", "classes", 8, "a block of each eighth of a doubling a thread", false, true},
};

/* ------------------------------------------------------------------ measuring ---- */

/* <build>/src/libtarn-malloc.so, seen from <build>/bench/tarn-bench. */
static const char *front_library(void) {
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    path[n > 0 ? n : 0] = '\0';
    for (unsigned up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
    strcat(path, "/src/libtarn-malloc.so");
    return path;
}

static void add_pairs(struct study *s, size_t size) {
    static char what[CASES_MAX][48];
    snprintf(what[s->cases], sizeof what[0], "malloc + free of %zu bytes", size);
    s->list[s->cases] = (struct study_case){"pairs", "pairs", size, what[s->cases], true, false};
    s->cases++;
}

static void choose_cases(struct study *s) {
    for (size_t size = harness.quick ? 32 : 16; size <= 32768; size *= harness.quick ? 32 : 2) {
        add_pairs(s, size);
        if (size < 32768 && !harness.quick)
            add_pairs(s, size + size / 2);
    }
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
        s->list[s->cases++] = works[i];
}

static void find_contenders(struct study *s, bool found[CONTENDERS]) {
    struct figures ignored;
    for (unsigned w = 0; w < CONTENDERS; w++) {
        s->who[w] = contenders[w];
        if (!s->who[w].library)
            s->who[w].library = front_library();
        found[w] = worker_spawn(&s->who[w], "nothing", 32, true, &ignored);
    }
}

static void run_case(struct study *s, unsigned c, const bool found[CONTENDERS]) {
    for (unsigned w = 0; w < CONTENDERS; w++)
        s->present[c][w] = found[w] && (w != WHO_OBJECT || s->list[c].objects);
    for (unsigned r = 0; r < s->rounds; r++)
        for (unsigned w = 0; w < CONTENDERS; w++)
            if (s->present[c][w])
                s->present[c][w] = worker_spawn(&s->who[w], s->list[c].work, s->list[c].size, false,
                                                &s->at[c][w][r]);
}

/* -------------------------------------------------------------------- figures ---- */

double study_value(const struct study *s, unsigned c, unsigned who, unsigned round,
                   enum quantity quantity) {
    const struct figures *f = &s->at[c][who][round];
    switch (quantity) {
    case TIME:
        return f->ns;
    case PEAK_OVER_LIVE:
        return f->live > 0 ? f->peak / f->live : 0;
    case RSS_OVER_LIVE:
        return f->live > 0 ? f->rss / f->live : 0;
    case RSS_OVER_PEAK:
        return f->peak > 0 ? f->rss / f->peak : 0;
    case GROWTH:
        return f->growth;
    case SCALING:
        return f->scaling;
    case CEILING:
        return f->ceiling;
    }
    return 0;
}

static struct spread study_spread(const struct study *s, unsigned c, unsigned who,
                                  enum quantity quantity) {
    double value[ROUNDS_MAX];
    for (unsigned r = 0; r < s->rounds; r++)
        value[r] = study_value(s, c, who, r, quantity);
    return spread_of(value, s->rounds);
}

double study_median(const struct study *s, unsigned c, unsigned who, enum quantity quantity) {
    return study_spread(s, c, who, quantity).median;
}

int study_best_peer(const struct study *s, unsigned c, enum quantity quantity) {
    int best = -1;
    for (unsigned w = 0; w < CONTENDERS; w++)
        if (s->who[w].peer && s->present[c][w] &&
            (best < 0 ||
             study_median(s, c, w, quantity) < study_median(s, c, (unsigned)best, quantity)))
            best = (int)w;
    return best;
}

/* The median of ours/it, round by round; 0 if either is not there. */
static double ratio_to(const struct study *s, unsigned c, unsigned ours, unsigned it) {
    double ratio[ROUNDS_MAX];
    if (!s->present[c][ours] || !s->present[c][it])
        return 0;
    for (unsigned r = 0; r < s->rounds; r++)
        ratio[r] = s->at[c][ours][r].ns / s->at[c][it][r].ns;
    return spread_of(ratio, s->rounds).median;
}

/* ------------------------------------------------------------------- printing ---- */

static void print_ratio(double ratio) {
    if (ratio > 0)
        printf(" %8.2f", ratio);
    else
        printf(" %8s", "-");
}

static void print_contender(const struct study *s, unsigned c, unsigned w) {
    const char *name = s->who[w].name;
    if (!s->present[c][w]) {
        if (w != WHO_OBJECT || s->list[c].objects)
            printf("  %-16s not present\n", name);
        json_row("{\"variant\": \"%s\", \"present\": false}", name);
        return;
    }
    struct spread ns = study_spread(s, c, w, TIME);
    double raw = ratio_to(s, c, WHO_RAW, w);
    double front = ratio_to(s, c, WHO_FRONT, w);
    double peak = study_median(s, c, w, PEAK_OVER_LIVE);
    double rss = study_median(s, c, w, RSS_OVER_LIVE);
    printf("  %-16s %11.2f %11.2f %11.2f", name, ns.median, ns.low, ns.high);
    print_ratio(raw);
    print_ratio(front);
    if (s->list[c].memory)
        printf(" %9.2f %9.2f", peak, rss);
    if (s->at[c][w][0].scaling > 0)
        printf("   two threads %.2f of one, arithmetic %.2f", study_median(s, c, w, SCALING),
               study_median(s, c, w, CEILING));
    putchar('\n');
    json_row("{\"variant\": \"%s\", \"present\": true, \"ns\": %.4f, \"min\": %.4f, \"max\": %.4f, "
             "\"raw_ratio\": %.4f, \"front_ratio\": %.4f, \"peak_over_live\": %.4f, "
             "\"rss_over_live\": %.4f, \"live\": %.0f, \"growth\": %.4f, \"scaling\": %.4f, "
             "\"ceiling\": %.4f}",
             name, ns.median, ns.low, ns.high, raw, front, peak, rss, s->at[c][w][0].live,
             study_median(s, c, w, GROWTH), study_median(s, c, w, SCALING),
             study_median(s, c, w, CEILING));
}

static void print_case(const struct study *s, unsigned c) {
    const struct study_case *what = &s->list[c];
    printf("%s: %s\n  %-16s %11s %11s %11s %8s %8s", what->group, what->what, "", "ns", "min",
           "max", "raw/it", "front/it");
    printf(what->memory ? " %9s %9s\n" : "\n", "peak/live", "rss/live");
    json_begin(what->group, what->what);
    for (unsigned w = 0; w < CONTENDERS; w++)
        print_contender(s, c, w);
    json_end();
    fflush(stdout);
}

void bench_alloc(void) {
    bool found[CONTENDERS];
    struct study *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->rounds = harness.quick ? 1 : harness.rounds;
    choose_cases(s);
    find_contenders(s, found);
    for (unsigned c = 0; c < s->cases; c++) {
        run_case(s, c, found);
        print_case(s, c);
        if (!s->present[c][WHO_RAW]) {
            fprintf(stderr, "tarn-bench: '%s' failed on our own side\n", s->list[c].what);
            exit(1);
        }
    }
    study_judge(s);
    free(s);
}
