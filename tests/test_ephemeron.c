/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Weak maps and ephemerons: entries end with what they do not hold, whether counts
 * find its end or a collection does, also where the value leads back to the key, in
 * chains of any length and with finalizers in between (C27).
 */
#include "heap_tests.h"

#include <errno.h>
#include <stdlib.h>
#include <tarn/contain.h>

#include "base/fault.h"

static void open_checked(void) {
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .checked = true});
}

static void close_empty(void) {
    tarn_gc_collect(fixture.heap, 2);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(stats().allocated, stats().freed);
    close_heap();
}

static void collect(void) {
    assert_true(tarn_gc_collect(fixture.heap, 2) >= 0);
    tarn_safepoint();
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
}

static size_t live(void) {
    struct tarn_heap_stats s = stats();
    return (size_t)(s.allocated - s.freed);
}

static struct node *node(void) {
    return new_node(fixture.node);
}

/* ----------------------------------------------------------- ephemerons ---- */

static void it_holds_its_value_and_not_its_key(void **state) {
    (void)state;
    open_checked();
    struct node *key = node();
    struct node *value = node();
    void *e = tarn_ephemeron_new(key, value);
    assert_int_equal(tarn_refcount(key), 1);
    assert_int_equal(tarn_refcount(value), 2);
    assert_ptr_equal(tarn_ephemeron_key(e), key);
    assert_ptr_equal(tarn_ephemeron_value(e), value);
    tarn_decref(key);
    tarn_decref(value);
    collect(); /* the key is held by the caller */
    assert_ptr_equal(tarn_ephemeron_key(e), key);
    tarn_decref(key);
    tarn_decref(key); /* dies by its count */
    assert_null(tarn_ephemeron_key(e));
    assert_null(tarn_ephemeron_value(e));
    tarn_safepoint();
    assert_int_equal(tarn_refcount(value), 1); /* let go at the safepoint */
    tarn_decref(value);
    tarn_decref(e);
    assert_int_equal(stats().callbacks_run, 0); /* which counts users' */
    close_empty();
}

static void it_may_end_first(void **state) {
    (void)state;
    open_checked();
    struct node *key = node();
    struct node *value = node();
    void *e = tarn_ephemeron_new(key, value);
    void *number = tarn_ephemeron_new(key, tarn_immediate(42));
    assert_int_equal(tarn_immediate_number(tarn_ephemeron_value(number)), 42);
    tarn_decref(e);
    collect();
    assert_int_equal(tarn_refcount(value), 1);
    tarn_decref(key);
    assert_null(tarn_ephemeron_value(number));
    tarn_decref(number);
    tarn_decref(value);
    close_empty();
}

static void what_is_no_object_is_refused(void **state) {
    (void)state;
    open_checked();
    struct node *x = node();
    errno = 0;
    assert_null(tarn_ephemeron_new(NULL, x));
    assert_int_equal(errno, EINVAL);
    assert_null(tarn_ephemeron_new(x, NULL));
    assert_null(tarn_ephemeron_new(tarn_immediate(1), x));
    tarn_decref(x);
    close_empty();
}

/* value.a == key: a weak-keyed table with strong values would keep both for ever. */
static void a_value_that_leads_to_its_key_keeps_neither(void **state) {
    (void)state;
    open_checked();
    for (int generation = 0; generation <= 2; generation += 2) {
        struct node *key = node();
        struct node *value = node();
        void *e = tarn_ephemeron_new(key, value);
        tarn_field_set(&value->a, key);
        tarn_decref(value);
        if (generation == 0) {
            assert_int_equal(tarn_gc_collect(fixture.heap, 0), 0);
            collect();
        }
        assert_ptr_equal(tarn_ephemeron_value(e), value); /* the key is held here */
        tarn_decref(value);
        tarn_decref(key);
        assert_int_equal(live(), 3);
        assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
        assert_null(tarn_ephemeron_value(e));
        assert_null(tarn_ephemeron_key(e));
        assert_int_equal(live(), 1);
        tarn_decref(e);
        collect();
    }
    close_empty();
}

/* Young key and value, old ephemeron: a young collection errs on the side of life, or
 * ends the key and then lets the value go; a full one is exact. */
