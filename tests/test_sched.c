/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The schedule baton: what a seed fixes, what the baton finds, what it says. */
#include "os_tests.h"

#include <limits.h>

#include "os/clock.h"
#include "os/futex.h"
#include "os/lock.h"
#include "os/sched.h"
#include "os/thread.h"

#ifdef TARN__SCHED

typedef void (*body)(void *arg);

enum { MOST = 8, SECOND_NS = 1000000000 };

/* How a schedule went. */
struct outcome {
    uint64_t hash;
    uint64_t steps;
    uint32_t result;
};

static TARN__ATOMIC(uint32_t) word;
static TARN__ATOMIC(uint32_t) other;

/* Runs `count` bodies, with `word` and `other` 0 at first; the result is `word`. */
static struct outcome run_schedule(uint64_t seed, unsigned depth, uint64_t expected, unsigned count,
                                   const body *bodies) {
    struct tarn_os_thread threads[MOST];
    /* relaxed: nobody else runs yet. */
    tarn__store(&word, 0, relaxed);
    tarn__store(&other, 0, relaxed);
    tarn__sched_start(seed, depth, expected);
    for (unsigned i = 0; i < count; i++)
        if (tarn__os_thread_start(&threads[i], "scheduled", bodies[i], NULL) != 0)
            abort();
    for (unsigned i = 0; i < count; i++)
        tarn__os_thread_join(&threads[i]);
    tarn__sched_stop();
    /* relaxed: the writers were joined. */
    return (struct outcome){tarn__sched_hash(), tarn__sched_steps(), tarn__load(&word, relaxed)};
}

static bool is_same(const struct outcome *a, const struct outcome *b) {
    return a->hash == b->hash && a->steps == b->steps && a->result == b->result;
}

/* ------------------------------------------------------- lost updates ----- */

/* The planted race: an increment of two halves. */
static void increment_in_halves(void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++) {
        /* relaxed: no order makes this right. */
        uint32_t value = tarn__load(&word, relaxed);
        tarn__store(&word, value + 1, relaxed);
    }
}

static void increment(void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++)
        /* relaxed: read after the join. */
        tarn__fetch_add(&word, 1, relaxed);
}

static const body racers[] = {increment_in_halves, increment_in_halves};
static const body counters[] = {increment, increment};

enum { SEEDS = 200 };

/* The first seed that loses an update, or SEEDS. */
static uint64_t find_lost_update(const body *bodies) {
    uint64_t seed = 0;
    while (seed < SEEDS && run_schedule(seed, 3, 20, 2, bodies).result == 6)
        seed++;
    return seed;
}

static void a_planted_lost_update_is_found(void **state) {
    (void)state;
    assert_in_range(find_lost_update(racers), 0, SEEDS - 1);
}

static void atomic_increments_lose_nothing_under_any_seed(void **state) {
    (void)state;
    assert_int_equal(find_lost_update(counters), SEEDS);
}

static void a_lost_update_replays_from_its_seed_100_of_100(void **state) {
    (void)state;
    uint64_t seed = find_lost_update(racers);
    struct outcome first = run_schedule(seed, 3, 20, 2, racers);
    int same = 0;
    for (int i = 0; i < 100; i++) {
        struct outcome again = run_schedule(seed, 3, 20, 2, racers);
        same += is_same(&first, &again);
    }
    assert_int_not_equal(first.result, 6);
    assert_int_equal(same, 100);
}

static void without_changes_of_priority_one_thread_runs_after_the_other(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++)
        assert_int_equal(run_schedule(seed, 1, 20, 2, racers).result, 6);
}

/* ------------------------------------------------- every kind of point ---- */

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_SEATS);
static struct tarn_lock second_lock = TARN__LOCK_INIT(TARN_RANK_SEATS);
static int guarded;

static void add_under_lock(void *arg) {
    (void)arg;
    for (int i = 0; i < 5; i++) {
        tarn__lock_acquire(&lock);
        int value = guarded;
        /* relaxed: only a schedule point inside the lock. */
        tarn__fetch_add(&word, 1, relaxed);
        guarded = value + 1;
        tarn__lock_release(&lock);
    }
}

