/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Scenarios of counts, mail and user code: [CNT], [FIN]. */
#ifndef TARN_MODELS_RELACY_COUNT_SCENARIOS_H
#define TARN_MODELS_RELACY_COUNT_SCENARIOS_H

#include "model.h"

/* --- counts --- */

/* Two references of the owner's half, one handed to another thread. */
struct count_handed : rl::test_suite<count_handed, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(i ? OTHER : OWNER);
        if (i == 0) {
            m.safepoint();
            m.leave(TARN__SEAT_BLOCKING);
        }
    }
};

/* One reference in each half: the owner's zero may meet the other's. */
struct count_halves : rl::test_suite<count_halves, 2> {
    model m;
    void before() {
        m.begin(1, 1);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(i ? OTHER : OWNER);
    }
};

/* The same, where the other's goes as one of several. */
struct count_spare : rl::test_suite<count_spare, 2> {
    model m;
    void before() {
        m.begin(1, 1);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop_quickly(i ? OTHER : OWNER);
    }
};

/* Merged, and one of several goes twice at once. */
struct count_spare_merged : rl::test_suite<count_spare_merged, 2> {
    model m;
    void before() {
        m.begin(0, 3, TARN__MERGED);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop_quickly(OTHER + i);
        if (i == 0)
            m.drop_quickly(OTHER);
    }
};

/* The other thread adds one before it drops both; one of them goes by mail. */
struct count_added : rl::test_suite<count_added, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OWNER);
            m.leave(TARN__SEAT_VACANT);
        } else {
            m.incref(OTHER);
            m.use();
            m.drop(OTHER);
            m.drop(OTHER);
        }
    }
};

/* Mail meets an owner that blocks and comes back. */
struct count_claim : rl::test_suite<count_claim, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.leave(TARN__SEAT_BLOCKING);
            m.enter();
            m.incref(OWNER);
            m.drop(OWNER);
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* The owner has gone to sleep with what it was given back; the other drops in its place,
 * or by mail, as the owner wakes and drops too. */
struct count_in_place : rl::test_suite<count_in_place, 2> {
    model m;
    void before() {
        m.begin(2, 0);
        tarn__store(&m.seat.state, TARN__SEAT_BLOCKING, relaxed);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        if (i == 0) {
            m.enter();
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.drop(OTHER);
        }
    }
};

/* Two drop in the place of an owner that sleeps. */
struct count_in_place_twice : rl::test_suite<count_in_place_twice, 2> {
    model m;
    void before() {
        m.begin(2, 0);
        tarn__store(&m.seat.state, TARN__SEAT_VACANT, relaxed);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(OTHER + i);
    }
};

/* The seat changes hands while mail comes. */
struct count_seat_taken : rl::test_suite<count_seat_taken, 3> {
    model m;
    rl::atomic<unsigned> vacated;
    void before() {
        m.begin(2, 0);
        vacated.store(0, rl::mo_relaxed, $);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.leave(TARN__SEAT_VACANT);
            vacated.store(1, rl::mo_release, $);
        } else if (i == 1) {
            while (!vacated.load(rl::mo_acquire, $))
                rl::yield(1, $);
            m.enter();
            m.drop(OWNER);
            m.leave(TARN__SEAT_VACANT);
        } else {
            m.drop(THIRD);
        }
    }
};

/* Two threads drop what the owner gave them; the owner leaves. */
struct count_two_foreign : rl::test_suite<count_two_foreign, 3> {
    model m;
    void before() {
        m.begin(3, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.drop(OWNER + i);
        if (i == 0)
            m.leave(TARN__SEAT_BLOCKING);
    }
};

/* Merged long since: plain atomic counting. */
struct count_merged : rl::test_suite<count_merged, 2> {
    model m;
    void before() {
        m.begin(0, 2, TARN__MERGED);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        m.use();
        m.incref(OTHER + i);
        m.drop(OTHER + i);
        m.drop(OTHER + i);
    }
};

/* Made immortal while its letter is on the way: the letter is taken, no more. */
struct count_immortal : rl::test_suite<count_immortal, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        RL_ASSERT(!m.freed && !m.retired);
        uint64_t flags = tarn__load(&m.o->shared, relaxed) & (TARN__IMMORTAL | TARN__QUEUED);
        RL_ASSERT(flags == TARN__IMMORTAL);
        m.free_object();
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            tarn__count_immortalize(m.o);
            m.drop(OWNER);
            m.safepoint();
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.drop(OTHER);
        }
    }
};

/* tarn_share() meets a foreign drop. */
struct count_shared : rl::test_suite<count_shared, 2> {
    model m;
    void before() {
        m.begin(2, 0);
    }
    void after() {
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            if (m.is_owner(OWNER, tarn__load(&m.o->bias, relaxed))) {
                m.own_counts();
                tarn__count_merge(m.o, 0, 0);
            }
            m.use();
            m.drop(OWNER);
            m.leave(TARN__SEAT_BLOCKING);
        } else {
            m.use();
            m.drop(OTHER);
        }
    }
};

/* --- user code --- */

/* Both drop, either runs the finalizer, which resurrects for a while. */
struct final_once : rl::test_suite<final_once, 2> {
    model m;
    void before() {
        m.begin(1, 1, 0, TARN_STAGE_FINALIZE);
    }
    void after() {
        m.run_user_code(OTHER, false);
        m.end();
    }
    void thread(unsigned i) {
        m.drop(i ? OTHER : OWNER);
        m.run_user_code(i ? OTHER : OWNER, true);
    }
};

/* A dropper stalls in its death while a borrower brings the object back. */
struct dispose_once : rl::test_suite<dispose_once, 2> {
    model m;
    void before() {
        m.begin(0, 1, TARN__MERGED | TARN__PUBLISHED, TARN_STAGE_DISPOSE);
    }
    void after() {
        m.run_user_code(OTHER, false);
        m.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            m.drop(OTHER);
        } else if (m.try_incref(THIRD, m.o)) {
            m.drop(THIRD);
            m.run_user_code(THIRD, false);
        }
    }
};

#endif
