/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * An automatic full collection in steps (docs/design/collector.md [SUS-1] to [SUS-6]).
 *
 * It begins in the stop of a collection of generation 1, which is the grace period after
 * which every container that dies waits for one. Its steps follow the collections of the
 * younger generations, on whatever thread runs those, or come at safepoints of threads
 * that are reminded of it; or, with a rest after each, on the heap's own thread. A step
 * ends with its time, and early where a stop or a grace period waits for its thread.
 * Suspects are judged by slices, a stop each.
 *
 * Progress: each step does some work; nothing waits but the stops.
 */
#include "collector/search.h"

#include "collector/callbacks.h"
#include "object/death.h"
#include "os/clock.h"

/* Fewer containers than these are judged in one stop: it is as short as a slice. */
#define SEARCH_MIN 8192u
/* Objects traced between two looks at the clock. */
#define LOOK_EVERY 256
#define STEP_MIN_NS 20000u
#define STEP_MAX_NS 300000u
#define STEP_BEHIND_MAX_NS 900000u
/* Suspects that a first slice may have; the next ones are what the last one's time says. */
#define SLICE_FIRST 2048u
#define SLICE_MIN 64u
#define SLICE_MAX (1u << 20)
/* A group of more than such a part of all suspects is found by going through all. */
#define IN_ORDER_SHARE 4u
/* Pools looked through for empty ones in one stop. */
#define RELEASE_AT_ONCE 512u
/* Share of time, in percent, of a search that falls behind the heap's growth. */
#define SHARE_BEHIND 50u

static uint64_t pause_ns(const struct tarn_heap *heap) {
    return (heap->config.pause_us ? heap->config.pause_us : 500) * UINT64_C(1000);
}

bool tarn__search_suits(const struct tarn_collector *c) {
    /* relaxed: a hint. */
    bool pressed = tarn__load(&c->heap->pressed, relaxed) & TARN_PRESSED_LIMIT;
    tarn__lock_acquire(&c->heap->pools_lock);
    uint32_t slots = c->chunk_count * TARN_GC_CHUNK_SLOTS;
    tarn__lock_release(&c->heap->pools_lock);
    return !pressed && c->long_lived_total + c->long_lived_pending >= SEARCH_MIN &&
           slots <= TARN_SLOTS_SEARCHED_MAX;
}

void tarn__search_begin(struct tarn_collector *c, struct tarn_mutator *m) {
    struct tarn_heap *heap = c->heap;
    struct tarn_list_node *head = &heap->pools[TARN_KIND_CONTAINER];
    TARN_ASSERT(m->seat.holds_world && c->search.stage == TARN_SEARCH_NONE);
    (void)m;
    c->search = (struct tarn_search){
        .collector = c,
        .stage = TARN_SEARCH_COUNT,
        .next_pool = head->next != head ? head->next : NULL,
        .last_pool = head->prev,
        .ephemerons = TARN_MEMBER_NONE,
        .waiting = TARN_MEMBER_NONE,
        .slice_max = c->search_work ? 1 : SLICE_FIRST,
        .begun_ns = tarn__clock_ns(),
        .reason = c->reason,
        .info = {.generation = TARN_GENERATIONS - 1},
    };
    c->leaf_pools_stayed = true;
    /* relaxed: the world is stopped; starting it publishes this. */
    tarn__store(&heap->searched, 1, relaxed);
    tarn__store(&c->count[TARN_GENERATIONS - 1], 0, relaxed);
    c->long_lived_pending = 0;
    c->population = tarn__generation_population(heap);
}

/* --- ending --- */

static void clear_slot(struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        slot->suspect[w] = slot->frontier[w] = 0;
    slot->is_searched = slot->is_frontier = false;
}

static void end(struct tarn_collector *c) {
    c->search.stage = TARN_SEARCH_NONE;
    /* relaxed: who sees it late only waits for a grace period more. */
    tarn__store(&c->heap->searched, 0, relaxed);
}

void tarn__search_cancel(struct tarn_collector *c) {
    struct tarn_gc_slot *next;
    if (c->search.stage == TARN_SEARCH_NONE)
        return;
    for (struct tarn_gc_slot *slot = c->search.slots; slot; slot = next) {
        next = slot->next_searched;
        clear_slot(slot);
    }
    c->search.slots = NULL;
    end(c);
}

