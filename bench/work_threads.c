/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Two threads at a time: handing over, exchanging, inheriting, churning, scaling. */
#include <pthread.h>
#include <stdlib.h>
#include <tarn/atomic.h>

#include "harness.h"
#include "ring.h"
#include "works.h"

#define TEAM 2u
#define POLL_EVERY 32u

/* ------------------------------------------------------ producer and consumer ---- */

struct pipe {
    struct ring ring;
    uint64_t count;
};

static void run_pipe(struct job *job, void *arg, unsigned k) {
    struct pipe *pipe = arg;
    uint64_t state = RANDOM_SEED;
    for (uint64_t i = 0; i < pipe->count; i++) {
        if (i % POLL_EVERY == 0)
            job->a->poll();
        if (k == 0)
            ring_put(&pipe->ring, job->a,
                     allocate_used(job->a, random_size(random_next(&state), job->size)));
        else
            job->a->release(ring_take(&pipe->ring, job->a));
    }
}

/* One thread makes what another frees. */
void work_producer(struct job *job) {
    struct pipe *pipe = job_pages(sizeof *pipe);
    pipe->count = job_loops(6000000);
    job_begin(job);
    job->out.ns = team_run(job, TEAM, run_pipe, pipe) / (double)pipe->count;
    job->out.live = (double)(RING_SLOTS * (job->size + 16) / 2);
    job_end(job);
}

/* ------------------------------------------------------------------ all to all ---- */

#define PARCEL 64u
#define SHELVES 64u

/* Blocks in a block: a parcel is allocated too. */
struct parcel {
    uint64_t head[2]; /* an object's header, if it is one */
    void *block[PARCEL];
};

struct shelf {
    _Alignas(128) TARN__ATOMIC(struct parcel *) parcel;
};

struct exchange {
    struct shelf shelf[SHELVES];
    uint64_t rounds;
};

static void unpack(const struct allocator *a, struct parcel *parcel) {
    if (!parcel)
        return;
    for (unsigned i = 0; i < PARCEL; i++)
        a->release(parcel->block[i]);
    a->release(parcel);
}

/* Leaves a parcel at a random place and frees what lay there, whoever's it was. */
static void run_exchange(struct job *job, void *arg, unsigned k) {
    struct exchange *x = arg;
    uint64_t state = RANDOM_SEED + k;
    for (uint64_t r = 0; r < x->rounds; r++) {
        struct parcel *parcel = job->a->allocate(sizeof *parcel);
        for (unsigned i = 0; i < PARCEL; i++)
            parcel->block[i] = allocate_used(job->a, random_size(random_next(&state), job->size));
        /* acq_rel: pairs with itself on the other thread; publishes this parcel's
         * content, and that of the one received is visible. */
        unpack(job->a,
               tarn__exchange(&x->shelf[random_next(&state) % SHELVES].parcel, parcel, acq_rel));
        job->a->poll();
    }
}

void work_exchange(struct job *job) {
    struct exchange *x = job_pages(sizeof *x);
    x->rounds = job_loops(6000000) / PARCEL + 1;
    job_begin(job);
    job->out.ns = team_run(job, TEAM, run_exchange, x) / (double)(x->rounds * PARCEL);
    job_end(job);
    for (unsigned i = 0; i < SHELVES; i++) {
        job->out.live += tarn__load_own(&x->shelf[i].parcel)
                             ? (double)(PARCEL * (job->size + 16) / 2 + sizeof(struct parcel))
                             : 0;
        unpack(job->a, tarn__load_own(&x->shelf[i].parcel));
    }
}

/* ---------------------------------------------------------------------- Larson ---- */

#define LANE_BLOCKS 1000u
#define GENERATIONS 20u

struct lane {
    void *block[LANE_BLOCKS];
    uint64_t state;
};

struct larson {
    struct lane lane[TEAM];
    uint64_t each;
};

/* Replaces blocks at random; most were made by the thread before. */
static void run_larson(struct job *job, void *arg, unsigned k) {
    struct larson *l = arg;
    struct lane *lane = &l->lane[k];
    for (uint64_t i = 0; i < l->each; i++) {
        uint64_t random = random_next(&lane->state);
        void **block = &lane->block[random % LANE_BLOCKS];
        if (*block)
            job->a->release(*block);
        *block = allocate_used(job->a, random_size(random, job->size));
        if (i % POLL_EVERY == 0)
            job->a->poll();
    }
}

/* A server whose threads end and leave their connections to the next (Larson and
 * Krishnan, ISMM 1998). */
