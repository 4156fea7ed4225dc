/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Counting: pairs of increment and decrement, by the owner and by others. */
#include <pthread.h>
#include <sched.h>
#include <tarn/tarn.h>

#include "harness.h"
#include "peers.h"

static tarn_heap *heap;
static tarn_object *owned;
static tarn_object *foreign;
static tarn_object *immortal;

static double run_tarn(void *arg) {
    tarn_object *object = *(tarn_object **)arg;
    uint64_t n = loops_for(3);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        tarn_incref(object);
        KEEP(object);
        tarn_decref(object);
    }
    return (now_ns() - begun) / (double)n;
}

static double run_int(void *arg) {
    static volatile int count = 1;
    (void)arg;
    uint64_t n = loops_for(2);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        count = count + 1;
        count = count - 1;
    }
    return (now_ns() - begun) / (double)n;
}

static double run_glib(void *arg) {
    static void *(*alloc)(size_t);
    static void *(*acquire)(void *);
    static void (*release)(void *);
    static void *box;
    (void)arg;
    if (!box) {
        const char *glib = "libglib-2.0.so.0";
        alloc = (void *(*)(size_t))peer_function(glib, "g_atomic_rc_box_alloc0");
        acquire = (void *(*)(void *))peer_function(glib, "g_atomic_rc_box_acquire");
        release = (void (*)(void *))peer_function(glib, "g_atomic_rc_box_release");
        if (!alloc || !acquire || !release)
            return -1;
        box = alloc(32);
    }
    uint64_t n = loops_for(15);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        acquire(box);
        release(box);
    }
    return (now_ns() - begun) / (double)n;
}

static double run_gobject(void *arg) {
    static size_t (*type)(void);
    static void *(*ref)(void *);
    static void (*unref)(void *);
    static void *object;
    (void)arg;
    if (!object) {
        const char *library = "libgobject-2.0.so.0";
        type = (size_t(*)(void))peer_function(library, "g_object_get_type");
        ref = (void *(*)(void *))peer_function(library, "g_object_ref");
        unref = (void (*)(void *))peer_function(library, "g_object_unref");
        void *(*create)(size_t, const char *, ...) =
            (void *(*)(size_t, const char *, ...))peer_function(library, "g_object_new");
        if (!create || !type || !ref || !unref)
            return -1;
        object = create(type(), NULL);
    }
    uint64_t n = loops_for(20);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        ref(object);
        unref(object);
    }
    return (now_ns() - begun) / (double)n;
}

/* Makes an object whose owner is another seat, and stays blocking. */
static int done;
static void *own_foreign(void *type) {
    tarn_thread_attach(heap);
    foreign = tarn_new(type);
    tarn_blocking_begin();
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != 2)
        sched_yield();
    tarn_blocking_end();
    tarn_thread_detach();
    return NULL;
}

static void compare(const char *what, const char *name, tarn_object **object) {
    struct bench b = {.name = "count",
                      .what = what,
                      .variant = {{name, run_tarn, object},
                                  {"plain int (volatile)", run_int, NULL},
                                  {"C11 atomic", peer_atomic_pair, NULL},
                                  {"g_atomic_rc_box", run_glib, NULL},
                                  {"g_object_ref/unref", run_gobject, NULL}}};
    bench_run(&b);
}

/* The immortal object is live to the end: no news. */
static void ignore_log(void *arg, enum tarn_log_level level, const char *message) {
    (void)arg;
    (void)level;
    (void)message;
}

void bench_count(void) {
    pthread_t thread;
    struct tarn_config config = {.log = ignore_log};
    heap = tarn_heap_create(&config);
    tarn_thread_attach(heap);
    tarn_type *leaf =
        tarn_type_register(heap, &(struct tarn_type_spec){.name = "leaf", .size = 32});
    owned = tarn_new(leaf);
    immortal = tarn_new(leaf);
    tarn_immortalize(immortal);
    pthread_create(&thread, NULL, own_foreign, leaf);
    tarn_blocking_begin();
    while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != 1)
        sched_yield();
    tarn_blocking_end();
    compare("incref + decref by the owner", "tarn, owner", &owned);
    compare("incref + decref by another thread", "tarn, foreign", &foreign);
    compare("incref + decref of an immortal object", "tarn, immortal", &immortal);
    __atomic_store_n(&done, 2, __ATOMIC_RELEASE);
    tarn_blocking_begin();
    pthread_join(thread, NULL);
    tarn_blocking_end();
    tarn_decref(owned);
    tarn_decref(foreign);
    tarn_thread_detach();
    tarn_heap_destroy(heap);
}
