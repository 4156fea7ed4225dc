/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Debug flags, kept garbage, external bytes, explanations (C9, C11, C13, C14). */
#include "heap_tests.h"

#include <errno.h>
#include <tarn/contain.h>

static ptrdiff_t collect(int generation) {
    return tarn_gc_collect(fixture.heap, generation);
}

static struct tarn_gc_stats totals(int generation) {
    struct tarn_gc_stats s;
    assert_int_equal(tarn_gc_stats(fixture.heap, generation, &s), 0);
    return s;
}

static struct node *self_cycle(tarn_type *type) {
    struct node *n = new_node(type);
    tarn_field_set(&n->a, n);
    return n;
}

static void drop_self_cycle(tarn_type *type) {
    tarn_decref(self_cycle(type));
}

static void set_debug(unsigned flags) {
    assert_int_equal(tarn_gc_set_debug(fixture.heap, flags), 0);
    assert_int_equal(tarn_gc_get_debug(fixture.heap), flags);
}

/* ------------------------------------------------------------- kept garbage ---- */

struct seen {
    long numbers;
    unsigned count;
    unsigned last; /* stop after so many; 0: never */
};

static bool see(void *object, void *arg) {
    struct seen *seen = arg;
    struct node *n = object;
    seen->numbers += n->number;
    return ++seen->count != seen->last;
}

static int finalized;

static void count_finalized(void *object) {
    (void)object;
    finalized++;
}

static void c9_garbage_is_kept_intact_and_freed_later(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("finalized", count_finalized, NULL, 0);
    finalized = 0;
    set_debug(TARN_GC_DEBUG_SAVE_ALL);
    struct node *x = new_node(type);
    struct node *y = new_node(fixture.node);
    void *weak = tarn_weak_new(x, TARN_WEAK_SHORT, NULL, NULL);
    x->number = 1;
    y->number = 20;
    tarn_field_set(&x->a, y);
    tarn_slot_store(&y->slot, x);
    tarn_decref(x);
    tarn_decref(y);
    assert_int_equal(collect(2), 0);
    assert_int_equal(totals(2).uncollectable, 2);
    struct seen seen = {0};
    assert_int_equal(tarn_gc_garbage(fixture.heap, see, &seen), 2);
    assert_int_equal(seen.numbers, 21);
    assert_int_equal(finalized, 0);
    struct node *again = tarn_weak_get(weak);
    assert_ptr_equal(again, x);
    assert_ptr_equal(again->a, y);
    tarn_decref(again);
    assert_int_equal(collect(2), 0); /* once is enough */
    assert_int_equal(totals(2).uncollectable, 2);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    set_debug(0);
    assert_int_equal(collect(2), 0); /* the list holds them */
    assert_int_equal(tarn_gc_garbage_clear(fixture.heap), 2);
    assert_int_equal(tarn_gc_garbage(fixture.heap, see, &seen), 0);
    assert_int_equal(collect(2), 2);
    assert_int_equal(finalized, 1);
    assert_null(tarn_weak_get(weak));
    tarn_decref(weak);
    close_heap();
}

static void a_look_at_garbage_may_end_early(void **state) {
    (void)state;
    open_manual_heap();
    set_debug(TARN_GC_DEBUG_SAVE_ALL);
    for (int i = 0; i < 5000; i++)
        drop_self_cycle(fixture.node);
    assert_int_equal(collect(0), 0);
    assert_int_equal(totals(0).uncollectable, 5000);
    struct seen seen = {.last = 7};
    assert_int_equal(tarn_gc_garbage(fixture.heap, see, &seen), 7);
    seen = (struct seen){0};
    assert_int_equal(tarn_gc_garbage(fixture.heap, see, &seen), 5000);
    set_debug(0);
    assert_int_equal(tarn_gc_garbage_clear(fixture.heap), 5000);
    assert_int_equal(tarn_gc_garbage_clear(fixture.heap), 0);
    assert_int_equal(collect(0), 0); /* they are of generation 1 */
    assert_int_equal(collect(1), 5000);
    close_heap();
}

/* What only kept garbage refers to, and what the program takes out of it, live. */
static void kept_garbage_can_be_taken_back(void **state) {
    (void)state;
    open_manual_heap();
    set_debug(TARN_GC_DEBUG_SAVE_ALL);
    struct node *n = self_cycle(fixture.node);
    void *weak = tarn_weak_new(n, TARN_WEAK_LONG, NULL, NULL);
    tarn_field_give(&n->b, new_node(fixture.node));
    tarn_decref(n);
    assert_int_equal(collect(2), 0);
    assert_int_equal(totals(2).uncollectable, 2);
    n = tarn_weak_get(weak);
    assert_non_null(n);
    set_debug(0);
    assert_int_equal(tarn_gc_garbage_clear(fixture.heap), 2);
    assert_int_equal(collect(2), 0);
    assert_non_null(n->b);
    tarn_decref(n);
    assert_int_equal(collect(2), 2);
    tarn_decref(weak);
    close_heap();
}

