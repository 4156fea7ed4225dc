/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Automatic full collections: suspects found while the heap is used, judged in slices
 * (docs/design/collector.md [SUS]); what comes between, and what they must not touch.
 */
#include "search_tests.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <tarn/contain.h>
#include <unistd.h>

enum { PAIRS = 1500 };

static void old_cycles_are_found(void **state) {
    static struct node *pair[PAIRS];
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 200});
    for (int i = 0; i < PAIRS; i++)
        pair[i] = make_pair(fixture.node);
    make_old();
    for (int i = 0; i < PAIRS; i += 2)
        tarn_decref(pair[i]);
    uint64_t before = full().collections;
    grow_until(before + 1);
    struct tarn_gc_stats s = full();
    assert_int_equal(s.collected, PAIRS);
    assert_true(s.suspects >= PAIRS && s.suspects < PAIRS + 2000);
    assert_true(s.slices > 0);
    assert_int_equal(s.untraceable, 0);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    for (int i = 1; i < PAIRS; i += 2) {
        assert_ptr_equal(pair[i]->a->a, pair[i]);
        tarn_decref(pair[i]);
    }
    close_old_heap();
}

/* A ring, and an array that refers to all of another one: groups that no slice of the
 * pause wanted could hold. */
static void a_group_too_large_is_judged_alone(void **state) {
    enum { RING = 30000 };
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 50});
    struct node *first = new_node(fixture.node);
    struct node *last = first;
    for (int i = 1; i < RING; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_give(&last->a, n);
        last = n;
    }
    tarn_field_set(&last->a, first);
    struct node *hub = tarn_new_array(pointers, RING);
    for (int i = 0; i < RING; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_set(&n->a, hub);
        tarn_field_give((void **)((char *)hub + 24) + i, n);
    }
    make_old();
    tarn_decref(first);
    tarn_decref(hub);
    uint64_t before = full().collections;
    grow_until(before + 1);
    assert_int_equal(full().collected, 2 * RING + 1);
    assert_int_equal(full().oversize, 2);
    close_old_heap();
}

static void trace_a(void *object, tarn_visitor visit, void *arg) {
    struct node *n = object;
    if (n->a)
        visit(n->a, arg);
}

/* What only a stop can trace is searched in stops. */
static void types_with_a_plain_trace_are_searched_too(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 100});
    tarn_type *traced = tarn_type_register(
        fixture.heap,
        &(struct tarn_type_spec){.name = "traced", .size = sizeof(struct node), .trace = trace_a});
    struct node *x = new_node(traced);
    struct node *y = new_node(fixture.node);
    tarn_field_set(&x->a, y);
    tarn_field_set(&y->a, x);
    make_old();
    tarn_decref(x);
    tarn_decref(y);
    uint64_t before = full().collections;
    grow_until(before + 1);
    assert_int_equal(full().collected, 2);
    assert_int_equal(full().untraceable, 1);
    close_old_heap();
}

/* A key that only its own value refers to. */
static void values_that_lead_back_to_their_keys_are_found(void **state) {
    enum { ENTRIES = 300 };
    (void)state;
    open_old_heap((struct tarn_config){0});
    void *map = tarn_map_new(&(struct tarn_map_spec){.kind = TARN_MAP_WEAK_KEYS});
    struct node *keys[ENTRIES];
    assert_non_null(map);
    for (int i = 0; i < ENTRIES; i++) {
        struct node *value = new_node(fixture.node);
        keys[i] = new_node(fixture.node);
        tarn_field_set(&value->a, keys[i]);
        assert_true(tarn_map_put(map, keys[i], value, NULL) >= 0);
        tarn_decref(value);
    }
    make_old();
    for (int i = 0; i < ENTRIES; i += 3)
        tarn_decref(keys[i]);
    uint64_t before = full().collections;
    grow_until(before + 1);
    assert_true(full().collected >= 2 * ENTRIES / 3);
    for (int i = 0; i < ENTRIES; i++)
        if (i % 3) {
            struct node *value = tarn_map_get(map, keys[i]);
            assert_ptr_equal(value->a, keys[i]);
            tarn_decref(value);
            tarn_decref(keys[i]);
        }
    tarn_decref(map);
    close_old_heap();
}

