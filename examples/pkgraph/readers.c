/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A reader takes a strong reference to whatever graph is current, answers one
 * random question from it, and lets it go. It polls while it works (query.c), so
 * that neither a collection nor a reload ever waits long for it.
 */
#include "readers.h"

#include <pthread.h>
#include <string.h>

#include "need.h"
#include "query.h"

/* Questions among which one asks for all groups, which walks the whole graph. */
#define GROUPS_EVERY 2000u

struct reader {
    pthread_t thread;
    struct readers *all;
    unsigned seed;
    uint64_t answers[QUESTIONS]; /* written by the reader, read by the main thread: atomically */
    struct tarn_histogram latency[QUESTIONS]; /* read when the thread has ended */
};

struct readers {
    tarn_heap *heap;
    tarn_slot *current;
    int stop; /* accessed atomically */
    unsigned count;
    struct reader reader[];
};

static enum question choose_question(unsigned *seed) {
    unsigned n = (unsigned)rand_r(seed) % GROUPS_EVERY;
    return n == 0 ? ASK_GROUPS : (enum question)(n % 3);
}

static void answer(const struct graph *g, struct workspace *w, enum question question,
                   unsigned *seed) {
    uint32_t a = (uint32_t)rand_r(seed) % (uint32_t)graph_size(g);
    uint32_t b = (uint32_t)rand_r(seed) % (uint32_t)graph_size(g);
    switch (question) {
    case ASK_PATH:
        query_path(g, w, a, b);
        break;
    case ASK_CLOSURE:
        query_closure(g, w, a);
        break;
    case ASK_REVERSE:
        query_reverse(g, w, a);
        break;
    default:
        query_groups(g, w, NULL, NULL);
    }
}

static void note_latency(struct tarn_histogram *h, double seconds) {
    uint64_t ns = (uint64_t)(seconds * 1e9);
    int bucket = ns ? 63 - __builtin_clzll(ns) : 0;
    h->bucket[bucket < 40 ? bucket : 39]++;
    h->count++;
    h->total_ns += ns;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

static void ask_one(struct reader *self, struct workspace *w) {
    enum question question = choose_question(&self->seed);
    double begun = now();
    struct graph *graph = tarn_slot_load(self->all->current);
    if (graph_size(graph) > 0)
        answer(graph, w, question, &self->seed);
    tarn_decref(graph);
    tarn_safepoint();
    note_latency(&self->latency[question], now() - begun);
    /* relaxed: a figure for the progress line; the last is read after the join. */
    __atomic_store_n(&self->answers[question], self->answers[question] + 1, __ATOMIC_RELAXED);
}

static void *run_reader(void *arg) {
    struct reader *self = arg;
    struct workspace w = {0};
    int error = tarn_thread_attach(self->all->heap);
    if (error) {
        fprintf(stderr, "pkgraph: a reader cannot attach: %s\n", strerror(-error));
        exit(EXIT_FAILURE);
    }
    /* relaxed: nothing is published with the flag. */
    while (!__atomic_load_n(&self->all->stop, __ATOMIC_RELAXED))
        ask_one(self, &w);
    workspace_free(&w);
    tarn_thread_detach();
    return NULL;
}

struct readers *readers_start(tarn_heap *heap, tarn_slot *current, unsigned count) {
    struct readers *all = need(calloc(1, sizeof *all + count * sizeof all->reader[0]));
    *all = (struct readers){.heap = heap, .current = current, .count = count};
    for (unsigned i = 0; i < count; i++) {
        struct reader *r = &all->reader[i];
        *r = (struct reader){.all = all, .seed = i + 1};
        int error = pthread_create(&r->thread, NULL, run_reader, r);
        if (error) {
            fprintf(stderr, "pkgraph: a reader cannot start: %s\n", strerror(error));
            exit(EXIT_FAILURE);
        }
    }
    return all;
}

void readers_sum(const struct readers *all, uint64_t answers[QUESTIONS]) {
    memset(answers, 0, QUESTIONS * sizeof *answers);
    for (unsigned i = 0; i < all->count; i++)
        for (int q = 0; q < QUESTIONS; q++)
            /* relaxed: see ask_one. */
            answers[q] += __atomic_load_n(&all->reader[i].answers[q], __ATOMIC_RELAXED);
}

static void add_histogram(struct tarn_histogram *sum, const struct tarn_histogram *h) {
    for (int i = 0; i < 40; i++)
        sum->bucket[i] += h->bucket[i];
    sum->count += h->count;
    sum->total_ns += h->total_ns;
    if (h->max_ns > sum->max_ns)
        sum->max_ns = h->max_ns;
}

void readers_stop(struct readers *all, struct figures *f) {
    /* relaxed: see run_reader. */
    __atomic_store_n(&all->stop, 1, __ATOMIC_RELAXED);
    tarn_blocking_begin();
    for (unsigned i = 0; i < all->count; i++)
        pthread_join(all->reader[i].thread, NULL);
    tarn_blocking_end();
    readers_sum(all, f->answers);
    for (unsigned i = 0; i < all->count; i++)
        for (int q = 0; q < QUESTIONS; q++)
            add_histogram(&f->latency[q], &all->reader[i].latency[q]);
    free(all);
}
