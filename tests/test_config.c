/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What a heap's configuration promises: hooks, thresholds, checks, the watchdog, and the
 * figures that tell of stops. */
#include "heap_tests.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "memory_tests.h"

/* --- thresholds --- */

static void thresholds_are(const unsigned config[3], const unsigned expected[3]) {
    unsigned got[3];
    struct tarn_config c = {.threshold = {config[0], config[1], config[2]}};
    tarn_heap *heap = tarn_heap_create(&c);
    assert_non_null(heap);
    tarn_gc_get_threshold(heap, got);
    for (int i = 0; i < 3; i++)
        assert_int_equal(got[i], expected[i]);
    assert_true(tarn_gc_is_enabled(heap));
    assert_int_equal(tarn_heap_destroy(heap), 0);
}

static void all_zero_thresholds_mean_the_defaults(void **state) {
    (void)state;
    thresholds_are((const unsigned[]){0, 0, 0}, (const unsigned[]){700, 10, 10});
    thresholds_are((const unsigned[]){0, 5, 5}, (const unsigned[]){0, 5, 5});
    thresholds_are((const unsigned[]){1, 2, 3}, (const unsigned[]){1, 2, 3});
}

static void a_null_configuration_is_the_default(void **state) {
    unsigned got[3];
    (void)state;
    tarn_heap *heap = tarn_heap_create(NULL);
    tarn_gc_get_threshold(heap, got);
    assert_int_equal(got[0], 700);
    assert_int_equal(tarn_heap_destroy(heap), 0);
}

/* --- hooks --- */

static void say_so(void *arg, const char *message) {
    dprintf(STDERR_FILENO, "[%s: %s]", (const char *)arg, message);
}

static char hook_name[] = "the hook";

static void misuse_with_a_hook(void) {
    tarn_heap *heap = tarn_heap_create(&(struct tarn_config){.fatal = say_so, .arg = hook_name});
    tarn_type *type = tarn_type_register(heap, &(struct tarn_type_spec){.name = "odd", .size = 32});
    tarn_new(type);
}

static void misuse_after_a_heap_without_a_hook(void) {
    tarn_heap_create(&(struct tarn_config){.fatal = say_so, .arg = hook_name});
    tarn_heap *later = tarn_heap_create(NULL);
    tarn_type *type =
        tarn_type_register(later, &(struct tarn_type_spec){.name = "odd", .size = 32});
    tarn_new(type);
}

static void the_fatal_hook_gets_the_message_before_the_abort(void **state) {
    (void)state;
    expect_fatal(misuse_with_a_hook,
                 "[the hook: tarn: tarn_new: the calling thread is not attached to a heap");
    expect_fatal(misuse_after_a_heap_without_a_hook, "[the hook: tarn: tarn_new: ");
}

static void store_a_stray_pointer(void) {
    static long stray[4];
    struct node *n = new_node(fixture.node);
    tarn_slot_store(&n->slot, stray);
}

static void store_a_freed_object(void) {
    struct node *n = new_node(fixture.node);
    void *keeps_the_pool = tarn_new(fixture.leaf);
    void *leaf = tarn_new(fixture.leaf);
    tarn_decref(leaf);
    tarn_slot_store(&n->slot, leaf);
    (void)keeps_the_pool;
}

static void a_checked_heap_looks_at_what_is_stored(void **state) {
    (void)state;
    open_manual_heap();
    expect_fatal(store_a_stray_pointer, "is no object");
    expect_fatal(store_a_freed_object, "tarn_slot_store");
    close_heap();
}

/* --- the watchdog --- */

static TARN__ATOMIC(int) step; /* 1: the culprit runs and polls no more */

static void *hold_a_stop_up(void *unused) {
    tarn_thread_attach(fixture.heap);
    /* release: pairs with the test's acquire. */
    tarn__store(&step, 1, release);
    /* relaxed: a count; the stop that this thread holds up is named in the log. */
    while (tarn__load(&fixture.logged, relaxed) == 0)
        usleep(100);
    tarn_safepoint();
    tarn_thread_detach();
    return unused;
}

