/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Mail: how a thread that is not the owner makes the owner look at a count.
 *
 * A letter is a bit beside the object's pool, and the pool on its owner's
 * inbox: posting cannot fail. Who puts the pool there tells the owner; letters that
 * find it there are read with it. Protocol: docs/memory-model.md [CNT-4], [POST].
 * While a letter is on its way, QUEUED stands in the object's word and the
 * letter owns a reference.
 */
#include "object/death.h"

void tarn__mail_post(struct tarn_object *o) {
    struct tarn_pool *pool = tarn__pool_of(o);
    struct tarn_seat *owner = (struct tarn_seat *)pool->owner;
    if (tarn__post_send(&owner->mail, &tarn__pool_side(pool)->mail, tarn__pool_index(pool, o)))
        tarn__seat_notify_mail(owner);
}

static void merge(struct tarn_mutator *m, struct tarn_object *o) {
    enum tarn_drop outcome = tarn__count_drain(o, tarn__type_of(o)->stages);
    tarn__counter_add(&m->merged_mail, 1);
    tarn__object_finish(m, o, outcome);
}

/* All bits are taken first: with its last object the pool may pass to other hands,
 * and the letters that come then are not ours. */
static void merge_pool(struct tarn_mutator *m, struct tarn_pool *pool, struct tarn_post *post) {
    uint64_t letters[TARN_POST_WORDS];
    unsigned words = (pool->capacity + 63u) / 64u;
    for (unsigned w = 0; w < words; w++)
        letters[w] = tarn__post_take(post, w);
    for (unsigned w = 0; w < words; w++)
        for (uint64_t bits = letters[w]; bits; bits &= bits - 1)
            merge(m, tarn__pool_block(pool, w * 64 + tarn__bits_lowest(bits)));
}

void tarn__mail_drain(struct tarn_mutator *m, struct tarn_seat *of) {
    struct tarn_post *next;
    for (struct tarn_post *p = tarn__inbox_take(&of->mail); p; p = next) {
        next = tarn__post_next(p);
        tarn__post_open(p);
        merge_pool(m, tarn__pool_of_post(p), p);
    }
}