static void generations_may_differ(void **state) {
    (void)state;
    open_checked();
    struct node *key = node();
    struct node *value = node();
    void *e = tarn_ephemeron_new(key, value);
    tarn_gc_collect(fixture.heap, 0);
    tarn_gc_collect(fixture.heap, 1); /* all of them are old */
    struct node *young = node();
    tarn_field_set(&value->a, young);
    tarn_field_set(&young->a, young);
    tarn_field_set(&young->b, key);
    tarn_decref(value);
    tarn_decref(young);
    collect();
    assert_int_equal(live(), 4);
    tarn_field_set(&key->a, key); /* garbage by cycles only */
    tarn_decref(key);
    assert_int_equal(tarn_gc_collect(fixture.heap, 0), 0);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 3);
    assert_int_equal(live(), 1);
    tarn_decref(e);
    close_empty();
}

#define CHAIN 20000

/* e[i]: key[i] -> key[i + 1]. Made in a drawn order, so that no order of the heap
 * helps. Held from key[0] all of it lives; without, all of it goes in one collection. */
static void chains_are_followed_to_their_ends(void **state) {
    static struct node *keys[CHAIN + 1];
    (void)state;
    open_checked();
    void *all = tarn_vec_new();
    unsigned seed = 7;
    for (int i = 0; i <= CHAIN; i++)
        keys[i] = node();
    for (int i = CHAIN; i > 1; i--) { /* which of them comes when is drawn */
        int other = 1 + rand_r(&seed) % i;
        struct node *swapped = keys[i];
        keys[i] = keys[other];
        keys[other] = swapped;
    }
    for (int i = 0; i < CHAIN; i++) {
        void *e = tarn_ephemeron_new(keys[i], keys[i + 1]);
        assert_true(tarn_vec_push(all, e) >= 0);
        tarn_decref(e);
    }
    for (int i = 0; i <= CHAIN; i++)
        tarn_field_set(&keys[i]->a, keys[i]); /* a cycle of its own each */
    for (int i = 1; i <= CHAIN; i++)
        tarn_decref(keys[i]);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    tarn_decref(keys[0]);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), CHAIN + 1);
    assert_null(tarn_ephemeron_value(tarn_vec_peek(all, CHAIN / 2)));
    tarn_decref(all);
    close_empty();
}

/* The same by counts alone: each key's end ends the next. */
static void chains_end_by_counts(void **state) {
    (void)state;
    open_checked();
    void *all = tarn_vec_new();
    struct node *key = node();
    struct node *first = key;
    for (int i = 0; i < CHAIN; i++) {
        struct node *next = node();
        void *e = tarn_ephemeron_new(key, next);
        assert_true(tarn_vec_push(all, e) >= 0);
        tarn_decref(e);
        if (i > 0)
            tarn_decref(key);
        key = next;
    }
    tarn_decref(key);
    tarn_decref(first);
    for (int i = 0; i < 10 && tarn_drain() > 0; i++)
        tarn_safepoint();
    tarn_gc_collect(fixture.heap, 2);
    assert_null(tarn_ephemeron_value(tarn_vec_peek(all, CHAIN - 1)));
    tarn_decref(all);
    close_empty();
}

/* --- with finalizers: the condemned wait for a second judgement --- */

static int finalized;
static tarn_slot rescued;
static bool rescue;

static void finalize(void *object) {
    finalized++;
    if (rescue)
        tarn_slot_store(&rescued, object);
}

static void a_finalizer_of_key_or_value_runs_and_both_go(void **state) {
    (void)state;
    open_checked();
    rescue = false;
    tarn_type *with = node_type("with finalizer", finalize, NULL, 0);
    for (int which = 1; which <= 3; which++) {
        struct node *key = new_node(which & 1 ? with : fixture.node);
        struct node *value = new_node(which & 2 ? with : fixture.node);
        void *e = tarn_ephemeron_new(key, value);
        tarn_field_set(&value->a, key);
        tarn_decref(value);
        tarn_decref(key);
        finalized = 0;
        assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
        assert_int_equal(finalized, which == 3 ? 2 : 1);
        assert_null(tarn_ephemeron_value(e));
        assert_int_equal(live(), 1);
        assert_int_equal(tarn_refcount(e), 1);
        tarn_decref(e);
        collect();
    }
    close_empty();
}

