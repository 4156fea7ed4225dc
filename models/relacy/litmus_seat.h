/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Litmus tests of the seat's word: each transition while another thread raises a
 * request. The request is not lost, and neither is the transition.
 */
#ifndef TARN_MODELS_RELACY_LITMUS_SEAT_H
#define TARN_MODELS_RELACY_LITMUS_SEAT_H

#include "litmus.h"

/* Read: what the transition returned, whether the word is right in the end, whether the
 * request came first (0) or found the transition done (1). */
#define SEAT_TABLE(name, returned)                                                                 \
    TABLE(name){                                                                                   \
        {{returned, 1, 0}, ALLOWED, "the request first", false},                                   \
        {{returned, 1, 1}, ALLOWED, "the transition first", false},                                \
        {{returned, 0, 0}, FORBIDDEN, "one of the two is lost", false},                            \
        {{returned, 0, 1}, FORBIDDEN, "one of the two is lost", false},                            \
        {{!returned, 1, 0}, FORBIDDEN, "the transition says that it did something else", false},   \
        {{!returned, 1, 1}, FORBIDDEN, "the transition says that it did something else", false},   \
    };

/* `act` goes from one word to another while WORK is raised. */
#define SEAT_LITMUS(name, returned, from, to, act)                                                 \
    SEAT_TABLE(name, returned)                                                                     \
    struct name : rl::test_suite<name, 2> {                                                        \
        tarn__seat_head seat;                                                                      \
        int result, late;                                                                          \
        void before() {                                                                            \
            tarn__store(&seat.state, (from), relaxed);                                             \
        }                                                                                          \
        void thread(unsigned i) {                                                                  \
            uint32_t was = 0;                                                                      \
            (void)was;                                                                             \
            if (i == 0)                                                                            \
                result = (act);                                                                    \
            else                                                                                   \
                late = tarn__seat_raise(&seat, TARN__SEAT_WORK) == (to);                           \
        }                                                                                          \
        void after() {                                                                             \
            bool right = tarn__load(&seat.state, relaxed) == ((to) | TARN__SEAT_WORK);             \
            note(name##_table, result, right, late);                                               \
        }                                                                                          \
    };

#define STOPPED TARN__SEAT_STOP

SEAT_LITMUS(litmus_leaves, 1, TARN__SEAT_RUNNING | STOPPED, TARN__SEAT_BLOCKING | STOPPED,
            tarn__seat_leave(&seat, TARN__SEAT_BLOCKING, 0))
SEAT_LITMUS(litmus_parks, 1, TARN__SEAT_RUNNING | STOPPED,
            TARN__SEAT_PARKED | STOPPED | TARN__SEAT_WANT, tarn__seat_park(&seat))
SEAT_LITMUS(litmus_enters, 1, TARN__SEAT_BLOCKING, TARN__SEAT_RUNNING, tarn__seat_enter(&seat))
SEAT_LITMUS(litmus_wants, 0, TARN__SEAT_BLOCKING | STOPPED,
            TARN__SEAT_BLOCKING | STOPPED | TARN__SEAT_WANT, tarn__seat_enter(&seat))
SEAT_LITMUS(litmus_starts, 1, TARN__SEAT_PARKED | STOPPED | TARN__SEAT_WANT, TARN__SEAT_RUNNING,
            tarn__seat_start(&seat))
SEAT_LITMUS(litmus_claims, 1, TARN__SEAT_VACANT, TARN__SEAT_CLAIMED, tarn__seat_claim(&seat, &was))
SEAT_LITMUS(litmus_unclaims, 1, TARN__SEAT_CLAIMED | TARN__SEAT_WANT, TARN__SEAT_RUNNING,
            tarn__seat_unclaim(&seat, TARN__SEAT_VACANT))
SEAT_LITMUS(litmus_lowers, 1, TARN__SEAT_RUNNING | TARN__SEAT_GRACE, TARN__SEAT_RUNNING,
            tarn__seat_lower(&seat, TARN__SEAT_GRACE) != 0)

#undef STOPPED

#endif
