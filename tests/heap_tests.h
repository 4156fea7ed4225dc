/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the tests of objects, threads and the collector share: a heap whose log is
 * captured, a node type with two references, counted finalizers and disposes.
 */
#ifndef TESTS_HEAP_TESTS_H
#define TESTS_HEAP_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <tarn/tarn.h>

struct node {
    tarn_object header;
    struct node *a;
    struct node *b;
    tarn_slot slot;
    long number;
};

struct fixture {
    tarn_heap *heap;
    tarn_type *leaf; /* 32 bytes, no references */
    tarn_type *node; /* struct node */
    TARN__ATOMIC(long) logged;
    char log[512]; /* the last message */
};

static struct fixture fixture;

static inline void capture_log(void *arg, enum tarn_log_level level, const char *message) {
    struct fixture *f = arg;
    (void)level;
    /* relaxed: a count. */
    tarn__fetch_add(&f->logged, 1, relaxed);
    strncpy(f->log, message, sizeof f->log - 1);
}

static const size_t node_references[] = {offsetof(struct node, a), offsetof(struct node, b),
                                         offsetof(struct node, slot)};

/* A node type of another name and behaviour. */
static inline tarn_type *node_type(const char *name, void (*finalize)(void *),
                                   void (*dispose)(void *), unsigned flags) {
    return tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = name,
                                                                     .size = sizeof(struct node),
                                                                     .offsets = node_references,
                                                                     .offset_count = 3,
                                                                     .finalize = finalize,
                                                                     .dispose = dispose,
                                                                     .flags = flags});
}

/* A heap with the calling thread attached; automatic collections are off unless
 * the config says otherwise. */
static inline void open_heap(struct tarn_config config) {
    memset(&fixture, 0, sizeof fixture);
    config.log = capture_log;
    config.arg = &fixture;
    fixture.heap = tarn_heap_create(&config);
    assert_non_null(fixture.heap);
    assert_int_equal(tarn_thread_attach(fixture.heap), 0);
    fixture.leaf =
        tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "leaf", .size = 32});
    fixture.node = node_type("node", NULL, NULL, 0);
    assert_non_null(fixture.leaf);
    assert_non_null(fixture.node);
}

static inline void open_manual_heap(void) {
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .checked = true});
}

/* The heap verifies, and ends with nothing live. */
static inline void close_heap(void) {
    ptrdiff_t faults = tarn_heap_verify(fixture.heap, NULL, NULL);
    tarn_thread_detach();
    ptrdiff_t live = tarn_heap_destroy(fixture.heap);
    assert_int_equal(faults, 0);
    assert_int_equal(live, 0);
}

static inline struct tarn_heap_stats stats(void) {
    struct tarn_heap_stats s;
    tarn_heap_get_stats(fixture.heap, &s);
    return s;
}

static inline struct node *new_node(tarn_type *type) {
    struct node *node = tarn_new(type);
    assert_non_null(node);
    return node;
}

/* Joins threads as a server would: in a blocking region. */
static inline void join_all(pthread_t *thread, int count) {
    tarn_blocking_begin();
    for (int i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
    tarn_blocking_end();
}

#endif
