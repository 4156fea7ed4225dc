/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The collector's answers and counters (C1 to C3, C5 to C8, C10 to C13). */
#include "heap_tests.h"

#include <errno.h>

static ptrdiff_t collect(int generation) {
    return tarn_gc_collect(fixture.heap, generation);
}

static void self_cycle(tarn_type *type) {
    struct node *n = new_node(type);
    tarn_field_set(&n->a, n);
    tarn_decref(n);
}

static void c1_self_reference_is_collected(void **state) {
    (void)state;
    open_manual_heap();
    self_cycle(fixture.node);
    assert_int_equal(collect(2), 1);
    assert_int_equal(collect(2), 0);
    close_heap();
}

static void c2_cycles_of_mixed_types_are_counted(void **state) {
    static const size_t element[] = {0};
    (void)state;
    open_manual_heap();
    tarn_type *array =
        tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "array",
                                                                  .size = 24,
                                                                  .element_size = 8,
                                                                  .length_offset = 16,
                                                                  .element_offsets = element,
                                                                  .element_offset_count = 1});
    struct node *x = new_node(fixture.node);
    struct node *y = new_node(fixture.node);
    char *list = tarn_new_array(array, 5);
    assert_int_equal(tarn_length(list), 5);
    tarn_field_set(&x->a, y);
    tarn_slot_store(&y->slot, list);
    tarn_field_set((void **)(list + 24 + 3 * 8), x);
    tarn_field_give((void **)(list + 24), tarn_new(fixture.leaf));
    tarn_decref(x);
    tarn_decref(y);
    tarn_decref(list);
    assert_int_equal(collect(2), 3); /* the leaf dies by counts */
    close_heap();
}

static void c3_survivors_move_up(void **state) {
    size_t count[3];
    (void)state;
    open_manual_heap();
    struct node *kept = new_node(fixture.node);
    collect(0);
    tarn_gc_get_count(fixture.heap, count);
    assert_int_equal(count[1], 1);
    assert_int_equal(count[2], 0);
    collect(1);
    tarn_gc_get_count(fixture.heap, count);
    assert_int_equal(count[1], 0);
    assert_int_equal(count[2], 1);
    tarn_field_set(&kept->a, kept);
    tarn_decref(kept);
    assert_int_equal(collect(0), 0); /* it is old now */
    assert_int_equal(collect(1), 0);
    assert_int_equal(collect(2), 1);
    tarn_gc_get_count(fixture.heap, count);
    assert_int_equal(count[1], 0);
    assert_int_equal(count[2], 0);
    assert_int_equal(collect(3), -EINVAL);
    assert_int_equal(collect(-1), -EINVAL);
    close_heap();
}

static void c5_counts_follow_allocation(void **state) {
    size_t before[3];
    size_t after[3];
    (void)state;
    open_manual_heap();
    collect(2);
    tarn_gc_get_count(fixture.heap, before);
    struct node *n = new_node(fixture.node);
    tarn_gc_get_count(fixture.heap, after);
    assert_int_equal(after[0], before[0] + 1);
    uint64_t live = stats().allocated - stats().freed;
    tarn_decref(n);
    tarn_gc_get_count(fixture.heap, after);
    assert_int_equal(after[0], before[0]);
    assert_int_equal(stats().allocated - stats().freed, live - 1);
    /* Frees of old objects never make it negative. */
    struct node *old = new_node(fixture.node);
    collect(2);
    tarn_decref(old);
    tarn_gc_get_count(fixture.heap, after);
    assert_int_equal(after[0], 0);
    close_heap();
}

static uint64_t collections(void) {
    uint64_t sum = 0;
    for (int g = 0; g < 3; g++) {
        struct tarn_gc_stats s;
        tarn_gc_stats(fixture.heap, g, &s);
        sum += s.collections;
    }
    return sum;
}