static void report(struct tarn_collector *c, struct tarn_mutator *m) {
    struct tarn_search *s = &c->search;
    struct tarn_gc_info info = s->info;
    info.examined = s->members;
    info.time_ns = tarn__clock_ns() - s->begun_ns;
    c->long_lived_total = s->members > info.collected ? s->members - info.collected : 0;
    c->population -= info.collected < c->population ? info.collected : c->population;
    end(c);
    tarn__pace_note_full(c, &info);
    tarn__heap_weigh_anew(c->heap);
    c->reason = s->reason;
    tarn__callbacks_record(c, &info);
    tarn__callbacks_call(c, m, TARN_GC_STOP, &info);
}

/* --- what needs a stop --- */

static void stop(struct tarn_search *s, struct tarn_mutator *m) {
    struct tarn_world *world = &s->collector->heap->world;
    tarn__world_stop(world, &m->seat);
    s->info.time_to_stop_ns += world->stop_reached_ns - world->stop_begun_ns;
}

static void start(struct tarn_search *s, struct tarn_mutator *m, uint64_t stopped) {
    s->info.stopped_ns += tarn__clock_ns() - stopped;
    tarn__world_start(&s->collector->heap->world, &m->seat);
}

/* So many suspects are judged in the time that a stop may take, going by the last one. */
static void adapt_slice(struct tarn_search *s, uint64_t ns) {
    uint64_t aim = pause_ns(s->collector->heap) / 4 * 3;
    uint64_t max = ns ? s->slice_count * aim / ns : SLICE_MAX;
    if (max > 2 * (uint64_t)s->slice_max)
        max = 2 * (uint64_t)s->slice_max;
    s->slice_max = max < SLICE_MIN ? SLICE_MIN : max > SLICE_MAX ? SLICE_MAX : (uint32_t)max;
}

static void judge_slice(struct tarn_search *s, struct tarn_mutator *m) {
    struct tarn_judgement j = {.heap = s->collector->heap};
    bool oversize = s->slice_count > s->slice_max;
    bool in_order = oversize && s->slice_count > s->info.suspects / IN_ORDER_SHARE;
    stop(s, m);
    uint64_t stopped = tarn__clock_ns();
    if (in_order)
        tarn__search_add_group(s, &j);
    else
        tarn__search_add_slice(s, &j);
    struct tarn_sentence sentence =
        tarn__collect_judge(s->collector, m, &j, TARN_GENERATIONS - 1, NULL);
    uint64_t ns = tarn__clock_ns() - stopped;
    if (!oversize && !s->collector->search_work)
        adapt_slice(s, ns);
    s->slice_count = 0;
    s->info.slices++;
    s->info.oversize += oversize;
    s->info.uncollectable += sentence.saved;
    start(s, m, stopped);
    s->info.collected += tarn__collect_execute(s->collector, m, sentence);
}

/* Empty pools go, some in each stop, containers' first; true: all have been looked at. */
static bool release_pools(struct tarn_search *s, struct tarn_mutator *m) {
    struct tarn_heap *heap = s->collector->heap;
    struct tarn_list_node *leaves = &heap->pools[TARN_KIND_LEAF];
    stop(s, m);
    uint64_t stopped = tarn__clock_ns();
    unsigned n = 0;
    for (; n < RELEASE_AT_ONCE && s->slots; n++) {
        struct tarn_gc_slot *slot = s->slots;
        s->slots = slot->next_searched;
        clear_slot(slot);
        tarn__gc_release_if_empty(heap, slot->pool);
    }
    if (!s->next_pool)
        s->next_pool = leaves->next;
    for (; n < RELEASE_AT_ONCE && s->next_pool != leaves; n++) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(s->next_pool, struct tarn_pool, heap_node);
        s->next_pool = s->next_pool->next;
        tarn__gc_release_leaf_if_empty(heap, pool);
    }
    bool done = !s->slots && s->next_pool == leaves;
    if (done)
        s->collector->leaf_pools_stayed = false;
    start(s, m, stopped);
    return done;
}

/* --- steps --- */

/* Some of the stage's work; true: it is through. */
static bool work(struct tarn_search *s) {
    switch (s->stage) {
    case TARN_SEARCH_COUNT:
        return tarn__search_count(s);
    case TARN_SEARCH_SUBTRACT:
        return tarn__search_subtract(s);
    case TARN_SEARCH_SEED:
        return tarn__search_seed(s);
    case TARN_SEARCH_HOLD:
        return tarn__search_hold(s);
    case TARN_SEARCH_PREPARE:
        return tarn__search_prepare(s);
    case TARN_SEARCH_UNITE:
        return tarn__search_unite(s);
    default:
        return tarn__search_flatten(s);
    }
}

/* Whether a stop waits for this thread. (A grace period can wait for a step's end.) */
static bool is_wanted(const struct tarn_mutator *m) {
    /* relaxed: a hint; the safepoint looks again. */
    return tarn__load(&m->seat.cache.head.state, relaxed) & TARN__SEAT_STOP;
}

