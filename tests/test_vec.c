/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The shared vector: who owns which reference after each call, elements that keep
 * their places while it grows, cycles through it, memory that runs out, and many
 * threads against what each of them knows.
 */
#include "heap_tests.h"

#include <errno.h>
#include <stdlib.h>
#include <tarn/contain.h>

#include "base/fault.h"
#include "memory_tests.h"

static void *vec;

static void open_vec_heap(void) {
    open_manual_heap();
    vec = tarn_vec_new();
    assert_non_null(vec);
}

static void close_vec_heap(void) {
    tarn_decref(vec);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

static struct node *numbered(long number) {
    struct node *node = new_node(fixture.node);
    node->number = number;
    return node;
}

static void push_numbers(long from, long to) {
    for (long i = from; i < to; i++) {
        struct node *node = numbered(i);
        assert_int_equal(tarn_vec_push(vec, node), i);
        tarn_decref(node);
    }
}

static void each_call_moves_the_references_it_says(void **state) {
    (void)state;
    open_vec_heap();
    struct node *x = numbered(1);
    struct node *y = numbered(2);
    assert_int_equal(tarn_vec_push(vec, x), 0);
    assert_int_equal(tarn_refcount(x), 2);
    assert_ptr_equal(tarn_vec_peek(vec, 0), x);
    assert_int_equal(tarn_refcount(x), 2);
    assert_ptr_equal(tarn_vec_get(vec, 0), x);
    assert_int_equal(tarn_refcount(x), 3);
    tarn_decref(x);
    assert_int_equal(tarn_vec_set(vec, 0, y), 0);
    assert_int_equal(tarn_refcount(x), 1);
    assert_int_equal(tarn_refcount(y), 2);
    assert_ptr_equal(tarn_vec_exchange(vec, 0, x), y);
    assert_int_equal(tarn_refcount(y), 2); /* the old element is the caller's */
    tarn_decref(y);
    assert_false(tarn_vec_compare_exchange(vec, 0, y, y));
    assert_true(tarn_vec_compare_exchange(vec, 0, x, y));
    assert_int_equal(tarn_refcount(x), 1);
    assert_int_equal(tarn_refcount(y), 2);
    assert_int_equal(tarn_vec_length(vec), 1);
    tarn_decref(x);
    tarn_decref(y);
    close_vec_heap();
}

static void what_is_not_there_is_refused(void **state) {
    (void)state;
    open_vec_heap();
    struct node *x = numbered(1);
    static const size_t far[] = {0, 1, 7, 8, 1000, (size_t)1 << 50, SIZE_MAX};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        assert_null(tarn_vec_get(vec, far[i]));
        assert_null(tarn_vec_peek(vec, far[i]));
        assert_int_equal(tarn_vec_set(vec, far[i], x), -ERANGE);
        errno = 0;
        assert_null(tarn_vec_exchange(vec, far[i], x));
        assert_int_equal(errno, ERANGE);
        assert_false(tarn_vec_compare_exchange(vec, far[i], NULL, x));
        assert_false(tarn_vec_compare_exchange(vec, far[i], x, x));
    }
    assert_int_equal(tarn_vec_push(vec, NULL), -EINVAL);
    assert_int_equal(tarn_vec_push(vec, x), 0);
    assert_int_equal(tarn_vec_set(vec, 0, NULL), -EINVAL);
    assert_null(tarn_vec_exchange(vec, 0, NULL));
    assert_int_equal(errno, EINVAL);
    assert_false(tarn_vec_compare_exchange(vec, 0, x, NULL));
    assert_int_equal(tarn_vec_reserve(vec, SIZE_MAX), -ENOMEM);
    assert_int_equal(tarn_vec_length(vec), 1);
    assert_int_equal(tarn_refcount(x), 2);
    tarn_decref(x);
    close_vec_heap();
}

static void elements_keep_their_places_while_it_grows(void **state) {
    (void)state;
    open_vec_heap();
    for (long n = 0; n < 3000; n++) {
        push_numbers(n, n + 1);
        assert_int_equal(tarn_vec_length(vec), n + 1);
        assert_null(tarn_vec_peek(vec, (size_t)n + 1));
    }
    for (long i = 0; i < 3000; i++)
        assert_int_equal(((struct node *)tarn_vec_peek(vec, (size_t)i))->number, i);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    close_vec_heap();
}

static void immediate_values_stand_among_objects(void **state) {
    (void)state;
    open_vec_heap();
    struct node *x = numbered(1);
    for (long i = 0; i < 40; i++)
        assert_int_equal(tarn_vec_push(vec, i % 2 ? (void *)x : tarn_immediate(-i)), i);
    assert_int_equal(tarn_immediate_number(tarn_vec_get(vec, 30)), -30);
    assert_int_equal(tarn_vec_set(vec, 1, tarn_immediate(7)), 0);
    assert_true(tarn_vec_compare_exchange(vec, 30, tarn_immediate(-30), x));
    assert_ptr_equal(tarn_vec_exchange(vec, 0, x), tarn_immediate(0));
    assert_int_equal(tarn_refcount(x), 1 + 20 - 1 + 2);
    tarn_decref(x);
    close_vec_heap();
}

