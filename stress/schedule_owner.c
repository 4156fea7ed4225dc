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

/* In and out, so that claims and the way back meet; in between the owner counts
 * what the claimer drops and merges, up and down by turns, so that what either
 * writes over is missed. */
#define KEPT 12

static void *kept[KEPT];

static void block_often(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < KEPT; i++) {
        kept[i] = place_new(place, KIND_NODE, 0);
        tarn_incref(kept[i]);
    }
    meet();
    for (unsigned turn = 0; turn < GIVEN; turn++) {
        tarn_blocking_begin();
        if (coin(party))
            tarn__sched_yield();
        tarn_blocking_end();
        for (unsigned i = 0; turn % 2 == 0 && i < KEPT; i++)
            tarn_incref(kept[i]);
        for (unsigned i = 0; turn % 2 == 1 && i < KEPT; i++)
            drop(kept[i], "owner comes back");
        for (unsigned i = 0; turn == 1 && i < KEPT; i += 2)
            tarn_share(kept[i]); /* between another's look and its claim */
    }
    meet();
    tarn_safepoint();
    for (unsigned i = 0; i < KEPT; i++) {
        expect_count(kept[i], 1, "an object whose owner came back");
        drop(kept[i], "owner comes back");
    }
}

static void drop_kept(struct place *place, unsigned party) {
    (void)place;
    meet();
    for (unsigned i = party - 1; i < KEPT; i += PARTIES - 1)
        drop(kept[i], "owner comes back");
    meet();
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

/* The owner leaves with letters on their way; a visitor takes its seat, counts
 * with its number what the senders' claims merge, leaves, and comes again. */
static void leave_seat(struct place *place, unsigned party) {
    give(place);
    for (unsigned i = 0; i < GIVEN; i++) {
        /* acquire: pairs with put(). */
        void *item = tarn__load(&place->boxes[i], acquire);
        tarn_incref(item);
        put(place, GIVEN + i, item);
    }
    meet();
    tarn_thread_detach();
    meet();
    if (tarn_thread_attach(place->heap) != 0)
        fault("party %u cannot attach", party);
    tarn_safepoint();
    meet();
    expect_all_destroyed("an object whose owner's seat changed hands");
}

static void drop_all(struct place *place, unsigned party) {
    (void)party;
    meet();
    for (unsigned i = 0; i < GIVEN; i++)
        drop(take(place, i), "seat that changes hands");
    meet();
    meet();
}

static void visit_seat(struct place *place, unsigned party) {
    tarn_thread_detach();
    meet();
    for (unsigned i = 0; i < GIVEN; i++) {
        if (tarn_thread_attach(place->heap) != 0)
            fault("party %u cannot attach", party);
        void *item = take(place, GIVEN + i);
        tarn_incref(item);
        drop(item, "visitor");
        drop(item, "visitor");
        if (i + 1 < GIVEN)
            tarn_thread_detach();
    }
    meet();
    tarn_safepoint();
    meet();
}

/* Two claim one seat, again and again: what comes during a claim is the claimer's. */
#define CLAIMS 8
#define HELD 6

static struct item *claimable[CLAIMS];
static uint64_t claimed[CLAIMS];

static void block_for_two(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < CLAIMS; i++) {
        claimable[i] = place_new(place, KIND_LEAF, 0);
        claimed[i] = claimable[i]->id;
        for (unsigned n = 1; n < HELD; n++)
            tarn_incref(claimable[i]);
    }
    tarn_blocking_begin();
    meet();
    meet();
    for (unsigned i = 0; i < CLAIMS; i++)
        expect_destroyed(claimed[i], "an object that a claimer was to merge");
    tarn_blocking_end();
}

static void claim(struct place *place, unsigned party) {
    (void)place;
    (void)party;
    meet();
    for (unsigned n = 0; n < CLAIMS * HELD / (PARTIES - 1); n++)
        drop(claimable[n % CLAIMS], "claim");
    meet();
}

const struct scenario owner_scenarios[] = {
    {"blocking owner", 8, TARN_DISPATCH_SAFEPOINT, NULL, {block, drop_half, drop_half}},
    {"owner comes back", 8, TARN_DISPATCH_SAFEPOINT, NULL, {block_often, drop_kept, drop_kept}},
    {"owner leaves", 8, TARN_DISPATCH_SAFEPOINT, NULL, {leave, drop_half, drop_half}},
    {"seat changes hands", 8, TARN_DISPATCH_SAFEPOINT, NULL, {leave_seat, drop_all, visit_seat}},
    {"two claimers", 8, TARN_DISPATCH_SAFEPOINT, NULL, {block_for_two, claim, claim}},
    {.name = NULL},
};

#endif