/* An ephemeron whose key is kept keeps its value. */
static void kept_keys_keep_their_values(void **state) {
    (void)state;
    open_manual_heap();
    set_debug(TARN_GC_DEBUG_SAVE_ALL);
    struct node *key = self_cycle(fixture.node);
    struct node *value = new_node(fixture.node);
    tarn_field_set(&value->a, key);
    void *ephemeron = tarn_ephemeron_new(key, value);
    assert_non_null(ephemeron);
    tarn_decref(key);
    tarn_decref(value);
    collect(2);
    value = tarn_ephemeron_value(ephemeron);
    assert_non_null(value);
    tarn_decref(value);
    set_debug(0);
    assert_true(tarn_gc_garbage_clear(fixture.heap) >= 1);
    assert_int_equal(collect(2), 2);
    assert_null(tarn_ephemeron_value(ephemeron));
    tarn_decref(ephemeron);
    close_heap();
}

static ptrdiff_t cleared;

static void clear_garbage(tarn_heap *heap, enum tarn_gc_phase phase,
                          const struct tarn_gc_info *info, void *arg) {
    (void)info;
    (void)arg;
    if (phase == TARN_GC_STOP)
        cleared += tarn_gc_garbage_clear(heap);
}

static void c11_a_callback_may_empty_the_list(void **state) {
    (void)state;
    open_manual_heap();
    set_debug(TARN_GC_DEBUG_SAVE_ALL);
    cleared = 0;
    tarn_gc_callback_add(fixture.heap, clear_garbage, NULL);
    for (int i = 0; i < 100; i++)
        drop_self_cycle(fixture.node);
    assert_int_equal(collect(2), 0);
    assert_int_equal(cleared, 100);
    assert_int_equal(collect(2), 0); /* found, kept and let go of again */
    assert_int_equal(cleared, 200);
    set_debug(0);
    assert_int_equal(collect(2), 100);
    close_heap();
}

static void unknown_flags_are_refused(void **state) {
    (void)state;
    open_manual_heap();
    set_debug(TARN_GC_DEBUG_STATS);
    assert_int_equal(tarn_gc_set_debug(fixture.heap, 64), -EINVAL);
    assert_int_equal(tarn_gc_get_debug(fixture.heap), TARN_GC_DEBUG_STATS);
    close_heap();
}

/* ------------------------------------------------------------- every safepoint ---- */

static void every_safepoint_collects_everything(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    set_debug(TARN_GC_DEBUG_EVERY_SAFEPOINT);
    for (unsigned i = 1; i <= 100; i++) {
        drop_self_cycle(fixture.node);
        tarn_safepoint();
        assert_int_equal(totals(2).collections, i);
        assert_int_equal(totals(2).collected, i);
    }
    tarn_gc_disable(fixture.heap);
    tarn_safepoint();
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 100);
    tarn_gc_enable(fixture.heap);
    set_debug(0);
    tarn_safepoint();
    tarn_safepoint();
    assert_true(totals(2).collections <= 101);
    close_heap();
}

static void *collect_beside(void *arg) {
    tarn_thread_attach(fixture.heap);
    for (int i = 0; i < 300; i++) {
        drop_self_cycle(fixture.node);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return arg;
}

static void every_safepoint_of_every_thread_collects(void **state) {
    pthread_t thread[4];
    (void)state;
    open_heap((struct tarn_config){0});
    set_debug(TARN_GC_DEBUG_EVERY_SAFEPOINT);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, collect_beside, NULL), 0);
    join_all(thread, 4);
    set_debug(0);
    assert_true(totals(2).collections >= 100);
    collect(2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

/* ------------------------------------------------------------------- weights ---- */

static void external_bytes_make_a_full_collection_due(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    struct node *n = self_cycle(fixture.node);
    tarn_decref(n);
    tarn_gc_external(fixture.heap, 60 << 20);
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 0);
    tarn_gc_external(fixture.heap, 10 << 20);
    assert_int_equal(totals(2).collections, 0); /* not inside the call */
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 1);
    assert_int_equal(totals(2).collected, 1);
    tarn_gc_external(fixture.heap, 60 << 20); /* 130: not twice the 70 that it left */
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 1);
    tarn_gc_external(fixture.heap, -(130 << 20));
    tarn_gc_external(fixture.heap, 138 << 20);
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 1);
    tarn_gc_external(fixture.heap, 4 << 20);
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 2);
    close_heap();
}

static void *add_external(void *arg) {
    tarn_gc_external(fixture.heap, 100 << 20);
    return arg;
}

static void a_thread_that_is_not_attached_adds_external_bytes(void **state) {
    pthread_t thread;
    (void)state;
    open_heap((struct tarn_config){0});
    assert_int_equal(pthread_create(&thread, NULL, add_external, NULL), 0);
    pthread_join(thread, NULL);
    tarn_safepoint();
    assert_int_equal(totals(2).collections, 1);
    close_heap();
}

