/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Four ways in which allocators keep memory that nobody uses: blocks that come
 * home by another thread, a peak that is over, threads that are gone, and classes
 * that are used once.
 */
#include <pthread.h>
#include <stdlib.h>

#include "harness.h"
#include "ring.h"
#include "works.h"

/* -------------------------------------------------- a thread that only frees ---- */

#define WINDOW 65536u

struct window {
    struct ring ring;
    void *block[WINDOW]; /* the producer's: first in, first out */
    size_t size[WINDOW];
    uint64_t count;
    double live; /* most that was asked for and not freed */
};

static void produce(struct job *job, struct window *w) {
    uint64_t state = RANDOM_SEED;
    double live = 0;
    for (uint64_t i = 0; i < w->count; i++) {
        size_t at = i % WINDOW;
        if (i % 32 == 0)
            job->a->poll();
        if (w->block[at]) {
            live -= (double)w->size[at];
            ring_put(&w->ring, job->a, w->block[at]);
        }
        w->size[at] = random_size(random_next(&state), job->size);
        w->block[at] = allocate_used(job->a, w->size[at]);
        live += (double)w->size[at];
        w->live = live > w->live ? live : w->live;
    }
    for (size_t i = 0; i < WINDOW; i++)
        if (w->block[i])
            ring_put(&w->ring, job->a, w->block[i]);
    ring_put(&w->ring, job->a, NULL);
}

/* Frees and never allocates: it may have no cache at all. */
static void consume(struct job *job, struct window *w) {
    for (void *block; (block = ring_take(&w->ring, job->a));)
        job->a->release(block);
}

static void run_freer(struct job *job, void *arg, unsigned k) {
    if (k == 0)
        produce(job, arg);
    else
        consume(job, arg);
}

/* live: the most at any time, with what is on its way to the freeing thread. */
void work_freer(struct job *job) {
    struct window *w = job_pages(sizeof *w);
    w->count = job_loops(3000000);
    job_begin(job);
    job->out.ns = team_run(job, 2, run_freer, w) / (double)w->count;
    job_end(job);
    job->out.live = w->live + (double)(RING_SLOTS * (job->size + 16) / 2);
}

/* -------------------------------------------------------------------- a spike ---- */

struct spike {
    void **block;
    size_t count;
    pthread_barrier_t peak, freed, trimmed;
};

static void wait_at(const struct allocator *a, pthread_barrier_t *barrier) {
    a->wait_begin();
    pthread_barrier_wait(barrier);
    a->wait_end();
}

/* 0 makes the peak and then sleeps; 1 frees it, lets free memory be trimmed, and
 * measures while both are still there. */
static void run_spike(struct job *job, void *arg, unsigned k) {
    struct spike *s = arg;
    if (k == 0) {
        for (size_t i = 0; i < s->count; i++)
            s->block[i] = allocate_used(job->a, job->size);
        wait_at(job->a, &s->peak);
        wait_at(job->a, &s->trimmed);
        return;
    }
    wait_at(job->a, &s->peak);
    for (size_t i = 0; i < s->count; i++)
        job->a->release(s->block[i]);
    job->a->trim();
    job_end(job);
    wait_at(job->a, &s->trimmed);
}

/* live is the peak's payload: the verdict is rss over peak. */
void work_spike(struct job *job) {
    struct spike s = {.count = (harness.quick ? 4u << 20 : 256u << 20) / job->size};
    s.block = job_pages(s.count * sizeof s.block[0]);
    if (pthread_barrier_init(&s.peak, NULL, 2) != 0 ||
        pthread_barrier_init(&s.trimmed, NULL, 2) != 0)
        abort();
    job_begin(job);
    job->out.ns = team_run(job, 2, run_spike, &s) / (double)s.count;
    job->out.live = (double)(s.count * job->size);
}

/* -------------------------------------------------- threads that leave a little ---- */

#define LEAVER_BYTES (1u << 20)
#define LEAVER_BLOCKS (LEAVER_BYTES / 16)
#define LEAVES_ONE_OF 50u

struct leavers {
    uint64_t state;
    double live;
    void *block[LEAVER_BLOCKS];
};

/* Makes a mebibyte of blocks and frees all but each fiftieth, which nobody frees. */
static void run_leaver(struct job *job, void *arg, unsigned k) {
    struct leavers *l = arg;
    size_t count = 0;
    (void)k;
    for (size_t bytes = 0; bytes < LEAVER_BYTES && count < LEAVER_BLOCKS; count++) {
        size_t size = random_size(random_next(&l->state), job->size);
        l->block[count] = allocate_used(job->a, size);
        bytes += size;
        l->live += count % LEAVES_ONE_OF == 0 ? (double)size : 0;
    }
    for (size_t i = 0; i < count; i++)
        if (i % LEAVES_ONE_OF != 0)
            job->a->release(l->block[i]);
}

/* One after the other: each can use the room between what those before it left. */
void work_leavers(struct job *job) {
    struct leavers *l = job_pages(sizeof *l);
    unsigned threads = harness.quick ? 6 : 600;
    double ns = 0;
    l->state = RANDOM_SEED;
    job_begin(job);
    for (unsigned i = 0; i < threads; i++)
        ns += team_run(job, 1, run_leaver, l);
    job->out.ns = ns / threads;
    job->out.live = l->live;
    job_end(job);
}

/* ------------------------------------------- one block of every class a thread ---- */

#define CLASS_THREADS 32u
#define CLASSES_MAX 128u

struct classes {
    pthread_barrier_t made, measured;
    unsigned count;
    size_t size[CLASSES_MAX];
};

/* Sizes of 16 .. 32 KiB in `steps` per doubling, at least 16 bytes apart. */
static void choose_classes(struct classes *c, size_t steps) {
    for (size_t base = 16; base < 32768; base *= 2)
        for (size_t i = 0, step = base / steps < 16 && steps > 2 ? 16 : base / steps; i < steps;
             i++)
            if (i * step < base)
                c->size[c->count++] = base + i * step;
    c->size[c->count++] = 32768;
}

static void run_classes(struct job *job, void *arg, unsigned k) {
    struct classes *c = arg;
    void *block[CLASSES_MAX];
    for (unsigned i = 0; i < c->count; i++)
        block[i] = allocate_used(job->a, c->size[i]);
    wait_at(job->a, &c->made);
    if (k == 0)
        job_end(job);
    wait_at(job->a, &c->measured);
    for (unsigned i = 0; i < c->count; i++)
        job->a->release(block[i]);
}

/* size: classes per doubling. live: threads, so that rss over it is bytes a thread. */
void work_classes(struct job *job) {
    struct classes c = {.count = 0};
    unsigned threads = harness.quick ? 2 : CLASS_THREADS;
    choose_classes(&c, job->size);
    if (pthread_barrier_init(&c.made, NULL, threads) != 0 ||
        pthread_barrier_init(&c.measured, NULL, threads) != 0)
        abort();
    job_begin(job);
    job->out.ns = team_run(job, threads, run_classes, &c) / (threads * c.count);
    job->out.live = threads;
}
