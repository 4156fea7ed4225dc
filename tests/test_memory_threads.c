/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Raw memory between threads, none of them attached: remote frees, threads that
 * come and go, producers and consumers (C36 and C37 for raw blocks).
 */
#include "memory_tests.h"

#include "base/atomic.h"

enum { THREADS = 6 };

struct crew {
    pthread_t thread[THREADS];
    struct member {
        unsigned number;
        size_t faults;
    } member[THREADS];
};

/* Runs the body in every thread; returns the faults that they recorded. */
static size_t run_crew(void *(*body)(void *)) {
    static struct crew crew;
    size_t faults = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        crew.member[i] = (struct member){.number = i};
        assert_int_equal(pthread_create(&crew.thread[i], NULL, body, &crew.member[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(crew.thread[i], NULL);
        faults += crew.member[i].faults;
    }
    return faults;
}

/* --- a block that another thread frees comes back once --- */

enum { MANY = 5000 };
static unsigned char *batch[MANY];

static void *free_batch(void *arg) {
    struct member *m = arg;
    for (unsigned i = m->number; i < MANY; i += THREADS)
        tarn_free(batch[i]);
    /* Freeing alone takes no cache. */
    m->faults += tarn__raw != &tarn__raw_nobody;
    return NULL;
}

static int by_address(const void *a, const void *b) {
    uintptr_t x = (uintptr_t) * (void *const *)a;
    uintptr_t y = (uintptr_t) * (void *const *)b;
    return x < y ? -1 : x > y;
}

static void remote_free_returns_every_block_once(void **state) {
    (void)state;
    size_t committed = 0;
    for (int round = 0; round < 30; round++) {
        size_t size = 16 + (size_t)round * 24;
        for (unsigned i = 0; i < MANY; i++) {
            batch[i] = tarn_malloc(size);
            memset(batch[i], (int)i, size);
        }
        for (unsigned i = 0; i < MANY; i++)
            assert_int_equal(batch[i][size - 1], (unsigned char)i);
        qsort(batch, MANY, sizeof *batch, by_address);
        for (unsigned i = 1; i < MANY; i++)
            assert_true((size_t)(batch[i] - batch[i - 1]) >= size);
        if (round == 29)
            committed = committed_bytes();
        assert_int_equal(run_crew(free_batch), 0);
    }
    tarn_heap_trim(NULL);
    assert_int_equal(memory_faults(), 0);
    assert_true(committed_bytes() < committed);
    assert_true(tarn__arenas_verify() == 0);
}

/* --- where what another thread frees goes --- */

struct given {
    size_t size;
    char *block;
    bool kept;
};

/* Frees a block of another thread; whether that comes back to this one. */
static void *free_given(void *arg) {
    struct given *g = arg;
    tarn_free(tarn_malloc(g->size)); /* the thread has a cache */
    tarn_free(g->block);
    char *again = tarn_malloc(g->size);
    g->kept = again == g->block;
    tarn_free(again);
    return NULL;
}

/* A block smaller than a line is not handed out beside its owner's; C37. */
static void blocks_of_a_line_stay_with_who_frees_them(void **state) {
    (void)state;
    tarn__watch_decide();
    if (tarn__is_watching())
        skip();
    for (size_t size = 16; size <= 16384; size += size / 2) {
        struct given g = {.size = size, .block = tarn_malloc(size)};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, free_given, &g), 0);
        pthread_join(thread, NULL);
        assert_int_equal(g.kept, size > TARN_CACHE_LINE - TARN_BLOCK_ALIGN);
    }
    assert_int_equal(memory_faults(), 0);
}

static TARN__ATOMIC(uint32_t) batch_freed;
static TARN__ATOMIC(uint32_t) batch_looked;

static void *free_batch_and_wait(void *arg) {
    struct member *m = arg;
    tarn_free(tarn_malloc(64));
    for (unsigned i = m->number; i < MANY; i += THREADS)
        tarn_free(batch[i]);
    m->faults += tarn__raw_verify(tarn__raw);
    tarn__fetch_add(&batch_freed, 1, acq_rel);
    while (!tarn__load(&batch_looked, acquire))
        sched_yield();
    return NULL;
}

/* What runs over in the bins of those who free goes home, and comes back once: a bin's
 * worth a thread at most is missing while they live. */
