/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Readers and the reloader. */
#include "service.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "query.h"

const char *const question_names[QUESTIONS] = {"path", "install closure", "reverse closure",
                                               "groups"};

struct reader_thread {
    pthread_t thread;
    struct service *service;
    unsigned seed;
    uint64_t answers[QUESTIONS]; /* read by the reporter with relaxed loads */
};

struct service {
    tarn_heap *heap;
    tarn_slot current; /* the graph that is served */
    int stop;
    struct reader_thread *readers;
    unsigned reader_count;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

size_t memory_line(const char *name) {
    char line[256];
    size_t value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = (size_t)strtoull(line + strlen(name) + 1, NULL, 10);
    if (file)
        fclose(file);
    return value;
}

/* --- readers --- */

/* One in 2,000 questions asks for all groups, which walks the whole graph. */
static enum question choose_question(unsigned *seed) {
    unsigned n = (unsigned)rand_r(seed) % 2000;
    return n == 0 ? ASK_GROUPS : n < 700 ? ASK_PATH : n < 1400 ? ASK_CLOSURE : ASK_REVERSE;
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

static void *run_reader(void *arg) {
    struct reader_thread *self = arg;
    struct service *service = self->service;
    struct workspace w = {0};
    if (tarn_thread_attach(service->heap) != 0)
        abort();
    while (!__atomic_load_n(&service->stop, __ATOMIC_RELAXED)) {
        enum question question = choose_question(&self->seed);
        struct graph *graph = tarn_slot_load(&service->current);
        if (graph_size(graph) > 0)
            answer(graph, &w, question, &self->seed);
        tarn_decref(graph);
        __atomic_store_n(&self->answers[question], self->answers[question] + 1, __ATOMIC_RELAXED);
        tarn_safepoint();
    }
    workspace_free(&w);
    tarn_thread_detach();
    return NULL;
}

static void start_readers(struct service *s) {
    for (unsigned i = 0; i < s->reader_count; i++) {
        s->readers[i] = (struct reader_thread){.service = s, .seed = i + 1};
        if (pthread_create(&s->readers[i].thread, NULL, run_reader, &s->readers[i]) != 0)
            abort();
    }
}

static void stop_readers(struct service *s) {
    __atomic_store_n(&s->stop, 1, __ATOMIC_RELAXED);
    tarn_blocking_begin();
    for (unsigned i = 0; i < s->reader_count; i++)
        pthread_join(s->readers[i].thread, NULL);
    tarn_blocking_end();
}

static void sum_answers(const struct service *s, struct figures *f) {
    memset(f->answers, 0, sizeof f->answers);
    for (unsigned i = 0; i < s->reader_count; i++)
        for (int q = 0; q < QUESTIONS; q++)
            f->answers[q] += __atomic_load_n(&s->readers[i].answers[q], __ATOMIC_RELAXED);
}

/* --- the graph's figures --- */

static void take_group(const struct graph *g, const uint32_t *member, size_t count, void *arg) {
    struct figures *f = arg;
    (void)g;
    (void)member;
    f->cyclic_packages += count;
    if (count > f->largest_group)
        f->largest_group = count;
}

void figures_of_graph(const struct graph *graph, struct figures *f) {
    struct workspace w = {0};
    f->packages = graph_size(graph);
    f->edges = graph->edges;
    f->cyclic_packages = f->largest_group = 0;
    f->cyclic_groups = query_groups(graph, &w, take_group, f);
    workspace_free(&w);
}

/* --- reloading --- */

static void show_progress(const struct service *s, struct figures *f, double begun,
                          const struct options *o) {
    uint64_t answers = 0;
    if (!o->progress)
        return;
    sum_answers(s, f);
    for (int q = 0; q < QUESTIONS; q++)
        answers += f->answers[q];
    double seconds = now() - begun;
    fprintf(stderr, "\r%5.1f s  %zu reloads  %.0f answers/s  %zu MiB resident \033[K", seconds,
            f->reloads, (double)answers / seconds, memory_line("VmRSS") / 1024);
}

/* Memory is flat if the second half of the time needs no more than the first. */
static void note_memory(struct figures *f, double share) {
    size_t *half = &f->memory.half[share > 0.5];
    size_t resident = memory_line("VmRSS");
    if (resident > *half)
        *half = resident;
}

/* Sleeps, polling nothing: a blocking region. */
static void rest(double seconds) {
    tarn_blocking_begin();
    usleep((useconds_t)(seconds * 1e6));
    tarn_blocking_end();
}

static bool reload(struct service *s, const struct options *o, struct inputs *inputs,
                   struct figures *f) {
    double begun = now();
    if (!inputs_read(inputs))
        return false;
    struct load_result result =
        graph_load(s->heap, inputs->source, inputs->count + inputs->sample, o->loaders, false);
    inputs_release(inputs);
    tarn_slot_store(&s->current, result.graph); /* the old one is cyclic garbage now */
    tarn_decref(result.graph);
    f->reloads++;
    f->reload_seconds += now() - begun;
    return true;
}

static void read_heap(tarn_heap *heap, struct figures *f) {
    tarn_heap_get_stats(heap, &f->heap);
    tarn_heap_get_pauses(heap, &f->time_to_stop, &f->time_stopped);
    for (int g = 0; g < 3; g++)
        tarn_gc_stats(heap, g, &f->generation[g]);
}

bool service_run(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                 struct load_result first, struct figures *f) {
    struct service s = {.heap = heap, .reader_count = o->readers};
    bool fine = true;
    s.readers = calloc(o->readers, sizeof *s.readers);
    if (!s.readers)
        abort();
    tarn_slot_init(&s.current, first.graph);
    tarn_decref(first.graph);
    f->memory.start = memory_line("VmRSS");
    double begun = now();
    start_readers(&s);
    while (fine && now() - begun < o->seconds) {
        rest(o->reload_every);
        fine = reload(&s, o, inputs, f);
        note_memory(f, (now() - begun) / o->seconds);
        show_progress(&s, f, begun, o);
    }
    stop_readers(&s);
    f->seconds = now() - begun;
    if (o->progress)
        fputs("\r\033[K", stderr);
    sum_answers(&s, f);
    f->memory.end = memory_line("VmRSS");
    f->memory.peak = memory_line("VmHWM");
    struct graph *last = tarn_slot_load(&s.current);
    figures_of_graph(last, f);
    tarn_decref(last);
    tarn_slot_destroy(&s.current);
    tarn_gc_collect(heap, 2);
    read_heap(heap, f);
    free(s.readers);
    return fine;
}
