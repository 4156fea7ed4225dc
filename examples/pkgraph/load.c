/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Loading in phases (parse.c, link.c), with a barrier after each. A loader waits
 * at a barrier inside a blocking region, so a stop of the world need not wait for
 * the slowest.
 */
#include "load.h"

#include <stdlib.h>
#include <string.h>

#include "loader.h"

static void (*const phases[])(struct loader *) = {phase_parse,   phase_enter,   phase_number,
                                                  phase_provide, phase_resolve, phase_return};

static void loader_free(struct loader *l) {
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        tarn_safepoint();
        vector_free(&e->versions);
        vector_free(&e->providers);
        vector_free(&e->dependents);
        tarn_free(e);
    }
    for (unsigned t = 0; t < l->load->threads; t++) {
        vector_free(&l->provides[t]);
        vector_free(&l->depends[t]);
    }
    tarn_free(l->provides);
    tarn_free(l->depends);
    tarn_free(l->buckets);
    vector_free(&l->entries);
    vector_free(&l->found);
}

static void *run_loader(void *arg) {
    struct loader *l = arg;
    int error = tarn_thread_attach(l->load->heap);
    if (error) {
        fprintf(stderr, "pkgraph: a loader cannot attach: %s\n", strerror(-error));
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        phases[i](l);
        tarn_blocking_begin();
        pthread_barrier_wait(&l->load->barrier);
        tarn_blocking_end();
    }
    loader_free(l);
    tarn_thread_detach();
    return NULL;
}

static void loader_init(struct load *load, unsigned index) {
    struct loader *l = &load->loaders[index];
    *l = (struct loader){.load = load, .index = index};
    l->provides = need(tarn_calloc(load->threads, sizeof *l->provides));
    l->depends = need(tarn_calloc(load->threads, sizeof *l->depends));
}

static void run_threads(struct load *load) {
    pthread_barrier_init(&load->barrier, NULL, load->threads);
    for (unsigned t = 0; t < load->threads; t++)
        loader_init(load, t);
    for (unsigned t = 0; t < load->threads; t++) {
        struct loader *l = &load->loaders[t];
        int error = pthread_create(&l->thread, NULL, run_loader, l);
        if (error) {
            fprintf(stderr, "pkgraph: a loader cannot start: %s\n", strerror(error));
            exit(EXIT_FAILURE);
        }
    }
    for (unsigned t = 0; t < load->threads; t++)
        pthread_join(load->loaders[t].thread, NULL);
    pthread_barrier_destroy(&load->barrier);
}

struct load_result graph_load(tarn_heap *heap, const struct source *sources, size_t count,
                              unsigned threads, bool report) {
    struct load load = {.heap = heap, .threads = threads, .report = report};
    struct load_result result = {0};
    load.loaders = need(tarn_calloc(threads, sizeof *load.loaders));
    tarn_blocking_begin();
    for (size_t i = 0; i < count; i++)
        segments_cut(&load, &sources[i]);
    run_threads(&load);
    tarn_blocking_end();
    result.graph = load.graph;
    for (unsigned t = 0; t < threads; t++) {
        result.graph->edges += load.loaders[t].edges;
        result.records += load.loaders[t].records;
        result.skipped += load.loaders[t].skipped;
    }
    tarn_free(load.loaders);
    vector_free(&load.segments);
    return result;
}
