/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What makes a world a heap: the work that waits at safepoints, the pools that
 * seats make, the counter that makes collections due, the reclaimer's turn.
 */
#include "object/heap.h"

#include <stdarg.h>
#include <stdio.h>

#include "object/death.h"
#include "thread/seat_kernel.h"

void tarn__heap_log(struct tarn_heap *heap, enum tarn_log_level level, const char *format, ...) {
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (heap->config.log)
        heap->config.log(heap->config.arg, level, text);
    else if (level <= TARN_LOG_WARNING)
        fprintf(stderr, "tarn: %s\n", text);
}

static void log_text(struct tarn_world *world, enum tarn_log_level level, const char *text) {
    tarn__heap_log((struct tarn_heap *)world, level, "%s", text);
}

/* --- what waits at a safepoint --- */

static bool user_code_runs_here(const struct tarn_heap *heap) {
    return heap->config.dispatch == TARN_DISPATCH_SAFEPOINT;
}

static void call_all(struct tarn_heap *heap) {
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__seat_call(s);
}

/* Child of a fork: what seats had in their mail whose threads had not looked yet. Later
 * letters find such a pool announced, and tell nobody. */
static void read_mail_of_the_gone(struct tarn_heap *heap) {
    /* acq_rel: one thread's to read. */
    if (!tarn__exchange(&heap->forked, 0, acq_rel))
        return;
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        if (!tarn__inbox_is_empty(&s->mail))
            tarn__seat_notify_mail(s);
}

static void work(struct tarn_seat *seat, bool quiet) {
    struct tarn_mutator *m = tarn__mutator(seat);
    struct tarn_heap *heap = tarn__seat_heap(seat);
    /* relaxed: the exchange decides. */
    if (tarn__unlikely(tarn__load(&heap->forked, relaxed)))
        read_mail_of_the_gone(heap);
    tarn__mail_drain(m, seat);
    tarn__retired_run(m);
    tarn__object_run_dying(m);
    /* relaxed: a hint; the collector looks again. */
    bool due = tarn__load(&heap->due, relaxed) && heap->config.collect == TARN_COLLECT_INLINE;
    if (quiet || m->user_depth) {
        if (due || (tarn__pending_waits(heap) && user_code_runs_here(heap)))
            tarn__seat_call(seat);
        return;
    }
    if (user_code_runs_here(heap) && tarn__pending_run(m))
        heap->hooks->pending_done(heap, seat);
    if (due)
        heap->hooks->collect_due(heap, seat);
}

static void drain_claimed(struct tarn_seat *claimed) {
    struct tarn_mutator *self = tarn__mutator(tarn__seat_self());
    tarn__mail_drain(self, claimed);
}

/* What is the thread's alone, not its seat's. */
static void forget_thread(struct tarn_mutator *m) {
    tarn__store(&m->exempt, 0, relaxed); /* relaxed: the next thread's to set. */
    tarn__pending_put_back(m);
}

static void hand_over(struct tarn_seat *seat, bool leaving) {
    struct tarn_mutator *m = tarn__mutator(seat);
    if (leaving) {
        forget_thread(m);
        tarn__seat_heap(seat)->hooks->seat_left(tarn__seat_heap(seat), seat);
    }
    tarn__heap_count_flush(tarn__seat_heap(seat), m);
    tarn__retired_hand_over(m);
    /* Who leaves may be the only one who knows of user code that waits [FIN-1]. */
    if (tarn__pending_waits(tarn__seat_heap(seat)) && user_code_runs_here(tarn__seat_heap(seat)))
        call_all(tarn__seat_heap(seat));
}

static void fork_prepare(struct tarn_world *world) {
    struct tarn_heap *heap = (struct tarn_heap *)world;
    tarn__lock_acquire_for_fork(&heap->types_lock);
    heap->hooks->fork_prepare(heap);
    tarn__lock_acquire_for_fork(&heap->handed_lock);
    tarn__lock_acquire_for_fork(&heap->world.pauses_lock);
    tarn__lock_acquire_for_fork(&heap->pools_lock);
}

static void tell_late(struct tarn_world *world, unsigned tid, void *const *frame, unsigned count) {
    const struct tarn_config *config = &((struct tarn_heap *)world)->config;
    if (config->late)
        config->late(config->arg, tid, frame, count);
}

