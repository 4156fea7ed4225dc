/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Limits of a heap and of the process, and how long free pages are kept. */
#include "heap_tests.h"

#include <errno.h>

#include "memory_tests.h"

#define MIB ((size_t)1 << 20)

static tarn_type *large_leaf;

static void open_default_heap(void) {
    open_heap((struct tarn_config){0});
    large_leaf = tarn_type_register(fixture.heap,
                                    &(struct tarn_type_spec){.name = "large leaf", .size = 1024});
}

static void soft_above_hard_is_refused(void **state) {
    (void)state;
    open_default_heap();
    assert_int_equal(tarn_heap_limit(fixture.heap, 2, 1), -EINVAL);
    assert_int_equal(tarn_heap_limit(NULL, 2, 1), -EINVAL);
    assert_int_equal(tarn_heap_limit(fixture.heap, 2, 0), 0);
    assert_int_equal(tarn_heap_limit(fixture.heap, 0, 0), 0);
    close_heap();
}

/* Allocations beyond it fail, nothing is lost, and it can be raised or made room in. */
static void a_hard_limit_fails_allocations(void **state) {
    (void)state;
    enum { N = 8192 };
    static void *object[N];
    int made = 0;
    open_default_heap();
    assert_int_equal(tarn_heap_limit(fixture.heap, 0, 4 * MIB), 0);
    errno = 0;
    while (made < N && (object[made] = tarn_new(large_leaf)) != NULL)
        made++;
    assert_int_equal(errno, ENOMEM);
    assert_true(made > 3000 && made <= 4096);
    assert_null(tarn_new(large_leaf));
    assert_true(stats().pool_bytes <= 4 * MIB);
    tarn_decref(object[--made]);
    object[made] = tarn_new(large_leaf);
    assert_non_null(object[made++]);
    assert_int_equal(tarn_heap_limit(fixture.heap, 0, 8 * MIB), 0);
    assert_non_null(object[made] = tarn_new(large_leaf));
    made++;
    while (made)
        tarn_decref(object[--made]);
    close_heap();
}

/* Room that a collection makes is room for objects of any size. */
static void a_collection_makes_room_below_a_hard_limit(void **state) {
    (void)state;
    open_default_heap();
    tarn_gc_disable(fixture.heap);
    assert_int_equal(tarn_heap_limit(fixture.heap, 0, 4 * MIB), 0);
    struct node *n;
    while ((n = tarn_new(fixture.node)) != NULL) {
        tarn_field_set(&n->a, n);
        tarn_decref(n);
    }
    assert_null(tarn_new(large_leaf));
    assert_true(tarn_gc_collect(fixture.heap, 2) > 30000);
    void *leaf = tarn_new(large_leaf);
    assert_non_null(leaf);
    tarn_decref(leaf);
    close_heap();
}

/* Thresholds that are never reached, and cycles: only the soft limit collects. */
static void a_soft_limit_makes_a_full_collection_due(void **state) {
    (void)state;
    open_default_heap();
    tarn_gc_set_threshold(fixture.heap, (const unsigned[]){2000000000, 1, 1});
    assert_int_equal(tarn_heap_limit(fixture.heap, 2 * MIB, 0), 0);
    size_t most = 0;
    for (int i = 0; i < 300000; i++) {
        struct node *n = tarn_new(fixture.node);
        assert_non_null(n);
        tarn_field_set(&n->a, n);
        tarn_decref(n);
        tarn_safepoint();
        if (i % 1000 == 0)
            most = stats().pool_bytes > most ? stats().pool_bytes : most;
    }
    assert_true(stats().freed_by_collector > 200000);
    assert_true(most < 5 * MIB);
    assert_true(tarn_gc_collect(fixture.heap, 2) >= 0);
    close_heap();
}

/* --- the process --- */

static void the_process_has_a_hard_limit(void **state) {
    (void)state;
    enum { N = 4096 };
    static void *block[N];
    int made = 0;
    open_default_heap();
    tarn_heap_trim(fixture.heap);
    assert_int_equal(tarn_heap_limit(NULL, 0, stats().committed_bytes + 16 * MIB), 0);
    errno = 0;
    while (made < N && (block[made] = tarn_malloc(60000)) != NULL)
        made++;
    assert_int_equal(errno, ENOMEM);
    assert_true(made > 150 && made <= 280);
    assert_null(tarn_malloc(MIB));
    tarn_free(block[--made]);
    assert_non_null(block[made++] = tarn_malloc(60000));
    assert_int_equal(tarn_heap_limit(NULL, 0, 0), 0);
    void *large = tarn_malloc(MIB);
    assert_non_null(large);
    tarn_free(large);
    while (made)
        tarn_free(block[--made]);
    close_heap();
    assert_int_equal(memory_faults(), 0);
}

/* --- free pages --- */

static void fill_and_free(size_t bytes) {
    size_t count = bytes / 4096;
    char **block = tarn_malloc(count * sizeof *block);
    for (size_t i = 0; i < count; i++) {
        block[i] = tarn_malloc(4096);
        memset(block[i], 1, 4096);
    }
    for (size_t i = 0; i < count; i++)
        tarn_free(block[i]);
    tarn_free(block);
}

/* Bytes resident after 24 MiB came and went, and some more calls. */
static size_t left_after_a_spike(int delay_ms) {
    tarn_memory_set_policy(&(struct tarn_memory_policy){.purge_delay_ms = delay_ms});
    tarn_heap_trim(NULL);
    size_t start = resident_bytes();
    fill_and_free(24 * MIB);
    usleep(60000);
    for (int i = 0; i < 2000; i++)
        fill_and_free(MIB / 2); /* what the thread keeps is enough for that */
    size_t end = resident_bytes();
    tarn_memory_set_policy(NULL);
    tarn_heap_trim(NULL);
    return end > start ? end - start : 0;
}

static void free_pages_are_kept_for_the_delay(void **state) {
    (void)state;
    if (UNDER_SANITIZER)
        skip();
    assert_true(left_after_a_spike(-1) > 16 * MIB);
    assert_true(left_after_a_spike(20) < 8 * MIB);
}

static void a_soft_limit_of_the_process_keeps_nothing_free(void **state) {
    (void)state;
    if (UNDER_SANITIZER)
        skip();
    tarn_heap_trim(NULL);
    size_t start = resident_bytes();
    assert_int_equal(tarn_heap_limit(NULL, 1, 0), 0);
    fill_and_free(24 * MIB);
    assert_true(resident_bytes() < start + 8 * MIB);
    assert_int_equal(tarn_heap_limit(NULL, 0, 0), 0);
}

int main(void) {
    watch_nothing();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soft_above_hard_is_refused),
        cmocka_unit_test(a_hard_limit_fails_allocations),
        cmocka_unit_test(a_collection_makes_room_below_a_hard_limit),
        cmocka_unit_test(a_soft_limit_makes_a_full_collection_due),
        cmocka_unit_test(the_process_has_a_hard_limit),
        cmocka_unit_test(free_pages_are_kept_for_the_delay),
        cmocka_unit_test(a_soft_limit_of_the_process_keeps_nothing_free),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
