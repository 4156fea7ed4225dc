/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Slots: who owns which reference after each call, what a borrow outlasts, and
 * objects handed from a producer to a consumer (C37). The scenarios of many threads on
 * one slot (C32, C33) are in test_thread.c.
 */
#include "heap_tests.h"

#include <sched.h>

static struct node *x;
static struct node *y;
static tarn_slot slot;

static void open_slot_heap(void) {
    open_manual_heap();
    x = new_node(fixture.node);
    y = new_node(fixture.node);
}

static void close_slot_heap(void) {
    tarn_slot_destroy(&slot);
    tarn_decref(x);
    tarn_decref(y);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

static void counts_are(ptrdiff_t of_x, ptrdiff_t of_y) {
    assert_int_equal(tarn_refcount(x), of_x);
    assert_int_equal(tarn_refcount(y), of_y);
}

static void each_call_moves_the_references_it_says(void **state) {
    (void)state;
    open_slot_heap();
    tarn_slot_init(&slot, x);
    counts_are(2, 1);
    assert_ptr_equal(tarn_slot_peek(&slot), x);
    counts_are(2, 1); /* a borrow counts nothing */
    assert_ptr_equal(tarn_slot_load(&slot), x);
    counts_are(3, 1);
    tarn_decref(x);
    tarn_slot_store(&slot, y);
    counts_are(1, 2);
    assert_ptr_equal(tarn_slot_exchange(&slot, x), y);
    counts_are(2, 2); /* the old reference is the caller's */
    tarn_decref(y);
    tarn_slot_store(&slot, x); /* over itself */
    counts_are(2, 1);
    tarn_incref(y);
    tarn_slot_give(&slot, y); /* the caller's reference is the slot's */
    counts_are(1, 2);
    tarn_incref(y);
    tarn_slot_give(&slot, y); /* over itself */
    counts_are(1, 2);
    tarn_slot_destroy(&slot);
    counts_are(1, 1);
    assert_null(tarn_slot_peek(&slot));
    close_slot_heap();
}

static void null_is_a_value_of_every_call(void **state) {
    (void)state;
    open_slot_heap();
    tarn_slot_init(&slot, NULL);
    assert_null(tarn_slot_load(&slot));
    assert_null(tarn_slot_peek(&slot));
    assert_null(tarn_slot_exchange(&slot, NULL));
    assert_true(tarn_slot_compare_exchange(&slot, NULL, NULL));
    assert_false(tarn_slot_compare_exchange(&slot, x, NULL));
    assert_null(tarn_slot_exchange(&slot, x));
    counts_are(2, 1);
    tarn_slot_store(&slot, NULL);
    counts_are(1, 1);
    tarn_slot_give(&slot, tarn_immediate(3));
    tarn_slot_give(&slot, NULL);
    assert_null(tarn_slot_peek(&slot));
    tarn_slot_destroy(&slot);
    close_slot_heap();
}

static void compare_exchange_changes_all_or_nothing(void **state) {
    (void)state;
    open_slot_heap();
    tarn_slot_init(&slot, x);
    assert_false(tarn_slot_compare_exchange(&slot, y, y));
    assert_false(tarn_slot_compare_exchange(&slot, NULL, y));
    assert_ptr_equal(tarn_slot_peek(&slot), x);
    counts_are(2, 1);
    assert_true(tarn_slot_compare_exchange(&slot, x, x));
    counts_are(2, 1);
    assert_true(tarn_slot_compare_exchange(&slot, x, y));
    assert_ptr_equal(tarn_slot_peek(&slot), y);
    counts_are(1, 2);
    assert_true(tarn_slot_compare_exchange(&slot, y, NULL));
    counts_are(1, 1);
    close_slot_heap();
}

static void a_slot_in_an_object_is_dropped_with_it(void **state) {
    (void)state;
    open_slot_heap();
    struct node *holder = new_node(fixture.node);
    tarn_slot_store(&holder->slot, x);
    counts_are(2, 1);
    tarn_decref(holder);
    counts_are(1, 1);
    assert_int_equal(stats().freed, 1);
    close_slot_heap();
}

/* What was published keeps its memory and its fields until the borrower's safepoint
 * and the grace period; what was not goes at once. */
static void a_borrow_outlasts_the_last_drop(void **state) {
    (void)state;
    open_slot_heap();
    struct node *n = new_node(fixture.node);
    n->number = 42;
    tarn_slot_init(&slot, n);
    tarn_decref(n);
    struct node *borrow = tarn_slot_peek(&slot);
    tarn_slot_store(&slot, NULL);
    assert_int_equal(stats().freed, 0);
    assert_int_equal(stats().retired, 1);
    assert_int_equal(borrow->number, 42);
    assert_false(tarn_try_incref(borrow)); /* dying, and it says so */
    while (stats().freed == 0)
        tarn_safepoint();
    assert_int_equal(stats().retired, 0);
    assert_int_equal(stats().freed, 1);
    close_slot_heap();
}

/* --- C37: a producer and a consumer --- */

#define HANDED 400000L
#define WAVE 20000L /* handed on between two looks: 960 KB of nodes */
#define WINDOW 64

static tarn_slot ring[WINDOW];
static TARN__ATOMIC(long) out_of_order;

static void *consume(void *unused) {
    tarn_thread_attach(fixture.heap);
    for (long i = 0; i < HANDED; i++) {
        struct node *n;
        while (!(n = tarn_slot_exchange(&ring[i % WINDOW], NULL))) {
            tarn_safepoint();
            sched_yield();
        }
        if (n->number != i)
            /* relaxed: a count. */
            tarn__fetch_add(&out_of_order, 1, relaxed);
        tarn_decref(n);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return unused;
}

static void produce(long from, long to) {
    for (long i = from; i < to; i++) {
        struct node *n = new_node(fixture.node);
        n->number = i;
        while (!tarn_slot_compare_exchange(&ring[i % WINDOW], NULL, n)) {
            tarn_safepoint();
            sched_yield();
        }
        tarn_decref(n);
        tarn_safepoint();
    }
}

static void c37_what_is_handed_on_is_freed_and_memory_stays_flat(void **state) {
    pthread_t thread;
    (void)state;
    open_manual_heap();
    for (int i = 0; i < WINDOW; i++)
        tarn_slot_init(&ring[i], NULL);
    /* relaxed: the thread starts after it. */
    tarn__store(&out_of_order, 0, relaxed);
    pthread_create(&thread, NULL, consume, NULL);
    for (long wave = 0; wave < HANDED; wave += WAVE) {
        produce(wave, wave + WAVE);
        while (stats().freed < (uint64_t)(wave + WAVE))
            tarn_safepoint(); /* until the last grace period has passed */
        assert_true(stats().pool_bytes <= 2 << 20);
    }
    join_all(&thread, 1);
    /* relaxed: the thread has ended. */
    assert_int_equal(tarn__load(&out_of_order, relaxed), 0);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, HANDED);
    assert_int_equal(stats().freed, HANDED);
    close_heap();
}

/* --- immediate values --- */

static void immediates_stand_wherever_references_do(void **state) {
    (void)state;
    open_manual_heap();
    static const intptr_t numbers[] = {0, 1, -1, 12345, INTPTR_MAX >> 1, INTPTR_MIN >> 1};
    tarn_slot own;
    tarn_slot_init(&own, tarn_immediate(7));
    assert_int_equal(tarn_immediate_number(tarn_slot_load(&own)), 7);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        void *value = tarn_immediate(numbers[i]);
        assert_true(tarn_is_immediate(value));
        tarn_slot_store(&own, value);
        assert_int_equal(tarn_immediate_number(tarn_slot_peek(&own)), numbers[i]);
        tarn_decref_value(tarn_slot_load(&own));
    }
    struct node *n = new_node(fixture.node);
    assert_false(tarn_is_immediate(n));
    tarn_incref_value(n);
    assert_int_equal(tarn_refcount(n), 2);
    tarn_decref_value(n);
    tarn_incref_value(NULL);
    tarn_decref_value(NULL);
    assert_false(tarn_slot_compare_exchange(&own, tarn_immediate(1), n));
    assert_true(tarn_slot_compare_exchange(&own, tarn_immediate(numbers[5]), n));
    assert_int_equal(tarn_refcount(n), 2);
    assert_ptr_equal(tarn_slot_exchange(&own, tarn_immediate(3)), n);
    tarn_decref(n);
    assert_int_equal(tarn_refcount(n), 1);
    tarn_slot_destroy(&own);
    tarn_decref(n);
    close_heap();
}