static void what_runs_over_goes_home(void **state) {
    (void)state;
    enum { SIZE = 64, BIN = 512 };
    static char *again[MANY];
    struct crew crew;
    size_t back = 0;
    for (unsigned i = 0; i < MANY; i++)
        batch[i] = tarn_malloc(SIZE);
    for (unsigned i = 0; i < THREADS; i++) {
        crew.member[i] = (struct member){.number = i};
        assert_int_equal(
            pthread_create(&crew.thread[i], NULL, free_batch_and_wait, &crew.member[i]), 0);
    }
    while (tarn__load(&batch_freed, acquire) < THREADS)
        sched_yield();
    qsort(batch, MANY, sizeof *batch, by_address);
    for (unsigned i = 0; i < MANY; i++) {
        again[i] = tarn_malloc(SIZE);
        back += bsearch(&again[i], batch, MANY, sizeof *batch, by_address) != NULL;
    }
    tarn__store(&batch_looked, 1, release);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(crew.thread[i], NULL);
        assert_int_equal(crew.member[i].faults, 0);
    }
    assert_true(back >= MANY - THREADS * BIN);
    qsort(again, MANY, sizeof *again, by_address);
    for (unsigned i = 1; i < MANY; i++)
        assert_true(again[i] - again[i - 1] >= SIZE);
    for (unsigned i = 0; i < MANY; i++)
        tarn_free(again[i]);
    assert_int_equal(memory_faults(), 0);
}

/* --- all to all: threads swap blocks through shared cells --- */

enum { CELLS = 256, SWAPS = 40000 };
static TARN__ATOMIC(unsigned char *) cell[CELLS];

static unsigned char *make_block(uint32_t *seed) {
    static const uint16_t sizes[] = {16, 24, 40, 64, 100, 300, 700, 3000, 17000};
    uint32_t r = next_random(seed);
    uint16_t size = sizes[r % (r % 64 ? 7 : 9)];
    unsigned char *p = tarn_malloc(size);
    memcpy(p, &size, sizeof size);
    memset(p + 2, (int)(size >> 3), size - 2u);
    return p;
}

static size_t unmake_block(unsigned char *p) {
    uint16_t size;
    memcpy(&size, p, sizeof size);
    size_t faults = p[2] != (unsigned char)(size >> 3) || p[size - 1] != (unsigned char)(size >> 3);
    tarn_free(p);
    return faults;
}

static void *swap_blocks(void *arg) {
    struct member *m = arg;
    uint32_t seed = 77 + m->number;
    for (int i = 0; i < SWAPS; i++) {
        unsigned char *p = next_random(&seed) % 4 ? make_block(&seed) : NULL;
        p = tarn__exchange(&cell[next_random(&seed) % CELLS], p, acq_rel);
        if (p)
            m->faults += unmake_block(p);
    }
    m->faults += tarn__raw_verify(tarn__raw);
    return NULL;
}

static void blocks_swapped_between_threads_stay_whole(void **state) {
    (void)state;
    size_t first = 0;
    for (int round = 0; round < 5; round++) {
        assert_int_equal(run_crew(swap_blocks), 0);
        if (round == 1)
            first = committed_bytes();
    }
    for (unsigned i = 0; i < CELLS; i++) {
        unsigned char *p = tarn__exchange(&cell[i], NULL, acq_rel);
        if (p)
            assert_int_equal(unmake_block(p), 0);
    }
    assert_true(committed_bytes() <= first + first / 2 + ((size_t)2 << 20));
    assert_int_equal(memory_faults(), 0);
}

/* --- one produces, others consume --- */

enum { RING = 512, ITEMS = 300000 };
static TARN__ATOMIC(char *) ring[RING];
static TARN__ATOMIC(uint32_t) produced;

static void *consume(void *arg) {
    struct member *m = arg;
    unsigned at = m->number * 64;
    for (;;) {
        char *p = tarn__exchange(&ring[at++ % RING], NULL, acq_rel);
        if (p) {
            m->faults += p[0] != 'x';
            tarn_free(p);
        } else if (tarn__load(&produced, acquire)) {
            break;
        }
    }
    for (unsigned i = 0; i < RING; i++)
        tarn_free(tarn__exchange(&ring[i], NULL, acq_rel));
    return NULL;
}

static void *produce(void *arg) {
    size_t *committed = arg;
    for (unsigned i = 0; i < ITEMS; i++) {
        char *p = tarn_malloc(100);
        p[0] = 'x';
        tarn_free(tarn__exchange(&ring[i % RING], p, acq_rel));
        if (i == ITEMS / 10)
            committed[0] = committed_bytes();
    }
    committed[1] = committed_bytes();
    tarn__store(&produced, 1, release);
    return NULL;
}

static void producer_and_consumers_stay_flat(void **state) {
    (void)state;
    pthread_t producer;
    size_t committed[2] = {0, 0};
    tarn__store(&produced, 0, relaxed);
    assert_int_equal(pthread_create(&producer, NULL, produce, committed), 0);
    assert_int_equal(run_crew(consume), 0);
    pthread_join(producer, NULL);
    assert_true(committed[1] <= committed[0] + ((size_t)4 << 20));
}

/* --- threads come and go --- */

