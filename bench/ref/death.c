/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Rows: a list of ten million that dies; objects that one thread makes and another drops. */
#include <pthread.h>
#include <stdlib.h>
#include <tarn/atomic.h>
#include <tarn/tarn.h>

#include "harness.h"
#include "python.h"
#include "ring.h"
#include "rows.h"

/* ------------------------------------------------------------------------ list ---- */

#define LIST_STACK ((size_t)256 << 10) /* no recursion over such a list fits in */

struct list_job {
    const struct peer_list *peer;
    double ns;
    double stop[ROUNDS_MAX];
    unsigned round, told;
};

static size_t list_length(void) {
    return harness.quick ? 10000 : 10000000;
}

static void *run_list_thread(void *arg) {
    struct list_job *job = arg;
    const struct peer_list *p = job->peer;
    size_t n = list_length();
    if (p->peer.enter)
        p->peer.enter();
    void *list = p->build(n);
    double begun = now_ns();
    job->stop[job->round++] = p->drop(list, n);
    job->ns = (now_ns() - begun) / (double)n;
    if (p->peer.leave)
        p->peer.leave();
    return NULL;
}

static double run_list(void *arg) {
    struct list_job *job = arg;
    pthread_t thread;
    pthread_attr_t attributes;
    if (!job->peer->build)
        return -1;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, LIST_STACK);
    tarn_blocking_begin();
    if (pthread_create(&thread, &attributes, run_list_thread, job) != 0)
        abort();
    pthread_join(thread, NULL);
    tarn_blocking_end();
    pthread_attr_destroy(&attributes);
    return job->ns;
}

/* What the rounds before found. */
static double tell_stop(void *arg) {
    struct list_job *job = arg;
    return job->peer->build ? job->stop[job->told++] / 1000 : -1;
}

static void compare_lists(void) {
    static const struct peer_list *const peer[] = {&tarn_list, &peer_list_malloc,
                                                   &peer_list_shared_ptr, &peer_list_boehm};
    static struct list_job job[4];
    struct bench time = {.name = "ref", .what = ROW_LIST};
    struct bench stop = {.name = "ref", .what = ROW_LIST_STOP, .unit = "us"};
    for (unsigned i = 0; i < 4; i++) {
        job[i].peer = peer[i];
        time.variant[i] = (struct variant){peer[i]->peer.name, run_list, &job[i]};
        stop.variant[i] = (struct variant){peer[i]->peer.name, tell_stop, &job[i]};
    }
    bench_run(&time);
    bench_run(&stop);
}

/* ------------------------------------------------------------------------ pipe ---- */

struct pipe {
    struct ring ring;
    const struct peer_pipe *peer;
    struct allocator waiter; /* how an end of the ring waits */
    pthread_barrier_t begin;
    uint64_t count;
};

static void wait_idly(void) {
}

static void run_end(struct pipe *pipe, bool makes) {
    const struct peer_pipe *p = pipe->peer;
    if (p->peer.enter)
        p->peer.enter();
    pthread_barrier_wait(&pipe->begin);
    for (uint64_t i = 0; i < pipe->count; i++) {
        if (i % POLL_EVERY == 0)
            pipe->waiter.poll();
        if (makes)
            ring_put(&pipe->ring, &pipe->waiter, p->make());
        else
            p->drop(ring_take(&pipe->ring, &pipe->waiter));
    }
    if (p->peer.leave)
        p->peer.leave();
}

static void *run_maker(void *pipe) {
    run_end(pipe, true);
    return NULL;
}

static void *run_dropper(void *pipe) {
    run_end(pipe, false);
    return NULL;
}

static double run_pipe(void *arg) {
    const struct peer_pipe *p = arg;
    pthread_t maker, dropper;
    if (!p->make)
        return -1;
    here_begin(&p->peer); /* it may want to see the main thread first */
    here_end(&p->peer);
    struct pipe *pipe = aligned_alloc(128, (sizeof *pipe + 127) / 128 * 128);
    if (!pipe)
        abort();
    *pipe = (struct pipe){.peer = p, .count = loops_for(60)};
    pipe->waiter.poll = p->peer.poll ? p->peer.poll : wait_idly;
    pthread_barrier_init(&pipe->begin, NULL, 3);
    tarn_blocking_begin();
    if (pthread_create(&maker, NULL, run_maker, pipe) != 0 ||
        pthread_create(&dropper, NULL, run_dropper, pipe) != 0)
        abort();
    pthread_barrier_wait(&pipe->begin);
    double begun = now_ns();
    pthread_join(maker, NULL);
    pthread_join(dropper, NULL);
    double ns = (now_ns() - begun) / (double)pipe->count;
    tarn_blocking_end();
    pthread_barrier_destroy(&pipe->begin);
    free(pipe);
    return ns;
}

