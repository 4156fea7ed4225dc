/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Litmus tests of slots and of publication: what a reader of slots may see. */
#ifndef TARN_MODELS_RELACY_LITMUS_SLOT_H
#define TARN_MODELS_RELACY_LITMUS_SLOT_H

#include "litmus.h"

/* Objects a and b, slots p and q, all empty. */
struct slots {
    thing a, b;
    slot p, q;

    void begin() {
        a.begin(0, 1, TARN__MERGED);
        b.begin(0, 1, TARN__MERGED);
        tarn__store(&p.object, (tarn_object *)0, relaxed);
        tarn__store(&q.object, (tarn_object *)0, relaxed);
    }
    /* 0: NULL; 1: a; 2: b */
    int name(tarn_object *o) {
        return o == &a.o ? 1 : o == &b.o ? 2 : 0;
    }
    int store(slot &s, thing &t) {
        tarn__slot_publish(&t.o);
        return name(tarn__slot_swap_kernel(&s, &t.o));
    }
    int peek(slot &s) {
        return name(tarn__load(&s.object, acquire));
    }
};

/* Message passing: a write, then a store; a peek, then a read.
 * Read: the object peeked at, the write. */
TABLE(litmus_message){
    {{0, 0}, ALLOWED, "too early", false},
    {{0, 1}, ALLOWED, "too early for the slot", false},
    {{1, 1}, ALLOWED, "the object with its content", false},
    {{1, 0}, FORBIDDEN, "the object without its content", false},
};

struct litmus_message : rl::test_suite<litmus_message, 2> {
    slots s;
    cell content;
    int got, sees;
    void before() {
        s.begin();
        tarn__store(&content, 0, relaxed);
    }
    void thread(unsigned i) {
        if (i == 0) {
            tarn__store(&content, 1, relaxed);
            s.store(s.p, s.a);
        } else {
            got = s.peek(s.p);
            sees = tarn__load(&content, relaxed);
        }
    }
    void after() {
        note(litmus_message_table, got, sees);
    }
};

/* The same through a compare-exchange. */
TABLE(litmus_message_cas){
    {{0, 0}, ALLOWED, "too early", false},
    {{0, 1}, ALLOWED, "too early for the slot", false},
    {{1, 1}, ALLOWED, "the object with its content", false},
    {{1, 0}, FORBIDDEN, "the object without its content", false},
};

struct litmus_message_cas : rl::test_suite<litmus_message_cas, 2> {
    slots s;
    cell content;
    int got, sees;
    void before() {
        s.begin();
        tarn__store(&content, 0, relaxed);
    }
    void thread(unsigned i) {
        tarn_object *none = 0;
        if (i == 0) {
            tarn__store(&content, 1, relaxed);
            tarn__slot_cas_kernel(&s.p, &none, &s.a.o);
        } else {
            /* taken out by whoever finds it: or told by a failure what is there */
            tarn_object *found = &s.b.o;
            tarn__slot_cas_kernel(&s.p, &found, none);
            got = s.name(found);
            sees = tarn__load(&content, relaxed);
        }
    }
    void after() {
        note(litmus_message_cas_table, got, sees);
    }
};

/* What an exchange takes out is seen with its content. Read: as above. */
TABLE(litmus_take){
    {{0, 0}, ALLOWED, "too early", false},
    {{0, 1}, ALLOWED, "too early for the slot", false},
    {{1, 1}, ALLOWED, "the object with its content", false},
    {{1, 0}, FORBIDDEN, "the object without its content", false},
};

struct litmus_take : rl::test_suite<litmus_take, 2> {
    slots s;
    cell content;
    int got, sees;
    void before() {
        s.begin();
        tarn__store(&content, 0, relaxed);
    }
    void thread(unsigned i) {
        if (i == 0) {
            tarn__store(&content, 1, relaxed);
            s.store(s.p, s.a);
        } else {
            got = s.name(tarn__slot_swap_kernel(&s.p, (tarn_object *)0));
            sees = tarn__load(&content, relaxed);
        }
    }
    void after() {
        note(litmus_take_table, got, sees);
    }
};

