/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of the collector: two at once, finalizers and resurrection, threads
 * that come, go and block, slots and weak references into cycles, freezing.
 */
#include "collector/search.h"
#include "schedule.h"

#ifdef TARN__SCHED

/* A cycle of two, held by the reference returned. */
static struct node *cycle(struct place *place, enum kind kind) {
    struct node *a = (struct node *)place_new(place, kind, 0);
    struct node *b = (struct node *)place_new(place, kind, 0);
    tarn_slot_store(&a->slots[0], b);
    tarn_slot_store(&b->slots[0], a);
    tarn_decref(b);
    return a;
}

static void collect_generation(struct place *place, int generation) {
    if (tarn_gc_collect(place->heap, generation) < 0)
        fault("generation %d cannot be collected", generation);
}

/* ---------------------------------------------------------- two at once ---- */

static void collect(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        struct node *a = cycle(place, i ? KIND_SHARED : KIND_NODE);
        tarn_slot_store(root(place, party), a);
        tarn_decref(a);
        tarn_slot_store(root(place, party), NULL);
        collect_generation(place, party == 0 ? 2 : 0);
    }
}

static void load_roots(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        drop(tarn_slot_load(root(place, i % PARTIES)), "load");
        take_breath(party);
    }
}

static unsigned begun;

static void on_collection(tarn_heap *heap, enum tarn_gc_phase phase,
                          const struct tarn_gc_info *info, void *arg) {
    (void)heap;
    (void)info;
    (void)arg;
    if (begun != (phase == TARN_GC_STOP))
        fault("a collection %s while %u are under way", phase ? "ends" : "begins", begun);
    begun = phase == TARN_GC_START;
    tarn__sched_point();
}

static void add_callback(struct place *place, unsigned party) {
    (void)party;
    begun = 0;
    if (tarn_gc_callback_add(place->heap, on_collection, NULL) != 0)
        fault("no callback");
}

/* ------------------------------------------------------------ finalizers ---- */

/* Cycles of finalizers, which bring back what they like, against a collection. */
static void raise_the_dead(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        struct node *a = cycle(place, KIND_FINAL);
        if (party)
            tarn_slot_store(root(place, 1), tarn_slot_peek(&a->slots[0]));
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

/* An exact collection that returns has run its convicts' user code and freed
 * them, whatever other threads run at their safepoints: that code passes
 * safepoints itself, and raises nobody. */
static void convict(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2; i++)
        tarn_decref(cycle(place, KIND_CALLING));
    ptrdiff_t freed = tarn_gc_collect(place->heap, 2);
    if (freed != 4)
        fault("a collection freed %td of 4 convicts", freed);
    meet_blocking();
}

/* Makes user code pending again and again, so that its safepoints run rounds. */
static void run_rounds(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        struct item *item = place_new(place, KIND_CALLING, 0);
        drop(item, "rounds");
        tarn_safepoint();
    }
    meet_blocking();
}

/* ------------------------------------------------- threads and references ---- */

/* Cycles whose maker has gone, or goes, or sleeps. */
static void leave_a_cycle(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        struct node *a = cycle(place, KIND_NODE);
        put(place, party, a);
        tarn_thread_detach();
        if (tarn_thread_attach(place->heap) != 0)
            fault("party %u cannot attach", party);
        drop(take(place, 3 - party), "a cycle of one who left");
        tarn_blocking_begin();
        tarn_blocking_end();
    }
}

static void collect_often(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < TURNS; i++)
        collect_generation(place, (int)(i % 3));
}

/* A reference into the cycle is all that holds it, and moves between slot and
 * local variable while the world stops. */
static void hold_from_outside(struct place *place, unsigned party) {
    struct node *a = cycle(place, KIND_NODE);
    tarn_slot_store(root(place, party), a);
    tarn_decref(a);
    for (unsigned i = 0; i < TURNS; i++) {
        struct node *held = tarn_slot_exchange(root(place, party), NULL);
        struct node *other = tarn_slot_load(&held->slots[0]);
        drop(held, "held from outside");
        tarn_safepoint();
        shadow_check(other, "held from outside");
        tarn_slot_store(root(place, party), other);
        drop(other, "held from outside");
        tarn_safepoint();
    }
    tarn_slot_store(root(place, party), NULL);
}

/* Letters that a stop merges: a count that looks too high or too low. */
static void mail_into_cycles(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        struct node *a = cycle(place, KIND_NODE);
        tarn_incref(a);
        put(place, party, a);
        void *other = take(place, 3 - party);
        if (other) { /* a count of this thread's own, and one from the mail */
            tarn_incref(other);
            drop(other, "mail into a cycle");
            tarn_safepoint();
            drop(other, "mail into a cycle");
        }
        tarn_safepoint();
        shadow_check(a, "mail into a cycle");
        drop(a, "mail into a cycle");
    }
    drop(take(place, 3 - party), "mail into a cycle");
}

