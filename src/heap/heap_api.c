/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Heaps: creation, destruction, figures. Arguments are checked here; the layers
 * below do the work. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "collector/collector.h"
#include "contain/contain.h"
#include "memory/memory.h"
#include "memory/policy.h"
#include "object/death.h"
#include "object/reclaim.h"
#include "os/env.h"
#include "os/late.h"
#include "os/pages.h"
#include "thread/pause.h"

#define DEFAULT_WATCHDOG_MS 1000u
/* Between two steps of a search on the heap's own thread. */
#define SEARCH_REST_NS 1000000u
/* Since a step of a search on the threads that run: then they are called for the next. */
#define SEARCH_LATE_NS 2000000u

static const unsigned default_threshold[TARN_GENERATIONS] = {700, 10, 10};

uint32_t tarn_version(void) {
    return TARN_VERSION;
}

static size_t heap_bytes(void) {
    return tarn__round_up(sizeof(struct tarn_heap), tarn__os_page_size());
}

static bool config_is_sound(const struct tarn_config *config) {
    return config->collect <= TARN_COLLECT_MANUAL && config->dispatch <= TARN_DISPATCH_THREAD &&
           config->collect_share <= 100;
}

static void init_locks(struct tarn_heap *heap) {
    tarn__lock_init(&heap->types_lock, TARN_RANK_TYPES);
    tarn__lock_init(&heap->pools_lock, TARN_RANK_POOLS);
    tarn__lock_init(&heap->handed_lock, TARN_RANK_HANDED);
    for (unsigned i = 0; i < TARN_WEAK_STRIPES; i++)
        tarn__lock_init(&heap->weak_locks[i], TARN_RANK_WEAK);
    for (int kind = 0; kind < TARN_KINDS; kind++)
        tarn__list_init(&heap->pools[kind]);
}

static void init_world(struct tarn_heap *heap) {
    unsigned watchdog = heap->config.watchdog_ms;
    tarn__world_init(&heap->world);
    heap->world.hooks = &tarn__heap_world_hooks;
    heap->world.cache_hooks = &tarn__heap_cache_hooks;
    heap->world.seat_size = sizeof(struct tarn_mutator);
    heap->world.watchdog_ns = (uint64_t)(watchdog ? watchdog : DEFAULT_WATCHDOG_MS) * 1000000u;
    heap->hooks = &tarn__collector_hooks;
}

/* Where the heap's own thread collects: what is due, then a search's steps, with a rest
 * after each. */
static void background_turn(struct tarn_service *service, struct tarn_seat *seat) {
    struct tarn_heap *heap = (struct tarn_heap *)service->world;
    do {
        tarn__seat_unblock(seat);
        tarn__collect_if_due(heap, tarn__mutator(seat));
        tarn__seat_poll_quiet(seat);
        tarn__seat_block(seat);
    } while (tarn__collect_goes_on(heap) && tarn__service_rest(service, SEARCH_REST_NS));
}

/* Where threads collect at their safepoints: if none has taken a step for a while, they
 * are called. */
static void remind_turn(struct tarn_service *service, struct tarn_seat *seat) {
    struct tarn_heap *heap = (struct tarn_heap *)service->world;
    (void)seat;
    /* relaxed: a look; a step that comes asks for a turn. */
    if (tarn__load(&heap->searched, relaxed) && tarn__service_rest(service, SEARCH_LATE_NS))
        tarn__collect_look_again(heap);
}

static void init_services(struct tarn_heap *heap) {
    heap->reclaimer.world = &heap->world;
    heap->reclaimer.name = "tarn-reclaim";
    heap->reclaimer.turn = tarn__reclaimer_turn;
    heap->finalizer.world = &heap->world;
    heap->finalizer.name = "tarn-finalize";
    heap->finalizer.turn = tarn__finalizer_turn;
    heap->collector->background.world = &heap->world;
    heap->collector->background.name = "tarn-collect";
    heap->collector->background.turn =
        heap->config.collect == TARN_COLLECT_BACKGROUND ? background_turn : remind_turn;
}

static int start_services(struct tarn_heap *heap) {
    int error = tarn__service_start(&heap->reclaimer);
    if (error == 0 && heap->config.dispatch == TARN_DISPATCH_THREAD)
        error = tarn__service_start(&heap->finalizer);
    if (error == 0 && heap->config.collect == TARN_COLLECT_BACKGROUND)
        error = tarn__service_start(&heap->collector->background);
    return error;
}

