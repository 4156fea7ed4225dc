/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * One collection from start to end.
 *
 * A thread takes the right to collect (`collecting`), stops the world, judges
 * the young or all containers, and starts the world again; freeing, finalizers
 * and callbacks happen with the world running. Finalizers among the condemned
 * cost a second stop (docs/memory-model.md [GC-4]).
 *
 * An exact collection first brings everything to rest that died by counts: mail
 * is merged in a stop, which is a grace period too, and torn down after it,
 * until a stop finds nothing more.
 *
 * Progress: a collection ends when its stops do. A thread that waits for the
 * right to collect counts as stopped. Nothing here asks for memory.
 */
#include <limits.h>

#include "base/check.h"
#include "collector/callbacks.h"
#include "collector/search.h"
#include "memory/arena.h"
#include "object/death.h"
#include "os/clock.h"
#include "os/futex.h"

/* Rounds an exact collection grants others' drops before it judges anyway, and what those
 * that it took over lead to, a grace period for each link. */
#define REST_ROUNDS_OTHERS 64
#define REST_ROUNDS 4096
/* So many times the threshold may be made while another thread collects; then those who
 * make more wait so long for it at each look. */
#define AHEAD_MAX 8
#define AHEAD_WAIT_NS 1000000u

bool tarn__collect_begin(struct tarn_collector *c, struct tarn_mutator *m, bool wait) {
    for (;;) {
        uint32_t holder = 0;
        /* acquire: pairs with the release in tarn__collect_end(). */
        if (tarn__cas(&c->collecting, &holder, m->seat.cache.id, acquire, relaxed))
            return true;
        if (!wait)
            return false;
        tarn__seat_block(&m->seat);
        /* seq_cst: store/load pair with tarn__collect_end(): it sees this, or the wait
         * sees the right given back. */
        tarn__fetch_add(&c->waiting, 1, seq_cst);
        tarn__futex_wait(&c->collecting.value, holder, 0);
        /* relaxed: the count need not be exact from above. */
        tarn__fetch_sub(&c->waiting, 1, relaxed);
        tarn__seat_unblock(&m->seat);
    }
}

void tarn__collect_end(struct tarn_collector *c) {
    /* seq_cst: store/load pair with tarn__collect_begin(); its release pairs with the
     * acquire there. */
    tarn__store(&c->collecting, 0, seq_cst);
    /* seq_cst: as above. */
    if (tarn__load(&c->waiting, seq_cst))
        tarn__futex_wake(&c->collecting.value, INT_MAX);
}

void tarn__collect_merge_mail(struct tarn_heap *heap, struct tarn_mutator *m) {
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__mail_drain(m, s);
}

/* Stops the world with everything that died by counts out of the way, as far as
 * other threads let it. */
static void stop_at_rest(struct tarn_heap *heap, struct tarn_mutator *m) {
    for (unsigned rounds = 0, others = 0;; rounds++) {
        bool own = m->seat.filling.head != NULL; /* what the last round left for this one */
        tarn__world_stop(&heap->world, &m->seat);
        tarn__collect_merge_mail(heap, m);
        bool more = tarn__retired_take_all(m);
        others += !own;
        if (!more || others > REST_ROUNDS_OTHERS || rounds == REST_ROUNDS)
            return;
        tarn__world_start(&heap->world, &m->seat);
        tarn__object_run_all_dying(m);
        if (heap->config.dispatch == TARN_DISPATCH_SAFEPOINT)
            tarn__pending_run(m);
    }
}

/* Every seat's list of pools with young objects is emptied; the pools of the
 * generation enter the set. */
static void add_young_pools(struct tarn_judgement *j) {
    for (struct tarn_seat *s = tarn__world_first(&j->heap->world); s; s = s->next) {
        struct tarn_mutator *m = tarn__mutator(s);
        for (struct tarn_pool *p = m->young_pools; p; p = p->young_next) {
            struct tarn_gc_slot *slot = p->gc;
            p->has_young = false;
            if (!p->frozen && !slot->in_set)
                tarn__judge_add_pool(j, p);
        }
        m->young_pools = NULL;
    }
}

/* From generation 1 on: the pools where earlier collections left objects of that age. */
static void add_middle_pools(struct tarn_judgement *j) {
    struct tarn_collector *c = j->heap->collector;
    struct tarn_gc_slot *next;
    struct tarn_gc_slot *slot = c->middle;
    c->middle = NULL;
    for (; slot; slot = next) {
        next = slot->next_middle;
        slot->is_middle = false;
        if (!slot->pool->frozen && !slot->in_set && tarn__pool_used(slot->pool) > 0)
            tarn__judge_add_pool(j, slot->pool);
    }
}

