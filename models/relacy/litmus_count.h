/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Litmus tests of counts: who ends an object, and what it sees of the others. */
#ifndef TARN_MODELS_RELACY_LITMUS_COUNT_H
#define TARN_MODELS_RELACY_LITMUS_COUNT_H

#include "litmus.h"

enum { LIVE = TARN_DROP_LIVE, PRIVATE = TARN_DROP_PRIVATE, DEAD = TARN_DROP_DEAD };
enum { MAIL = TARN_DROP_MAIL };

/* Two drop the references of an object without owner, each after a write.
 * Read: the first's outcome, the second's, what the one that ends it sees. */
TABLE(litmus_drops){
    {{DEAD, LIVE, 1}, ALLOWED, "the first is last, and sees the other's write", false},
    {{LIVE, DEAD, 1}, ALLOWED, "the second is last, and sees the other's write", false},
    {{DEAD, LIVE, 0}, FORBIDDEN, "the first is last and does not see the write", false},
    {{LIVE, DEAD, 0}, FORBIDDEN, "the second is last and does not see the write", false},
    {{LIVE, LIVE, 1}, FORBIDDEN, "nobody ends it", false},
    {{DEAD, DEAD, 1}, FORBIDDEN, "both end it", false},
};

struct litmus_drops : rl::test_suite<litmus_drops, 2> {
    thing t;
    cell written[2];
    int outcome[2], sees;
    void before() {
        t.begin(0, 2, TARN__MERGED);
        tarn__store(&written[0], 0, relaxed);
        tarn__store(&written[1], 0, relaxed);
        sees = 1;
    }
    void thread(unsigned i) {
        tarn__store(&written[i], 1, relaxed);
        outcome[i] = tarn__count_foreign_decref(&t.o, 0);
        if (outcome[i] == DEAD)
            sees = tarn__load(&written[1 - i], relaxed);
    }
    void after() {
        note(litmus_drops_table, outcome[0], outcome[1], sees);
    }
};

/* One reference in each half: the owner's zero and a foreign drop.
 * Read: the owner's outcome, the other's, what the one that ends it sees. */
TABLE(litmus_halves){
    {{PRIVATE, LIVE, 1}, ALLOWED, "the other first: the owner ends it, no merge", false},
    {{DEAD, LIVE, 1}, ALLOWED, "the other while the owner merges", false},
    {{LIVE, DEAD, 1}, ALLOWED, "the owner first: the other ends it", false},
    {{PRIVATE, LIVE, 0}, FORBIDDEN, "the owner frees it and has not seen the write", false},
    {{DEAD, LIVE, 0}, FORBIDDEN, "the owner ends it and has not seen the write", false},
    {{LIVE, DEAD, 0}, FORBIDDEN, "the other ends it and has not seen the write", false},
    {{LIVE, LIVE, 1}, FORBIDDEN, "nobody ends it", false},
};

struct litmus_halves : rl::test_suite<litmus_halves, 2> {
    thing t;
    cell written[2];
    int outcome[2], sees;
    void before() {
        t.begin(1, 1, 0);
        tarn__store(&written[0], 0, relaxed);
        tarn__store(&written[1], 0, relaxed);
        sees = 1;
    }
    void thread(unsigned i) {
        tarn__store(&written[i], 1, relaxed);
        outcome[i] = i ? tarn__count_foreign_decref(&t.o, 0) : tarn__count_owner_zero(&t.o, 0);
        if (outcome[i] == DEAD || outcome[i] == PRIVATE)
            sees = tarn__load(&written[1 - i], relaxed);
    }
    void after() {
        note(litmus_halves_table, outcome[0], outcome[1], sees);
    }
};

/* A borrower tries while the last reference goes.
 * Read: the drop's outcome, whether the try succeeded. */
TABLE(litmus_try){
    {{DEAD, 0}, ALLOWED, "too late", false},
    {{LIVE, 1}, ALLOWED, "in time: the object lives on", false},
    {{DEAD, 1}, FORBIDDEN, "a reference to a dead object", false},
    {{LIVE, 0}, FORBIDDEN, "refused by a living object", false},
};

struct litmus_try : rl::test_suite<litmus_try, 2> {
    thing t;
    int outcome, got;
    void before() {
        t.begin(0, 1, TARN__MERGED | TARN__PUBLISHED);
    }
    void thread(unsigned i) {
        if (i == 0)
            outcome = tarn__count_foreign_decref(&t.o, 0);
        else
            got = tarn__count_try_incref(&t.o);
    }
    void after() {
        note(litmus_try_table, outcome, got);
    }
};

/* The owner, with two in its half, shares; the other drops one of them.
 * Read: whether the merge saw the letter, the drop's outcome, the count after. */
TABLE(litmus_share){
    {{1, MAIL, 2}, ALLOWED, "mail first: the letter holds a reference", false},
    {{0, LIVE, 1}, ALLOWED, "shared first: dropped at once", false},
    {{0, MAIL, 2}, FORBIDDEN, "a letter that the merge did not see", false},
    {{1, LIVE, 1}, FORBIDDEN, "a letter of nobody's", false},
};

