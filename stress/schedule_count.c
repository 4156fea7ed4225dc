/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of the counts: both halves, merge, letters, sharing, immortality.
 *
 * Party 0 owns the objects. What must be exact is compared where all have met;
 * what must be destroyed is either looked for there, or by the books at the end.
 */
#include "schedule.h"

#ifdef TARN__SCHED

#define GIVEN 3

/* The ids of this turn's objects. Plain: the baton orders the parties, and there
 * is no schedule point in an access. */
static uint64_t given[GIVEN];

static void publish(struct place *place, void *object) {
    tarn_slot_store(root(place, 0), object);
    tarn_slot_store(root(place, 0), NULL);
}

/* ---------------------------------------------------------- hand-over ---- */

/* The owner counts on its side while others drop what it handed them: its mail
 * comes while it runs, while it blocks and after it left. Most objects were
 * published, and wait on a list when they are dead. */
static void hand_out(struct place *place, unsigned party) {
    for (unsigned i = 0; i < 2 * TURNS; i++) {
        struct item *item = place_new(place, i % 2 ? KIND_NODE : KIND_LEAF, 0);
        if (i & 3)
            publish(place, item);
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

/* --------------------------------------------------------------- merge ---- */

/* The owner's last drops against others' last drops, in opposite orders: whoever
 * comes second puts the dead on a list that goes through the word in which the
 * owner stood. */
static void drop_as_owner(struct place *place, unsigned party) {
    void *items[2 * GIVEN];
    (void)party;
    for (unsigned i = 0; i < 2 * GIVEN; i++) {
        items[i] = place_new(place, KIND_NODE, 0);
        tarn_slot_store(root(place, i), items[i]);
    }
    meet();
    meet();
    for (unsigned i = 0; i < 2 * GIVEN; i++)
        tarn_slot_store(root(place, i), NULL);
    meet();
    for (unsigned i = 0; i < 2 * GIVEN; i++)
        drop(items[i], "merge");
}

static void drop_as_others(struct place *place, unsigned party) {
    void *items[GIVEN];
    meet();
    for (unsigned i = 0; i < GIVEN; i++)
        items[i] = tarn_slot_load(root(place, (party - 1) * GIVEN + i));
    meet();
    meet();
    for (unsigned i = GIVEN; i > 0; i--)
        drop(items[i - 1], "merge");
}

/* ------------------------------------------------------------- exactness ---- */

static void count_up_and_down(struct place *place, unsigned party) {
    if (party == 0) {
        void *item = place_new(place, KIND_NODE, 0);
        tarn_incref(item);
        put(place, 0, item);
        put(place, 1, item);
    }
    meet();
    /* acquire: pairs with put(). */
    struct item *item = tarn__load(&place->boxes[0], acquire);
    tarn_incref(item);
    tarn_incref(item);
    drop(item, "up and down");
    meet();
    expect_count(item, 2 + PARTIES, "up and down");
    meet();
    drop(item, "up and down");
    if (party < 2)
        drop(take(place, party), "up and down");
}

/* Born shared: three holders, three drops, one end. */
static void drop_shared(struct place *place, unsigned party) {
    if (party == 0) {
        struct item *item = place_new(place, KIND_SHARED, 0);
        given[0] = item->id;
        for (unsigned i = 1; i < PARTIES; i++)
            tarn_incref(item);
        for (unsigned i = 0; i < PARTIES; i++)
            put(place, i, item);
    }
    meet();
    drop(take(place, party), "shared");
    meet();
    if (party == 0)
        expect_destroyed(given[0], "a shared object that all dropped");
}

/* Shared by its owner while others drop theirs; nothing is left to the mail then. */
static void share_and_give(struct place *place, unsigned party) {
    if (party == 0) {
        for (unsigned i = 0; i < GIVEN; i++) {
            struct item *item = place_new(place, KIND_LEAF, 0);
            given[i] = item->id;
            tarn_incref(item);
            put(place, i, item);
            put(place, GIVEN + i, item);
        }
        meet();
        for (unsigned i = 0; i < GIVEN; i++) {
            void *item = take(place, GIVEN + i);
            tarn_share(item);
            drop(item, "share");
        }
    } else {
        meet();
        for (unsigned i = 0; i < GIVEN; i++)
            drop(take(place, party == 1 ? i : GIVEN - 1 - i), "share");
    }
    meet();
    if (party == 0)
        tarn_safepoint();
    for (unsigned i = 0; party == 0 && i < GIVEN; i++)
        expect_destroyed(given[i], "a shared object");
}

/* ----------------------------------------------------------- immortality ---- */

/* Immortal while a letter is on its way: the letter stays good, nobody dies. */
static void immortalize_queued(struct place *place, unsigned party) {
    if (party == 0) {
        void *item = place_new(place, KIND_LEAF, 0);
        tarn_incref(item);
        put(place, 0, item);
        put(place, 1, item);
    }
    meet();
    void *item = party < 2 ? take(place, party == 0 ? 1 : 0) : NULL;
    if (party == 1) {
        shadow_immortal(item);
        tarn_incref(item);
        tarn_decref(item);
        tarn_immortalize(item);
        tarn_decref(item);
        put(place, 2, item);
    } else if (item) {
        tarn_decref(item);
        tarn_safepoint();
    }
    meet();
    if (party == 2)
        shadow_check(take(place, 2), "immortal");
}

/* What an owner handed out without a count of its own: letters, and two threads
 * that drop while they are drained. */
static void give_last(struct place *place, unsigned party) {
    (void)party;
    for (unsigned i = 0; i < GIVEN; i++) {
        struct item *item = place_new(place, i ? KIND_LEAF : KIND_NODE, 0);
        given[i] = item->id;
        tarn_incref(item);
        put(place, i, item);
        put(place, GIVEN + i, item);
    }
    meet();
    for (unsigned i = 0; i < GIVEN; i++)
        tarn_safepoint();
    meet();
    tarn_safepoint();
    for (unsigned i = 0; i < GIVEN; i++)
        expect_destroyed(given[i], "an object whose letter was drained");
}

static void drop_last(struct place *place, unsigned party) {
    meet();
    for (unsigned i = 0; i < GIVEN; i++) {
        void *item = take(place, i + (party == 2 ? GIVEN : 0));
        if (i == 1) { /* the shared half moves, too */
            tarn_incref(item);
            tarn_decref(item);
        }
        drop(item, "letters");
    }
    meet();
}

const struct scenario count_scenarios[] = {
    {"counts", 1, TARN_DISPATCH_SAFEPOINT, NULL, {hand_out, take_and_drop, take_and_drop}},
    {"merge", 8, TARN_DISPATCH_SAFEPOINT, NULL, {drop_as_owner, drop_as_others, drop_as_others}},
    {"exact counts",
     8,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {count_up_and_down, count_up_and_down, count_up_and_down}},
    {"shared", 8, TARN_DISPATCH_SAFEPOINT, NULL, {drop_shared, drop_shared, drop_shared}},
    {"share", 8, TARN_DISPATCH_SAFEPOINT, NULL, {share_and_give, share_and_give, share_and_give}},
    {"immortal",
     8,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {immortalize_queued, immortalize_queued, immortalize_queued}},
    {"letters", 8, TARN_DISPATCH_SAFEPOINT, NULL, {give_last, drop_last, drop_last}},
    {.name = NULL},
};

#endif
