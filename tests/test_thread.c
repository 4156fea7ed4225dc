/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Slots between threads, seats, stops, blocking regions, fork (C30, C32 to C36,
 * C38, C39). Workers record; the main thread asserts.
 */
#include "heap_tests.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static TARN__ATOMIC(long) wrong;
static TARN__ATOMIC(int) stop;

static void note_wrong(bool is_wrong) {
    if (is_wrong)
        /* relaxed: a count. */
        tarn__fetch_add(&wrong, 1, relaxed);
}

static bool stopped(void) {
    /* relaxed: a flag. */
    return tarn__load(&stop, relaxed);
}

static void run_threads(int count, void *(*body)(void *), unsigned ms) {
    pthread_t thread[32];
    /* relaxed: threads start after it. */
    tarn__store(&wrong, 0, relaxed);
    tarn__store(&stop, 0, relaxed);
    for (long i = 0; i < count; i++)
        pthread_create(&thread[i], NULL, body, (void *)(i + 1));
    tarn_blocking_begin();
    usleep(ms * 1000);
    tarn__store(&stop, 1, relaxed);
    tarn_blocking_end();
    join_all(thread, count);
    assert_int_equal(tarn__load(&wrong, relaxed), 0);
}

/* --- C32: many readers and writers of one slot --- */

static tarn_slot shared_slot;

static void *use_slot(void *arg) {
    unsigned seed = (unsigned)(long)arg;
    tarn_thread_attach(fixture.heap);
    while (!stopped()) {
        struct node *n;
        switch (rand_r(&seed) % 6) {
        case 0:
            n = tarn_new(fixture.node);
            n->number = 42;
            tarn_slot_store(&shared_slot, n);
            tarn_decref(n);
            break;
        case 1:
            n = tarn_slot_exchange(&shared_slot, NULL);
            if (n)
                tarn_decref(n);
            break;
        case 2: {
            struct node *seen = tarn_slot_peek(&shared_slot);
            n = tarn_new(fixture.node);
            n->number = 42;
            if (tarn_slot_compare_exchange(&shared_slot, seen, n))
                note_wrong(seen && seen->number != 42); /* still a borrow */
            tarn_decref(n);
            break;
        }
        default:
            n = tarn_slot_load(&shared_slot);
            note_wrong(n && n->number != 42);
            if (n)
                tarn_decref(n);
        }
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void c32_every_load_is_a_stored_live_value(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    tarn_slot_init(&shared_slot, NULL);
    run_threads(10, use_slot, 400);
    tarn_slot_destroy(&shared_slot);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

/* --- C33: exchanging to NULL --- */

enum { ITEMS = 2000 };
static tarn_slot items[ITEMS];
static TARN__ATOMIC(long) taken[ITEMS];

static void *take_items(void *unused) {
    (void)unused;
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < ITEMS; i++) {
        struct node *n = tarn_slot_exchange(&items[i], NULL);
        if (n) {
            note_wrong(n->number != i);
            /* relaxed: a count. */
            tarn__fetch_add(&taken[i], 1, relaxed);
            tarn_decref(n);
        }
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void c33_exactly_one_thread_receives_each_object(void **state) {
    (void)state;
    open_manual_heap();
    for (int i = 0; i < ITEMS; i++) {
        struct node *n = new_node(fixture.node);
        n->number = i;
        tarn_slot_init(&items[i], n);
        tarn_decref(n);
    }
    run_threads(4, take_items, 1);
    for (int i = 0; i < ITEMS; i++)
        /* relaxed: all threads have ended. */
        assert_int_equal(tarn__load(&taken[i], relaxed), 1);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().freed, ITEMS);
    close_heap();
}

/* --- C34, C35: an owner that is gone, or blocks --- */

static void *handed[100];
static pthread_barrier_t barrier;

static void *make_and_exit(void *unused) {
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < 100; i++)
        handed[i] = tarn_new(fixture.leaf);
    tarn_thread_detach();
    return unused;
}

static void *make_and_block(void *unused) {
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < 100; i++)
        handed[i] = tarn_new(fixture.leaf);
    tarn_blocking_begin();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    tarn_blocking_end();
    tarn_thread_detach();
    return unused;
}

static void c34_the_last_drop_frees_when_the_owner_is_gone(void **state) {
    pthread_t thread;
    (void)state;
    open_manual_heap();
    pthread_create(&thread, NULL, make_and_exit, NULL);
    join_all(&thread, 1);
    for (int i = 0; i < 100; i++) {
        tarn_decref(handed[i]);
        assert_int_equal(stats().freed, i + 1);
    }
    close_heap();
}

static void c35_the_last_drop_frees_when_the_owner_blocks(void **state) {
    pthread_t thread;
    (void)state;
    open_manual_heap();
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, make_and_block, NULL);
    tarn_blocking_begin();
    pthread_barrier_wait(&barrier);
    tarn_blocking_end();
    for (int i = 0; i < 100; i++) {
        tarn_decref(handed[i]);
        assert_int_equal(stats().freed, i + 1);
    }
    tarn_blocking_begin();
    pthread_barrier_wait(&barrier);
    tarn_blocking_end();
    join_all(&thread, 1);
    pthread_barrier_destroy(&barrier);
    close_heap();
}

