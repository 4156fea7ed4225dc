/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * kvserver: a cache that Redis clients talk to, and the model of a multithreaded
 * server on tarn. README.md beside this file says what to look at where.
 *
 * The main thread makes the heap, loads the last snapshot, starts the workers, and
 * then has what is everybody's: it accepts connections, removes expired keys, waits for
 * the child that saves, and takes the signal that ends the program.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command.h"
#include "evict.h"
#include "expire.h"
#include "keyspace.h"
#include "listen.h"
#include "save.h"
#include "server.h"

struct server server;

static struct turn turn;
static uv_signal_t signals[3];
static uv_timer_t tick;
static TARN__ATOMIC(uint32_t) stopping; /* STOP_* */
enum { STOP_NO, STOP_SAVING, STOP_PLAINLY };

/* --- the loop ---- */

void server_stop(bool save) {
    uint32_t no = STOP_NO;
    /* release: pairs with the acquire in nudged(); what the caller did comes first. */
    if (tarn__cas(&stopping, &no, save ? STOP_SAVING : STOP_PLAINLY, release, relaxed))
        uv_async_send(&turn.nudge);
}

static void nudged(uv_async_t *handle) {
    (void)handle;
    turn_wake(&turn);
    /* acquire: pairs with the release in server_stop(). */
    if (tarn__load(&stopping, acquire))
        turn_stop(&turn);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)handle;
    turn_wake(&turn);
    if (number == SIGCHLD) {
        save_reap();
        return;
    }
    fprintf(stderr, "kvserver: %s\n", number == SIGTERM ? "SIGTERM" : "SIGINT");
    server_stop(true);
}

static void on_tick(uv_timer_t *timer) {
    static unsigned ticks;
    (void)timer;
    turn_wake(&turn);
    expire_some();
    save_reap(); /* whose SIGCHLD came before its number was noted */
    if (++ticks % 10 == 0)
        evict_tick();
}

static bool loop_begin(void) {
    static const int wanted[] = {SIGTERM, SIGINT, SIGCHLD};
    if (turn_begin(&turn, nudged) != 0)
        return false;
    for (int i = 0; i < 3; i++) {
        uv_signal_init(&turn.loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, wanted[i]);
    }
    uv_timer_init(&turn.loop, &tick);
    uv_timer_start(&tick, on_tick, 100, 100);
    return true;
}

static void loop_end(void) {
    for (int i = 0; i < 3; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    uv_close((uv_handle_t *)&tick, NULL);
    turn_end(&turn);
}

/* --- the program ---- */

/* Descriptors for the clients asked for, and some more; else fewer clients. */
static void raise_descriptors(void) {
    struct rlimit limit;
    rlim_t wanted = option(max_clients) + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        fprintf(stderr, "kvserver: maxclients is %lu: the system allows no more descriptors\n",
                (unsigned long)limit.rlim_cur - 64);
        /* relaxed: an option is read on its own. */
        tarn__store(&options.max_clients, (uint32_t)limit.rlim_cur - 64, relaxed);
    }
}

static void name_run(void) {
    unsigned char bytes[20];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        abort();
    for (unsigned i = 0; i < sizeof bytes; i++)
        snprintf(server.run_id + 2 * i, 3, "%02x", bytes[i]);
}

static bool heap_begin(void) {
    /* The collector has a thread of its own, so no request waits for a whole
     * collection; what dies in bulk dies in slices of half a millisecond. */
    server.heap = tarn_heap_create(
        &(struct tarn_config){.collect = TARN_COLLECT_BACKGROUND, .drop_budget_us = 500});
    int error = server.heap ? tarn_thread_attach(server.heap) : -ENOMEM;
    if (!error && types_register(server.heap) && keyspace_begin())
        return true;
    fprintf(stderr, "kvserver: the heap cannot begin: %s\n", strerror(error ? -error : ENOMEM));
    return false;
}

static int serve(void) {
    char port[16];
    snprintf(port, sizeof port, "%d", options.port);
    bool begun = loop_begin() && listen_begin(&turn) && workers_begin(options.workers);
    if (begun) {
        fprintf(stderr, "kvserver: ready on %s; connect with redis-cli %s %s\n", listen_addresses(),
                options.port ? "-p" : "-s", options.port ? port : options.socket);
        turn_run(&turn);
    }
    listen_end();
    workers_end();
    loop_end();
    if (!begun)
        return 1;
    /* acquire: pairs with the release in server_stop(). */
    return tarn__load(&stopping, acquire) == STOP_PLAINLY || save_now() ? 0 : 1;
}

/* Leaves the heap as it was made: empty. Returns how many objects were left. */
static ptrdiff_t heap_end(void) {
    keyspace_end();
    tarn_gc_collect(server.heap, 2);
    tarn_thread_detach();
    ptrdiff_t left = tarn_heap_destroy(server.heap);
    if (left)
        fprintf(stderr, "kvserver: %td objects were left\n", left);
    return left;
}

int main(int argc, char **argv) {
    options_parse(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptors();
    hash_seed();
    name_run();
    commands_begin();
    time_update();
    server.begun_ms = time_ms;
    if (!heap_begin())
        return 1;
    options_apply_memory();
    int status = load_last() ? serve() : 1;
    save_end();
    return heap_end() ? 1 : status;
}
