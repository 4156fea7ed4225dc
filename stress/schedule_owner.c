/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of an owner that is not there: it blocks, it has left, or another
 * thread has its seat. Letters must not wait for it [CNT-4], [CNT-7].
 *
 * Party 0 makes the objects and gives its references away, so that their last
 * drops are letters; the others have dropped when they meet, and by then
 * everything must be destroyed although party 0 never passed a safepoint.
 */
#include "schedule.h"

#ifdef TARN__SCHED

#define GIVEN 4

static uint64_t given[GIVEN];

static void give(struct place *place) {
    for (unsigned i = 0; i < GIVEN; i++) {
        struct item *item = place_new(place, KIND_LEAF, 0);
        given[i] = item->id;
        put(place, i, item);
    }
}

static void expect_all_destroyed(const char *where) {
    for (unsigned i = 0; i < GIVEN; i++)
        expect_destroyed(given[i], where);
}

/* Parties 1 and 2 take half of it each. */
static void drop_half(struct place *place, unsigned party) {
    meet();
    for (unsigned i = party - 1; i < GIVEN; i += PARTIES - 1)
        drop(take(place, i), "absent owner");
    meet();
}

/* The letters come while it goes, and while it is away. */
static void block(struct place *place, unsigned party) {
    (void)party;
    give(place);
    meet();
    tarn_blocking_begin();
    meet();
    expect_all_destroyed("an object whose owner blocks");
    tarn_blocking_end();
}

/* In and out, so that claims and the way back meet. */
static void block_often(struct place *place, unsigned party) {
    (void)party;
    give(place);
    meet();
    for (unsigned i = 0; i < TURNS; i++) {
        tarn_blocking_begin();
        tarn_blocking_end();
    }
    meet();
    tarn_safepoint();
    expect_all_destroyed("an object whose owner came back");
}

static void leave(struct place *place, unsigned party) {
    (void)party;
    give(place);
    meet();
    tarn_thread_detach();
    meet();
    expect_all_destroyed("an object whose owner left");
    if (tarn_thread_attach(place->heap) != 0)
        fault("party %u cannot attach", party);
}

/* The owner leaves with letters on their way; the visitor takes its seat, counts
 * with its number and leaves, or not. */
static void leave_seat(struct place *place, unsigned party) {
    (void)party;
    give(place);
    meet();
    tarn_thread_detach();
    meet();
    if (tarn_thread_attach(place->heap) != 0)
        fault("party %u cannot attach", party);
    meet();
    expect_all_destroyed("an object whose owner's seat changed hands");
}

static void drop_all(struct place *place, unsigned party) {
    (void)party;
    meet();
    for (unsigned i = 0; i < GIVEN; i++) {
        struct item *item = take(place, i);
        tarn_incref(item);
        tarn_decref(item);
        drop(item, "seat that changes hands");
    }
    meet();
    meet();
}

static void visit_seat(struct place *place, unsigned party) {
    tarn_thread_detach();
    meet();
    for (unsigned i = 0; i < 2; i++) {
        if (tarn_thread_attach(place->heap) != 0)
            fault("party %u cannot attach", party);
        struct item *item = place_new(place, KIND_LEAF, 0);
        tarn_incref(item);
        tarn_decref(item);
        drop(item, "visitor");
        if (i == 0)
            tarn_thread_detach();
    }
    meet();
    tarn_safepoint();
    meet();
}

/* Two claim one seat, again and again. */
static void block_for_two(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < 2 * GIVEN; i++)
        put(place, i, place_new(place, KIND_NODE, 0));
    tarn_blocking_begin();
    meet();
    meet();
    tarn_blocking_end();
}

static void claim(struct place *place, unsigned party) {
    meet();
    for (unsigned i = party - 1; i < 2 * GIVEN; i += PARTIES - 1)
        drop(take(place, i), "claim");
    meet();
}

const struct scenario owner_scenarios[] = {
    {"blocking owner", 8, TARN_DISPATCH_SAFEPOINT, NULL, {block, drop_half, drop_half}},
    {"owner comes back", 8, TARN_DISPATCH_SAFEPOINT, NULL, {block_often, drop_half, drop_half}},
    {"owner leaves", 8, TARN_DISPATCH_SAFEPOINT, NULL, {leave, drop_half, drop_half}},
    {"seat changes hands", 8, TARN_DISPATCH_SAFEPOINT, NULL, {leave_seat, drop_all, visit_seat}},
    {"two claimers", 8, TARN_DISPATCH_SAFEPOINT, NULL, {block_for_two, claim, claim}},
    {.name = NULL},
};

#endif
