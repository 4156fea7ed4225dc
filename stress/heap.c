/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Actions on the whole heap: collect, freeze, verify, stop the world, trim. */
#include "os/clock.h"
#include "stress.h"

static void collect_young(struct worker *w) {
    if (tarn_gc_collect(w->place->heap, 0) < 0)
        fault("a young collection fails");
}

static void collect_middle(struct worker *w) {
    if (tarn_gc_collect(w->place->heap, 1) < 0)
        fault("a middle collection fails");
}

static void collect_full(struct worker *w) {
    if (tarn_gc_collect(w->place->heap, 2) < 0)
        fault("a full collection fails");
}

static void settings_of_collector(struct worker *w) {
    unsigned threshold[3];
    size_t count[3];
    struct tarn_gc_stats stats;
    tarn_gc_get_threshold(w->place->heap, threshold);
    tarn_gc_get_count(w->place->heap, count);
    for (int i = 0; i < 3; i++)
        if (tarn_gc_stats(w->place->heap, i, &stats) != 0 || stats.uncollectable)
            fault("statistics of generation %d", i);
    if (threshold[0] != w->place->threshold)
        fault("the threshold is %u instead of %u", threshold[0], w->place->threshold);
    if (chance(w, 20))
        tarn_gc_disable(w->place->heap);
    else
        tarn_gc_enable(w->place->heap);
}

static void on_collection(tarn_heap *heap, enum tarn_gc_phase phase,
                          const struct tarn_gc_info *info, void *arg) {
    (void)heap;
    (void)arg;
    if (phase > TARN_GC_STOP || info->generation < 0 || info->generation > 2)
        fault("a collection callback is told nonsense");
}

/* Workers add and remove the same pair: one of them succeeds. */
static void collection_callbacks(struct worker *w) {
    if (chance(w, 50))
        tarn_gc_callback_add(w->place->heap, on_collection, w->place);
    else
        tarn_gc_callback_remove(w->place->heap, on_collection, w->place);
}

static void freeze(struct worker *w) {
    tarn_gc_freeze(w->place->heap);
    tarn_gc_freeze_count(w->place->heap);
    if (chance(w, 80))
        tarn_gc_unfreeze(w->place->heap);
}

static void unfreeze(struct worker *w) {
    tarn_gc_unfreeze(w->place->heap);
}

/* One at a time: each stops the world for long. */
static void verify(struct worker *w) {
    /* acquire: pairs with the release below. */
    if (tarn__exchange(&w->place->verifying, 1, acq_rel))
        return;
    ptrdiff_t faults = tarn_heap_verify(w->place->heap, NULL, NULL);
    if (faults != 0)
        fault("the verifier finds %td faults", faults);
    /* release: pairs with the acquire above. */
    tarn__store(&w->place->verifying, 0, release);
}

/* With the world stopped the caller may allocate, drop and look. */
static void stop_the_world(struct worker *w) {
    if (tarn_world_stop() != 0) {
        fault("the world does not stop");
        return;
    }
    if (tarn_world_stop() == 0)
        fault("the world is stopped twice");
    struct item *item = place_new(w->place, KIND_NODE, 0);
    tarn_slot *root = &w->place->roots[random_below(&w->random, ROOTS)];
    void *seen = tarn_slot_peek(root);
    held_add(w, item);
    if (tarn_slot_peek(root) != seen)
        fault("a slot changes while the world is stopped");
    if (w->held_count > 1 && chance(w, 50))
        tarn_decref(held_remove(w, 0));
    tarn_world_start();
}

static void look(struct worker *w) {
    struct tarn_heap_stats stats;
    struct tarn_histogram stop, stopped;
    tarn_heap_get_stats(w->place->heap, &stats);
    tarn_heap_get_pauses(w->place->heap, &stop, &stopped);
    struct item *item = held_any(w);
    if (!item)
        return;
    if (!tarn_is_heap_pointer(item))
        fault("%p is no heap pointer", (void *)item);
    if (tarn_gc_is_tracked(item) != (shadow_kind(item->id) != KIND_LEAF))
        fault("object id %#llx: tracked?", (unsigned long long)item->id);
    (void)tarn_gc_is_finalized(item);
}

static void drain(struct worker *w) {
    (void)w;
    if (tarn_drain() < 0)
        fault("a drain fails");
}

const struct action heap_actions[] = {
    {"collect young", collect_young, GROUP_GC | GROUP_CHURN, 4},
    {"collect middle", collect_middle, GROUP_GC, 2},
    {"collect full", collect_full, GROUP_GC | GROUP_WEAK | GROUP_FORK, 2},
    {"settings of the collector", settings_of_collector, GROUP_GC, 2},
    {"collection callbacks", collection_callbacks, GROUP_GC, 2},
    {"freeze", freeze, GROUP_GC, 1},
    {"unfreeze", unfreeze, GROUP_GC, 2},
    {"verify", verify, GROUP_BASE | GROUP_ALL, 1},
    {"stop the world", stop_the_world, GROUP_GC | GROUP_CHURN, 2},
    {"look", look, GROUP_GC | GROUP_MEMORY, 4},
    {"drain", drain, GROUP_BASE | GROUP_ALL, 6},
    {0},
};
