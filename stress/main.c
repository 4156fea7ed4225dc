/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * tarn-stress: many threads do random things to a heap, and the books must
 * balance.
 *
 * The run is cut into rounds of a second or two, each with new heaps and
 * another configuration, so that creation, destruction and the final check are
 * exercised too. Everything is drawn from the seed. Under the schedule baton
 * (TARN__SCHED) a round's schedule is as well: the same seed gives the same run,
 * and the line "schedule" at the end proves it.
 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/sched.h"
#include "stress.h"

#define ROUND_NS 1500000000u
#define HANG_SECONDS 240
#define THREADS_MAX 48
#ifdef TARN__SCHED
#define DEFAULT_OPS 300
#define DEFAULT_THREADS 3
#else
#define DEFAULT_OPS 0
#define DEFAULT_THREADS 8
#endif

struct settings settings = {.threads = DEFAULT_THREADS,
                            .seconds = 10,
                            .ops = DEFAULT_OPS,
                            .mix = "all",
                            .depth = 3,
                            .jobs = 1};

static struct worker workers[THREADS_MAX];
static uint64_t created;

static const struct {
    const char *name;
    unsigned groups;
} mixes[] = {
    {"all", GROUP_ALL},       {"counts", GROUP_COUNTS},
    {"slots", GROUP_SLOTS},   {"weak", GROUP_WEAK | GROUP_SLOTS},
    {"gc", GROUP_GC},         {"churn", GROUP_CHURN},
    {"memory", GROUP_MEMORY}, {"fork", GROUP_FORK | GROUP_COUNTS | GROUP_SLOTS},
};

/* ------------------------------------------------------------- arguments ---- */

static const struct argp_option options[] = {
    {"seed", 's', "N", 0, "the seed; by default from the clock", 0},
    {"threads", 't', "N", 0, "workers", 0},
    {"seconds", 'n', "N", 0, "how long to run", 0},
    {"iterations", 'i', "N", 0, "one round of so many actions a worker, instead", 0},
    {"ops", 0, NULL, OPTION_ALIAS, NULL, 0},
    {"mix", 'm', "NAME", 0, "all, counts, slots, weak, gc, churn, memory or fork", 0},
    {"verbose", 'v', NULL, 0, "print what the heaps log", 0},
#ifdef TARN__SCHED
    {"depth", 'd', "N", 0, "of the schedules: 1 changes no priority", 0},
    {"schedules", 'S', "N", 0, "run the small scenarios under N seeds each, instead", 0},
    {"scenario", 'x', "NAME", 0, "only this scenario", 0},
    {"jobs", 'j', "N", 0, "processes that share the scenarios", 0},
#endif
    {0},
};

static unsigned mix_named(const char *name, struct argp_state *state) {
    for (size_t i = 0; i < sizeof mixes / sizeof mixes[0]; i++)
        if (strcmp(mixes[i].name, name) == 0)
            return mixes[i].groups;
    argp_error(state, "no mix is named %s", name);
    return 0;
}

static uint64_t number(const char *text, struct argp_state *state, uint64_t least, uint64_t most) {
    char *end;
    unsigned long long value = strtoull(text, &end, 0);
    if (*end || end == text || *text == '-' || value < least || value > most)
        argp_error(state, "%s: not a number from %llu to %llu", text, (unsigned long long)least,
                   (unsigned long long)most);
    return value;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case 's':
        settings.seed = number(arg, state, 0, UINT64_MAX);
        break;
    case 't':
        settings.threads = (unsigned)number(arg, state, 1, THREADS_MAX);
        break;
    case 'n':
        settings.seconds = (unsigned)number(arg, state, 1, 1000000);
        break;
    case 'i':
        settings.ops = number(arg, state, 1, UINT64_MAX);
        break;
    case 'm':
        settings.mix_groups = mix_named(arg, state);
        settings.mix = arg;
        break;
    case 'v':
        settings.verbose = true;
        break;
    case 'd':
        settings.depth = (unsigned)number(arg, state, 1, 100);
        settings.depth_given = true;
        break;
    case 'S':
        settings.schedules = (unsigned)number(arg, state, 1, 100000000);
        break;
    case 'x':
        settings.scenario = arg;
        break;
    case 'j':
        settings.jobs = (unsigned)number(arg, state, 1, 64);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {options, parse, NULL, "Random work on a heap, checked.",
                                 NULL,    NULL,  NULL};

/* ------------------------------------------------------------- a round ---- */

static void on_alarm(int signal) {
    (void)signal;
    dprintf(STDERR_FILENO, "tarn-stress: hangs (seed %llu)\n", (unsigned long long)settings.seed);
    for (unsigned i = 0; i < settings.threads; i++)
        dprintf(STDERR_FILENO, "  worker %u: %s\n", i, workers[i].doing);
    abort();
}

static void show_progress(uint64_t begun, unsigned round) {
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%4u s, round %u, %llu objects, %u faults ",
            (unsigned)((tarn__clock_ns() - begun) / 1000000000u), round,
            (unsigned long long)(created + shadow_created()), fault_count());
}