/* 80 MiB of leaves, each held by one container of few that are garbage. */
static void c13_bytes_of_leaves_pace_full_collections(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    tarn_type *big =
        tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "big", .size = 1 << 20});
    for (int i = 0; i < 80; i++) {
        struct node *n = self_cycle(fixture.node);
        tarn_field_give(&n->b, tarn_new(big));
        tarn_decref(n);
        tarn_safepoint();
    }
    struct tarn_gc_stats s = totals(2);
    assert_int_equal(s.collections, 1);
    assert_true(s.collected >= 60);
    assert_int_equal(s.collected, s.examined); /* no leaf among them */
    assert_true(stats().pool_bytes < (size_t)40 << 20);
    collect(2);
    close_heap();
}

/* --------------------------------------------------------------- explanations ---- */

static bool says(const char *what) {
    char text[2048];
    size_t length = tarn_gc_explain(fixture.heap, text, sizeof text);
    assert_true(length < sizeof text);
    assert_int_equal(strlen(text), length);
    if (!strstr(text, what))
        print_message("%s", text);
    return strstr(text, what) != NULL;
}

static void explanations_name_the_reason(void **state) {
    (void)state;
    open_heap((struct tarn_config){0});
    assert_true(says("next collection: not due"));
    assert_true(says("generation 0: 0 containers made less freed, due beyond 700"));
    drop_self_cycle(fixture.node);
    collect(1);
    assert_true(says("last collection of generation 1, because it was asked for: examined 1, "
                     "freed 1"));
    for (int i = 0; i < 800; i++)
        drop_self_cycle(fixture.node);
    assert_true(says("next collection: due, at the next safepoint"));
    tarn_safepoint();
    assert_true(says("last collection of generation 0, because its threshold was passed"));
    tarn_gc_external(fixture.heap, 100 << 20);
    tarn_safepoint();
    assert_true(says("generation 2, because leaves and external bytes had grown"));
    assert_true(says("leaves and external bytes: 102400 KiB"));
    tarn_gc_disable(fixture.heap);
    assert_true(says("next collection: none, collections are off"));
    tarn_gc_set_threshold(fixture.heap, (const unsigned[]){700, 0, 10});
    assert_true(says("generation 1: never due, its threshold is 0"));
    close_heap();
}

static void explanations_are_cut_where_there_is_no_room(void **state) {
    char text[2048];
    char part[40];
    (void)state;
    open_manual_heap();
    size_t length = tarn_gc_explain(fixture.heap, text, sizeof text);
    memset(part, 'x', sizeof part);
    assert_int_equal(tarn_gc_explain(fixture.heap, part, 20), length);
    assert_int_equal(strlen(part), 19);
    assert_memory_equal(part, text, 19);
    assert_int_equal(part[20], 'x');
    assert_int_equal(tarn_gc_explain(fixture.heap, NULL, 0), length);
    close_heap();
}

static long messages(void) {
    /* relaxed: a count. */
    return tarn__load(&fixture.logged, relaxed);
}

static void statistics_go_to_the_log(void **state) {
    (void)state;
    open_manual_heap();
    set_debug(TARN_GC_DEBUG_STATS);
    drop_self_cycle(fixture.node);
    collect(2);
    assert_int_equal(messages(), 1);
    assert_non_null(strstr(fixture.log, "collection of generation 2, because it was asked for: "
                                        "examined 1, freed 1"));
    set_debug(0);
    collect(2);
    assert_int_equal(messages(), 1);
    close_heap();
}

/* --------------------------------------------------------------- the verifier ---- */

static void report_nothing(void *object, tarn_visitor visit, void *arg) {
    (void)object;
    (void)visit;
    (void)arg;
}

static ptrdiff_t nothing_outside(const void *object, void *arg) {
    (void)object;
    (void)arg;
    return 0;
}

static void c14_the_verifier_names_the_type_of_an_omitted_reference(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *silent = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){
                          .name = "silent", .size = sizeof(struct node), .trace = report_nothing});
    struct node *n = new_node(silent);
    n->a = n; /* owns the reference, and does not report it */
    assert_int_equal(collect(2), 0);
    assert_int_equal(tarn_heap_verify(fixture.heap, nothing_outside, NULL), 1);
    assert_non_null(strstr(fixture.log, "'silent'"));
    tarn_decref(n); /* what it did not report it does not drop */
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c9_garbage_is_kept_intact_and_freed_later),
        cmocka_unit_test(a_look_at_garbage_may_end_early),
        cmocka_unit_test(kept_garbage_can_be_taken_back),
        cmocka_unit_test(kept_keys_keep_their_values),
        cmocka_unit_test(c11_a_callback_may_empty_the_list),
        cmocka_unit_test(unknown_flags_are_refused),
        cmocka_unit_test(every_safepoint_collects_everything),
        cmocka_unit_test(every_safepoint_of_every_thread_collects),
        cmocka_unit_test(external_bytes_make_a_full_collection_due),
        cmocka_unit_test(a_thread_that_is_not_attached_adds_external_bytes),
        cmocka_unit_test(c13_bytes_of_leaves_pace_full_collections),
        cmocka_unit_test(explanations_name_the_reason),
        cmocka_unit_test(explanations_are_cut_where_there_is_no_room),
        cmocka_unit_test(statistics_go_to_the_log),
        cmocka_unit_test(c14_the_verifier_names_the_type_of_an_omitted_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