struct litmus_share : rl::test_suite<litmus_share, 2> {
    thing t;
    int queued, outcome;
    void before() {
        t.begin(2, 0, 0);
    }
    void thread(unsigned i) {
        if (i == 0)
            queued = (tarn__count_merge(&t.o, 0, 0) & TARN__QUEUED) != 0;
        else
            outcome = tarn__count_foreign_decref(&t.o, 0);
    }
    void after() {
        note(litmus_share_table, queued, outcome,
             (int)tarn__count_of(tarn__load(&t.o.shared, relaxed)));
    }
};

/* A sum is read while the owner merges two. Read: the sum. */
TABLE(litmus_sum){
    {{2}, ALLOWED, "before or after", false},
    {{0}, ALLOWED, "between: neither half", false},
    {{4}, FORBIDDEN, "one half counted twice", false},
};

struct litmus_sum : rl::test_suite<litmus_sum, 2> {
    thing t;
    int sum;
    void before() {
        t.begin(2, 0, 0);
    }
    void thread(unsigned i) {
        if (i == 0)
            tarn__count_merge(&t.o, 0, 0);
        else
            sum = (int)tarn__count_sum(&t.o);
    }
    void after() {
        note(litmus_sum_table, sum);
    }
};

/* Made immortal by one holder while the other drops.
 * Read: both drops' outcomes, whether it is dead. */
TABLE(litmus_immortal){
    {{LIVE, LIVE, 0}, ALLOWED, "nobody ends it", false},
    {{DEAD, LIVE, 1}, FORBIDDEN, "the one that made it immortal ends it", false},
    {{LIVE, DEAD, 1}, FORBIDDEN, "the other ends it", false},
};

struct litmus_immortal : rl::test_suite<litmus_immortal, 2> {
    thing t;
    int outcome[2];
    void before() {
        t.begin(0, 2, TARN__MERGED);
    }
    void thread(unsigned i) {
        if (i == 0)
            tarn__count_immortalize(&t.o);
        outcome[i] = tarn__count_foreign_decref(&t.o, 0);
    }
    void after() {
        note(litmus_immortal_table, outcome[0], outcome[1],
             (tarn__load(&t.o.shared, relaxed) & TARN__DEAD) != 0);
    }
};

/* A letter is drained while another thread drops its own reference: two in the
 * owner's half, one of them the letter's, one foreign.
 * Read: the drain's outcome, the drop's, what the one that ends it sees. */
TABLE(litmus_drain){
    {{LIVE, DEAD, 1}, ALLOWED, "drained first: the other ends it", false},
    {{DEAD, LIVE, 1}, ALLOWED, "dropped first: the drain ends it", false},
    {{LIVE, DEAD, 0}, FORBIDDEN, "the other ends it and has not seen the write", false},
    {{DEAD, LIVE, 0}, FORBIDDEN, "the drain ends it and has not seen the write", false},
    {{LIVE, LIVE, 1}, FORBIDDEN, "nobody ends it", false},
};

struct litmus_drain : rl::test_suite<litmus_drain, 2> {
    thing t;
    cell written[2];
    int outcome[2], sees;
    void before() {
        t.begin(1, 1, TARN__QUEUED);
        tarn__store(&written[0], 0, relaxed);
        tarn__store(&written[1], 0, relaxed);
        sees = 1;
    }
    void thread(unsigned i) {
        tarn__store(&written[i], 1, relaxed);
        outcome[i] = i ? tarn__count_foreign_decref(&t.o, 0) : tarn__count_drain(&t.o, 0);
        if (outcome[i] == DEAD)
            sees = tarn__load(&written[1 - i], relaxed);
    }
    void after() {
        note(litmus_drain_table, outcome[0], outcome[1], sees);
    }
};

/* The owner leaves its seat while mail comes: Dekker's pattern over two words [CNT-4].
 * Read: whether the owner sees mail, whether the sender finds a seat to claim. */
TABLE(litmus_mail){
    {{1, 0}, ALLOWED, "the owner drains it", false},
    {{0, 1}, ALLOWED, "the sender claims and drains", false},
    {{1, 1}, ALLOWED, "either: the claim decides", false},
    {{0, 0}, FORBIDDEN, "mail that nobody looks at", false},
};

struct litmus_mail : rl::test_suite<litmus_mail, 2> {
    tarn__seat_head seat;
    tarn_inbox mail;
    tarn_post letters;
    int sees_mail, claims;
    void before() {
        tarn__store(&seat.state, TARN__SEAT_RUNNING, relaxed);
        tarn__store(&mail.head, (tarn_post *)0, relaxed);
        tarn__store(&letters.word, (uint64_t)0, relaxed);
        tarn__store(&letters.next, (tarn_post *)0, relaxed);
        for (unsigned w = 0; w < TARN_POST_WORDS; w++)
            tarn__store(&letters.bits[w], (uint64_t)0, relaxed);
        claims = 0;
    }
    void thread(unsigned i) {
        uint32_t from;
        if (i == 0) {
            tarn__seat_leave(&seat, TARN__SEAT_BLOCKING, 0);
            sees_mail = !tarn__inbox_is_empty(&mail);
            return;
        }
        tarn__post_set(&mail, &letters, 0);
        uint32_t state = tarn__seat_state(tarn__seat_raise(&seat, TARN__SEAT_WORK));
        if (state != TARN__SEAT_RUNNING)
            claims = tarn__seat_claim(&seat, &from);
    }
    void after() {
        note(litmus_mail_table, sees_mail, claims);
    }
};

#endif
