/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Walks by generation, referrers and referents (C4, C20, C31). */
#include "heap_tests.h"

#include <errno.h>

#include "base/fault.h"

struct seen {
    void *object[64];
    int count;
    int stop_after; /* 0: never */
};

static bool note(void *object, void *arg) {
    struct seen *s = arg;
    if (s->count < 64)
        s->object[s->count] = object;
    s->count++;
    return s->count != s->stop_after;
}

static bool has(const struct seen *s, const void *object) {
    for (int i = 0; i < s->count && i < 64; i++)
        if (s->object[i] == object)
            return true;
    return false;
}

static bool is_in(int generation, const void *object) {
    struct seen s = {0};
    ptrdiff_t shown = tarn_heap_walk(fixture.heap, generation, note, &s);
    assert_int_equal(shown, s.count);
    return has(&s, object);
}

static void c4_an_object_is_in_exactly_one_generation(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    for (int age = 0; age < 3; age++) {
        for (int g = 0; g <= TARN_GENERATION_FROZEN; g++)
            assert_int_equal(is_in(g, n), g == age);
        assert_true(is_in(TARN_GENERATION_ANY, n));
        tarn_gc_collect(fixture.heap, age < 2 ? age : 2);
    }
    assert_int_equal(tarn_gc_freeze(fixture.heap), 0);
    for (int g = 0; g <= TARN_GENERATION_FROZEN; g++)
        assert_int_equal(is_in(g, n), g == TARN_GENERATION_FROZEN);
    assert_true(is_in(TARN_GENERATION_ANY, n));
    assert_int_equal(tarn_gc_unfreeze(fixture.heap), 0);
    assert_true(is_in(2, n));
    struct seen s = {0};
    assert_int_equal(tarn_heap_walk(fixture.heap, 4, note, &s), -EINVAL);
    assert_int_equal(tarn_heap_walk(fixture.heap, -2, note, &s), -EINVAL);
    assert_int_equal(s.count, 0);
    assert_int_equal(tarn_refcount(n), 1);
    tarn_decref(n);
    close_heap();
}

static void leaves_and_the_dead_are_in_no_walk(void **state) {
    (void)state;
    open_manual_heap();
    void *leaf = tarn_new(fixture.leaf);
    tarn_decref(new_node(fixture.node));
    struct seen s = {0};
    assert_int_equal(tarn_heap_walk(fixture.heap, TARN_GENERATION_ANY, note, &s), 0);
    tarn_decref(leaf);
    close_heap();
}

static void a_walk_ends_when_told(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n[5];
    for (int i = 0; i < 5; i++)
        n[i] = new_node(fixture.node);
    struct seen s = {.stop_after = 2};
    assert_int_equal(tarn_heap_walk(fixture.heap, 0, note, &s), 2);
    for (int i = 0; i < 5; i++)
        assert_int_equal(tarn_refcount(n[i]), 1);
    assert_int_equal(tarn_world_stop(), 0);
    s = (struct seen){0};
    assert_int_equal(tarn_heap_walk(fixture.heap, 0, note, &s), 5);
    tarn_world_start();
    for (int i = 0; i < 5; i++)
        tarn_decref(n[i]);
    close_heap();
}

static void referrers_and_referents_are_each_others_inverse(void **state) {
    (void)state;
    open_manual_heap();
    struct node *a = new_node(fixture.node);
    struct node *b = new_node(fixture.node);
    void *leaf = tarn_new(fixture.leaf);
    tarn_field_set(&a->a, b);
    tarn_field_set(&a->b, b);
    tarn_slot_store(&a->slot, leaf);
    tarn_field_set(&b->a, leaf);
    tarn_field_set(&b->b, tarn_immediate(3));
    struct seen s = {0};
    assert_int_equal(tarn_referents(a, note, &s), 3);
    assert_true(has(&s, b) && has(&s, leaf));
    s = (struct seen){0};
    assert_int_equal(tarn_referents(b, note, &s), 1);
    s = (struct seen){0};
    assert_int_equal(tarn_referrers(b, note, &s), 1);
    assert_true(has(&s, a));
    s = (struct seen){0};
    assert_int_equal(tarn_referrers(leaf, note, &s), 2);
    assert_true(has(&s, a) && has(&s, b));
    s = (struct seen){0};
    assert_int_equal(tarn_referrers(a, note, &s), 0);
    tarn_decref(a);
    tarn_decref(b);
    tarn_decref(leaf);
    close_heap();
}

