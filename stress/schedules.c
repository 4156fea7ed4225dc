/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Small programs under the schedule baton, each under many seeds.
 *
 * A scenario is what two or three threads do around one protocol: a few dozen
 * operations, so that thousands of schedules take seconds and each step of the
 * protocol is cut at each point sooner or later. Depths 1 to 3 take turns: the
 * theory gives a bug of depth d a chance of 1 in (threads * steps^(d - 1)) a
 * run. After each schedule the heap is closed, which checks the books.
 *
 * A failure prints the command that replays it.
 */
#include "stress.h"

#ifdef TARN__SCHED

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/sched.h"

#define PARTIES 3
#define STEPS_EXPECTED 2500
#define SCHEDULE_SECONDS 60
#define TURNS 4

struct scenario {
    const char *name;
    enum tarn_dispatch dispatch;
    void (*prepare)(struct place *place); /* attached, before the parties start */
    void (*parties[PARTIES])(struct place *place, unsigned party);
};

static struct {
    const struct scenario *scenario;
    uint64_t seed;
    unsigned depth;
    uint64_t random[PARTIES];
} current;

static struct tarn_slot *root(struct place *place, unsigned i) {
    return &place->roots[i];
}

/* Between two turns of a party: every other time the others come first, so that
 * the turns of all alternate, and the changes of priority cut inside of them. */
static void take_breath(unsigned party) {
    tarn_safepoint();
    if (random_next(&current.random[party]) & 1)
        tarn__sched_yield();
}

static void put(struct place *place, unsigned box, void *object) {
    /* acq_rel: one thread's reference becomes another's. */
    void *old = tarn__exchange(&place->boxes[box], object, acq_rel);
    if (old)
        tarn_decref(old);
}

static void *take(struct place *place, unsigned box) {
    /* acq_rel: one thread's reference becomes another's. */
    return tarn__exchange(&place->boxes[box], NULL, acq_rel);
}

static void drop(void *object, const char *where) {
    if (!object)
        return;
    shadow_check(object, where);
    tarn_decref(object);
}

/* ---------------------------------------------------------- hand-over ---- */

/* The owner counts on its side while others drop what it handed them: its mail
 * comes while it runs, while it blocks and after it left. Most objects were
 * published, and wait on a list when they are dead. */
static void hand_out(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        struct item *item = place_new(place, i % 2 ? KIND_NODE : KIND_LEAF, 0);
        if (i & 3) {
            tarn_slot_store(root(place, 0), item);
            tarn_slot_store(root(place, 0), NULL);
        }
        tarn_incref(item);
        put(place, 0, item);
        if (i & 1) {
            tarn_incref(item);
            put(place, 1, item);
        }
        if (i == 3) {
            tarn_blocking_begin();
            tarn_blocking_end();
        }
        drop(item, "hand out");
        if (i & 4)
            take_breath(party);
    }
}

static void take_and_drop(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        drop(take(place, 0), "take and drop");
        drop(take(place, 1), "take and drop");
        take_breath(party);
    }
}

/* --------------------------------------------------------- weak and death ---- */

static void prepare_weak(struct place *place) {
    struct item *target = place_new(place, KIND_NODE, 0);
    void *weak = tarn_weak_new(target, TARN_WEAK_SHORT, NULL, NULL);
    tarn_slot_store(&place->weak_roots[0], weak);
    tarn_slot_store(root(place, 0), target);
    tarn_decref(weak);
    tarn_decref(target);
}

static void upgrade(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        void *weak = tarn_slot_load(&place->weak_roots[0]);
        if (weak) {
            drop(tarn_weak_get(weak), "upgrade");
            tarn_decref(weak);
        }
        take_breath(party);
    }
}

static void drop_target(struct place *place, unsigned party) {
    (void)party;
    tarn_safepoint();
    tarn_slot_store(root(place, 0), NULL);
    tarn_safepoint();
    prepare_weak(place);
    tarn_slot_store(root(place, 0), NULL);
    tarn_gc_collect(place->heap, 0);
}

/* The weak reference made last, and its target's id. Plain: under the baton one
 * thread runs at a time, and there is a schedule point in neither access. */
static struct {
    void *weak;
    uint64_t target;
} newest;

