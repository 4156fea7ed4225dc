/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Objects that their user takes for roots of garbage (tarn_gc_suspect). */
#include "heap_tests.h"

static ptrdiff_t collect(int generation) {
    return tarn_gc_collect(fixture.heap, generation);
}

/* A ring of nodes; a reference to the first. */
static struct node *ring(tarn_type *type, unsigned n) {
    struct node *first = new_node(type);
    struct node *last = first;
    for (unsigned i = 1; i < n; i++) {
        tarn_field_give(&last->a, new_node(type));
        last = last->a;
    }
    tarn_field_set(&last->a, first);
    return first;
}

static struct node *old_ring(tarn_type *type, unsigned n) {
    struct node *first = ring(type, n);
    assert_int_equal(collect(2), 0);
    return first;
}

static void suspect_and_drop(struct node *n) {
    tarn_gc_suspect(n);
    tarn_decref(n);
}

static void an_old_ring_goes_with_the_next_young_collection(void **state) {
    (void)state;
    open_manual_heap();
    struct node *told = old_ring(fixture.node, 3);
    struct node *untold = old_ring(fixture.node, 2);
    suspect_and_drop(told);
    tarn_decref(untold);
    assert_int_equal(collect(0), 3);
    assert_int_equal(collect(0), 0); /* a candidate is one once */
    assert_int_equal(collect(1), 0);
    assert_int_equal(collect(2), 2);
    close_heap();
}

static bool count_object(void *object, void *arg) {
    (void)object;
    ++*(unsigned *)arg;
    return true;
}

static unsigned generation_size(int generation) {
    unsigned count = 0;
    tarn_heap_walk(fixture.heap, generation, count_object, &count);
    return count;
}

static void what_lives_keeps_its_generation(void **state) {
    (void)state;
    open_manual_heap();
    struct node *old = old_ring(fixture.node, 2);
    tarn_field_give(&old->b, new_node(fixture.node));
    assert_int_equal(collect(0), 0); /* the new one is in generation 1 */
    assert_int_equal(generation_size(1), 1);
    assert_int_equal(generation_size(2), 2);
    tarn_gc_suspect(old);
    assert_int_equal(collect(0), 0);
    assert_int_equal(generation_size(1), 1);
    assert_int_equal(generation_size(2), 2);
    tarn_field_set(&old->a->a, NULL);
    tarn_decref(old); /* no ring any more: it dies by counts */
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    close_heap();
}

static void a_candidate_that_died_stands_for_nothing(void **state) {
    (void)state;
    open_manual_heap();
    struct node *gone = new_node(fixture.node);
    suspect_and_drop(gone);
    struct node *heir = new_node(fixture.node); /* of its block, mostly */
    struct node *leaf = tarn_new(fixture.leaf);
    tarn_gc_suspect(leaf);
    tarn_gc_suspect(tarn_immediate(7));
    assert_int_equal(collect(0), 0);
    tarn_decref(leaf);
    tarn_decref(heir);
    suspect_and_drop(new_node(fixture.node)); /* the heap ends with one waiting */
    close_heap();
}

static void what_reaches_far_is_left_to_ordinary_collections(void **state) {
    (void)state;
    open_manual_heap();
    suspect_and_drop(old_ring(fixture.node, 20000));
    assert_int_equal(collect(0), 0);
    assert_int_equal(collect(2), 20000);
    close_heap();
}

static void frozen_candidates_are_let_be(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = old_ring(fixture.node, 2);
    assert_int_equal(tarn_gc_freeze(fixture.heap), 0);
    suspect_and_drop(n);
    assert_int_equal(collect(0), 0);
    assert_int_equal(tarn_gc_unfreeze(fixture.heap), 0);
    assert_int_equal(collect(2), 2);
    close_heap();
}

static struct node *saved;
static int finalized;

static void come_back(void *object) {
    finalized++;
    saved = object;
    tarn_incref(saved);
}

static void a_finalizer_may_bring_a_candidate_back(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("lazarus", come_back, NULL, 0);
    finalized = 0;
    suspect_and_drop(old_ring(type, 1));
    assert_int_equal(collect(0), 0);
    assert_int_equal(finalized, 1);
    suspect_and_drop(saved);
    assert_int_equal(collect(0), 1);
    assert_int_equal(finalized, 1);
    close_heap();
}

static void many_make_a_collection_due(void **state) {
    enum { MANY = 128 };
    struct node *all[MANY];
    char text[2048];
    (void)state;
    open_heap((struct tarn_config){.threshold = {1000000, 10, 10}});
    for (int i = 0; i < MANY; i++)
        all[i] = ring(fixture.node, 2);
    assert_int_equal(collect(2), 0);
    for (int i = 0; i < MANY - 1; i++)
        suspect_and_drop(all[i]);
    tarn_safepoint();
    assert_int_equal(stats().freed, 0);
    suspect_and_drop(all[MANY - 1]);
    tarn_safepoint();
    assert_int_equal(stats().freed, 2 * MANY);
    tarn_gc_explain(fixture.heap, text, sizeof text);
    assert_non_null(strstr(text, "because objects were suspected by tarn_gc_suspect"));
    close_heap();
}

/* Rings come and go in two threads, each suspected, while a third collects. */
static TARN__ATOMIC(int) running;

static void *suspect_much(void *unused) {
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < 2000; i++) {
        suspect_and_drop(ring(fixture.node, 1 + (unsigned)i % 5));
        tarn_safepoint();
    }
    tarn_thread_detach();
    /* release: pairs with the test's acquire; the thread is through. */
    tarn__fetch_sub(&running, 1, release);
    return unused;
}

static void threads_suspect_while_another_collects(void **state) {
    pthread_t thread[2];
    (void)state;
    open_heap((struct tarn_config){.threshold = {200, 10, 10}});
    /* relaxed: the threads start after it. */
    tarn__store(&running, 2, relaxed);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, suspect_much, NULL);
    /* acquire: pairs with the release of a thread that ends. */
    while (tarn__load(&running, acquire)) {
        collect(0);
        tarn_safepoint();
    }
    join_all(thread, 2);
    collect(2);
    assert_int_equal(stats().freed, stats().allocated);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_ring_goes_with_the_next_young_collection),
        cmocka_unit_test(what_lives_keeps_its_generation),
        cmocka_unit_test(a_candidate_that_died_stands_for_nothing),
        cmocka_unit_test(what_reaches_far_is_left_to_ordinary_collections),
        cmocka_unit_test(frozen_candidates_are_let_be),
        cmocka_unit_test(a_finalizer_may_bring_a_candidate_back),
        cmocka_unit_test(many_make_a_collection_due),
        cmocka_unit_test(threads_suspect_while_another_collects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