static void fork_done(struct tarn_world *world, bool child) {
    struct tarn_heap *heap = (struct tarn_heap *)world;
    struct tarn_seat *self = tarn__seat_held();
    tarn__lock_release(&heap->pools_lock);
    tarn__lock_release(&world->pauses_lock);
    tarn__lock_release(&heap->handed_lock);
    heap->hooks->fork_done(heap, child);
    tarn__lock_release(&heap->types_lock);
    if (!child)
        return;
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next)
        if (s != self)
            forget_thread(tarn__mutator(s));
    /* relaxed: the child of a fork has one thread. */
    tarn__store(&heap->forked, 1, relaxed);
    call_all(heap);
    tarn__service_forget(&heap->reclaimer);
    tarn__service_forget(&heap->finalizer);
}

const struct tarn_world_hooks tarn__heap_world_hooks = {
    .work = work,
    .drain_claimed = drain_claimed,
    .hand_over = hand_over,
    .log = log_text,
    .late = tell_late,
    .fork_prepare = fork_prepare,
    .fork_done = fork_done,
};

/* --- pools --- */

/* Leaves and external bytes that have doubled since the last full collection, but by no
 * less than this, make the next one due: garbage outstanding stays below what lives, and
 * a heap that only grows is collected a logarithm of times. */
#define WEIGHT_GROWTH_MIN ((size_t)64 << 20)

static struct tarn_weight weight_locked(struct tarn_heap *heap) {
    /* relaxed: a sum that others add to. */
    int64_t external = tarn__load(&heap->external, relaxed);
    size_t left = heap->weight_left;
    return (struct tarn_weight){heap->leaf_bytes + (external > 0 ? (size_t)external : 0),
                                left + (left > WEIGHT_GROWTH_MIN ? left : WEIGHT_GROWTH_MIN)};
}

struct tarn_weight tarn__heap_weight(struct tarn_heap *heap) {
    tarn__lock_acquire(&heap->pools_lock);
    struct tarn_weight weight = weight_locked(heap);
    tarn__lock_release(&heap->pools_lock);
    return weight;
}

void tarn__heap_weigh_anew(struct tarn_heap *heap) {
    tarn__lock_acquire(&heap->pools_lock);
    heap->weight_left = weight_locked(heap).now;
    tarn__lock_release(&heap->pools_lock);
    /* relaxed: a hint. */
    tarn__fetch_and(&heap->pressed, ~(uint32_t)TARN_PRESSED_WEIGHT, relaxed);
}

/* Counts a pool that is about to come; false: the hard limit refuses it. */
static bool take_bytes(struct tarn_heap *heap, size_t bytes, enum tarn_kind kind) {
    uint32_t pressed = 0;
    tarn__lock_acquire(&heap->pools_lock);
    bool allowed = !heap->hard_limit || heap->pool_bytes + bytes <= heap->hard_limit;
    if (allowed)
        heap->pool_bytes += bytes;
    if (allowed && kind == TARN_KIND_LEAF) {
        heap->leaf_bytes += bytes;
        struct tarn_weight weight = weight_locked(heap);
        pressed = weight.now > weight.limit ? TARN_PRESSED_WEIGHT : 0;
    }
    if (heap->soft_next && heap->pool_bytes > heap->soft_next)
        pressed |= TARN_PRESSED_LIMIT;
    tarn__lock_release(&heap->pools_lock);
    if (pressed)
        /* relaxed: hints, here and below; the collector looks again. */
        tarn__fetch_or(&heap->pressed, pressed, relaxed);
    return allowed;
}

static void give_bytes(struct tarn_heap *heap, size_t bytes) {
    tarn__lock_acquire(&heap->pools_lock);
    heap->pool_bytes -= bytes;
    tarn__lock_release(&heap->pools_lock);
}

void tarn__heap_set_limits(struct tarn_heap *heap, size_t soft, size_t hard) {
    tarn__lock_acquire(&heap->pools_lock);
    heap->soft_limit = heap->soft_next = soft;
    heap->hard_limit = hard;
    tarn__lock_release(&heap->pools_lock);
    take_bytes(heap, 0, TARN_KIND_CONTAINER);
}

bool tarn__heap_has_limits(struct tarn_heap *heap) {
    tarn__lock_acquire(&heap->pools_lock);
    bool limits = heap->soft_limit || heap->hard_limit;
    tarn__lock_release(&heap->pools_lock);
    return limits;
}

void tarn__heap_relieved(struct tarn_heap *heap) {
    tarn__fetch_and(&heap->pressed, ~(uint32_t)TARN_PRESSED_LIMIT, relaxed);
    tarn__lock_acquire(&heap->pools_lock);
    size_t grown = heap->pool_bytes + heap->pool_bytes / 4;
    if (heap->soft_limit)
        heap->soft_next = grown > heap->soft_limit ? grown : heap->soft_limit;
    tarn__lock_release(&heap->pools_lock);
}