/* Works on the stages before the judgement until `until`; or, the world running, until it
 * turns out that a stop is needed. */
static void work_until(struct tarn_search *s, struct tarn_mutator *m, uint64_t until) {
    unsigned fixed = s->collector->search_work;
    do {
        s->left = fixed ? (int)fixed : LOOK_EVERY;
        if (work(s)) {
            s->stage++;
            tarn__search_rewind(s);
        }
        if (s->stops && !m->seat.holds_world)
            break;
    } while (!fixed && s->stage < TARN_SEARCH_JUDGE && !is_wanted(m) && tarn__clock_ns() < until);
}

static void step_running(struct tarn_search *s, struct tarn_mutator *m, uint64_t until) {
    uint64_t begun = tarn__clock_ns();
    work_until(s, m, until);
    s->info.concurrent_ns += tarn__clock_ns() - begun;
}

static void step_stopped(struct tarn_search *s, struct tarn_mutator *m, uint64_t until) {
    stop(s, m);
    uint64_t stopped = tarn__clock_ns();
    uint64_t most = stopped + pause_ns(s->collector->heap) / 4 * 3;
    work_until(s, m, until < most ? until : most);
    start(s, m, stopped);
}

/* Judges slices until `until`, one at least. */
static void step_judging(struct tarn_search *s, struct tarn_mutator *m, uint64_t until) {
    do {
        uint64_t begun = tarn__clock_ns();
        s->left = LOOK_EVERY;
        bool complete = tarn__search_slice(s);
        s->info.concurrent_ns += tarn__clock_ns() - begun;
        if (complete && s->slice_count) {
            judge_slice(s, m);
        } else if (complete) {
            s->stage++;
            return;
        }
    } while (!s->collector->search_work && !is_wanted(m) && tarn__clock_ns() < until);
}

static void step(struct tarn_search *s, struct tarn_mutator *m, uint64_t until) {
    if (s->stage < TARN_SEARCH_JUDGE && s->stops)
        step_stopped(s, m, until);
    else if (s->stage < TARN_SEARCH_JUDGE)
        step_running(s, m, until);
    else if (s->stage == TARN_SEARCH_JUDGE)
        step_judging(s, m, until);
    else if (release_pools(s, m))
        report(s->collector, m);
}

/* How a search keeps up with the heap's growth. */
enum pace { EVEN, BEHIND, OUTRUN };

/* Containers: behind, when too much has grown old since the search began [PACE-4]. Weight: behind,
 * and outrun, when it has grown by a quarter, and a half, of the limit that makes one due. */
static enum pace pace_of(const struct tarn_collector *c) {
    struct tarn_weight weight = tarn__heap_weight(c->heap);
    size_t gained = weight.now > c->search.weight ? weight.now - c->search.weight : 0;
    if (gained > weight.limit / 2)
        return OUTRUN;
    return tarn__pace_is_behind(c) || gained > weight.limit / 4 ? BEHIND : EVEN;
}

/* How long a step may take that begins now: a share of the time since the last one, all of
 * it if the heap outruns the search. 0: it is too early for one. */
static uint64_t step_ns(const struct tarn_collector *c, uint64_t now, enum pace pace) {
    if (c->search_work)
        return 1;
    uint64_t most = pace == EVEN ? STEP_MAX_NS : STEP_BEHIND_MAX_NS;
    uint64_t share = c->heap->config.collect_share ? c->heap->config.collect_share : 10;
    if (pace == BEHIND && share < SHARE_BEHIND)
        share = SHARE_BEHIND;
    if (pace == OUTRUN || share == 100)
        return most;
    uint64_t ns = (now - c->search.last_ns) * share / (100 - share);
    return ns < STEP_MIN_NS ? 0 : ns > most ? most : ns;
}

bool tarn__search_step(struct tarn_collector *c, struct tarn_mutator *m) {
    struct tarn_search *s = &c->search;
    uint64_t now = tarn__clock_ns();
    if (s->stage == TARN_SEARCH_NONE)
        return false;
    if (!s->last_ns) {
        s->last_ns = now - STEP_MAX_NS;
        s->weight = tarn__heap_weight(c->heap).now;
        tarn__callbacks_call(c, m, TARN_GC_START, &s->info);
    }
    enum pace pace = pace_of(c);
    uint64_t ns = step_ns(c, now, pace);
    if (ns) {
        step(s, m, now + ns);
        s->last_ns = tarn__clock_ns();
    }
    return s->stage != TARN_SEARCH_NONE && pace != EVEN;
}