/* Tracing, teardown and the verifier pass them over; what stands beside is followed. */
static void objects_with_immediates_are_collected(void **state) {
    (void)state;
    open_manual_heap();
    struct node *a = new_node(fixture.node);
    struct node *b = new_node(fixture.node);
    tarn_field_set(&a->a, tarn_immediate(-5));
    tarn_field_set(&a->b, b);
    tarn_slot_store(&a->slot, tarn_immediate(1));
    tarn_field_set(&b->a, a);
    tarn_field_give(&b->b, tarn_immediate(9));
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    assert_int_equal(tarn_immediate_number(a->a), -5);
    tarn_field_set(&b->b, b);
    tarn_field_set(&b->b, tarn_immediate(2));
    tarn_decref(a);
    tarn_decref(b);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    struct node *lone = new_node(fixture.node);
    tarn_field_set(&lone->a, tarn_immediate(4));
    tarn_slot_store(&lone->slot, tarn_immediate(4));
    tarn_decref(lone);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(immediates_stand_wherever_references_do),
        cmocka_unit_test(objects_with_immediates_are_collected),
        cmocka_unit_test(each_call_moves_the_references_it_says),
        cmocka_unit_test(null_is_a_value_of_every_call),
        cmocka_unit_test(compare_exchange_changes_all_or_nothing),
        cmocka_unit_test(a_slot_in_an_object_is_dropped_with_it),
        cmocka_unit_test(a_borrow_outlasts_the_last_drop),
        cmocka_unit_test(c37_what_is_handed_on_is_freed_and_memory_stays_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
