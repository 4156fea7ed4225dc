/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Every shape of garbage against every habit of a finalizer (C16, C18), nests that
 * two threads free while their finalizers yield (C29), callbacks removed while they
 * run (C23), and deep structures that die or are judged on a small stack (C8).
 */
#include "heap_tests.h"

#include <sched.h>
#include <unistd.h>

#include "memory_tests.h"

/* --- C16: shapes and habits --- */

#define RING 10

enum shape { SIMPLE, SELF_CYCLE, CHAIN, MIXED, SHAPES };
enum habit { PLAIN, RESURRECTS, BREAKS, HABITS };

static int finalized[RING]; /* by the object's number */
static struct node *survivor[RING];

static void finalize_plainly(void *object) {
    finalized[((struct node *)object)->number]++;
}

static void finalize_and_stay(void *object) {
    struct node *n = object;
    finalized[n->number]++;
    tarn_incref(n);
    survivor[n->number] = n;
}

static void finalize_and_break(void *object) {
    struct node *n = object;
    finalized[n->number]++;
    tarn_field_set(&n->a, NULL);
}

/* Builds a shape, every reference to it from outside dropped. Returns how many of its
 * objects have a finalizer; *total: how many objects it has. */
static int build_garbage(enum shape shape, tarn_type *type, int *total) {
    struct node *node[RING];
    int size = shape == SIMPLE || shape == SELF_CYCLE ? 1 : RING;
    int with = 0;
    for (int i = 0; i < size; i++) {
        bool has_finalizer = shape != MIXED || i % 2 == 0;
        node[i] = new_node(has_finalizer ? type : fixture.node);
        node[i]->number = i;
        with += has_finalizer;
    }
    for (int i = 0; i < size && shape != SIMPLE; i++)
        tarn_field_set(&node[i]->a, node[(i + 1) % size]);
    if (shape == MIXED)
        tarn_field_give(&node[1]->b, tarn_new(fixture.leaf));
    for (int i = 0; i < size; i++)
        tarn_decref(node[i]);
    *total = size + (shape == MIXED);
    return with;
}

static uint64_t live(void) {
    struct tarn_heap_stats s = stats();
    return s.allocated - s.freed;
}

static void settle(void) {
    tarn_safepoint();
    tarn_gc_collect(fixture.heap, 2);
    tarn_gc_collect(fixture.heap, 2);
}

static int count_finalized(void) {
    int sum = 0;
    for (int i = 0; i < RING; i++) {
        assert_in_range(finalized[i], 0, 1);
        sum += finalized[i];
    }
    return sum;
}

/* C18: what came back is dropped again and goes without its finalizer. */
static void drop_survivors(enum shape shape, int with, int total) {
    int kept = 0;
    assert_int_equal(live(), total);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    for (int i = 0; i < RING; i++)
        if (survivor[i]) {
            assert_int_equal(survivor[i]->number, i);
            assert_int_equal(tarn_refcount(survivor[i]), shape == SIMPLE ? 1 : 2);
            assert_true(tarn_gc_is_finalized(survivor[i]));
            kept++;
        }
    assert_int_equal(kept, with);
    for (int i = 0; i < RING; i++)
        if (survivor[i])
            tarn_decref(survivor[i]);
    settle();
}

static void c16_every_shape_and_habit_finalizes_once(void **state) {
    static void (*const finalize[HABITS])(void *) = {finalize_plainly, finalize_and_stay,
                                                     finalize_and_break};
    static const char *const name[HABITS] = {"plain", "resurrects", "breaks"};
    (void)state;
    open_manual_heap();
    for (int habit = 0; habit < HABITS; habit++) {
        tarn_type *type = node_type(name[habit], finalize[habit], NULL, 0);
        for (int shape = 0; shape < SHAPES; shape++) {
            int total;
            memset(finalized, 0, sizeof finalized);
            memset(survivor, 0, sizeof survivor);
            int with = build_garbage(shape, type, &total);
            settle();
            assert_int_equal(count_finalized(), with);
            if (habit == RESURRECTS)
                drop_survivors(shape, with, total);
            assert_int_equal(count_finalized(), with);
            assert_int_equal(live(), 0);
        }
    }
    assert_int_equal(stats().finalizers_run, HABITS * (1 + 1 + RING + RING / 2));
    close_heap();
}

