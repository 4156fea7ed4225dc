/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* When collections run, and what may pile up until they do. */
#include "heap_tests.h"

#include <unistd.h>

#include "collector/collector.h"

static struct tarn_gc_stats totals(int generation) {
    struct tarn_gc_stats s;
    assert_int_equal(tarn_gc_stats(fixture.heap, generation, &s), 0);
    return s;
}

static void drop_self_cycle(void) {
    struct node *n = tarn_new(fixture.node);
    tarn_field_set(&n->a, n);
    tarn_decref(n);
}

static struct node *make_list(unsigned length) {
    struct node *first = NULL;
    for (unsigned i = 0; i < length; i++) {
        struct node *n = tarn_new(fixture.node);
        tarn_field_give(&n->a, first);
        first = n;
        tarn_safepoint();
    }
    return first;
}

/* Each list grows old, then dies by counts: there is nothing for a full collection. */
static void what_dies_by_counts_makes_no_full_collection_due(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    struct node *lasting = make_list(50000);
    uint64_t before = totals(2).collections;
    for (unsigned i = 0; i < 80; i++)
        tarn_decref(make_list(20000));
    uint64_t full = totals(2).collections - before;
    print_message("%u full collections\n", (unsigned)full);
    assert_true(full <= 12); /* eight lists, twice the lasting one, to each */
    tarn_decref(lasting);
    close_heap();
}

/* The same lists, but each a cycle: full collections find them as they go. */
static void old_garbage_is_found_as_it_comes(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    struct node *lasting = make_list(50000);
    uint64_t most = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct node *first = make_list(20000);
        struct node *last = first;
        while (last->a)
            last = last->a;
        tarn_field_set(&last->a, first);
        tarn_decref(first);
        struct tarn_heap_stats s = stats();
        if (s.allocated - s.freed > most)
            most = s.allocated - s.freed;
    }
    print_message("%llu objects at most\n", (unsigned long long)most);
    assert_true(most < 500000); /* of 850,000 made: they come while a search goes on, too */
    tarn_decref(lasting);
    tarn_gc_collect(fixture.heap, 2);
    close_heap();
}

static TARN__ATOMIC(int) sleeping;

static void sleep_once(tarn_heap *heap, enum tarn_gc_phase phase, const struct tarn_gc_info *info,
                       void *arg) {
    (void)info;
    if (phase != TARN_GC_START)
        return;
    tarn_gc_callback_remove(heap, sleep_once, arg);
    /* release: pairs with the acquire in run_ahead(); so does the next. */
    tarn__store(&sleeping, 1, release);
    usleep(200000);
    tarn__store(&sleeping, 2, release);
}

