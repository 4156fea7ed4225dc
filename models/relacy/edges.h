/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Every transition of the kernels' words, one at a time: what each function returns
 * and leaves behind, at the edges that no short program of two threads comes to
 * (saturation, over-release, every flag alone). One thread does all of it.
 */
#ifndef TARN_MODELS_RELACY_EDGES_H
#define TARN_MODELS_RELACY_EDGES_H

#include "model.h"

#define ONE TARN__COUNT_ONE

/* A function that is one step on `w`, and what it must give. */
struct edges {
    tarn_object o;

    void set(int64_t local, int64_t shared, uint64_t flags) {
        tarn__store(&o.bias, local ? (uint64_t)local * ONE + OWNER : 0, relaxed);
        tarn__store(&o.shared, (uint64_t)shared * ONE + flags, relaxed);
    }
    bool is(int64_t shared, uint64_t flags) {
        return tarn__load(&o.shared, relaxed) == (uint64_t)shared * ONE + flags;
    }
    bool has_no_owner() {
        return tarn__load(&o.bias, relaxed) == 0;
    }
    enum tarn_drop foreign(int64_t shared, uint64_t flags, unsigned wanted = 0) {
        set(0, shared, flags);
        return tarn__count_foreign_decref(&o, wanted);
    }
    enum tarn_drop zero(int64_t shared, uint64_t flags, unsigned wanted = 0) {
        set(1, shared, flags);
        return tarn__count_owner_zero(&o, wanted);
    }
    enum tarn_drop drain(int64_t local, int64_t shared, uint64_t flags) {
        set(local, shared, flags);
        return tarn__count_drain(&o, 0);
    }
    enum tarn_drop die(int64_t shared, uint64_t flags, unsigned wanted = 0) {
        set(0, shared, flags);
        return tarn__count_die(&o, wanted);
    }
};

static const uint64_t M = TARN__MERGED, Q = TARN__QUEUED, P = TARN__PUBLISHED, W = TARN__WEAK;
static const uint64_t I = TARN__IMMORTAL, D = TARN__DEAD, F = TARN__FINALIZED;
static const unsigned FINAL = TARN_STAGE_FINALIZE, DISPOSE = TARN_STAGE_DISPOSE;
static const int64_t MOST = TARN__COUNT_MAX;

