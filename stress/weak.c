/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Actions on weak references.
 *
 * A callback's data is an object of its own, whose byte in the books says
 * whether the callback ran and whether it was taken back.
 */
#include "stress.h"

static void on_death(void *weak, void *data) {
    struct item *item = data;
    shadow_callback(item);
    void *target = tarn_weak_get(weak);
    if (target) /* of a long one whose target was brought back, or still has to die */
        tarn_decref(target);
    void *root = tarn_slot_load(&item->place->roots[item->id / 8 % ROOTS]);
    if (root) {
        shadow_check(root, "weak callback's root");
        tarn_decref(root);
    }
}

static void weaken(struct worker *w) {
    struct item *target = held_any(w);
    if (!target)
        return;
    struct item *data = chance(w, 40) ? place_new(w->place, KIND_LEAF, 0) : NULL;
    enum tarn_weak_kind kind = chance(w, 30) ? TARN_WEAK_LONG : TARN_WEAK_SHORT;
    uint64_t id = data ? data->id : 0;
    void *weak = tarn_weak_new(target, kind, data ? on_death : NULL, data);
    if (data)
        tarn_decref(data);
    if (!weak) {
        fault("no memory for a weak reference");
        return;
    }
    if (chance(w, 50))
        tarn_slot_store(&w->place->weak_roots[random_below(&w->random, WEAK_ROOTS)], weak);
    if (w->weak_count == WEAKS_MAX)
        tarn_decref(w->weaks[--w->weak_count].weak);
    w->weaks[w->weak_count++] = (struct weak_held){weak, target->id, id, data != NULL};
}

static void upgrade(struct worker *w) {
    void *weak = tarn_slot_load(&w->place->weak_roots[random_below(&w->random, WEAK_ROOTS)]);
    if (!weak)
        return;
    void *target = tarn_weak_get(weak);
    if (target)
        held_add(w, target);
    tarn_decref(weak);
}

static void upgrade_held(struct worker *w) {
    if (!w->weak_count)
        return;
    struct weak_held *held = &w->weaks[random_below(&w->random, w->weak_count)];
    void *target = tarn_weak_get(held->weak);
    if (!target)
        return;
    shadow_check_same(target, held->target, "upgrade");
    held_add(w, target);
}

static void unhook(struct worker *w) {
    if (!w->weak_count)
        return;
    struct weak_held *held = &w->weaks[random_below(&w->random, w->weak_count)];
    enum tarn_weak_removal removal = tarn_weak_callback_remove(held->weak);
    if (removal == TARN_WEAK_REMOVED && held->hooked)
        shadow_callback_removed(held->data);
    else if (removal == TARN_WEAK_REMOVED)
        fault("a callback is removed where there is none");
    held->hooked = false;
}

static void drop_weak(struct worker *w) {
    if (w->weak_count)
        tarn_decref(w->weaks[--w->weak_count].weak);
}

static void clear_weak_root(struct worker *w) {
    tarn_slot_store(&w->place->weak_roots[random_below(&w->random, WEAK_ROOTS)], NULL);
}

const struct action weak_actions[] = {
    {"weaken", weaken, GROUP_WEAK | GROUP_GC, 25},
    {"upgrade", upgrade, GROUP_WEAK, 30},
    {"upgrade held", upgrade_held, GROUP_WEAK, 20},
    {"unhook", unhook, GROUP_WEAK, 6},
    {"drop weak", drop_weak, GROUP_WEAK | GROUP_GC, 15},
    {"clear weak root", clear_weak_root, GROUP_WEAK | GROUP_GC, 6},
    {0},
};
