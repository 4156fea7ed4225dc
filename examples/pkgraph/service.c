/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The main thread of the service. It holds the slot, starts the readers and the
 * reloader, and then only waits, inside a blocking region: for the time to be
 * over, or for SIGINT or SIGTERM.
 */
#include "service.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "readers.h"
#include "reloader.h"

static sigset_t held;

void service_hold_signals(void) {
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, NULL);
}

static void show_progress(const struct readers *readers, const struct options *o, double seconds,
                          size_t reloads) {
    uint64_t answers[QUESTIONS];
    uint64_t all = 0;
    readers_sum(readers, answers);
    for (int q = 0; q < QUESTIONS; q++)
        all += answers[q];
    fprintf(stderr, "\r%.1f of %.0f s   reloads: %zu   %.0f answers/s   %zu MiB resident \033[K",
            seconds, o->seconds, reloads, (double)all / seconds, memory_line("VmRSS") / 1024);
}

/* Waits for the end of the service; the caller is inside a blocking region. */
static void wait_for_end(const struct readers *readers, struct reloader *reloader,
                         const struct options *o, double begun) {
    const struct timespec step = {.tv_nsec = 100 * 1000 * 1000};
    bool done = false;
    while (!done && now() - begun < o->seconds && sigtimedwait(&held, NULL, &step) < 0) {
        size_t reloads = reloader_count(reloader, &done);
        if (o->progress)
            show_progress(readers, o, now() - begun, reloads);
    }
    if (o->progress)
        fputs("\r\033[K", stderr);
}

void service_run(tarn_heap *heap, const struct options *o, struct inputs *inputs,
                 struct graph *graph, struct figures *f) {
    tarn_slot current;
    tarn_slot_init(&current, graph);
    tarn_decref(graph);
    double begun = now();
    struct readers *readers = readers_start(heap, &current, o->readers);
    struct reloader *reloader = reloader_start(heap, &current, o, inputs, f);
    tarn_blocking_begin();
    wait_for_end(readers, reloader, o, begun);
    tarn_blocking_end();
    reloader_stop(reloader);
    readers_stop(readers, f);
    f->seconds = now() - begun;
    f->memory.end = memory_line("VmRSS");
    f->memory.peak = memory_line("VmHWM");
    struct graph *last = tarn_slot_load(&current);
    figures_of_graph(f, last);
    tarn_decref(last);
    tarn_slot_destroy(&current);
}
