/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of the world: stops against attaching, leaving, blocking regions and
 * other stops. `stopper` says who believes that it stands: then nobody else runs.
 */
#include "schedule.h"

#ifdef TARN__SCHED

/* Plain: the baton orders the accesses; 0: the world runs. */
static unsigned stopper;

static void expect_running(const char *where) {
    if (stopper)
        fault("%s: runs while party %u has the world stopped", where, stopper - 1);
}

static void stop_for_a_while(struct place *place, unsigned party) {
    if (tarn_world_stop() != 0)
        fault("party %u cannot stop the world", party);
    if (stopper)
        fault("parties %u and %u have the world stopped", stopper - 1, party);
    stopper = party + 1;
    for (unsigned i = 0; i < TURNS; i++)
        drop(place_new(place, KIND_LEAF, 0), "stopped");
    stopper = 0;
    tarn_world_start();
}

static void stop(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++)
        stop_for_a_while(place, party);
}

/* ------------------------------------------------------------------ mix ---- */

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

/* ------------------------------------------------------------ one by one ---- */

static void attach_again(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2; i++) {
        tarn_thread_detach();
        if (tarn_thread_attach(place->heap) != 0)
            fault("party %u cannot attach", party);
        expect_running("attach");
        drop(place_new(place, KIND_LEAF, 0), "attach");
    }
}

static void enter_and_leave(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < TURNS; i++) {
        tarn_blocking_begin();
        tarn_blocking_end();
        expect_running("the end of a blocking region");
        drop(place_new(place, KIND_LEAF, 0), "blocking");
        expect_running("between safepoints");
    }
}

static void poll(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        tarn_safepoint();
        expect_running("safepoint");
        drop(place_new(place, KIND_LEAF, 0), "poll");
        expect_running("between safepoints");
    }
}

/* A stop while a seat is claimed for its mail. */
static void block_with_letters(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < TURNS; i++) {
        put(place, i, place_new(place, KIND_LEAF, 0));
        tarn_blocking_begin();
        tarn_blocking_end();
        expect_running("the end of a blocking region with mail");
    }
}

static void drop_letters(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        drop(take(place, i % TURNS), "letters");
        tarn_safepoint();
        expect_running("sender");
    }
}

/* A new seat, not a vacant one: a thread that was never there. */
static void visit(void *arg) {
    struct place *place = arg;
    if (tarn_thread_attach(place->heap) != 0)
        fault("a visitor cannot attach");
    expect_running("a visitor");
    drop(place_new(place, KIND_LEAF, 0), "a visitor");
    expect_running("a visitor");
    tarn_thread_detach();
}

static void send_visitor(struct place *place, unsigned party) {
    struct tarn_os_thread visitor;
    (void)party;
    tarn_blocking_begin();
    if (tarn__os_thread_start(&visitor, "visitor", visit, place) != 0)
        fault("a visitor does not start");
    tarn__os_thread_join(&visitor);
    tarn_blocking_end();
    expect_running("back from a visitor");
}

const struct scenario world_scenarios[] = {
    {"threads", 1, TARN_DISPATCH_SAFEPOINT, NULL, {come_and_go, stop_and_start, come_and_go}},
    {"stop and attach", 2, TARN_DISPATCH_SAFEPOINT, NULL, {stop, attach_again, attach_again}},
    {"stop and block", 2, TARN_DISPATCH_SAFEPOINT, NULL, {stop, enter_and_leave, poll}},
    {"three stoppers", 2, TARN_DISPATCH_SAFEPOINT, NULL, {stop, stop, stop}},
    {"stop and claim", 2, TARN_DISPATCH_SAFEPOINT, NULL, {stop, block_with_letters, drop_letters}},
    {"stop and new seats", 2, TARN_DISPATCH_SAFEPOINT, NULL, {stop, send_visitor, poll}},
    {.name = NULL},
};

#endif
