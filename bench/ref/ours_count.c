/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Our counts: of an object of this thread's, of another's, of nobody's. */
#include "harness.h"
#include "ours.h"

static void run_pairs(void *object, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        tarn_incref(object);
        KEEP(object);
        tarn_decref(object);
    }
}

static void *open_owned(void) {
    return tarn_new(ours.leaf);
}

static void *open_shared(void) {
    return tarn_new(ours.shared);
}

static void *open_immortal(void) {
    void *object = tarn_new(ours.leaf);
    tarn_immortalize(object);
    return object;
}

static void make_one(void *arg) {
    *(void **)arg = tarn_new(ours.leaf);
}

static void *open_foreign(void) {
    void *object = NULL;
    owner_run(make_one, &object);
    return object;
}

const struct peer_count tarn_owner = {OURS("tarn, owner"), open_owned, tarn_decref, run_pairs};
const struct peer_count tarn_foreign = {OURS("tarn, foreign"), open_foreign, tarn_decref,
                                        run_pairs};
const struct peer_count tarn_shared = {OURS("tarn, shared from birth"), open_shared, tarn_decref,
                                       run_pairs};
const struct peer_count tarn_immortal = {OURS("tarn, immortal"), open_immortal, tarn_decref,
                                         run_pairs};
