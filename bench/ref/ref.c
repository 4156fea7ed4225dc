/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * References: counts, slots, weak references, what is built of them, and death, in
 * rows. All contenders of a row run in turn, round by round, in this process; a
 * second thread is there all the time, so that nobody counts as if it were alone.
 */
#include "harness.h"
#include "ours.h"

#define SLICE_NS 4e7

void bench_ref(void) {
    harness.slice_ns = SLICE_NS;
    ours_open();
    owner_start();
    ref_count();
    ref_slot();
    ref_weak();
    ref_death();
    ref_table();
    ref_contain();
    ref_judge();
    owner_stop();
    ours_close();
}
