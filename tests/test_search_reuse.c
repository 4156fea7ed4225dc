/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What a search meets where it comes back to an object between two steps: its block may
 * have been made anew, as an object of any type (docs/design/collector.md [SUS-4]).
 */
#include "search_tests.h"

#include <unistd.h>

enum { LENGTH = 600 }; /* of arrays that are traced in more than one part */

static long traced_running; /* of objects that only a stop may trace */

static void trace_in_a_stop(void *object, tarn_visitor visit, void *arg) {
    struct node *n = object;
    /* relaxed: what is dead drops its references wherever it is. */
    if (!(tarn__load(&n->header.shared, relaxed) & TARN__DEAD) && !tarn__seat_self()->holds_world)
        traced_running++;
    if (n->a)
        visit(n->a, arg);
}

static tarn_type *register_traced(void) {
    return tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "traced",
                                                                     .size = sizeof(struct node),
                                                                     .trace = trace_in_a_stop});
}

/* Batches of the dead go, and their blocks may be made anew. */
static void let_grace_periods_pass(void) {
    uint64_t freed = stats().freed;
    for (int i = 0; i < 5000 && (stats().freed == freed || stats().retired); i++) {
        tarn_safepoint();
        usleep(200);
    }
    assert_true(stats().freed > freed);
}

static void a_suspect_reborn_is_not_traced_running(void **state) {
    enum { DYING = 2000 };
    static struct node *reborn[DYING];
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 100});
    tarn_type *traced = register_traced();
    for (int i = 0; i < DYING; i++)
        reborn[i] = new_node(fixture.node);
    make_old();
    uint64_t before = full().collections;
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    fixture.heap->collector->search_work = 50;
    for (int i = 0; i < DYING; i++)
        tarn_decref(reborn[i]);
    let_grace_periods_pass();
    assert_int_equal(stage(), TARN_SEARCH_SUBTRACT);
    for (int i = 0; i < DYING; i++)
        reborn[i] = new_node(traced);
    traced_running = 0;
    fixture.heap->collector->search_work = 0;
    grow_until(before + 1);
    assert_int_equal(traced_running, 0);
    for (int i = 0; i < DYING; i++)
        tarn_decref(reborn[i]);
    close_old_heap();
}

static void the_step_that_finds_the_first_such_object_ends(void **state) {
    enum { OBJECTS = 2000 };
    static struct node *object[OBJECTS];
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 100});
    tarn_type *traced = register_traced();
    for (int i = 0; i < OBJECTS; i++)
        object[i] = new_node(traced);
    make_old();
    traced_running = 0;
    grow_until(full().collections + 1);
    assert_int_equal(traced_running, 0);
    assert_int_equal(full().untraceable, OBJECTS);
    for (int i = 0; i < OBJECTS; i++)
        tarn_decref(object[i]);
    close_old_heap();
}

static struct node **elements(void *array) {
    return (struct node **)((char *)array + 24);
}

/* Two arrays in one pool, the lower one first. */
static void find_two_of_a_pool(void *two[2]) {
    void *array[16];
    int n = 0;
    two[0] = NULL;
    while (!two[0]) {
        assert_true(n < 16);
        array[n] = tarn_new_array(pointers, LENGTH);
        assert_non_null(array[n]);
        for (int i = 0; i < n && !two[0]; i++)
            if (tarn__pool_of(array[i]) == tarn__pool_of(array[n])) {
                two[0] = array[i] < array[n] ? array[i] : array[n];
                two[1] = array[i] < array[n] ? array[n] : array[i];
            }
        n++;
    }
    for (int i = 0; i < n; i++)
        if (array[i] != two[0] && array[i] != two[1])
            tarn_decref(array[i]);
}

/* Nothing of a heap that lives is suspected, though the trace of one array makes another
 * of its pool the next to be traced. */
static void a_long_array_is_gone_on_with_before_others(void **state) {
    void *two[2];
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 100});
    find_two_of_a_pool(two);
    for (int i = 0; i < LENGTH; i++)
        tarn_field_give(&elements(two[0])[i], new_node(fixture.node));
    tarn_field_give(&elements(two[1])[0], two[0]); /* held by the other alone */
    make_old();
    grow_until(full().collections + 1);
    assert_int_equal(full().suspects, 0);
    tarn_decref(two[1]);
    close_old_heap();
}

/* The object of which a part has been traced dies, and its block is an object without
 * elements when the search comes back. */
static void a_part_traced_is_no_part_of_the_next(void **state) {
    enum { PAIRS = 500 };
    static struct node *pair[PAIRS];
    static const size_t first[] = {sizeof(tarn_object)};
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 100});
    tarn_type *plain = tarn_type_register(
        fixture.heap,
        &(struct tarn_type_spec){
            .name = "plain", .size = 24 + LENGTH * 8, .offsets = first, .offset_count = 1});
    for (int i = 0; i < PAIRS; i++)
        pair[i] = make_pair(fixture.node);
    void *array = tarn_new_array(pointers, LENGTH);
    assert_non_null(array);
    make_old();
    for (int i = 0; i < PAIRS; i++)
        tarn_decref(pair[i]);
    struct tarn_gc_stats before = full();
    struct tarn_search *search = &fixture.heap->collector->search;
    fixture.heap->collector->search_work = 64;
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    for (int i = 0; i < 2000000 && !search->element; i++)
        add_live();
    assert_int_equal(stage(), TARN_SEARCH_SUBTRACT);
    assert_ptr_equal(tarn__place_object((struct tarn_gc_place){search->at, search->index}), array);
    tarn_gc_disable(fixture.heap);
    /* relaxed: no step is due from here on. */
    tarn__store(&fixture.heap->due, 0, relaxed);
    tarn_decref(array);
    let_grace_periods_pass();
    assert_true(search->element > 0);
    void *reborn = new_node(plain);
    assert_ptr_equal(reborn, array);
    tarn_gc_enable(fixture.heap);
    fixture.heap->collector->search_work = 0;
    grow_until(before.collections + 1);
    assert_int_equal(full().collected - before.collected, 2 * PAIRS);
    tarn_decref(reborn);
    close_old_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suspect_reborn_is_not_traced_running),
        cmocka_unit_test(the_step_that_finds_the_first_such_object_ends),
        cmocka_unit_test(a_long_array_is_gone_on_with_before_others),
        cmocka_unit_test(a_part_traced_is_no_part_of_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
