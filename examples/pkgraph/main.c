/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * pkgraph: a server's use of tarn in one program.
 *
 * It loads the machine's package database with several threads into one graph of
 * objects and publishes it in a slot. Readers answer questions from whatever
 * graph is current, without locks; now and then the graph is loaded anew and the
 * old one, full of cycles, is left to the collector. README.md beside this file
 * says what to look at where.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "inputs.h"
#include "load.h"
#include "options.h"
#include "report.h"
#include "service.h"

/* The first load; NULL, with a message, if an input cannot be read. */
static struct graph *load(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                          struct figures *f) {
    double begun = now();
    f->memory.start = memory_line("VmRSS");
    if (o->progress && !o->inquiry_count)
        fputs("loading ...\r", stderr);
    if (!inputs_read(inputs))
        return NULL;
    struct load_result first = graph_load(heap, inputs->source, inputs->count, o->loaders, true);
    tarn_blocking_begin(); /* unmapping takes milliseconds */
    inputs_release(inputs);
    tarn_blocking_end();
    f->inputs = inputs->count;
    f->records = first.records;
    f->skipped = first.skipped;
    f->load_seconds = now() - begun;
    f->memory.loaded = memory_line("VmRSS");
    return first.graph;
}

static void serve(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                  struct graph *graph, struct figures *f) {
    printf("pkgraph: %zu packages from %zu input%s; serving for %.0f s with %u readers\n\n",
           graph_size(graph), inputs->count, inputs->count == 1 ? "" : "s", o->seconds, o->readers);
    fflush(stdout);
    service_run(heap, o, inputs, graph, f);
}

/* Attached: loads, then serves or answers, and leaves nothing. */
static enum exit_status run(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                            struct figures *f) {
    enum exit_status status = EXIT_FINE;
    struct graph *graph = load(heap, o, inputs, f);
    if (!graph)
        return EXIT_TROUBLE;
    if (o->inquiry_count) {
        status = ask(graph, o) ? EXIT_FINE : EXIT_TROUBLE;
        tarn_decref(graph);
    } else {
        serve(heap, o, inputs, graph, f);
    }
    tarn_gc_collect(heap, 2);
    figures_of_heap(f, heap);
    if (f->failed_reloads)
        status = EXIT_TROUBLE;
    return status == EXIT_FINE && f->skipped ? EXIT_SKIPPED : status;
}

static tarn_heap *begin(void) {
    tarn_heap *heap = tarn_heap_create(NULL);
    int error = heap ? tarn_thread_attach(heap) : -ENOMEM;
    if (error == 0 && types_register(heap))
        return heap;
    fprintf(stderr, "pkgraph: the heap cannot begin: %s\n", strerror(error ? -error : ENOMEM));
    exit(EXIT_TROUBLE);
}

int main(int argc, char **argv) {
    struct options options;
    struct inputs inputs;
    struct figures figures = {0};
    options_parse(&options, argc, argv);
    inputs_find(&inputs, &options);
    if (!options.inquiry_count)
        service_hold_signals();
    tarn_heap *heap = begin();
    enum exit_status status = run(heap, &options, &inputs, &figures);
    tarn_thread_detach();
    figures.left = tarn_heap_destroy(heap);
    tarn_heap_trim(NULL);
    figures.memory.after = memory_line("VmRSS");
    if (!options.inquiry_count && figures.packages)
        report_print(&options, &figures);
    if (options.json && !report_json(options.json, &figures))
        status = EXIT_TROUBLE;
    figures_free(&figures);
    inputs_free(&inputs);
    options_free(&options);
    if (figures.left == 0)
        return status;
    fprintf(stderr, "pkgraph: %td objects were left\n", figures.left);
    return EXIT_LEAK;
}