/* --- C29: nests --- */

#define NESTERS 2
#define NESTS 30
#define DEPTH 200

static TARN__ATOMIC(long) nest_finalized;
static TARN__ATOMIC(long) nest_disposed;

static void yield_in_finalizer(void *object) {
    (void)object;
    /* relaxed: a count, here and below. */
    tarn__fetch_add(&nest_finalized, 1, relaxed);
    tarn_safepoint();
    sched_yield();
}

static void note_disposed(void *object) {
    (void)object;
    tarn__fetch_add(&nest_disposed, 1, relaxed);
}

static void *free_nests(void *type) {
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < NESTS; i++) {
        struct node *outer = NULL;
        for (int depth = 0; depth < DEPTH; depth++) {
            struct node *n = tarn_new(type);
            tarn_field_give(&n->a, outer);
            outer = n;
        }
        tarn_decref(outer);
        tarn_safepoint();
        tarn_drain();
    }
    tarn_thread_detach();
    return NULL;
}

static void c29_nests_whose_finalizers_yield_die_whole(void **state) {
    pthread_t thread[NESTERS];
    const long made = (long)NESTERS * NESTS * DEPTH;
    (void)state;
    open_heap((struct tarn_config){0});
    tarn_type *type =
        node_type("nested", yield_in_finalizer, note_disposed, TARN_TYPE_DISPOSE_PLAIN);
    /* relaxed: threads start after it, and have ended below. */
    tarn__store(&nest_finalized, 0, relaxed);
    tarn__store(&nest_disposed, 0, relaxed);
    for (int i = 0; i < NESTERS; i++)
        pthread_create(&thread[i], NULL, free_nests, type);
    join_all(thread, NESTERS);
    tarn_drain();
    settle();
    assert_int_equal(tarn__load(&nest_finalized, relaxed), made);
    assert_int_equal(tarn__load(&nest_disposed, relaxed), made);
    assert_int_equal(stats().freed, made);
    close_heap();
}

/* --- C23: removal while the callback runs --- */

static TARN__ATOMIC(int) inside; /* 1: the callback runs; 2: it may end */
static TARN__ATOMIC(int) own_answer;

static void wait_inside(void *weak, void *data) {
    (void)data;
    /* relaxed: published by the release below. */
    tarn__store(&own_answer, (int)tarn_weak_callback_remove(weak), relaxed);
    /* release: pairs with the test's acquire; publishes the answer. */
    tarn__store(&inside, 1, release);
    tarn_blocking_begin();
    /* acquire: pairs with the test's release. */
    while (tarn__load(&inside, acquire) != 2)
        usleep(100);
    tarn_blocking_end();
}

static void c23_removal_of_a_running_callback_says_so(void **state) {
    (void)state;
    open_heap(
        (struct tarn_config){.collect = TARN_COLLECT_MANUAL, .dispatch = TARN_DISPATCH_THREAD});
    /* relaxed: the callback is armed after it. */
    tarn__store(&inside, 0, relaxed);
    struct node *target = new_node(fixture.node);
    void *weak = tarn_weak_new(target, TARN_WEAK_SHORT, wait_inside, NULL);
    tarn_decref(target);
    /* acquire: pairs with the callback's release; its answer is visible. */
    while (tarn__load(&inside, acquire) != 1)
        tarn_safepoint();
    assert_int_equal(tarn_weak_callback_remove(weak), TARN_WEAK_RUNNING);
    assert_int_equal(tarn__load(&own_answer, relaxed), TARN_WEAK_RUNNING);
    assert_int_equal(stats().callbacks_run, 0); /* it has not ended */
    /* release: pairs with the callback's acquire. */
    tarn__store(&inside, 2, release);
    while (tarn_weak_callback_remove(weak) == TARN_WEAK_RUNNING)
        tarn_safepoint();
    assert_int_equal(tarn_weak_callback_remove(weak), TARN_WEAK_RAN);
    tarn_decref(weak);
    tarn_gc_collect(fixture.heap, 2);
    close_heap();
}