static void a_key_that_comes_back_keeps_its_value(void **state) {
    (void)state;
    open_checked();
    tarn_type *with = node_type("with finalizer", finalize, NULL, 0);
    struct node *key = new_node(with);
    struct node *value = node();
    void *e = tarn_ephemeron_new(key, value);
    tarn_field_set(&value->a, key);
    tarn_field_set(&key->a, key);
    tarn_decref(value);
    tarn_decref(key);
    rescue = true;
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    rescue = false;
    assert_ptr_equal(tarn_slot_peek(&rescued), key);
    assert_ptr_equal(tarn_ephemeron_value(e), value);
    tarn_decref(value);
    assert_int_equal(tarn_refcount(e), 1);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    tarn_slot_destroy(&rescued);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    assert_null(tarn_ephemeron_value(e));
    tarn_decref(e);
    close_empty();
}

/* ------------------------------------------------------------- weak maps ---- */

static void c27_weak_values_end_with_their_values(void **state) {
    (void)state;
    open_checked();
    void *map = tarn_map_new(&(struct tarn_map_spec){.kind = TARN_MAP_WEAK_VALUES});
    struct node *key = node();
    struct node *x = node();
    struct node *y = node();
    void *old = map;
    assert_int_equal(tarn_map_put(map, key, x, &old), 1);
    assert_null(old);
    assert_int_equal(tarn_refcount(x), 1);
    assert_ptr_equal(tarn_map_get(map, key), x);
    tarn_decref(x);
    assert_int_equal(tarn_map_put(map, key, y, &old), 0);
    assert_ptr_equal(old, x);
    tarn_decref(x);
    tarn_decref(x); /* the old value dies: the new one stays */
    tarn_safepoint();
    assert_ptr_equal(tarn_map_peek(map, key), y);
    assert_int_equal(tarn_map_add(map, key, key, NULL), 0);
    assert_false(tarn_map_compare_exchange(map, key, key, key));
    assert_true(tarn_map_compare_exchange(map, key, y, key));
    assert_true(tarn_map_compare_exchange(map, key, key, y));
    tarn_decref(y);
    assert_null(tarn_map_get(map, key));
    assert_null(tarn_map_peek(map, key));
    assert_int_equal(tarn_map_count(map), 1);
    x = node();
    assert_int_equal(tarn_map_add(map, key, x, &old), 1); /* it had none any more */
    assert_null(old);
    assert_ptr_equal(tarn_map_remove(map, key), x);
    tarn_decref(x);
    assert_int_equal(tarn_map_put(map, key, x, NULL), 1);
    tarn_decref(x);
    assert_null(tarn_map_remove(map, key));
    assert_int_equal(tarn_map_count(map), 0);
    assert_int_equal(tarn_map_put(map, key, tarn_immediate(1), NULL), -EINVAL);
    tarn_decref(map);
    tarn_decref(key);
    close_empty();
}

#define ENTRIES 1000

static void ended_entries_are_cleared_away(void **state) {
    static struct node *kept[ENTRIES];
    (void)state;
    for (int kind = TARN_MAP_WEAK_VALUES; kind <= TARN_MAP_WEAK_KEYS; kind++) {
        open_checked();
        void *map = tarn_map_new(&(struct tarn_map_spec){.kind = (enum tarn_map_kind)kind});
        for (int i = 0; i < ENTRIES; i++) {
            kept[i] = node();
            void *key = kind == TARN_MAP_WEAK_KEYS ? kept[i] : node();
            void *value = kind == TARN_MAP_WEAK_KEYS ? node() : kept[i];
            assert_int_equal(tarn_map_put(map, key, value, NULL), 1);
            tarn_decref(key == kept[i] ? value : key);
            if (i % 2)
                tarn_decref(kept[i]);
        }
        assert_in_range(tarn_map_count(map), ENTRIES / 2, ENTRIES);
        size_t before = tarn_map_count(map);
        tarn_safepoint();
        assert_int_equal(tarn_map_sweep(map), before - ENTRIES / 2);
        assert_int_equal(tarn_map_count(map), ENTRIES / 2);
        assert_int_equal(tarn_map_sweep(map), 0);
        for (int i = 0; i < ENTRIES; i += 2)
            tarn_decref(kept[i]);
        /* Puts alone clear it: what is there stays within twice what lives. */
        for (int i = 0; i < 5 * ENTRIES; i++) {
            struct node *x = node();
            bool is_key = kind == TARN_MAP_WEAK_KEYS;
            void *number = tarn_immediate(i);
            assert_int_equal(tarn_map_put(map, is_key ? x : number, is_key ? number : x, NULL), 1);
            tarn_decref(x);
        }
        assert_true(tarn_map_count(map) < 2 * ENTRIES);
        tarn_decref(map);
        close_empty();
    }
}