/* A weak reference to a cycle reads it or NULL, never what is being freed. */
static void weak_into_cycles(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        struct node *a = cycle(place, KIND_NODE);
        void *weak = tarn_weak_new(a, i % 2 ? TARN_WEAK_SHORT : TARN_WEAK_LONG, NULL, NULL);
        void *again = tarn_weak_get(weak);
        if (again != a)
            fault("a weak reference does not read the object that is held");
        tarn_slot_store(&place->weak_roots[party], weak);
        tarn_decref(weak);
        drop(again, "weak into a cycle");
        drop(a, "weak into a cycle");
        tarn_safepoint();
        void *other = tarn_slot_load(&place->weak_roots[3 - party]);
        void *target = other ? tarn_weak_get(other) : NULL;
        tarn_safepoint();
        drop(target, "weak into a cycle");
        if (other)
            tarn_decref(other);
    }
}

static void freeze_and_thaw(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2; i++) {
        drop((void *)cycle(place, KIND_NODE), "freeze");
        tarn_gc_freeze(place->heap);
        struct node *young = cycle(place, KIND_NODE);
        uint64_t id = young->item.id;
        drop(young, "freeze");
        collect_generation(place, 2);
        expect_destroyed(id, "a cycle made after the freeze");
        tarn_gc_unfreeze(place->heap);
        collect_generation(place, 2);
    }
}

/* ---------------------------------------------------------------- search ---- */

/* Steps of two objects: the others change what is searched between any two reads. */
static void search_finely(struct place *place, unsigned party) {
    (void)party;
    place->heap->collector->search_work = 2;
}

static bool search_goes_on(struct place *place) {
    struct tarn_collector *c = place->heap->collector;
    struct tarn_mutator *m = tarn__mutator(tarn__seat_self());
    tarn__collect_begin(c, m, true);
    bool is_new = c->search.stage == TARN_SEARCH_NONE;
    if (is_new)
        tarn__collect_search(place->heap, m);
    tarn__collect_end(c);
    tarn__collect_if_due(place->heap, m);
    return tarn__collect_goes_on(place->heap);
}

/* A cycle that came to rest before a search is destroyed by the end of it. */
static void search(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        struct node *a = cycle(place, KIND_NODE);
        uint64_t id = a->item.id;
        collect_generation(place, 2); /* it is too old for younger collections now */
        drop(a, "search");
        while (search_goes_on(place))
            take_breath(party);
        expect_destroyed(id, "a cycle that was at rest when the search began");
    }
}

/* References move from cycle to cycle, and cycles die by counts and by being left. */
static void move_references(struct place *place, unsigned party) {
    for (unsigned i = 0; i < TURNS; i++) {
        struct node *a = cycle(place, i % 2 ? KIND_NODE : KIND_SHARED);
        tarn_slot_store(root(place, party), a);
        struct node *other = tarn_slot_load(root(place, 3 - party));
        if (other) {
            tarn_slot_store(&a->slots[1], other);
            tarn_slot_store(&other->slots[1], NULL);
            shadow_check(other, "search");
            drop(other, "search");
        }
        take_breath(party);
        shadow_check(a, "search");
        if (i % 2)
            tarn_slot_store(&a->slots[0], NULL);
        drop(a, "search");
    }
    tarn_slot_store(root(place, party), NULL);
}

const struct scenario collector_scenarios[] = {
    {"search",
     1,
     TARN_DISPATCH_SAFEPOINT,
     search_finely,
     {search, move_references, move_references}},
    {"collectors", 1, TARN_DISPATCH_SAFEPOINT, NULL, {collect, collect, load_roots}},
    {"collection callbacks", 1, TARN_DISPATCH_SAFEPOINT, add_callback, {collect, collect, collect}},
    {"finalizers",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {raise_the_dead, raise_the_dead, look_for_the_raised}},
    {"finalizer thread",
     1,
     TARN_DISPATCH_THREAD,
     NULL,
     {raise_the_dead, raise_the_dead, look_for_the_raised}},
    {"convicts", 2, TARN_DISPATCH_SAFEPOINT, NULL, {convict, run_rounds, run_rounds}},
    {"collect and leave",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {collect_often, leave_a_cycle, leave_a_cycle}},
    {"held from outside",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {collect_often, hold_from_outside, hold_from_outside}},
    {"mail into cycles",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {collect_often, mail_into_cycles, mail_into_cycles}},
    {"weak into cycles",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {collect_often, weak_into_cycles, weak_into_cycles}},
    {"freeze",
     1,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {freeze_and_thaw, leave_a_cycle, mail_into_cycles}},
    {.name = NULL},
};

#endif