static void c6_thresholds_decide(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    unsigned threshold[3];
    tarn_gc_get_threshold(fixture.heap, threshold);
    assert_int_equal(threshold[0], 700);
    assert_int_equal(threshold[1], 10);
    assert_int_equal(threshold[2], 10);
    tarn_gc_set_threshold(fixture.heap, (const unsigned[]){0, 10, 10});
    for (int i = 0; i < 50000; i++, tarn_safepoint())
        self_cycle(fixture.node);
    assert_int_equal(collections(), 0);
    tarn_gc_set_threshold(fixture.heap, (const unsigned[]){700, 10, 10});
    tarn_gc_disable(fixture.heap);
    assert_false(tarn_gc_is_enabled(fixture.heap));
    for (int i = 0; i < 5000; i++, tarn_safepoint())
        self_cycle(fixture.node);
    assert_int_equal(collections(), 0);
    tarn_gc_enable(fixture.heap);
    for (int i = 0; i < 5000; i++, tarn_safepoint())
        self_cycle(fixture.node);
    assert_true(collections() >= 5);
    assert_int_equal(tarn_gc_stats(fixture.heap, 3, &(struct tarn_gc_stats){0}), -EINVAL);
    collect(2);
    close_heap();
}

static ptrdiff_t nested = -1;

static void collecting_finalizer(void *object) {
    (void)object;
    nested = collect(2);
}

static void collecting_callback(void *weak, void *data) {
    (void)weak;
    (void)data;
    nested = collect(2);
}

static void collecting_gc_callback(tarn_heap *heap, enum tarn_gc_phase phase,
                                   const struct tarn_gc_info *info, void *arg) {
    (void)phase;
    (void)info;
    (void)arg;
    nested = tarn_gc_collect(heap, 2);
}

static void c7_a_collection_inside_user_code_does_nothing(void **state) {
    (void)state;
    open_manual_heap();
    self_cycle(node_type("finalized", collecting_finalizer, NULL, 0));
    assert_int_equal(collect(2), 1);
    assert_int_equal(nested, 0);
    nested = -1;
    struct node *n = new_node(fixture.node);
    void *weak = tarn_weak_new(n, TARN_WEAK_SHORT, collecting_callback, NULL);
    tarn_decref(n);
    tarn_safepoint();
    tarn_drain();
    assert_int_equal(nested, 0);
    tarn_decref(weak);
    nested = -1;
    assert_int_equal(tarn_gc_callback_add(fixture.heap, collecting_gc_callback, NULL), 0);
    assert_int_equal(tarn_gc_callback_add(fixture.heap, collecting_gc_callback, NULL), -EEXIST);
    collect(2);
    assert_int_equal(nested, 0);
    assert_int_equal(tarn_gc_callback_remove(fixture.heap, collecting_gc_callback, NULL), 0);
    assert_int_equal(tarn_gc_callback_remove(fixture.heap, collecting_gc_callback, NULL), -ENOENT);
    close_heap();
}

static int finalized;

static void count_and_collect(void *object) {
    (void)object;
    finalized++;
    collect(2);
}

static void c8_nested_finalizers_that_collect(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("nested", count_and_collect, NULL, 0);
    struct node *outer = NULL;
    finalized = 0;
    for (int i = 0; i < 150; i++) {
        struct node *n = new_node(type);
        tarn_field_give(&n->a, outer);
        outer = n;
    }
    tarn_decref(outer);
    for (int i = 0; i < 200; i++)
        tarn_safepoint();
    assert_int_equal(finalized, 150);
    close_heap();
}

static void *drop_long_list(void *unused) {
    (void)unused;
    assert_int_equal(tarn_thread_attach(fixture.heap), 0);
    struct node *list = NULL;
    for (long i = 0; i < 1000000; i++) {
        struct node *n = tarn_new(fixture.node);
        tarn_field_give(i % 2 ? &n->a : &n->b, list);
        list = n;
    }
    tarn_decref(list);
    tarn_thread_detach();
    return NULL;
}