static void cycles_through_it_are_collected(void **state) {
    (void)state;
    open_vec_heap();
    for (int i = 0; i < 100; i++) { /* vec -> node -> vec, and vec -> vec */
        void *inner = tarn_vec_new();
        struct node *node = new_node(fixture.node);
        for (int n = 0; n < 20; n++)
            assert_int_equal(tarn_vec_push(inner, n % 2 ? inner : node), n);
        tarn_field_set(&node->a, inner);
        tarn_decref(node);
        tarn_decref(inner);
    }
    /* Each: vector, three segments, the directory of two, node. */
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 100 * 6);
    assert_int_equal(stats().allocated - stats().freed, 1);
    close_vec_heap();
}

static void a_million_elements_die_with_it(void **state) {
    (void)state;
    open_vec_heap();
    push_numbers(0, 1000000);
    struct node *kept = tarn_vec_get(vec, 777777);
    tarn_decref(vec);
    vec = tarn_vec_new();
    assert_int_equal(kept->number, 777777);
    tarn_decref(kept);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated - stats().freed, 1);
    close_vec_heap();
}

/* --- misuse: a child each, that must abort with the text --- */

static void push_to_a_node(void) {
    tarn_vec_push(new_node(fixture.node), vec);
}

static void get_from_nothing(void) {
    tarn_vec_get(NULL, 0);
}

static void look_into_a_vector_as_a_map(void) {
    tarn_map_get(vec, vec);
}

static void put_into_a_number(void) {
    tarn_map_put(tarn_immediate(3), vec, vec, NULL);
}

static void ask_a_map_for_its_key(void) {
    tarn_ephemeron_key(tarn_map_new(NULL));
}

static void make_one_unattached(void) {
    tarn_thread_detach();
    tarn_vec_new();
}

static void misuse_stops_with_a_message(void **state) {
    static const struct {
        void (*misuse)(void);
        const char *text;
    } row[] = {
        {push_to_a_node, "is no tarn vector of the heap"},
        {get_from_nothing, "tarn_vec_get: "},
        {look_into_a_vector_as_a_map, "is no tarn map of the heap"},
        {put_into_a_number, "tarn_map_put: 0x7 is no tarn map"},
        {ask_a_map_for_its_key, "is no tarn ephemeron of the heap"},
        {make_one_unattached, "tarn_vec_new: the calling thread is not attached"},
    };
    (void)state;
    open_vec_heap();
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect_fatal(row[i].misuse, row[i].text);
    close_vec_heap();
}

/* With a budget no safepoint does much more than it allows, though all elements but
 * some are in two objects. */
static void it_dies_in_slices(void **state) {
    (void)state;
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .drop_budget = 100});
    vec = tarn_vec_new();
    push_numbers(0, 200000);
    uint64_t made = stats().allocated;
    uint64_t before = stats().freed;
    uint64_t most = 0;
    tarn_decref(vec);
    while (stats().freed < made) {
        tarn_safepoint();
        uint64_t now = stats().freed;
        most = now - before > most ? now - before : most;
        before = now;
    }
    assert_in_range(most, 1, 10 * 100);
    close_heap();
}

static int disposed;

static void count_dispose(void *object) {
    (void)object;
    disposed++;
}

/* However small the budget, what is dying when its heap ends is disposed of. */
static void the_end_of_the_heap_ends_what_is_dying(void **state) {
    (void)state;
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .drop_budget = 1});
    tarn_type *counted = node_type("counted", NULL, count_dispose, TARN_TYPE_DISPOSE_PLAIN);
    vec = tarn_vec_new();
    for (long i = 0; i < 1000; i++) {
        struct node *node = new_node(counted);
        assert_int_equal(tarn_vec_push(vec, node), i);
        tarn_decref(node);
    }
    disposed = 0;
    tarn_decref(vec);
    tarn_thread_detach();
    assert_true(disposed < 1000);
    assert_int_equal(tarn_heap_destroy(fixture.heap), 0);
    assert_int_equal(disposed, 1000);
}

#if defined(TARN_FAULTS) && TARN_FAULTS

/* One pass with the n-th allocation failing: a failed push changes nothing, and
 * room reserved is room. Returns whether a call failed. */
static bool fail_at(uint64_t nth) {
    bool failed = false;
    open_vec_heap();
    struct node *x = numbered(1);
    tarn__fault_arm(nth);
    for (long n = 0; n < 100; n++) {
        ptrdiff_t index = tarn_vec_push(vec, x);
        if (index >= 0)
            continue;
        failed = true;
        assert_int_equal(index, -ENOMEM);
        assert_int_equal(tarn_vec_length(vec), n);
        assert_int_equal(tarn_refcount(x), n + 1);
        assert_int_equal(tarn_vec_push(vec, x), n); /* the fault is over */
    }
    tarn__fault_arm(0);
    assert_int_equal(tarn_vec_length(vec), 100);
    assert_int_equal(tarn_refcount(x), 101);
    assert_int_equal(tarn_vec_reserve(vec, 1000), 0);
    tarn__fault_arm_from(1);
    for (long n = 100; n < 1000; n++)
        assert_int_equal(tarn_vec_push(vec, x), n);
    tarn__fault_arm(0);
    tarn_decref(x);
    close_vec_heap();
    return failed;
}

