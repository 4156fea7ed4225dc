/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The targets, one by one. A figure is the median over the rounds of what was
 * computed within each round. What takes less than a nanosecond is judged by its
 * instructions, and its time stands beside.
 */
#include "harness.h"
#include "rows.h"

enum rule { RATIO, ABOVE, MOST };

struct target {
    const char *what;
    const char *ours;
    enum rule rule;
    const char *peer; /* none: MOST */
    double limit;
    const char *label;
    const char *beside; /* the row of the time, where instructions are judged */
};

#define PLAIN "plain int"
#define ATOMIC "C11 atomic"
#define HAND "RCU (qsbr) + fetch_add by hand"
#define ATOMIC_PTR "std::atomic<std::shared_ptr>"
#define SHARED "tarn, objects shared from birth"

static const struct target targets[] = {
    {ROW_STEPS, "tarn, owner", RATIO, PLAIN, 1.5, "owner pair / plain int's, instructions",
     ROW_OWNER},
    {ROW_OWNER, "tarn, owner", RATIO, ATOMIC, 0.3, "owner pair / C11 atomic pair", NULL},
    {ROW_OWNER, "tarn, owner", RATIO, "g_object_ref/unref", 0.1, "owner pair / GObject's", NULL},
    {ROW_FOREIGN, "tarn, foreign", RATIO, ATOMIC, 1.2, "foreign pair / C11 atomic pair", NULL},
    {ROW_FOREIGN, "tarn, shared from birth", RATIO, ATOMIC, 1.2,
     "pair, shared from birth / C11 atomic pair", NULL},
    {ROW_PEEK_STEPS, "tarn", RATIO, "plain load", 1.2, "slot peek / plain load, instructions",
     ROW_PEEK},
    {ROW_LOAD, "tarn", RATIO, HAND, 1.2, "slot load + decref / RCU by hand", NULL},
    {ROW_LOAD, SHARED, RATIO, HAND, 1.2, "the same, of a shared object / RCU by hand", NULL},
    {ROW_LOAD, "tarn", RATIO, ATOMIC_PTR, 0.4, "slot load + decref / atomic<shared_ptr>", NULL},
    {ROW_LOAD, SHARED, RATIO, ATOMIC_PTR, 0.4, "the same, of a shared object / atomic<shared_ptr>",
     NULL},
    {ROW_LOAD_1_1, "tarn", RATIO, ATOMIC_PTR, 0.25, "slot load, 1 + 1 / atomic<shared_ptr>", NULL},
    {ROW_LOAD_1_1, SHARED, RATIO, ATOMIC_PTR, 0.25,
     "slot load, 1 + 1, shared objects / atomic<shared_ptr>", NULL},
    {ROW_LAST, "tarn", ABOVE, "malloc, free", 20, "last reference, owner blocking, above free",
     NULL},
    {ROW_LAST, "tarn, the owner running", ABOVE, "malloc, free", 20,
     "last reference, owner running, above free", NULL},
    {ROW_LAST, "tarn, shared from birth", ABOVE, "malloc, free", 20,
     "last reference, shared from birth, above free", NULL},
    {ROW_LAST, "tarn", RATIO, "CPython, free-threaded", 0.6, "last reference / CPython's", NULL},
    {ROW_WEAK, "tarn", RATIO, "std::weak_ptr", 0.5, "weak upgrade + drop / weak_ptr", NULL},
    {ROW_WEAK, "tarn", RATIO, "GWeakRef", 0.25, "weak upgrade + drop / GWeakRef", NULL},
    {ROW_WEAK, "tarn, object shared from birth", RATIO, "std::weak_ptr", 0.5,
     "the same, of a shared object / weak_ptr", NULL},
    {ROW_WEAK, "tarn, object shared from birth", RATIO, "GWeakRef", 0.25,
     "the same, of a shared object / GWeakRef", NULL},
    {ROW_LIST_STOP, "tarn", MOST, NULL, DROP_BUDGET_US, "longest stop as 10 million die, us", NULL},
};

/* False: one of the two was not there. */
static bool measure(const struct target *t, const char *what, struct spread *found) {
    double value[ROUNDS_MAX];
    const double *ours = bench_values(what, t->ours);
    const double *peer = t->peer ? bench_values(what, t->peer) : ours;
    if (!ours || !peer)
        return false;
    for (unsigned r = 0; r < harness.rounds; r++)
        value[r] = t->rule == RATIO   ? ours[r] / peer[r]
                   : t->rule == ABOVE ? ours[r] - peer[r]
                                      : ours[r];
    *found = spread_of(value, harness.rounds);
    return true;
}

static void judge(const struct target *t) {
    static const char *const unit[] = {[RATIO] = "x", [ABOVE] = " ns", [MOST] = " us"};
    struct spread m, time;
    if (!measure(t, t->what, &m)) {
        printf("  %-54s not present\n", t->label);
        json_row("{\"variant\": \"%s\", \"target\": \"%s\", \"present\": false}", t->ours,
                 t->label);
        return;
    }
    const char *verdict = m.median <= t->limit ? "met" : "MISSED";
    printf("  %-54s <= %6.2f%-3s %8.2f (%.2f .. %.2f)  %s", t->label, t->limit, unit[t->rule],
           m.median, m.low, m.high, verdict);
    bool beside = t->beside && measure(t, t->beside, &time);
    if (beside)
        printf("  (time: %.2f, %.2f .. %.2f)", time.median, time.low, time.high);
    putchar('\n');
    json_row("{\"variant\": \"%s\", \"target\": \"%s\", \"limit\": %.4f, \"value\": %.4f, "
             "\"min\": %.4f, \"max\": %.4f, \"time\": %.4f, \"verdict\": \"%s\"}",
             t->ours, t->label, t->limit, m.median, m.low, m.high, beside ? time.median : 0.0,
             verdict);
}

void ref_judge(void) {
    puts("verdict: the targets");
    json_begin("verdict", "the targets");
    for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; i++)
        judge(&targets[i]);
    json_end();
}