/* --- C8: deep structures on a small stack --- */

/* A sanitizer's thread needs a larger stack, and pays for every object. */
#if UNDER_SANITIZER
#define SMALL_STACK ((size_t)256 << 10)
#define DEEP 200000
#else
#define SMALL_STACK ((size_t)64 << 10)
#define DEEP 10000000
#endif

struct link {
    tarn_object header;
    void *a;
    void *b;
};

static tarn_type *link_type;
static ptrdiff_t judged;

static void run_on_small_stack(void *(*body)(void *)) {
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, SMALL_STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, body, NULL), 0);
    join_all(&thread, 1);
    pthread_attr_destroy(&attr);
}

static void *drop_list(void *unused) {
    struct link *list = NULL;
    tarn_thread_attach(fixture.heap);
    for (long i = 0; i < DEEP; i++) {
        struct link *l = tarn_new(link_type);
        tarn_field_give(i % 2 ? &l->a : &l->b, list);
        list = l;
    }
    tarn_decref(list);
    tarn_thread_detach();
    return unused;
}

/* Each link of the spine carries a leaf of the tree on its other side. */
static void *drop_tree(void *unused) {
    struct link *tree = NULL;
    tarn_thread_attach(fixture.heap);
    for (long i = 0; i < DEEP / 2; i++) {
        struct link *l = tarn_new(link_type);
        tarn_field_give(i % 2 ? &l->a : &l->b, tree);
        tarn_field_give(i % 2 ? &l->b : &l->a, tarn_new(link_type));
        tree = l;
    }
    tarn_decref(tree);
    tarn_thread_detach();
    return unused;
}

static void *collect_ring(void *unused) {
    tarn_thread_attach(fixture.heap);
    struct link *first = tarn_new(link_type);
    struct link *last = first;
    for (long i = 1; i < DEEP / 10; i++) {
        struct link *l = tarn_new(link_type);
        tarn_field_give(&last->a, l);
        last = l;
    }
    tarn_field_give(&last->a, first);
    judged = tarn_gc_collect(fixture.heap, 2);
    tarn_thread_detach();
    return unused;
}

static void open_link_heap(void) {
    static const size_t references[] = {offsetof(struct link, a), offsetof(struct link, b)};
    open_manual_heap();
    link_type = tarn_type_register(
        fixture.heap,
        &(struct tarn_type_spec){
            .name = "link", .size = sizeof(struct link), .offsets = references, .offset_count = 2});
    assert_non_null(link_type);
}

static void c8_ten_million_links_die_on_a_small_stack(void **state) {
    (void)state;
    open_link_heap();
    run_on_small_stack(drop_list);
    assert_int_equal(stats().allocated, DEEP);
    assert_int_equal(stats().freed, DEEP);
    close_heap();
}

static void c8_a_deep_tree_dies_on_a_small_stack(void **state) {
    (void)state;
    open_link_heap();
    run_on_small_stack(drop_tree);
    assert_int_equal(stats().allocated, DEEP);
    assert_int_equal(stats().freed, DEEP);
    close_heap();
}

static void c8_a_long_ring_is_judged_on_a_small_stack(void **state) {
    (void)state;
    open_link_heap();
    run_on_small_stack(collect_ring);
    assert_int_equal(judged, DEEP / 10);
    assert_int_equal(stats().freed_by_collector, DEEP / 10);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c16_every_shape_and_habit_finalizes_once),
        cmocka_unit_test(c29_nests_whose_finalizers_yield_die_whole),
        cmocka_unit_test(c23_removal_of_a_running_callback_says_so),
        cmocka_unit_test(c8_ten_million_links_die_on_a_small_stack),
        cmocka_unit_test(c8_a_deep_tree_dies_on_a_small_stack),
        cmocka_unit_test(c8_a_long_ring_is_judged_on_a_small_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