static void c42_a_failed_allocation_changes_nothing(void **state) {
    (void)state;
    int failures = 0;
    for (uint64_t n = 1; n <= 12; n++)
        failures += fail_at(n);
    assert_in_range(failures, 4, 11); /* segments and the directory */
}

#endif

/* ---------------------------------------------------------- many threads ---- */

#define THREADS 8
#define PUSHES 4000

static struct {
    TARN__ATOMIC(long) faults;
    TARN__ATOMIC(long) exchanged; /* sum of what was taken out less what was put in */
} shared;

static void fault_if(bool bad) {
    if (bad)
        /* relaxed: a count. */
        tarn__fetch_add(&shared.faults, 1, relaxed);
}

/* Pushes its own numbers, looks at and replaces elements of all. A number is
 * thread * PUSHES + how many it pushed before; replacing one puts its negative
 * in, then takes that out again. */
static void *push_and_look(void *arg) {
    long self = (long)(intptr_t)arg;
    unsigned seed = (unsigned)self + 1;
    fault_if(tarn_thread_attach(fixture.heap) != 0);
    for (long i = 0; i < PUSHES; i++) {
        struct node *node = numbered(self * PUSHES + i);
        ptrdiff_t at = tarn_vec_push(vec, node);
        fault_if(at < 0);
        size_t length = tarn_vec_length(vec);
        fault_if((size_t)at >= length);
        size_t look = (size_t)rand_r(&seed) % length;
        struct node *seen = tarn_vec_get(vec, look);
        fault_if(!seen || seen->number < 0 || seen->number >= THREADS * PUSHES);
        if (seen && i % 4 == 0) { /* takes an element away and puts it back */
            struct node *old = tarn_vec_exchange(vec, look, node);
            fault_if(!old);
            /* relaxed: a sum, read when all threads have ended. */
            tarn__fetch_add(&shared.exchanged, old->number - node->number, relaxed);
            tarn_decref(old);
        }
        if (seen)
            tarn_decref(seen);
        tarn_decref(node);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void threads_push_read_and_replace(void **state) {
    pthread_t thread[THREADS];
    (void)state;
    open_vec_heap();
    memset(&shared, 0, sizeof shared);
    for (long i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, push_and_look, (void *)(intptr_t)i), 0);
    join_all(thread, THREADS);
    /* relaxed: the threads have ended. */
    assert_int_equal(tarn__load(&shared.faults, relaxed), 0);
    assert_int_equal(tarn_vec_length(vec), THREADS * PUSHES);
    long sum = tarn__load(&shared.exchanged, relaxed);
    for (size_t i = 0; i < THREADS * PUSHES; i++)
        sum += ((struct node *)tarn_vec_peek(vec, i))->number;
    assert_int_equal(sum, (long)THREADS * PUSHES * (THREADS * PUSHES - 1L) / 2);
    close_vec_heap();
}

/* Each thread's pushes appear in its order, all of them, once. */
static void *push_only(void *arg) {
    long self = (long)(intptr_t)arg;
    fault_if(tarn_thread_attach(fixture.heap) != 0);
    for (long i = 0; i < PUSHES; i++) {
        struct node *node = numbered(self * PUSHES + i);
        fault_if(tarn_vec_push(vec, node) < 0);
        tarn_decref(node);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void every_push_has_its_place_once_and_in_order(void **state) {
    pthread_t thread[THREADS];
    long next[THREADS] = {0};
    (void)state;
    open_vec_heap();
    memset(&shared, 0, sizeof shared);
    for (long i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, push_only, (void *)(intptr_t)i), 0);
    for (size_t seen = 0; seen < THREADS * PUSHES; tarn_safepoint()) {
        struct node *node = tarn_vec_get(vec, seen);
        if (!node)
            continue;
        long of = node->number / PUSHES;
        assert_int_equal(node->number % PUSHES, next[of]++);
        tarn_decref(node);
        seen++;
    }
    join_all(thread, THREADS);
    /* relaxed: the threads have ended. */
    assert_int_equal(tarn__load(&shared.faults, relaxed), 0);
    assert_int_equal(tarn_vec_length(vec), THREADS * PUSHES);
    close_vec_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_moves_the_references_it_says),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(elements_keep_their_places_while_it_grows),
        cmocka_unit_test(immediate_values_stand_among_objects),
        cmocka_unit_test(cycles_through_it_are_collected),
        cmocka_unit_test(a_million_elements_die_with_it),
        cmocka_unit_test(misuse_stops_with_a_message),
        cmocka_unit_test(it_dies_in_slices),
        cmocka_unit_test(the_end_of_the_heap_ends_what_is_dying),
#if defined(TARN_FAULTS) && TARN_FAULTS
        cmocka_unit_test(c42_a_failed_allocation_changes_nothing),
#endif
        cmocka_unit_test(threads_push_read_and_replace),
        cmocka_unit_test(every_push_has_its_place_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