/* --- C36: churn --- */

static void *come_and_go(void *unused) {
    tarn_thread_attach(fixture.heap);
    void *o[50];
    for (int i = 0; i < 50; i++)
        o[i] = tarn_new(fixture.leaf);
    for (int i = 0; i < 50; i++)
        tarn_decref(o[i]);
    tarn_thread_detach();
    return unused;
}

static void c36_a_thousand_threads_share_few_seats(void **state) {
    pthread_t thread[4];
    (void)state;
    open_manual_heap();
    size_t pool_bytes = 0;
    for (int round = 0; round < 250; round++) {
        for (int i = 0; i < 4; i++)
            pthread_create(&thread[i], NULL, come_and_go, NULL);
        join_all(thread, 4);
        if (round == 10)
            pool_bytes = stats().pool_bytes;
    }
    assert_true(stats().seats <= 6); /* ours, the reclaimer's, four */
    assert_true(stats().pool_bytes <= pool_bytes + 4 * 16384);
    assert_int_equal(stats().freed, 50000);
    close_heap();
}

/* --- stops --- */

static long guarded; /* written by whoever has the world stopped, and while it runs by nobody */

static void *stop_world(void *unused) {
    tarn_thread_attach(fixture.heap);
    while (!stopped()) {
        note_wrong(tarn_world_stop() != 0);
        note_wrong(tarn_world_stop() != -EDEADLK);
        long before = guarded;
        for (int i = 0; i < 50; i++)
            guarded++;
        void *o = tarn_new(fixture.leaf); /* allowed */
        tarn_decref(o);
        note_wrong(guarded != before + 50);
        tarn_world_start();
        tarn_safepoint();
        tarn_blocking_begin();
        tarn_blocking_end();
    }
    tarn_thread_detach();
    return unused;
}

static void *attach_in_a_loop(void *unused) {
    for (long i = 0; !stopped(); i++) {
        note_wrong(tarn_thread_attach(fixture.heap) != 0);
        note_wrong(tarn_thread_attach(fixture.heap) != -EALREADY);
        tarn_safepoint();
        note_wrong(tarn_thread_detach() != 0);
        note_wrong(tarn_thread_detach() != -EPERM);
    }
    return unused;
}

static void *stop_or_attach(void *arg) {
    return (long)arg % 2 ? stop_world(NULL) : attach_in_a_loop(NULL);
}

static void stops_exclude_one_another_and_attaching(void **state) {
    (void)state;
    open_manual_heap();
    guarded = 0;
    run_threads(8, stop_or_attach, 300);
    assert_true(guarded > 0);
    struct tarn_histogram to_stop;
    struct tarn_histogram stopped_for;
    tarn_heap_get_pauses(fixture.heap, &to_stop, &stopped_for);
    assert_int_equal(to_stop.count, stopped_for.count);
    assert_true(to_stop.count > 0);
    assert_true(tarn_histogram_quantile(&to_stop, 0.5) <= tarn_histogram_quantile(&to_stop, 1.0));
    close_heap();
}

/* --- C30: collectors against callbacks and readers of figures --- */