/* Generation 2: every pool that is not frozen and was not added yet. */
static void add_all_pools(struct tarn_judgement *j) {
    struct tarn_list_node *head = &j->heap->pools[TARN_KIND_CONTAINER];
    for (struct tarn_list_node *n = head->next; n != head; n = n->next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, heap_node);
        struct tarn_gc_slot *slot = pool->gc;
        if (!pool->frozen && !slot->in_set && tarn__pool_used(pool) > 0)
            tarn__judge_add_pool(j, pool);
    }
}

void tarn__collect_rest(struct tarn_heap *heap, struct tarn_mutator *m) {
    stop_at_rest(heap, m);
    tarn__world_start(&heap->world, &m->seat);
    tarn__object_run_dying(m);
}

static struct tarn_judgement begin_judgement(struct tarn_heap *heap) {
    return (struct tarn_judgement){.heap = heap};
}

/* Runs what the convicts want run, then judges them again, until none wants
 * more. Where user code runs elsewhere, that thread settles them. */
static uint64_t settle(struct tarn_collector *c, struct tarn_mutator *m) {
    struct tarn_heap *heap = c->heap;
    if (heap->config.dispatch != TARN_DISPATCH_SAFEPOINT)
        return 0;
    tarn__pending_run(m);
    uint64_t freed = tarn__collect_settle(c, m);
    /* release: pairs with the acquire in others_only(). */
    tarn__store(&heap->round_reserved, 0, release);
    return freed;
}

/* World stopped: ephemerons that are held, and whose keys are condemned. Values that
 * died with them are forgotten; where user code stands before death, the second
 * judgement needs to see the ephemerons again. */
static void settle_ephemerons(struct tarn_collector *c, struct tarn_judgement *j, bool dead) {
    struct tarn_object *e;
    while ((e = tarn__ephemeron_take_any(&j->waiting)) != NULL) {
        if (dead)
            tarn__ephemeron_cut(e);
        else
            tarn__ephemeron_keep(&c->kept, e);
    }
}

static void release_kept(struct tarn_collector *c, struct tarn_mutator *m) {
    struct tarn_object *e;
    while ((e = tarn__ephemeron_unkeep(&c->kept)) != NULL)
        tarn__object_drop(m, e);
    tarn__object_run_dying(m);
}

uint64_t tarn__collect_settle(struct tarn_collector *c, struct tarn_mutator *m) {
    struct tarn_heap *heap = c->heap;
    unsigned age = (unsigned)c->convict_generation + 1;
    for (;;) {
        if (!c->convicts) {
            release_kept(c, m);
            c->awaiting_user_code = false;
            return 0;
        }
        tarn__world_stop(&heap->world, &m->seat);
        tarn__collect_merge_mail(heap, m);
        struct tarn_judgement j = begin_judgement(heap);
        tarn__judge_add_convicts(&j, c);
        tarn__judge_add_kept(&j, c->kept);
        tarn__judge(&j);
        tarn__convicts_unlist(c);
        tarn__convict(c, &j, age < TARN_GENERATIONS ? age : TARN_GENERATIONS - 1, NULL);
        bool dead = tarn__convicts_kill(c, false);
        settle_ephemerons(c, &j, dead);
        if (!dead)
            tarn__convicts_pend(c);
        tarn__world_start(&heap->world, &m->seat);
        tarn__object_run_dying(m);
        if (dead) {
            release_kept(c, m);
            c->awaiting_user_code = false;
            return tarn__convicts_free(c, m);
        }
        if (heap->config.dispatch != TARN_DISPATCH_SAFEPOINT)
            return 0;
        tarn__pending_run(m);
    }
}

