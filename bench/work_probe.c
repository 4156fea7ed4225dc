/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What bench/instructions counts: callgrind collects inside probe_allocate and
 * probe_release only, so the rest of the work is not counted.
 */
#include <pthread.h>
#include <stdlib.h>

#include "harness.h"
#include "works.h"

/* External, or the compiler would give them names of its own. */
void *probe_allocate(void *(*allocate)(size_t), size_t size);
void probe_release(void (*release)(void *), void *block);

__attribute__((noinline)) void *probe_allocate(void *(*allocate)(size_t), size_t size) {
    void *block = allocate(size);
    KEEP(block);
    return block;
}

__attribute__((noinline)) void probe_release(void (*release)(void *), void *block) {
    release(block);
    KEEP(block);
}

void probe_fill(const struct allocator *a, void **block, size_t size) {
    for (unsigned i = 0; i < PROBE_BLOCKS; i++)
        block[i] = probe_allocate(a->allocate, size);
}

void probe_empty(const struct allocator *a, void **block) {
    for (unsigned i = PROBE_BLOCKS; i-- > 0;)
        probe_release(a->release, block[i]);
}

/* Some blocks made and freed by their thread, again and again. */
void work_probe(struct job *job) {
    void *block[PROBE_BLOCKS];
    uint64_t rounds = job_loops(PROBE_BLOCKS * 100) / PROBE_BLOCKS;
    for (uint64_t r = 0; r < rounds; r++) {
        probe_fill(job->a, block, job->size);
        probe_empty(job->a, block);
    }
}

struct owner {
    struct job *job;
    void **block;
    uint64_t count;
    pthread_barrier_t made, done;
};

static void *own_and_sleep(void *arg) {
    struct owner *o = arg;
    const struct allocator *a = o->job->a;
    a->enter();
    for (uint64_t i = 0; i < o->count; i++)
        o->block[i] = a->allocate(o->job->size);
    a->wait_begin();
    pthread_barrier_wait(&o->made);
    pthread_barrier_wait(&o->done);
    a->wait_end();
    a->leave();
    return NULL;
}

void free_remotely(struct job *job, uint64_t count, void (*mark)(void)) {
    struct owner o = {.job = job, .count = count};
    pthread_t thread;
    o.block = job_pages((o.count + 1) * sizeof o.block[0]);
    if (pthread_barrier_init(&o.made, NULL, 2) != 0 ||
        pthread_barrier_init(&o.done, NULL, 2) != 0 ||
        pthread_create(&thread, NULL, own_and_sleep, &o) != 0)
        abort();
    job->a->wait_begin();
    pthread_barrier_wait(&o.made);
    job->a->wait_end();
    mark();
    for (uint64_t i = 0; i < o.count; i++)
        probe_release(job->a->release, o.block[i]);
    mark();
    job->a->wait_begin();
    pthread_barrier_wait(&o.done);
    pthread_join(thread, NULL);
    job->a->wait_end();
}

static void mark_nothing(void) {
}

void work_probe_remote(struct job *job) {
    free_remotely(job, job_loops(6400), mark_nothing);
}