struct edges_count : rl::test_suite<edges_count, 1>, edges {
    void stages() {
        RL_ASSERT(tarn__stage_left(FINAL | DISPOSE, 0) == (FINAL | DISPOSE));
        RL_ASSERT(tarn__stage_left(FINAL | DISPOSE, F) == DISPOSE);
        RL_ASSERT(tarn__stage_left(FINAL | DISPOSE, TARN__DISPOSED) == FINAL);
        RL_ASSERT(tarn__stage_left(FINAL, F | TARN__DISPOSED) == 0);
        RL_ASSERT(tarn__count_of(-3 * ONE + D) == -3 && tarn__bias_seat(5 * ONE + 7) == 7);
    }
    void deaths() {
        RL_ASSERT(die(0, M) == TARN_DROP_DEAD && is(0, M | D));
        RL_ASSERT(die(0, M | P | W) == TARN_DROP_DEAD && is(0, M | P | W | D));
        RL_ASSERT(die(1, M) == TARN_DROP_LIVE && is(1, M));
        RL_ASSERT(die(-1, M) == TARN_DROP_LIVE && is(-1, M));
        RL_ASSERT(die(0, 0) == TARN_DROP_LIVE && is(0, 0));
        RL_ASSERT(die(0, M | D) == TARN_DROP_LIVE && is(0, M | D));
        RL_ASSERT(die(0, M | Q) == TARN_DROP_LIVE && is(0, M | Q));
        RL_ASSERT(die(0, M | I) == TARN_DROP_LIVE && is(0, M | I));
        RL_ASSERT(die(0, M, FINAL) == TARN_DROP_PEND && is(1, M | TARN__PENDING));
        RL_ASSERT(die(0, M | F, FINAL) == TARN_DROP_DEAD && is(0, M | F | D));
        RL_ASSERT(die(0, M | F, FINAL | DISPOSE) == TARN_DROP_PEND);
    }
    void foreign_drops() {
        RL_ASSERT(foreign(2, M) == TARN_DROP_LIVE && is(1, M));
        RL_ASSERT(foreign(1, M) == TARN_DROP_DEAD && is(0, M | D));
        RL_ASSERT(foreign(1, M, FINAL) == TARN_DROP_PEND);
        RL_ASSERT(foreign(0, M) == TARN_DROP_OVER);
        RL_ASSERT(foreign(1, M | D) == TARN_DROP_OVER);
        RL_ASSERT(foreign(5, M | I) == TARN_DROP_LIVE && is(5, M | I));
        RL_ASSERT(foreign(5, I) == TARN_DROP_LIVE && is(5, I));
        RL_ASSERT(foreign(1, 0) == TARN_DROP_LIVE && is(0, 0));
        RL_ASSERT(foreign(0, 0) == TARN_DROP_MAIL && is(0, Q));
        RL_ASSERT(foreign(-2, 0) == TARN_DROP_MAIL && is(-2, Q));
        RL_ASSERT(foreign(0, Q) == TARN_DROP_LIVE && is(-1, Q));
        RL_ASSERT(foreign(1, Q) == TARN_DROP_LIVE && is(0, Q));
        RL_ASSERT(foreign(-MOST, Q) == TARN_DROP_LIVE && is(-MOST - 1, Q));
        RL_ASSERT(foreign(-MOST - 1, Q) == TARN_DROP_LIVE && is(-MOST - 1, Q | I));
    }
    void owner_drops() {
        RL_ASSERT(zero(0, 0) == TARN_DROP_PRIVATE && !has_no_owner());
        RL_ASSERT(zero(0, P) == TARN_DROP_DEAD && is(0, P | M | D) && has_no_owner());
        RL_ASSERT(zero(0, W) == TARN_DROP_DEAD && is(0, W | M | D) && has_no_owner());
        RL_ASSERT(zero(0, 0, FINAL) == TARN_DROP_PEND && is(1, M | TARN__PENDING));
        RL_ASSERT(zero(0, I) == TARN_DROP_LIVE && is(0, I | M));
        RL_ASSERT(zero(0, Q) == TARN_DROP_LIVE && is(0, Q | M));
        RL_ASSERT(zero(1, 0) == TARN_DROP_LIVE && is(1, M) && has_no_owner());
        RL_ASSERT(zero(-1, 0) == TARN_DROP_OVER);
        RL_ASSERT(zero(-1, Q) == TARN_DROP_LIVE && is(-1, Q | M));
        RL_ASSERT(zero(-1, I) == TARN_DROP_LIVE);
        RL_ASSERT(zero(-1, P) == TARN_DROP_OVER && zero(-2, 0) == TARN_DROP_OVER);
    }
    void drains() {
        RL_ASSERT(drain(0, 2, M | Q) == TARN_DROP_LIVE && is(1, M));
        RL_ASSERT(drain(0, 1, M | Q) == TARN_DROP_DEAD && is(0, M | D));
        RL_ASSERT(drain(0, 0, M | Q) == TARN_DROP_OVER);
        RL_ASSERT(drain(0, 1, M | Q | I) == TARN_DROP_LIVE && is(0, M | I));
        RL_ASSERT(drain(0, 0, M | Q | I) == TARN_DROP_LIVE);
        RL_ASSERT(drain(1, 0, Q) == TARN_DROP_DEAD && is(0, M | D) && has_no_owner());
        RL_ASSERT(drain(2, 0, Q) == TARN_DROP_LIVE && is(1, M) && has_no_owner());
        RL_ASSERT(drain(2, -1, Q) == TARN_DROP_DEAD);
        RL_ASSERT(drain(1, -1, Q) == TARN_DROP_OVER);
    }
    uint64_t merged(int64_t local, int64_t shared, uint64_t flags, int64_t delta, uint64_t clear) {
        set(local, shared, flags);
        uint64_t after = tarn__count_merge(&o, delta, clear);
        RL_ASSERT(has_no_owner());
        return after;
    }
    void merges() {
        RL_ASSERT(merged(3, -1, Q, -1, Q) == ONE + M && is(1, M));
        RL_ASSERT(merged(3, 2, P, 0, 0) == 5 * ONE + P + M && is(5, P | M));
        set(2, 0, 0);
        tarn__store(&o.bias, 2 * ONE + TARN__BIAS_PLAIN + OWNER, relaxed);
        tarn__count_merge(&o, 0, 0);
        RL_ASSERT(tarn__load(&o.bias, relaxed) == TARN__BIAS_PLAIN); /* the flags stay */
        merged(MOST, 0, 0, 0, 0);
        RL_ASSERT(is(MOST, M));
        merged(1, MOST - 1, 0, 0, 0);
        RL_ASSERT(is(MOST, M));
        merged(MOST, 1, 0, 0, 0);
        RL_ASSERT(is(1, M | I));
        merged(1, MOST, 0, 0, 0);
        RL_ASSERT(is(MOST, M | I));
    }
    void increments() {
        set(0, 3, M);
        tarn__count_foreign_incref(&o);
        RL_ASSERT(is(4, M) && tarn__count_try_incref(&o) && is(5, M));
        set(0, 0, M | D);
        RL_ASSERT(!tarn__count_try_incref(&o));
        set(0, 0, M | D | I);
        RL_ASSERT(!tarn__count_try_incref(&o));
        set(0, 0, M | I);
        RL_ASSERT(tarn__count_try_incref(&o) && is(0, M | I)); /* its line is left alone */
        saturates(MOST, M, false);
        saturates(MOST + 1, M, true);
        saturates(MOST, 0, false);
        saturates(MOST + 1, 0, true);
    }
    void saturates(int64_t count, uint64_t flags, bool does) {
        set(0, count, flags);
        tarn__count_foreign_incref(&o);
        RL_ASSERT(is(count + 1, flags | (does ? I : 0)));
        set(0, count, flags);
        RL_ASSERT(tarn__count_try_incref(&o) && is(count + 1, flags | (does ? I : 0)));
    }
    void spares() {
        RL_ASSERT(tarn__count_is_spare(2 * ONE + M) && !tarn__count_is_spare(ONE + M));
        RL_ASSERT(tarn__count_is_spare(ONE) && !tarn__count_is_spare(0));
        RL_ASSERT(!tarn__count_is_spare(2 * ONE + M + I) && !tarn__count_is_spare(2 * ONE + I));
        RL_ASSERT(!tarn__count_is_spare(2 * ONE + M + D) && !tarn__count_is_spare(-ONE));
        set(0, 2, M);
        RL_ASSERT(tarn__count_drop_spare(&o, 2 * ONE + M) && is(1, M));
        RL_ASSERT(!tarn__count_drop_spare(&o, 2 * ONE + M) && is(1, M));
    }
    void owners() {
        set(3, 0, 0);
        RL_ASSERT(tarn__count_owner_decref(&o, 3 * ONE + OWNER, 0) == TARN_DROP_LIVE);
        RL_ASSERT(tarn__load(&o.bias, relaxed) == 2 * ONE + OWNER && is(0, 0));
        RL_ASSERT(tarn__count_owner_decref(&o, 2 * ONE + OWNER, 0) == TARN_DROP_LIVE);
        RL_ASSERT(tarn__load(&o.bias, relaxed) == ONE + OWNER);
        RL_ASSERT(tarn__count_owner_decref(&o, ONE + OWNER, 0) == TARN_DROP_PRIVATE);
        RL_ASSERT(tarn__count_wants_owner(0) && tarn__count_wants_owner(-ONE + P));
        for (uint64_t word : {ONE, M, Q, I, -ONE + M, -ONE + Q, -ONE + I})
            RL_ASSERT(!tarn__count_wants_owner(word));
        uint64_t type = (uint64_t)1 << TARN__TYPE_SHIFT;
        RL_ASSERT(tarn__count_is_private(type) && tarn__count_is_private(TARN__TYPE_MASK));
        RL_ASSERT(!tarn__count_is_private(0));
        for (uint64_t more : {ONE, M, Q, P, W, I, D, F})
            RL_ASSERT(!tarn__count_is_private(type + more));
    }
    void thread(unsigned) {
        owners();
        stages();
        deaths();
        foreign_drops();
        owner_drops();
        drains();
        merges();
        increments();
        spares();
        set(0, 1, M);
        tarn__count_immortalize(&o);
        RL_ASSERT(is(1, M | I));
        set(3, -1, Q);
        RL_ASSERT(tarn__count_sum(&o) == 2);
    }
};