static void sleep_and_look(void *arg) {
    (void)arg;
    uint64_t begun = tarn__clock_ns();
    for (int i = 0; i < 3; i++) {
        tarn__sleep_ns(1000);
        tarn__os_yield();
        if ((tarn__clock_ns() - begun) / 100 % 2)
            tarn__spin_pause();
    }
}

static void wait_for_word(void *arg) {
    (void)arg;
    uint32_t seen;
    /* acquire: pairs with the release in set_word(). */
    while ((seen = tarn__load(&other, acquire)) == 0)
        tarn__futex_wait(&other.value, seen, 0);
}

static void set_word(void *arg) {
    (void)arg;
    /* release: pairs with the acquire in wait_for_word(). */
    tarn__store(&other, 1, release);
    tarn__futex_wake(&other.value, INT_MAX);
}

static const body mixed[] = {add_under_lock, wait_for_word,  add_under_lock,
                             sleep_and_look, sleep_and_look, set_word};

static void one_seed_gives_one_schedule(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct outcome first = run_schedule(seed, 5, 100, 6, mixed);
        for (int i = 0; i < 5; i++) {
            struct outcome again = run_schedule(seed, 5, 100, 6, mixed);
            assert_true(is_same(&first, &again));
        }
    }
}

static void different_seeds_give_different_schedules(void **state) {
    (void)state;
    enum { RUNS = 50 };
    uint64_t hashes[RUNS];
    int distinct = 0;
    for (int n = 0; n < RUNS; n++) {
        hashes[n] = run_schedule((uint64_t)n, 5, 100, 6, mixed).hash;
        int seen = 0;
        for (int i = 0; i < n; i++)
            seen |= hashes[i] == hashes[n];
        distinct += !seen;
    }
    assert_true(distinct > RUNS * 9 / 10);
}

static void a_lock_excludes_under_every_seed(void **state) {
    (void)state;
    static const body lockers[] = {add_under_lock, add_under_lock, add_under_lock};
    for (uint64_t seed = 0; seed < 100; seed++) {
        guarded = 0;
        run_schedule(seed, 6, 60, 3, lockers);
        assert_int_equal(guarded, 15);
    }
}

/* ------------------------------------------------------------ deadlocks --- */

/* The planted deadlock: two locks, taken in either order. */
static void lock_both(struct tarn_lock *a, struct tarn_lock *b) {
    tarn__lock_acquire(a);
    tarn__lock_acquire_for_fork(b); /* which asks for no rank */
    tarn__lock_release(b);
    tarn__lock_release(a);
}

static void lock_first_then_second(void *arg) {
    (void)arg;
    lock_both(&lock, &second_lock);
}

static void lock_second_then_first(void *arg) {
    (void)arg;
    lock_both(&second_lock, &lock);
}

static const body lock_crossers[] = {lock_first_then_second, lock_second_then_first};
static uint64_t chosen_seed;

static void cross_locks(void) {
    run_schedule(chosen_seed, 3, 15, 2, lock_crossers);
}

static void a_planted_deadlock_is_found_and_told_with_its_seed_and_step(void **state) {
    (void)state;
    struct child_end end = {0};
    for (chosen_seed = 0; chosen_seed < SEEDS && end.status == 0; chosen_seed++)
        end = run_child(cross_locks);
    char text[64];
    snprintf(text, sizeof text, " of seed %llu; ", (unsigned long long)--chosen_seed);
    assert_true(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGABRT);
    assert_non_null(strstr(end.said, "tarn: schedule: deadlock at step "));
    assert_non_null(strstr(end.said, text));
    assert_non_null(strstr(end.said, "thread 1: lock "));
    assert_non_null(strstr(end.said, "thread 2: lock "));
    struct child_end again = expect_fatal(cross_locks, "deadlock");
    assert_string_equal(end.said, again.said);
}

static void set_word_and_wake_nobody(void *arg) {
    (void)arg;
    /* release: pairs with the acquire in wait_for_word(). */
    tarn__store(&other, 1, release);
}

