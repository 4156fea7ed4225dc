/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Death and teardown.
 *
 * A dead object is on exactly one list, linked through its bias word: its
 * mutator's `dying` stack, a batch that waits for a grace period, or none while
 * it is being torn down. Teardown drops its references, which may make more
 * objects die: they go on the same stack and the outermost call works it off, so
 * a chain of any length needs constant stack (docs/memory-model.md [CNT-5],
 * [GP-4]).
 *
 * Nothing here asks for memory or takes a lock.
 */
#include "object/death.h"

#include <errno.h>

#include "base/check.h"
#include "base/tsan.h"
#include "memory/watch.h"
#include "object/trace.h"
#include "os/clock.h"
#include "thread/seat_kernel.h"

/* Words of dead objects whose blocks may have to wait, or have waited. */
#define WAITING (TARN__PUBLISHED | TARN__WEAK | TARN__DISPOSED)
/* How often a budget of time is looked at. */
#define DROPS_PER_LOOK 16
/* Elements of a long array that count as one object torn down. */
#define ELEMENTS_PER_STEP 64u

static _Noreturn void stop_on_over_release(struct tarn_object *o) {
    tarn__fatal("tarn_decref", "object %p of type '%s': dropped once more than it was referenced",
                (void *)o, tarn__type_of(o)->name);
}

static inline bool is_searching(struct tarn_mutator *m) {
    /* relaxed: a stop stands before a search's first step. */
    return tarn__load(&tarn__seat_heap(&m->seat)->searched, relaxed);
}

/* Whether a search may be tracing what dies now [SUS-4]. */
static bool is_searched(struct tarn_mutator *m, const struct tarn_object *o) {
    return tarn__unlikely(is_searching(m)) && tarn__pool_of(o)->kind == TARN_KIND_CONTAINER;
}

/* Whether a type's own code stands between an object and its references: then a search
 * may look at what that code frees. */
static bool has_own_code(const struct tarn_type *type) {
    return type->trace || (type->stages & TARN_STAGE_DISPOSE);
}

/* Nobody else reaches a dead object any more, but perhaps a search. */
static void end_unseen(struct tarn_mutator *m, struct tarn_object *o) {
    if (is_searched(m, o) && has_own_code(tarn__type_of(o)))
        tarn__object_retire(m, o);
    else
        tarn__dying_push(m, o);
}