/* All of a round meet, so that each round needs the same memory. */
static pthread_barrier_t all_have_theirs;

static void *short_life(void *arg) {
    char **kept = arg;
    char *p[200];
    for (int i = 0; i < 200; i++)
        p[i] = tarn_malloc((size_t)(i * 7 + 1));
    pthread_barrier_wait(&all_have_theirs);
    for (int i = 0; i < 200; i++)
        if (i != 100)
            tarn_free(p[i]);
    tarn_free(*kept);
    *kept = p[100];
    return NULL;
}

static void a_thousand_threads_leave_memory_flat(void **state) {
    (void)state;
    enum { AT_ONCE = 4, ROUNDS = 250 };
    static char *kept[AT_ONCE * 4];
    size_t warm = 0;
    assert_int_equal(pthread_barrier_init(&all_have_theirs, NULL, AT_ONCE), 0);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++)
            assert_int_equal(pthread_create(&thread[i], NULL, short_life,
                                            &kept[(round * AT_ONCE + i) % (AT_ONCE * 4)]),
                             0);
        for (int i = 0; i < AT_ONCE; i++)
            pthread_join(thread[i], NULL);
        if (round == ROUNDS / 10)
            warm = committed_bytes();
    }
    /* Who frees for whom differs from round to round: that is a few megabytes. */
    assert_true(committed_bytes() <= warm + ((size_t)6 << 20));
    for (unsigned i = 0; i < AT_ONCE * 4; i++)
        tarn_free(kept[i]);
    pthread_barrier_destroy(&all_have_theirs);
}

/* --- thread-local destructors --- */

static pthread_key_t key;

static void late_destructor(void *block) {
    tarn_free(block);
    void *p = tarn_malloc(5000);
    memset(p, 1, 5000);
    tarn_free(p);
}

static void *exit_with_block(void *arg) {
    (void)arg;
    pthread_setspecific(key, tarn_malloc(60));
    tarn_free(tarn_malloc(100));
    return NULL;
}

static void destructors_may_still_free_and_allocate(void **state) {
    (void)state;
    assert_int_equal(pthread_key_create(&key, late_destructor), 0);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, exit_with_block, NULL), 0);
        pthread_join(thread, NULL);
    }
    pthread_key_delete(key);
    assert_int_equal(memory_faults(), 0);
}

/* --- large blocks between threads --- */

static void *swap_large(void *arg) {
    struct member *m = arg;
    uint32_t seed = 900 + m->number;
    for (int i = 0; i < 400; i++) {
        size_t size = 300000 + next_random(&seed) % 900000;
        unsigned char *p = tarn_malloc(size);
        p[0] = p[size - 1] = 3;
        p = tarn__exchange(&cell[next_random(&seed) % 8], p, acq_rel);
        if (p) {
            m->faults += p[0] != 3;
            tarn_free(p);
        }
    }
    return NULL;
}

static void large_blocks_cross_threads(void **state) {
    (void)state;
    assert_int_equal(run_crew(swap_large), 0);
    for (unsigned i = 0; i < 8; i++)
        tarn_free(tarn__exchange(&cell[i], NULL, acq_rel));
    tarn_heap_trim(NULL);
    assert_int_equal(memory_faults(), 0);
}

/* --- trims and figures while others work --- */

static TARN__ATOMIC(uint32_t) working;

static void *trim_and_look(void *arg) {
    struct member *m = arg;
    if (m->number >= 2) {
        swap_blocks(arg);
        tarn__fetch_sub(&working, 1, acq_rel);
        return NULL;
    }
    while (tarn__load(&working, acquire)) {
        if (m->number)
            tarn_heap_trim(NULL);
        else
            committed_bytes();
        m->faults += tarn__arenas_verify();
    }
    return NULL;
}

static void trims_do_not_disturb(void **state) {
    (void)state;
    tarn__store(&working, THREADS - 2, relaxed);
    assert_int_equal(run_crew(trim_and_look), 0);
    for (unsigned i = 0; i < CELLS; i++)
        tarn_free(tarn__exchange(&cell[i], NULL, acq_rel));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remote_free_returns_every_block_once),
        cmocka_unit_test(blocks_of_a_line_stay_with_who_frees_them),
        cmocka_unit_test(what_runs_over_goes_home),
        cmocka_unit_test(blocks_swapped_between_threads_stay_whole),
        cmocka_unit_test(producer_and_consumers_stay_flat),
        cmocka_unit_test(a_thousand_threads_leave_memory_flat),
        cmocka_unit_test(destructors_may_still_free_and_allocate),
        cmocka_unit_test(large_blocks_cross_threads),
        cmocka_unit_test(trims_do_not_disturb),
    };
    return cmocka_run_group_tests_name("memory_threads", tests, NULL, NULL);
}