static void forget_to_wake(void) {
    static const body sleepers[] = {wait_for_word, set_word_and_wake_nobody};
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        run_schedule(seed, 3, 10, 2, sleepers);
}

static void a_forgotten_wake_is_a_deadlock(void **state) {
    (void)state;
    expect_fatal(forget_to_wake, "thread 1: futex ");
}

static void poll_in_vain(void *arg) {
    (void)arg;
    /* relaxed: nobody writes it. */
    while (!tarn__load(&other, relaxed))
        tarn__futex_wait(&other.value, 0, SECOND_NS);
}

static void wait_for_nothing(void) {
    static const body pollers[] = {poll_in_vain};
    run_schedule(1, 3, 10, 1, pollers);
}

static void waiting_on_timeouts_alone_ends_with_a_message(void **state) {
    (void)state;
    expect_fatal(wait_for_nothing, "no progress but timeouts at step ");
}

static void leave_a_thread_behind(void) {
    struct tarn_os_thread thread;
    tarn__sched_start(1, 1, 1);
    tarn__os_thread_start(&thread, "left", increment, NULL);
    tarn__sched_stop();
}

static void a_schedule_that_stops_before_its_threads_is_misuse(void **state) {
    (void)state;
    expect_fatal(leave_a_thread_behind, "tarn__sched_stop: thread 1 of the schedule has not ended");
}

/* ----------------------------------------------------------- fair loops --- */

static void spin_until_set(void *arg) {
    (void)arg;
    /* acquire: pairs with the release in set_word(). */
    while (!tarn__load(&other, acquire))
        tarn__spin_pause();
}

static void spin_silently_until_set(void *arg) {
    (void)arg;
    /* acquire: pairs with the release in set_word(). */
    while (!tarn__load(&other, acquire))
        continue;
}

static void a_spin_on_another_thread_ends_under_every_seed(void **state) {
    (void)state;
    static const body spinners[] = {spin_until_set, spin_silently_until_set, set_word};
    uint64_t longest = 0;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct outcome end = run_schedule(seed, 1, 100, 3, spinners);
        if (end.steps > longest)
            longest = end.steps;
    }
    assert_in_range(longest, 5000, 100000); /* the silent one was once the highest */
}

static void a_spin_that_says_so_costs_few_steps(void **state) {
    (void)state;
    static const body spinners[] = {spin_until_set, set_word};
    for (uint64_t seed = 0; seed < 30; seed++)
        assert_in_range(run_schedule(seed, 1, 100, 2, spinners).steps, 1, 100);
}

/* ------------------------------------------------------------------ time -- */

static TARN__ATOMIC(uint64_t) slept_ns;
static TARN__ATOMIC(bool) woken;

/* relaxed: the baton, or a join, puts the writer before. */
static uint64_t last_sleep_ns(void) {
    return tarn__load(&slept_ns, relaxed);
}

/* relaxed: as above. */
static bool was_woken(void) {
    return tarn__load(&woken, relaxed);
}

static void sleep_an_hour(void *arg) {
    (void)arg;
    uint64_t begun = tarn__clock_ns();
    tarn__sleep_ns(UINT64_C(3600) * SECOND_NS);
    /* relaxed: as above. */
    tarn__store(&slept_ns, tarn__clock_ns() - begun, relaxed);
}

static void time_is_virtual_and_an_hour_passes_at_once(void **state) {
    (void)state;
    static const body sleepers[] = {sleep_an_hour, increment};
    uint64_t begun = tarn__clock_ns();
    run_schedule(1, 3, 20, 2, sleepers);
    assert_in_range(last_sleep_ns() / SECOND_NS, 3600, 3601);
    /* Nor does it go back when the schedule ends. */
    assert_true(tarn__clock_ns() - begun >= last_sleep_ns());
}

static void wait_a_second(void *arg) {
    (void)arg;
    uint64_t begun = tarn__clock_ns();
    /* relaxed: as above. */
    tarn__store(&woken, tarn__futex_wait(&other.value, 0, SECOND_NS), relaxed);
    /* relaxed: as above. */
    tarn__store(&slept_ns, tarn__clock_ns() - begun, relaxed);
}

