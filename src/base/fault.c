/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The counter behind base/fault.h: process-wide, so that any thread's allocation
 * may be the one. */
#include "base/fault.h"

#include <tarn/atomic.h>

#if defined(TARN_FAULTS) && TARN_FAULTS

static TARN__ATOMIC(uint64_t) asked;
static TARN__ATOMIC(uint64_t) fails_at;
static TARN__ATOMIC(uint64_t) fails_on; /* 1: later ones too */

bool tarn__fault_hit(void) {
    /* relaxed, here and below: a counter of a test build. */
    uint64_t number = tarn__fetch_add(&asked, 1, relaxed) + 1;
    uint64_t at = tarn__load(&fails_at, relaxed);
    return at && (number == at || (number > at && tarn__load(&fails_on, relaxed)));
}

static void arm(uint64_t nth, uint64_t on) {
    /* relaxed: as above. */
    tarn__store(&fails_at, 0, relaxed);
    tarn__store(&fails_on, on, relaxed);
    tarn__store(&asked, 0, relaxed);
    tarn__store(&fails_at, nth, relaxed);
}

void tarn__fault_arm(uint64_t nth) {
    arm(nth, 0);
}

void tarn__fault_arm_from(uint64_t nth) {
    arm(nth, 1);
}

uint64_t tarn__fault_count(void) {
    /* relaxed: as above. */
    return tarn__load(&asked, relaxed);
}

#endif