static int finalized;
static struct node *revived;

static void revive_every_tenth(void *object) {
    struct node *n = object;
    if (finalized++ % 10 == 0) {
        tarn_field_set(&n->b, revived);
        tarn_field_set(&revived, n);
    }
}

static void finalizers_run_and_may_revive(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){.pause_us = 100});
    tarn_type *type = node_type("finalized", revive_every_tenth, NULL, 0);
    finalized = 0;
    revived = NULL;
    struct node *pair[200];
    for (int i = 0; i < 200; i++)
        pair[i] = make_pair(type);
    make_old();
    for (int i = 0; i < 200; i++)
        tarn_decref(pair[i]);
    uint64_t before = full().collections;
    grow_until(before + 1);
    assert_int_equal(finalized, 400);
    assert_non_null(revived);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    tarn_field_set(&revived, NULL);
    close_old_heap();
    assert_int_equal(finalized, 400);
}

/* Whatever stage it is in, a requested collection takes its place and is exact. */
static void a_requested_collection_comes_between(void **state) {
    (void)state;
    for (enum tarn_search_stage s = TARN_SEARCH_COUNT; s <= TARN_SEARCH_RELEASE; s++) {
        open_old_heap((struct tarn_config){0});
        struct node *pair = make_pair(fixture.node);
        make_old();
        fixture.heap->collector->search_work = 500; /* so that no step skips a stage */
        grow_until_stage(s == TARN_SEARCH_SEED || s == TARN_SEARCH_PREPARE ? TARN_SEARCH_HOLD : s);
        bool dropped = s == TARN_SEARCH_SUBTRACT;
        if (dropped)
            tarn_decref(pair);
        assert_int_equal(tarn_gc_collect(fixture.heap, 2), dropped ? 2 : 0);
        assert_int_equal(stage(), TARN_SEARCH_NONE);
        if (!dropped)
            tarn_decref(pair);
        close_old_heap();
    }
}

static void freezing_comes_between(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){0});
    make_old();
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    assert_int_equal(tarn_gc_freeze(fixture.heap), 0);
    assert_int_equal(stage(), TARN_SEARCH_NONE);
    assert_int_equal(tarn_gc_unfreeze(fixture.heap), 0);
    close_old_heap();
}

/* A search leaves nothing behind, and large objects that died meanwhile are gone. */
static void pools_emptied_meanwhile_go_at_its_end(void **state) {
    enum { LARGE = 40 };
    (void)state;
    open_old_heap((struct tarn_config){0});
    tarn_type *bytes = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){
                          .name = "bytes", .size = 24, .element_size = 1, .length_offset = 16});
    make_old();
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    size_t pools = stats().pool_bytes;
    for (int i = 0; i < LARGE; i++)
        tarn_decref(tarn_new_array(bytes, 1000000));
    assert_true(stats().pool_bytes >= pools + LARGE * (size_t)1000000);
    grow_until(full().collections + 1);
    assert_true(stats().pool_bytes < pools + LARGE * (size_t)500000);

    grow_until_stage(TARN_SEARCH_SUBTRACT); /* and when another collection ends it */
    pools = stats().pool_bytes;
    for (int i = 0; i < LARGE; i++)
        tarn_decref(tarn_new_array(bytes, 1000000));
    tarn_gc_collect(fixture.heap, 2);
    assert_true(stats().pool_bytes < pools + LARGE * (size_t)500000);
    close_old_heap();
}

/* A request begins a search, and no growth is needed; small heaps are collected at once. */
static void a_request_begins_a_search(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){0});
    struct node *pair = make_pair(fixture.node);
    make_old();
    tarn_decref(pair);
    uint64_t before = full().collections;
    tarn_gc_request(fixture.heap);
    tarn_safepoint();
    assert_int_not_equal(stage(), TARN_SEARCH_NONE);
    for (int i = 0; i < 100000 && full().collections == before; i++) {
        tarn_decref(new_node(fixture.node));
        add_live();
    }
    assert_int_equal(full().collected, 2);
    close_old_heap();

    open_heap((struct tarn_config){0});
    tarn_decref(make_pair(fixture.node));
    tarn_gc_request(fixture.heap);
    tarn_safepoint();
    assert_int_equal(full().collected, 2);
    close_heap();
}

