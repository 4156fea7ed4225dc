/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the scenarios stand on: one object, its owner's seat, its mail, a slot and
 * a queue for user code, around the kernels as src/ has them. The functions are
 * those of src/object/ and src/thread/ that call the kernels, stripped of pools,
 * locks and statistics; sleeping is a loop that yields.
 *
 * Relacy finds: races on `payload` (read by holders, written by teardown), and on
 * `counts_in_use` (written by whoever writes the owner's half); use after free,
 * double free and leaks of the object; loops that never end. Retired objects
 * are freed when all threads are done: grace periods are liburcu's to prove.
 */
#ifndef TARN_MODELS_RELACY_MODEL_H
#define TARN_MODELS_RELACY_MODEL_H

#define TARN_POST_WORDS 2

#include "memory/post_kernel.h"
#include "object/count_kernel.h"
#include "object/slot_kernel.h"
#include "object/weak_kernel.h"
#include "thread/seat_kernel.h"

enum { OWNER = 1, OTHER = 2, THIRD = 3 };

struct object : tarn_object {
    rl::var<unsigned> payload;
};

struct slot {
    TARN__ATOMIC(tarn_object *) object;
};

struct model {
    tarn__seat_head seat;
    rl::var<unsigned> counts_in_use; /* the owner's half is being written */
    tarn_inbox mail;
    tarn_post letters;
    slot place;
    TARN__ATOMIC(unsigned) waiting; /* for user code */
    object *o;
    unsigned stages;
    /* the model's own notes: no thread of a program could see them */
    bool retired;
    bool freed;
    unsigned ran;

    /* An object with `local` references of the owner and `shared` of others. */
    void begin(int local, int shared, uint64_t flags = 0, unsigned wanted = TARN_STAGE_NONE) {
        tarn__store(&seat.state, TARN__SEAT_RUNNING, relaxed);
        tarn__store(&mail.head, (tarn_post *)0, relaxed);
        tarn__store(&letters.word, (uint64_t)0, relaxed);
        tarn__store(&letters.next, (tarn_post *)0, relaxed);
        for (unsigned w = 0; w < TARN_POST_WORDS; w++)
            tarn__store(&letters.bits[w], (uint64_t)0, relaxed);
        tarn__store(&waiting, 0u, relaxed);
        counts_in_use($) = 0;
        stages = wanted;
        retired = freed = false;
        ran = 0;
        o = new object;
        o->payload($) = 1;
        uint64_t bias = local ? (uint64_t)local * TARN__COUNT_ONE + OWNER : 0;
        tarn__store(&o->bias, bias, relaxed);
        tarn__store(&o->shared, (uint64_t)shared * TARN__COUNT_ONE + flags, relaxed);
        tarn__store(&place.object, (tarn_object *)0, relaxed);
    }

    /* All threads are done: what was retired goes; what was not freed leaks. */
    void end() {
        if (retired)
            free_object();
        RL_ASSERT(!tarn__load(&letters.bits[0], relaxed));
        RL_ASSERT(!tarn__load(&mail.head, relaxed));
        RL_ASSERT(!tarn__load(&waiting, relaxed));
        RL_ASSERT(stages == TARN_STAGE_NONE || ran == 1);
    }

    void free_object() {
        o->payload($) = 0;
        freed = true;
        delete o;
    }

    /* By the holder of a reference. */
    void use() {
        RL_ASSERT(o->payload($) == 1 && !retired);
    }

    /* --- counts: src/object/death.c, count.c --- */

    void own_counts() {
        counts_in_use($) = 1;
    }

    bool is_owner(unsigned me, uint64_t bias) {
        return tarn__bias_seat(bias) == me;
    }

    void finish(enum tarn_drop outcome) {
        RL_ASSERT(outcome != TARN_DROP_OVER);
        if (outcome == TARN_DROP_MAIL)
            post_mail();
        else if (outcome == TARN_DROP_PEND)
            tarn__fetch_or(&waiting, 1u, acq_rel);
        else if (outcome == TARN_DROP_PRIVATE)
            free_object();
        else if (outcome == TARN_DROP_DEAD)
            bury();
    }

    /* src/object/weak.c, where a scenario has weak references */
    virtual void detach() {
    }

    void bury() {
        if (tarn__load(&o->shared, relaxed) & TARN__WEAK)
            detach();
        if (tarn__load(&o->shared, relaxed) & (TARN__PUBLISHED | TARN__WEAK)) {
            RL_ASSERT(!retired && !freed);
            retired = true;
        } else {
            free_object();
        }
    }

    /* In the owner's place [CNT-8]; false: mail has to go. */
    bool drop_in_place() {
        enum tarn_drop outcome = TARN_DROP_LIVE;
        uint32_t from;
        if (!tarn__seat_claim(&seat, &from))
            return false;
        uint64_t bias = tarn__load(&o->bias, relaxed);
        bool owned = is_owner(OWNER, bias);
        if (owned) {
            own_counts();
            outcome = tarn__count_owner_decref(o, bias, stages);
        }
        tarn__seat_unclaim(&seat, from);
        if (!tarn__inbox_is_empty(&mail))
            notify();
        if (owned)
            finish(outcome);
        return owned;
    }

    /* What goes before drop() in tarn__decref_slow(): one reference of several. */
    void drop_quickly(unsigned me) {
        uint64_t bias = tarn__load(&o->bias, relaxed);
        uint64_t word = tarn__load(&o->shared, acquire);
        if (is_owner(me, bias) || !tarn__count_is_spare(word) || !tarn__count_drop_spare(o, word))
            drop(me);
    }

    void drop(unsigned me) {
        uint64_t bias = tarn__load(&o->bias, relaxed);
        if (is_owner(me, bias)) {
            own_counts();
            finish(tarn__count_owner_decref(o, bias, stages));
        } else if (!tarn__count_wants_owner(tarn__load(&o->shared, relaxed)) || !drop_in_place()) {
            finish(tarn__count_foreign_decref(o, stages));
        }
    }

    void incref(unsigned me) {
        uint64_t bias = tarn__load(&o->bias, relaxed);
        if (is_owner(me, bias)) {
            own_counts();
            tarn__store(&o->bias, bias + TARN__COUNT_ONE, relaxed);
        } else {
            tarn__count_foreign_incref(o);
        }
    }

    bool try_incref(unsigned me, tarn_object *x) {
        uint64_t bias = tarn__load(&x->bias, relaxed);
        if (!is_owner(me, bias))
            return tarn__count_try_incref(x);
        own_counts();
        tarn__store(&x->bias, bias + TARN__COUNT_ONE, relaxed);
        return true;
    }

    /* --- slots: src/object/slot.c --- */

    /* A load may be stale for a while, not for ever: the yield says so. */
    bool try_or_yield(unsigned me, tarn_object *x) {
        if (try_incref(me, x))
            return true;
        rl::yield(1, $);
        return false;
    }

    tarn_object *load(unsigned me) {
        tarn_object *x;
        tarn__slot_load_kernel(&place, x, try_or_yield(me, x));
        return x;
    }

    void store(unsigned me, tarn_object *x) {
        if (x) {
            tarn__slot_publish(x);
            incref(me);
        }
        if (tarn__slot_swap_kernel(&place, x))
            drop(me);
    }

    /* --- mail: src/object/mail.c, src/thread/safepoint.c --- */

    void post_mail() {
        RL_ASSERT(!tarn__post_test(&letters, 0));
        if (tarn__post_send(&mail, &letters, 0))
            notify();
    }

    void drain() {
        own_counts();
        for (tarn_post *p = tarn__inbox_take(&mail); p; p = 0) {
            tarn__post_open(p);
            if (tarn__post_take(p, 0))
                finish(tarn__count_drain(o, stages));
        }
    }

    void notify() {
        do {
            uint32_t from;
            uint32_t state = tarn__seat_state(tarn__seat_raise(&seat, TARN__SEAT_WORK));
            if (state == TARN__SEAT_RUNNING || state == TARN__SEAT_PARKED)
                return;
            if (!tarn__seat_claim(&seat, &from))
                return;
            drain();
            tarn__seat_unclaim(&seat, from);
        } while (!tarn__inbox_is_empty(&mail));
    }

    /* --- the owner's seat: src/thread/safepoint.c --- */

    void sleep_until_running() {
        uint32_t word;
        while (!tarn__seat_is_running(&seat, &word))
            rl::yield(1, $);
    }

    void enter() {
        if (!tarn__seat_enter(&seat))
            sleep_until_running();
    }

    /* Leaves RUNNING, for BLOCKING or VACANT; who never comes back leaves no mail. */
    void leave(uint32_t to) {
        for (;;) {
            tarn__seat_leave(&seat, to, 0);
            if (tarn__inbox_is_empty(&mail))
                return;
            enter();
            drain();
        }
    }

    void safepoint() {
        if (tarn__load(&seat.state, relaxed) & TARN__SEAT_WORK) {
            tarn__seat_lower(&seat, TARN__SEAT_WORK);
            drain();
        }
    }

    /* --- user code: src/object/pending.c --- */

    void run_user_code(unsigned me, bool resurrect) {
        if (!tarn__fetch_and(&waiting, 0u, acq_rel))
            return;
        uint64_t flag = stages & TARN_STAGE_FINALIZE ? TARN__FINALIZED : TARN__DISPOSED;
        tarn__fetch_or(&o->shared, flag, relaxed);
        tarn__fetch_and(&o->shared, ~TARN__PENDING, acq_rel);
        ran++;
        use();
        if (resurrect) {
            incref(me);
            drop(me);
        }
        drop(me);
    }
};

#endif
