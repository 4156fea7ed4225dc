/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Weak references, finalizers, resurrection (C16 to C20, C22 to C26). */
#include "heap_tests.h"

static int called;
static void *called_with;

static void note_call(void *weak, void *data) {
    called++;
    called_with = weak;
    assert_null(tarn_weak_get(weak));
    (void)data;
}

static void c22_dead_targets_read_null_and_callbacks_run_once(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    void *plain = tarn_weak_new(n, TARN_WEAK_SHORT, NULL, NULL);
    void *first = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, NULL);
    void *second = tarn_weak_new(n, TARN_WEAK_LONG, note_call, NULL);
    void *dropped = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, NULL);
    assert_ptr_equal(tarn_weak_get(plain), n);
    tarn_decref(n);
    tarn_decref(dropped); /* before its target: never called */
    called = 0;
    tarn_decref(n);
    assert_null(tarn_weak_get(plain));
    assert_int_equal(called, 0); /* not inside the drop (K6) */
    tarn_safepoint();
    assert_int_equal(called, 2);
    tarn_safepoint();
    assert_int_equal(called, 2);
    assert_int_equal(stats().callbacks_run, 2);
    tarn_decref(plain);
    tarn_decref(first);
    tarn_decref(second);
    close_heap();
}

static void c23_removal_says_what_became_of_a_callback(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    void *removed = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, NULL);
    void *queued = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, NULL);
    void *ran = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, NULL);
    called = 0;
    assert_int_equal(tarn_weak_callback_remove(removed), TARN_WEAK_REMOVED);
    tarn_decref(n);
    assert_int_equal(tarn_weak_callback_remove(queued), TARN_WEAK_REMOVED);
    tarn_safepoint();
    assert_int_equal(called, 1);
    assert_ptr_equal(called_with, ran);
    assert_int_equal(tarn_weak_callback_remove(ran), TARN_WEAK_RAN);
    tarn_decref(removed);
    tarn_decref(queued);
    tarn_decref(ran);
    close_heap();
}

static void c24_garbage_weak_references_stay_silent(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    void *outside = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, NULL);
    void *inside = tarn_weak_new(n, TARN_WEAK_SHORT, note_call, n); /* holds its target */
    tarn_field_give(&n->a, inside);
    tarn_decref(n);
    called = 0;
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    assert_int_equal(called, 1);
    assert_ptr_equal(called_with, outside);
    tarn_decref(outside);
    close_heap();
}

static void *short_weak;
static void *long_weak;
static bool short_was_dead;
static bool long_was_alive;

static void look_at_weak(void *object) {
    (void)object;
    void *s = tarn_weak_get(short_weak);
    void *l = tarn_weak_get(long_weak);
    short_was_dead = !s;
    long_was_alive = l != NULL;
    if (s)
        tarn_decref(s);
    if (l)
        tarn_decref(l);
}

static void c25_short_ones_die_before_finalizers_long_ones_after(void **state) {
    (void)state;
    open_manual_heap();
    struct node *target = new_node(fixture.node);
    struct node *looker = new_node(node_type("looker", look_at_weak, NULL, 0));
    tarn_field_set(&target->a, target);
    tarn_field_set(&looker->a, looker);
    short_weak = tarn_weak_new(target, TARN_WEAK_SHORT, NULL, NULL);
    long_weak = tarn_weak_new(target, TARN_WEAK_LONG, NULL, NULL);
    tarn_decref(target);
    tarn_decref(looker);
    assert_int_equal(tarn_gc_collect(fixture.heap, 0), 2);
    assert_true(short_was_dead);
    assert_true(long_was_alive);
    assert_null(tarn_weak_get(long_weak));
    tarn_decref(short_weak);
    tarn_decref(long_weak);
    close_heap();
}

/* --- finalizers --- */

static int finalized;
static struct node *saved;

static void count_finalizer(void *object) {
    (void)object;
    finalized++;
}

static void save_self(void *object) {
    finalized++;
    tarn_incref(object);
    saved = object;
}

static void cut_cycle(void *object) {
    finalized++;
    tarn_field_set(&((struct node *)object)->a, NULL);
}

static void c16_simple_and_cyclic_objects_are_finalized_once(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("counted", count_finalizer, NULL, 0);
    struct node *n = new_node(type);
    finalized = 0;
    assert_false(tarn_gc_is_finalized(n));
    tarn_decref(n);
    assert_int_equal(finalized, 0);
    tarn_safepoint();
    assert_int_equal(finalized, 1);
    n = new_node(type);
    tarn_field_set(&n->a, n);
    tarn_decref(n);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 1);
    assert_int_equal(finalized, 2);
    n = new_node(node_type("cutter", cut_cycle, NULL, 0));
    tarn_field_set(&n->a, n);
    tarn_decref(n);
    tarn_gc_collect(fixture.heap, 2); /* dies by counts in its finalizer */
    assert_int_equal(finalized, 3);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

static void c17_one_resurrector_among_a_hundred(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *counted = node_type("counted", count_finalizer, NULL, 0);
    struct node *saver = new_node(node_type("saver", save_self, NULL, 0));
    tarn_field_set(&saver->a, saver);
    tarn_field_give(&saver->b, new_node(fixture.node)); /* what it reaches stays too */
    finalized = 0;
    saved = NULL;
    for (int i = 0; i < 99; i++) {
        struct node *n = new_node(counted);
        tarn_field_set(&n->a, n);
        tarn_field_set(&n->b, saver);
        tarn_decref(n);
    }
    tarn_decref(saver);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 99);
    assert_int_equal(finalized, 100);
    assert_ptr_equal(saved, saver);
    assert_int_equal(tarn_refcount(saver), 2);
    assert_int_equal(tarn_refcount(saver->b), 1);
    assert_true(tarn_gc_is_finalized(saver));
    /* C18: dropped again, it goes without its finalizer. */
    tarn_decref(saver);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    assert_int_equal(finalized, 100);
    close_heap();
}

