/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Actions on slots: those of the place, seen by all, and those in objects. */
#include "stress.h"

static tarn_slot *root_any(struct worker *w) {
    return &w->place->roots[random_below(&w->random, ROOTS)];
}

/* A slot of an object that the worker holds, else a root. */
static tarn_slot *slot_any(struct worker *w) {
    struct item *item = chance(w, 50) ? held_any(w) : NULL;
    tarn_slot *slots;
    size_t count = item ? item_slots(item, &slots) : 0;
    return count ? &slots[random_below(&w->random, count)] : root_any(w);
}

static void load(struct worker *w) {
    void *object = tarn_slot_load(slot_any(w));
    if (object)
        held_add(w, object);
}

/* Borrows several at once: all stay the objects they are until the next safepoint. */
static void peek(struct worker *w) {
    struct item *borrowed[8];
    uint64_t ids[8];
    for (unsigned i = 0; i < 8; i++)
        if ((borrowed[i] = tarn_slot_peek(root_any(w))))
            ids[i] = shadow_check_borrowed(borrowed[i], "peek");
    void *one = borrowed[random_below(&w->random, 8)];
    if (one && tarn_try_incref(one))
        held_add(w, one);
    for (unsigned i = 0; i < 8; i++)
        if (borrowed[i])
            shadow_check_same(borrowed[i], ids[i], "peek");
}

static void store(struct worker *w) {
    tarn_slot_store(slot_any(w), chance(w, 20) ? NULL : held_any(w));
}

static void exchange(struct worker *w) {
    void *old = tarn_slot_exchange(slot_any(w), chance(w, 20) ? NULL : held_any(w));
    if (old)
        held_add(w, old);
}

static void compare_exchange(struct worker *w) {
    tarn_slot *slot = slot_any(w);
    void *expected = chance(w, 50) ? tarn_slot_peek(slot) : held_any(w);
    void *desired = held_any(w);
    if (tarn_slot_compare_exchange(slot, expected, desired) && desired)
        shadow_check(desired, "compare-exchange");
}

/* From slot to slot by borrowing, then keeps where it got to. */
static void walk(struct worker *w) {
    struct item *at = tarn_slot_peek(root_any(w));
    struct item *last = NULL;
    uint64_t id = 0;
    for (unsigned i = 0; at && i < 10; i++) {
        id = shadow_check_borrowed(at, "walk");
        last = at;
        tarn_slot *slots;
        size_t count = item_slots(at, &slots);
        at = count ? tarn_slot_peek(&slots[random_below(&w->random, count)]) : NULL;
    }
    if (last && tarn_try_incref(last))
        held_add(w, last);
    if (last)
        shadow_check_same(last, id, "walk");
}

static void cut(struct worker *w) {
    struct item *item = held_any(w);
    tarn_slot *slots;
    size_t count = item ? item_slots(item, &slots) : 0;
    for (size_t i = 0; i < count && i < 16; i++)
        tarn_slot_store(&slots[i], NULL);
}

static void tie_a_cycle(struct worker *w) {
    struct node *a = (struct node *)place_new(w->place, KIND_NODE, 0);
    struct node *b =
        (struct node *)place_new(w->place, chance(w, 30) ? KIND_FINAL : KIND_SHARED, 0);
    struct item *other = held_any(w);
    tarn_slot_store(&a->slots[0], b);
    tarn_slot_store(&b->slots[0], a);
    if (other)
        tarn_slot_store(&b->slots[1], other);
    if (chance(w, 50))
        tarn_slot_store(root_any(w), a);
    tarn_decref(b);
    tarn_decref(a);
}

static void local_slot(struct worker *w) {
    tarn_slot slot;
    tarn_slot_init(&slot, held_any(w));
    void *old = tarn_slot_exchange(&slot, held_any(w));
    if (old)
        tarn_decref(old);
    tarn_slot_destroy(&slot);
}

#define SLOTS (GROUP_SLOTS | GROUP_WEAK | GROUP_GC)

const struct action slot_actions[] = {
    {"load", load, SLOTS, 30},
    {"peek", peek, SLOTS, 20},
    {"store", store, SLOTS | GROUP_CHURN, 40},
    {"exchange", exchange, SLOTS, 10},
    {"compare-exchange", compare_exchange, GROUP_SLOTS, 15},
    {"walk", walk, SLOTS, 20},
    {"cut", cut, SLOTS, 10},
    {"tie a cycle", tie_a_cycle, SLOTS, 10},
    {"local slot", local_slot, GROUP_SLOTS, 3},
    {0},
};