/* The search ends with its heap. */
static void a_heap_may_end_amid_a_search(void **state) {
    (void)state;
    open_old_heap((struct tarn_config){0});
    make_old();
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    tarn_decref(chain);
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(fixture.heap), 0);
}

/* The child has the search as it stood, and goes on with it. */
static void a_child_goes_on_with_a_search(void **state) {
    int status = 0;
    (void)state;
    open_old_heap((struct tarn_config){0});
    struct node *pair = make_pair(fixture.node);
    make_old();
    tarn_decref(pair);
    grow_until_stage(TARN_SEARCH_SUBTRACT);
    uint64_t before = full().collections;
    pid_t child = fork();
    if (child == 0) {
        grow_until(before + 1);
        _exit(full().collected == 2 && tarn_heap_verify(fixture.heap, NULL, NULL) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    grow_until(before + 1);
    assert_int_equal(full().collected, 2);
    close_old_heap();
}

/* --- threads --- */

enum { WORKERS = 3, TURNS = 60000, CELLS = 8192 };
static tarn_slot cell[CELLS];

static uint32_t next_number(uint32_t *state) {
    return *state = *state * 1664525u + 1013904223u;
}

/* Graphs that change hands, move their references about, and die in every way. */
static void *mutate(void *seed) {
    uint32_t random = *(uint32_t *)seed;
    assert_int_equal(tarn_thread_attach(fixture.heap), 0);
    for (int turn = 0; turn < TURNS || (turn < 30 * TURNS && full().collections < 3); turn++) {
        struct node *n = new_node(fixture.node);
        struct node *seen = tarn_slot_load(&cell[next_number(&random) >> 8 & (CELLS - 1)]);
        tarn_slot_init(&n->slot, seen);
        if (seen) {
            tarn_slot_store(&seen->slot, next_number(&random) >> 16 & 1 ? n : NULL);
            tarn_decref(seen);
        }
        tarn_slot_give(&cell[next_number(&random) >> 8 & (CELLS - 1)], n);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

static void run_mutators(enum tarn_collect_mode mode) {
    pthread_t thread[WORKERS];
    uint32_t seed[WORKERS];
    open_old_heap((struct tarn_config){.collect = mode, .pause_us = 100});
    make_old();
    for (int i = 0; i < WORKERS; i++) {
        seed[i] = (uint32_t)i * 7919 + 1;
        assert_int_equal(pthread_create(&thread[i], NULL, mutate, &seed[i]), 0);
    }
    join_all(thread, WORKERS);
    for (int i = 0; i < CELLS; i++)
        tarn_slot_destroy(&cell[i]);
    assert_true(full().collections > 1);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    close_old_heap();
}

static void mutators_and_steps_take_turns(void **state) {
    (void)state;
    run_mutators(TARN_COLLECT_INLINE);
}

static void a_thread_of_its_own_searches_while_they_run(void **state) {
    (void)state;
    run_mutators(TARN_COLLECT_BACKGROUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_cycles_are_found),
        cmocka_unit_test(a_group_too_large_is_judged_alone),
        cmocka_unit_test(types_with_a_plain_trace_are_searched_too),
        cmocka_unit_test(values_that_lead_back_to_their_keys_are_found),
        cmocka_unit_test(finalizers_run_and_may_revive),
        cmocka_unit_test(a_requested_collection_comes_between),
        cmocka_unit_test(freezing_comes_between),
        cmocka_unit_test(pools_emptied_meanwhile_go_at_its_end),
        cmocka_unit_test(a_request_begins_a_search),
        cmocka_unit_test(a_heap_may_end_amid_a_search),
        cmocka_unit_test(a_child_goes_on_with_a_search),
        cmocka_unit_test(mutators_and_steps_take_turns),
        cmocka_unit_test(a_thread_of_its_own_searches_while_they_run),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
