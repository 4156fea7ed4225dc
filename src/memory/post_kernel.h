/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Posts and inboxes: telling one party that bits were set.
 *
 * A post is a bitmap that any thread may set bits in and one party takes them
 * from; an inbox is a stack of posts that have some. Setting a bit never fails,
 * writes nothing but the bitmap while the post is announced, and finds a bit
 * that was set already: for a free, that is a double free. The argument is in
 * docs/design/memory.md; its notes:
 *
 *   [POST-1] A sender sets its bit, then reads `word`; the receiver clears the
 *            flag in it, then takes the bits. Both pairs are seq_cst, so either
 *            the sender sees the post opened and announces it, or the receiver
 *            sees the bit (the store/load pattern of Dekker).
 *   [POST-2] The compare-and-swap of `word` lets one sender announce; so a post
 *            is in one inbox at most, and its link belongs to that announcement
 *            until the post is opened.
 *   [POST-3] An inbox is emptied by one exchange: no ABA.
 *   [POST-4] A sender may come to the announcement after the receiver has taken
 *            its bit, and the post may have changed hands by then. So a post
 *            counts its hands in `word`; the sender reads that before it sets
 *            its bit, while what the bit stands for still holds the post, and
 *            announces that number or nothing. A post changes hands only while
 *            it is not announced and no bit is set; the number rises if it was
 *            announced in these hands (TRACE), for else no bit was ever taken.
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

#define TARN_POST_ANNOUNCED ((uint64_t)1)
#define TARN_POST_TRACE ((uint64_t)2)
#define TARN_POST_HANDS ((uint64_t)4) /* one step of the number of hands */
#define TARN_POST_FLAGS (TARN_POST_HANDS - 1)

struct tarn_post {
    TARN__ATOMIC(uint64_t) word;           /* number of hands; ANNOUNCED: in an inbox; TRACE */
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
        /* seq_cst: its release pairs with the exchange in tarn__inbox_take(); the
         * store/load pair is with tarn__inbox_is_empty() [CNT-4]. relaxed on
         * failure: retried. */
    } while (!tarn__cas_weak(&inbox->head, &head, post, seq_cst, relaxed));
}

/* Sender, before it sets a bit: the hands that the post is in [POST-4]. */
static inline uint64_t tarn__post_hands(struct tarn_post *post) {
    /* relaxed: constant while what the bit stands for is alive; that came to the
     * sender with an order of its own. The fetch_or keeps this load before it. */
    return tarn__load(&post->word, relaxed) & ~TARN_POST_FLAGS;
}

/* Sender, after it set a bit: makes the receiver look, unless it is going to. Returns
 * whether this sender put the post into the inbox. */
static inline bool tarn__post_announce(struct tarn_inbox *inbox, struct tarn_post *post,
                                       uint64_t hands) {
    /* seq_cst: store/load pair with tarn__post_open() [POST-1]. */
    uint64_t word = tarn__load(&post->word, seq_cst);
    if ((word & ~TARN_POST_TRACE) != hands)
        return false; /* announced; or in other hands, so the bit was taken [POST-4] */
    /* seq_cst: one announcer; its acquire pairs with tarn__post_open(), so that
     * the link is free. seq_cst on failure: as the load above. */
    if (!tarn__cas(&post->word, &word, hands | TARN_POST_ANNOUNCED | TARN_POST_TRACE, seq_cst,
                   seq_cst))
        return false;
    tarn__inbox_push(inbox, post);
    return true;
}

/* Sender: sets the bits of `mask` in one word; a mask of 0 only announces.
 * Returns the bits that were set already. */
static inline uint64_t tarn__post_set_word(struct tarn_inbox *inbox, struct tarn_post *post,
                                           unsigned word, uint64_t mask) {
    uint64_t hands = tarn__post_hands(post);
    /* seq_cst: store/load pair with tarn__post_open() [POST-1]; its release
     * publishes what the sender did to what the bits stand for. */
    uint64_t before = tarn__fetch_or(&post->bits[word], mask, seq_cst);
    tarn__post_announce(inbox, post, hands);
    return before & mask;
}

