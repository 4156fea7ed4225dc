/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Ranked locks, futexes, time, threads, thread exit and fork handlers. */
#include "os_tests.h"

#include <limits.h>
#include <pthread.h>

#include "os/clock.h"
#include "os/futex.h"
#include "os/lock.h"
#include "os/thread.h"

enum { THREADS = 4, MILLISECOND_NS = 1000000 };

/* Starts THREADS threads of one body and waits for them. */
static void run_threads(void (*body)(void *), void *arg) {
    struct tarn_os_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (tarn__os_thread_start(&threads[i], "worker", body, arg) != 0)
            abort();
    for (int i = 0; i < THREADS; i++)
        tarn__os_thread_join(&threads[i]);
}

static void run_thread(void (*body)(void *), void *arg) {
    struct tarn_os_thread thread;
    if (tarn__os_thread_start(&thread, "worker", body, arg) != 0)
        abort();
    tarn__os_thread_join(&thread);
}

/* --------------------------------------------------------------- locks ---- */

enum { ROUNDS = 20000 };

static struct tarn_lock outer = TARN__LOCK_INIT(TARN_RANK_HEAPS);
static struct tarn_lock inner = TARN__LOCK_INIT(TARN_RANK_ARENAS);
static uint64_t guarded;

static void add_under_lock(void *arg) {
    struct tarn_lock *lock = arg;
    for (int i = 0; i < ROUNDS; i++) {
        tarn__lock_acquire(lock);
        guarded++;
        tarn__lock_release(lock);
    }
}

static void a_lock_excludes(void **state) {
    (void)state;
    struct tarn_lock lock;
    guarded = 0;
    run_threads(add_under_lock, &inner);
    assert_int_equal(guarded, THREADS * ROUNDS);
    tarn__lock_init(&lock, TARN_RANK_SEATS);
    run_threads(add_under_lock, &lock);
    assert_int_equal(guarded, 2 * THREADS * ROUNDS);
}

#if defined(TARN_DEBUG) && TARN_DEBUG

static void take_inner_then_outer(void) {
    tarn__lock_acquire(&inner);
    tarn__lock_acquire(&outer);
}

static void a_lock_of_lower_rank_taken_last_is_named(void **state) {
    (void)state;
    char text[100];
    snprintf(text, sizeof text,
             "tarn: tarn__lock_acquire: lock of rank %d taken while one of rank %d is held\n",
             TARN_RANK_HEAPS, TARN_RANK_ARENAS);
    expect_fatal(take_inner_then_outer, text);
}

static void take_two_of_a_rank(void) {
    static struct tarn_lock twin = TARN__LOCK_INIT(TARN_RANK_HEAPS);
    tarn__lock_acquire(&outer);
    tarn__lock_acquire(&twin);
}

static void two_locks_of_a_rank_are_a_violation(void **state) {
    (void)state;
    expect_fatal(take_two_of_a_rank, "taken while one of rank");
}

static void take_the_same_twice(void) {
    tarn__lock_acquire(&outer);
    tarn__lock_acquire(&outer);
}

static void taking_a_lock_twice_is_a_violation_not_a_deadlock(void **state) {
    (void)state;
    expect_fatal(take_the_same_twice, "taken while one of rank");
}

/* More than a byte counts, as many heaps have. (ThreadSanitizer itself ends a
 * thread that holds 64 locks.) */
static void take_many_for_fork(void) {
    static struct tarn_lock many[300];
    for (int i = 0; i < 300; i++) {
        tarn__lock_init(&many[i], TARN_RANK_SEATS);
        tarn__lock_acquire_for_fork(&many[i]);
    }
    for (int i = 0; i < 300 - 256; i++)
        tarn__lock_release(&many[i]);
    tarn__lock_acquire(&outer);
}

static void before_a_fork_any_number_of_one_rank_is_taken(void **state) {
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip();
#endif
    expect_fatal(take_many_for_fork, "taken while one of rank");
}

#endif

static void take_and_release_in_either_order(void) {
    tarn__lock_acquire(&outer);
    tarn__lock_acquire(&inner);
    tarn__lock_release(&outer); /* in any order */
    tarn__lock_release(&inner);
    tarn__lock_acquire(&inner);
    tarn__lock_release(&inner);
    tarn__lock_acquire(&outer);
    tarn__lock_release(&outer);
}

static void rising_ranks_are_right_and_a_released_lock_is_forgotten(void **state) {
    (void)state;
    expect_return(take_and_release_in_either_order);
}