struct tarn_sentence tarn__collect_judge(struct tarn_collector *c, struct tarn_mutator *m,
                                         struct tarn_judgement *j, int generation,
                                         uint64_t *survivors) {
    struct tarn_heap *heap = c->heap;
    int last = TARN_GENERATIONS - 1;
    unsigned age = generation == TARN_GC_ANY_AGE
                       ? TARN_GC_SAME_AGE
                       : (unsigned)(generation < last ? generation + 1 : last);
    tarn__judge(j);
    struct tarn_sentence sentence = {.saved = tarn__garbage_save(c, j)};
    sentence.condemned = tarn__convict(c, j, age, survivors);
    sentence.dead = sentence.condemned == 0 || tarn__convicts_kill(c, c->awaiting_user_code);
    settle_ephemerons(c, j, sentence.dead);
    c->convict_generation = generation == TARN_GC_ANY_AGE ? last : generation;
    if (sentence.dead)
        return sentence;
    tarn__convicts_pend(c);
    c->awaiting_user_code = true;
    if (heap->config.dispatch == TARN_DISPATCH_SAFEPOINT)
        /* relaxed: the world is stopped; starting it publishes this. */
        tarn__store(&heap->round_reserved, m->seat.cache.id, relaxed);
    return sentence;
}

uint64_t tarn__collect_execute(struct tarn_collector *c, struct tarn_mutator *m,
                               struct tarn_sentence sentence) {
    tarn__object_run_dying(m);
    if (!sentence.condemned)
        return 0;
    return sentence.dead ? tarn__convicts_free(c, m) : settle(c, m);
}

/* The part with the world stopped, and what follows from it. */
static void run(struct tarn_collector *c, struct tarn_mutator *m, int generation, bool exact,
                bool search, struct tarn_gc_info *info) {
    struct tarn_heap *heap = c->heap;
    uint64_t survivors = 0;
    if (generation == TARN_GENERATIONS - 1)
        tarn__search_cancel(c);
    if (exact) {
        stop_at_rest(heap, m);
    } else {
        tarn__world_stop(&heap->world, &m->seat);
        tarn__collect_merge_mail(heap, m);
    }
    uint64_t stopped = tarn__clock_ns();
    info->time_to_stop_ns = heap->world.stop_reached_ns - heap->world.stop_begun_ns;
    /* relaxed: a hint, raised again by the next batch that is over. */
    tarn__store(&heap->due, 0, relaxed);
    struct tarn_judgement j = begin_judgement(heap);
    j.generation = (unsigned)generation;
    if (generation > 0)
        add_middle_pools(&j);
    add_young_pools(&j);
    if (generation > 1)
        add_all_pools(&j);
    struct tarn_sentence sentence = tarn__collect_judge(c, m, &j, generation, &survivors);
    tarn__generation_collected(c, generation, survivors);
    if (generation == TARN_GENERATIONS - 1) {
        tarn__candidates_forget(c);
        tarn__gc_release_empty_pools(heap);
    }
    if (search)
        tarn__search_begin(c, m);
    info->examined = j.examined;
    info->uncollectable = sentence.saved;
    info->stopped_ns = tarn__clock_ns() - stopped;
    tarn__world_start(&heap->world, &m->seat);
    info->collected = tarn__collect_execute(c, m, sentence);
}

/* A young collection that looks at nothing: its objects are the oldest generation's. */
static void pass_over(struct tarn_collector *c, struct tarn_mutator *m, int generation,
                      struct tarn_gc_info *info) {
    struct tarn_heap *heap = c->heap;
    tarn__world_stop(&heap->world, &m->seat);
    tarn__collect_merge_mail(heap, m);
    info->time_to_stop_ns = heap->world.stop_reached_ns - heap->world.stop_begun_ns;
    /* relaxed: as in run(). */
    tarn__store(&heap->due, 0, relaxed);
    c->long_lived_pending += tarn__pace_pass_over(c);
    tarn__generation_collected(c, generation, 0);
    info->stopped_ns = tarn__clock_ns() - heap->world.stop_reached_ns;
    tarn__world_start(&heap->world, &m->seat);
    tarn__object_run_dying(m);
}

/* After a full collection: what it emptied is given back. A heap with limits does so
 * at once, in a stop of its own; any other with its next full collection. */
static void give_memory_back(struct tarn_heap *heap, struct tarn_mutator *m) {
    if (tarn__heap_has_limits(heap)) {
        tarn__world_stop(&heap->world, &m->seat);
        tarn__gc_release_empty_pools(heap);
        tarn__heap_relieved(heap);
        tarn__world_start(&heap->world, &m->seat);
    }
    tarn__heap_weigh_anew(heap);
    heap->collector->population = tarn__generation_population(heap);
    tarn__arenas_purge_due();
}