void tarn__heap_add_external(struct tarn_heap *heap, ptrdiff_t bytes) {
    /* relaxed: a sum. */
    tarn__fetch_add(&heap->external, bytes, relaxed);
    struct tarn_weight weight = tarn__heap_weight(heap);
    if (weight.now <= weight.limit || heap->config.collect == TARN_COLLECT_MANUAL)
        return;
    /* relaxed: hints; the collector looks again. */
    if (tarn__fetch_or(&heap->pressed, TARN_PRESSED_WEIGHT, relaxed) & TARN_PRESSED_WEIGHT)
        return; /* whoever set it called them */
    tarn__store(&heap->due, 1, relaxed);
    struct tarn_seat *first = tarn__world_first(&heap->world);
    if (first && heap->config.collect == TARN_COLLECT_BACKGROUND)
        heap->hooks->collect_due(heap, first);
    else /* the caller may be attached elsewhere, or nowhere: whoever polls first */
        call_all(heap);
}

/* A collection that pools make due is due at the caller's next safepoint. */
static void note_pressure(struct tarn_heap *heap, struct tarn_seat *seat) {
    if (!tarn__load(&heap->pressed, relaxed) || heap->config.collect == TARN_COLLECT_MANUAL)
        return;
    tarn__store(&heap->due, 1, relaxed);
    if (heap->config.collect == TARN_COLLECT_INLINE)
        tarn__seat_call(seat);
    else
        heap->hooks->collect_due(heap, seat);
}

static bool pool_added(struct tarn_cache *cache, struct tarn_pool *pool) {
    struct tarn_seat *seat = (struct tarn_seat *)cache;
    struct tarn_heap *heap = tarn__seat_heap(seat);
    pool->heap = heap;
    pool->has_young = false;
    pool->frozen = false;
    if (!take_bytes(heap, tarn__pool_bytes(pool), pool->kind))
        return false;
    if (pool->kind == TARN_KIND_CONTAINER && !heap->hooks->pool_added(heap, pool)) {
        give_bytes(heap, tarn__pool_bytes(pool));
        return false;
    }
    tarn__lock_acquire(&heap->pools_lock);
    tarn__list_append(&heap->pools[pool->kind], &pool->heap_node);
    tarn__lock_release(&heap->pools_lock);
    note_pressure(heap, seat);
    return true;
}

/* Leaf pools go at once: nobody walks them but a verifier, in a stop; unless a search
 * may be reading references into them. Container pools leave their lists only with the
 * world stopped. */
static bool pool_emptied(struct tarn_cache *cache, struct tarn_pool *pool) {
    struct tarn_heap *heap = tarn__seat_heap((struct tarn_seat *)cache);
    /* relaxed: a stop stands before a search's first step [SUS-4]. */
    if (pool->kind != TARN_KIND_LEAF || tarn__load(&heap->searched, relaxed))
        return false;
    tarn__heap_remove_leaf_pool(heap, pool);
    return true;
}

void tarn__heap_remove_leaf_pool(struct tarn_heap *heap, struct tarn_pool *pool) {
    tarn__lock_acquire(&heap->pools_lock);
    tarn__list_remove(&pool->heap_node);
    heap->pool_bytes -= tarn__pool_bytes(pool);
    heap->leaf_bytes -= tarn__pool_bytes(pool);
    tarn__lock_release(&heap->pools_lock);
    tarn__weak_release_pool(pool);
}

const struct tarn_cache_hooks tarn__heap_cache_hooks = {
    .pool_added = pool_added,
    .pool_emptied = pool_emptied,
};

/* --- when a collection is due --- */

void tarn__heap_count_flush(struct tarn_heap *heap, struct tarn_mutator *m) {
    /* relaxed: one writer. */
    int32_t by = tarn__load(&m->young, relaxed);
    if (by == 0)
        return;
    tarn__store(&m->young, 0, relaxed);
    /* relaxed: a counter; being due is decided by whoever takes it over the
     * threshold, and looked at again by the collector. */
    int64_t now = tarn__fetch_add(&heap->young, by, relaxed) + by;
    if (now < 0)
        /* relaxed: objects older than the last collection died: the counter
         * stays at its floor, so that nothing is put off. */
        tarn__fetch_sub(&heap->young, now, relaxed);
    uint32_t max = tarn__load(&heap->young_max, relaxed);
    if (max == 0 || now <= (int64_t)max || heap->config.collect == TARN_COLLECT_MANUAL)
        return;
    /* relaxed: a hint; the collector looks again. */
    tarn__store(&heap->due, 1, relaxed);
    if (heap->config.collect == TARN_COLLECT_INLINE)
        tarn__seat_call(&m->seat);
    else
        heap->hooks->collect_due(heap, &m->seat);
}
