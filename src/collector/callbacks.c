/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Collection callbacks and totals.
 *
 * The table is copied under its lock and called from the copy, so a callback may
 * add and remove callbacks, itself included.
 */
#include "collector/callbacks.h"

#include <errno.h>
#include <string.h>

#include "os/clock.h"

static bool find(struct tarn_collector *c, tarn_gc_callback function, void *arg, unsigned *at) {
    for (*at = 0; *at < c->callback_count; ++*at)
        if (c->callbacks[*at].function == function && c->callbacks[*at].arg == arg)
            return true;
    return false;
}

int tarn_gc_callback_add(tarn_heap *heap, tarn_gc_callback callback, void *arg) {
    struct tarn_collector *c = heap->collector;
    unsigned at;
    int error = 0;
    tarn__lock_acquire(&c->callbacks_lock);
    if (find(c, callback, arg, &at))
        error = -EEXIST;
    else if (at == TARN_GC_CALLBACKS_MAX)
        error = -ENOMEM;
    else
        c->callbacks[c->callback_count++] = (struct tarn_gc_callback_entry){callback, arg};
    tarn__lock_release(&c->callbacks_lock);
    return error;
}

int tarn_gc_callback_remove(tarn_heap *heap, tarn_gc_callback callback, void *arg) {
    struct tarn_collector *c = heap->collector;
    unsigned at;
    tarn__lock_acquire(&c->callbacks_lock);
    bool found = find(c, callback, arg, &at);
    if (found) {
        c->callback_count--;
        memmove(&c->callbacks[at], &c->callbacks[at + 1],
                (c->callback_count - at) * sizeof c->callbacks[0]);
    }
    tarn__lock_release(&c->callbacks_lock);
    return found ? 0 : -ENOENT;
}

void tarn__callbacks_call(struct tarn_collector *c, struct tarn_mutator *m,
                          enum tarn_gc_phase phase, const struct tarn_gc_info *info) {
    struct tarn_gc_callback_entry copy[TARN_GC_CALLBACKS_MAX];
    tarn__lock_acquire(&c->callbacks_lock);
    unsigned count = c->callback_count;
    memcpy(copy, c->callbacks, count * sizeof copy[0]);
    tarn__lock_release(&c->callbacks_lock);
    m->user_depth++;
    for (unsigned i = 0; i < count; i++)
        copy[i].function(c->heap, phase, info, copy[i].arg);
    m->user_depth--;
}

void tarn__callbacks_record(struct tarn_collector *c, const struct tarn_gc_info *info) {
    struct tarn_gc_stats *s = &c->stats[info->generation];
    struct tarn_gc_last last = {c->reason, *info, tarn__clock_ns()};
    tarn__lock_acquire(&c->callbacks_lock);
    s->collections++;
    s->collected += info->collected;
    s->uncollectable += info->uncollectable;
    s->examined += info->examined;
    s->time_ns += info->time_ns;
    s->stopped_ns += info->stopped_ns;
    s->concurrent_ns += info->concurrent_ns;
    s->suspects += info->suspects;
    s->slices += info->slices;
    s->oversize += info->oversize;
    s->untraceable += info->untraceable;
    c->last[info->generation] = last;
    c->last_long_lived_total = c->long_lived_total;
    c->last_long_lived_pending = c->long_lived_pending;
    tarn__lock_release(&c->callbacks_lock);
    /* relaxed: a setting. */
    if (tarn__load(&c->debug, relaxed) & TARN_GC_DEBUG_STATS)
        tarn__explain_log(c->heap, &last);
}

int tarn_gc_stats(tarn_heap *heap, int generation, struct tarn_gc_stats *stats) {
    struct tarn_collector *c = heap->collector;
    if (generation < 0 || generation >= TARN_GENERATIONS)
        return -EINVAL;
    tarn__lock_acquire(&c->callbacks_lock);
    *stats = c->stats[generation];
    tarn__lock_release(&c->callbacks_lock);
    return 0;
}
