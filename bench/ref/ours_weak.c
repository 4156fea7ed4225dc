/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Our weak references. */
#include <stdlib.h>

#include "harness.h"
#include "ours.h"

struct fixture {
    void *object;
    void *weak;
};

static void *open_of(tarn_type *type) {
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->object = tarn_new(type);
    f->weak = tarn_weak_new(f->object, TARN_WEAK_SHORT, NULL, NULL);
    return f;
}

static void *open_own(void) {
    return open_of(ours.leaf);
}

static void *open_shared(void) {
    return open_of(ours.shared);
}

static void close_weak(void *weak) {
    struct fixture *f = weak;
    tarn_decref(f->weak);
    tarn_decref(f->object);
    free(f);
}

static void upgrade(void *weak, uint64_t n) {
    struct fixture *f = weak;
    for (uint64_t i = 0; i < n; i++) {
        void *object = tarn_weak_get(f->weak);
        KEEP(object);
        tarn_decref(object);
    }
}

const struct peer_weak tarn_weak_own = {OURS("tarn"), open_own, close_weak, upgrade};
const struct peer_weak tarn_weak_shared = {OURS("tarn, object shared from birth"), open_shared,
                                           close_weak, upgrade};