void work_larson(struct job *job) {
    struct larson *l = job_pages(sizeof *l);
    l->each = job_loops(3200000) / GENERATIONS + 1;
    for (unsigned k = 0; k < TEAM; k++)
        l->lane[k].state = RANDOM_SEED + k;
    job_begin(job);
    double begun = now_ns();
    for (unsigned g = 0; g < GENERATIONS; g++)
        team_run(job, TEAM, run_larson, l);
    job->out.ns = (now_ns() - begun) / (double)(GENERATIONS * l->each);
    job->out.live = (double)(TEAM * LANE_BLOCKS * (job->size + 16) / 2);
    job_end(job);
    for (unsigned k = 0; k < TEAM; k++)
        for (unsigned i = 0; i < LANE_BLOCKS; i++)
            if (l->lane[k].block[i])
                job->a->release(l->lane[k].block[i]);
}

/* ----------------------------------------------------------------------- churn ---- */

#define TASK_BLOCKS 200u
#define TASK_LEAVES 20u

struct task {
    void *left[TASK_LEAVES]; /* by the task before */
    uint64_t state;
};

static void run_task(struct job *job, void *arg, unsigned k) {
    struct task *task = arg;
    void *block[TASK_BLOCKS];
    (void)k;
    for (unsigned i = 0; i < TASK_BLOCKS; i++)
        block[i] = allocate_used(job->a, random_size(random_next(&task->state), job->size));
    for (unsigned i = 0; i < TASK_LEAVES; i++) {
        if (task->left[i])
            job->a->release(task->left[i]);
        task->left[i] = block[i * (TASK_BLOCKS / TASK_LEAVES)];
        block[i * (TASK_BLOCKS / TASK_LEAVES)] = NULL;
    }
    for (unsigned i = 0; i < TASK_BLOCKS; i++)
        if (block[i])
            job->a->release(block[i]);
}

/* A thread a task; each leaves a tenth of its blocks for the next one to free. */
void work_churn(struct job *job) {
    struct task *task = job_pages(sizeof *task);
    uint64_t n = job_loops(3000);
    double early = 0;
    task->state = RANDOM_SEED;
    job_begin(job);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        team_run(job, 1, run_task, task);
        if (i == n / 10)
            early = job_rss(job);
    }
    job->out.ns = (now_ns() - begun) / (double)n;
    job->out.live = (double)(TASK_BLOCKS * (job->size + 16) / 2);
    job_end(job);
    job->out.growth = early > 0 ? job->out.rss / early : 1;
}

/* --------------------------------------------------------------------- scaling ---- */

static void run_disjoint(struct job *job, void *arg, unsigned k) {
    uint64_t n = *(uint64_t *)arg;
    uint64_t state = RANDOM_SEED + k;
    void *block[64] = {NULL};
    for (uint64_t i = 0; i < n; i++) {
        uint64_t random = random_next(&state);
        void **b = &block[random % 64];
        if (*b)
            job->a->release(*b);
        *b = allocate_used(job->a, random_size(random, job->size));
    }
    for (unsigned i = 0; i < 64; i++)
        if (block[i])
            job->a->release(block[i]);
}

/* As much arithmetic as run_disjoint has work, and no memory. */
static void run_arithmetic(struct job *job, void *arg, unsigned k) {
    uint64_t n = *(uint64_t *)arg * 8;
    uint64_t state = RANDOM_SEED + k;
    (void)job;
    for (uint64_t i = 0; i < n; i++) {
        random_next(&state);
        KEEP(state);
    }
}

#define SCALE_RUNS 5u

/* The shortest that one thread and two took for a body. */
struct shortest {
    double one, two;
};

static void run_both(struct job *job, void (*body)(struct job *, void *, unsigned), uint64_t n,
                     struct shortest *s) {
    double one = team_run(job, 1, body, &n);
    double two = team_run(job, 2, body, &n);
    s->one = s->one == 0 || one < s->one ? one : s->one;
    s->two = s->two == 0 || two < s->two ? two : s->two;
}

/* Rates of two threads over that of one, allocating and calculating in turn. */
void work_scale(struct job *job) {
    uint64_t n = job_loops(2000000);
    struct shortest machine = {0, 0};
    struct shortest work = {0, 0};
    job_begin(job);
    for (unsigned i = 0; i < SCALE_RUNS; i++) {
        run_both(job, run_arithmetic, n, &machine);
        run_both(job, run_disjoint, n, &work);
    }
    job->out.ceiling = 2 * machine.one / machine.two;
    job->out.scaling = 2 * work.one / work.two;
    job->out.ns = work.one / (double)n;
    job->out.live = 2 * 64 * (double)(job->size + 16) / 2;
    job_end(job);
}
