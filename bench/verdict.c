/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The targets, one by one: what was measured, its spread, met or missed. A figure
 * is the median over the rounds of what was computed within each round.
 */
#include <math.h>
#include <string.h>

#include "study.h"

/* What a value is divided by. */
enum against { NOTHING, FASTEST, LEANEST, MIMALLOC };

/* How the cases of a group become one figure. */
enum fold { MEAN, WORST };

struct target {
    const char *what;
    const char *group;
    size_t size; /* of the only case that counts; 0: all of the group */
    enum quantity quantity;
    enum against against;
    enum fold fold;
    double limit;
    bool at_least; /* the limit is the least allowed, not the most */
    double scale;  /* of what is printed: 100 for percents */
    const char *unit;
    bool objects; /* of tarn_new, instead of the raw calls and the front end */
};

static const struct target targets[] = {
    {"malloc + free, geometric mean over sizes", "pairs", 0, TIME, FASTEST, MEAN, 1.0, false, 1,
     "x", false},
    {"malloc + free, the worst size", "pairs", 0, TIME, FASTEST, WORST, 1.15, false, 1, "x", false},
    {"random lifetimes, time", "lifetimes", 0, TIME, FASTEST, MEAN, 1.0, false, 1, "x", false},
    {"random lifetimes, RSS", "lifetimes", 0, RSS_OVER_LIVE, LEANEST, MEAN, 1.1, false, 1, "x",
     false},
    {"producer/consumer", "producer", 0, TIME, FASTEST, MEAN, 1.0, false, 1, "x", false},
    {"all to all", "exchange", 0, TIME, FASTEST, MEAN, 1.0, false, 1, "x", false},
    {"Larson", "larson", 0, TIME, FASTEST, MEAN, 1.0, false, 1, "x", false},
    {"thread churn, time", "churn", 0, TIME, FASTEST, MEAN, 1.0, false, 1, "x", false},
    {"thread churn, RSS at the end / early", "churn", 0, GROWTH, NOTHING, MEAN, 1.1, false, 1, "x",
     false},
    {"tarn_new + tarn_decref, 32 B / mimalloc", "pairs", 32, TIME, MIMALLOC, MEAN, 1.3, false, 1,
     "x", true},
    {"two threads / one, disjoint work", "scale", 0, SCALING, NOTHING, MEAN, 1.9, true, 1, "x",
     false},
    {"a thread that only frees, RSS / live", "freer", 0, PEAK_OVER_LIVE, NOTHING, MEAN, 1.3, false,
     1, "x", false},
    {"256 MB spike trimmed, RSS / peak", "spike", 0, RSS_OVER_PEAK, NOTHING, MEAN, 0.1, false, 100,
     "%", false},
    {"600 threads leave 2 %, RSS / live", "leavers", 0, RSS_OVER_LIVE, NOTHING, MEAN, 2.0, false, 1,
     "x", false},
    {"a block of each power and midpoint", "classes 2", 0, RSS_OVER_LIVE, NOTHING, MEAN, 150000,
     false, 1e-3, " KB", false},
    {"a block of each eighth of a doubling", "classes 8", 0, RSS_OVER_LIVE, NOTHING, MEAN, 150000,
     false, 1e-3, " KB", false},
};

static bool is_in(const struct target *t, const struct study_case *c) {
    return strcmp(t->group, c->group) == 0 && (t->size == 0 || t->size == c->size);
}

/* The peer that a case is held against, or -1: none, or it is not there. */
static int opponent(const struct study *s, const struct target *t, unsigned c) {
    if (t->against == MIMALLOC)
        return s->present[c][WHO_MIMALLOC] ? WHO_MIMALLOC : -1;
    return t->against == NOTHING ? -1 : study_best_peer(s, c, t->quantity);
}

struct measured {
    bool known;
    unsigned worst; /* the case with the greatest figure */
    struct spread figure;
};

/* One case: our value, or its ratio to the opponent's, round by round. */
static bool measure_case(const struct study *s, const struct target *t, unsigned c, unsigned who,
                         double *value) {
    int it = opponent(s, t, c);
    if (!s->present[c][who] || (t->against != NOTHING && it < 0))
        return false;
    for (unsigned r = 0; r < s->rounds; r++) {
        value[r] = study_value(s, c, who, r, t->quantity);
        if (it >= 0)
            value[r] /= study_value(s, c, (unsigned)it, r, t->quantity);
    }
    return true;
}

