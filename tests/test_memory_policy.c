/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Running out of memory, giving it back (C42, C44 for raw memory), and fork. */
#include "memory_tests.h"

#include "base/atomic.h"
#include "base/fault.h"
#include "memory/policy.h"

/* --- the n-th allocation fails --- */

#if defined(TARN_FAULTS) && TARN_FAULTS

struct tally {
    unsigned failed;
    unsigned wrong;
};

static void check(struct tally *t, const void *p) {
    t->failed += !p;
    t->wrong += !p && errno != ENOMEM;
    errno = 0;
}

/* Every raw call, over every layer. */
static void scenario(struct tally *t) {
    enum { N = 24 };
    char *p[N] = {0};
    errno = 0;
    for (int i = 0; i < N; i++) {
        static const size_t sizes[] = {0, 24, 700, 9000, 60000, 200000, 270000, 4000000};
        size_t size = sizes[i % 8];
        if (i % 3 == 0)
            p[i] = tarn_malloc(size);
        else if (i % 3 == 1)
            p[i] = tarn_calloc(size, 1);
        else
            p[i] = tarn_aligned_alloc((size_t)1 << (i % 20), size);
        check(t, p[i]);
    }
    for (int i = 0; i < N; i++) {
        size_t have = tarn_usable_size(p[i]);
        if (p[i])
            p[i][0] = (char)i;
        char *q = tarn_realloc(p[i], have + have / 2 + 1);
        check(t, q);
        if (q)
            p[i] = q;
        t->wrong += p[i] && have && p[i][0] != (char)i;
    }
    for (int i = 0; i < N; i++) {
        char *q = tarn_realloc(p[i], 10); /* fails only without a block */
        t->wrong += p[i] && !q;
        tarn_free(q ? q : p[i]);
    }
}

static void *scenario_of_new_thread(void *arg) {
    scenario(arg);
    return NULL;
}

static void run_in_new_thread(struct tally *t) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, scenario_of_new_thread, t), 0);
    pthread_join(thread, NULL);
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    struct tally clean = {0, 0};
    tarn__fault_arm(0);
    run_in_new_thread(&clean);
    assert_int_equal(clean.failed, 0);
    tarn_heap_trim(NULL);
    size_t committed = committed_bytes();
    tarn__fault_arm(0);
    run_in_new_thread(&clean);
    uint64_t count = tarn__fault_count();
    assert_true(count > 48);
    unsigned failures = 0;
    for (uint64_t n = 1; n <= count + 1; n += UNDER_SANITIZER ? 3 : 1) {
        struct tally t = {0, 0};
        tarn_heap_trim(NULL);
        tarn__fault_arm(n);
        run_in_new_thread(&t);
        tarn__fault_arm(0);
        assert_int_equal(t.wrong, 0);
        failures += t.failed;
        assert_int_equal(memory_faults(), 0);
    }
    assert_true(failures > (UNDER_SANITIZER ? 10u : 30u));
    tarn_heap_trim(NULL);
    assert_true(committed_bytes() <= committed);
}

/* All fails from the n-th on: a program that is out of memory for good. */
static void all_allocations_may_fail_from_one_on(void **state) {
    (void)state;
    for (uint64_t n = 1; n < 120; n += 3) {
        struct tally t = {0, 0};
        tarn_heap_trim(NULL);
        tarn__fault_arm_from(n);
        run_in_new_thread(&t);
        tarn__fault_arm(0);
        assert_int_equal(t.wrong, 0);
        assert_true(t.failed > 0 || n > 60);
        assert_int_equal(memory_faults(), 0);
    }
}

#else

static void each_allocation_may_fail(void **state) {
    (void)state;
    skip();
}

static void all_allocations_may_fail_from_one_on(void **state) {
    (void)state;
    skip();
}

#endif

/* --- giving back --- */

/* Allocates `bytes` in blocks of a size, touches them, frees them all. */
static size_t spike(size_t bytes, size_t size) {
    size_t n = bytes / size;
    char **p = malloc(n * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        p[i] = tarn_malloc(size);
        assert_non_null(p[i]);
        for (size_t k = 0; k < size; k += 4096)
            p[i][k] = 1;
    }
    size_t peak = resident_bytes();
    for (size_t i = 0; i < n; i++)
        tarn_free(p[i]);
    free(p);
    return peak;
}

