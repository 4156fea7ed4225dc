/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * User code: finalizers, calling disposes and weak callbacks, run where the
 * configuration says and never inside a drop (docs/memory-model.md [FIN-1],
 * [FIN-2]).
 *
 * A round takes objects one by one; where it stands is kept in the mutator, so
 * that a thread that exits inside a finalizer loses only that call. Rounds do
 * not nest: what user code makes pending runs in the round that called it.
 */
#include "object/death.h"

#include "base/check.h"
#include "base/tsan.h"

void tarn__pending_post(struct tarn_heap *heap, struct tarn_object *o) {
    struct tarn_pool *pool = tarn__pool_of(o);
    tarn__post_set(&heap->pending, &tarn__pool_side(pool)->pending, tarn__pool_index(pool, o));
    if (heap->config.dispatch == TARN_DISPATCH_THREAD)
        tarn__service_kick(&heap->finalizer);
}

bool tarn__pending_waits(struct tarn_heap *heap) {
    return !tarn__inbox_is_empty(&heap->pending);
}

/* While a collecting thread runs its convicts' finalizers, other threads leave
 * the queue to it: an object in another round's hands would look held. */
static bool others_only(struct tarn_heap *heap, struct tarn_mutator *m) {
    /* acquire: pairs with the release in tarn__convicts_settle(). */
    uint32_t reserved = tarn__load(&heap->round_reserved, acquire);
    return reserved && reserved != m->seat.cache.id;
}

/* The next object of the round, or NULL when nothing waits. The post that the round
 * is at stays announced, so that its pool cannot pass to other hands. */
static struct tarn_object *next_pending(struct tarn_heap *heap, struct tarn_mutator *m) {
    struct tarn_round *round = &m->round;
    for (;;) {
        if (round->mask) {
            unsigned bit = tarn__bits_lowest(round->mask);
            round->mask &= round->mask - 1;
            return tarn__pool_block(round->pool, round->word * 64 + bit);
        }
        if (round->pool && round->word + 1 < (round->pool->capacity + 63u) / 64u) {
            round->word++;
        } else {
            if (round->pool)
                tarn__post_finish(&heap->pending, &tarn__pool_side(round->pool)->pending);
            round->pool = NULL;
            if (!round->posts && !others_only(heap, m))
                round->posts = tarn__inbox_take(&heap->pending);
            if (!round->posts)
                return NULL;
            struct tarn_post *post = round->posts;
            struct tarn_pool *pool = tarn__pool_of_post(post);
            round->posts = tarn__post_next(post);
            if (pool->slices == 0) { /* a large object: its pool ends with it */
                tarn__post_open(post);
                tarn__post_take(post, 0);
                return tarn__pool_block(pool, 0);
            }
            round->pool = pool;
            round->word = 0;
        }
        round->mask = tarn__post_take(&tarn__pool_side(round->pool)->pending, round->word);
    }
}

void tarn__pending_put_back(struct tarn_mutator *m) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct tarn_round round = m->round;
    m->round = (struct tarn_round){0};
    m->user_depth = 0;
    if (round.pool) {
        struct tarn_post *post = &tarn__pool_side(round.pool)->pending;
        if (round.mask)
            tarn__post_set_word(&heap->pending, post, round.word, round.mask);
        tarn__post_finish(&heap->pending, post);
    }
    while (round.posts) {
        struct tarn_post *post = round.posts;
        round.posts = tarn__post_next(post);
        tarn__post_finish(&heap->pending, post);
    }
}

/* Finalizer or dispose of an object that the queue held; then the queue's
 * reference goes. */
static void run_stage(struct tarn_mutator *m, struct tarn_type *type, struct tarn_object *o) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    /* relaxed: pending: the runner alone changes these flags. */
    unsigned left = tarn__stage_left(type->stages, tarn__load(&o->shared, relaxed));
    bool finalize = left & TARN_STAGE_FINALIZE;
    /* relaxed: ordered by the next operation. */
    tarn__fetch_or(&o->shared, finalize ? TARN__FINALIZED : TARN__DISPOSED, relaxed);
    /* acq_rel: from here on the object may be pended for its next stage; that
     * this one is over is visible first. */
    tarn__fetch_and(&o->shared, ~TARN__PENDING, acq_rel);
    if (finalize)
        type->finalize(o);
    else if (left & TARN_STAGE_DISPOSE)
        type->dispose(o);
    /* relaxed: a statistic. */
    tarn__fetch_add(&heap->finalizers_run, 1, relaxed);
}

static void run_one(struct tarn_mutator *m, struct tarn_object *o) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct tarn_type *type = tarn__type_of(o);
    TARN__USER_EDGE_FROM(o);
    if (tarn__weak_is_weak(heap, type))
        tarn__weak_run_callback(heap, o);
    else
        run_stage(m, type, o);
    TARN__USER_EDGE_FOR(o);
    TARN_CHECK(tarn__thread_is_running() && !m->seat.holds_world,
               "user code of type '%s' left its thread blocking or with the world stopped",
               type->name);
    tarn__object_drop(m, o);
    tarn__object_run_dying(m);
}

size_t tarn__pending_run(struct tarn_mutator *m) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    size_t ran = 0;
    if (m->user_depth || m->dropping)
        return 0;
    m->user_depth = 1;
    for (struct tarn_object *o; (o = next_pending(heap, m)) != NULL; ran++)
        run_one(m, o);
    m->user_depth = 0;
    return ran;
}