static void the_watchdog_names_who_holds_a_stop_up(void **state) {
    pthread_t thread;
    (void)state;
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .watchdog_ms = 1});
    /* relaxed: the thread starts after it. */
    tarn__store(&step, 0, relaxed);
    pthread_create(&thread, NULL, hold_a_stop_up, NULL);
    /* acquire: pairs with the thread's release. */
    while (tarn__load(&step, acquire) != 1)
        tarn_safepoint();
    assert_int_equal(tarn_world_stop(), 0); /* ends only after the warning */
    assert_non_null(strstr(fixture.log, "holds up a world stop: no safepoint for 1 ms"));
    tarn_world_start();
    join_all(&thread, 1);
    close_heap();
}

/* --- grace periods --- */

static void *hold_a_grace_period_up(void *arg) {
    assert_int_equal(tarn_thread_attach(fixture.heap), 0);
    /* release: pairs with the test's acquire. */
    tarn__store(&step, 1, release);
    /* acquire: pairs with the test's release. */
    while (tarn__load(&step, acquire) != 2)
        usleep(100); /* running, and no safepoint */
    tarn_thread_detach();
    return arg;
}

static struct {
    unsigned calls;
    unsigned thread;
    unsigned frames;
    bool sound; /* each frame is a code address */
} late;

static void note_late(void *arg, unsigned thread, void *const *frame, unsigned count) {
    (void)arg;
    late.calls++;
    late.thread = thread;
    if (count)
        late.frames = count;
    late.sound = true;
    for (unsigned i = 0; i < count; i++)
        late.sound &= (uintptr_t)frame[i] > 4096;
}

static void ignore_signal(int signal) {
    (void)signal;
}

static void a_signal_that_cannot_be_had_is_refused(void **state) {
    (void)state;
    assert_null(tarn_heap_create(&(struct tarn_config){.watchdog_signal = SIGKILL}));
    assert_int_equal(errno, EINVAL);
    signal(SIGUSR1, ignore_signal);
    assert_null(tarn_heap_create(&(struct tarn_config){.watchdog_signal = SIGUSR1}));
    assert_int_equal(errno, EBUSY);
    assert_ptr_equal(signal(SIGUSR1, SIG_DFL), ignore_signal); /* it was let be */
}

static void the_watchdog_shows_where_a_late_thread_stands(void **state) {
    pthread_t thread;
    (void)state;
#ifdef TARN__SCHED
    skip(); /* the thread that answers has not the baton */
#endif
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL,
                                   .watchdog_ms = 1,
                                   .watchdog_signal = SIGURG,
                                   .late = note_late});
    memset(&late, 0, sizeof late);
    /* relaxed: the thread starts after it. */
    tarn__store(&step, 0, relaxed);
    pthread_create(&thread, NULL, hold_a_stop_up, NULL);
    /* acquire: pairs with the thread's release. */
    while (tarn__load(&step, acquire) != 1)
        tarn_safepoint();
    assert_int_equal(tarn_world_stop(), 0);
    assert_non_null(strstr(fixture.log, "no safepoint for 1 ms; in "));
    assert_non_null(strstr(fixture.log, " < "));
    assert_true(late.calls > 0 && late.frames > 1 && late.sound);
    assert_true(late.thread != (unsigned)getpid());
    tarn_world_start();
    join_all(&thread, 1);
    close_heap();
}