/* `search`: one begins in the collection's stop. */
static ptrdiff_t collect(struct tarn_heap *heap, struct tarn_mutator *m, int generation, bool exact,
                         bool search) {
    struct tarn_collector *c = heap->collector;
    struct tarn_gc_info info = {.generation = generation};
    uint64_t begun = tarn__clock_ns();
    bool paced = generation < TARN_GENERATIONS - 1 && c->reason == TARN_REASON_THRESHOLD;
    bool passes = paced && !search && tarn__pace_passes_over(c);
    tarn__callbacks_call(c, m, TARN_GC_START, &info);
    /* Convicts whose user code has run elsewhere end first; others stay, and
     * this collection's join them. */
    uint64_t earlier =
        c->awaiting_user_code && !tarn__pending_waits(heap) ? tarn__collect_settle(c, m) : 0;
    if (passes)
        pass_over(c, m, generation, &info);
    else
        run(c, m, generation, exact, search, &info);
    if (paced)
        tarn__pace_note(c, &info, passes, begun);
    if (generation == TARN_GENERATIONS - 1)
        tarn__pace_note_full(c, &info);
    tarn__candidates_judge(c, m, &info);
    if (heap->config.dispatch == TARN_DISPATCH_SAFEPOINT)
        tarn__pending_run(m); /* callbacks of the dead, and what else waits */
    if (generation == TARN_GENERATIONS - 1)
        give_memory_back(heap, m);
    info.collected += earlier;
    info.time_ns = tarn__clock_ns() - begun;
    tarn__callbacks_record(c, &info);
    tarn__callbacks_call(c, m, TARN_GC_STOP, &info);
    return (ptrdiff_t)info.collected;
}

ptrdiff_t tarn__collect(struct tarn_heap *heap, struct tarn_mutator *m, int generation,
                        bool exact) {
    return collect(heap, m, generation, exact, false);
}

/* --- what the layers below call --- */

void tarn__collect_search(struct tarn_heap *heap, struct tarn_mutator *m) {
    collect(heap, m, TARN_GENERATIONS - 2, false, true);
}

static void collect_or_search(struct tarn_heap *heap, struct tarn_mutator *m, int generation) {
    struct tarn_collector *c = heap->collector;
    bool search = c->reason != TARN_REASON_DEBUG && tarn__search_suits(c);
    if (generation == TARN_GENERATIONS - 1)
        /* relaxed: a request that comes now waits for the next. */
        tarn__fetch_and(&heap->pressed, ~(uint32_t)TARN_PRESSED_REQUEST, relaxed);
    if (generation == TARN_GENERATIONS - 1 && search)
        tarn__collect_search(heap, m);
    else
        collect(heap, m, generation, false, false);
}

/* The caller looks again at its next safepoint. */
static void come_again(struct tarn_heap *heap, struct tarn_mutator *m) {
    /* relaxed: a hint. */
    tarn__store(&heap->due, 1, relaxed);
    tarn__seat_call(&m->seat);
}

void tarn__collect_look_again(struct tarn_heap *heap) {
    /* relaxed: a hint. */
    tarn__store(&heap->due, 1, relaxed);
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__seat_call(s);
}

/* The thread that collects does not keep up, because it waits for a processor perhaps:
 * this one waits for it a little, so that garbage outstanding is bounded. Not to its end:
 * it may be running a finalizer that waits for this one. */
static void fall_back(struct tarn_collector *c, struct tarn_mutator *m) {
    /* relaxed: looks; the wait ends by itself. */
    uint32_t holder = tarn__load(&c->collecting, relaxed);
    int64_t max = tarn__load(&c->heap->young_max, relaxed);
    if (!holder || max == 0 || tarn__load(&c->heap->young, relaxed) <= AHEAD_MAX * max)
        return;
    tarn__seat_block(&m->seat);
    tarn__futex_wait(&c->collecting.value, holder, AHEAD_WAIT_NS);
    tarn__seat_unblock(&m->seat);
}

/* Whether a request waits that came in the course of a search that is over. */
static bool is_asked(struct tarn_heap *heap) {
    /* relaxed: looks; who asks calls the threads afterwards. */
    return !tarn__load(&heap->searched, relaxed) &&
           (tarn__load(&heap->pressed, relaxed) & TARN_PRESSED_REQUEST) &&
           tarn__load(&heap->collector->enabled, relaxed);
}

/* A search that nobody goes on with is thought of by the heap's own thread; where that
 * collects itself, it is its next turn. */
static void remind(struct tarn_heap *heap) {
    struct tarn_collector *c = heap->collector;
    /* relaxed: a look. */
    if (heap->config.collect == TARN_COLLECT_INLINE && !c->search_work &&
        tarn__load(&heap->searched, relaxed))
        tarn__service_kick(&c->background);
}

