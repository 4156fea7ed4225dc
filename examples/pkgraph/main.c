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
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "inputs.h"
#include "load.h"
#include "options.h"
#include "report.h"
#include "service.h"

static enum exit_status serve(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                              struct load_result first, struct figures *f) {
    printf("pkgraph: %zu packages from %zu inputs; serving for %.0f s\n", graph_size(first.graph),
           inputs->count + inputs->sample, o->seconds);
    fflush(stdout);
    return service_run(heap, o, inputs, first, f) ? EXIT_FINE : EXIT_TROUBLE;
}

/* Attached: loads, then serves or answers. */
static enum exit_status run(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                            struct figures *f) {
    enum exit_status status;
    if (!inputs_read(inputs))
        return EXIT_TROUBLE;
    struct load_result first =
        graph_load(heap, inputs->source, inputs->count + inputs->sample, o->loaders, true);
    inputs_release(inputs);
    f->inputs = inputs->count + inputs->sample;
    f->records = first.records;
    f->skipped = first.skipped;
    if (o->query) {
        status = ask(first.graph, o);
        tarn_decref(first.graph);
        tarn_gc_collect(heap, 2);
    } else {
        status = serve(heap, o, inputs, first, f);
    }
    return status == EXIT_FINE && first.skipped ? EXIT_SKIPPED : status;
}

int main(int argc, char **argv) {
    struct options options;
    struct inputs inputs;
    struct figures figures = {0};
    options_parse(&options, argc, argv);
    tarn_heap *heap = tarn_heap_create(NULL);
    if (!inputs_find(&inputs, &options) || !heap || tarn_thread_attach(heap) != 0 ||
        !types_register(heap)) {
        fputs("pkgraph: out of memory\n", stderr);
        return EXIT_TROUBLE;
    }
    enum exit_status status = run(heap, &options, &inputs, &figures);
    tarn_thread_detach();
    figures.left = tarn_heap_destroy(heap);
    if (!options.query && status != EXIT_TROUBLE)
        report_print(&options, &figures);
    if (options.json && !report_json(options.json, &figures))
        status = EXIT_TROUBLE;
    inputs_free(&inputs);
    free(options.files);
    if (figures.left != 0) {
        fprintf(stderr, "pkgraph: %td objects were left\n", figures.left);
        return EXIT_LEAK;
    }
    return status;
}
