/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A search goes on whatever the heap does: where no container is made, where leaves are
 * made faster than it goes, with every share of time (docs/design/collector.md [SUS-6]).
 */
#include "search_tests.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAIRS = 500, PATIENCE_MS = 20000 };

static void leave_pairs(void) {
    static struct node *pair[PAIRS];
    for (int i = 0; i < PAIRS; i++)
        pair[i] = make_pair(fixture.node);
    make_old();
    for (int i = 0; i < PAIRS; i++)
        tarn_decref(pair[i]);
}

/* The only thread polls, and makes nothing. */
static void poll_until(uint64_t collections) {
    for (int ms = 0; ms < PATIENCE_MS && full().collections < collections; ms++) {
        tarn_safepoint();
        usleep(1000);
    }
    assert_true(full().collections >= collections);
}

static void answer_a_request(enum tarn_collect_mode mode) {
    open_old_heap((struct tarn_config){.collect = mode});
    leave_pairs();
    struct tarn_gc_stats before = full();
    tarn_gc_request(fixture.heap);
    poll_until(before.collections + 1);
    assert_int_equal(full().collected - before.collected, 2 * PAIRS);
    close_old_heap();
}

static void a_quiet_heap_answers_a_request(void **state) {
    (void)state;
    answer_a_request(TARN_COLLECT_INLINE);
    answer_a_request(TARN_COLLECT_BACKGROUND);
}

static void request_and_wait_for_its_search(void) {
    tarn_gc_request(fixture.heap);
    /* relaxed: a look. */
    for (int ms = 0; ms < PATIENCE_MS && !tarn__load(&fixture.heap->searched, relaxed); ms++) {
        tarn_safepoint();
        usleep(100);
    }
    assert_int_equal(tarn__load(&fixture.heap->searched, relaxed), 1);
}

static void answer_two_requests(enum tarn_collect_mode mode) {
    open_old_heap((struct tarn_config){.collect = mode, .collect_share = 1});
    make_old();
    uint64_t before = full().collections;
    request_and_wait_for_its_search();
    tarn_gc_request(fixture.heap);
    poll_until(before + 2);
    close_old_heap();
}

static void a_request_amid_a_search_is_answered_after_it(void **state) {
    (void)state;
    answer_two_requests(TARN_COLLECT_INLINE);
    answer_two_requests(TARN_COLLECT_BACKGROUND);
}

static void what_is_asked_while_collections_are_off_is_forgotten(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){0});
    make_old();
    uint64_t before = full().collections;
    tarn_gc_disable(fixture.heap);
    tarn_gc_request(fixture.heap);
    tarn_gc_enable(fixture.heap);
    for (int i = 0; i < 100; i++)
        tarn_safepoint();
    assert_int_equal(stage(), TARN_SEARCH_NONE);
    assert_int_equal(full().collections, before);
    close_old_heap();
}

static void a_quiet_child_ends_a_search(void **state) {
    int status;
    (void)state;
    open_old_heap((struct tarn_config){.collect_share = 1});
    make_old();
    uint64_t before = full().collections;
    request_and_wait_for_its_search();
    pid_t child = fork();
    if (child == 0) {
        for (int ms = 0; ms < PATIENCE_MS && full().collections == before; ms++) {
            tarn_safepoint();
            usleep(1000);
        }
        _exit(full().collections == before);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close_old_heap();
}

static void a_search_ends_where_no_container_is_made(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){0});
    make_old();
    uint64_t before = full().collections;
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    poll_until(before + 1);
    assert_int_equal(stage(), TARN_SEARCH_NONE);
    close_old_heap();
}

/* Each container is garbage that holds a leaf of a quarter of a megabyte. */
static void garbage_leaves_do_not_outrun_a_search(void **state) {
    enum { LEAF = 250000, ROUNDS = 8000, MOST = 256 << 20 };
    (void)state;
    open_old_heap((struct tarn_config){0});
    for (int i = 0; i < 20 * LIVE; i++)
        add_live();
    make_old();
    tarn_gc_set_threshold(fixture.heap, (unsigned[3]){700, 10, 10});
    tarn_type *bytes = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){
                          .name = "bytes", .size = 24, .element_size = 1, .length_offset = 16});
    size_t base = stats().pool_bytes;
    for (int i = 0; i < ROUNDS; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_give(&n->b, tarn_new_array(bytes, LEAF));
        tarn_field_set(&n->a, n);
        tarn_decref(n);
        tarn_safepoint();
        assert_true(stats().pool_bytes < base + MOST); /* all of it: 2 GB */
    }
    assert_true(full().collections > 1);
    close_old_heap();
}

static void every_share_of_time_will_do(void **state) {
    static const unsigned share[] = {1, 99, 100};
    (void)state;
    for (size_t i = 0; i < sizeof share / sizeof share[0]; i++) {
        open_old_heap((struct tarn_config){.collect_share = share[i]});
        leave_pairs();
        struct tarn_gc_stats before = full();
        grow_until(before.collections + 1);
        assert_int_equal(full().collected - before.collected, 2 * PAIRS);
        close_old_heap();
    }
    errno = 0;
    assert_null(tarn_heap_create(&(struct tarn_config){.collect_share = 101}));
    assert_int_equal(errno, EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_heap_answers_a_request),
        cmocka_unit_test(a_request_amid_a_search_is_answered_after_it),
        cmocka_unit_test(what_is_asked_while_collections_are_off_is_forgotten),
        cmocka_unit_test(a_quiet_child_ends_a_search),
        cmocka_unit_test(a_search_ends_where_no_container_is_made),
        cmocka_unit_test(garbage_leaves_do_not_outrun_a_search),
        cmocka_unit_test(every_share_of_time_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