static void start_workers(uint64_t *random) {
    for (unsigned i = 0; i < settings.threads; i++) {
        workers[i] = (struct worker){.place = &places[i % place_count],
                                     .random = random_next(random),
                                     .ops = settings.ops,
                                     .index = i,
                                     .doing = "starting"};
        if (tarn__os_thread_start(&workers[i].thread, "worker", worker_run, &workers[i]) != 0) {
            fault("worker %u does not start", i);
            _exit(1);
        }
    }
}

static void wait_for_time(uint64_t run_begun, unsigned round) {
    uint64_t begun = tarn__clock_ns();
    uint64_t run_ends = run_begun + settings.seconds * UINT64_C(1000000000);
    uint64_t now;
    while ((now = tarn__clock_ns()) < begun + ROUND_NS && now < run_ends) {
        tarn__sleep_ns(50000000);
        show_progress(run_begun, round);
    }
    /* relaxed: nothing depends on how soon it is seen. */
    tarn__store(&round_over, 1, relaxed);
}

static void run_round(unsigned round, uint64_t begun) {
    uint64_t random = settings.seed * 1000003 + round;
    shadow_reset();
    place_count = 1 + (unsigned)(round % 3 == 2);
    for (unsigned i = 0; i < place_count; i++)
        place_open(&places[i], &random);
    /* relaxed: the workers start later. */
    tarn__store(&round_over, 0, relaxed);
    alarm(HANG_SECONDS);
    start_workers(&random);
    if (!settings.ops)
        wait_for_time(begun, round);
    for (unsigned i = 0; i < settings.threads; i++)
        tarn__os_thread_join(&workers[i].thread);
    memory_clear_boxes();
    for (unsigned i = 0; i < place_count; i++)
        place_close(&places[i]);
    if (shadow_left())
        shadow_report_left(5);
    created += shadow_created();
    alarm(0);
}

/* ----------------------------------------------------------------- runs ---- */

static unsigned run_timed(uint64_t begun) {
    unsigned round = 0;
    uint64_t ends = begun + settings.seconds * UINT64_C(1000000000);
    do
        run_round(round++, begun);
    while (!settings.ops && !fault_count() && tarn__clock_ns() < ends);
    return round;
}

static unsigned run_all(uint64_t begun) {
#ifdef TARN__SCHED
    tarn__sched_start(settings.seed, settings.depth, settings.ops * settings.threads * 100);
#endif
    unsigned rounds = run_timed(begun);
#ifdef TARN__SCHED
    tarn__sched_stop();
    printf("schedule hash %016llx, %llu steps\n", (unsigned long long)tarn__sched_hash(),
           (unsigned long long)tarn__sched_steps());
#endif
    return rounds;
}

int main(int argc, char **argv) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    settings.seed = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    settings.mix_groups = GROUP_ALL;
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    printf("tarn-stress --seed %llu --threads %u --mix %s\n", (unsigned long long)settings.seed,
           settings.threads, settings.mix);
    fflush(stdout);
    signal(SIGALRM, on_alarm);
#ifdef TARN__SCHED
    if (settings.schedules)
        return schedules_run();
#endif
    workers_prepare(settings.mix_groups);
    uint64_t begun = tarn__clock_ns();
    unsigned rounds = run_all(begun);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
    printf("%u rounds, %llu objects, %u faults\n", rounds, (unsigned long long)created,
           fault_count());
    return fault_count() ? 1 : 0;
}