static void a_futex_times_out_when_nobody_else_can_run(void **state) {
    (void)state;
    static const body sleepers[] = {wait_a_second};
    run_schedule(1, 3, 20, 1, sleepers);
    assert_false(was_woken());
    assert_in_range(last_sleep_ns(), SECOND_NS, SECOND_NS + SECOND_NS / 10);
}

static void a_wake_before_the_timeout_is_no_timeout(void **state) {
    (void)state;
    static const body threads[] = {wait_a_second, set_word};
    for (uint64_t seed = 0; seed < 50; seed++) {
        run_schedule(seed, 3, 20, 2, threads);
        assert_true(was_woken());
        assert_in_range(last_sleep_ns(), 0, SECOND_NS / 10);
    }
}

static void a_wake_of_one_wakes_one(void **state) {
    (void)state;
    static const body threads[] = {wait_a_second, wait_a_second};
    struct tarn_os_thread sleepers[2];
    for (uint64_t seed = 0; seed < 20; seed++) {
        /* relaxed: nobody else runs yet. */
        tarn__store(&other, 0, relaxed);
        tarn__sched_start(seed, 1, 20);
        for (int i = 0; i < 2; i++)
            tarn__os_thread_start(&sleepers[i], "sleeper", threads[i], NULL);
        tarn__sleep_ns(1000);                /* until both wait */
        tarn__store(&woken, false, relaxed); /* relaxed: as above. */
        tarn__futex_wake(&other.value, 1);
        tarn__sleep_ns(1000);
        bool one_is_awake = was_woken();
        for (int i = 0; i < 2; i++)
            tarn__os_thread_join(&sleepers[i]);
        tarn__sched_stop();
        assert_true(one_is_awake);
        assert_false(was_woken()); /* the other's time was over */
    }
}

/* --------------------------------------------------------------- threads -- */

static struct tarn_os_exit_key exit_key;

static void increment_at_exit(void *arg) {
    if (tarn__sched_is_on())
        increment_in_halves(arg);
}

static void ask_for_increment_at_exit(void *arg) {
    (void)arg;
    tarn__os_exit_key_set(&exit_key, &exit_key);
}

static void destructors_at_thread_exit_run_under_the_baton(void **state) {
    (void)state;
    static const body leavers[] = {ask_for_increment_at_exit, ask_for_increment_at_exit};
    assert_true(tarn__os_exit_key_make(&exit_key, increment_at_exit));
    int lost = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct outcome end = run_schedule(seed, 3, 20, 2, leavers);
        assert_true(end.result >= 2);
        lost += end.result < 6;
    }
    assert_true(lost > 0);
}

static struct tarn_os_exit_key contended;

static void make_contended_key(void *arg) {
    (void)arg;
    if (!tarn__os_exit_key_make(&contended, increment_at_exit))
        abort();
}

static unsigned free_keys(void) {
    static pthread_key_t keys[PTHREAD_KEYS_MAX];
    unsigned count = 0;
    while (count < PTHREAD_KEYS_MAX && pthread_key_create(&keys[count], NULL) == 0)
        count++;
    for (unsigned i = 0; i < count; i++)
        pthread_key_delete(keys[i]);
    return count;
}

static void two_makers_of_an_exit_key_lose_no_key(void **state) {
    (void)state;
    static const body makers[] = {make_contended_key, make_contended_key};
    run_schedule(0, 3, 10, 2, makers); /* the baton takes a key, once */
    unsigned before = free_keys();
    for (uint64_t seed = 0; seed < 50; seed++) {
        /* relaxed, below too: nobody else runs. */
        pthread_key_delete(tarn__load(&contended.number, relaxed) - 1);
        tarn__store(&contended.number, 0, relaxed);
        run_schedule(seed, 3, 10, 2, makers);
    }
    assert_int_equal(free_keys(), before);
}

static void start_many_in_turn(void *arg) {
    struct tarn_os_thread thread;
    for (int i = 0; i < 200; i++) {
        if (tarn__os_thread_start(&thread, "one of many", increment, arg) != 0)
            abort();
        tarn__os_thread_join(&thread);
    }
}