static void *made_weak;

static void mutate_garbage(void *object) {
    struct node *n = object;
    finalized++;
    made_weak = tarn_weak_new(n->a, TARN_WEAK_SHORT, NULL, NULL); /* to other garbage */
    tarn_field_give(&n->b, tarn_new(fixture.node));
    tarn_field_set(&n->b->a, n);
}

static void c19_a_finalizer_may_change_the_garbage(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(node_type("mutator", mutate_garbage, NULL, 0));
    struct node *other = new_node(fixture.node);
    tarn_field_set(&n->a, other);
    tarn_field_set(&other->a, n);
    tarn_decref(n);
    tarn_decref(other);
    finalized = 0;
    tarn_gc_collect(fixture.heap, 2);
    tarn_gc_collect(fixture.heap, 2); /* the new node refers to the garbage: a second time */
    assert_int_equal(finalized, 1);
    assert_null(tarn_weak_get(made_weak));
    tarn_decref(made_weak);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

static int disposed;

static void count_dispose(void *object) {
    (void)object;
    disposed++;
}

static void dispose_runs_when_an_object_surely_dies(void **state) {
    (void)state;
    open_manual_heap();
    disposed = 0;
    struct node *plain = new_node(node_type("plain", NULL, count_dispose, TARN_TYPE_DISPOSE_PLAIN));
    tarn_decref(plain);
    assert_int_equal(disposed, 1); /* inside the drop */
    struct node *calling = new_node(node_type("calling", NULL, count_dispose, 0));
    tarn_decref(calling);
    assert_int_equal(disposed, 1);
    tarn_safepoint();
    assert_int_equal(disposed, 2);
    struct node *saver = new_node(node_type("saver", save_self, count_dispose, 0));
    tarn_decref(saver);
    tarn_safepoint();
    assert_int_equal(disposed, 2); /* it was resurrected */
    tarn_decref(saved);
    tarn_safepoint();
    assert_int_equal(disposed, 3);
    close_heap();
}

/* --- C26: upgrades against the last drop --- */

#define UPGRADERS 4
#define ROUNDS 300

static pthread_barrier_t barrier;
static void *round_weak;
static TARN__ATOMIC(long) destroyed;
static TARN__ATOMIC(long) wrong;

static void note_destroyed(void *object) {
    struct node *n = object;
    n->number = -1;
    /* relaxed: a count. */
    tarn__fetch_add(&destroyed, 1, relaxed);
}

static void wait_barrier(void) {
    tarn_blocking_begin();
    pthread_barrier_wait(&barrier);
    tarn_blocking_end();
}

static void *upgrade(void *unused) {
    tarn_thread_attach(fixture.heap);
    for (int r = 0; r < ROUNDS; r++) {
        wait_barrier();
        for (int i = 0; i < 20; i++) {
            struct node *n = tarn_weak_get(round_weak);
            if (n && n->number != 42)
                /* relaxed: a count. */
                tarn__fetch_add(&wrong, 1, relaxed);
            if (n)
                tarn_decref(n);
            tarn_safepoint();
        }
        wait_barrier();
    }
    tarn_thread_detach();
    return unused;
}

static void c26_an_upgrade_is_a_live_object_or_null(void **state) {
    pthread_t thread[UPGRADERS];
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("target", NULL, note_destroyed, TARN_TYPE_DISPOSE_PLAIN);
    pthread_barrier_init(&barrier, NULL, UPGRADERS + 1);
    for (int i = 0; i < UPGRADERS; i++)
        pthread_create(&thread[i], NULL, upgrade, NULL);
    for (int r = 0; r < ROUNDS; r++) {
        struct node *n = new_node(type);
        n->number = 42;
        round_weak = tarn_weak_new(n, r % 2, NULL, NULL);
        wait_barrier();
        tarn_decref(n);
        wait_barrier();
        assert_null(tarn_weak_get(round_weak));
        tarn_decref(round_weak);
    }
    join_all(thread, UPGRADERS);
    pthread_barrier_destroy(&barrier);
    tarn_gc_collect(fixture.heap, 2);
    /* relaxed: all threads have ended. */
    assert_int_equal(tarn__load(&destroyed, relaxed), ROUNDS);
    assert_int_equal(tarn__load(&wrong, relaxed), 0);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c22_dead_targets_read_null_and_callbacks_run_once),
        cmocka_unit_test(c23_removal_says_what_became_of_a_callback),
        cmocka_unit_test(c24_garbage_weak_references_stay_silent),
        cmocka_unit_test(c25_short_ones_die_before_finalizers_long_ones_after),
        cmocka_unit_test(c16_simple_and_cyclic_objects_are_finalized_once),
        cmocka_unit_test(c17_one_resurrector_among_a_hundred),
        cmocka_unit_test(c19_a_finalizer_may_change_the_garbage),
        cmocka_unit_test(dispose_runs_when_an_object_surely_dies),
        cmocka_unit_test(c26_an_upgrade_is_a_live_object_or_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