/* Two exchanges. Read: what each took out. */
TABLE(litmus_exchanges){
    {{0, 1}, ALLOWED, "the second took the first's", false},
    {{2, 0}, ALLOWED, "the first took the second's", false},
    {{0, 0}, FORBIDDEN, "one object is lost", false},
    {{2, 1}, FORBIDDEN, "each took the other's", false},
};

struct litmus_exchanges : rl::test_suite<litmus_exchanges, 2> {
    slots s;
    int took[2];
    void before() {
        s.begin();
    }
    void thread(unsigned i) {
        took[i] = s.store(s.p, i ? s.b : s.a);
    }
    void after() {
        note(litmus_exchanges_table, took[0], took[1]);
    }
};

/* Two compare-exchanges of NULL. Read: who succeeded, what the slot holds. */
TABLE(litmus_compares){
    {{1, 0, 1}, ALLOWED, "the first", false}, {{0, 1, 2}, ALLOWED, "the second", false},
    {{1, 1, 1}, FORBIDDEN, "both", false},    {{1, 1, 2}, FORBIDDEN, "both", false},
    {{0, 0, 0}, FORBIDDEN, "neither", false},
};

struct litmus_compares : rl::test_suite<litmus_compares, 2> {
    slots s;
    int done[2];
    void before() {
        s.begin();
    }
    void thread(unsigned i) {
        tarn_object *none = 0;
        done[i] = tarn__slot_cas_kernel(&s.p, &none, i ? &s.b.o : &s.a.o);
    }
    void after() {
        note(litmus_compares_table, done[0], done[1], s.peek(s.p));
    }
};

/* Two stores, two peeks: a slot's values come in one order. Read: the peeks. */
TABLE(litmus_coherence){
    {{0, 0}, ALLOWED, "none yet", false},
    {{0, 1}, ALLOWED, "in order", false},
    {{0, 2}, ALLOWED, "in order", false},
    {{1, 1}, ALLOWED, "the first", false},
    {{1, 2}, ALLOWED, "in order", false},
    {{2, 2}, ALLOWED, "the second", false},
    {{1, 0}, FORBIDDEN, "back to none", false},
    {{2, 0}, FORBIDDEN, "back to none", false},
    {{2, 1}, FORBIDDEN, "back to the first", false},
};

struct litmus_coherence : rl::test_suite<litmus_coherence, 2> {
    slots s;
    int got[2];
    void before() {
        s.begin();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.store(s.p, s.a);
            s.store(s.p, s.b);
        } else {
            got[0] = s.peek(s.p);
            got[1] = s.peek(s.p);
        }
    }
    void after() {
        note(litmus_coherence_table, got[0], got[1]);
    }
};

/* Two slots, stored one after the other, peeked at the other way round.
 * Read: the later slot, the earlier. */
TABLE(litmus_two_slots){
    {{0, 0}, ALLOWED, "neither", false},
    {{0, 1}, ALLOWED, "the earlier", false},
    {{2, 1}, ALLOWED, "both", false},
    {{2, 0}, FORBIDDEN, "the later without the earlier", false},
};

struct litmus_two_slots : rl::test_suite<litmus_two_slots, 2> {
    slots s;
    int got[2];
    void before() {
        s.begin();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.store(s.p, s.a);
            s.store(s.q, s.b);
        } else {
            got[0] = s.peek(s.q);
            got[1] = s.peek(s.p);
        }
    }
    void after() {
        note(litmus_two_slots_table, got[0], got[1]);
    }
};

/* Store buffering: each stores into one slot and peeks at the other. Slots are not
 * sequentially consistent: a program that needs that has to bring its own order.
 * Read: both peeks. */
TABLE(litmus_buffering){
    {{0, 0}, ALLOWED, "both miss the other's", false},
    {{0, 1}, ALLOWED, "the first misses", false},
    {{2, 0}, ALLOWED, "the second misses", false},
    {{2, 1}, ALLOWED, "both see", false},
};

