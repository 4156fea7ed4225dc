/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scenarios of the slots: loads against last drops, ownership of what goes in
 * and comes out, borrowing, publication, fields.
 */
#include "schedule.h"

#ifdef TARN__SCHED

/* ---------------------------------------------------------------- mixes ---- */

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

/* --------------------------------------------------- load and last drop ---- */

#define LAST_DROPS 6

/* The slot alone holds the object when it is emptied; the owner empties it in
 * one turn, another thread in the next. Who borrowed it before may count it, or
 * be told that it is dead; and who loads finds it, or nothing. */
static void load_or_empty(struct place *place, unsigned party) {
    struct item *borrowed[LAST_DROPS];
    for (unsigned i = 0; party == 0 && i < LAST_DROPS; i++) {
        struct item *item = place_new(place, KIND_NODE, 0);
        tarn_slot_store(root(place, i), item);
        tarn_decref(item);
    }
    meet();
    for (unsigned i = 0; i < LAST_DROPS; i++)
        borrowed[i] = tarn_slot_peek(root(place, i));
    meet();
    for (unsigned i = 0; i < LAST_DROPS; i++) {
        if (party == turn_of(party) % 2) {
            tarn_slot_store(root(place, i), NULL);
            continue;
        }
        void *loaded = party == 2 ? tarn_slot_load(root(place, i)) : NULL;
        if (tarn_try_incref(borrowed[i]))
            drop(borrowed[i], "borrowed at the last drop");
        drop(loaded, "load against the last drop");
    }
    meet();
    tarn_safepoint();
}

/* Borrows that last while the owner drops what nobody else counts, passes
 * safepoints and makes more: no new object takes the block before they end. */
static void borrow(struct place *place, unsigned party) {
    (void)party;
    meet();
    struct item *item = tarn_slot_peek(root(place, 0));
    uint64_t id = shadow_check_borrowed(item, "borrow");
    meet();
    shadow_check_same(item, id, "borrow");
    if (tarn_try_incref(item))
        drop(item, "borrow");
    meet();
    shadow_check_same(item, id, "borrow");
}

static void replace(struct place *place, unsigned party) {
    (void)party;
    struct item *item = place_new(place, KIND_NODE, 0);
    tarn_slot_store(root(place, 0), item);
    tarn_decref(item);
    meet();
    meet();
    tarn_slot_store(root(place, 0), NULL);
    for (unsigned i = 0; i < TURNS; i++) {
        tarn_safepoint();
        drop(place_new(place, KIND_NODE, 0), "replace");
    }
    meet();
}

/* The object is born, published and seen: its reader finds all that its maker
 * wrote, however young it is. */
static void publish(struct place *place, unsigned party) {
    struct node *node = (struct node *)place_new(place, KIND_NODE, 0);
    node->field = NULL;
    void *leaf = place_new(place, KIND_LEAF, 0);
    tarn_field_give(&node->field, leaf);
    meet();
    tarn_slot_store(root(place, party), node);
    tarn_decref(node);
    for (unsigned i = 0; i < PARTIES; i++) {
        struct node *other = tarn_slot_load(root(place, i));
        if (!other)
            continue;
        shadow_check(other->field, "a published object's field");
        drop(other, "publish");
    }
    tarn_slot_store(root(place, (party + 1) % PARTIES), NULL);
}

/* -------------------------------------------------------------- ownership ---- */

/* What comes out of an exchange belongs to who made it, and to nobody else. */
static void exchange(struct place *place, unsigned party) {
    (void)party;
    meet();
    for (unsigned i = 0; i < TURNS; i++) {
        struct item *item = place_new(place, i % 2 ? KIND_LEAF : KIND_SHARED, 0);
        drop(tarn_slot_exchange(root(place, 0), item), "exchange");
        tarn_decref(item);
    }
}

static uint64_t won[PARTIES];

/* All replace the same value by their own; one does, and the others' stay theirs. */
static void compare_exchange(struct place *place, unsigned party) {
    if (party == 0) {
        struct item *item = place_new(place, KIND_NODE, 0);
        tarn_slot_store(root(place, 0), item);
        tarn_decref(item);
    }
    meet();
    struct item *expected = tarn_slot_load(root(place, 0));
    meet();
    struct item *mine = place_new(place, KIND_NODE, 0);
    won[party] = tarn_slot_compare_exchange(root(place, 0), expected, mine);
    meet();
    if (party == 0 && won[0] + won[1] + won[2] != 1)
        fault("%u parties replaced one value", (unsigned)(won[0] + won[1] + won[2]));
    expect_count(mine, won[party] ? 2 : 1, "what a compare-exchange put in, or not");
    meet();
    drop(mine, "compare-exchange");
    meet();
    expect_count(expected, PARTIES, "what a compare-exchange took out");
    meet();
    drop(expected, "compare-exchange");
}

/* Plain fields under one holder at a time, which passes on with the object. */
static void pass_field(struct place *place, unsigned party) {
    if (party == 0)
        put(place, 0, place_new(place, KIND_NODE, 0));
    meet();
    for (unsigned i = 0; i < TURNS; i++) {
        struct node *node = take(place, 0);
        if (!node)
            continue;
        tarn_field_give(&node->field, place_new(place, KIND_LEAF, 0));
        tarn_field_set(&node->field, node->field);
        shadow_check(node->field, "a field handed on");
        put(place, 0, node);
    }
}

const struct scenario slot_scenarios[] = {
    {"slots", 1, TARN_DISPATCH_SAFEPOINT, NULL, {load, store, store}},
    {"load and last drop",
     8,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {load_or_empty, load_or_empty, load_or_empty}},
    {"borrow", 4, TARN_DISPATCH_SAFEPOINT, NULL, {replace, borrow, borrow}},
    {"publish", 8, TARN_DISPATCH_SAFEPOINT, NULL, {publish, publish, publish}},
    {"exchange", 4, TARN_DISPATCH_SAFEPOINT, NULL, {exchange, exchange, exchange}},
    {"compare-exchange",
     8,
     TARN_DISPATCH_SAFEPOINT,
     NULL,
     {compare_exchange, compare_exchange, compare_exchange}},
    {"fields", 8, TARN_DISPATCH_SAFEPOINT, NULL, {pass_field, pass_field, pass_field}},
    {.name = NULL},
};

#endif
