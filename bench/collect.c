/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Collecting: a full collection per live and per dead container, beside every
 * CPython that is found, on the same shapes.
 */
#include <stdlib.h>
#include <tarn/tarn.h>

#include "harness.h"
#include "python.h"

struct node {
    tarn_object header;
    struct node *a;
    struct node *b;
};

static tarn_heap *heap;
static tarn_type *type;

static size_t nodes(void) {
    return harness.quick ? 1000 : 1000000;
}

/* Pairs that refer to each other, chained to the one before. */
static struct node *make_pairs(void) {
    struct node *last = NULL;
    for (size_t i = 0; i < nodes() / 2; i++) {
        struct node *x = tarn_new(type);
        struct node *y = tarn_new(type);
        tarn_field_set(&x->a, y);
        tarn_field_give(&y->a, x);
        tarn_field_give(&y->b, last);
        last = y;
    }
    return last;
}

/* Pairs, each on its own: garbage as it stands. */
static void make_garbage(void) {
    for (size_t i = 0; i < nodes() / 2; i++) {
        struct node *x = tarn_new(type);
        struct node *y = tarn_new(type);
        tarn_field_give(&x->a, y);
        tarn_field_set(&y->a, x);
        tarn_decref(x);
    }
}

static double run_live(void *arg) {
    (void)arg;
    struct node *all = make_pairs();
    tarn_gc_collect(heap, 2);
    double begun = now_ns();
    tarn_gc_collect(heap, 2);
    double ns = (now_ns() - begun) / (double)nodes();
    tarn_decref(all);
    tarn_gc_collect(heap, 2);
    return ns;
}

static double run_dead(void *arg) {
    (void)arg;
    make_garbage();
    double begun = now_ns();
    ptrdiff_t found = tarn_gc_collect(heap, 2);
    double ns = (now_ns() - begun) / (double)nodes();
    return found == (ptrdiff_t)(nodes() / 2 * 2) ? ns : -1;
}

static const char script[] = "import gc, sys, time\n"
                             "gc.disable()\n"
                             "n = int(sys.argv[2])\n"
                             "class N:\n"
                             "    __slots__ = ('a', 'b')\n"
                             "last = None\n"
                             "for i in range(n // 2):\n"
                             "    x, y = N(), N()\n"
                             "    x.a, y.a = y, x\n"
                             "    y.b, x.b = (last if sys.argv[1] == 'live' else None), None\n"
                             "    last = y\n"
                             "if sys.argv[1] == 'live':\n"
                             "    gc.collect()\n"
                             "else:\n"
                             "    del last, x, y\n"
                             "t = time.perf_counter()\n"
                             "gc.collect()\n"
                             "print((time.perf_counter() - t) * 1e9 / n)\n";

struct python {
    const char *path;
    const char *shape;
};

static double run_python(void *arg) {
    const struct python *python = arg;
    char arguments[64];
    snprintf(arguments, sizeof arguments, "%s %zu", python->shape, nodes());
    return python_run(python->path, script, arguments);
}

static void compare(const char *what, double (*run)(void *), const char *shape) {
    struct python system_python = {"/usr/bin/python3", shape};
    struct python free_threaded = {getenv("PEER_PYTHON_FT") ? getenv("PEER_PYTHON_FT") : "", shape};
    bench_run(
        &(struct bench){.name = "collect",
                        .what = what,
                        .variant = {{"tarn", run, NULL},
                                    {"CPython (/usr/bin/python3)", run_python, &system_python},
                                    {"CPython, free-threaded", run_python, &free_threaded}}});
}

void bench_collect(void) {
    static const size_t references[] = {offsetof(struct node, a), offsetof(struct node, b)};
    struct tarn_config config = {.collect = TARN_COLLECT_MANUAL};
    heap = tarn_heap_create(&config);
    tarn_thread_attach(heap);
    type = tarn_type_register(heap, &(struct tarn_type_spec){.name = "node",
                                                             .size = sizeof(struct node),
                                                             .offsets = references,
                                                             .offset_count = 2});
    compare("full collection, per live container (1M in chained pairs)", run_live, "live");
    compare("full collection, per dead container (1M in pairs)", run_dead, "dead");
    tarn_thread_detach();
    tarn_heap_destroy(heap);
}