struct edges_slot : rl::test_suite<edges_slot, 1>, edges {
    slot place;
    void thread(unsigned) {
        tarn_object other;
        tarn_object *found = 0;
        set(0, 1, M);
        tarn__slot_publish(&o);
        RL_ASSERT(is(1, M | P));
        tarn__slot_publish(&o);
        RL_ASSERT(is(1, M | P));
        tarn__store(&place.object, (tarn_object *)0, relaxed);
        RL_ASSERT(!tarn__slot_swap_kernel(&place, &o));
        RL_ASSERT(tarn__slot_swap_kernel(&place, &o) == &o);
        RL_ASSERT(!tarn__slot_cas_kernel(&place, &found, &other) && found == &o);
        RL_ASSERT(tarn__slot_cas_kernel(&place, &found, &other));
        tarn__slot_load_kernel(&place, found, true);
        RL_ASSERT(found == &other);
        unsigned tries = 0;
        tarn__slot_load_kernel(&place, found, ++tries == 3);
        RL_ASSERT(tries == 3);
        tarn__store(&place.object, (tarn_object *)0, relaxed);
        tarn__slot_load_kernel(&place, found, ++tries == 99);
        RL_ASSERT(!found && tries == 3);
    }
};

struct edges_weak : rl::test_suite<edges_weak, 1>, edges {
    tarn_callback hook;
    bool hook_is(unsigned state) {
        return tarn__load(&hook.state, relaxed) == state;
    }
    void controls() {
        tarn_control c;
        tarn__control_init(&c, &o);
        RL_ASSERT(tarn__control_target(&c) == &o && tarn__control_is_current(&c, 0));
        RL_ASSERT(!tarn__control_is_current(&c, 1));
        tarn__control_hold(&c);
        RL_ASSERT(!tarn__control_put(&c) && tarn__control_put(&c));
        tarn__control_clear(&c);
        RL_ASSERT(!tarn__control_target(&c));
        set(0, 1, M);
        tarn__weak_mark(&o);
        tarn__weak_mark(&o);
        RL_ASSERT(is(1, M | W));
    }
    uint32_t removed_from(uint32_t state) {
        tarn__store(&hook.state, state, relaxed);
        return tarn__callback_remove(&hook);
    }
    void callbacks() {
        tarn__callback_arm(&hook);
        RL_ASSERT(hook_is(TARN_CALLBACK_ARMED) && tarn__callback_is_armed(&hook));
        RL_ASSERT(!tarn__callback_begin(&hook) && hook_is(TARN_CALLBACK_ARMED));
        tarn__callback_queue(&hook);
        RL_ASSERT(hook_is(TARN_CALLBACK_QUEUED) && !tarn__callback_is_armed(&hook));
        RL_ASSERT(tarn__callback_begin(&hook) && hook_is(TARN_CALLBACK_RUNNING));
        tarn__callback_end(&hook);
        RL_ASSERT(hook_is(TARN_CALLBACK_RAN) && !tarn__callback_begin(&hook));
        tarn__callback_queue(&hook);
        RL_ASSERT(hook_is(TARN_CALLBACK_RAN));
    }
    void removals() {
        RL_ASSERT(removed_from(TARN_CALLBACK_ARMED) == TARN_CALLBACK_ARMED);
        RL_ASSERT(hook_is(TARN_CALLBACK_NONE));
        RL_ASSERT(removed_from(TARN_CALLBACK_QUEUED) == TARN_CALLBACK_QUEUED);
        RL_ASSERT(hook_is(TARN_CALLBACK_NONE));
        for (uint32_t state : {TARN_CALLBACK_NONE, TARN_CALLBACK_RUNNING, TARN_CALLBACK_RAN})
            RL_ASSERT(removed_from(state) == state && hook_is(state));
    }
    void thread(unsigned) {
        controls();
        callbacks();
        removals();
    }
};

