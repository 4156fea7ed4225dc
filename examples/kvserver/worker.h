/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Workers: threads that serve clients, each with its own event loop, clients and
 * buffers. What they share is the heap, the keyspace in it, and the options.
 */
#ifndef KVSERVER_WORKER_H
#define KVSERVER_WORKER_H

#include <pthread.h>
#include <stdint.h>

#include "figure.h"
#include "lock.h"
#include "reply.h"
#include "turn.h"

#define WORKERS_MAX 64u
#define THREADS_MAX (WORKERS_MAX + 1) /* and the main thread, number 0 */
#define OUTGOING_MAX 1024u
#define READ_SIZE ((size_t)64 << 10)

/* A connection on its way to the worker that will have it. */
struct arrival {
    int fd;
    uint64_t id;
    char address[64];
};

/* A part of the worker's replies, and whose it is. */
struct outgoing {
    struct client *client;
    size_t from;
    size_t to;
};

struct worker {
    struct turn turn;
    pthread_t thread;
    unsigned number;
    bool begun;

    /* the worker's own */
    struct client *clients; /* all of them, in a ring of links */
    char *scratch;          /* what is read goes here first */
    struct reply out;
    struct outgoing outgoing[OUTGOING_MAX];
    size_t outgoing_count;
    uv_check_t turn_end;
    uv_timer_t second;

    /* any thread */
    struct lock lock; /* guards arrivals */
    struct arrival *arrival;
    size_t arrivals;
    size_t arrival_room;
    figure load; /* clients, arrivals included */
    TARN__ATOMIC(uint32_t) stopping;
    TARN__ATOMIC(uint32_t) sweep; /* clients have been killed */

    /* written by the worker, read by INFO */
    figure commands;
    figure bytes_in;
    figure bytes_out;
};

extern __thread unsigned thread_number;
extern struct worker workers[WORKERS_MAX];
extern unsigned worker_count;

/* A number drawn, of the calling thread's own sequence. */
uint64_t random_number(void);

/* Starts and ends all of them; false: not possible. */
bool workers_begin(unsigned count);
void workers_end(void);

/* Hands a connection to the worker with the fewest; false: no memory. */
bool worker_give(const struct arrival *arrival);

#endif
