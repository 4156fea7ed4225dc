/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Our slots. */
#include <stdlib.h>

#include "harness.h"
#include "ours.h"

struct fixture {
    _Alignas(128) tarn_slot slot;
    _Alignas(128) void *object[2];
};

static void *open_fixture(tarn_type *type) {
    struct fixture *f = aligned_alloc(128, sizeof *f);
    if (!f)
        abort();
    for (unsigned i = 0; i < 2; i++)
        f->object[i] = tarn_new(type);
    tarn_slot_init(&f->slot, f->object[0]);
    return f;
}

static void *open_own(void) {
    return open_fixture(ours.leaf);
}

static void *open_shared(void) {
    return open_fixture(ours.shared);
}

static void close_slot(void *slot) {
    struct fixture *f = slot;
    tarn_slot_destroy(&f->slot);
    for (unsigned i = 0; i < 2; i++)
        tarn_decref(f->object[i]);
    free(f);
    tarn_safepoint();
}

static void load(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++) {
        void *object = tarn_slot_load(&f->slot);
        KEEP(object);
        tarn_decref(object);
    }
}

static void peek(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++)
        KEEP(tarn_slot_peek(&f->slot));
}

static void store(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++)
        tarn_slot_store(&f->slot, f->object[i % 2]);
}

static void swap(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++)
        tarn_slot_compare_exchange(&f->slot, f->object[i % 2], f->object[(i + 1) % 2]);
}

static void publish_of(struct fixture *f, uint64_t n, tarn_type *type) {
    for (uint64_t i = 0; i < n; i++) {
        tarn_slot_give(&f->slot, tarn_new(type));
        if (i % POLL_EVERY == 0)
            tarn_safepoint();
    }
}

static void publish_own(void *slot, uint64_t n) {
    publish_of(slot, n, ours.leaf);
}

static void publish_shared(void *slot, uint64_t n) {
    publish_of(slot, n, ours.shared);
}

const struct peer_slot tarn_slot_own = {OURS("tarn"), open_own, close_slot, load,
                                        peek,         store,    swap,       publish_own};
const struct peer_slot tarn_slot_shared = {OURS("tarn, objects shared from birth"),
                                           open_shared,
                                           close_slot,
                                           load,
                                           peek,
                                           store,
                                           swap,
                                           publish_shared};
