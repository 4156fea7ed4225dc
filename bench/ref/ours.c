/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Our heap, and a thread beside the main one that owns objects. */
#include "ours.h"

#include <pthread.h>
#include <stdlib.h>

struct ours ours;

/* Immortal objects are live to the end: no news. */
static void ignore_log(void *arg, enum tarn_log_level level, const char *message) {
    (void)arg;
    (void)level;
    (void)message;
}

void ours_open(void) {
    struct tarn_config config = {.log = ignore_log};
    struct tarn_type_spec spec = {.name = "leaf", .size = 32};
    ours.heap = tarn_heap_create(&config);
    if (!ours.heap || tarn_thread_attach(ours.heap) != 0)
        abort();
    ours.leaf = tarn_type_register(ours.heap, &spec);
    spec.name = "shared leaf";
    spec.flags = TARN_TYPE_SHARED;
    ours.shared = tarn_type_register(ours.heap, &spec);
    if (!ours.leaf || !ours.shared)
        abort();
}

void ours_close(void) {
    tarn_thread_detach();
    tarn_heap_destroy(ours.heap);
}

void ours_enter(void) {
    if (tarn_thread_attach(ours.heap) != 0)
        abort();
}

void ours_leave(void) {
    tarn_thread_detach();
}

void ours_poll(void) {
    tarn_safepoint();
}

/* ----------------------------------------------------------------- the owner ---- */

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    void (*work)(void *arg); /* to be done */
    void *arg;
    bool busy, ends;
} owner = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

/* The next work, waited for in a blocking region; NULL: the end. */
static void (*next_work(void))(void *) {
    tarn_blocking_begin();
    pthread_mutex_lock(&owner.lock);
    owner.busy = owner.work != NULL;
    pthread_cond_broadcast(&owner.change);
    while (!owner.work && !owner.ends)
        pthread_cond_wait(&owner.change, &owner.lock);
    void (*work)(void *) = owner.work;
    owner.work = NULL;
    pthread_mutex_unlock(&owner.lock);
    tarn_blocking_end();
    return work;
}

static void *run_owner(void *arg) {
    ours_enter();
    for (void (*work)(void *) = next_work(); work; work = next_work())
        work(owner.arg);
    ours_leave();
    return arg;
}

void owner_start(void) {
    if (pthread_create(&owner.thread, NULL, run_owner, NULL) != 0)
        abort();
}

void owner_begin(void (*work)(void *arg), void *arg) {
    pthread_mutex_lock(&owner.lock);
    owner.work = work;
    owner.arg = arg;
    owner.busy = true;
    pthread_cond_broadcast(&owner.change);
    pthread_mutex_unlock(&owner.lock);
}

void owner_wait(void) {
    tarn_blocking_begin();
    pthread_mutex_lock(&owner.lock);
    while (owner.busy)
        pthread_cond_wait(&owner.change, &owner.lock);
    pthread_mutex_unlock(&owner.lock);
    tarn_blocking_end();
}

void owner_run(void (*work)(void *arg), void *arg) {
    owner_begin(work, arg);
    owner_wait();
}

void owner_stop(void) {
    pthread_mutex_lock(&owner.lock);
    owner.ends = true;
    pthread_cond_broadcast(&owner.change);
    pthread_mutex_unlock(&owner.lock);
    tarn_blocking_begin();
    pthread_join(owner.thread, NULL);
    tarn_blocking_end();
}