static void stop_services(struct tarn_heap *heap) {
    tarn__service_stop(&heap->collector->background);
    tarn__service_stop(&heap->finalizer);
    tarn__service_stop(&heap->reclaimer);
}

static void release_pools(struct tarn_list_node *head) {
    struct tarn_list_node *next;
    for (struct tarn_list_node *n = head->next; n != head; n = next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, heap_node);
        next = n->next;
        tarn__weak_release_pool(pool);
        tarn__pool_discard(pool);
    }
}

/* Gives everything back; stages not reached are zero. */
static void release_heap(struct tarn_heap *heap, bool listed) {
    if (heap->collector)
        stop_services(heap);
    for (int kind = TARN_KIND_LEAF; kind < TARN_KINDS; kind++)
        release_pools(&heap->pools[kind]);
    tarn__types_release(heap);
    if (listed)
        tarn__world_unlist(&heap->world);
    tarn__world_fini(&heap->world);
    tarn__collector_release(heap->collector);
    tarn__os_release(heap, heap_bytes());
}

/* What cannot be understood is no flag. */
static unsigned debug_from_environment(void) {
    char text[16];
    if (!tarn__os_env("TARN_GC_DEBUG", text, sizeof text))
        return 0;
    return (unsigned)strtoul(text, NULL, 0);
}

tarn_heap *tarn_heap_create(const struct tarn_config *config) {
    static const struct tarn_config defaults;
    if (!config)
        config = &defaults;
    if (!config_is_sound(config)) {
        errno = EINVAL;
        return NULL;
    }
    int error = config->watchdog_signal ? tarn__os_late_prepare(config->watchdog_signal) : 0;
    if (error) {
        errno = -error;
        return NULL;
    }
    struct tarn_heap *heap = tarn__os_map(heap_bytes(), tarn__os_page_size());
    if (!heap) {
        errno = ENOMEM;
        return NULL;
    }
    heap->config = *config;
    init_locks(heap);
    init_world(heap);
    heap->collector = tarn__collector_make(heap);
    if (heap->collector) {
        const unsigned *t = config->threshold;
        tarn_gc_set_threshold(heap, t[0] | t[1] | t[2] ? t : default_threshold);
        tarn_gc_enable(heap);
        tarn_gc_set_debug(heap, debug_from_environment());
        init_services(heap);
    }
    bool listed = heap->collector && tarn__world_list(&heap->world);
    if (!listed || !tarn__weak_register_types(heap) || !tarn__contain_register_types(heap) ||
        start_services(heap) != 0) {
        release_heap(heap, listed);
        errno = ENOMEM;
        return NULL;
    }
    if (config->fatal)
        tarn__fatal_set_hook(config->fatal, config->arg);
    return heap;
}

/* Objects of a type in a pool that are not dead. */
static size_t count_live(struct tarn_pool *pool, const struct tarn_type *type) {
    size_t live = 0;
    unsigned carved = tarn__pool_carved(pool);
    for (unsigned i = 0; i < carved; i++) {
        struct tarn_object *o = tarn__pool_block(pool, i);
        /* relaxed: no thread is attached. */
        uint64_t word = tarn__load(&o->shared, relaxed);
        live +=
            (word & TARN__TYPE_MASK) && !(word & TARN__DEAD) && tarn__type_of_word(word) == type;
    }
    return live;
}

/* One line a type in the log; returns how many objects live. */
static ptrdiff_t report_live(struct tarn_heap *heap) {
    ptrdiff_t live = 0;
    for (struct tarn_type *t = heap->types; t; t = t->next) {
        size_t count = 0;
        struct tarn_list_node *head = &heap->pools[t->kind];
        for (struct tarn_list_node *n = head->next; n != head; n = n->next)
            count += count_live(TARN__CONTAINER_OF(n, struct tarn_pool, heap_node), t);
        if (count)
            tarn__heap_log(heap, TARN_LOG_WARNING,
                           "heap destroyed with %zu live object%s of type '%s'", count,
                           count == 1 ? "" : "s", t->name);
        live += (ptrdiff_t)count;
    }
    return live;
}

/* What died by counts and waits for a grace period is not live: with nobody
 * attached, the caller tears it down on a seat of this heap. A seat that it holds
 * in another heap blocks meanwhile. */
