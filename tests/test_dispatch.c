/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * User code in every combination of where it runs and where collections run:
 * finalizers that break cycles, resurrect, poll and allocate, disposes that
 * allocate, weak callbacks inside and outside the garbage. Exactly once each
 * (C16, C18, C19, C21, C22, C24).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <tarn/tarn.h>
#include <unistd.h>

#define THREADS 4
#define TURNS 2000

struct node {
    tarn_object header;
    struct node *a;
    struct node *b;
    long number;
};

struct counters {
    TARN__ATOMIC(long) finalized;
    TARN__ATOMIC(long) disposed;
    TARN__ATOMIC(long) called;
    TARN__ATOMIC(long) called_wrongly;
};

static tarn_heap *heap;
static tarn_type *plain_type;
static tarn_type *node_type;
static tarn_slot keep;
static struct counters counters;
static bool drains;

static void note(void *counter) {
    struct {
        long value;
    } *c = counter;
    /* relaxed: a count, read when all threads have ended. */
    tarn__fetch_add(c, 1, relaxed);
}

static void finalize(void *object) {
    struct node *node = object;
    note(&counters.finalized);
    if (node->number % 16 == 7)
        tarn_slot_store(&keep, node); /* resurrected, until the next one replaces it */
    if (node->number % 5 == 0)
        tarn_field_set(&node->b, NULL); /* another convict may die by this */
    tarn_safepoint();
}

static void dispose(void *object) {
    (void)object;
    note(&counters.disposed);
    void *made = tarn_new(plain_type);
    if (made)
        tarn_decref(made);
}

static void callback(void *weak, void *data) {
    note(&counters.called);
    if (tarn_weak_get(weak) || data)
        note(&counters.called_wrongly);
}

static void unwanted(void *weak, void *data) {
    (void)weak;
    (void)data;
    note(&counters.called_wrongly);
}

/* A pair that refers to each other; weak references in and out of the garbage. */
static void make_garbage(int turn) {
    struct node *n = tarn_new(node_type);
    struct node *m = tarn_new(node_type);
    n->number = turn;
    m->number = turn * 3L;
    tarn_field_set(&n->a, m);
    tarn_field_set(&m->a, n);
    if (turn % 3 == 0)
        tarn_field_give(&m->b, tarn_weak_new(n, turn % 2, unwanted, m));
    if (turn % 4 == 0)
        tarn_immortalize(tarn_weak_new(n, turn % 2, callback, NULL));
    tarn_decref(n);
    tarn_decref(m);
}

static void *run_mutator(void *unused) {
    tarn_thread_attach(heap);
    for (int turn = 0; turn < TURNS; turn++) {
        make_garbage(turn);
        tarn_safepoint();
        if (drains && turn % 50 == 0)
            tarn_drain();
        if (turn % 500 == 499)
            tarn_gc_collect(heap, turn / 500 % 3);
    }
    tarn_thread_detach();
    return unused;
}

/* Lets everything end, wherever user code runs. */
static void settle(void) {
    const long objects = 2L * THREADS * TURNS;
    for (int round = 0; round < 200; round++) {
        tarn_slot_destroy(&keep);
        tarn_gc_collect(heap, 2);
        tarn_drain();
        /* relaxed: a look; the loop ends when all is there. */
        if (tarn__load(&counters.disposed, relaxed) == objects &&
            tarn__load(&counters.called, relaxed) == objects / 8)
            return;
        tarn_blocking_begin();
        usleep(10000);
        tarn_blocking_end();
    }
}

static void quiet(void *arg, enum tarn_log_level level, const char *message) {
    (void)arg;
    (void)level;
    (void)message;
}

static void run_mode(enum tarn_dispatch dispatch, enum tarn_collect_mode collect, size_t budget) {
    static const size_t references[] = {offsetof(struct node, a), offsetof(struct node, b)};
    struct tarn_type_spec spec = {
        .name = "plain", .size = sizeof(struct node), .offsets = references, .offset_count = 2};
    struct tarn_config config = {.dispatch = dispatch,
                                 .collect = collect,
                                 .drop_budget = budget,
                                 .checked = true,
                                 .log = quiet};
    pthread_t threads[THREADS];
    counters = (struct counters){0};
    drains = dispatch == TARN_DISPATCH_DRAIN;
    heap = tarn_heap_create(&config);
    plain_type = tarn_type_register(heap, &spec);
    spec.name = "node";
    spec.finalize = finalize;
    spec.dispose = dispose;
    node_type = tarn_type_register(heap, &spec);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run_mutator, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    tarn_thread_attach(heap);
    settle();
    ptrdiff_t faults = tarn_heap_verify(heap, NULL, NULL);
    tarn_thread_detach();
    ptrdiff_t live = tarn_heap_destroy(heap);
    assert_int_equal(faults, 0);
    /* relaxed: all threads have ended. */
    assert_int_equal(tarn__load(&counters.finalized, relaxed), 2 * THREADS * TURNS);
    assert_int_equal(tarn__load(&counters.disposed, relaxed), 2 * THREADS * TURNS);
    assert_int_equal(tarn__load(&counters.called, relaxed), THREADS * TURNS / 4);
    assert_int_equal(tarn__load(&counters.called_wrongly, relaxed), 0);
    assert_int_equal(live, THREADS * TURNS / 4); /* the immortal weak references */
}

static void user_code_runs_once_at_safepoints(void **state) {
    (void)state;
    run_mode(TARN_DISPATCH_SAFEPOINT, TARN_COLLECT_INLINE, 0);
    run_mode(TARN_DISPATCH_SAFEPOINT, TARN_COLLECT_BACKGROUND, 3);
    run_mode(TARN_DISPATCH_SAFEPOINT, TARN_COLLECT_MANUAL, 0);
}

static void user_code_runs_once_in_drains(void **state) {
    (void)state;
    run_mode(TARN_DISPATCH_DRAIN, TARN_COLLECT_INLINE, 3);
    run_mode(TARN_DISPATCH_DRAIN, TARN_COLLECT_BACKGROUND, 0);
    run_mode(TARN_DISPATCH_DRAIN, TARN_COLLECT_MANUAL, 3);
}

static void user_code_runs_once_on_its_own_thread(void **state) {
    (void)state;
    run_mode(TARN_DISPATCH_THREAD, TARN_COLLECT_INLINE, 0);
    run_mode(TARN_DISPATCH_THREAD, TARN_COLLECT_BACKGROUND, 3);
    run_mode(TARN_DISPATCH_THREAD, TARN_COLLECT_MANUAL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_code_runs_once_at_safepoints),
        cmocka_unit_test(user_code_runs_once_in_drains),
        cmocka_unit_test(user_code_runs_once_on_its_own_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
