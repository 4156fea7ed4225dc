/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* One thread: pairs, batches, random lifetimes, mixed sizes, growth, large blocks. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "works.h"

/* A block is freed before the next is asked for. */
void work_pairs(struct job *job) {
    const struct allocator *a = job->a;
    size_t size = job->size;
    uint64_t n = job_loops(4000000);
    job_begin(job);
    for (uint64_t i = 0; i < n / 16 + 1; i++)
        a->release(a->allocate(size));
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        void *block = a->allocate(size);
        KEEP(block);
        a->release(block);
    }
    job->out.ns = (now_ns() - begun) / (double)n;
    job->out.live = (double)size;
    job_end(job);
}

/* A thousand blocks, then all of them freed, the last one first. */
#define BATCH 1000u

void work_batches(struct job *job) {
    const struct allocator *a = job->a;
    void **block = job_pages(BATCH * sizeof *block);
    uint64_t rounds = job_loops(5000000) / BATCH + 1;
    job_begin(job);
    double begun = now_ns();
    for (uint64_t r = 0; r < rounds; r++) {
        for (unsigned i = 0; i < BATCH; i++)
            block[i] = allocate_used(a, job->size);
        for (unsigned i = BATCH; i-- > 0;)
            a->release(block[i]);
        a->poll();
    }
    job->out.ns = (now_ns() - begun) / (double)(rounds * BATCH);
    job->out.live = (double)(BATCH * job->size);
    job_end(job);
}

struct held {
    void *block;
    size_t size;
};

/* `n` times: one of `count` blocks, chosen at random, dies and another is born.
 * Returns the bytes asked for that are live after it. */
static double live_and_die(const struct allocator *a, struct held *held, size_t count,
                           size_t (*choose)(uint64_t random, size_t largest), size_t largest,
                           uint64_t n, uint64_t *state, double live) {
    for (uint64_t i = 0; i < n; i++) {
        uint64_t random = random_next(state);
        struct held *h = &held[random % count];
        live -= (double)h->size;
        a->release(h->block);
        h->size = choose(random, largest);
        h->block = allocate_used(a, h->size);
        live += (double)h->size;
    }
    return live;
}

static double fill(const struct allocator *a, struct held *held, size_t count,
                   size_t (*choose)(uint64_t random, size_t largest), size_t largest,
                   uint64_t *state) {
    double live = 0;
    for (size_t i = 0; i < count; i++) {
        held[i].size = choose(random_next(state), largest);
        held[i].block = allocate_used(a, held[i].size);
        live += (double)held[i].size;
    }
    return live;
}

static void run_lifetimes(struct job *job, size_t count,
                          size_t (*choose)(uint64_t random, size_t largest), uint64_t usual) {
    struct held *held = job_pages(count * sizeof *held);
    uint64_t state = RANDOM_SEED;
    uint64_t n = job_loops(usual);
    job_begin(job);
    double live = fill(job->a, held, count, choose, job->size, &state);
    live = live_and_die(job->a, held, count, choose, job->size, n / 4, &state, live);
    double begun = now_ns();
    job->out.live = live_and_die(job->a, held, count, choose, job->size, n, &state, live);
    job->out.ns = (now_ns() - begun) / (double)n;
    job_end(job);
    for (size_t i = 0; i < count; i++)
        job->a->release(held[i].block);
}

void work_lifetimes(struct job *job) {
    run_lifetimes(job, harness.quick ? 1000 : 100000, random_size, 4000000);
}

/* Small sizes are commoner: uniform in the logarithm, 16 .. largest - 1. */
static size_t skewed_size(uint64_t random, size_t largest) {
    size_t size = (size_t)16 << ((random >> 32) % 11);
    size += (size_t)(random >> 48) % size;
    return size < largest ? size : largest - 1;
}

void work_mixed(struct job *job) {
    run_lifetimes(job, 2000, skewed_size, 3000000);
}

/* A buffer grows by a quarter at a time from 16 bytes to job->size. */
void work_growth(struct job *job) {
    uint64_t n = job_loops(40000);
    uint64_t steps = 0;
    job_begin(job);
    double begun = now_ns();
    while (steps < n) {
        size_t size = 16;
        char *buffer = job->a->allocate(size);
        while (size < job->size) {
            size += size / 4 + 1;
            buffer = job->a->resize(buffer, size);
            if (!buffer)
                abort();
            memset(buffer + size - size / 5, 1, size / 5);
            steps++;
        }
        job->a->release(buffer);
    }
    job->out.ns = (now_ns() - begun) / (double)steps;
    job->out.live = (double)job->size;
    job_end(job);
}

/* A large block whose first page is used, freed before the next. */
void work_large(struct job *job) {
    const struct allocator *a = job->a;
    uint64_t n = job_loops(200000);
    job_begin(job);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++)
        a->release(allocate_used(a, job->size));
    job->out.ns = (now_ns() - begun) / (double)n;
    job->out.live = (double)job->size;
    job_end(job);
}