static void c8_a_long_list_dies_on_a_small_stack(void **state) {
    pthread_attr_t attr;
    pthread_t thread;
    (void)state;
    open_manual_heap();
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, 128 << 10), 0);
    assert_int_equal(pthread_create(&thread, &attr, drop_long_list, NULL), 0);
    join_all(&thread, 1);
    pthread_attr_destroy(&attr);
    assert_int_equal(stats().allocated, 1000000);
    assert_int_equal(stats().freed, 1000000);
    close_heap();
}

static void a_drop_budget_spreads_a_drop_over_safepoints(void **state) {
    (void)state;
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .drop_budget = 100});
    struct node *list = NULL;
    for (int i = 0; i < 1000; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_give(&n->a, list);
        list = n;
    }
    uint64_t before = stats().freed;
    tarn_decref(list);
    assert_int_equal(stats().freed - before, 100);
    tarn_safepoint();
    assert_int_equal(stats().freed - before, 200);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    for (int i = 0; i < 10; i++)
        tarn_safepoint();
    assert_int_equal(stats().freed - before, 1000);
    close_heap();
}

static void c10_statistics_add_up(void **state) {
    struct tarn_gc_stats s;
    (void)state;
    open_manual_heap();
    for (int round = 1; round <= 4; round++) {
        for (int i = 0; i < 10; i++)
            self_cycle(fixture.node);
        assert_int_equal(collect(0), 10);
        tarn_gc_stats(fixture.heap, 0, &s);
        assert_int_equal(s.collections, round);
        assert_int_equal(s.collected, 10 * round);
        assert_int_equal(s.examined, 10 * round);
        assert_int_equal(s.uncollectable, 0);
    }
    close_heap();
}

struct phases {
    int start;
    int stop;
    uint64_t collected;
    int generation;
};

static void record_phase(tarn_heap *heap, enum tarn_gc_phase phase, const struct tarn_gc_info *info,
                         void *arg) {
    struct phases *p = arg;
    (void)heap;
    p->generation = info->generation;
    if (phase == TARN_GC_START) {
        p->start++;
    } else {
        p->stop++;
        p->collected += info->collected;
        tarn_gc_callback_remove(heap, record_phase, arg); /* itself: safe */
    }
}

static void c11_callbacks_come_in_pairs(void **state) {
    struct phases p = {0};
    (void)state;
    open_manual_heap();
    for (int i = 0; i < 7; i++)
        self_cycle(fixture.node);
    tarn_gc_callback_add(fixture.heap, record_phase, &p);
    collect(1);
    assert_int_equal(p.start, 1);
    assert_int_equal(p.stop, 1);
    assert_int_equal(p.collected, 7);
    assert_int_equal(p.generation, 1);
    collect(1);
    assert_int_equal(p.start, 1);
    close_heap();
}

static void c12_frozen_objects_are_left_alone(void **state) {
    struct tarn_gc_stats before;
    struct tarn_gc_stats after;
    (void)state;
    open_manual_heap();
    struct node *frozen = new_node(fixture.node);
    struct node *target = new_node(fixture.node);
    tarn_field_set(&frozen->a, frozen);
    tarn_gc_freeze(fixture.heap);
    assert_int_equal(tarn_gc_freeze_count(fixture.heap), 2);
    tarn_gc_stats(fixture.heap, 2, &before);
    struct node *young = new_node(fixture.node); /* garbage that refers to a frozen object */
    tarn_field_set(&young->a, young);
    tarn_field_set(&young->b, target);
    assert_int_equal(tarn_refcount(target), 2);
    tarn_decref(young);
    tarn_decref(frozen); /* a frozen cycle: garbage, but out of sight */
    assert_int_equal(collect(2), 1);
    tarn_gc_stats(fixture.heap, 2, &after);
    assert_int_equal(after.examined - before.examined, 1);
    assert_int_equal(tarn_refcount(target), 1);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    tarn_gc_unfreeze(fixture.heap);
    assert_int_equal(tarn_gc_freeze_count(fixture.heap), 0);
    assert_int_equal(collect(1), 0); /* thawed objects are old */
    assert_int_equal(collect(2), 1);
    tarn_decref(target);
    close_heap();
}

