/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * C42: the n-th allocation fails, for every n, over a scenario that touches every
 * public call but tarn_immortalize, whose object would stay. Each call that fails
 * says so; the heap verifies after it, nothing is lost, and it ends with nothing live.
 */
#include "heap_tests.h"

#include <errno.h>

#include "base/fault.h"

#if defined(TARN_FAULTS) && TARN_FAULTS

static int finalized;
static int called;

static void finalize(void *object) {
    (void)object;
    finalized++;
    void *made = tarn_new(fixture.leaf);
    if (made)
        tarn_decref(made);
}

static void callback(void *weak, void *data) {
    (void)weak;
    (void)data;
    called++;
}

static void on_collection(tarn_heap *heap, enum tarn_gc_phase phase,
                          const struct tarn_gc_info *info, void *arg) {
    (void)heap;
    (void)phase;
    (void)info;
    (void)arg;
}

static int failures; /* calls that reported one in this pass */

/* A pointer that a call returned: NULL must come with ENOMEM. */
static void *got(void *result) {
    if (!result) {
        failures++;
        assert_int_equal(errno, ENOMEM);
    }
    errno = 0;
    return result;
}

static void use_raw(void) {
    char *a = got(tarn_malloc(100));
    char *b = got(tarn_calloc(10, 1000));
    char *c = got(tarn_aligned_alloc(4096, 5000));
    char *large = got(tarn_malloc(1000000));
    if (a) {
        a[99] = 7;
        char *more = got(tarn_realloc(a, 20000));
        assert_int_equal((more ? more : a)[99], 7); /* a failed realloc leaves the block */
        a = more ? more : a;
    }
    if (b)
        assert_true(tarn_usable_size(b) >= 10000);
    tarn_free(a);
    tarn_free(c);
    tarn_free(large);
    if (b)
        tarn_free_deferred(b);
}

static void use_objects(tarn_type *array_type, tarn_type *finalized_type) {
    struct node *n = got(tarn_new(fixture.node));
    struct node *m = got(tarn_new(finalized_type));
    void *array = got(tarn_new_array(array_type, 100));
    void *large = got(tarn_new_array(array_type, 100000));
    tarn_slot slot = {0};
    if (n && m) {
        tarn_field_set(&n->a, m);
        tarn_slot_store(&m->slot, n);
        void *weak = got(tarn_weak_new(n, TARN_WEAK_SHORT, callback, m));
        void *plain = got(tarn_weak_new(m, TARN_WEAK_LONG, NULL, NULL));
        if (weak && !tarn_weak_get(weak))
            fail();
        else if (weak)
            tarn_decref(n); /* what the upgrade added */
        if (weak)
            tarn_weak_callback_remove(weak);
        if (plain)
            tarn_decref(plain);
        if (weak)
            tarn_decref(weak);
    }
    if (array)
        assert_int_equal(tarn_length(array), 100);
    tarn_slot_init(&slot, array);
    void *old = tarn_slot_exchange(&slot, n);
    if (old)
        tarn_decref(old);
    tarn_slot_compare_exchange(&slot, n, m);
    tarn_slot_destroy(&slot);
    for (int i = 0; i < 3; i++) {
        void *o = i == 0 ? n : i == 1 ? (void *)m : array;
        if (o) {
            assert_true(tarn_try_incref(o));
            tarn_decref(o);
            tarn_decref(o);
        }
    }
    if (large)
        tarn_decref(large);
}

/* Calls that ask for no memory keep working when there is none. */
static void use_what_asks_for_nothing(void) {
    static const unsigned threshold[3] = {1, 2, 3};
    unsigned thresholds[3];
    size_t counts[3];
    struct tarn_gc_stats collected;
    struct tarn_histogram waited;
    tarn_slot slot = {0};
    struct node *n = got(tarn_new(fixture.node));
    (tarn_field_give)(n ? (void *)&n->a : (void *)&slot, got(tarn_new(fixture.leaf)));
    if (n) {
        tarn_incref(n);
        tarn_share(n);
        tarn_slot_store(&n->slot, n);
        assert_ptr_equal(tarn_slot_peek(&n->slot), n);
        assert_ptr_equal(tarn_slot_load(&n->slot), n);
        assert_int_equal(tarn_refcount(n), 4);
        assert_ptr_equal(tarn_typeof(n), fixture.node);
        assert_string_equal(tarn_type_name(tarn_typeof(n)), "node");
        assert_true(tarn_is_heap_pointer(n));
        assert_true(tarn_gc_is_tracked(n));
        assert_false(tarn_gc_is_finalized(n));
        for (int i = 0; i < 3; i++)
            tarn_decref(n); /* the slot's is left: a cycle for the collector */
    }
    tarn_slot_destroy(&slot);
    assert_int_equal(tarn_version(), TARN_VERSION);
    assert_ptr_equal(tarn_thread_heap(), fixture.heap);
    tarn_blocking_begin();
    tarn_blocking_end();
    assert_int_equal(tarn_world_stop(), 0);
    tarn_world_start();
    tarn_gc_disable(fixture.heap);
    assert_false(tarn_gc_is_enabled(fixture.heap));
    tarn_gc_set_threshold(fixture.heap, threshold);
    tarn_gc_get_threshold(fixture.heap, thresholds);
    assert_memory_equal(thresholds, threshold, sizeof threshold);
    tarn_gc_get_count(fixture.heap, counts);
    tarn_gc_enable(fixture.heap);
    assert_int_equal(tarn_gc_stats(fixture.heap, 2, &collected), 0);
    tarn_heap_get_pauses(fixture.heap, &waited, NULL);
    assert_true(waited.count > 0);
    assert_true(tarn_histogram_quantile(&waited, 0.5) > 0);
    tarn_gc_freeze(fixture.heap);
    assert_true(tarn_gc_freeze_count(fixture.heap) >= (n ? 1u : 0u));
    tarn_gc_unfreeze(fixture.heap);
    assert_int_equal(tarn_gc_freeze_count(fixture.heap), 0);
}