static uint64_t hash_number(const void *key, void *arg) {
    (void)arg;
    return (uint64_t)((const struct node *)key)->number;
}

static bool equal_numbers(const void *held, const void *key, void *arg) {
    (void)arg;
    return ((const struct node *)held)->number == ((const struct node *)key)->number;
}

static void weak_keys_are_ephemerons(void **state) {
    (void)state;
    open_checked();
    void *map = tarn_map_new(&(struct tarn_map_spec){
        .kind = TARN_MAP_WEAK_KEYS, .hash = hash_number, .equal = equal_numbers});
    struct node *keys[100];
    void *old;
    for (int i = 0; i < 100; i++) {
        keys[i] = node();
        keys[i]->number = i;
        struct node *value = node();
        value->number = 1000 + i;
        tarn_field_set(&value->a, keys[i]); /* leads back to its key */
        tarn_field_set(&value->b, i ? keys[i - 1] : NULL);
        assert_int_equal(tarn_map_put(map, keys[i], value, NULL), 1);
        tarn_decref(value);
    }
    collect();
    for (int i = 0; i < 100; i++)
        assert_int_equal(((struct node *)tarn_map_peek(map, keys[i]))->number, 1000 + i);
    assert_int_equal(tarn_map_put(map, keys[99], keys[99], &old), 0); /* value == key */
    assert_int_equal(((struct node *)old)->number, 1099);
    assert_true(tarn_map_compare_exchange(map, keys[99], keys[99], old));
    tarn_decref(old);
    for (int i = 0; i < 100; i++)
        if (i != 49)
            tarn_decref(keys[i]);
    /* Value 49 leads to key 48, whose value leads to 47, and so on. */
    tarn_gc_collect(fixture.heap, 2);
    struct tarn_map_cursor cursor;
    void *key;
    void *value;
    int met = 0;
    tarn_map_cursor_begin(&cursor, map);
    for (; tarn_map_cursor_next(&cursor, &key, &value) == 1; met++) {
        long number = ((struct node *)key)->number;
        assert_true(number <= 49);
        assert_int_equal(((struct node *)value)->number, 1000 + number);
        tarn_decref(key);
        tarn_decref(value);
    }
    tarn_map_cursor_end(&cursor);
    assert_int_equal(met, 50);
    tarn_decref(keys[49]);
    tarn_gc_collect(fixture.heap, 2);
    assert_int_equal(tarn_map_sweep(map), 100);
    assert_int_equal(tarn_map_count(map), 0);
    tarn_decref(map);
    close_empty();
}

#if defined(TARN_FAULTS) && TARN_FAULTS

/* One pass with the n-th allocation of each call failing; how many calls failed. */
static int fail_at(enum tarn_map_kind kind, uint64_t nth) {
    int failures = 0;
    open_checked();
    void *map = tarn_map_new(&(struct tarn_map_spec){.kind = kind});
    struct node *x = node();
    struct node *y = node();
    struct node *z = node();
    tarn__fault_arm(nth);
    int result = tarn_map_put(map, x, y, NULL);
    tarn__fault_arm(0);
    if (result != 1) {
        failures++;
        assert_int_equal(result, -ENOMEM);
        assert_int_equal(tarn_map_count(map), 0);
        assert_null(tarn_map_peek(map, x));
        tarn_safepoint();
        assert_int_equal(tarn_map_put(map, x, y, NULL), 1);
    }
    errno = 0;
    tarn__fault_arm(nth);
    bool done = tarn_map_compare_exchange(map, x, y, z);
    tarn__fault_arm(0);
    assert_ptr_equal(tarn_map_peek(map, x), done ? z : y);
    assert_int_equal(errno, done ? 0 : ENOMEM);
    failures += !done;
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    tarn_decref(map);
    collect();
    assert_int_equal(tarn_refcount(x), 1);
    assert_int_equal(tarn_refcount(y), 1);
    assert_int_equal(tarn_refcount(z), 1);
    tarn_decref(x);
    tarn_decref(y);
    tarn_decref(z);
    close_empty();
    return failures;
}

