/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The workers' life: attach, serve, close the clients, detach.
 *
 * The main thread accepts connections and hands each to the worker that has the
 * fewest, so they are spread evenly, which the kernel's choice among several listening
 * sockets is not. The hand-over is a list under a lock and a nudge to the loop.
 */
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "client.h"
#include "server.h"

__thread unsigned thread_number;
struct worker workers[WORKERS_MAX];
unsigned worker_count;

static struct worker *worker_of(const uv_loop_t *loop) {
    return (struct worker *)loop->data; /* a turn is a worker's first field */
}

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
uint64_t random_number(void) {
    static __thread uint64_t state;
    if (!state && getrandom(&state, sizeof state, 0) != (ssize_t)sizeof state)
        abort();
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* --- connections that arrive ---- */

bool worker_give(const struct arrival *arrival) {
    struct worker *best = &workers[0];
    for (unsigned i = 1; i < worker_count; i++)
        if (figure_read(&workers[i].load) < figure_read(&best->load))
            best = &workers[i];
    lock_acquire(&best->lock);
    bool room = best->arrivals < best->arrival_room;
    if (!room) {
        size_t more = best->arrival_room ? best->arrival_room * 2 : 16;
        struct arrival *grown = tarn_realloc(best->arrival, more * sizeof *grown);
        if (grown) {
            best->arrival = grown;
            best->arrival_room = more;
            room = true;
        }
    }
    if (room)
        best->arrival[best->arrivals++] = *arrival;
    lock_release(&best->lock);
    if (!room)
        return false;
    figure_add(&best->load, 1);
    uv_async_send(&best->turn.nudge);
    return true;
}

static void take_arrivals(struct worker *w) {
    lock_acquire(&w->lock);
    struct arrival *arrival = w->arrival;
    size_t count = w->arrivals;
    w->arrival = NULL;
    w->arrivals = w->arrival_room = 0;
    lock_release(&w->lock);
    for (size_t i = 0; i < count; i++)
        client_begin(w, &arrival[i]);
    tarn_free(arrival);
}

static void nudged(uv_async_t *handle) {
    struct worker *w = worker_of(handle->loop);
    turn_wake(&w->turn);
    /* acquire: pairs with the release in workers_end(). */
    if (tarn__load(&w->stopping, acquire)) {
        turn_stop(&w->turn);
        return;
    }
    take_arrivals(w);
    /* acquire: pairs with the release in client_kill(). */
    if (tarn__exchange(&w->sweep, 0, acquire))
        clients_sweep(w);
}

static void every_second(uv_timer_t *timer) {
    struct worker *w = worker_of(timer->loop);
    turn_wake(&w->turn);
    clients_sweep(w);
}

static void on_turn_end(uv_check_t *check) {
    struct worker *w = worker_of(check->loop);
    if (w->outgoing_count)
        clients_flush(w);
}

/* --- life ---- */

static void serve(struct worker *w) {
    uv_timer_init(&w->turn.loop, &w->second);
    uv_timer_start(&w->second, every_second, 1000, 1000);
    uv_check_init(&w->turn.loop, &w->turn_end);
    uv_check_start(&w->turn_end, on_turn_end);
    turn_run(&w->turn);
    take_arrivals(w);
    clients_end(w);
    uv_close((uv_handle_t *)&w->second, NULL);
    uv_close((uv_handle_t *)&w->turn_end, NULL);
    uv_run(&w->turn.loop, UV_RUN_NOWAIT);
}

static void *run(void *arg) {
    struct worker *w = arg;
    thread_number = w->number + 1;
    int error = tarn_thread_attach(server.heap);
    if (error) {
        fprintf(stderr, "kvserver: a worker cannot attach: %s\n", strerror(-error));
        _exit(1);
    }
    serve(w);
    tarn_thread_detach();
    return NULL;
}

static bool begin(struct worker *w, unsigned number) {
    w->number = number;
    w->out.limit = (size_t)2 << 30;
    w->scratch = tarn_malloc(READ_SIZE);
    if (!w->scratch || turn_begin(&w->turn, nudged) != 0)
        return false;
    w->begun = pthread_create(&w->thread, NULL, run, w) == 0;
    return w->begun;
}

bool workers_begin(unsigned count) {
    worker_count = count;
    for (unsigned i = 0; i < count; i++)
        if (!begin(&workers[i], i))
            return false;
    return true;
}

static void end(struct worker *w) {
    if (!w->begun)
        return;
    tarn_blocking_begin();
    pthread_join(w->thread, NULL);
    tarn_blocking_end();
    uv_prepare_stop(&w->turn.prepare); /* this thread's turns are not the worker's */
    uv_check_stop(&w->turn.check);
    turn_end(&w->turn);
    tarn_free(w->arrival);
    tarn_free(w->scratch);
    tarn_free(w->out.bytes);
}

void workers_end(void) {
    for (unsigned i = 0; i < worker_count; i++) {
        if (!workers[i].begun)
            continue;
        /* release: pairs with the acquire in nudged(). */
        tarn__store(&workers[i].stopping, 1, release);
        uv_async_send(&workers[i].turn.nudge);
    }
    for (unsigned i = 0; i < worker_count; i++)
        end(&workers[i]);
}
