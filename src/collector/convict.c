/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What a judgement condemned: from convict to free block.
 *
 * docs/memory-model.md [GC-4], [GC-5]. A convict with user code to run, or one
 * that a long weak reference still reads, keeps the whole set alive: user code
 * may look at any of it. Otherwise the set becomes DEAD in the pause. The dead
 * are unreachable and the stop was a grace period, so they are freed with the
 * world running, references first, then blocks, by bitmap.
 */
#include "base/bits.h"
#include "base/check.h"
#include "base/tsan.h"
#include "collector/collector.h"
#include "object/death.h"
#include "object/trace.h"

static void enlist(struct tarn_collector *c, struct tarn_gc_slot *slot) {
    if (slot->has_convicts)
        return;
    slot->has_convicts = true;
    slot->next_convict = c->convicts;
    c->convicts = slot;
}

/* A survivor's header: its new age, no mark. World stopped. */
static void promote(struct tarn_object *o, unsigned age) {
    /* relaxed: the world is stopped. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    bias &= ~(TARN__BIAS_AGE_MASK | TARN__BIAS_CONVICT);
    tarn__store(&o->bias, bias | (uint64_t)age << TARN__BIAS_AGE_SHIFT, relaxed);
}

static void promote_held(struct tarn_gc_slot *slot, unsigned w, unsigned age) {
    for (uint64_t bits = slot->held[w]; bits; bits &= bits - 1)
        promote(tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(bits)), age);
}

void tarn__gc_note_middle(struct tarn_collector *c, struct tarn_gc_slot *slot) {
    if (slot->is_middle)
        return;
    slot->is_middle = true;
    slot->next_middle = c->middle;
    c->middle = slot;
}

static void close_slot(struct tarn_gc_slot *slot) {
    for (unsigned w = 0; w < slot->words; w++)
        slot->set[w] = slot->held[w] = 0;
    slot->in_set = false;
}

uint64_t tarn__convict(struct tarn_collector *c, struct tarn_judgement *j, unsigned age,
                       uint64_t *survivors) {
    uint64_t condemned = 0;
    struct tarn_gc_slot *next;
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = next) {
        next = slot->next;
        uint64_t any = 0;
        uint64_t survived = 0;
        for (unsigned w = 0; w < slot->words; w++) {
            if (age != TARN_GC_SAME_AGE && slot->ages != 1u << age)
                promote_held(slot, w, age);
            survived |= slot->held[w];
            if (survivors)
                *survivors += tarn__bits_count(slot->held[w]);
            uint64_t found = slot->set[w] & ~slot->held[w];
            uint64_t earlier = tarn__convict_word(slot, w) & ~slot->set[w];
            /* relaxed: the world is stopped. */
            tarn__store(&slot->convict[w], earlier | found, relaxed);
            condemned += tarn__bits_count(found);
            any |= found;
        }
        if (any)
            enlist(c, slot);
        if (survived && age == 1)
            tarn__gc_note_middle(c, slot);
        close_slot(slot);
    }
    return condemned;
}

/* Calls body(arg, o) for every convict of a pool. */
static inline __attribute__((always_inline)) void
for_each_in_slot(struct tarn_gc_slot *slot, void (*body)(void *arg, struct tarn_object *o),
                 void *arg) {
    for (unsigned w = 0; w < slot->words; w++)
        for (uint64_t bits = tarn__convict_word(slot, w); bits; bits &= bits - 1)
            body(arg, tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(bits)));
}

/* Calls body(arg, o) for every convict. */
static inline __attribute__((always_inline)) void
for_each_convict(struct tarn_collector *c, void (*body)(void *arg, struct tarn_object *o),
                 void *arg) {
    for (struct tarn_gc_slot *slot = c->convicts; slot; slot = slot->next_convict)
        for_each_in_slot(slot, body, arg);
}

struct sentence {
    const struct tarn_heap *heap;
    bool postponed; /* user code stands before death */
};

