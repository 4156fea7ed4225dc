/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The names of the rows that targets are about. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "ref.h"

#define ROW_STEPS "instructions of a pair, inline"
#define ROW_OWNER "incref + decref by the owner"
#define ROW_FOREIGN "incref + decref by another thread"
#define ROW_IMMORTAL "incref + decref of an immortal object"
#define ROW_TWO "incref + decref by two threads at once"

#define ROW_PEEK "slot peek"
#define ROW_PEEK_STEPS "instructions of a slot peek"
#define ROW_LOAD_STEPS "instructions of a slot load + decref"
#define ROW_LOAD "slot load + decref"
#define ROW_STORE "slot store"
#define ROW_SWAP "slot compare-exchange"
#define ROW_PUBLISH "slot store of a new object"
#define ROW_LOAD_1_1 "slot load + decref, 1 reader beside 1 writer"
#define ROW_LOAD_2_1 "slot load + decref, 2 readers beside 1 writer"
#define ROW_PEEK_1_1 "slot peek, 1 reader beside 1 writer"
#define ROW_PUBLISH_1_1 "slot store of a new object, beside 1 reader"

#define ROW_WEAK "weak upgrade + drop"
#define ROW_WEAK_2 "weak upgrade + drop by two threads at once"

#define ROW_LIST "drop of a list, per object"
#define ROW_LIST_STOP "drop of a list, the longest stop"
#define ROW_PIPE "object made here, dropped there"
#define ROW_LAST "last reference dropped by another thread"

#define DROP_BUDGET_US 500 /* of a safepoint, while the list dies */

#endif