static void the_watchdog_names_who_holds_a_grace_period_up(void **state) {
    pthread_t thread;
    tarn_slot slot;
    (void)state;
#ifdef TARN__SCHED
    skip(); /* grace periods have no clock there */
#endif
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .watchdog_ms = 5});
    /* relaxed: the thread starts after it. */
    tarn__store(&step, 0, relaxed);
    pthread_create(&thread, NULL, hold_a_grace_period_up, NULL);
    /* acquire: pairs with the thread's release. */
    while (tarn__load(&step, acquire) != 1)
        tarn_safepoint();
    struct node *n = new_node(fixture.node);
    tarn_slot_init(&slot, n);
    tarn_slot_store(&slot, NULL);
    tarn_decref(n); /* published: it waits for a grace period */
    assert_int_equal(stats().retired, 1);
    /* relaxed: a count; the text is read when nobody writes it any more. */
    for (int i = 0; i < 5000 && !tarn__load(&fixture.logged, relaxed); i++) {
        tarn_safepoint();
        usleep(1000);
    }
    assert_int_equal(stats().retired, 1);
    /* release: pairs with the thread's acquire. */
    tarn__store(&step, 2, release);
    join_all(&thread, 1);
    for (int i = 0; i < 2000 && stats().retired; i++) {
        tarn_safepoint();
        usleep(1000);
    }
    assert_int_equal(stats().retired, 0);
    assert_non_null(strstr(fixture.log, "holds up a grace period: no safepoint for 5 ms"));
    close_heap();
}

/* --- figures of stops --- */

static void every_stop_is_in_both_histograms(void **state) {
    struct tarn_histogram waited;
    struct tarn_histogram stood;
    uint64_t in_buckets = 0;
    (void)state;
    open_manual_heap();
    uint64_t before = stats().stops;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(tarn_world_stop(), 0);
        assert_int_equal(tarn_world_stop(), -EDEADLK);
        tarn_world_start();
    }
    tarn_heap_get_pauses(fixture.heap, &waited, &stood);
    tarn_heap_get_pauses(fixture.heap, NULL, NULL);
    assert_int_equal(stats().stops - before, 5);
    assert_int_equal(waited.count, stats().stops);
    assert_int_equal(stood.count, stats().stops);
    for (int i = 0; i < 40; i++)
        in_buckets += stood.bucket[i];
    assert_int_equal(in_buckets, stood.count);
    assert_true(stood.max_ns <= stood.total_ns);
    close_heap();
}

static void a_quantile_is_its_buckets_upper_bound(void **state) {
    struct tarn_histogram h = {0};
    (void)state;
    assert_int_equal(tarn_histogram_quantile(&h, 0.5), 0);
    h.bucket[4] = 90; /* 16 to 31 ns */
    h.bucket[10] = 9; /* 1024 to 2047 ns */
    h.bucket[20] = 1;
    h.count = 100;
    h.max_ns = (uint64_t)1 << 21;
    assert_int_equal(tarn_histogram_quantile(&h, 0.5), 32);
    assert_int_equal(tarn_histogram_quantile(&h, 0.9), 32);
    assert_int_equal(tarn_histogram_quantile(&h, 0.95), 2048);
    assert_int_equal(tarn_histogram_quantile(&h, 0.99), 2048);
    assert_int_equal(tarn_histogram_quantile(&h, 1.0), (uint64_t)1 << 21);
}

/* --- the end of a heap --- */

static void destroy_reports_the_living_by_type(void **state) {
    (void)state;
    open_manual_heap();
    for (int i = 0; i < 3; i++)
        tarn_new(fixture.leaf);
    tarn_decref(tarn_new(fixture.node));
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(fixture.heap), 3);
    assert_string_equal(fixture.log, "heap destroyed with 3 live objects of type 'leaf'");
    /* relaxed: no other thread logs. */
    assert_int_equal(tarn__load(&fixture.logged, relaxed), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_zero_thresholds_mean_the_defaults),
        cmocka_unit_test(a_null_configuration_is_the_default),
        cmocka_unit_test(the_fatal_hook_gets_the_message_before_the_abort),
        cmocka_unit_test(a_checked_heap_looks_at_what_is_stored),
        cmocka_unit_test(the_watchdog_names_who_holds_a_stop_up),
        cmocka_unit_test(a_signal_that_cannot_be_had_is_refused),
        cmocka_unit_test(the_watchdog_shows_where_a_late_thread_stands),
        cmocka_unit_test(the_watchdog_names_who_holds_a_grace_period_up),
        cmocka_unit_test(every_stop_is_in_both_histograms),
        cmocka_unit_test(a_quantile_is_its_buckets_upper_bound),
        cmocka_unit_test(destroy_reports_the_living_by_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
