/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Taking the report's figures. */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "query.h"

/* Memory goes up with each graph that waits for the collector and down with a full
 * collection: with less than this the halves only show where that began. */
#define RELOADS_TO_COMPARE 6
#define COLLECTIONS_TO_COMPARE 6

const char *const question_names[QUESTIONS] = {"path", "install closure", "reverse closure",
                                               "groups"};

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

size_t memory_line(const char *name) {
    char line[256];
    size_t length = strlen(name);
    size_t value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            value = (size_t)strtoull(line + length + 1, NULL, 10);
    if (file)
        fclose(file);
    return value;
}

void figures_of_reload(struct figures *f, double seconds) {
    vector_push(&f->memory.reload, memory_line("VmRSS"));
    f->reloads++;
    f->reload_seconds += seconds;
}

static void take_group(const struct graph *g, const uint32_t *member, size_t count, void *arg) {
    struct figures *f = arg;
    (void)g;
    (void)member;
    f->grouped += count;
    if (count > f->largest)
        f->largest = count;
}

void figures_of_graph(struct figures *f, const struct graph *graph) {
    struct workspace w = {0};
    f->packages = graph_size(graph);
    f->edges = graph->edges;
    f->virtuals = f->grouped = f->largest = 0;
    for (size_t i = 0; i < graph_size(graph); i++) {
        f->virtuals += graph_package(graph, i)->versions->length == 0;
        tarn_safepoint();
    }
    f->groups = query_groups(graph, &w, take_group, f);
    workspace_free(&w);
}

void figures_of_heap(struct figures *f, tarn_heap *heap) {
    tarn_heap_get_stats(heap, &f->heap);
    tarn_heap_get_pauses(heap, &f->time_to_stop, &f->time_stopped);
    for (int g = 0; g < 3; g++)
        tarn_gc_stats(heap, g, &f->generation[g]);
}

bool figures_memory_halves(const struct figures *f, size_t half[2]) {
    size_t count = f->memory.reload.count;
    half[0] = half[1] = 0;
    for (size_t i = 0; i < count; i++) {
        size_t *of = &half[i >= count / 2];
        if (f->memory.reload.item[i] > *of)
            *of = f->memory.reload.item[i];
    }
    return count >= RELOADS_TO_COMPARE && f->generation[2].collections >= COLLECTIONS_TO_COMPARE;
}

void figures_free(struct figures *f) {
    vector_free(&f->memory.reload);
}
