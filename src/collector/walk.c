/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Walks: which containers there are, who refers to an object, what it refers to.
 *
 * What a walk finds it finds in one stop, so that it is the heap of one instant, and
 * keeps by references of its own; the caller's function then sees each with the world
 * running, and may do what any code may. The stop costs some nanoseconds a container,
 * and the list a pointer for each: this is for tools and for tests, not for a pause
 * that a server could not bear.
 *
 * Dead objects and convicts are in no walk: nobody may hold them again.
 */
#include "collector/walk.h"

#include <errno.h>

#include "base/bits.h"
#include "collector/collector.h"
#include "object/death.h"
#include "object/trace.h"

struct found {
    struct tarn_object **item;
    size_t count;
    size_t room;
    bool failed; /* no memory */
};

static bool make_room(struct found *f) {
    size_t room = f->room ? f->room * 2 : 64;
    struct tarn_object **item = tarn_realloc(f->item, room * sizeof *item);
    f->failed |= !item;
    if (!item)
        return false;
    f->item = item;
    f->room = room;
    return true;
}

/* World stopped: one more, with a reference. */
static void keep(struct found *f, struct tarn_object *o) {
    if (f->failed || (f->count == f->room && !make_room(f)))
        return;
    tarn__count_foreign_incref(o);
    f->item[f->count++] = o;
}

static bool is_visible(const struct tarn_object *o) {
    /* relaxed: the world is stopped. */
    uint64_t shared = tarn__load(&o->shared, relaxed);
    return (shared & TARN__TYPE_MASK) && !(shared & TARN__DEAD) &&
           !(tarn__load(&o->bias, relaxed) & TARN__BIAS_CONVICT);
}

/* Whether the caller must stop the world itself. */
static bool stop_if_running(struct tarn_mutator *m) {
    return !m->seat.holds_world && tarn__world_stop(m->seat.world, &m->seat) == 0;
}

static void start_if(struct tarn_mutator *m, bool stopped) {
    if (stopped)
        tarn__world_start(m->seat.world, &m->seat);
}

static void let_go(struct tarn_mutator *m, struct found *f) {
    for (size_t i = 0; i < f->count; i++)
        tarn__object_drop(m, f->item[i]);
    tarn__object_run_dying(m);
    tarn_free(f->item);
}

/* The world runs as the caller had it: shows what was found. */
static ptrdiff_t show(struct tarn_mutator *m, struct found *f, tarn_walker visit, void *arg) {
    ptrdiff_t seen = f->failed ? -ENOMEM : 0;
    for (size_t i = 0; seen >= 0 && i < f->count; i++) {
        seen++;
        if (!visit(f->item[i], arg))
            break;
    }
    let_go(m, f);
    return seen;
}

/* --- walks --- */

static void look_through(struct tarn_heap *heap, void (*look)(struct tarn_object *o, void *arg),
                         void *arg, int generation) {
    struct tarn_list_node *head = &heap->pools[TARN_KIND_CONTAINER];
    for (struct tarn_list_node *n = head->next; n != head; n = n->next) {
        struct tarn_pool *pool = TARN__CONTAINER_OF(n, struct tarn_pool, heap_node);
        unsigned carved = tarn__pool_carved(pool);
        if (generation != TARN_GENERATION_ANY &&
            pool->frozen != (generation == TARN_GENERATION_FROZEN))
            continue;
        for (unsigned i = 0; i < carved; i++) {
            struct tarn_object *o = tarn__pool_block(pool, i);
            if (is_visible(o))
                look(o, arg);
        }
    }
}

struct by_generation {
    struct found *found;
    int generation;
};

static void keep_generation(struct tarn_object *o, void *arg) {
    struct by_generation *by = arg;
    /* relaxed: the world is stopped. */
    int age = (int)tarn__object_age(tarn__load(&o->bias, relaxed));
    if (by->generation == TARN_GENERATION_ANY || by->generation == TARN_GENERATION_FROZEN ||
        by->generation == age)
        keep(by->found, o);
}

ptrdiff_t tarn__walk(struct tarn_mutator *m, int generation, tarn_walker visit, void *arg) {
    struct found found = {0};
    bool stopped = stop_if_running(m);
    look_through(tarn__seat_heap(&m->seat), keep_generation,
                 &(struct by_generation){&found, generation}, generation);
    start_if(m, stopped);
    return show(m, &found, visit, arg);
}

struct reference_search {
    struct found *found;
    struct tarn_object *target;
    bool hit;
};

static void compare(struct tarn_object *reference, void *arg) {
    struct reference_search *search = arg;
    search->hit |= reference == search->target;
}

static void keep_referrer(struct tarn_object *o, void *arg) {
    struct reference_search *search = arg;
    search->hit = false;
    tarn__trace(tarn__type_of(o), o, compare, search);
    if (search->hit)
        keep(search->found, o);
}

ptrdiff_t tarn__walk_referrers(struct tarn_mutator *m, struct tarn_object *target,
                               tarn_walker visit, void *arg) {
    struct found found = {0};
    struct reference_search search = {&found, target, false};
    bool stopped = stop_if_running(m);
    look_through(tarn__seat_heap(&m->seat), keep_referrer, &search, TARN_GENERATION_ANY);
    start_if(m, stopped);
    return show(m, &found, visit, arg);
}

static void keep_reference(struct tarn_object *reference, void *arg) {
    keep(arg, reference);
}

ptrdiff_t tarn__walk_referents(struct tarn_mutator *m, struct tarn_object *o, tarn_walker visit,
                               void *arg) {
    struct found found = {0};
    bool stopped = stop_if_running(m);
    tarn__trace(tarn__type_of(o), o, keep_reference, &found);
    start_if(m, stopped);
    return show(m, &found, visit, arg);
}

/* --- garbage that a debug flag keeps --- */

ptrdiff_t tarn__walk_garbage(struct tarn_mutator *m, tarn_walker visit, void *arg) {
    struct found found = {0};
    bool stopped = stop_if_running(m);
    struct tarn_gc_slot *slot = tarn__seat_heap(&m->seat)->collector->saved;
    for (; slot; slot = slot->next_saved)
        for (unsigned w = 0; w < slot->words; w++)
            for (uint64_t bits = slot->saved[w]; bits; bits &= bits - 1)
                keep(&found, tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(bits)));
    start_if(m, stopped);
    return show(m, &found, visit, arg);
}