/* DEAD was won: weak references let go; then at once or after a grace period. */
static void bury(struct tarn_mutator *m, struct tarn_object *o) {
    /* relaxed: the winner of DEAD has the acquire. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    if (tarn__unlikely(tarn__load(&o->bias, relaxed) & TARN__BIAS_CONVICT))
        tarn__seat_heap(&m->seat)->hooks->convict_died(o);
    if (tarn__unlikely(word & TARN__WEAK))
        tarn__weak_detach(m, o);
    bool borrowed = word & (TARN__PUBLISHED | TARN__WEAK);
    if (borrowed && !(tarn__type_of(o)->flags & TARN_TYPE_HELD_READS))
        tarn__object_retire(m, o);
    else
        end_unseen(m, o);
}

/* Whether a dead object's block must wait for a grace period that its references need
 * not wait for: others may borrow it, but do not look into it; or a search may be reading
 * its fields, which say the same when it has dropped them. */
static bool block_waits(struct tarn_mutator *m, struct tarn_object *o, const struct tarn_type *type,
                        uint64_t word) {
    if (word & (TARN__PUBLISHED | TARN__WEAK))
        return type->flags & TARN_TYPE_HELD_READS;
    return is_searched(m, o) && !has_own_code(type);
}

/* Drops the references now. DISPOSED says so; types with calling disposes have no husks. */
static void make_husk(struct tarn_mutator *m, struct tarn_object *o) {
    tarn__object_release_references(m, o, NULL);
    /* relaxed: read in the thread that gets the block. */
    tarn__fetch_or(&o->shared, TARN__DISPOSED, relaxed);
    tarn__object_retire(m, o);
}

void tarn__object_finish(struct tarn_mutator *m, struct tarn_object *o, enum tarn_drop outcome) {
    switch (outcome) {
    case TARN_DROP_LIVE:
        break;
    case TARN_DROP_PRIVATE:
        /* relaxed: nobody else knows the object; a later stop may look at it. */
        tarn__store(&o->shared, tarn__load(&o->shared, relaxed) | TARN__DEAD, relaxed);
        end_unseen(m, o);
        break;
    case TARN_DROP_DEAD:
        bury(m, o);
        break;
    case TARN_DROP_MAIL:
        tarn__mail_post(o);
        break;
    case TARN_DROP_PEND:
        TARN__USER_EDGE_FOR(o);
        tarn__pending_post(tarn__seat_heap(&m->seat), o);
        tarn__seat_call(&m->seat);
        break;
    case TARN_DROP_OVER:
        stop_on_over_release(o);
    }
}

/*
 * The owner is blocking or gone: with its seat in hand the caller drops as the owner
 * would, for references are all alike [CNT-8]. Returns false where mail has to go.
 */
static bool drop_in_place(struct tarn_mutator *m, struct tarn_object *o, unsigned stages) {
    struct tarn_seat *owner = (struct tarn_seat *)tarn__pool_of(o)->owner;
    enum tarn_drop outcome = TARN_DROP_LIVE;
    uint32_t from;
    if (!tarn__seat_borrow(owner, &from))
        return false;
    /* relaxed: the claim orders it after what the owner wrote, and nobody else writes
     * it now; another claimer may have merged it before. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    bool owned = tarn__bias_seat(bias) == owner->cache.id;
    if (owned)
        outcome = tarn__count_owner_decref(o, bias, stages);
    tarn__seat_give_back(owner, from);
    if (owned)
        tarn__object_finish(m, o, outcome);
    return owned;
}

void tarn__object_drop(struct tarn_mutator *m, struct tarn_object *o) {
    /* relaxed: only the owner may find its own number here. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    unsigned stages = tarn__type_of(o)->stages;
    TARN__USER_EDGE_FOR(o);
    if (tarn__bias_seat(bias) == m->seat.cache.id)
        tarn__object_finish(m, o, tarn__count_owner_decref(o, bias, stages));
    /* relaxed: a look; both ways below look again. */
    else if (!tarn__count_wants_owner(tarn__load(&o->shared, relaxed)) ||
             !drop_in_place(m, o, stages))
        tarn__object_finish(m, o, tarn__count_foreign_decref(o, stages));
}

static void drop_reference(struct tarn_object *reference, void *arg) {
    tarn__object_drop(arg, reference);
}

struct selective_drop {
    struct tarn_mutator *m;
    bool (*skip)(struct tarn_object *reference);
};

static void drop_selected(struct tarn_object *reference, void *arg) {
    struct selective_drop *drop = arg;
    if (!drop->skip(reference))
        tarn__object_drop(drop->m, reference);
}

/* A dispose that runs in a drop, which preserves errno. */
static void dispose_plain(const struct tarn_type *type, struct tarn_object *o) {
    int saved = errno;
    type->dispose(o);
    errno = saved;
}

void tarn__object_release_references(struct tarn_mutator *m, struct tarn_object *o,
                                     bool (*skip)(struct tarn_object *reference)) {
    const struct tarn_type *type = tarn__type_of(o);
    unsigned order = type->flags & (TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_DISPOSE_LAST);
    TARN__USER_EDGE_FROM(o);
    if (order == TARN_TYPE_DISPOSE_PLAIN)
        dispose_plain(type, o);
    if (skip)
        tarn__trace(type, o, drop_selected, &(struct selective_drop){m, skip});
    else
        tarn__trace(type, o, drop_reference, m);
    if (order & TARN_TYPE_DISPOSE_LAST)
        dispose_plain(type, o);
}

static inline void free_block(struct tarn_mutator *m, struct tarn_pool *pool,
                              struct tarn_object *o) {
    if (pool->kind == TARN_KIND_CONTAINER)
        tarn__heap_count_young(m, -1);
    if (tarn__likely(pool->owner == &m->seat.cache && pool->slices) &&
        tarn__likely(!tarn__is_watching())) {
        tarn__object_free_own(m, pool, o);
    } else {
        tarn__counter_add(&m->freed, 1);
        tarn__block_free(&m->seat.cache, o);
    }
}

void tarn__object_free_block(struct tarn_mutator *m, struct tarn_object *o) {
    free_block(m, tarn__pool_of(o), o);
}

/* tarn__object_drop() of what most references are: the last one, by the owner, to what
 * nobody else ever knew. */
static inline void drop_field(struct tarn_mutator *m, struct tarn_object *o) {
    /* relaxed: while the word names this seat, only this thread writes it. */
    uint64_t bias = tarn__load(&o->bias, relaxed) & ~TARN__BIAS_AGE_MASK;
    /* acquire: as in tarn__count_owner_zero(). */
    uint64_t word = tarn__load(&o->shared, acquire);
    uint64_t last = TARN__COUNT_ONE | m->seat.cache.id;
    if (!tarn__count_is_private(word)) {
        tarn__object_drop(m, o);
    } else if (bias == (last | TARN__BIAS_PLAIN)) {
        tarn__object_free_own(m, tarn__pool_of(o), o);
    } else if (bias == last && tarn__type_of_word(word)->is_simple) {
        TARN__USER_EDGE_FOR(o);
        /* relaxed: nobody else knows the object; a later stop may look at it. */
        tarn__store(&o->shared, word | TARN__DEAD, relaxed);
        tarn__dying_push(m, o);
    } else {
        tarn__object_drop(m, o);
    }
}

/* The references of a dead object of a simple type. */
static inline void drop_fields(struct tarn_mutator *m, const struct tarn_type *type,
                               struct tarn_object *o) {
    TARN__USER_EDGE_FROM(o);
    for (uint32_t i = 0; i < type->offset_count; i++) {
        struct tarn_object *r = tarn__reference_at((char *)o + type->offsets[i]);
        if (r)
            drop_field(m, r);
    }
}

/* The dead object's last few elements are dropped, and it is shorter then. False: it
 * has few; or its end is its type's to see, and whole. */
static bool shorten(struct tarn_mutator *m, struct tarn_object *o) {
    const struct tarn_type *type = tarn__type_of(o);
    size_t length = tarn__object_length(type, o);
    if (length <= ELEMENTS_PER_STEP || !type->element_offset_count || type->dispose || type->trace)
        return false;
    size_t left = length - ELEMENTS_PER_STEP;
    for (size_t n = left; n < length; n++)
        for (uint32_t i = 0; i < type->element_offset_count; i++) {
            char *element = (char *)o + type->size + n * type->element_size;
            struct tarn_object *r = tarn__reference_at(element + type->element_offsets[i]);
            if (r)
                tarn__object_drop(m, r);
        }
    *(size_t *)((char *)o + type->length_offset) = left;
    return true;
}

/* What is dying, or a raw block whose grace period has passed. A long array goes in
 * steps, so that a budget bounds it too. */
static void tear_down(struct tarn_mutator *m, struct tarn_object *o) {
    struct tarn_pool *pool = tarn__pool_of(o);
    if (tarn__unlikely(pool->kind == TARN_KIND_RAW)) {
        tarn_free(o);
        return;
    }
    /* relaxed: the flags read are this thread's or older than the object's death. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    const struct tarn_type *type = tarn__type_of_word(word);
    if (tarn__likely(type->is_simple && !(word & WAITING)) && tarn__likely(!is_searching(m))) {
        drop_fields(m, type, o);
        free_block(m, pool, o);
        return;
    }
    if (tarn__unlikely(tarn__object_is_husk(word))) { /* it has waited */
        tarn__object_free_block(m, o);
        return;
    }
    if (tarn__unlikely(block_waits(m, o, type, word))) {
        make_husk(m, o);
        return;
    }
    if (tarn__unlikely(shorten(m, o))) {
        tarn__dying_push(m, o);
        return;
    }
    tarn__object_release_references(m, o, NULL);
    tarn__object_free_block(m, o);
}

