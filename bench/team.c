/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Threads that begin together, and the time from the first of them to the last. */
#include <pthread.h>
#include <stdlib.h>

#include "harness.h"
#include "works.h"

#define TEAM_MAX 64u

struct team {
    struct job *job;
    void (*body)(struct job *job, void *arg, unsigned k);
    void *arg;
    pthread_barrier_t begin;
};

struct member {
    struct team *team;
    unsigned k;
    double begun, ended;
};

static void *run_member(void *arg) {
    struct member *m = arg;
    const struct allocator *a = m->team->job->a;
    pthread_barrier_wait(&m->team->begin);
    m->begun = now_ns();
    a->enter();
    m->team->body(m->team->job, m->team->arg, m->k);
    a->leave();
    m->ended = now_ns();
    return NULL;
}

static double span_of(const struct member *member, unsigned count) {
    double begun = member[0].begun;
    double ended = member[0].ended;
    for (unsigned k = 1; k < count; k++) {
        begun = member[k].begun < begun ? member[k].begun : begun;
        ended = member[k].ended > ended ? member[k].ended : ended;
    }
    return ended - begun;
}

double team_run(struct job *job, unsigned count, void (*body)(struct job *, void *, unsigned),
                void *arg) {
    pthread_t thread[TEAM_MAX];
    struct member member[TEAM_MAX];
    struct team team = {.job = job, .body = body, .arg = arg};
    if (count > TEAM_MAX || pthread_barrier_init(&team.begin, NULL, count + 1) != 0)
        abort();
    for (unsigned k = 0; k < count; k++) {
        member[k] = (struct member){.team = &team, .k = k};
        if (pthread_create(&thread[k], NULL, run_member, &member[k]) != 0)
            abort();
    }
    job->a->wait_begin();
    pthread_barrier_wait(&team.begin);
    for (unsigned k = 0; k < count; k++)
        pthread_join(thread[k], NULL);
    job->a->wait_end();
    pthread_barrier_destroy(&team.begin);
    return span_of(member, count);
}