/* Makes garbage as fast as it can while the other thread sleeps in a collection. */
static void *run_ahead(void *arg) {
    unsigned *made = arg;
    tarn_thread_attach(fixture.heap);
    /* acquire: pairs with the release in sleep_once(). */
    while (tarn__load(&sleeping, acquire) == 0)
        tarn_safepoint();
    /* acquire: as above. */
    for (; tarn__load(&sleeping, acquire) == 1; ++*made) {
        drop_self_cycle();
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void threads_fall_back_that_run_ahead_of_a_collection(void **state) {
    pthread_t thread;
    unsigned made = 0;
    (void)state;
    open_heap((struct tarn_config){0});
    tarn__store(&sleeping, 0, relaxed); /* relaxed: no other thread yet. */
    tarn_gc_callback_add(fixture.heap, sleep_once, NULL);
    assert_int_equal(pthread_create(&thread, NULL, run_ahead, &made), 0);
    for (unsigned i = 0; i < 1000; i++)
        drop_self_cycle();
    tarn_safepoint();
    assert_int_equal(tarn__load(&sleeping, relaxed), 2); /* relaxed: this thread's. */
    join_all(&thread, 1);
    print_message("%u made in 200 ms\n", made);
    assert_true(made < 8 * 700 + 64 * 220);
    tarn_gc_collect(fixture.heap, 2);
    close_heap();
}

static TARN__ATOMIC(uint32_t) collectors; /* a bit for each of two threads */
static __thread uint32_t own_bit;

static void note_thread(tarn_heap *heap, enum tarn_gc_phase phase, const struct tarn_gc_info *info,
                        void *arg) {
    (void)heap;
    (void)phase;
    (void)info;
    (void)arg;
    /* relaxed: read after a join. */
    tarn__fetch_or(&collectors, own_bit, relaxed);
}

static void *poll_until_told(void *arg) {
    own_bit = 2;
    tarn_thread_attach(fixture.heap);
    /* acquire: pairs with the release in the test. */
    while (tarn__load(&sleeping, acquire) == 0)
        tarn_safepoint();
    tarn_thread_detach();
    return arg;
}

static void exempt_threads_leave_collections_to_others(void **state) {
    pthread_t thread;
    (void)state;
    open_heap((struct tarn_config){0});
    tarn__store(&collectors, 0, relaxed); /* relaxed: no other thread yet; so the next. */
    tarn__store(&sleeping, 0, relaxed);
    own_bit = 1;
    tarn_gc_callback_add(fixture.heap, note_thread, NULL);
    tarn_gc_exempt(true);
    for (int i = 0; i < 5000; i++, tarn_safepoint())
        drop_self_cycle();
    assert_int_equal(totals(0).collections, 0); /* nobody else is there */
    assert_int_equal(pthread_create(&thread, NULL, poll_until_told, NULL), 0);
    while (totals(0).collections + totals(1).collections + totals(2).collections == 0) {
        drop_self_cycle();
        tarn_safepoint();
    }
    /* release: pairs with the acquire in poll_until_told(). */
    tarn__store(&sleeping, 1, release);
    join_all(&thread, 1);
    assert_int_equal(tarn__load(&collectors, relaxed), 2); /* relaxed: joined; as below. */
    tarn_gc_exempt(false);
    for (int i = 0; i < 5000; i++, tarn_safepoint())
        drop_self_cycle();
    assert_int_equal(tarn__load(&collectors, relaxed), 3);
    tarn_gc_collect(fixture.heap, 2);
    close_heap();
}

static uint64_t passed_over(void) {
    /* relaxed: this thread collects. */
    return tarn__load(&fixture.heap->collector->pace.passed, relaxed);
}

/* By the rule, but most of them look at nothing; the first that finds garbage ends that. */
static void a_heap_that_only_grows_is_passed_over(void **state) {
    enum { LENGTH = 300000, CYCLES = 100000, UNSEEN_MAX = 64 * 701 };
    char text[4096];
    (void)state;
    open_heap((struct tarn_config){.collect_share = 1});
    struct node *list = make_list(LENGTH);
    uint64_t young = totals(0).collections + totals(1).collections;
    uint64_t examined = totals(0).examined + totals(1).examined;
    print_message("%u collections, %u of them passed over\n", (unsigned)young,
                  (unsigned)passed_over());
    assert_in_range(young, LENGTH / 750, LENGTH / 700);
    assert_true(passed_over() > young / 2);
    assert_true(examined < LENGTH / 2);
    tarn_gc_explain(fixture.heap, text, sizeof text);
    assert_non_null(strstr(text, "of the time, against a share of 1 %"));
    uint64_t before = stats().freed;
    for (unsigned i = 0; i < CYCLES; i++) {
        drop_self_cycle();
        tarn_safepoint();
    }
    assert_true(stats().freed - before >= CYCLES - UNSEEN_MAX - 701);
    uint64_t passed = passed_over();
    for (unsigned i = 0; i < CYCLES; i++) {
        drop_self_cycle();
        tarn_safepoint();
    }
    assert_int_equal(passed_over(), passed);
    tarn_decref(list);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().freed, stats().allocated);
    close_heap();
}

static void a_small_heap_is_collected_by_the_rule_alone(void **state) {
    enum { BATCH = 701, BATCHES = 200 };
    (void)state;
    open_heap((struct tarn_config){.collect_share = 1});
    struct node *few = make_list(4000);
    uint64_t examined = totals(0).examined + totals(1).examined;
    uint64_t collections = totals(0).collections + totals(1).collections;
    for (unsigned i = 0; i < BATCHES; i++)
        tarn_decref(make_list(2 * BATCH));
    collections = totals(0).collections + totals(1).collections - collections;
    examined = totals(0).examined + totals(1).examined - examined;
    assert_int_equal(passed_over(), 0);
    assert_true(collections >= BATCHES);
    assert_true(examined >= collections * 600);
    tarn_decref(few);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_dies_by_counts_makes_no_full_collection_due),
        cmocka_unit_test(old_garbage_is_found_as_it_comes),
        cmocka_unit_test(threads_fall_back_that_run_ahead_of_a_collection),
        cmocka_unit_test(exempt_threads_leave_collections_to_others),
        cmocka_unit_test(a_heap_that_only_grows_is_passed_over),
        cmocka_unit_test(a_small_heap_is_collected_by_the_rule_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