static void count_callback(tarn_heap *heap, enum tarn_gc_phase phase,
                           const struct tarn_gc_info *info, void *arg) {
    (void)heap;
    (void)phase;
    (void)info;
    (void)arg;
}

static void *collect_or_look(void *arg) {
    long who = (long)arg;
    tarn_thread_attach(fixture.heap);
    while (!stopped()) {
        size_t count[3];
        unsigned threshold[3];
        struct tarn_gc_stats s;
        struct node *n = tarn_new(fixture.node);
        tarn_field_set(&n->a, n);
        tarn_decref(n);
        if (who <= 4) {
            note_wrong(tarn_gc_collect(fixture.heap, (int)(who % 3)) < 0);
        } else if (who <= 8) {
            int added = tarn_gc_callback_add(fixture.heap, count_callback, arg);
            note_wrong(added != 0);
            note_wrong(tarn_gc_callback_remove(fixture.heap, count_callback, arg) != 0);
        } else {
            tarn_gc_get_count(fixture.heap, count);
            tarn_gc_get_threshold(fixture.heap, threshold);
            tarn_gc_set_threshold(fixture.heap, threshold);
            tarn_gc_stats(fixture.heap, 2, &s);
            note_wrong(count[0] > 1u << 30);
        }
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void c30_collectors_and_readers_do_not_race(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    run_threads(10, collect_or_look, 400);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

/* --- C38: fork --- */

static int use_heap_in_child(void) {
    struct node *n = tarn_new(fixture.node);
    tarn_field_set(&n->a, n);
    tarn_decref(n);
    if (tarn_gc_collect(fixture.heap, 2) < 1)
        return 3;
    if (tarn_heap_verify(fixture.heap, NULL, NULL) != 0)
        return 4;
    pid_t grandchild = fork();
    if (grandchild == 0) {
        tarn_free(tarn_malloc(100));
        _exit(tarn_gc_collect(fixture.heap, 2) != 0);
    }
    int status;
    waitpid(grandchild, &status, 0);
    return status != 0;
}

static void *work_while_forking(void *arg) {
    (void)arg;
    tarn_thread_attach(fixture.heap);
    for (long i = 0; !stopped(); i++) {
        struct node *n = tarn_new(fixture.node);
        tarn_field_set(&n->a, n);
        tarn_slot_store(&shared_slot, n);
        tarn_decref(n);
        tarn_free(tarn_malloc(64 + (size_t)i % 2000));
        if (i % 100 == 0)
            tarn_gc_collect(fixture.heap, 0);
        if (i % 130 == 0) {
            tarn_blocking_begin();
            tarn_blocking_end();
        }
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void c38_a_forked_child_has_a_usable_heap(void **state) {
    pthread_t thread[8];
    (void)state;
    open_heap((struct tarn_config){0});
    tarn_slot_init(&shared_slot, NULL);
    /* relaxed: threads start after it. */
    tarn__store(&stop, 0, relaxed);
    for (int i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, work_while_forking, NULL);
    int failed = 0;
    for (int i = 0; i < 12; i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(use_heap_in_child());
        tarn_blocking_begin();
        waitpid(child, &status, 0);
        tarn_blocking_end();
        failed += status != 0;
    }
    tarn__store(&stop, 1, relaxed);
    join_all(thread, 8);
    tarn_slot_destroy(&shared_slot);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(failed, 0);
    close_heap();
}

/* --- C39: leaving without detaching --- */

static void *exit_attached(void *how) {
    tarn_thread_attach(fixture.heap);
    handed[0] = tarn_new(fixture.leaf);
    if ((long)how == 1)
        tarn_blocking_begin();
    return NULL;
}

static void *wait_to_be_cancelled(void *how) {
    tarn_thread_attach(fixture.heap);
    handed[0] = tarn_new(fixture.leaf);
    if ((long)how == 1)
        tarn_blocking_begin();
    for (;;) {
        pthread_testcancel();
        if ((long)how == 0)
            tarn_safepoint();
    }
    return NULL;
}

static void c39_a_thread_that_just_ends_is_detached(void **state) {
    (void)state;
    open_manual_heap();
    for (long how = 0; how < 4; how++) {
        pthread_t thread;
        pthread_create(&thread, NULL, how < 2 ? exit_attached : wait_to_be_cancelled,
                       (void *)(how % 2));
        if (how >= 2)
            pthread_cancel(thread);
        join_all(&thread, 1);
        assert_int_equal(stats().attached, 1);
        if (handed[0])
            tarn_decref(handed[0]);
        handed[0] = NULL;
    }
    assert_non_null(strstr(fixture.log, "exits attached"));
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

/* --- a heap's end --- */

static void destroy_is_refused_while_attached(void **state) {
    (void)state;
    open_manual_heap();
    assert_ptr_equal(tarn_thread_heap(), fixture.heap);
    assert_int_equal(tarn_heap_destroy(fixture.heap), -EBUSY);
    assert_int_equal(tarn_heap_destroy(NULL), 0);
    void *live = tarn_new(fixture.leaf);
    new_node(fixture.node);
    (void)live;
    tarn_heap *second = tarn_heap_create(NULL);
    assert_int_equal(tarn_thread_attach(second), -EBUSY); /* attached to the first */
    assert_int_equal(tarn_heap_destroy(second), 0);       /* from a thread of another heap */
    tarn_thread_detach();
    assert_null(tarn_thread_heap());
    assert_int_equal(tarn_heap_destroy(fixture.heap), 2);
    /* relaxed: a count; one line a type. */
    assert_int_equal(tarn__load(&fixture.logged, relaxed), 2);
}

static void configurations_are_checked(void **state) {
    (void)state;
    errno = 0;
    assert_null(tarn_heap_create(&(struct tarn_config){.collect = 7}));
    assert_int_equal(errno, EINVAL);
    assert_null(tarn_heap_create(&(struct tarn_config){.dispatch = 3}));
    assert_int_equal(tarn__thread_attach(NULL, TARN_LAYOUT + 1), -EPROTO);
    assert_int_equal(tarn_version(), TARN_VERSION);
}

/* --- deferred frees --- */

static TARN__ATOMIC(long *) current_block;

static void *read_block(void *unused) {
    tarn_thread_attach(fixture.heap);
    while (!stopped()) {
        /* acquire: pairs with the exchange in the test. */
        long *block = tarn__load(&current_block, acquire);
        note_wrong(block[2] != 42);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return unused;
}

static void deferred_blocks_outlast_their_readers(void **state) {
    pthread_t thread[4];
    (void)state;
    open_manual_heap();
    long *first = tarn_malloc(100);
    first[2] = 42;
    /* relaxed: threads start after it. */
    tarn__store(&current_block, first, relaxed);
    tarn__store(&stop, 0, relaxed);
    tarn__store(&wrong, 0, relaxed);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, read_block, NULL);
    for (int i = 0; i < 20000; i++) {
        long *block = tarn_malloc(100);
        block[2] = 42;
        /* acq_rel: pairs with the readers' acquire. */
        tarn_free_deferred(tarn__exchange(&current_block, block, acq_rel));
        tarn_safepoint();
    }
    tarn__store(&stop, 1, relaxed);
    join_all(thread, 4);
    assert_int_equal(tarn__load(&wrong, relaxed), 0);
    tarn_free(tarn__load(&current_block, relaxed));
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c32_every_load_is_a_stored_live_value),
        cmocka_unit_test(c33_exactly_one_thread_receives_each_object),
        cmocka_unit_test(c34_the_last_drop_frees_when_the_owner_is_gone),
        cmocka_unit_test(c35_the_last_drop_frees_when_the_owner_blocks),
        cmocka_unit_test(c36_a_thousand_threads_share_few_seats),
        cmocka_unit_test(stops_exclude_one_another_and_attaching),
        cmocka_unit_test(c30_collectors_and_readers_do_not_race),
        cmocka_unit_test(c38_a_forked_child_has_a_usable_heap),
        cmocka_unit_test(c39_a_thread_that_just_ends_is_detached),
        cmocka_unit_test(destroy_is_refused_while_attached),
        cmocka_unit_test(configurations_are_checked),
        cmocka_unit_test(deferred_blocks_outlast_their_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
