/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Threads that begin together and work for a slice of time. */
#include <pthread.h>
#include <stdlib.h>
#include <tarn/atomic.h>
#include <time.h>

#include "harness.h"
#include "ours.h"

#define CREW_MAX 16u

/* Whose work the main thread does now. */
static const struct peer *here;

void here_begin(const struct peer *peer) {
    here = peer;
    if (peer->enter == ours_enter)
        return;
    tarn_blocking_begin(); /* no read section of ours helps it */
    if (peer->enter)
        peer->enter();
}

void here_end(const struct peer *peer) {
    here = NULL;
    if (peer->enter == ours_enter)
        return;
    if (peer->leave)
        peer->leave();
    tarn_blocking_end();
}

struct run {
    const struct crew *crew;
    pthread_barrier_t begin;
    TARN__ATOMIC(int) stop;
};

struct hand {
    struct run *run;
    unsigned k;
    uint64_t rounds;
    double begun, ended;
};

static void *run_hand(void *arg) {
    struct hand *h = arg;
    const struct crew *c = h->run->crew;
    if (c->peer->enter)
        c->peer->enter();
    pthread_barrier_wait(&h->run->begin);
    h->begun = now_ns();
    do {
        c->body(c->arg, h->k);
        if (c->peer->poll)
            c->peer->poll();
        h->rounds++;
        /* relaxed: only that it is seen at last. */
    } while (!tarn__load(&h->run->stop, relaxed));
    h->ended = now_ns();
    if (c->peer->leave)
        c->peer->leave();
    return NULL;
}

/* Elapsed time over operations, of the first `count` hands. */
static double rate_of(const struct hand *hand, unsigned count) {
    double begun = hand[0].begun;
    double ended = hand[0].ended;
    uint64_t rounds = 0;
    for (unsigned k = 0; k < count; k++) {
        begun = hand[k].begun < begun ? hand[k].begun : begun;
        ended = hand[k].ended > ended ? hand[k].ended : ended;
        rounds += hand[k].rounds;
    }
    return (ended - begun) / (double)(rounds * POLL_EVERY);
}

static void wait_slice(void) {
    double ns = harness.quick ? 2e5 : harness.slice_ns;
    struct timespec left = {.tv_nsec = (long)ns};
    while (nanosleep(&left, &left) != 0)
        continue; /* a collector's signal */
}

/* The main thread waits while the crew works, out of everybody's way. */
double crew_run(const struct crew *crew) {
    const struct peer *before = here;
    pthread_t thread[CREW_MAX];
    struct hand hand[CREW_MAX] = {{NULL, 0, 0, 0, 0}};
    struct run run = {.crew = crew};
    if (crew->threads > CREW_MAX)
        abort();
    pthread_barrier_init(&run.begin, NULL, crew->threads + 1);
    for (unsigned k = 0; k < crew->threads; k++) {
        hand[k] = (struct hand){.run = &run, .k = k};
        if (pthread_create(&thread[k], NULL, run_hand, &hand[k]) != 0)
            abort();
    }
    if (before)
        here_end(before);
    tarn_blocking_begin();
    pthread_barrier_wait(&run.begin);
    wait_slice();
    /* relaxed: joining orders what matters. */
    tarn__store(&run.stop, 1, relaxed);
    for (unsigned k = 0; k < crew->threads; k++)
        pthread_join(thread[k], NULL);
    tarn_blocking_end();
    if (before)
        here_begin(before);
    pthread_barrier_destroy(&run.begin);
    return rate_of(hand, crew->counted ? crew->counted : crew->threads);
}