static struct measured measure(const struct study *s, const struct target *t, unsigned who) {
    struct measured m = {.known = false};
    double mean[ROUNDS_MAX] = {0};
    double value[ROUNDS_MAX];
    unsigned cases = 0;
    for (unsigned c = 0; c < s->cases; c++) {
        if (!is_in(t, &s->list[c]) || !measure_case(s, t, c, who, value))
            continue;
        struct spread one = spread_of(value, s->rounds);
        if (t->fold == WORST && (!cases || one.median > m.figure.median)) {
            m.figure = one;
            m.worst = c;
        }
        for (unsigned r = 0; r < s->rounds; r++)
            mean[r] += log(value[r]);
        cases++;
    }
    for (unsigned r = 0; r < s->rounds && cases; r++)
        mean[r] = exp(mean[r] / cases);
    if (t->fold == MEAN && cases)
        m.figure = spread_of(mean, s->rounds);
    m.known = cases > 0;
    return m;
}

/* What the machine gives to two threads, beside this contender's runs; infinite for
 * targets that no machine bounds. */
static double ceiling_of(const struct study *s, const struct target *t, unsigned who) {
    for (unsigned c = 0; c < s->cases && t->quantity == SCALING; c++)
        if (is_in(t, &s->list[c]) && s->present[c][who])
            return study_median(s, c, who, CEILING);
    return INFINITY;
}

/* Two are even, and a target of 1.00x is met, when the rounds' ratios reach 1.00. */
static const char *verdict_of(const struct target *t, struct spread figure, double ceiling) {
    if (t->at_least ? figure.median >= t->limit : figure.median <= t->limit)
        return "met";
    if (!t->at_least && t->limit == 1.0 && figure.low <= 1.0)
        return "even";
    return ceiling < t->limit ? "not on this machine" : "MISSED";
}

/* What else a reader has to know: the worst size, the machine's own ceiling. */
static void print_note(const struct study *s, const struct target *t, const struct measured *m,
                       double ceiling) {
    if (t->fold == WORST)
        printf("  (%zu bytes)", s->list[m->worst].size);
    if (ceiling < INFINITY)
        printf("  (arithmetic: %.2f)", ceiling);
    putchar('\n');
}

static void judge(const struct study *s, const struct target *t, unsigned who) {
    struct measured m = measure(s, t, who);
    const char *name = s->who[who].name;
    if (!m.known) {
        printf("  %-42s %-16s not measured\n", t->what, name);
        return;
    }
    double ceiling = ceiling_of(s, t, who);
    const char *verdict = verdict_of(t, m.figure, ceiling);
    printf("  %-42s %-16s %s %6.2f%-3s %8.2f  (%.2f .. %.2f)  %s", t->what, name,
           t->at_least ? ">=" : "<=", t->limit * t->scale, t->unit, m.figure.median * t->scale,
           m.figure.low * t->scale, m.figure.high * t->scale, verdict);
    print_note(s, t, &m, ceiling);
    json_row("{\"variant\": \"%s\", \"target\": \"%s\", \"limit\": %.4f, \"at_least\": %s, "
             "\"value\": %.4f, \"min\": %.4f, \"max\": %.4f, \"verdict\": \"%s\"}",
             name, t->what, t->limit, t->at_least ? "true" : "false", m.figure.median, m.figure.low,
             m.figure.high, verdict);
}

void study_judge(const struct study *s) {
    printf("targets: against the fastest (leanest) of the peers; medians (min .. max); even: the "
           "spread reaches 1.00%s\n",
           harness.quick ? "; tiny work, which says nothing" : "");
    json_begin("verdict", "targets");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (targets[i].objects) {
            judge(s, &targets[i], WHO_OBJECT);
            continue;
        }
        judge(s, &targets[i], WHO_RAW);
        judge(s, &targets[i], WHO_FRONT);
    }
    json_end();
    fflush(stdout);
}