struct litmus_buffering : rl::test_suite<litmus_buffering, 2> {
    slots s;
    int got[2];
    void before() {
        s.begin();
    }
    void thread(unsigned i) {
        s.store(i ? s.q : s.p, i ? s.b : s.a);
        got[i] = s.peek(i ? s.p : s.q);
    }
    void after() {
        note(litmus_buffering_table, got[0], got[1]);
    }
};

/* A slot is replaced, never emptied, while another thread loads.
 * Read: what was loaded, the outcome of dropping the old one. */
TABLE(litmus_replace){
    {{1, TARN_DROP_LIVE}, ALLOWED, "the old one, which lives on", false},
    {{2, TARN_DROP_DEAD}, ALLOWED, "the new one; the old one is dead", false},
    {{1, TARN_DROP_DEAD}, FORBIDDEN, "the old one, dead", false},
    {{0, TARN_DROP_DEAD}, FORBIDDEN, "nothing", false},
    {{0, TARN_DROP_LIVE}, FORBIDDEN, "nothing", false},
    {{2, TARN_DROP_LIVE}, FORBIDDEN, "the new one; the old one is left behind", false},
};

struct litmus_replace : rl::test_suite<litmus_replace, 2> {
    slots s;
    int got, outcome;
    void before() {
        s.begin();
        s.store(s.p, s.a);
    }
    bool try_or_yield(tarn_object *o) {
        if (tarn__count_try_incref(o))
            return true;
        rl::yield(1, $);
        return false;
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.store(s.p, s.b);
            outcome = tarn__count_foreign_decref(&s.a.o, 0);
        } else {
            tarn_object *o;
            tarn__slot_load_kernel(&s.p, o, try_or_yield(o));
            got = s.name(o);
        }
    }
    void after() {
        note(litmus_replace_table, got, outcome);
    }
};

/* The owner publishes its object and lets go; the other takes it out and lets go.
 * Read: who ends it (1: the owner, 2: the other), whether it is PUBLISHED by then. */
TABLE(litmus_published){
    {{1, 1}, ALLOWED, "the owner, through a grace period", false},
    {{2, 1}, ALLOWED, "the other, through a grace period", false},
    {{0, 1}, ALLOWED, "nobody: a letter is on its way, or it is in the slot", false},
    {{1, 0}, FORBIDDEN, "the owner, while others may borrow it", false},
    {{2, 0}, FORBIDDEN, "the other, without a grace period", false},
};

struct litmus_published : rl::test_suite<litmus_published, 2> {
    slots s;
    int ends;
    bool published;
    void before() {
        s.begin();
        s.a.begin(2, 0, 0); /* the slot's reference and the owner's own */
        ends = 0;
        published = true;
    }
    void end(int who, enum tarn_drop outcome) {
        if (outcome != TARN_DROP_DEAD && outcome != TARN_DROP_PRIVATE)
            return;
        ends = who;
        published = (tarn__load(&s.a.o.shared, relaxed) & TARN__PUBLISHED) != 0;
    }
    void drop_owner() {
        uint64_t bias = tarn__load(&s.a.o.bias, relaxed);
        if (tarn__bias_seat(bias) != OWNER)
            end(1, tarn__count_foreign_decref(&s.a.o, 0));
        else if (bias >= 2 * TARN__COUNT_ONE)
            tarn__store(&s.a.o.bias, bias - TARN__COUNT_ONE, relaxed);
        else
            end(1, tarn__count_owner_zero(&s.a.o, 0));
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.store(s.p, s.a);
            drop_owner();
            if (tarn__slot_swap_kernel(&s.p, (tarn_object *)0))
                drop_owner();
            else
                tarn__count_merge(&s.a.o, 0, 0);
        } else if (tarn__slot_swap_kernel(&s.p, (tarn_object *)0)) {
            end(2, tarn__count_foreign_decref(&s.a.o, 0));
        }
    }
    void after() {
        note(litmus_published_table, ends, published);
    }
};

#endif