/* At a safepoint of the thread that found it due, or on the heap's own. */
void tarn__collect_if_due(struct tarn_heap *heap, struct tarn_mutator *m) {
    struct tarn_collector *c = heap->collector;
    if (!tarn__collect_begin(c, m, false)) {
        fall_back(c, m);
        remind(heap); /* the holder may not be taking a step */
        return;
    }
    int generation = tarn__generation_due(c);
    if (generation < 0)
        /* relaxed: a hint. */
        tarn__store(&heap->due, 0, relaxed);
    else
        collect_or_search(heap, m, generation);
    bool again = tarn__search_step(c, m);
    tarn__collect_end(c);
    if (again || is_asked(heap))
        come_again(heap, m);
    else
        remind(heap);
}

bool tarn__collect_goes_on(struct tarn_heap *heap) {
    /* relaxed: a look, and another one later. */
    return tarn__load(&heap->searched, relaxed) || is_asked(heap);
}

/* Whoever is not exempt and polls first collects. */
static void leave_to_others(struct tarn_heap *heap) {
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        /* relaxed: a setting; who sees it late collects once, or passes it on. */
        if (!tarn__load(&tarn__mutator(s)->exempt, relaxed))
            tarn__seat_call(s);
}

static void collect_due(struct tarn_heap *heap, struct tarn_seat *seat) {
    if (heap->config.collect == TARN_COLLECT_BACKGROUND) {
        tarn__service_kick(&heap->collector->background);
        return;
    }
    /* relaxed: a setting of this thread's own. */
    if (tarn__load(&tarn__mutator(seat)->exempt, relaxed)) {
        leave_to_others(heap);
        return;
    }
    tarn__collect_if_due(heap, tarn__mutator(seat));
    /* relaxed: a setting. */
    if (tarn__load(&heap->collector->debug, relaxed) & TARN_GC_DEBUG_EVERY_SAFEPOINT)
        tarn__collect_look_again(heap);
}

/* A round of user code ended: convicts that waited for it are judged again. */
static void pending_done(struct tarn_heap *heap, struct tarn_seat *seat) {
    struct tarn_collector *c = heap->collector;
    struct tarn_mutator *m = tarn__mutator(seat);
    if (heap->config.dispatch == TARN_DISPATCH_SAFEPOINT || !tarn__collect_begin(c, m, false))
        return;
    if (c->awaiting_user_code && !tarn__pending_waits(heap))
        tarn__collect_settle(c, m);
    tarn__collect_end(c);
}

/* A thread leaves for good, perhaps from inside a finalizer that a collection of
 * its own ran: what it held is let go, and its convicts wait for others. */
static void seat_left(struct tarn_heap *heap, struct tarn_seat *seat) {
    struct tarn_collector *c = heap->collector;
    /* relaxed: only this thread enters or removes its own number. */
    if (tarn__load(&c->collecting, relaxed) != seat->cache.id)
        return;
    /* release: pairs with the acquire in others_only(). */
    tarn__store(&heap->round_reserved, 0, release);
    tarn__collect_end(c);
}

static void fork_prepare(struct tarn_heap *heap) {
    tarn__lock_acquire_for_fork(&heap->collector->callbacks_lock);
}

/* The child: a thread that was collecting stood at one of its stops, before it
 * judged or between two judgements; its convicts, if it had any, wait. */
static void fork_done(struct tarn_heap *heap, bool child) {
    struct tarn_collector *c = heap->collector;
    struct tarn_seat *self = tarn__seat_held();
    tarn__lock_release(&c->callbacks_lock);
    if (!child)
        return;
    tarn__service_forget(&c->background);
    tarn__collect_look_again(heap); /* of a search, nobody else reminds the child's thread */
    /* relaxed: the child of a fork has one thread. */
    uint32_t holder = tarn__load(&c->collecting, relaxed);
    if (!holder || (self && self->world == &heap->world && self->cache.id == holder))
        return;
    c->awaiting_user_code = c->convicts != NULL;
    tarn__store(&heap->round_reserved, 0, relaxed);
    tarn__store(&c->collecting, 0, relaxed);
}

const struct tarn_heap_hooks tarn__collector_hooks = {
    .convict_died = tarn__convict_died,
    .fork_prepare = fork_prepare,
    .fork_done = fork_done,
    .seat_left = seat_left,
    .pool_added = tarn__gc_pool_added,
    .collect_due = collect_due,
    .pending_done = pending_done,
};