/* --- from a finalizer --- */

static int walked;

static void walk_around(void *object) {
    struct seen s = {0};
    walked += tarn_heap_walk(fixture.heap, TARN_GENERATION_ANY, note, &s) >= 0;
    assert_false(has(&s, object) && tarn_gc_is_finalized(object) && s.count > 60);
    walked += tarn_referrers(object, note, &s) >= 0;
    walked += tarn_referents(object, note, &s) >= 0;
}

static void c20_walks_inside_a_finalizer(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("walker", walk_around, NULL, 0);
    walked = 0;
    struct node *n = new_node(type);
    tarn_decref(n);
    tarn_safepoint();
    assert_int_equal(walked, 3);
    struct node *a = new_node(type);
    struct node *b = new_node(type);
    tarn_field_set(&a->a, b);
    tarn_field_set(&b->a, a);
    tarn_decref(a);
    tarn_decref(b);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    assert_int_equal(walked, 9);
    close_heap();
}

/* --- against mutators --- */

static tarn_slot shared;
static TARN__ATOMIC(uint32_t) done;

static void *mutate(void *arg) {
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < 4000; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_set(&n->a, i % 3 ? n : NULL);
        tarn_slot_store(&n->slot, tarn_slot_peek(&shared));
        tarn_slot_store(&shared, i % 50 ? n : NULL);
        tarn_decref(n);
        tarn_safepoint();
    }
    tarn_thread_detach();
    /* release: pairs with the test's acquire. */
    tarn__fetch_add(&done, 1, release);
    return arg;
}

static bool look_at(void *object, void *arg) {
    assert_true(tarn_typeof(object) == fixture.node);
    assert_true(tarn_refcount(object) > 0);
    return note(object, arg);
}

static void c31_walks_against_mutators(void **state) {
    (void)state;
    pthread_t thread[4];
    open_heap((struct tarn_config){0});
    tarn_slot_init(&shared, NULL);
    /* relaxed: the threads start after it. */
    tarn__store(&done, 0, relaxed);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, mutate, NULL);
    /* acquire: pairs with the threads' release. */
    while (tarn__load(&done, acquire) < 4) {
        struct seen s = {0};
        assert_true(tarn_heap_walk(fixture.heap, TARN_GENERATION_ANY, look_at, &s) >= 0);
        struct node *n = tarn_slot_load(&shared);
        if (n) {
            assert_true(tarn_referrers(n, look_at, &s) >= 0);
            assert_true(tarn_referents(n, look_at, &s) >= 0);
            tarn_decref(n);
        }
        tarn_safepoint();
    }
    join_all(thread, 4);
    tarn_slot_destroy(&shared);
    while (tarn_gc_collect(fixture.heap, 2) > 0)
        continue;
    close_heap();
}

#if defined(TARN_FAULTS) && TARN_FAULTS
static void a_walk_without_memory_shows_nothing(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    struct seen s = {0};
    tarn__fault_arm_from(1);
    assert_int_equal(tarn_heap_walk(fixture.heap, 0, note, &s), -ENOMEM);
    tarn__fault_arm(0);
    assert_int_equal(s.count, 0);
    assert_int_equal(tarn_refcount(n), 1);
    tarn_decref(n);
    close_heap();
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c4_an_object_is_in_exactly_one_generation),
        cmocka_unit_test(leaves_and_the_dead_are_in_no_walk),
        cmocka_unit_test(a_walk_ends_when_told),
        cmocka_unit_test(referrers_and_referents_are_each_others_inverse),
        cmocka_unit_test(c20_walks_inside_a_finalizer),
        cmocka_unit_test(c31_walks_against_mutators),
#if defined(TARN_FAULTS) && TARN_FAULTS
        cmocka_unit_test(a_walk_without_memory_shows_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
