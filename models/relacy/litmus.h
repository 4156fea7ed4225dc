/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Litmus tests: what two threads may see of one another through the kernels.
 *
 * Each is a table of outcomes, ALLOWED or FORBIDDEN. The search is exhaustive: one
 * that is forbidden, or that the table does not have, fails it where it happens; one
 * that is allowed must have been seen by the end, so a table that promises too
 * little fails too. The numbers of a row are what the threads have read, in the
 * order that the comment above the table gives.
 */
#ifndef TARN_MODELS_RELACY_LITMUS_H
#define TARN_MODELS_RELACY_LITMUS_H

#include "model.h"

enum verdict { ALLOWED, FORBIDDEN };

struct row {
    int read[3];
    enum verdict verdict;
    const char *meaning;
    bool seen;
};

/* The table that was last used, for litmus_unseen(). */
static row *litmus_rows;
static unsigned litmus_count;

template <unsigned n> static void note(row (&table)[n], int a, int b = 0, int c = 0) {
    litmus_rows = table;
    litmus_count = n;
    for (row &r : table)
        if (r.read[0] == a && r.read[1] == b && r.read[2] == c) {
            r.seen = true;
            RL_ASSERT(r.verdict == ALLOWED);
            return;
        }
    RL_ASSERT(!"an outcome that the table does not have");
}

static void litmus_begin() {
    litmus_count = 0;
}

/* After the search: an outcome that is allowed and never was; NULL: none. */
static const char *litmus_unseen() {
    for (unsigned i = 0; i < litmus_count; i++)
        if (litmus_rows[i].verdict == ALLOWED && !litmus_rows[i].seen)
            return litmus_rows[i].meaning;
    return 0;
}

/* An object with a count, in nobody's model; freed after each execution. */
struct thing {
    tarn_object o;

    void begin(int local, int shared, uint64_t flags) {
        uint64_t bias = local ? (uint64_t)local * TARN__COUNT_ONE + OWNER : 0;
        tarn__store(&o.bias, bias, relaxed);
        tarn__store(&o.shared, (uint64_t)shared * TARN__COUNT_ONE + flags, relaxed);
    }
};

typedef TARN__ATOMIC(int) cell;

#define TABLE(name) static row name##_table[] =

#endif