static void joined_threads_give_their_places_to_later_ones(void **state) {
    (void)state;
    static const body starters[] = {start_many_in_turn, start_many_in_turn};
    struct outcome first = run_schedule(3, 3, 5000, 2, starters);
    struct outcome again = run_schedule(3, 3, 5000, 2, starters);
    assert_int_equal(first.result, 2 * 200 * 3);
    assert_true(is_same(&first, &again));
}

#if defined(__SANITIZE_THREAD__)

static int unguarded;

static void add_unguarded(void *arg) {
    (void)arg;
    unguarded++;
}

static void race_in_a_schedule(void) {
    static const body racing[] = {add_unguarded, add_unguarded};
    run_schedule(1, 1, 10, 2, racing);
}

static void the_baton_hides_no_race_from_thread_sanitizer(void **state) {
    (void)state;
    struct child_end end = run_child(race_in_a_schedule);
    assert_non_null(strstr(end.said, "WARNING: ThreadSanitizer: data race"));
    assert_non_null(strstr(end.said, "add_unguarded"));
}

#endif

static void points_preserve_errno(void **state) {
    (void)state;
    tarn__sched_start(1, 1, 1);
    struct tarn_os_thread thread;
    tarn__os_thread_start(&thread, "other", increment, NULL);
    errno = EDOM;
    tarn__os_yield();
    tarn__sleep_ns(1000);
    int seen = errno;
    tarn__os_thread_join(&thread);
    tarn__sched_stop();
    assert_int_equal(seen, EDOM);
}

#endif

static void outside_a_schedule_nothing_is_scheduled(void **state) {
    (void)state;
    assert_false(tarn__sched_is_on());
    assert_false(tarn__sched_yield());
    assert_false(tarn__sched_sleep(UINT64_MAX));
    tarn__sched_wake(state, INT_MAX);
    assert_int_equal(tarn__sched_thread_announce(), 0);
    uint64_t later = tarn__sched_clock(12345);
    assert_true(later >= 12345);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#ifdef TARN__SCHED
        cmocka_unit_test(a_planted_lost_update_is_found),
        cmocka_unit_test(atomic_increments_lose_nothing_under_any_seed),
        cmocka_unit_test(a_lost_update_replays_from_its_seed_100_of_100),
        cmocka_unit_test(without_changes_of_priority_one_thread_runs_after_the_other),
        cmocka_unit_test(one_seed_gives_one_schedule),
        cmocka_unit_test(different_seeds_give_different_schedules),
        cmocka_unit_test(a_lock_excludes_under_every_seed),
        cmocka_unit_test(a_planted_deadlock_is_found_and_told_with_its_seed_and_step),
        cmocka_unit_test(a_forgotten_wake_is_a_deadlock),
        cmocka_unit_test(waiting_on_timeouts_alone_ends_with_a_message),
        cmocka_unit_test(a_schedule_that_stops_before_its_threads_is_misuse),
        cmocka_unit_test(a_spin_on_another_thread_ends_under_every_seed),
        cmocka_unit_test(a_spin_that_says_so_costs_few_steps),
        cmocka_unit_test(time_is_virtual_and_an_hour_passes_at_once),
        cmocka_unit_test(a_futex_times_out_when_nobody_else_can_run),
        cmocka_unit_test(a_wake_before_the_timeout_is_no_timeout),
        cmocka_unit_test(a_wake_of_one_wakes_one),
        cmocka_unit_test(destructors_at_thread_exit_run_under_the_baton),
        cmocka_unit_test(two_makers_of_an_exit_key_lose_no_key),
        cmocka_unit_test(joined_threads_give_their_places_to_later_ones),
        cmocka_unit_test(points_preserve_errno),
#if defined(__SANITIZE_THREAD__)
        cmocka_unit_test(the_baton_hides_no_race_from_thread_sanitizer),
#endif
#endif
        cmocka_unit_test(outside_a_schedule_nothing_is_scheduled),
    };
    return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