struct edges_seat : rl::test_suite<edges_seat, 1> {
    tarn__seat_head seat;
    void set(uint32_t word) {
        tarn__store(&seat.state, word, relaxed);
    }
    bool is(uint32_t word) {
        return tarn__load(&seat.state, relaxed) == word;
    }
    static const uint32_t RUNNING = TARN__SEAT_RUNNING, PARKED = TARN__SEAT_PARKED;
    static const uint32_t BLOCKING = TARN__SEAT_BLOCKING, CLAIMED = TARN__SEAT_CLAIMED;
    static const uint32_t VACANT = TARN__SEAT_VACANT, STOP = TARN__SEAT_STOP;
    static const uint32_t WANT = TARN__SEAT_WANT, WORK = TARN__SEAT_WORK;

    void stops() {
        set(RUNNING | WORK);
        RL_ASSERT(tarn__seat_stop(&seat) && is(RUNNING | WORK | STOP));
        for (uint32_t state : {PARKED, BLOCKING, CLAIMED, VACANT}) {
            set(state);
            RL_ASSERT(!tarn__seat_stop(&seat) && is(state | STOP));
        }
        set(RUNNING | WORK);
        RL_ASSERT(!tarn__seat_park(&seat) && is(RUNNING | WORK));
        set(RUNNING | WORK | STOP);
        RL_ASSERT(tarn__seat_park(&seat) && is(PARKED | WORK | STOP | WANT));
    }
    void leaves() {
        set(RUNNING | WORK);
        RL_ASSERT(!tarn__seat_leave(&seat, BLOCKING, 0) && is(BLOCKING | WORK));
        set(RUNNING | STOP);
        RL_ASSERT(tarn__seat_leave(&seat, VACANT, WANT) && is(VACANT | STOP | WANT));
    }
    void enters() {
        for (uint32_t state : {BLOCKING, VACANT}) {
            set(state | WORK);
            RL_ASSERT(tarn__seat_enter(&seat) && is(RUNNING | WORK));
            set(state | STOP);
            RL_ASSERT(!tarn__seat_enter(&seat) && is(state | STOP | WANT));
        }
        set(CLAIMED | WORK);
        RL_ASSERT(!tarn__seat_enter(&seat) && is(CLAIMED | WORK | WANT));
    }
    void starts() {
        uint32_t word = 0;
        set(BLOCKING | STOP | WORK);
        RL_ASSERT(!tarn__seat_start(&seat) && is(BLOCKING | WORK));
        set(PARKED | STOP | WANT | WORK);
        RL_ASSERT(tarn__seat_start(&seat) && is(RUNNING | WORK));
        RL_ASSERT(tarn__seat_is_running(&seat, &word) && word == (RUNNING | WORK));
        set(CLAIMED | STOP | WANT);
        RL_ASSERT(!tarn__seat_start(&seat) && is(CLAIMED | WANT));
        RL_ASSERT(!tarn__seat_is_running(&seat, &word) && word == (CLAIMED | WANT));
    }
    void claims() {
        uint32_t from = 99;
        for (uint32_t state : {RUNNING, PARKED, CLAIMED}) {
            set(state);
            RL_ASSERT(!tarn__seat_claim(&seat, &from) && is(state) && from == 99);
        }
        for (uint32_t state : {BLOCKING, VACANT}) {
            set(state | WANT);
            RL_ASSERT(!tarn__seat_claim(&seat, &from));
            set(state | STOP | WORK);
            RL_ASSERT(tarn__seat_claim(&seat, &from) && from == state);
            RL_ASSERT(is(CLAIMED | STOP | WORK));
            RL_ASSERT(!tarn__seat_unclaim(&seat, from) && is(state | STOP | WORK));
        }
        set(CLAIMED | WANT | WORK);
        RL_ASSERT(tarn__seat_unclaim(&seat, VACANT) && is(RUNNING | WORK));
        set(CLAIMED | WANT | STOP);
        RL_ASSERT(!tarn__seat_unclaim(&seat, VACANT) && is(VACANT | WANT | STOP));
    }
    void thread(unsigned) {
        stops();
        leaves();
        enters();
        starts();
        claims();
        set(RUNNING | STOP);
        RL_ASSERT(tarn__seat_raise(&seat, WORK) == (RUNNING | STOP) && is(RUNNING | STOP | WORK));
        RL_ASSERT(tarn__seat_lower(&seat, WORK) == (RUNNING | STOP | WORK) && is(RUNNING | STOP));
    }
};