/* Sender: sets one bit. Returns false if it was set already. */
static inline bool tarn__post_set(struct tarn_inbox *inbox, struct tarn_post *post,
                                  unsigned index) {
    uint64_t hands = tarn__post_hands(post);
    uint64_t mask = (uint64_t)1 << (index % 64);
    /* seq_cst: as in tarn__post_set_word(). */
    bool was_set = (tarn__fetch_or(&post->bits[index / 64], mask, seq_cst) & mask) != 0;
    tarn__post_announce(inbox, post, hands);
    return !was_set;
}

/* Sender: sets one bit; returns whether to tell the receiver is this sender's turn. */
static inline bool tarn__post_send(struct tarn_inbox *inbox, struct tarn_post *post,
                                   unsigned index) {
    uint64_t hands = tarn__post_hands(post);
    /* seq_cst: as in tarn__post_set_word(). */
    tarn__fetch_or(&post->bits[index / 64], (uint64_t)1 << (index % 64), seq_cst);
    return tarn__post_announce(inbox, post, hands);
}

/* Receiver: all posts of the inbox, linked; read a post's next before opening it. */
static inline struct tarn_post *tarn__inbox_take(struct tarn_inbox *inbox) {
    /* relaxed: an empty inbox needs no order; the exchange has it. */
    if (!tarn__load(&inbox->head, relaxed))
        return NULL;
    /* acquire: pairs with the pushes. */
    return tarn__exchange(&inbox->head, (struct tarn_post *)NULL, acquire);
}

static inline struct tarn_post *tarn__post_next(struct tarn_post *post) {
    /* relaxed: visible since tarn__inbox_take(). */
    return tarn__load(&post->next, relaxed);
}

/* Receiver: from here on a sender announces the post again. */
static inline void tarn__post_open(struct tarn_post *post) {
    /* relaxed: while the post is announced the receiver alone writes the word. */
    uint64_t word = tarn__load(&post->word, relaxed);
    /* seq_cst: store/load pair with tarn__post_announce() [POST-1]. */
    tarn__store(&post->word, word & ~TARN_POST_ANNOUNCED, seq_cst);
}

/* Receiver, after opening: takes the bits of one word. */
static inline uint64_t tarn__post_take(struct tarn_post *post, unsigned word) {
    /* seq_cst: store/load pair with tarn__post_set_word() [POST-1]. */
    if (!tarn__load(&post->bits[word], seq_cst))
        return 0;
    /* acquire: pairs with the senders' release. */
    return tarn__exchange(&post->bits[word], (uint64_t)0, acquire);
}

/*
 * Receiver that is not the only one who can part with the post: takes bits while
 * the post is announced, which keeps it in these hands, and ends with this, which
 * opens it and announces it again if bits came meanwhile.
 */
static inline void tarn__post_finish(struct tarn_inbox *inbox, struct tarn_post *post) {
    uint64_t hands = tarn__post_hands(post);
    tarn__post_open(post);
    for (unsigned w = 0; w < TARN_POST_WORDS; w++)
        /* seq_cst: store/load pair with tarn__post_set_word() [POST-1]. Bits of other
         * hands are not ours: the announcement then finds another number. */
        if (tarn__load(&post->bits[w], seq_cst)) {
            tarn__post_announce(inbox, post, hands);
            return;
        }
}

/* Receiver, when nothing that a bit could stand for is left: the post may pass to
 * other hands. False: it is announced, and must be opened first [POST-4]. */
static inline bool tarn__post_retire(struct tarn_post *post) {
    /* relaxed: the compare-and-swap confirms it; without TRACE nobody was late. */
    uint64_t word = tarn__load(&post->word, relaxed);
    if (!(word & TARN_POST_FLAGS))
        return true;
    /* acq_rel: a late sender's compare-and-swap comes before this one, and fails
     * it, or after, and fails. relaxed on failure: nothing follows from it. */
    return !(word & TARN_POST_ANNOUNCED) &&
           tarn__cas(&post->word, &word, (word & ~TARN_POST_FLAGS) + TARN_POST_HANDS, acq_rel,
                     relaxed);
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