/* Targets that nobody knows but their owner and a weak reference; the next one
 * would take the block of one that was freed too early. */
static void drop_private_target(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        struct item *target = place_new(place, KIND_NODE, 0);
        void *weak = tarn_weak_new(target, i % 2 ? TARN_WEAK_SHORT : TARN_WEAK_LONG, NULL, NULL);
        newest.weak = weak;
        newest.target = target->id;
        tarn_slot_store(&place->weak_roots[0], weak);
        tarn_decref(weak);
        tarn_decref(target);
    }
}

static void upgrade_private(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        void *weak = tarn_slot_load(&place->weak_roots[0]);
        uint64_t expected = weak && weak == newest.weak ? newest.target : 0;
        struct item *target = weak ? tarn_weak_get(weak) : NULL;
        if (target && expected)
            shadow_check_same(target, expected, "upgrade");
        drop(target, "upgrade");
        if (weak)
            tarn_decref(weak);
        take_breath(party);
    }
}

static void on_death(void *weak, void *data) {
    (void)weak;
    shadow_callback(data);
}

/* A callback's removal against its target's death and its own. */
static void hook_and_unhook(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        void *target = tarn_slot_load(root(place, 0));
        if (!target)
            target = place_new(place, KIND_NODE, 0);
        struct item *data = place_new(place, KIND_LEAF, 0);
        uint64_t id = data->id;
        void *weak = tarn_weak_new(target, TARN_WEAK_LONG, on_death, data);
        tarn_decref(data);
        tarn_slot_store(root(place, 0), i % 2 ? NULL : target);
        tarn_decref(target);
        if ((i + party) % 2 && tarn_weak_callback_remove(weak) == TARN_WEAK_REMOVED)
            shadow_callback_removed(id);
        tarn_decref(weak);
        take_breath(party);
    }
}

/* ----------------------------------------------------------------- slots ---- */

static void store(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        struct item *item = place_new(place, i % 2 ? KIND_SHARED : KIND_NODE, 0);
        if (party == 1)
            tarn_slot_store(root(place, 0), item);
        else
            drop(tarn_slot_exchange(root(place, 0), item), "exchange");
        tarn_decref(item);
        take_breath(party);
    }
}

static void load(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        struct item *borrowed = tarn_slot_peek(root(place, 0));
        uint64_t id = borrowed ? shadow_check_borrowed(borrowed, "peek") : 0;
        if (i % 4 == party)
            tarn__sched_yield(); /* the borrow outlasts what the others do */
        drop(tarn_slot_load(root(place, 0)), "load");
        if (borrowed && tarn_try_incref(borrowed))
            drop(borrowed, "peek and increment");
        if (i % 2)
            tarn_slot_compare_exchange(root(place, 0), borrowed, NULL);
        drop(tarn_slot_load(root(place, 0)), "load again");
        if (borrowed)
            shadow_check_same(borrowed, id, "peek");
        take_breath(party);
    }
}

/* ---------------------------------------------------------------- threads ---- */

static void come_and_go(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        struct item *item = place_new(place, KIND_NODE, 0);
        tarn_thread_detach();
        if (tarn_thread_attach(place->heap) != 0)
            fault("party %u cannot attach", party);
        put(place, party, item);
        tarn_blocking_begin();
        tarn_blocking_end();
        drop(take(place, (party + 1) % PARTIES), "come and go");
    }
}

static void stop_and_start(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        if (tarn_world_stop() != 0)
            fault("party %u cannot stop the world", party);
        struct item *item = place_new(place, KIND_NODE, 0);
        put(place, party, item);
        tarn_world_start();
        drop(take(place, (party + 1) % PARTIES), "stop and start");
    }
}

/* -------------------------------------------------------------- collector ---- */

static void collect(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        struct node *a = (struct node *)place_new(place, KIND_NODE, 0);
        struct node *b = (struct node *)place_new(place, KIND_SHARED, 0);
        tarn_slot_store(&a->slots[0], b);
        tarn_slot_store(&b->slots[0], a);
        tarn_slot_store(root(place, party), a);
        tarn_decref(b);
        tarn_decref(a);
        tarn_slot_store(root(place, party), NULL);
        if (tarn_gc_collect(place->heap, party == 0 ? 2 : 0) < 0)
            fault("party %u cannot collect", party);
    }
}