static void *come_and_go(void *unused) {
    int error = tarn_thread_attach(fixture.heap);
    assert_true(error == 0 || error == -ENOMEM || error == -EAGAIN);
    if (error == 0) {
        void *o = tarn_new(fixture.leaf);
        if (o)
            tarn_decref(o);
        tarn_thread_detach();
    }
    return unused;
}

static void use_heap(void) {
    static const size_t element[] = {0};
    tarn_type *array_type =
        got(tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "array",
                                                                      .size = 24,
                                                                      .element_size = 8,
                                                                      .length_offset = 16,
                                                                      .element_offsets = element,
                                                                      .element_offset_count = 1}));
    tarn_type *finalized_type = got(node_type("finalized", finalize, NULL, 0));
    pthread_t thread;
    use_raw();
    if (array_type && finalized_type)
        use_objects(array_type, finalized_type);
    use_what_asks_for_nothing();
    tarn_safepoint();
    assert_true(tarn_gc_callback_add(fixture.heap, on_collection, NULL) == 0);
    assert_true(tarn_gc_collect(fixture.heap, 0) >= 0);
    assert_true(tarn_gc_collect(fixture.heap, 2) >= 0);
    tarn_gc_callback_remove(fixture.heap, on_collection, NULL);
    tarn_gc_freeze(fixture.heap);
    tarn_gc_unfreeze(fixture.heap);
    tarn_drain();
    if (pthread_create(&thread, NULL, come_and_go, NULL) == 0)
        join_all(&thread, 1);
    ptrdiff_t faults = tarn_heap_verify(fixture.heap, NULL, NULL);
    assert_true(faults == 0 || faults == -ENOMEM);
    tarn_heap_trim(fixture.heap);
}

/* One pass with the n-th allocation failing; returns how many there were. */
static uint64_t pass(uint64_t nth, void (*arm)(uint64_t nth)) {
    struct tarn_config config = {.collect = TARN_COLLECT_MANUAL};
    failures = 0;
    open_heap(config);
    arm(nth);
    use_heap();
    uint64_t asked = tarn__fault_count();
    tarn__fault_arm(0);
    tarn_gc_collect(fixture.heap, 2);
    tarn_drain();
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
    return asked;
}

static void c42_every_single_failure_is_survived(void **state) {
    (void)state;
    pass(0, tarn__fault_arm); /* warms the process */
    uint64_t asked = pass(0, tarn__fault_arm);
    assert_true(asked > 15);
    int failed_passes = 0;
    for (uint64_t n = 1; n <= asked + 5; n++) {
        pass(n, tarn__fault_arm);
        failed_passes += failures > 0;
    }
    assert_true(failed_passes > 10);
}

static void c42_no_memory_from_some_point_on_is_survived(void **state) {
    (void)state;
    uint64_t asked = pass(0, tarn__fault_arm);
    for (uint64_t n = 1; n <= asked; n++)
        pass(n, tarn__fault_arm_from);
}

static void c42_creating_a_heap_may_fail_anywhere(void **state) {
    (void)state;
    int failed = 0;
    for (uint64_t n = 1; n <= 40; n++) {
        errno = 0;
        tarn__fault_arm(n);
        tarn_heap *heap = tarn_heap_create(NULL);
        tarn__fault_arm(0);
        if (!heap) {
            failed++;
            assert_int_equal(errno, ENOMEM);
        } else {
            assert_int_equal(tarn_heap_destroy(heap), 0);
        }
    }
    assert_true(failed >= 3);
    assert_true(failed < 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c42_every_single_failure_is_survived),
        cmocka_unit_test(c42_no_memory_from_some_point_on_is_survived),
        cmocka_unit_test(c42_creating_a_heap_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void faults_are_not_compiled_in(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults_are_not_compiled_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
