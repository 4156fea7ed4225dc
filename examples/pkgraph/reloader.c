/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A reload builds a new graph beside the one that is served and stores it in the
 * slot. Readers still at work finish on the old graph; with the last of them gone
 * it is unreachable, but it is one large knot of cycles: only the collector frees
 * it. If an input cannot be read, the old graph is served on.
 */
#include "reloader.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "load.h"
#include "need.h"

struct reloader {
    pthread_t thread;
    tarn_heap *heap;
    tarn_slot *current;
    const struct options *options;
    struct inputs *inputs;
    struct figures *figures;
    pthread_mutex_t lock;
    pthread_cond_t stopping;
    bool stop;    /* under the lock, as are: */
    size_t count; /* reloads */
    bool done;
};

/* Waits until the next reload is due; false if there is none. */
static bool rest(struct reloader *r) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double at = (double)until.tv_nsec / 1e9 + r->options->reload_every;
    until.tv_sec += (time_t)at;
    until.tv_nsec = (long)((at - (double)(time_t)at) * 1e9);
    tarn_blocking_begin();
    pthread_mutex_lock(&r->lock);
    r->done = r->options->reloads && r->count == r->options->reloads;
    int error = 0;
    while (!r->stop && error != ETIMEDOUT)
        error = r->done ? pthread_cond_wait(&r->stopping, &r->lock)
                        : pthread_cond_timedwait(&r->stopping, &r->lock, &until);
    bool go = !r->stop;
    pthread_mutex_unlock(&r->lock);
    tarn_blocking_end();
    return go;
}

static void count_one(struct reloader *r) {
    tarn_blocking_begin();
    pthread_mutex_lock(&r->lock);
    r->count++;
    pthread_mutex_unlock(&r->lock);
    tarn_blocking_end();
}

static bool reload(struct reloader *r) {
    struct inputs *inputs = r->inputs;
    if (!inputs_read(inputs))
        return false;
    struct load_result result =
        graph_load(r->heap, inputs->source, inputs->count, r->options->loaders, false);
    tarn_blocking_begin(); /* unmapping takes milliseconds */
    inputs_release(inputs);
    tarn_blocking_end();
    if (result.skipped > r->figures->skipped) {
        fprintf(stderr, "pkgraph: %zu malformed records in a reload\n", result.skipped);
        r->figures->skipped = result.skipped;
    }
    tarn_slot_store(r->current, result.graph);
    tarn_decref(result.graph);
    return true;
}

static void *run_reloader(void *arg) {
    struct reloader *r = arg;
    int error = tarn_thread_attach(r->heap);
    if (error) {
        fprintf(stderr, "pkgraph: the reloader cannot attach: %s\n", strerror(-error));
        exit(EXIT_FAILURE);
    }
    while (rest(r)) {
        double begun = now();
        if (reload(r))
            figures_of_reload(r->figures, now() - begun);
        else
            r->figures->failed_reloads++;
        count_one(r);
    }
    tarn_thread_detach();
    return NULL;
}

struct reloader *reloader_start(tarn_heap *heap, tarn_slot *current, const struct options *options,
                                struct inputs *inputs, struct figures *figures) {
    struct reloader *r = need(calloc(1, sizeof *r));
    pthread_condattr_t monotonic;
    *r = (struct reloader){
        .heap = heap, .current = current, .options = options, .inputs = inputs, .figures = figures};
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->stopping, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&r->thread, NULL, run_reloader, r);
    if (error) {
        fprintf(stderr, "pkgraph: the reloader cannot start: %s\n", strerror(error));
        exit(EXIT_FAILURE);
    }
    return r;
}

size_t reloader_count(struct reloader *r, bool *done) {
    pthread_mutex_lock(&r->lock);
    size_t count = r->count;
    *done = r->done;
    pthread_mutex_unlock(&r->lock);
    return count;
}

void reloader_stop(struct reloader *r) {
    tarn_blocking_begin();
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->stopping);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    tarn_blocking_end();
    pthread_cond_destroy(&r->stopping);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
