/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Which pools a collection looks through. */
#include "heap_tests.h"

/* Keeps an object so that it is of age 1 when it becomes a cycle of garbage. */
static struct node *middle_aged(tarn_type *type) {
    struct node *n = new_node(type);
    assert_int_equal(tarn_gc_collect(fixture.heap, 0), 0);
    tarn_field_set(&n->a, n);
    return n;
}

static void collection_1_finds_what_collection_0_left(void **state) {
    (void)state;
    open_manual_heap();
    tarn_decref(middle_aged(fixture.node));
    assert_int_equal(tarn_gc_collect(fixture.heap, 0), 0);
    assert_int_equal(tarn_gc_collect(fixture.heap, 1), 1);
    close_heap();
}

static void collection_1_finds_it_beside_young_objects(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = middle_aged(fixture.node);
    struct node *young = new_node(fixture.node);
    tarn_field_set(&young->a, young);
    tarn_decref(n);
    tarn_decref(young);
    assert_int_equal(tarn_gc_collect(fixture.heap, 1), 2);
    close_heap();
}

static void collection_1_finds_it_again_and_again(void **state) {
    (void)state;
    open_manual_heap();
    for (int i = 0; i < 100; i++) {
        struct node *n = middle_aged(fixture.node);
        tarn_gc_collect(fixture.heap, i % 3);
        struct node *m = middle_aged(fixture.node);
        tarn_decref(n);
        tarn_decref(m);
        assert_int_equal(tarn_gc_collect(fixture.heap, 1), i % 3 == 0 ? 2 : 1);
        assert_int_equal(tarn_gc_collect(fixture.heap, 2), i % 3 == 0 ? 0 : 1);
    }
    close_heap();
}

static void return_as_cycle(void *object) {
    struct node *n = object;
    tarn_field_set(&n->a, n);
}

/* While it waits for its finalizer it takes no part, and its age stays. */
static void collection_1_finds_what_waited_for_user_code(void **state) {
    (void)state;
    open_heap((struct tarn_config){
        .collect = TARN_COLLECT_MANUAL, .dispatch = TARN_DISPATCH_DRAIN, .checked = true});
    tarn_decref(new_node(node_type("returning", return_as_cycle, NULL, 0)));
    assert_int_equal(tarn_gc_collect(fixture.heap, 0), 0);
    assert_int_equal(tarn_drain(), 1);
    assert_int_equal(tarn_gc_collect(fixture.heap, 1), 1);
    close_heap();
}

static void thawed_objects_are_found_by_collection_2(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = middle_aged(fixture.node);
    assert_int_equal(tarn_gc_freeze(fixture.heap), 0);
    tarn_decref(n);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    assert_int_equal(tarn_gc_unfreeze(fixture.heap), 0);
    assert_int_equal(tarn_gc_collect(fixture.heap, 1), 0);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 1);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collection_1_finds_what_collection_0_left),
        cmocka_unit_test(collection_1_finds_it_beside_young_objects),
        cmocka_unit_test(collection_1_finds_it_again_and_again),
        cmocka_unit_test(collection_1_finds_what_waited_for_user_code),
        cmocka_unit_test(thawed_objects_are_found_by_collection_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