struct edges_post : rl::test_suite<edges_post, 1> {
    tarn_inbox inbox;
    tarn_post a, b;
    void empty(tarn_post &p) {
        tarn__store(&p.word, (uint64_t)0, relaxed);
        tarn__store(&p.next, (tarn_post *)0, relaxed);
        for (unsigned w = 0; w < TARN_POST_WORDS; w++)
            tarn__store(&p.bits[w], (uint64_t)0, relaxed);
    }
    bool word_is(tarn_post &p, uint64_t word) {
        return tarn__load(&p.word, relaxed) == word;
    }
    void letters() {
        RL_ASSERT(tarn__inbox_is_empty(&inbox) && !tarn__inbox_take(&inbox));
        RL_ASSERT(tarn__post_set(&inbox, &a, 3) && !tarn__post_set(&inbox, &a, 3));
        RL_ASSERT(tarn__post_test(&a, 3) && !tarn__post_test(&a, 2) && !tarn__post_test(&a, 67));
        RL_ASSERT(word_is(a, TARN_POST_ANNOUNCED | TARN_POST_TRACE));
        RL_ASSERT(tarn__post_set(&inbox, &b, 66));
        RL_ASSERT(tarn__post_set_word(&inbox, &b, 1, 7) == 4);
        RL_ASSERT(!tarn__inbox_is_empty(&inbox));
        RL_ASSERT(tarn__inbox_take(&inbox) == &b && tarn__post_next(&b) == &a);
        RL_ASSERT(!tarn__post_next(&a) && tarn__inbox_is_empty(&inbox));
        RL_ASSERT(!tarn__post_retire(&b));
        tarn__post_open(&b);
        RL_ASSERT(word_is(b, TARN_POST_TRACE));
        RL_ASSERT(!tarn__post_take(&b, 0) && tarn__post_take(&b, 1) == 7);
        RL_ASSERT(!tarn__post_take(&b, 1));
    }
    void hands() {
        RL_ASSERT(tarn__post_hands(&b) == 0 && tarn__post_retire(&b));
        RL_ASSERT(word_is(b, TARN_POST_HANDS) && tarn__post_hands(&b) == TARN_POST_HANDS);
        RL_ASSERT(tarn__post_retire(&b) && word_is(b, TARN_POST_HANDS));
        RL_ASSERT(!tarn__post_announce(&inbox, &b, 0)); /* too late: other hands */
        RL_ASSERT(tarn__inbox_is_empty(&inbox) && word_is(b, TARN_POST_HANDS));
        RL_ASSERT(tarn__post_announce(&inbox, &b, TARN_POST_HANDS));
        RL_ASSERT(!tarn__post_announce(&inbox, &b, TARN_POST_HANDS)); /* it is there */
        RL_ASSERT(tarn__inbox_take(&inbox) == &b && tarn__inbox_is_empty(&inbox));
    }
    /* The first of those that send has to tell the receiver. */
    void turns() {
        empty(a);
        RL_ASSERT(tarn__post_send(&inbox, &a, 65) && !tarn__post_send(&inbox, &a, 64));
        RL_ASSERT(!tarn__post_send(&inbox, &a, 2) && tarn__inbox_take(&inbox) == &a);
        RL_ASSERT(tarn__post_test(&a, 64) && tarn__post_test(&a, 65) && tarn__post_test(&a, 2));
        RL_ASSERT(!tarn__post_test(&a, 66) && !tarn__post_test(&a, 0));
        tarn__post_open(&a);
        RL_ASSERT(tarn__post_take(&a, 0) == 4 && tarn__post_take(&a, 1) == 3);
        RL_ASSERT(tarn__post_send(&inbox, &a, 65) && tarn__inbox_take(&inbox) == &a);
        RL_ASSERT(tarn__post_test(&a, 65) && !tarn__post_test(&a, 64));
    }
    void finishing() {
        tarn__post_finish(&inbox, &b);
        RL_ASSERT(tarn__inbox_is_empty(&inbox));
        RL_ASSERT(word_is(b, TARN_POST_HANDS | TARN_POST_TRACE));
        for (unsigned word = 0; word < 2; word++) {
            tarn__post_set(&inbox, &b, 64 * word);
            tarn__inbox_take(&inbox);
            tarn__post_finish(&inbox, &b); /* a bit is left: announced again, once */
            RL_ASSERT(tarn__inbox_take(&inbox) == &b && !tarn__post_next(&b));
            tarn__post_open(&b);
            RL_ASSERT(tarn__post_take(&b, word) == 1);
        }
    }
    void thread(unsigned) {
        tarn__store(&inbox.head, (tarn_post *)0, relaxed);
        empty(a);
        empty(b);
        letters();
        hands();
        finishing();
        turns();
    }
};

#endif