/* Short weak references go; what must run first is found. */
static void condemn(void *arg, struct tarn_object *o) {
    struct sentence *s = arg;
    const struct tarn_type *type = tarn__type_of(o);
    /* relaxed: the world is stopped. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    if (word & TARN__WEAK)
        tarn__weak_condemn(o);
    if (tarn__weak_is_weak(s->heap, type))
        tarn__weak_disarm(o);
    s->postponed |= tarn__stage_left(type->stages, word) != 0;
}

/* The convict waits: nobody judges it but the second judgement. Its bias ends,
 * so that its end is decided on one word, whoever runs its user code. */
static void mark(void *arg, struct tarn_object *o) {
    (void)arg;
    /* relaxed: the world is stopped. */
    if (!(tarn__load(&o->shared, relaxed) & TARN__MERGED))
        tarn__count_merge(o, 0, 0);
    uint64_t bias = tarn__load(&o->bias, relaxed);
    tarn__store(&o->bias, bias | TARN__BIAS_CONVICT, relaxed);
}

static void kill(void *arg, struct tarn_object *o) {
    (void)arg;
    /* relaxed: the world is stopped; starting it publishes this. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    tarn__store(&o->shared, word | TARN__DEAD, relaxed);
    if (word & TARN__WEAK)
        tarn__weak_kill(o);
}

void tarn__convicts_unlist(struct tarn_collector *c) {
    for (struct tarn_gc_slot *slot = c->convicts; slot; slot = slot->next_convict)
        slot->has_convicts = false;
    c->convicts = NULL;
}

bool tarn__convicts_kill(struct tarn_collector *c, bool postpone) {
    struct sentence s = {c->heap, postpone};
    /* Postponed at once, there are convicts of earlier judgements too, and user code
     * may have changed what they are since. Otherwise this stop saw them all. */
    for (struct tarn_gc_slot *slot = c->convicts; slot; slot = slot->next_convict)
        if (postpone || slot->is_special)
            for_each_in_slot(slot, condemn, &s);
    if (s.postponed)
        for_each_convict(c, mark, NULL);
    else
        for_each_convict(c, kill, NULL);
    return !s.postponed;
}

/* One convict with user code left joins the pending queue, which owns a
 * reference to it. */
static void pend(void *arg, struct tarn_object *o) {
    const struct tarn_type *type = tarn__type_of(o);
    /* relaxed: the world is stopped. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    unsigned left = tarn__stage_left(type->stages, word);
    if (!left || (word & TARN__PENDING))
        return;
    tarn__store(&o->shared, word + TARN__COUNT_ONE + TARN__PENDING, relaxed);
    tarn__pending_post(arg, o);
}

void tarn__convicts_pend(struct tarn_collector *c) {
    for_each_convict(c, pend, c->heap);
}

void tarn__convict_died(struct tarn_object *object) {
    struct tarn_pool *pool = tarn__pool_of(object);
    unsigned index = tarn__pool_index(pool, object);
    /* relaxed: a stop orders this with the collector's next look. */
    tarn__fetch_and(&pool->gc->convict[index / 64], ~((uint64_t)1 << (index % 64)), relaxed);
}

/* --- freeing, with the world running --- */

static bool is_convict(struct tarn_object *reference) {
    struct tarn_pool *pool = tarn__pool_of(reference);
    if (pool->kind != TARN_KIND_CONTAINER)
        return false;
    struct tarn_gc_slot *slot = pool->gc;
    unsigned index = tarn__pool_index(pool, reference);
    return slot->has_convicts && (tarn__convict_word(slot, index / 64) >> (index % 64)) & 1;
}

/* The thread that frees, and the pool with convicts that a reference led to last. */
struct release {
    struct tarn_mutator *m;
    struct tarn_gc_near near;
};

static inline __attribute__((always_inline)) void drop_living(struct tarn_object *reference,
                                                              void *arg) {
    struct release *r = arg;
    uint64_t offset = (uint64_t)((const char *)reference - r->near.base);
    if (tarn__likely(offset < r->near.bytes)) {
        unsigned index = tarn__gc_near_index(&r->near, offset);
        if (tarn__likely(tarn__convict_word(r->near.slot, index / 64) >> (index % 64) & 1))
            return;
    } else if (is_convict(reference)) {
        r->near = tarn__gc_near(tarn__pool_of(reference));
        return;
    }
    tarn__object_drop(r->m, reference);
}

static inline void release(void *arg, struct tarn_object *o) {
    struct release *r = arg;
    /* relaxed: the dead object is the collecting thread's. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    const struct tarn_type *type = tarn__type_of_word(word);
    if (tarn__unlikely(word & TARN__WEAK))
        tarn__weak_detach(r->m, o);
    if (tarn__unlikely(type->dispose != NULL)) {
        tarn__object_release_references(r->m, o, is_convict);
        return;
    }
    TARN__USER_EDGE_FROM(o);
    tarn__trace(type, o, drop_living, r);
}

uint64_t tarn__convicts_free(struct tarn_collector *c, struct tarn_mutator *m) {
    uint64_t freed = 0;
    struct tarn_gc_slot *next;
    struct release r = {.m = m};
    m->dropping = true;
    for_each_convict(c, release, &r);
    m->dropping = false;
    for (struct tarn_gc_slot *slot = c->convicts; slot; slot = next) {
        next = slot->next_convict;
        for (unsigned w = 0; w < slot->words; w++) {
            uint64_t mask = tarn__convict_word(slot, w);
            if (!mask)
                continue;
            freed += tarn__bits_count(mask);
            /* relaxed: the dead are the collecting thread's. */
            tarn__store(&slot->convict[w], 0, relaxed);
            tarn__pool_free_mask(&m->seat.cache, slot->pool, w, mask);
        }
        slot->has_convicts = false;
    }
    c->convicts = NULL;
    tarn__counter_add(&m->freed, freed);
    /* relaxed: a statistic. */
    tarn__fetch_add(&c->heap->freed_by_collector, freed, relaxed);
    tarn__object_run_dying(m);
    return freed;
}
