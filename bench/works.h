/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The works on allocators, and what they share: random numbers, teams. */
#ifndef BENCH_WORKS_H
#define BENCH_WORKS_H

#include <sys/types.h>

#include "worker.h"

/* One thread (work_single.c). job->size: bytes of a block, or the largest. */
void work_pairs(struct job *job);
void work_batches(struct job *job);
void work_lifetimes(struct job *job);
void work_mixed(struct job *job);
void work_growth(struct job *job);
void work_large(struct job *job);

/* Several threads (work_threads.c). */
void work_producer(struct job *job);
void work_exchange(struct job *job);
void work_larson(struct job *job);
void work_churn(struct job *job);
void work_scale(struct job *job);

/* What memory is left with (work_memory.c). */
void work_freer(struct job *job);
void work_spike(struct job *job);
void work_leavers(struct job *job);
void work_classes(struct job *job);

/* For bench/instructions (work_probe.c, work_steps.c). */
void work_probe(struct job *job);
void work_probe_remote(struct job *job);
void work_steps(struct job *job);

/* What a traced child does from its next SIGSTOP to the one after, atomic operations
 * if they are wanted; false: it cannot be traced here. */
struct step_count {
    uint64_t steps;
    uint64_t atomics;
};

bool step_count(pid_t child, struct step_count *count, bool atomics);

#define PROBE_BLOCKS 64u

/* As many blocks made, and freed in the other order. */
void probe_fill(const struct allocator *a, void **block, size_t size);
void probe_empty(const struct allocator *a, void **block);

/* Frees `count` blocks of a thread that sleeps; calls mark before and after. */
void free_remotely(struct job *job, uint64_t count, void (*mark)(void));

/* xorshift64: the same sequence for every allocator. */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

#define RANDOM_SEED 88172645463325252u

/* 16 .. largest - 1 */
static inline size_t random_size(uint64_t random, size_t largest) {
    return 16 + (size_t)(random >> 40) % (largest - 16);
}

/* A block that is used: a word of it is written, behind an object's header. */
static inline void *allocate_used(const struct allocator *a, size_t size) {
    void *block = a->allocate(size);
    if (!block)
        __builtin_trap();
    if (size >= 24)
        ((volatile uint64_t *)block)[2] = size;
    return block;
}

/* Runs `body` in `count` threads that begin together; returns the ns from
 * the first one's beginning to the last one's end. body(job, arg, k): thread k of 0 .. count - 1.
 */
double team_run(struct job *job, unsigned count, void (*body)(struct job *, void *, unsigned),
                void *arg);

#endif