static void a_gibibyte_is_given_back(void **state) {
    (void)state;
    static const size_t sizes[] = {2048, 100000, 5000000};
    if (UNDER_SANITIZER)
        skip();
    size_t start = resident_bytes();
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t peak = spike((size_t)1 << 30, sizes[s]);
        assert_true(peak > start + ((size_t)1 << 29));
        assert_true(tarn_heap_trim(NULL) > 0);
        size_t end = resident_bytes();
        print_message("blocks of %zu: %zu MiB at the peak, %zu KiB more than before at the end\n",
                      sizes[s], peak >> 20, end > start ? (end - start) >> 10 : 0);
        assert_true(end < start + ((size_t)6 << 20));
    }
}

/* Most goes back without a trim too. */
static void empty_arenas_keep_few_pages(void **state) {
    (void)state;
    if (UNDER_SANITIZER)
        skip();
    tarn_heap_trim(NULL);
    size_t start = resident_bytes();
    spike((size_t)256 << 20, 512);
    assert_true(resident_bytes() < start + ((size_t)48 << 20));
}

static void *spike_elsewhere(void *arg) {
    (void)arg;
    spike((size_t)64 << 20, 1024);
    return NULL;
}

static void trim_reaches_what_threads_left(void **state) {
    (void)state;
    pthread_t thread;
    tarn_heap_trim(NULL);
    size_t before = committed_bytes();
    assert_int_equal(pthread_create(&thread, NULL, spike_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    assert_true(committed_bytes() > before);
    assert_true(tarn_heap_trim(NULL) > 0);
    assert_int_equal(committed_bytes(), before);
    assert_int_equal(tarn_heap_trim(NULL), 0);
}

struct others {
    char **block;
    size_t count;
    ptrdiff_t trimmed;
};

static void *free_and_trim(void *arg) {
    struct others *o = arg;
    for (size_t i = 0; i < o->count; i++)
        if (i % 512)
            tarn_free(o->block[i]);
    o->trimmed = tarn_heap_trim(NULL);
    return NULL;
}

/* The owner sleeps; what another thread freed for it goes back all the same, and the
 * blocks are the owner's again when it wakes. */
static void trim_reaches_what_an_idle_owner_has_not_taken(void **state) {
    (void)state;
    struct others o = {.count = ((size_t)64 << 20) / 512};
    pthread_t thread;
    o.block = tarn_malloc(o.count * sizeof *o.block);
    for (size_t i = 0; i < o.count; i++) {
        o.block[i] = tarn_malloc(512);
        memset(o.block[i], (int)i, 512);
    }
    size_t peak = resident_bytes();
    assert_int_equal(pthread_create(&thread, NULL, free_and_trim, &o), 0);
    pthread_join(thread, NULL);
    assert_true(o.trimmed >= (ptrdiff_t)(o.count * 512 * 9 / 10));
    if (!UNDER_SANITIZER)
        assert_true(resident_bytes() + o.count * 512 * 8 / 10 < peak);
    for (size_t i = 0; i < o.count; i++) {
        if (i % 512 == 0)
            assert_int_equal(o.block[i][511], (char)i);
        else
            o.block[i] = tarn_malloc(512);
    }
    for (size_t i = 0; i < o.count; i++)
        tarn_free(o.block[i]);
    tarn_free(o.block);
    assert_int_equal(memory_faults(), 0);
}

/* Free slices of an arena in use go too. */
static void trim_reaches_parts_of_arenas(void **state) {
    (void)state;
    enum { N = 15 * 8 };
    void *p[N];
    tarn_heap_trim(NULL);
    for (int i = 0; i < N; i++)
        p[i] = tarn_malloc(16384);
    for (int i = 0; i < N; i++)
        memset(p[i], 1, 16384);
    for (int i = 0; i < N; i++)
        if (i % 15)
            tarn_free(p[i]);
    assert_true(tarn_heap_trim(NULL) >= 90 * 16384);
    for (int i = 0; i < N; i += 15) {
        assert_int_equal(((char *)p[i])[16383], 1);
        tarn_free(p[i]);
    }
    assert_int_equal(memory_faults(), 0);
}

/* Blocks of which two fill an arena's better half: the one goes, its pages are given
 * back, and meanwhile another thread may free the other. */
static void *free_by_halves(void *arg) {
    enum { N = 40, SIZE = 100000 };
    char *block[N];
    (void)arg;
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < N; i++)
            block[i] = memset(tarn_malloc(SIZE), 1, SIZE);
        for (int i = 0; i < N; i += 2)
            tarn_free(block[i]);
        tarn_heap_trim(NULL);
        for (int i = 1; i < N; i += 2)
            tarn_free(block[i]);
    }
    return NULL;
}

