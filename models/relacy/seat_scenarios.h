/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Scenarios of a seat's state word: [SP]. */
#ifndef TARN_MODELS_RELACY_SEAT_SCENARIOS_H
#define TARN_MODELS_RELACY_SEAT_SCENARIOS_H

#include "model.h"

/* --- seats: a stopper touches what a stopped seat owns --- */

struct seats {
    tarn__seat_head head;
    TARN__ATOMIC(uint32_t) outstanding;
    rl::var<unsigned> owned; /* the seat's thread's, or whoever stopped or claimed it */

    void begin() {
        tarn__store(&head.state, TARN__SEAT_RUNNING, relaxed);
        tarn__store(&outstanding, 0u, relaxed);
        owned($) = 0;
    }

    void end() {
        RL_ASSERT(!tarn__load(&outstanding, relaxed));
    }

    void touch() {
        owned($) = owned($) + 1;
    }

    void acknowledge() {
        tarn__fetch_sub(&outstanding, 1u, acq_rel);
    }

    void wait_running() {
        uint32_t word;
        while (!tarn__seat_is_running(&head, &word))
            rl::yield(1, $);
    }

    void safepoint() {
        if (!(tarn__load(&head.state, relaxed) & TARN__SEAT_STOP) || !tarn__seat_park(&head))
            return;
        acknowledge();
        wait_running();
    }

    void leave(uint32_t to) {
        if (tarn__seat_leave(&head, to, 0))
            acknowledge();
    }

    void enter() {
        if (!tarn__seat_enter(&head))
            wait_running();
    }

    void stop_and_start() {
        uint32_t owed = tarn__seat_stop(&head) ? 1 : 0;
        tarn__fetch_add(&outstanding, owed, acq_rel);
        while (tarn__load(&outstanding, acquire))
            rl::yield(1, $);
        touch();
        tarn__seat_start(&head);
    }

    void claim() {
        uint32_t from;
        if (!tarn__seat_claim(&head, &from))
            return;
        touch();
        tarn__seat_unclaim(&head, from);
    }
};

struct seat_parks : rl::test_suite<seat_parks, 2> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.touch();
            s.safepoint();
            s.touch();
            s.safepoint();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.stop_and_start();
        }
    }
};

struct seat_blocks : rl::test_suite<seat_blocks, 2> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.touch();
            s.leave(TARN__SEAT_BLOCKING);
            s.enter();
            s.touch();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.stop_and_start();
            s.stop_and_start();
        }
    }
};

struct seat_claimed : rl::test_suite<seat_claimed, 2> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.touch();
            s.leave(TARN__SEAT_BLOCKING);
            s.enter();
            s.touch();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.claim();
            s.claim();
        }
    }
};

/* Two claimers and a thread that comes back. */
struct seat_claimed_twice : rl::test_suite<seat_claimed_twice, 3> {
    seats s;
    void before() {
        s.begin();
    }
    void after() {
        s.end();
    }
    void thread(unsigned i) {
        if (i == 0) {
            s.leave(TARN__SEAT_BLOCKING);
            s.enter();
            s.touch();
            s.leave(TARN__SEAT_VACANT);
        } else {
            s.claim();
        }
    }
};

#endif
