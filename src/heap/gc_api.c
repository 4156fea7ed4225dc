/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The collector's public calls. */
#include <errno.h>

#include "base/check.h"
#include "collector/collector.h"
#include "collector/walk.h"

/* The caller's mutator; stops the program unless it is attached to `heap`. */
static struct tarn_mutator *expect(const char *function, struct tarn_heap *heap) {
    struct tarn_mutator *m = tarn__mutator_expect(function);
    if (m->seat.world != &heap->world)
        tarn__fatal(function, "the calling thread is attached to another heap");
    if (m->seat.holds_world)
        tarn__fatal(function, "a safepoint is misuse while the caller has the world stopped");
    return m;
}

ptrdiff_t tarn_gc_collect(tarn_heap *heap, int generation) {
    struct tarn_mutator *m = expect("tarn_gc_collect", heap);
    struct tarn_collector *c = heap->collector;
    if (generation < 0 || generation >= TARN_GENERATIONS)
        return -EINVAL;
    tarn__seat_poll_quiet(&m->seat);
    if (m->user_depth)
        return 0;
    tarn__collect_begin(c, m, true);
    c->reason = TARN_REASON_ASKED;
    ptrdiff_t collected = tarn__collect(heap, m, generation, generation == TARN_GENERATIONS - 1);
    tarn__collect_end(c);
    return collected;
}

/* relaxed, all through this file: settings and counters order nothing. */

void tarn_gc_request(tarn_heap *heap) {
    /* relaxed: a setting. */
    if (heap->config.collect == TARN_COLLECT_MANUAL ||
        !tarn__load(&heap->collector->enabled, relaxed))
        return;
    tarn__fetch_or(&heap->pressed, TARN_PRESSED_REQUEST, relaxed);
    tarn__collect_look_again(heap);
    if (heap->config.collect == TARN_COLLECT_BACKGROUND)
        tarn__service_kick(&heap->collector->background);
}

void tarn_gc_suspect(const void *object) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_gc_suspect");
    if (!object)
        tarn__fatal("tarn_gc_suspect", "the object is NULL");
    if (!tarn_is_immediate(object))
        tarn__candidate_note(m, (struct tarn_object *)(uintptr_t)object);
}

void tarn_gc_enable(tarn_heap *heap) {
    tarn__store(&heap->collector->enabled, 1, relaxed);
    tarn__generation_settings(heap->collector);
}

void tarn_gc_disable(tarn_heap *heap) {
    tarn__store(&heap->collector->enabled, 0, relaxed);
    tarn__generation_settings(heap->collector);
}

bool tarn_gc_is_enabled(tarn_heap *heap) {
    return tarn__load(&heap->collector->enabled, relaxed);
}

int tarn_gc_set_threshold(tarn_heap *heap, const unsigned threshold[3]) {
    for (int g = 0; g < TARN_GENERATIONS; g++)
        tarn__store(&heap->collector->threshold[g], threshold[g], relaxed);
    tarn__generation_settings(heap->collector);
    return 0;
}

void tarn_gc_get_threshold(tarn_heap *heap, unsigned threshold[3]) {
    for (int g = 0; g < TARN_GENERATIONS; g++)
        threshold[g] = tarn__load(&heap->collector->threshold[g], relaxed);
}

void tarn_gc_get_count(tarn_heap *heap, size_t count[3]) {
    tarn__generation_counts(heap->collector, count);
}

void tarn_gc_exempt(bool exempt) {
    tarn__store(&tarn__mutator_expect("tarn_gc_exempt")->exempt, exempt, relaxed);
}

#define DEBUG_FLAGS (TARN_GC_DEBUG_STATS | TARN_GC_DEBUG_SAVE_ALL | TARN_GC_DEBUG_EVERY_SAFEPOINT)

int tarn_gc_set_debug(tarn_heap *heap, unsigned flags) {
    if (flags & ~(unsigned)DEBUG_FLAGS)
        return -EINVAL;
    tarn__store(&heap->collector->debug, flags, relaxed);
    tarn__generation_settings(heap->collector);
    if (flags & TARN_GC_DEBUG_EVERY_SAFEPOINT)
        tarn__collect_look_again(heap);
    return 0;
}

unsigned tarn_gc_get_debug(tarn_heap *heap) {
    return tarn__load(&heap->collector->debug, relaxed);
}

ptrdiff_t tarn_gc_garbage(tarn_heap *heap, tarn_walker visit, void *arg) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_gc_garbage");
    TARN_CHECK(m->seat.world == &heap->world, "the calling thread is attached to another heap");
    return tarn__walk_garbage(m, visit, arg);
}

ptrdiff_t tarn_gc_garbage_clear(tarn_heap *heap) {
    return tarn__garbage_clear(heap, expect("tarn_gc_garbage_clear", heap));
}

void tarn_gc_external(tarn_heap *heap, ptrdiff_t bytes) {
    tarn__heap_add_external(heap, bytes);
}

size_t tarn_gc_explain(tarn_heap *heap, char *text, size_t size) {
    return tarn__explain(heap, text, size);
}

int tarn_gc_freeze(tarn_heap *heap) {
    struct tarn_mutator *m = expect("tarn_gc_freeze", heap);
    if (m->user_depth || !tarn__collect_begin(heap->collector, m, true))
        return -EBUSY;
    tarn__freeze(heap, m);
    tarn__collect_end(heap->collector);
    return 0;
}

int tarn_gc_unfreeze(tarn_heap *heap) {
    struct tarn_mutator *m = expect("tarn_gc_unfreeze", heap);
    if (m->user_depth || !tarn__collect_begin(heap->collector, m, true))
        return -EBUSY;
    tarn__unfreeze(heap, m);
    tarn__collect_end(heap->collector);
    return 0;
}

size_t tarn_gc_freeze_count(tarn_heap *heap) {
    return tarn__frozen_count(heap, expect("tarn_gc_freeze_count", heap));
}

ptrdiff_t tarn_heap_verify(tarn_heap *heap, tarn_outside outside, void *arg) {
    return tarn__verify(heap, expect("tarn_heap_verify", heap), outside, arg);
}

ptrdiff_t tarn_heap_walk(tarn_heap *heap, int generation, tarn_walker visit, void *arg) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_heap_walk");
    TARN_CHECK(m->seat.world == &heap->world, "the calling thread is attached to another heap");
    if (generation < TARN_GENERATION_ANY || generation > TARN_GENERATION_FROZEN)
        return -EINVAL;
    return tarn__walk(m, generation, visit, arg);
}

ptrdiff_t tarn_referrers(void *object, tarn_walker visit, void *arg) {
    return tarn__walk_referrers(tarn__mutator_expect("tarn_referrers"), object, visit, arg);
}

ptrdiff_t tarn_referents(void *object, tarn_walker visit, void *arg) {
    return tarn__walk_referents(tarn__mutator_expect("tarn_referents"), object, visit, arg);
}