/* An arena that becomes empty while its pages are given back is counted no more. */
static void limits_count_what_is_used(void **state) {
    pthread_t thread[4];
    size_t reserved;
    size_t used;
    (void)state;
    tarn_heap_limit(NULL, 1, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, free_by_halves, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    tarn_heap_limit(NULL, 0, 0);
    tarn_heap_trim(NULL);
    tarn__memory_stats(&reserved, &used);
    assert_int_equal(tarn__policy_held(), used);
}

/* --- fork --- */

static TARN__ATOMIC(uint32_t) stop;
static TARN__ATOMIC(char *) swap[16];

static void *keep_busy(void *arg) {
    uint32_t seed = 5 + (uint32_t)(uintptr_t)arg;
    while (!tarn__load(&stop, acquire)) {
        size_t size = next_random(&seed) % 64 ? next_random(&seed) % 3000 : 300000;
        char *p = tarn_malloc(size);
        tarn_free(tarn__exchange(&swap[next_random(&seed) % 16], p, acq_rel));
    }
    return NULL;
}

static int use_memory(void) {
    char *p[300];
    for (int i = 0; i < 300; i++) {
        size_t size = (size_t)i * 40 + (i % 50 == 0 ? 300000u : 0u);
        p[i] = tarn_calloc(1, size + 1);
        if (!p[i] || p[i][size])
            return 1;
    }
    for (int i = 0; i < 300; i++)
        tarn_free(p[i]);
    for (int i = 0; i < 16; i++) /* the parent's threads made these */
        tarn_free(tarn__exchange(&swap[i], NULL, acq_rel));
    tarn_heap_trim(NULL);
    return memory_faults() != 0;
}

static int wait_for(pid_t child) {
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int child_of_fork(void) {
    if (use_memory())
        return 2;
    pid_t grandchild = fork();
    if (grandchild == 0)
        _exit(use_memory());
    return wait_for(grandchild) ? 3 : 0;
}

static void children_of_a_busy_process_use_memory(void **state) {
    (void)state;
    enum { BUSY = 4, FORKS = UNDER_SANITIZER ? 12 : 40 };
    pthread_t thread[BUSY];
    int bad = 0;
    tarn__store(&stop, 0, relaxed);
    for (uintptr_t i = 0; i < BUSY; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, keep_busy, (void *)i), 0);
    for (int i = 0; i < FORKS && !bad; i++) {
        tarn_free(tarn_malloc(100));
        pid_t child = fork();
        if (child == 0)
            _exit(child_of_fork());
        bad = wait_for(child);
    }
    tarn__store(&stop, 1, release);
    for (unsigned i = 0; i < BUSY; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(bad, 0);
    for (int i = 0; i < 16; i++)
        tarn_free(tarn__exchange(&swap[i], NULL, acq_rel));
}

int main(void) {
    watch_nothing();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(all_allocations_may_fail_from_one_on),
        cmocka_unit_test(a_gibibyte_is_given_back),
        cmocka_unit_test(empty_arenas_keep_few_pages),
        cmocka_unit_test(trim_reaches_what_threads_left),
        cmocka_unit_test(trim_reaches_what_an_idle_owner_has_not_taken),
        cmocka_unit_test(trim_reaches_parts_of_arenas),
        cmocka_unit_test(limits_count_what_is_used),
        cmocka_unit_test(children_of_a_busy_process_use_memory),
    };
    return cmocka_run_group_tests_name("memory_policy", tests, NULL, NULL);
}
