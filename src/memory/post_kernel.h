/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Posts and inboxes: telling one party that bits were set.
 *
 * A post is a bitmap that any thread may set bits in and one party takes them
 * from; an inbox is a stack of posts that have some. Setting a bit never fails,
 * writes nothing but the bitmap while the post is announced, and finds a bit
 * that was set already: for a free, that is a double free.
 *
 *   [POST-1] A sender sets its bit, then reads `pending`; the receiver clears
 *            `pending`, then takes the bits. Both pairs are seq_cst, so either
 *            the sender sees the post closed and announces it, or the receiver
 *            sees the bit (the store/load pattern of Dekker).
 *   [POST-2] The exchange of `pending` lets one sender announce; so a post is in
 *            one inbox at most, and its link belongs to that inbox until opened.
 *   [POST-3] An inbox is emptied by one exchange: no ABA.
 *   [POST-4] A sender may announce after the receiver took its bit by way of an
 *            earlier announcement. If the post changed hands meanwhile, it lies
 *            in the inbox of its former receiver, who must pass it on.
 *
 * Progress: setting is wait-free but for the push, which is lock-free; taking is
 * wait-free. Written over the atomics vocabulary alone: it also runs in models.
 */
#ifndef TARN_MEMORY_POST_KERNEL_H
#define TARN_MEMORY_POST_KERNEL_H

#include "base/atomic.h"

#ifndef TARN_POST_WORDS
#define TARN_POST_WORDS 16
#endif

struct tarn_post {
    TARN__ATOMIC(uint32_t) pending;        /* 1: announced, and not opened yet */
    TARN__ATOMIC(struct tarn_post *) next; /* in the inbox */
    TARN__ATOMIC(uint64_t) bits[TARN_POST_WORDS];
};

struct tarn_inbox {
    TARN__ATOMIC(struct tarn_post *) head;
};

static inline void tarn__inbox_push(struct tarn_inbox *inbox, struct tarn_post *post) {
    /* relaxed: the compare-and-swap confirms it. */
    struct tarn_post *head = tarn__load(&inbox->head, relaxed);
    do {
        /* relaxed: published by the compare-and-swap. */
        tarn__store(&post->next, head, relaxed);
        /* seq_cst: pairs with the exchange in tarn__inbox_take(), and with
         * tarn__inbox_is_empty() [CNT-4]. relaxed on failure: retried. */
    } while (!tarn__cas_weak(&inbox->head, &head, post, seq_cst, relaxed));
}

/* Makes the receiver look at the post, unless it is going to. */
static inline void tarn__post_announce(struct tarn_inbox *inbox, struct tarn_post *post) {
    /* seq_cst: store/load pair with tarn__post_open() [POST-1]. */
    if (!tarn__load(&post->pending, seq_cst) &&
        /* acq_rel: one announcer; pairs with tarn__post_open(). */
        !tarn__exchange(&post->pending, 1u, acq_rel))
        tarn__inbox_push(inbox, post);
}

/* Sender: sets the bits of `mask` in one word. Returns those that were set already. */
static inline uint64_t tarn__post_set_word(struct tarn_inbox *inbox, struct tarn_post *post,
                                           unsigned word, uint64_t mask) {
    /* seq_cst: store/load pair with tarn__post_open() [POST-1]; its release
     * publishes what the sender did to what the bits stand for. */
    uint64_t before = tarn__fetch_or(&post->bits[word], mask, seq_cst);
    tarn__post_announce(inbox, post);
    return before & mask;
}

/* Sender: sets one bit. Returns false if it was set already. */
static inline bool tarn__post_set(struct tarn_inbox *inbox, struct tarn_post *post,
                                  unsigned index) {
    return !tarn__post_set_word(inbox, post, index / 64, (uint64_t)1 << (index % 64));
}

/* Receiver: all posts of the inbox, linked; read a post's next before opening it. */
static inline struct tarn_post *tarn__inbox_take(struct tarn_inbox *inbox) {
    /* relaxed: an empty inbox needs no order; the exchange has it. */
    if (!tarn__load(&inbox->head, relaxed))
        return NULL;
    /* acquire: pairs with the push. */
    return tarn__exchange(&inbox->head, (struct tarn_post *)NULL, acq_rel);
}

static inline struct tarn_post *tarn__post_next(struct tarn_post *post) {
    /* relaxed: visible since tarn__inbox_take(). */
    return tarn__load(&post->next, relaxed);
}

/* Receiver: from here on a sender announces the post again. */
static inline void tarn__post_open(struct tarn_post *post) {
    /* seq_cst: store/load pair with tarn__post_set_word() [POST-1]. */
    tarn__exchange(&post->pending, 0u, seq_cst);
}

/* Receiver, after opening: takes the bits of one word. */
static inline uint64_t tarn__post_take(struct tarn_post *post, unsigned word) {
    /* seq_cst: store/load pair with tarn__post_set_word() [POST-1]. */
    if (!tarn__load(&post->bits[word], seq_cst))
        return 0;
    /* acquire: pairs with the senders' release. */
    return tarn__exchange(&post->bits[word], (uint64_t)0, acq_rel);
}

static inline bool tarn__post_test(struct tarn_post *post, unsigned index) {
    /* relaxed: for checks made while nobody sends. */
    return (tarn__load(&post->bits[index / 64], relaxed) >> (index % 64)) & 1;
}

/* Whether nothing is announced now. */
static inline bool tarn__inbox_is_empty(struct tarn_inbox *inbox) {
    /* seq_cst: store/load pair with the push, see [CNT-4]. */
    return !tarn__load(&inbox->head, seq_cst);
}

#endif
