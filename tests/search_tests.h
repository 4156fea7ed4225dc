/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * For tests of searches: a heap of many old containers, which grows until something
 * happens.
 */
#ifndef TARN_TESTS_SEARCH_TESTS_H
#define TARN_TESTS_SEARCH_TESTS_H

#include "heap_tests.h"

#include "collector/search.h"

enum { LIVE = 12000 };

static struct node *chain; /* live, one reference each from the next */
static tarn_type *pointers;

static inline void add_live(void) {
    struct node *n = new_node(fixture.node);
    tarn_field_give(&n->a, chain);
    chain = n;
    tarn_safepoint();
}

/* A heap with many old containers, and small thresholds from here on. */
static inline void open_old_heap(struct tarn_config config) {
    static const size_t element[] = {0};
    open_heap(config);
    pointers =
        tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "pointers",
                                                                  .size = 24,
                                                                  .element_size = 8,
                                                                  .length_offset = 16,
                                                                  .element_offsets = element,
                                                                  .element_offset_count = 1});
    tarn_gc_disable(fixture.heap);
    chain = NULL;
    for (int i = 0; i < LIVE; i++)
        add_live();
}

static inline void make_old(void) {
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    tarn_gc_set_threshold(fixture.heap, (unsigned[3]){100, 2, 2});
    tarn_gc_enable(fixture.heap);
}

static inline struct tarn_gc_stats full(void) {
    struct tarn_gc_stats s;
    assert_int_equal(tarn_gc_stats(fixture.heap, 2, &s), 0);
    return s;
}

static inline enum tarn_search_stage stage(void) {
    return fixture.heap->collector->search.stage;
}

/* The heap grows until automatic full collections have been run, or a search begins. */
static inline void grow_until(uint64_t collections) {
    for (int i = 0; i < 2000000 && full().collections < collections; i++)
        add_live();
    assert_true(full().collections >= collections);
}

static inline void grow_until_stage(enum tarn_search_stage wanted) {
    for (int i = 0; i < 2000000 && stage() != wanted; i++)
        add_live();
    assert_int_equal(stage(), wanted);
}

static inline void close_old_heap(void) {
    tarn_decref(chain);
    tarn_gc_collect(fixture.heap, 2);
    struct tarn_heap_stats s = stats();
    assert_int_equal(s.allocated, s.freed);
    close_heap();
}

static inline struct node *make_pair(tarn_type *type) {
    struct node *x = new_node(type);
    struct node *y = new_node(type);
    tarn_field_set(&x->a, y);
    tarn_field_give(&y->a, x);
    tarn_incref(x); /* the caller's */
    tarn_decref(y);
    return x;
}

#endif