/* Cycles of finalizers, which bring back what they like, against a collection. */
static void raise_the_dead(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        struct node *a = (struct node *)place_new(place, KIND_FINAL, 0);
        struct node *b = (struct node *)place_new(place, KIND_FINAL, 0);
        tarn_slot_store(&a->slots[0], b);
        tarn_slot_store(&b->slots[0], a);
        if (party)
            tarn_slot_store(root(place, 1), b);
        tarn_decref(b);
        tarn_decref(a);
        if (!party)
            tarn_gc_collect(place->heap, 2);
        tarn_slot_store(root(place, 1), NULL);
        take_breath(party);
    }
}

static void look_for_the_raised(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        for (unsigned r = 0; r < 4; r++)
            drop(tarn_slot_exchange(root(place, r), NULL), "raised");
        take_breath(party);
    }
}

/* ------------------------------------------------------------ remote free ---- */

static void give_blocks(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 3 * TURNS; i++) {
        /* acq_rel: one thread's block becomes another's. */
        tarn_free(tarn__exchange(&place->boxes[8 + (party + i) % 3], tarn_malloc(7000), acq_rel));
        if (i % 4 == party)
            tarn_heap_trim(place->heap);
        take_breath(party);
    }
    for (unsigned i = 0; i < 3; i++)
        /* acq_rel: as above. */
        tarn_free(tarn__exchange(&place->boxes[8 + i], NULL, acq_rel));
}

static const struct scenario scenarios[] = {
    {"counts", TARN_DISPATCH_SAFEPOINT, NULL, {hand_out, take_and_drop, take_and_drop}},
    {"weak", TARN_DISPATCH_SAFEPOINT, prepare_weak, {upgrade, drop_target, upgrade}},
    {"weak, private",
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {upgrade_private, drop_private_target, upgrade_private}},
    {"callbacks", TARN_DISPATCH_SAFEPOINT, NULL, {hook_and_unhook, hook_and_unhook, load}},
    {"slots", TARN_DISPATCH_SAFEPOINT, NULL, {load, store, store}},
    {"threads", TARN_DISPATCH_SAFEPOINT, NULL, {come_and_go, stop_and_start, come_and_go}},
    {"collectors", TARN_DISPATCH_SAFEPOINT, NULL, {collect, collect, load}},
    {"finalizers",
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {raise_the_dead, raise_the_dead, look_for_the_raised}},
    {"finalizer thread",
     TARN_DISPATCH_THREAD,
     NULL,
     {raise_the_dead, raise_the_dead, look_for_the_raised}},
    {"blocks", TARN_DISPATCH_SAFEPOINT, NULL, {give_blocks, give_blocks, give_blocks}},
};

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
    current.scenario->parties[party](place, party);
    tarn_thread_detach();
}

/* Returns whether it went well. */
static bool run_schedule(void) {
    struct tarn_os_thread threads[PARTIES];
    struct place *place = &places[0];
    unsigned before = fault_count();
    settings.seed = current.seed;
    for (unsigned i = 0; i < PARTIES; i++)
        current.random[i] = current.seed * PARTIES + i;
    shadow_reset();
    alarm(SCHEDULE_SECONDS);
    tarn__sched_start(current.seed, current.depth, STEPS_EXPECTED);
    place_open_as(place, current.scenario->dispatch);
    if (current.scenario->prepare) {
        tarn_thread_attach(place->heap);
        current.scenario->prepare(place);
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

int schedules_run(void) {
    uint64_t seed = settings.seed;
    unsigned ran = 0;
    bool well = true;
    signal(SIGABRT, on_signal);
    signal(SIGSEGV, on_signal);
    signal(SIGALRM, on_signal);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (settings.scenario && strcmp(settings.scenario, scenarios[i].name) != 0)
            continue;
        ran++;
        well &= run_scenario(&scenarios[i], seed);
    }
    if (!ran)
        fprintf(stderr, "tarn-stress: no scenario is named %s\n", settings.scenario);
    return well && ran ? 0 : 1;
}

#endif
