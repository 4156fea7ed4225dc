/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The worker's side: checks whose malloc the process has, runs one work. */
#include "worker.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"
#include "rss.h"
#include "works.h"

static void work_nothing(struct job *job) {
    job->a->release(job->a->allocate(32));
    job->out.ns = 1;
}

static const struct {
    const char *name;
    void (*run)(struct job *job);
} works[] = {
    {"nothing", work_nothing},     {"pairs", work_pairs},       {"batches", work_batches},
    {"lifetimes", work_lifetimes}, {"mixed", work_mixed},       {"growth", work_growth},
    {"large", work_large},         {"producer", work_producer}, {"exchange", work_exchange},
    {"larson", work_larson},       {"churn", work_churn},       {"scale", work_scale},
    {"freer", work_freer},         {"spike", work_spike},       {"leavers", work_leavers},
    {"classes", work_classes},     {"probe", work_probe},       {"probe-remote", work_probe_remote},
    {"steps", work_steps},
};

uint64_t job_loops(uint64_t usual) {
    if (harness.loops)
        return harness.loops;
    if (!harness.quick)
        return usual;
    return usual / 1000 > 10 ? usual / 1000 : 10;
}

void *job_pages(size_t bytes) {
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (pages == MAP_FAILED)
        abort();
    return pages;
}

void job_begin(struct job *job) {
    rss_reset_peak();
    job->base = rss_now();
}

double job_rss(const struct job *job) {
    double rss = rss_now() - job->base;
    return rss > 0 ? rss : 0;
}

void job_end(struct job *job) {
    double peak = rss_peak() - job->base;
    job->out.rss = job_rss(job);
    job->out.peak = peak > job->out.rss ? peak : job->out.rss;
}

/* Whether the process's malloc lies in the file whose name ends in `needs`. A
 * preload that is not there is passed over by the loader with a warning only. */
static bool has_malloc_of(const char *needs) {
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "malloc");
    if (!function || !dladdr(function, &info) || !info.dli_fname)
        return false;
    size_t file = strlen(info.dli_fname);
    size_t suffix = strlen(needs);
    return file >= suffix && strcmp(info.dli_fname + file - suffix, needs) == 0;
}

/* Has the C library cache a stack and make its thread-local blocks. */
static void *warm_thread(void *arg) {
    return arg;
}

static void warm(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, warm_thread, NULL) != 0)
        abort();
    pthread_join(thread, NULL);
}

/* One line, in the order of the struct. */
static void print_figures(const struct figures *f) {
    double value[FIGURES];
    memcpy(value, f, sizeof value);
    for (size_t i = 0; i < FIGURES; i++)
        printf("%.4f%c", value[i], i + 1 < FIGURES ? ' ' : '\n');
    fflush(stdout);
}

int worker_run(const char *work, const char *kind, const char *needs, size_t size) {
    if (needs && !has_malloc_of(needs)) {
        fprintf(stderr, "tarn-bench: malloc is not that of %s\n", needs);
        return 1;
    }
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        if (strcmp(works[i].name, work) != 0)
            continue;
        struct job job = {.a = kind_open(kind), .size = size};
        if (!job.a)
            break;
        warm();
        works[i].run(&job);
        print_figures(&job.out);
        return 0;
    }
    fprintf(stderr, "tarn-bench: there is no work '%s' of kind '%s'\n", work, kind);
    return 2;
}