static void finish_dying(struct tarn_heap *heap) {
    struct tarn_seat *other = tarn__seat_held();
    bool ran = other && tarn__thread_is_running();
    if (ran)
        tarn__seat_block(other);
    struct tarn__tls saved = tarn__tls;
    tarn__thread_forget_seat();
    heap->config.drop_budget = heap->config.drop_budget_us = 0; /* nobody waits for it */
    if (tarn__seat_attach(&heap->world, true) == 0) {
        struct tarn_mutator *m = tarn__mutator(tarn__seat_self());
        tarn__collect_rest(heap, m);
        tarn__seat_detach(&m->seat);
    }
    if (other)
        tarn__seat_resume(other, saved);
    if (ran)
        tarn__seat_unblock(other);
}

ptrdiff_t tarn_heap_destroy(tarn_heap *heap) {
    if (!heap)
        return 0;
    tarn__lock_acquire(&heap->world.seats_lock);
    size_t attached = heap->world.attached;
    tarn__lock_release(&heap->world.seats_lock);
    struct tarn_seat *seat = tarn__seat_held();
    /* User code on a thread of the heap's own is attached too. */
    if (attached || (seat && seat->world == &heap->world))
        return -EBUSY;
    stop_services(heap);
    finish_dying(heap);
    ptrdiff_t live = report_live(heap);
    release_heap(heap, true);
    return live;
}

ptrdiff_t tarn_heap_trim(tarn_heap *heap) {
    struct tarn_seat *seat = tarn__seat_held();
    if (heap && seat && seat->world == &heap->world && tarn__thread_is_running())
        tarn__cache_trim(&seat->cache);
    return (ptrdiff_t)tarn__memory_trim();
}

int tarn_heap_limit(tarn_heap *heap, size_t soft, size_t hard) {
    if (hard && soft > hard)
        return -EINVAL;
    if (heap)
        tarn__heap_set_limits(heap, soft, hard);
    else
        tarn__policy_set_limits(soft, hard);
    return 0;
}

void tarn_memory_set_policy(const struct tarn_memory_policy *policy) {
    int delay = policy && policy->purge_delay_ms ? policy->purge_delay_ms : 1000;
    tarn__policy_set_purge_delay(delay);
    tarn__policy_set_huge_pages(policy && policy->huge_pages);
}

/* Sums what the seats count each for itself. */
static void add_seat(struct tarn_heap_stats *stats, struct tarn_mutator *m) {
    /* relaxed: figures, each read on its own. */
    stats->allocated += tarn__load(&m->allocated, relaxed);
    stats->freed += tarn__load(&m->freed, relaxed);
    stats->merged_mail += tarn__load(&m->merged_mail, relaxed);
    stats->retired += (size_t)tarn__load(&m->retired, relaxed);
    stats->retired_bytes += (size_t)tarn__load(&m->retired_bytes, relaxed);
}

void tarn_heap_get_stats(tarn_heap *heap, struct tarn_heap_stats *stats) {
    struct tarn_heap_stats s = {0};
    for (struct tarn_seat *seat = tarn__world_first(&heap->world); seat; seat = seat->next)
        add_seat(&s, tarn__mutator(seat));
    tarn__lock_acquire(&heap->world.seats_lock);
    s.seats = heap->world.seat_count;
    s.attached = heap->world.attached;
    tarn__lock_release(&heap->world.seats_lock);
    tarn__lock_acquire(&heap->pools_lock);
    s.pool_bytes = heap->pool_bytes;
    tarn__lock_release(&heap->pools_lock);
    tarn__memory_stats(&s.reserved_bytes, &s.committed_bytes);
    /* relaxed: figures, each read on its own. */
    s.freed_by_collector = tarn__load(&heap->freed_by_collector, relaxed);
    s.finalizers_run = tarn__load(&heap->finalizers_run, relaxed);
    s.callbacks_run = tarn__load(&heap->callbacks_run, relaxed);
    s.grace_periods = tarn__load(&heap->world.gp_done, relaxed) - 1;
    s.stops = tarn__load(&heap->world.stops, relaxed);
    *stats = s;
}

void tarn_heap_get_pauses(tarn_heap *heap, struct tarn_histogram *time_to_stop,
                          struct tarn_histogram *time_stopped) {
    tarn__pause_read(&heap->world, time_to_stop, time_stopped);
}