static void take_outer(void *arg) {
    (void)arg;
    tarn__lock_acquire(&outer);
    tarn__lock_release(&outer);
}

static void ranks_are_counted_for_each_thread_apart(void **state) {
    (void)state;
    tarn__lock_acquire(&inner);
    run_thread(take_outer, NULL);
    tarn__lock_release(&inner);
}

/* -------------------------------------------------------------- futexes --- */

static TARN__ATOMIC(uint32_t) word;
static TARN__ATOMIC(uint32_t) passed;

static void a_wait_for_a_word_that_differs_returns_at_once(void **state) {
    (void)state;
    uint32_t plain = 1;
    errno = EDOM;
    assert_true(tarn__futex_wait(&plain, 2, 0));
    assert_int_equal(errno, EDOM);
}

static void a_wait_nobody_ends_times_out_and_not_before(void **state) {
    (void)state;
    uint32_t plain = 1;
    uint64_t begun = tarn__clock_ns();
    errno = EDOM;
    while (tarn__futex_wait(&plain, 1, 3 * MILLISECOND_NS))
        continue;
    assert_true(tarn__clock_ns() - begun >= 3 * MILLISECOND_NS);
    assert_int_equal(errno, EDOM);
}

static void wait_for_word(void *arg) {
    (void)arg;
    /* acquire: pairs with the release in a_wake_reaches_every_sleeper(). */
    while (!tarn__load(&word, acquire))
        tarn__futex_wait(&word.value, 0, 0);
    /* relaxed: read after the join. */
    tarn__fetch_add(&passed, 1, relaxed);
}

static void a_wake_reaches_every_sleeper(void **state) {
    (void)state;
    struct tarn_os_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(tarn__os_thread_start(&threads[i], "sleeper", wait_for_word, NULL), 0);
    tarn__sleep_ns(5 * MILLISECOND_NS); /* so that most of them sleep */
    /* release: pairs with the acquire in wait_for_word(). */
    tarn__store(&word, 1, release);
    errno = EDOM;
    tarn__futex_wake(&word.value, INT_MAX);
    assert_int_equal(errno, EDOM);
    for (int i = 0; i < THREADS; i++)
        tarn__os_thread_join(&threads[i]);
    /* relaxed: the writers were joined. */
    assert_int_equal(tarn__load(&passed, relaxed), THREADS);
}

/* ----------------------------------------------------------------- time --- */

static void the_clock_never_goes_back(void **state) {
    (void)state;
    uint64_t last = tarn__clock_ns();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = tarn__clock_ns();
        assert_true(now >= last);
        last = now;
    }
}

static void a_sleep_lasts_as_long_as_asked_and_preserves_errno(void **state) {
    (void)state;
    uint64_t begun = tarn__clock_ns();
    errno = EDOM;
    tarn__sleep_ns(3 * MILLISECOND_NS);
    assert_true(tarn__clock_ns() - begun >= 3 * MILLISECOND_NS);
    assert_int_equal(errno, EDOM);
}

/* -------------------------------------------------------------- threads --- */

struct notes {
    char name[32];
    sigset_t blocked;
    unsigned tid;
    bool done;
};

static void take_notes(void *arg) {
    struct notes *notes = arg;
    pthread_sigmask(SIG_SETMASK, NULL, &notes->blocked);
    notes->tid = tarn__os_tid();
    /* The creator names the thread, at about this time. */
    for (int i = 0; i < 2000 && strcmp(notes->name, "fifteen letters") != 0; i++) {
        tarn__sleep_ns(MILLISECOND_NS);
        pthread_getname_np(pthread_self(), notes->name, sizeof notes->name);
    }
    notes->done = true;
}

static void take_notes_in_thread(struct notes *notes) {
    struct tarn_os_thread thread;
    assert_int_equal(tarn__os_thread_start(&thread, "fifteen letters", take_notes, notes), 0);
    tarn__os_thread_join(&thread);
}

static void a_started_thread_runs_its_body_under_its_name(void **state) {
    (void)state;
    struct notes notes = {0};
    take_notes_in_thread(&notes);
    assert_true(notes.done);
    assert_string_equal(notes.name, "fifteen letters");
    assert_int_not_equal(notes.tid, tarn__os_tid());
    assert_int_equal(tarn__os_tid(), getpid()); /* the main thread's is the process's */
}

