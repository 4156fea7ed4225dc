/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Reading a slot: borrowing and taking a reference; the poll. */
#include <tarn/tarn.h>

#include "harness.h"
#include "peers.h"

static tarn_slot slot;

static double run_peek(void *arg) {
    (void)arg;
    uint64_t n = loops_for(1);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++)
        KEEP(tarn_slot_peek(&slot));
    return (now_ns() - begun) / (double)n;
}

static double run_plain(void *arg) {
    static void *cell;
    (void)arg;
    uint64_t n = loops_for(1);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++)
        KEEP(__atomic_load_n(&cell, __ATOMIC_RELAXED));
    return (now_ns() - begun) / (double)n;
}

static double run_load(void *arg) {
    (void)arg;
    uint64_t n = loops_for(10);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        void *object = tarn_slot_load(&slot);
        KEEP(object);
        tarn_decref(object);
    }
    return (now_ns() - begun) / (double)n;
}

static double run_poll(void *arg) {
    (void)arg;
    uint64_t n = loops_for(1);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++)
        tarn_safepoint();
    return (now_ns() - begun) / (double)n;
}

void bench_slot(void) {
    tarn_heap *heap = tarn_heap_create(NULL);
    tarn_thread_attach(heap);
    tarn_type *leaf =
        tarn_type_register(heap, &(struct tarn_type_spec){.name = "leaf", .size = 32});
    void *object = tarn_new(leaf);
    tarn_slot_init(&slot, object);
    bench_run(&(struct bench){
        .name = "slot",
        .what = "peek",
        .variant = {{"tarn_slot_peek", run_peek, NULL}, {"plain load", run_plain, NULL}}});
    bench_run(&(struct bench){.name = "slot",
                              .what = "load + decref, object of this thread",
                              .variant = {{"tarn_slot_load", run_load, NULL},
                                          {"C11 atomic pair", peer_atomic_pair, NULL}}});
    tarn_share(object);
    bench_run(&(struct bench){.name = "slot",
                              .what = "load + decref, shared object",
                              .variant = {{"tarn_slot_load", run_load, NULL},
                                          {"C11 atomic pair", peer_atomic_pair, NULL}}});
    bench_run(&(struct bench){
        .name = "slot", .what = "safepoint poll", .variant = {{"tarn_safepoint", run_poll, NULL}}});
    tarn_slot_destroy(&slot);
    tarn_decref(object);
    tarn_thread_detach();
    tarn_heap_destroy(heap);
}
