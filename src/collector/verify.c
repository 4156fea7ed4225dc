/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The verifier: the heap against itself, in one stop.
 *
 * Every reference of every object, of dead ones that are not torn down yet too,
 * is counted at its target; then each object's count must explain at least
 * those, and exactly those plus what the caller knows to be held outside, where
 * it knows. Its tables are raw memory, asked for by the stopping thread itself.
 */
#include <errno.h>

#include "base/bits.h"
#include "base/check.h"
#include "collector/collector.h"
#include "object/death.h"
#include "object/trace.h"

struct verifier {
    struct tarn_heap *heap;
    tarn_outside outside;
    void *arg;
    uint32_t **degrees; /* by number of the pool */
    size_t pools;
    const struct tarn_type *type; /* of the object being traced */
    struct tarn_object *from;
    ptrdiff_t faults;
};

/* A reference of `v->from` that it must not hold. */
static void fault_in_reference(struct verifier *v, const char *what, const void *reference) {
    v->faults++;
    tarn__heap_log(v->heap, TARN_LOG_ERROR, "object %p of type '%s': holds %s, %p", (void *)v->from,
                   tarn__type_of(v->from)->name, what, reference);
}

static void fault(struct verifier *v, struct tarn_object *o, const char *what, long long a,
                  long long b) {
    v->faults++;
    tarn__heap_log(v->heap, TARN_LOG_ERROR, "object %p of type '%s': %s (%lld, %lld)", (void *)o,
                   tarn__type_of(o)->name, what, a, b);
}

static inline uint64_t shared_of(const struct tarn_object *o) {
    /* relaxed: the world is stopped. */
    return tarn__load(&o->shared, relaxed);
}

/* Calls body(v, pool) for every pool of the heap's objects. */
static void for_each_pool(struct verifier *v, void (*body)(struct verifier *, struct tarn_pool *)) {
    for (int kind = TARN_KIND_LEAF; kind < TARN_KINDS; kind++) {
        struct tarn_list_node *head = &v->heap->pools[kind];
        for (struct tarn_list_node *n = head->next; n != head; n = n->next)
            body(v, TARN__CONTAINER_OF(n, struct tarn_pool, heap_node));
    }
}

static void number_pool(struct verifier *v, struct tarn_pool *pool) {
    pool->verify_number = (uint32_t)v->pools++;
}

static void add_table(struct verifier *v, struct tarn_pool *pool) {
    if (v->faults >= 0)
        v->degrees[pool->verify_number] = tarn_calloc(pool->capacity, sizeof(uint32_t));
    if (v->faults >= 0 && !v->degrees[pool->verify_number])
        v->faults = -ENOMEM;
}

static void count_reference(struct tarn_object *reference, void *arg) {
    struct verifier *v = arg;
    if (!tarn_is_heap_pointer(reference)) {
        fault_in_reference(v, "a pointer that is no object", reference);
        return;
    }
    struct tarn_pool *pool = tarn__pool_of(reference);
    if (pool->kind == TARN_KIND_RAW || pool->heap != v->heap)
        fault_in_reference(v, "an object of another heap", reference);
    else if (!(shared_of(reference) & TARN__TYPE_MASK))
        fault_in_reference(v, "a freed object", reference);
    else
        v->degrees[pool->verify_number][tarn__pool_index(pool, reference)]++;
}

static void count_pool(struct verifier *v, struct tarn_pool *pool) {
    unsigned carved = tarn__pool_carved(pool);
    for (unsigned i = 0; i < carved; i++) {
        v->from = tarn__pool_block(pool, i);
        uint64_t word = shared_of(v->from);
        if ((word & TARN__TYPE_MASK) && !tarn__object_is_husk(word))
            tarn__trace(tarn__type_of_word(word), v->from, count_reference, v);
    }
}

/* Whether the list of kept garbage holds it. */
static bool is_saved(struct tarn_object *o) {
    struct tarn_pool *pool = tarn__pool_of(o);
    struct tarn_gc_slot *slot = pool->kind == TARN_KIND_CONTAINER ? pool->gc : NULL;
    return slot && slot->has_saved && tarn__bit_test(slot->saved, tarn__pool_index(pool, o));
}

static void check_count(struct verifier *v, struct tarn_object *o, uint64_t word, int64_t degree) {
    int64_t own = (word & TARN__QUEUED ? 1 : 0) + (word & TARN__PENDING ? 1 : 0) + is_saved(o);
    int64_t count = tarn__count_sum(o);
    ptrdiff_t outside = v->outside ? v->outside(o, v->arg) : -1;
    if (count < degree + own)
        fault(v, o, "its count is lower than the references to it", count, degree + own);
    else if (outside >= 0 && count != degree + own + outside)
        fault(v, o, "its count is not the references to it plus those from outside", count,
              degree + own + outside);
}

static void check_object(struct verifier *v, struct tarn_pool *pool, unsigned i) {
    struct tarn_object *o = tarn__pool_block(pool, i);
    uint64_t word = shared_of(o);
    if (!(word & TARN__TYPE_MASK) || (word & TARN__DEAD))
        return;
    /* relaxed: the world is stopped. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    uint32_t seat = tarn__bias_seat(bias);
    if (!(word & TARN__MERGED) && seat != pool->owner->id)
        fault(v, o, "biased to a seat that does not own its pool", seat, pool->owner->id);
    if ((word & TARN__MERGED) && (seat || tarn__count_of(bias)))
        fault(v, o, "merged, but it has an owner", seat, tarn__count_of(bias));
    if (!(word & TARN__QUEUED) != !tarn__post_test(&tarn__pool_side(pool)->mail, i))
        fault(v, o, "its mail flag and its mail bit differ", !!(word & TARN__QUEUED), 0);
    if (tarn__type_of(o)->kind != pool->kind)
        fault(v, o, "in a pool of another kind", tarn__type_of(o)->kind, pool->kind);
    if (!(word & TARN__IMMORTAL))
        check_count(v, o, word, v->degrees[pool->verify_number][i]);
}

static void check_pool(struct verifier *v, struct tarn_pool *pool) {
    unsigned carved = tarn__pool_carved(pool);
    for (unsigned i = 0; i < carved; i++)
        check_object(v, pool, i);
}

static void check_caches(struct verifier *v) {
    for (struct tarn_seat *s = tarn__world_first(&v->heap->world); s; s = s->next) {
        size_t faults = tarn__cache_verify(&s->cache);
        if (faults)
            tarn__heap_log(v->heap, TARN_LOG_ERROR, "seat %u: %zu faults in its pools", s->cache.id,
                           faults);
        v->faults += (ptrdiff_t)faults;
    }
}

static void release_table(struct verifier *v, struct tarn_pool *pool) {
    tarn_free(v->degrees[pool->verify_number]);
}

ptrdiff_t tarn__verify(struct tarn_heap *heap, struct tarn_mutator *m, tarn_outside outside,
                       void *arg) {
    struct verifier v = {.heap = heap, .outside = outside, .arg = arg};
    tarn__world_stop(&heap->world, &m->seat);
    for_each_pool(&v, number_pool);
    v.degrees = tarn_calloc(v.pools ? v.pools : 1, sizeof *v.degrees);
    if (!v.degrees) {
        v.faults = -ENOMEM;
    } else {
        for_each_pool(&v, add_table);
        if (v.faults >= 0) {
            for_each_pool(&v, count_pool);
            for_each_pool(&v, check_pool);
            check_caches(&v);
        }
        for_each_pool(&v, release_table);
        tarn_free(v.degrees);
    }
    tarn__world_start(&heap->world, &m->seat);
    return v.faults;
}
