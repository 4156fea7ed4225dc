/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* An event loop on a thread of the heap. */
#include "turn.h"

#include "keyspace.h"

static void prepare(uv_prepare_t *handle) {
    struct turn *turn = handle->loop->data;
    if (!turn->may_wait)
        return;
    tarn_blocking_begin();
    turn->waiting = true;
}

void turn_wake_slow(struct turn *turn) {
    turn->waiting = false;
    tarn_blocking_end();
    time_update();
}

/* A wait that ended without a callback. */
static void check(uv_check_t *handle) {
    struct turn *turn = handle->loop->data;
    if (turn->waiting)
        turn_wake_slow(turn);
}

int turn_begin(struct turn *turn, uv_async_cb nudged) {
    int error = uv_loop_init(&turn->loop);
    if (error)
        return error;
    turn->loop.data = turn;
    turn->waiting = false;
    uv_prepare_init(&turn->loop, &turn->prepare);
    uv_check_init(&turn->loop, &turn->check);
    error = uv_async_init(&turn->loop, &turn->nudge, nudged);
    if (error) {
        uv_loop_close(&turn->loop);
        return error;
    }
    uv_prepare_start(&turn->prepare, prepare);
    uv_check_start(&turn->check, check);
    return 0;
}

void turn_run(struct turn *turn) {
    while (!turn->stopped) {
        turn->may_wait = !turn->busy || !turn->dropped;
        turn->busy = false;
        turn->dropped = turn->dropped && !turn->may_wait;
        time_update();
        uv_run(&turn->loop, turn->may_wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        tarn_safepoint();
    }
    turn->may_wait = false;
}

void turn_end(struct turn *turn) {
    uv_prepare_stop(&turn->prepare);
    uv_check_stop(&turn->check);
    uv_close((uv_handle_t *)&turn->prepare, NULL);
    uv_close((uv_handle_t *)&turn->check, NULL);
    uv_close((uv_handle_t *)&turn->nudge, NULL);
    uv_run(&turn->loop, UV_RUN_DEFAULT);
    uv_loop_close(&turn->loop);
}
