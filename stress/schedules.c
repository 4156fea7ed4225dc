/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Small programs under the schedule baton, each under many seeds.
 *
 * A scenario is what three threads do around one protocol, in a few short turns:
 * thousands of schedules take seconds, and each step of the protocol is cut at
 * each point sooner or later. Depths 1 to 3 take turns: the theory gives a bug
 * of depth d a chance of 1 in (threads * steps^(d - 1)) a run. A scenario of many
 * turns has so many times the changes of priority, as if each turn were a
 * schedule of its own. After each schedule the heap is closed, which checks the
 * books.
 *
 * A failure prints the command that replays it.
 */
#include "schedule.h"

#ifdef TARN__SCHED

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_EXPECTED 2500
#define SCHEDULE_SECONDS 60

static const struct scenario *const tables[] = {
    count_scenarios, owner_scenarios,     slot_scenarios,   weak_scenarios,
    world_scenarios, collector_scenarios, memory_scenarios,
};

/* Plain: the baton orders the parties, and no access is a schedule point. */
static struct {
    const struct scenario *scenario;
    uint64_t seed;
    unsigned depth;
    uint64_t random[PARTIES];
    unsigned turn[PARTIES];
    unsigned met; /* how often a party came to a meeting */
} current;

/* ---------------------------------------------------------------- shared ---- */

unsigned turn_of(unsigned party) {
    return current.turn[party];
}

bool coin(unsigned party) {
    return random_next(&current.random[party]) & 1;
}

void take_breath(unsigned party) {
    tarn_safepoint();
    if (coin(party))
        tarn__sched_yield();
}

void meet(void) {
    unsigned meeting = current.met++ / PARTIES;
    if (current.met % PARTIES == 0)
        tarn__sched_wake(&current.met, INT_MAX);
    while (current.met / PARTIES == meeting)
        tarn__sched_block("meeting", &current.met, 0);
}

void meet_blocking(void) {
    tarn_blocking_begin();
    meet();
    tarn_blocking_end();
}

void put(struct place *place, unsigned box, void *object) {
    /* acq_rel: one thread's reference becomes another's. */
    void *old = tarn__exchange(&place->boxes[box], object, acq_rel);
    if (old)
        tarn_decref(old);
}

void *take(struct place *place, unsigned box) {
    /* acq_rel: one thread's reference becomes another's. */
    return tarn__exchange(&place->boxes[box], NULL, acq_rel);
}

void drop(void *object, const char *where) {
    if (!object)
        return;
    shadow_check(object, where);
    tarn_decref(object);
}

void expect_count(void *object, ptrdiff_t count, const char *where) {
    ptrdiff_t found = tarn_refcount(object);
    if (found != count)
        fault("%s: the count is %td instead of %td", where, found, count);
}

void expect_destroyed(uint64_t id, const char *where) {
    if (!shadow_is_destroyed(id))
        fault("%s: id %#llx is not destroyed", where, (unsigned long long)id);
}

/* -------------------------------------------------------------- schedules ---- */

static void say_how_to_replay(void) {
    dprintf(STDERR_FILENO,
            "tarn-stress: replay with --schedules 1 --scenario '%s' --depth %u --seed %llu\n",
            current.scenario->name, current.depth, (unsigned long long)current.seed);
}

static void on_signal(int number) {
    say_how_to_replay();
    signal(number, SIG_DFL);
    raise(number);
}

static void run_party(void *arg) {
    unsigned party = (unsigned)(uintptr_t)arg;
    struct place *place = &places[0];
    int error = tarn_thread_attach(place->heap);
    if (error != 0) {
        fault("party %u: attach: %d", party, error);
        return;
    }
    const struct scenario *scenario = current.scenario;
    for (unsigned *turn = &current.turn[party]; *turn < scenario->turns; ++*turn) {
        meet_blocking();
        scenario->parties[party](place, party);
    }
    tarn_thread_detach();
}

/* Returns whether it went well. */
static bool run_schedule(void) {
    struct tarn_os_thread threads[PARTIES];
    struct place *place = &places[0];
    unsigned before = fault_count();
    settings.seed = current.seed;
    current.met = 0;
    for (unsigned i = 0; i < PARTIES; i++) {
        current.turn[i] = 0;
        current.random[i] = current.seed * PARTIES + i;
    }
    shadow_reset();
    alarm(SCHEDULE_SECONDS);
    tarn__sched_start(current.seed, 1 + (current.depth - 1) * current.scenario->turns,
                      STEPS_EXPECTED);
    place_open_as(place, current.scenario->dispatch);
    if (current.scenario->prepare) {
        tarn_thread_attach(place->heap);
        current.scenario->prepare(place, 0);
        tarn_thread_detach();
    }
    for (unsigned i = 0; i < PARTIES; i++)
        if (tarn__os_thread_start(&threads[i], "party", run_party, (void *)(uintptr_t)i) != 0)
            fault("party %u does not start", i);
    for (unsigned i = 0; i < PARTIES; i++)
        tarn__os_thread_join(&threads[i]);
    place_close(place);
    tarn__sched_stop();
    if (shadow_left())
        shadow_report_left(5);
    if (fault_count() != before)
        say_how_to_replay();
    return fault_count() == before;
}

static bool run_scenario(const struct scenario *scenario, uint64_t seed) {
    uint64_t steps = 0;
    current.scenario = scenario;
    for (unsigned i = 0; i < settings.schedules; i++) {
        current.seed = seed + i;
        current.depth = settings.depth_given ? settings.depth : 1 + i % 3;
        if (!run_schedule()) {
            printf("not ok - %s: schedule %u\n", scenario->name, i);
            return false;
        }
        steps += tarn__sched_steps();
    }
    printf("ok - %s: %u schedules from seed %llu, %llu steps each\n", scenario->name,
           settings.schedules, (unsigned long long)seed,
           (unsigned long long)(steps / settings.schedules));
    fflush(stdout);
    return true;
}

/* The scenarios that are asked for, every so manieth of them. */
static bool run_share(unsigned job) {
    unsigned n = 0;
    bool well = true;
    uint64_t seed = settings.seed; /* which each schedule sets */
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct scenario *s = tables[i]; s->name; s++)
            if (!settings.scenario || strcmp(settings.scenario, s->name) == 0)
                if (n++ % settings.jobs == job)
                    well &= run_scenario(s, seed);
    if (!n)
        fprintf(stderr, "tarn-stress: no scenario is named %s\n", settings.scenario);
    return well && n;
}

/* A job has a process of its own, unless it is the only one. */
static void run_job(unsigned job) {
    pid_t child = settings.jobs > 1 ? fork() : 0;
    if (child < 0)
        fault("no process for job %u", job);
    else if (child == 0)
        exit(run_share(job) ? 0 : 1);
}

int schedules_run(void) {
    bool well = true;
    int status;
    signal(SIGABRT, on_signal);
    signal(SIGSEGV, on_signal);
    signal(SIGALRM, on_signal);
    for (unsigned job = 0; job < settings.jobs; job++)
        run_job(job);
    while (wait(&status) > 0)
        well &= status == 0;
    return well && !fault_count() ? 0 : 1;
}

#endif