bool tarn__object_die_alone(struct tarn_mutator *m, struct tarn_object *o) {
    const struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    const struct tarn_type *type = tarn__type_of(o);
    /* relaxed: as in is_searched(). */
    if (type->stages || m->dropping || heap->config.drop_budget || heap->config.drop_budget_us ||
        tarn__load(&heap->searched, relaxed) || tarn__is_watching())
        return false;
    m->dropping = true;
    if (type->is_simple)
        drop_fields(m, type, o);
    else
        tarn__object_release_references(m, o, NULL);
    m->dropping = false;
    free_block(m, tarn__pool_of(o), o);
    if (tarn__unlikely(m->dying != NULL)) {
        int saved = errno;
        tarn__object_run_dying(m);
        errno = saved;
    }
    return true;
}

/* When a drop that begins now has used its time up; 0: it has no bound. The budget is a
 * bound and not a goal: an eighth is left for the last look and for what follows it. */
static uint64_t time_to_end(uint64_t budget_us) {
    return budget_us ? tarn__clock_ns() + budget_us * 1000 / 8 * 7 : 0;
}

void tarn__object_run_all_dying(struct tarn_mutator *m) {
    if (m->dropping)
        return;
    m->dropping = true;
    while (m->dying)
        tear_down(m, tarn__dying_pop(m));
    m->dropping = false;
}

void tarn__object_run_dying(struct tarn_mutator *m) {
    if (m->dropping)
        return;
    const struct tarn_config *config = &tarn__seat_heap(&m->seat)->config;
    size_t left = config->drop_budget ? config->drop_budget : SIZE_MAX;
    uint64_t end = m->dying ? time_to_end(config->drop_budget_us) : 0;
    m->dropping = true;
    while (m->dying && left-- > 0) {
        tear_down(m, tarn__dying_pop(m));
        if (end && left % DROPS_PER_LOOK == 0 && tarn__clock_ns() >= end)
            break;
    }
    m->dropping = false;
    if (m->dying)
        tarn__seat_call(&m->seat);
}
