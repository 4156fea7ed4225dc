/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Allocating: pairs, and random lifetimes among many live blocks. */
#include <stdlib.h>
#include <tarn/tarn.h>

#include "harness.h"
#include "peers.h"

#define LIVE 100000u

static struct allocator peers[] = {
    {.name = "glibc malloc"},
    {"mimalloc", "libmimalloc.so.2", "mi_malloc", "mi_free", NULL, NULL},
    {"jemalloc", "libjemalloc.so.2", "malloc", "free", NULL, NULL},
    {"tcmalloc", "libtcmalloc_minimal.so.4", "tc_malloc", "tc_free", NULL, NULL},
};
static struct allocator ours = {
    .name = "tarn_malloc", .allocate = tarn_malloc, .release = tarn_free};

static size_t size;
static tarn_type *leaf;

static double run_pairs(void *arg) {
    struct allocator *a = arg;
    if (!allocator_open(a))
        return -1;
    uint64_t n = loops_for(8);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        void *block = a->allocate(size);
        KEEP(block);
        a->release(block);
    }
    return (now_ns() - begun) / (double)n;
}

static double run_new(void *arg) {
    (void)arg;
    uint64_t n = loops_for(10);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        void *object = tarn_new(leaf);
        KEEP(object);
        tarn_decref(object);
    }
    return (now_ns() - begun) / (double)n;
}

static double run_lifetimes(void *arg) {
    struct allocator *a = arg;
    static void *block[LIVE];
    uint64_t state = 88172645463325252u;
    if (!allocator_open(a))
        return -1;
    uint64_t n = loops_for(25);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        size_t k = (size_t)(state % LIVE);
        if (block[k])
            a->release(block[k]);
        block[k] = a->allocate(16 + (size_t)(state >> 40) % 496);
    }
    double ns = (now_ns() - begun) / (double)n;
    for (size_t k = 0; k < LIVE; k++)
        if (block[k]) {
            a->release(block[k]);
            block[k] = NULL;
        }
    return ns;
}

static void run_table(const char *name, const char *what, double (*run)(void *)) {
    struct bench b = {.name = name, .what = what};
    b.variant[0] = (struct variant){ours.name, run, &ours};
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
        b.variant[i + 1] = (struct variant){peers[i].name, run, &peers[i]};
    bench_run(&b);
}

void bench_alloc(void) {
    static const size_t sizes[] = {16, 32, 64, 256, 1024, 8192};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char what[64];
        size = sizes[i];
        snprintf(what, sizeof what, "malloc + free of %zu bytes", size);
        run_table("alloc", what, run_pairs);
    }
    run_table("alloc", "free + malloc, 100,000 live of 16 to 511 bytes", run_lifetimes);

    tarn_heap *heap = tarn_heap_create(NULL);
    tarn_thread_attach(heap);
    leaf = tarn_type_register(heap, &(struct tarn_type_spec){.name = "leaf", .size = 32});
    size = 32;
    struct bench b = {.name = "alloc", .what = "tarn_new + tarn_decref of a 32-byte leaf"};
    b.variant[0] = (struct variant){"tarn_new + tarn_decref", run_new, NULL};
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
        b.variant[i + 1] = (struct variant){peers[i].name, run_pairs, &peers[i]};
    bench_run(&b);
    tarn_thread_detach();
    tarn_heap_destroy(heap);
}