static void a_started_thread_takes_no_signal_but_those_of_its_faults(void **state) {
    (void)state;
    struct notes notes = {0};
    sigset_t before;
    sigset_t after;
    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    take_notes_in_thread(&notes);
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGCHLD, SIGPROF};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        assert_int_equal(sigismember(&notes.blocked, taken[i]), 1);
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        assert_int_equal(sigismember(&notes.blocked, faults[i]), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int signal = 1; signal < 32; signal++)
        assert_int_equal(sigismember(&after, signal), sigismember(&before, signal));
}

/* ----------------------------------------------------------- thread exit -- */

static struct tarn_os_exit_key key;
static TARN__ATOMIC(uint32_t) destroyed;
static TARN__ATOMIC(uint32_t) mistaken;

static void count_destroyed(void *value) {
    /* relaxed, below too: read after the joins. */
    tarn__fetch_add(&destroyed, 1, relaxed);
    if (value != &key)
        tarn__fetch_add(&mistaken, 1, relaxed);
}

static void make_key_and_set(void *arg) {
    if (!tarn__os_exit_key_make(&key, count_destroyed))
        abort();
    tarn__os_exit_key_set(&key, &key);
    if (!arg)
        tarn__os_exit_key_set(&key, NULL);
}

static void the_destructor_runs_once_for_each_thread_that_set_a_value(void **state) {
    (void)state;
    run_threads(make_key_and_set, &key);
    /* relaxed: the writers were joined. */
    assert_int_equal(tarn__load(&destroyed, relaxed), THREADS);
    assert_int_equal(tarn__load(&mistaken, relaxed), 0);
    run_threads(make_key_and_set, NULL); /* NULL last: nothing to destroy */
    assert_int_equal(tarn__load(&destroyed, relaxed), THREADS);
}

static void use_up_all_keys(void) {
    static struct tarn_os_exit_key late;
    pthread_key_t unused;
    while (pthread_key_create(&unused, NULL) == 0)
        continue;
    if (tarn__os_exit_key_make(&late, count_destroyed))
        _exit(1);
    pthread_key_delete(unused);
    if (!tarn__os_exit_key_make(&late, count_destroyed) ||
        !tarn__os_exit_key_make(&late, count_destroyed))
        _exit(2);
}

static void with_no_key_left_making_one_fails_and_later_succeeds(void **state) {
    (void)state;
    expect_return(use_up_all_keys);
}

/* ----------------------------------------------------------------- fork --- */

static char order[8];

static void note(char c) {
    order[strlen(order)] = c;
}

static void prepare(void) {
    note('p');
}

static void in_parent(void) {
    note('P');
}

static void in_child(void) {
    note('C');
}

static void fork_and_look(void) {
    int status;
    if (tarn__os_atfork(prepare, in_parent, in_child) != 0)
        _exit(1);
    pid_t child = fork();
    if (child == 0)
        _exit(strcmp(order, "pC") == 0 ? 0 : 1);
    if (waitpid(child, &status, 0) != child || status != 0)
        _exit(2);
    if (strcmp(order, "pP") != 0)
        _exit(3);
}

static void fork_handlers_run_before_in_parent_and_in_child(void **state) {
    (void)state;
    expect_return(fork_and_look);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_excludes),
#if defined(TARN_DEBUG) && TARN_DEBUG
        cmocka_unit_test(a_lock_of_lower_rank_taken_last_is_named),
        cmocka_unit_test(two_locks_of_a_rank_are_a_violation),
        cmocka_unit_test(taking_a_lock_twice_is_a_violation_not_a_deadlock),
        cmocka_unit_test(before_a_fork_any_number_of_one_rank_is_taken),
#endif
        cmocka_unit_test(rising_ranks_are_right_and_a_released_lock_is_forgotten),
        cmocka_unit_test(ranks_are_counted_for_each_thread_apart),
        cmocka_unit_test(a_wait_for_a_word_that_differs_returns_at_once),
        cmocka_unit_test(a_wait_nobody_ends_times_out_and_not_before),
        cmocka_unit_test(a_wake_reaches_every_sleeper),
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(a_sleep_lasts_as_long_as_asked_and_preserves_errno),
        cmocka_unit_test(a_started_thread_runs_its_body_under_its_name),
        cmocka_unit_test(a_started_thread_takes_no_signal_but_those_of_its_faults),
        cmocka_unit_test(the_destructor_runs_once_for_each_thread_that_set_a_value),
        cmocka_unit_test(with_no_key_left_making_one_fails_and_later_succeeds),
        cmocka_unit_test(fork_handlers_run_before_in_parent_and_in_child),
    };
    return cmocka_run_group_tests_name("os", tests, NULL, NULL);
}
