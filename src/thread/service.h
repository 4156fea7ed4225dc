/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A background thread of a heap: it holds a seat, sleeps in a blocking region
 * and takes a turn when it is kicked. Used for grace periods, background
 * collections and the finalizer thread.
 */
#ifndef TARN_THREAD_SERVICE_H
#define TARN_THREAD_SERVICE_H

#include "thread/world.h"

struct tarn_service {
    struct tarn_world *world;
    const char *name;
    /* One turn. Called blocking; may unblock the seat and must block it again. */
    void (*turn)(struct tarn_service *service, struct tarn_seat *seat);
    struct tarn_seat *seat; /* reserved for the thread, from the first start to the stop */
    struct tarn_os_thread thread;
    TARN__ATOMIC(uint32_t) word;    /* KICK and QUIT requests; the thread sleeps on it */
    TARN__ATOMIC(uint32_t) started; /* 1 while there is a thread */
};

/* Starts the thread. 0 or a negative errno: once it has a seat it needs no memory. */
int tarn__service_start(struct tarn_service *service);

/* Asks for a turn; starts the thread again if a fork took it away. Needs no
 * memory of tarn's; if no thread can be had, nothing is lost but time: stops
 * are grace periods too. Any thread. */
void tarn__service_kick(struct tarn_service *service);

/* In a turn, blocking: sleeps for ns, or until the next request. Whether there was none. */
bool tarn__service_rest(struct tarn_service *service, uint64_t ns);

/* Ends the thread. The caller is not inside a read section of the world. */
void tarn__service_stop(struct tarn_service *service);

/* Child of a fork: the thread is gone, unless it is the one that forked. */
void tarn__service_forget(struct tarn_service *service);

#endif
