/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Why the last collections ran, and what the next ones wait for, in words.
 *
 * Counters are read as they stand, without a stop; what only collections change is read
 * as the last one left it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "collector/collector.h"
#include "os/clock.h"

struct writer {
    char *text;
    size_t size;
    size_t used; /* what the whole text takes, whether or not there is room */
};

static __attribute__((format(printf, 2, 3))) void say(struct writer *w, const char *format, ...) {
    size_t room = w->used < w->size ? w->size - w->used : 0;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(room ? w->text + w->used : NULL, room, format, args);
    va_end(args);
    if (length > 0)
        w->used += (size_t)length;
}

static const char *name_of(enum tarn_gc_reason reason) {
    static const char *const names[] = {
        [TARN_REASON_NONE] = "no reason",
        [TARN_REASON_ASKED] = "it was asked for",
        [TARN_REASON_THRESHOLD] = "its threshold was passed",
        [TARN_REASON_LIMIT] = "pools were over the soft limit",
        [TARN_REASON_REQUEST] = "it was requested",
        [TARN_REASON_CANDIDATES] = "objects were suspected by tarn_gc_suspect",
        [TARN_REASON_WEIGHT] = "leaves and external bytes had grown",
        [TARN_REASON_DEBUG] = "a debug flag collects at every safepoint"};
    return names[reason];
}

static double ms(uint64_t ns) {
    return (double)ns / 1e6;
}

static void say_collection(struct writer *w, const struct tarn_gc_last *last) {
    const struct tarn_gc_info *i = &last->info;
    say(w, "generation %d, because %s: examined %" PRIu64 ", freed %" PRIu64, i->generation,
        name_of(last->reason), i->examined, i->collected);
    if (i->uncollectable)
        say(w, ", kept %" PRIu64, i->uncollectable);
    say(w, "; %.3f ms, stopped %.3f ms, to stop %.3f ms", ms(i->time_ns), ms(i->stopped_ns),
        ms(i->time_to_stop_ns));
    if (i->concurrent_ns)
        say(w, ", searching beside mutators %.3f ms, %" PRIu64 " suspects in %" PRIu64 " slices",
            ms(i->concurrent_ns), i->suspects, i->slices);
}

void tarn__explain_log(struct tarn_heap *heap, const struct tarn_gc_last *last) {
    char text[280];
    struct writer w = {text, sizeof text, 0};
    say_collection(&w, last);
    tarn__heap_log(heap, TARN_LOG_INFO, "collection of %s", text);
}

static void say_last(struct writer *w, const struct tarn_gc_last *last) {
    if (last->reason == TARN_REASON_NONE)
        return;
    say(w, "last collection of ");
    say_collection(w, last);
    say(w, "; %.3f ms ago\n", ms(tarn__clock_ns() - last->ended_ns));
}

/* What a collector remembers of its last collections. */
struct memory {
    struct tarn_gc_last last[TARN_GENERATIONS];
    uint64_t long_lived_total;
    uint64_t long_lived_pending;
};

static void say_generation(struct writer *w, struct tarn_heap *heap, int g,
                           const struct memory *memory) {
    size_t count[TARN_GENERATIONS];
    /* relaxed: a setting. */
    unsigned threshold = tarn__load(&heap->collector->threshold[g], relaxed);
    tarn__generation_counts(heap->collector, count);
    say(w, "generation %d: ", g);
    if (threshold == 0)
        say(w, "never due, its threshold is 0");
    else if (g == 0)
        say(w, "%zu containers made less freed, due beyond %u", count[0], threshold);
    else
        say(w, "%zu collections of generation %d since, due beyond %u", count[g], g - 1, threshold);
    uint64_t share = tarn__generation_share(memory->long_lived_total);
    if (g == TARN_GENERATIONS - 1 && threshold && memory->long_lived_pending < share)
        say(w, ", put off until %" PRIu64 " objects are newly old (%" PRIu64 " are)", share,
            memory->long_lived_pending);
    say(w, "\n");
}

static const char *state_of_next(struct tarn_heap *heap) {
    /* relaxed: a setting. */
    if (!tarn__load(&heap->collector->enabled, relaxed))
        return "none, collections are off";
    if (heap->config.collect == TARN_COLLECT_MANUAL)
        return "none but when asked for, as the heap was made";
    /* relaxed: looks, here and below. */
    if (tarn__load(&heap->collector->collecting, relaxed))
        return "one runs now";
    if (tarn__load(&heap->due, relaxed))
        return "due, at the next safepoint of a thread that is not inside user code";
    if (tarn__load(&heap->searched, relaxed))
        return "a search goes on, a step after each younger collection";
    return "not due";
}

size_t tarn__explain(struct tarn_heap *heap, char *text, size_t size) {
    struct tarn_collector *c = heap->collector;
    struct writer w = {text, size, 0};
    struct memory memory;
    struct tarn_weight weight = tarn__heap_weight(heap);
    tarn__lock_acquire(&c->callbacks_lock);
    for (int g = 0; g < TARN_GENERATIONS; g++)
        memory.last[g] = c->last[g];
    memory.long_lived_total = c->last_long_lived_total;
    memory.long_lived_pending = c->last_long_lived_pending;
    tarn__lock_release(&c->callbacks_lock);
    for (int g = 0; g < TARN_GENERATIONS; g++)
        say_last(&w, &memory.last[g]);
    say(&w, "next collection: %s\n", state_of_next(heap));
    for (int g = 0; g < TARN_GENERATIONS; g++)
        say_generation(&w, heap, g, &memory);
    /* relaxed: figures for people. */
    say(&w,
        "younger collections take %.2f %% of the time, against a share of %u %%; %" PRIu64
        " passed over their objects\n",
        (double)tarn__load(&c->pace.share, relaxed) / 100, tarn__pace_limit(heap),
        tarn__load(&c->pace.passed, relaxed));
    say(&w, "leaves and external bytes: %zu KiB, a full collection is due beyond %zu KiB\n",
        weight.now >> 10, weight.limit >> 10);
    return w.used;
}
