/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of the weak references: upgrades against death, controls made by
 * two at once, callbacks against their removal and their reference's own end.
 */
#include "schedule.h"

#ifdef TARN__SCHED

/* ------------------------------------------------------------- upgrades ---- */

static void prepare_weak(struct place *place, unsigned party) {
    (void)party;
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
            for (unsigned n = 0; n < TURNS; n++)
                drop(tarn_weak_get(weak), "upgrade");
            tarn_decref(weak);
        }
        take_breath(party);
    }
}

static void drop_target(struct place *place, unsigned party) {
    tarn_safepoint();
    tarn_slot_store(root(place, 0), NULL);
    tarn_safepoint();
    for (unsigned i = 0; i < TURNS; i++) {
        prepare_weak(place, party);
        tarn_slot_store(root(place, 0), NULL);
    }
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

static void collect_and_reuse(struct place *place) {
    tarn_gc_collect(place->heap, 2);
    for (unsigned i = 0; i < TURNS; i++)
        put(place, 1 + i, place_new(place, KIND_NODE, 0));
}

/* All make a weak reference to one target at once: one control, and each reads
 * the target while it lives and NULL when it is dead. */
static void weaken_together(struct place *place, unsigned party) {
    if (party == 0)
        put(place, 0, place_new(place, KIND_NODE, 0));
    meet();
    /* acquire: pairs with put(). */
    void *target = tarn__load(&place->boxes[0], acquire);
    void *weak = tarn_weak_new(target, TARN_WEAK_LONG, NULL, NULL);
    drop(tarn_weak_get(weak), "weaken together");
    meet();
    if (party == 1)
        drop(take(place, 0), "weaken together");
    else
        drop(tarn_weak_get(weak), "weaken together");
    meet_blocking();
    if (party == 0) /* the letter, the grace period, and the block again */
        collect_and_reuse(place);
    meet_blocking();
    void *late = tarn_weak_get(weak);
    if (late)
        fault("a weak reference of party %u reads a target that all have dropped", party);
    tarn_decref(weak);
}

/* ------------------------------------------------------------- callbacks ---- */

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

/* This turn's callback: how often it ran, and whether it was running. */
static struct {
    unsigned ran;
    unsigned running;
    enum tarn_weak_removal removal;
} call;

static void count_call(void *weak, void *data) {
    (void)weak;
    (void)data;
    call.running++;
    tarn__sched_point();
    call.running--;
    call.ran++;
}

/* The answer of a removal is the truth: REMOVED never runs, RUNNING is inside
 * just now, RAN is over. */
static void die_and_call(struct place *place, unsigned party) {
    (void)party;
    void *target = place_new(place, KIND_NODE, 0);
    void *weak = tarn_weak_new(target, TARN_WEAK_LONG, count_call, NULL);
    call.ran = call.running = 0;
    call.removal = TARN_WEAK_RUNNING;
    tarn_slot_store(&place->weak_roots[1], weak);
    tarn_decref(weak);
    meet();
    drop(target, "die and call");
    tarn_safepoint();
    meet();
    tarn_safepoint();
    if (call.ran != (call.removal != TARN_WEAK_REMOVED))
        fault("a callback ran %u times; its removal had answered %d", call.ran, call.removal);
}

static void remove_call(struct place *place, unsigned party) {
    (void)party;
    void *weak = tarn_slot_load(&place->weak_roots[1]);
    (void)weak;
    meet();
    void *own = tarn_slot_exchange(&place->weak_roots[1], NULL);
    call.removal = tarn_weak_callback_remove(own);
    if (call.removal == TARN_WEAK_REMOVED && call.ran)
        fault("a removed callback has run");
    if (call.removal == TARN_WEAK_RAN && !call.ran && !call.running)
        fault("a callback that has run did not");
    tarn_decref(own);
    if (weak)
        tarn_decref(weak);
    meet();
}

static void wait_twice(struct place *place, unsigned party) {
    (void)place;
    (void)party;
    meet();
    meet();
}

/* The weak reference ends as its target does: the list must not show the dead. */
static void die_together(struct place *place, unsigned party) {
    static void *targets[PARTIES];
    targets[party] = place_new(place, KIND_NODE, 0);
    meet();
    void *weak[2];
    for (unsigned i = 0; i < 2; i++) {
        struct item *data = place_new(place, KIND_LEAF, 0);
        weak[i] = tarn_weak_new(targets[(party + i) % PARTIES], TARN_WEAK_LONG, on_death, data);
        tarn_decref(data);
    }
    meet();
    tarn_decref(weak[0]);
    drop(targets[party], "die together");
    tarn_decref(weak[1]);
    tarn_safepoint();
}

const struct scenario weak_scenarios[] = {
    {"weak", 1, TARN_DISPATCH_SAFEPOINT, prepare_weak, {upgrade, drop_target, upgrade}},
    {"weak, private",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {upgrade_private, drop_private_target, upgrade_private}},
    {"weaken together",
     8,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {weaken_together, weaken_together, weaken_together}},
    {"callbacks",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {hook_and_unhook, hook_and_unhook, hook_and_unhook}},
    {"callback removed", 8, TARN_DISPATCH_SAFEPOINT, NULL, {die_and_call, remove_call, wait_twice}},
    {"weak and target die",
     8,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {die_together, die_together, die_together}},
    {.name = NULL},
};

#endif
