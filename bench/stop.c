/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Stopping the world: beside running and blocking threads; attaching. */
#include <pthread.h>
#include <stdlib.h>
#include <tarn/tarn.h>
#include <unistd.h>

#include "harness.h"

static tarn_heap *heap;
static int stop;

static void *run_mutator(void *arg) {
    tarn_thread_attach(heap);
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        tarn_safepoint();
    tarn_thread_detach();
    return arg;
}

static void *run_sleeper(void *arg) {
    tarn_thread_attach(heap);
    tarn_blocking_begin();
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        usleep(20000);
    tarn_blocking_end();
    tarn_thread_detach();
    return arg;
}

#define STOPS 2000u

/* Stops the world beside `count` threads of one kind; prints how long that takes. */
static void measure(const char *what, void *(*body)(void *), unsigned count) {
    pthread_t *thread = calloc(count + 1, sizeof *thread);
    static double ns[STOPS];
    unsigned stops = harness.quick ? 10 : STOPS;
    heap = tarn_heap_create(NULL);
    __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&thread[i], NULL, body, NULL) != 0)
            abort();
    struct tarn_heap_stats stats;
    do {
        usleep(1000);
        tarn_heap_get_stats(heap, &stats);
    } while (stats.attached < count);
    usleep(harness.quick ? 1000 : 50000);
    tarn_thread_attach(heap);
    for (unsigned i = 0; i < stops; i++) {
        double begun = now_ns();
        tarn_world_stop();
        ns[i] = now_ns() - begun;
        tarn_world_start();
        tarn_safepoint();
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    tarn_blocking_begin();
    for (unsigned i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
    tarn_blocking_end();
    tarn_thread_detach();
    tarn_heap_destroy(heap);
    bench_percentiles("stop", what, ns, stops);
    free(thread);
}

static double run_attach(void *arg) {
    (void)arg;
    uint64_t n = harness.quick ? 100 : 200000;
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        tarn_thread_attach(heap);
        tarn_thread_detach();
    }
    return (now_ns() - begun) / (double)n;
}

static double run_block(void *arg) {
    (void)arg;
    uint64_t n = harness.quick ? 100 : 1000000;
    tarn_thread_attach(heap);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        tarn_blocking_begin();
        tarn_blocking_end();
    }
    double ns = (now_ns() - begun) / (double)n;
    tarn_thread_detach();
    return ns;
}

void bench_stop(void) {
    printf("stop: time to stop\n");
    measure("no other thread", run_mutator, 0);
    measure("1 running thread", run_mutator, 1);
    measure("4 running threads", run_mutator, 4);
    measure("1,000 blocking threads", run_sleeper, harness.quick ? 10 : 1000);
    heap = tarn_heap_create(NULL);
    bench_run(&(struct bench){
        .name = "stop", .what = "attach + detach", .variant = {{"tarn", run_attach, NULL}}});
    bench_run(&(struct bench){.name = "stop",
                              .what = "blocking_begin + blocking_end",
                              .variant = {{"tarn", run_block, NULL}}});
    tarn_heap_destroy(heap);
}