static void c13_leaves_are_never_examined(void **state) {
    struct tarn_gc_stats s;
    (void)state;
    open_manual_heap();
    void *leaf[100];
    for (int i = 0; i < 100; i++)
        leaf[i] = tarn_new(fixture.leaf);
    assert_false(tarn_gc_is_tracked(leaf[0]));
    collect(2);
    tarn_gc_stats(fixture.heap, 2, &s);
    assert_int_equal(s.examined, 0);
    for (int i = 0; i < 100; i++)
        tarn_decref(leaf[i]);
    close_heap();
}

/* A chain and a wide graph, half of it held: exactly the other half goes. */
static void held_halves_stay(void **state) {
    enum { N = 20000 };
    static struct node *node[N];
    unsigned seed = 12345;
    (void)state;
    open_manual_heap();
    for (int i = 0; i < N; i++) {
        node[i] = new_node(fixture.node);
        node[i]->number = i;
    }
    for (int i = 0; i < N; i++) { /* references stay within a half */
        seed = seed * 1103515245u + 12345u;
        tarn_field_set(&node[i]->a, node[i % 2 + (seed >> 8) % (N / 2) * 2]);
        tarn_slot_store(&node[i]->slot, node[(i + 2) % N]);
    }
    for (int i = 0; i < N; i++)
        if (i != 0)
            tarn_decref(node[i]);
    assert_int_equal(collect(2), N / 2); /* the odd half; node 0 reaches every even one */
    long sum = 0;
    struct node *at = node[0];
    for (int i = 0; i < N / 2; i++) {
        sum += at->number;
        at = tarn_slot_peek(&at->slot);
    }
    assert_int_equal(sum, (long)(N / 2 - 1) * (N / 2));
    tarn_decref(node[0]);
    assert_int_equal(collect(2), N / 2);
    close_heap();
}

/* What a drop budget left to be torn down later holds nothing: an exact collection does
 * that first. */
static void exact_collections_know_no_drop_budget(void **state) {
    enum { LIST = 3000 };
    (void)state;
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .drop_budget = 2});
    struct node *x = new_node(fixture.node);
    struct node *y = new_node(fixture.node);
    tarn_field_set(&x->a, y);
    tarn_field_give(&y->a, x);
    struct node *list = y;
    for (int i = 0; i < LIST; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_give(&n->a, list);
        list = n;
    }
    tarn_decref(list);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    close_heap();
}

/* Nor does a list whose links wait for a grace period each. */
static void exact_collections_wait_for_published_lists(void **state) {
    enum { LIST = 1000 };
    (void)state;
    open_manual_heap();
    struct node *x = new_node(fixture.node);
    tarn_slot_give(&x->slot, tarn_new(fixture.leaf));
    tarn_field_set(&x->a, x);
    struct node *list = x;
    for (int i = 0; i < LIST; i++) {
        struct node *n = new_node(fixture.node);
        tarn_slot_give(&n->slot, list);
        list = n;
    }
    tarn_decref(list);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 1);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_collections_know_no_drop_budget),
        cmocka_unit_test(exact_collections_wait_for_published_lists),
        cmocka_unit_test(c1_self_reference_is_collected),
        cmocka_unit_test(c2_cycles_of_mixed_types_are_counted),
        cmocka_unit_test(c3_survivors_move_up),
        cmocka_unit_test(c5_counts_follow_allocation),
        cmocka_unit_test(c6_thresholds_decide),
        cmocka_unit_test(c7_a_collection_inside_user_code_does_nothing),
        cmocka_unit_test(c8_nested_finalizers_that_collect),
        cmocka_unit_test(c8_a_long_list_dies_on_a_small_stack),
        cmocka_unit_test(a_drop_budget_spreads_a_drop_over_safepoints),
        cmocka_unit_test(c10_statistics_add_up),
        cmocka_unit_test(c11_callbacks_come_in_pairs),
        cmocka_unit_test(c12_frozen_objects_are_left_alone),
        cmocka_unit_test(c13_leaves_are_never_examined),
        cmocka_unit_test(held_halves_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
