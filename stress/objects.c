/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Actions on objects and counts: make, hand over, share, drop, immortalise. */
#include <errno.h>

#include "stress.h"

#define LIVE_MAX 4000
#define IMMORTALS_MAX 50
#define CHAIN_LENGTH 3000

static enum kind kind_any(struct worker *w) {
    static const enum kind likely[] = {KIND_NODE,   KIND_NODE, KIND_NODE,  KIND_LEAF,
                                       KIND_SHARED, KIND_ROW,  KIND_FINAL, KIND_CALLING};
    return likely[random_below(&w->random, 8)];
}

static size_t length_any(struct worker *w) {
    if (settings.ops == 0 && random_below(&w->random, 400) == 0)
        return 35000; /* of the large blocks */
    return random_below(&w->random, chance(w, 5) ? 900 : 12);
}

/* Graphs whose newest part is always held grow without end: cuts them. */
static void prune(struct worker *w) {
    for (unsigned i = 0; i < w->held_count; i++) {
        tarn_slot *slots;
        size_t count = item_slots(w->held[i], &slots);
        for (size_t s = 0; s < count && s < 16; s++)
            tarn_slot_store(&slots[s], NULL);
    }
    tarn_slot_store(&w->place->roots[random_below(&w->random, ROOTS)], NULL);
    while (w->held_count > 2)
        tarn_decref(held_remove(w, 0));
    /* relaxed: a counter. */
    if (tarn__load(&w->place->live, relaxed) > 10 * LIVE_MAX)
        tarn_gc_collect(w->place->heap, 1);
}

static void make(struct worker *w) {
    /* relaxed: a counter. */
    if (tarn__load(&w->place->live, relaxed) > (settings.ops ? LIVE_MAX / 20 : LIVE_MAX))
        prune(w);
    enum kind kind = kind_any(w);
    struct item *item = place_new(w->place, kind, kind == KIND_ROW ? length_any(w) : 0);
    struct item *older = held_any(w);
    if (older && kind != KIND_LEAF && kind != KIND_ROW && chance(w, 30))
        tarn_field_set(&((struct node *)item)->field, older);
    held_add(w, item);
}

static void drop(struct worker *w) {
    if (!w->held_count)
        return;
    void *object = held_remove(w, (unsigned)random_below(&w->random, w->held_count));
    errno = 777;
    tarn_decref(object);
    if (errno != 777)
        fault("tarn_decref changes errno to %d", errno);
}

static void count_up_and_down(struct worker *w) {
    struct item *item = held_any(w);
    unsigned times = (unsigned)random_below(&w->random, 20);
    for (unsigned i = 0; item && i < times; i++)
        tarn_incref(item);
    for (unsigned i = 0; item && i < times; i++)
        tarn_decref(item);
    if (item && tarn_refcount(item) < 1)
        fault("a held object has the count %td", tarn_refcount(item));
}

/* Hands a reference of its own to whoever takes it out of the box. */
static void hand_over(struct worker *w) {
    if (!w->held_count)
        return;
    void *object = held_remove(w, (unsigned)random_below(&w->random, w->held_count));
    if (chance(w, 50))
        tarn_share(object);
    if (chance(w, 30)) {
        tarn_incref(object);
        held_add(w, object);
    }
    /* acq_rel: one thread's reference becomes another's. */
    void *got = tarn__exchange(&w->place->boxes[random_below(&w->random, BOXES)], object, acq_rel);
    if (got)
        held_add(w, got);
}

static void share(struct worker *w) {
    struct item *item = held_any(w);
    if (item)
        tarn_share(item);
}

static void immortalise(struct worker *w) {
    /* relaxed: a bound that may be missed by a few. */
    if (tarn__load(&w->place->immortals, relaxed) >= IMMORTALS_MAX)
        return;
    struct item *item = place_new(w->place, KIND_LEAF, 0);
    /* Its count has been changed by others, perhaps, before it stands still. */
    tarn_slot_store(&w->place->roots[random_below(&w->random, ROOTS)], item);
    shadow_immortal(item);
    tarn_immortalize(item);
    held_add(w, item);
}

static void drop_a_chain(struct worker *w) {
    struct node *head = NULL;
    unsigned length = settings.ops ? 20 : CHAIN_LENGTH;
    for (unsigned i = 0; i < length; i++) {
        struct node *node = (struct node *)place_new(w->place, KIND_NODE, 0);
        if (head)
            tarn_field_give(&node->field, head);
        head = node;
    }
    tarn_decref(head);
}

const struct action object_actions[] = {
    {"make", make, GROUP_BASE | GROUP_ALL, 60},
    {"drop", drop, GROUP_BASE | GROUP_ALL, 40},
    {"count up and down", count_up_and_down, GROUP_COUNTS, 20},
    {"hand over", hand_over, GROUP_COUNTS | GROUP_CHURN | GROUP_GC, 40},
    {"share", share, GROUP_COUNTS, 10},
    {"immortalise", immortalise, GROUP_COUNTS, 1},
    {"drop a chain", drop_a_chain, GROUP_COUNTS | GROUP_MEMORY, 1},
    {0},
};
