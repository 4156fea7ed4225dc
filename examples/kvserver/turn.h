/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * An event loop on a thread of the heap.
 *
 * A thread that waits is in a blocking region, so that nobody waits for it: a
 * collection, a grace period or a fork takes a sleeping worker as stopped. But a region
 * also hands what the thread has still to free to the heap, whose own thread then frees
 * it; which is right for one that sleeps, and dear for one that comes back in a
 * microsecond. So a loop that has dropped objects first looks without waiting, and as long
 * as it finds something it only passes safepoints; when it finds nothing it waits.
 *
 * libuv runs what is ready between the wait and uv_check, with no hook before the first
 * of it; so prepare begins the region, and every callback first says turn_wake(), which
 * ends it. Borrows end with the turn, either way.
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
    bool may_wait;    /* the next look at what is ready is a wait */
    bool waiting;     /* in a blocking region */
    bool busy;        /* something was ready */
    bool dropped;     /* since the last region the thread may have dropped objects */
    bool stopped;
};

/* Makes a loop; nudged: what runs on its thread after uv_async_send(&turn->nudge).
 * Returns 0 or libuv's error. */
int turn_begin(struct turn *turn, uv_async_cb nudged);

/* Runs it until turn_stop(), which is for its own thread. */
void turn_run(struct turn *turn);

static inline void turn_stop(struct turn *turn) {
    turn->stopped = true;
}

/* Closes what turn_begin opened; the rest must have been closed. */
void turn_end(struct turn *turn);

void turn_wake_slow(struct turn *turn);

/* First in every callback of the loop. */
static inline void turn_wake(struct turn *turn) {
    turn->busy = true;
    if (turn->waiting)
        turn_wake_slow(turn);
}

static inline struct turn *turn_of(const uv_loop_t *loop) {
    return loop->data;
}

#endif