/* ------------------------------------------------------- the last reference ---- */

#define BATCH 4096u

struct batch {
    const struct peer_pipe *peer;
    bool runs; /* the owner, meanwhile; else it is blocking */
    void *object[BATCH];
    TARN__ATOMIC(int) over;
};

static void make_batch(void *arg) {
    struct batch *batch = arg;
    for (unsigned i = 0; i < BATCH; i++)
        batch->object[i] = batch->peer->make();
}

static void run_on(void *arg) {
    struct batch *batch = arg;
    /* relaxed: only that it is seen at last. */
    while (!tarn__load(&batch->over, relaxed))
        tarn_safepoint();
}

static double drop_batch(struct batch *batch) {
    owner_run(make_batch, batch);
    /* relaxed: the owner is told below. */
    tarn__store(&batch->over, 0, relaxed);
    if (batch->runs)
        owner_begin(run_on, batch);
    double begun = now_ns();
    for (unsigned i = 0; i < BATCH; i++)
        batch->peer->drop(batch->object[i]);
    double ns = now_ns() - begun;
    /* relaxed: as above. */
    tarn__store(&batch->over, 1, relaxed);
    owner_wait();
    tarn_safepoint();
    return ns;
}

static double run_last(const struct peer_pipe *peer, bool runs) {
    static struct batch batch;
    double ns = 0;
    unsigned batches = harness.quick ? 1 : 100;
    if (!peer->make)
        return -1;
    batch.peer = peer;
    batch.runs = runs;
    for (unsigned i = 0; i < batches; i++)
        ns += drop_batch(&batch);
    return ns / batches / BATCH;
}

static double run_last_blocking(void *arg) {
    return run_last(arg, false);
}

static double run_last_running(void *arg) {
    return run_last(arg, true);
}

static double run_python(void *arg) {
    static const char script[] = "import sys, threading, time\n"
                                 "n, rounds = 100000, 5\n"
                                 "made, dropped = threading.Event(), threading.Event()\n"
                                 "objects = []\n"
                                 "def own():\n"
                                 "    for _ in range(rounds):\n"
                                 "        objects.extend([object() for _ in range(n)])\n"
                                 "        made.set()\n"
                                 "        dropped.wait()\n"
                                 "        dropped.clear()\n"
                                 "owner = threading.Thread(target=own)\n"
                                 "owner.start()\n"
                                 "times = []\n"
                                 "for _ in range(rounds):\n"
                                 "    made.wait()\n"
                                 "    made.clear()\n"
                                 "    t = time.perf_counter()\n"
                                 "    objects.clear()\n"
                                 "    times.append(time.perf_counter() - t)\n"
                                 "    dropped.set()\n"
                                 "owner.join()\n"
                                 "print(sorted(times)[rounds // 2] * 1e9 / n)\n";
    (void)arg;
    return python_free_threaded(script);
}

#define PIPE(run, who)                                                                             \
    { (who).peer.name, (run), (void *)&(who) }

void ref_death(void) {
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_PIPE,
        .variant = {PIPE(run_pipe, tarn_pipe), PIPE(run_pipe, tarn_pipe_given),
                    PIPE(run_pipe, tarn_pipe_shared), PIPE(run_pipe, tarn_pipe_raw),
                    PIPE(run_pipe, peer_pipe_malloc), PIPE(run_pipe, peer_pipe_atomic),
                    PIPE(run_pipe, peer_pipe_shared_ptr), PIPE(run_pipe, peer_pipe_gobject),
                    PIPE(run_pipe, peer_pipe_boehm)}});
    bench_run(&(struct bench){
        .name = "ref",
        .what = ROW_LAST,
        .variant = {PIPE(run_last_blocking, tarn_pipe),
                    {"tarn, the owner running", run_last_running, (void *)&tarn_pipe},
                    PIPE(run_last_blocking, tarn_pipe_given),
                    PIPE(run_last_blocking, tarn_pipe_shared),
                    PIPE(run_last_blocking, tarn_pipe_raw),
                    PIPE(run_last_blocking, peer_pipe_malloc),
                    PIPE(run_last_blocking, peer_pipe_shared_ptr),
                    PIPE(run_last_blocking, peer_pipe_gobject),
                    {"CPython, free-threaded", run_python, NULL}}});
    compare_lists();
}