static void c42_a_failed_allocation_changes_nothing(void **state) {
    (void)state;
    int failures = 0;
    for (uint64_t n = 1; n <= 12; n++)
        failures += fail_at(TARN_MAP_WEAK_VALUES, n) + fail_at(TARN_MAP_WEAK_KEYS, n);
    assert_in_range(failures, 10, 30);
}

#endif

/* ---------------------------------------------------------- many threads ---- */

#define THREADS 8
#define TURNS 3000
#define SHARED 32

static void *shared_map;
static tarn_slot shared_keys[SHARED];
static TARN__ATOMIC(long) faults;

static void fault_if(bool bad) {
    if (bad)
        /* relaxed: a count. */
        tarn__fetch_add(&faults, 1, relaxed);
}

/* Keys come and go under everybody's hands; a value names its key. */
static void turn(unsigned *seed, long self, int i) {
    tarn_slot *place = &shared_keys[rand_r(seed) % SHARED];
    struct node *key = tarn_slot_load(place);
    if (!key || rand_r(seed) % 4 == 0) {
        struct node *fresh = node();
        fresh->number = self * TURNS + i + 1;
        tarn_slot_store(place, fresh);
        if (key)
            tarn_decref(key);
        key = fresh;
    }
    if (rand_r(seed) % 2) {
        struct node *value = node();
        value->number = key->number;
        tarn_field_set(&value->a, key);
        fault_if(tarn_map_put(shared_map, key, value, NULL) < 0);
        tarn_decref(value);
    } else {
        struct node *value = tarn_map_get(shared_map, key);
        fault_if(value && value->number != key->number);
        if (value)
            tarn_decref(value);
    }
    tarn_decref(key);
    tarn_safepoint();
}

static void *use_weak_map(void *arg) {
    unsigned seed = (unsigned)(intptr_t)arg;
    fault_if(tarn_thread_attach(fixture.heap) != 0);
    for (int i = 0; i < TURNS; i++) {
        turn(&seed, (long)(intptr_t)arg, i);
        if (i % 500 == 0)
            fault_if(tarn_gc_collect(fixture.heap, i % 1000 ? 0 : 2) < 0);
    }
    tarn_thread_detach();
    return NULL;
}

static void threads_use_one_weak_map(void **state) {
    pthread_t thread[THREADS];
    (void)state;
    open_checked();
    /* relaxed: nobody else runs yet. */
    tarn__store(&faults, 0, relaxed);
    shared_map = tarn_map_new(&(struct tarn_map_spec){.kind = TARN_MAP_WEAK_KEYS});
    for (long i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, use_weak_map, (void *)(intptr_t)(i + 1)),
                         0);
    join_all(thread, THREADS);
    assert_int_equal(tarn__load(&faults, relaxed), 0);
    collect();
    tarn_map_sweep(shared_map);
    assert_true(tarn_map_count(shared_map) <= SHARED);
    for (int i = 0; i < SHARED; i++)
        tarn_slot_destroy(&shared_keys[i]);
    collect();
    tarn_map_sweep(shared_map);
    assert_int_equal(tarn_map_count(shared_map), 0);
    tarn_decref(shared_map);
    close_empty();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_its_value_and_not_its_key),
        cmocka_unit_test(it_may_end_first),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(a_value_that_leads_to_its_key_keeps_neither),
        cmocka_unit_test(generations_may_differ),
        cmocka_unit_test(chains_are_followed_to_their_ends),
        cmocka_unit_test(chains_end_by_counts),
        cmocka_unit_test(a_finalizer_of_key_or_value_runs_and_both_go),
        cmocka_unit_test(a_key_that_comes_back_keeps_its_value),
        cmocka_unit_test(c27_weak_values_end_with_their_values),
        cmocka_unit_test(ended_entries_are_cleared_away),
        cmocka_unit_test(weak_keys_are_ephemerons),
#if defined(TARN_FAULTS) && TARN_FAULTS
        cmocka_unit_test(c42_a_failed_allocation_changes_nothing),
#endif
        cmocka_unit_test(threads_use_one_weak_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
