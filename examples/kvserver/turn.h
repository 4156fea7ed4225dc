/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * An event loop on a thread of the heap.
 *
 * The thread is in a blocking region while its loop waits, so that nobody waits for it:
 * a collection, a grace period or a fork takes a sleeping worker as stopped. libuv runs
 * what is ready between the wait and uv_check, with no hook before the first of it; so
 * prepare begins the region, and every callback first says turn_wake(), which ends it.
 * That pair is also the loop's safepoint: borrows end with the turn.
 */
#ifndef KVSERVER_TURN_H
#define KVSERVER_TURN_H

#include <stdbool.h>
#include <tarn/tarn.h>
#include <uv.h>

struct turn {
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_async_t nudge; /* other threads wake the loop with it */
    bool waiting;
};

/* Makes a loop; nudged: what runs on its thread after uv_async_send(&turn->nudge).
 * Returns 0 or libuv's error. */
int turn_begin(struct turn *turn, uv_async_cb nudged);

/* Runs it until nothing is open, or uv_stop. */
void turn_run(struct turn *turn);

/* Closes what turn_begin opened; the rest must have been closed. */
void turn_end(struct turn *turn);

void turn_wake_slow(struct turn *turn);

/* First in every callback of the loop. */
static inline void turn_wake(struct turn *turn) {
    if (turn->waiting)
        turn_wake_slow(turn);
}

static inline struct turn *turn_of(const uv_loop_t *loop) {
    return loop->data;
}

#endif
