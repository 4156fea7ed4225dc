/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Types, counts and plain fields; misuse that stops the program. */
#include "heap_tests.h"

#include <unistd.h>

#include <errno.h>
#include <stdlib.h>

#include "memory_tests.h"

/* --- types --- */

static void refuse(const char *fault, struct tarn_type_spec spec) {
    fixture.log[0] = 0;
    errno = 0;
    assert_null(tarn_type_register(fixture.heap, &spec));
    assert_int_equal(errno, EINVAL);
    assert_non_null(strstr(fixture.log, fault));
}

static void nonsense_types_are_refused_with_a_reason(void **state) {
    static const size_t low[] = {8};
    static const size_t odd[] = {20};
    static const size_t twice[] = {16, 16};
    static const size_t beyond[] = {32};
    static const size_t fine[] = {16};
    (void)state;
    open_manual_heap();
    refuse("name is missing", (struct tarn_type_spec){.size = 32});
    refuse("name is missing", (struct tarn_type_spec){.name = "", .size = 32});
    refuse("size is smaller", (struct tarn_type_spec){.name = "t", .size = 15});
    refuse("size is beyond", (struct tarn_type_spec){.name = "t", .size = SIZE_MAX});
    refuse("without offsets", (struct tarn_type_spec){.name = "t", .size = 32, .offset_count = 1});
    const size_t *bad[] = {low, odd, twice, beyond};
    const char *const why[] = {
        "type 't': offsets[0] is 8: inside the header",
        "type 't': offsets[0] is 20: not a multiple of 8",
        "type 't': offsets[1] is 16: not above offsets[0], 16",
        "type 't': offsets[0] is 32: beyond the end, 32",
    };
    for (int i = 0; i < 4; i++)
        refuse(why[i],
               (struct tarn_type_spec){
                   .name = "t", .size = 32, .offsets = bad[i], .offset_count = i == 2 ? 2 : 1});
    refuse("flags", (struct tarn_type_spec){.name = "t", .size = 32, .flags = 1u << 20});
    refuse("without dispose",
           (struct tarn_type_spec){.name = "t", .size = 32, .flags = TARN_TYPE_DISPOSE_PLAIN});
    refuse("without trace",
           (struct tarn_type_spec){.name = "t", .size = 32, .flags = TARN_TYPE_TRACE_CONCURRENT});
    refuse("length_offset does not",
           (struct tarn_type_spec){.name = "t", .size = 24, .element_size = 8});
    refuse("length_offset is offsets[0] too", (struct tarn_type_spec){.name = "t",
                                                                      .size = 24,
                                                                      .offsets = fine,
                                                                      .offset_count = 1,
                                                                      .element_size = 8,
                                                                      .length_offset = 16});
    refuse("element_offset_count without element_size",
           (struct tarn_type_spec){.name = "t", .size = 24, .element_offset_count = 1});
    refuse("element_offsets[0] is 16: beyond the end, 8",
           (struct tarn_type_spec){.name = "t",
                                   .size = 24,
                                   .element_size = 8,
                                   .length_offset = 16,
                                   .element_offsets = fine,
                                   .element_offset_count = 1});
    close_heap();
}

static void objects_are_zero_but_for_header_and_length(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *bytes = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){
                          .name = "bytes", .size = 24, .element_size = 1, .length_offset = 16});
    const size_t sizes[] = {0, 1, 15, 1000, 20000, 300000, 5000000};
    for (int round = 0; round < 2; round++) /* the second meets used memory */
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            unsigned char *object = tarn_new_array(bytes, sizes[i]);
            assert_non_null(object);
            assert_int_equal(tarn_length(object), sizes[i]);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(object[24 + k], 0);
            memset(object + 24, 0xff, sizes[i]);
            assert_int_equal(tarn_refcount(object), 1);
            assert_ptr_equal(tarn_typeof(object), bytes);
            assert_string_equal(tarn_type_name(tarn_typeof(object)), "bytes");
            assert_true(tarn_is_heap_pointer(object));
            tarn_decref(object);
        }
    assert_null(tarn_new_array(bytes, SIZE_MAX));
    assert_int_equal(errno, ENOMEM);
    assert_null(tarn_new_array(bytes, SIZE_MAX - 10));
    close_heap();
}

/* Every size up to where objects are no longer zeroed in line, and each byte of it. */
static void small_objects_are_zero_to_their_end_and_no_further(void **state) {
    enum { LARGEST = 200, EACH = 40 };
    (void)state;
    open_manual_heap();
    for (size_t size = sizeof(tarn_object); size <= LARGEST; size++) {
        tarn_type *type = tarn_type_register(
            fixture.heap, &(struct tarn_type_spec){.name = "small", .size = size});
        unsigned char *object[EACH];
        for (int round = 0; round < 2; round++) {
            for (size_t i = 0; i < EACH; i++) {
                object[i] = tarn_new(type);
                assert_non_null(object[i]);
                for (size_t k = sizeof(tarn_object); k < size; k++)
                    assert_int_equal(object[i][k], 0);
                memset(object[i] + sizeof(tarn_object), 0xff, size - sizeof(tarn_object));
            }
            for (size_t i = 0; i < EACH; i++) {
                for (size_t k = sizeof(tarn_object); k < size; k++)
                    assert_int_equal(object[i][k], 0xff);
                assert_int_equal(tarn_refcount(object[i]), 1);
                tarn_decref(object[i]);
            }
        }
    }
    close_heap();
}

/* --- counts --- */

static void counts_count(void **state) {
    (void)state;
    open_manual_heap();
    void *o = tarn_new(fixture.leaf);
    for (int i = 2; i <= 1000; i++) {
        tarn_incref(o);
        assert_int_equal(tarn_refcount(o), i);
    }
    assert_true(tarn_try_incref(o));
    tarn_decref(o);
    tarn_share(o);
    assert_int_equal(tarn_refcount(o), 1000);
    tarn_share(o);
    for (int i = 1000; i > 1; i--) {
        assert_int_equal(tarn_refcount(o), i);
        tarn_decref(o);
    }
    uint64_t freed = stats().freed;
    tarn_decref(o);
    assert_int_equal(stats().freed, freed + 1); /* unpublished: at once */
    close_heap();
}

static void shared_types_need_no_owner(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("shared", NULL, NULL, TARN_TYPE_SHARED);
    struct node *n = new_node(type);
    assert_int_equal(n->header.bias.value & TARN__BIAS_SEAT_MASK, 0);
    tarn_incref(n);
    assert_int_equal(tarn_refcount(n), 2);
    tarn_decref(n);
    tarn_decref(n);
    assert_int_equal(stats().freed, 1);
    close_heap();
}

static void a_count_saturates_into_immortality(void **state) {
    (void)state;
    open_manual_heap();
    tarn_object *o = tarn_new(fixture.leaf);
    /* As if it had been referenced 2^31 - 1 times: the next merges and saturates. */
    o->bias.value |= (uint64_t)INT32_MAX << TARN__COUNT_SHIFT;
    tarn_incref(o);
    assert_int_equal(tarn_refcount(o), PTRDIFF_MAX);
    for (int i = 0; i < 10; i++)
        tarn_decref(o);
    assert_int_equal(tarn_refcount(o), PTRDIFF_MAX);
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(fixture.heap), 1);
    assert_non_null(strstr(fixture.log, "1 live object of type 'leaf'"));
}

static void *refer_too_often(void *arg) {
    tarn_object *o = arg;
    tarn_thread_attach(fixture.heap);
    /* As if this thread had referenced it 2^31 - 3 times: what saturates must do so before
     * the half that is not merged wraps around. */
    tarn__fetch_add(&o->shared, (((uint64_t)1 << 31) - 3) * TARN__COUNT_ONE, relaxed);
    for (int i = 0; i < 10; i++)
        tarn_incref(o);
    for (int i = 0; i < 10; i++)
        tarn_decref(o);
    tarn_thread_detach();
    return NULL;
}

static void a_count_that_is_not_merged_saturates_too(void **state) {
    pthread_t thread;
    (void)state;
    open_manual_heap();
    tarn_object *o = tarn_new(fixture.leaf);
    pthread_create(&thread, NULL, refer_too_often, o);
    tarn_blocking_begin();
    pthread_join(thread, NULL);
    tarn_blocking_end();
    tarn_drain();
    assert_int_equal(tarn_refcount(o), PTRDIFF_MAX);
    tarn_decref(o);
    assert_int_equal(tarn_refcount(o), PTRDIFF_MAX);
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(fixture.heap), 1);
}

static void spoil_errno(void *object) {
    (void)object;
    errno = EBADF;
}

static void a_drop_preserves_errno(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = node_type("spoiler", NULL, spoil_errno, TARN_TYPE_DISPOSE_PLAIN);
    struct node *outer = tarn_new(type);
    tarn_field_give(&outer->a, tarn_new(type));
    errno = E2BIG;
    tarn_decref(tarn_new(type));
    assert_int_equal(errno, E2BIG);
    tarn_decref(outer);
    assert_int_equal(errno, E2BIG);
    assert_int_equal(stats().freed, 3);
    close_heap();
}

static void immortal_objects_stay(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    tarn_immortalize(n);
    tarn_field_set(&n->a, n);
    tarn_decref(n);
    tarn_decref(n);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    assert_int_equal(tarn_refcount(n), PTRDIFF_MAX);
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 0);
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(fixture.heap), 1);
}

static void fields_own_what_they_hold(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    void *leaf = tarn_new(fixture.leaf);
    tarn_field_set(&n->a, leaf);
    assert_int_equal(tarn_refcount(leaf), 2);
    tarn_field_give(&n->b, leaf);
    assert_int_equal(tarn_refcount(leaf), 2);
    tarn_field_set(&n->a, NULL);
    assert_int_equal(tarn_refcount(leaf), 1);
    tarn_decref(n);
    assert_int_equal(stats().freed, 2);
    close_heap();
}

/* A type whose trace function names references that no offset does. */
struct traced {
    tarn_object header;
    size_t count;
    void *hidden[4];
};

static void trace_hidden(void *object, tarn_visitor visit, void *arg) {
    struct traced *t = object;
    for (size_t i = 0; i < t->count; i++)
        visit(t->hidden[i], arg);
}

static void trace_functions_name_references(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){
                          .name = "traced", .size = sizeof(struct traced), .trace = trace_hidden});
    struct traced *x = tarn_new(type);
    struct traced *y = tarn_new(type);
    x->count = y->count = 2;
    tarn_field_set(&x->hidden[0], y);
    tarn_field_set(&y->hidden[1], x);
    tarn_field_give(&y->hidden[0], tarn_new(fixture.leaf));
    tarn_decref(x);
    tarn_decref(y);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 2);
    assert_int_equal(stats().freed, 3);
    close_heap();
}

static void c14_an_omitted_reference_only_leaks(void **state) {
    (void)state;
    open_manual_heap();
    tarn_type *type =
        tarn_type_register(fixture.heap, &(struct tarn_type_spec){.name = "forgetful",
                                                                  .size = sizeof(struct traced),
                                                                  .trace = trace_hidden});
    struct traced *x = tarn_new(type);
    x->count = 0; /* says that it has none */
    tarn_field_set(&x->hidden[0], x);
    tarn_decref(x);
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 0);
    x->count = 1;
    assert_int_equal(tarn_gc_collect(fixture.heap, 2), 1);
    close_heap();
}

/* --- misuse: a child each, that must abort with the text --- */

static void *object;
static tarn_heap *other_heap;

static void over_release(void) {
    tarn_object *o = tarn_new(fixture.leaf);
    tarn_incref(o);
    tarn_share(o);
    tarn_decref(o);
    tarn_decref(o);
    tarn_decref(o);
}

static void incref_of_freed(void) {
    void *o = tarn_new(fixture.leaf);
    void *keeps_the_pool = tarn_new(fixture.leaf);
    (void)keeps_the_pool;
    tarn_decref(o);
    tarn_incref(o);
}

static void raw_block_as_object(void) {
    tarn_decref(memset(tarn_malloc(64), 0xa5, 64));
}

static void untyped_raw_block_as_object(void) {
    uint64_t *block = tarn_calloc(8, sizeof *block);
    block[1] = TARN__TYPE_MASK; /* no such type */
    tarn_decref(block);
}

static void libc_block_as_object(void) {
    tarn_incref(calloc(1, 64));
}

static void fork_in_a_stop(void) {
    tarn_world_stop();
    fork();
}

static void unattached_new(void) {
    tarn_thread_detach();
    tarn_new(fixture.leaf);
}

static void decref_while_blocking(void) {
    tarn_blocking_begin();
    tarn_decref(object);
}

static void nested_blocking(void) {
    tarn_blocking_begin();
    tarn_blocking_begin();
}

static void blocking_end_alone(void) {
    tarn_blocking_end();
}

static void safepoint_in_a_stop(void) {
    tarn_world_stop();
    tarn_gc_collect(fixture.heap, 0);
}

static void poll_in_a_stop(void) {
    tarn_world_stop();
    tarn_safepoint();
}

static void start_without_stop(void) {
    tarn_world_start();
}

static void foreign_type(void) {
    tarn_type *type =
        tarn_type_register(other_heap, &(struct tarn_type_spec){.name = "theirs", .size = 32});
    tarn_new(type);
}

static void array_of_a_plain_type(void) {
    tarn_new_array(fixture.leaf, 3);
}

static void a_stack_address_in_a_field(void) {
    long local[4] = {0};
    struct node *n = tarn_new(fixture.node);
    tarn_field_set(&n->a, local);
}

static void count_too_low(void) {
    struct node *n = tarn_new(fixture.node);
    n->a = n->b = n; /* references that are not counted */
    tarn_gc_collect(fixture.heap, 2);
}

static void freeing_an_object(void) {
    tarn_free(tarn_new(fixture.leaf));
}

static void deferring_an_object(void) {
    tarn_free_deferred(tarn_new(fixture.leaf));
}

static void misuse_stops_with_a_message(void **state) {
    static const struct {
        void (*misuse)(void);
        const char *text;
    } row[] = {
        {over_release, "used after its last reference was dropped"},
        {incref_of_freed, "tarn_incref: object 0x"},
        {incref_of_freed, ": used after its last reference was dropped, and freed"},
        {raw_block_as_object, " is no object but a raw block, which tarn_free takes"},
        {untyped_raw_block_as_object, " is no object but a raw block, which tarn_free takes"},
        {libc_block_as_object, " is no object: no tarn call returned it"},
        {fork_in_a_stop, "tarn: fork: called while the caller has the world stopped"},
        {unattached_new, "tarn_new: the calling thread is not attached to a heap"},
        {decref_while_blocking, "tarn_decref: called inside a blocking region"},
        {nested_blocking, "tarn_blocking_begin: called inside a blocking region"},
        {blocking_end_alone, "not inside a blocking region"},
        {safepoint_in_a_stop, "while the caller has the world stopped"},
        {poll_in_a_stop, "tarn_safepoint: a safepoint is misuse while the caller has the world"},
        {start_without_stop, "has not stopped the world"},
        {foreign_type, "tarn: tarn_new: type 'theirs' belongs to another heap"},
        {array_of_a_plain_type, "type 'leaf' has no trailing array"},
        {a_stack_address_in_a_field, "is no object"},
        {count_too_low, "type 'node' reports a reference to object"},
        {freeing_an_object, "is an object, not a raw block"},
        {deferring_an_object, "is not a raw block of tarn"},
    };
    (void)state;
    open_manual_heap();
    other_heap = tarn_heap_create(NULL);
    object = tarn_new(fixture.leaf);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect_fatal(row[i].misuse, row[i].text);
    tarn_decref(object);
    assert_int_equal(tarn_heap_destroy(other_heap), 0);
    close_heap();
}

/* --- the verifier --- */

static ptrdiff_t one_outside(const void *o, void *arg) {
    (void)arg;
    return tarn_typeof(o) == fixture.node || tarn_typeof(o) == fixture.leaf ? 1 : -1;
}

static void c15_the_verifier_finds_wrong_counts(void **state) {
    (void)state;
    open_manual_heap();
    struct node *n = new_node(fixture.node);
    tarn_object *leaf = tarn_new(fixture.leaf);
    assert_int_equal(tarn_heap_verify(fixture.heap, one_outside, NULL), 0);
    tarn_incref(leaf); /* one more than the outside says */
    assert_int_equal(tarn_heap_verify(fixture.heap, one_outside, NULL), 1);
    assert_non_null(strstr(fixture.log, "of type 'leaf': its count is not the references to it"));
    tarn_decref(leaf);
    n->a = (struct node *)leaf; /* held, and not counted */
    n->b = (struct node *)leaf;
    assert_int_equal(tarn_heap_verify(fixture.heap, NULL, NULL), 1);
    assert_non_null(strstr(fixture.log, "its count is lower than the references to it"));
    n->a = n->b = NULL;
    tarn_decref(leaf);
    tarn_decref(n);
    close_heap();
}

/* A million links are not torn down within 100 microseconds: the rest waits for the
 * safepoints that follow (C8). */
static void a_budget_of_time_spreads_a_drop_over_safepoints(void **state) {
    (void)state;
    enum { LINKS = 1000000 };
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .drop_budget_us = 100});
    struct node *list = NULL;
    for (int i = 0; i < LINKS; i++) {
        struct node *n = new_node(fixture.node);
        tarn_field_give(&n->a, list);
        list = n;
    }
    tarn_decref(list);
    uint64_t freed = stats().freed;
    assert_in_range(freed, 1, LINKS - 1);
    int safepoints = 0;
    for (; stats().freed < LINKS; safepoints++)
        tarn_safepoint();
    assert_true(safepoints > 1);
    assert_int_equal(stats().freed, LINKS);
    close_heap();
}

/* What a thread leaves to be torn down when it goes to sleep, however much, is freed by
 * the heap's own thread, slice by slice: not a slice for each grace period. */
static void a_budget_does_not_keep_what_a_sleeper_left(void **state) {
    enum { LEAVES = 300000, PERIODS_MAX = 1000 };
    tarn_slot slot = {0};
    (void)state;
    open_heap((struct tarn_config){.collect = TARN_COLLECT_MANUAL, .drop_budget = 16});
    tarn_slot_init(&slot, NULL);
    for (int i = 0; i < LEAVES; i++) { /* each published, so that it waits when it dies */
        void *leaf = tarn_new(fixture.leaf);
        assert_non_null(leaf);
        tarn_slot_store(&slot, leaf);
        tarn_decref(leaf);
    }
    tarn_slot_destroy(&slot);
    uint64_t periods = stats().grace_periods;
    tarn_blocking_begin();
    while (stats().freed < LEAVES)
        usleep(1000);
    tarn_blocking_end();
    assert_int_equal(stats().freed, LEAVES);
    assert_true(stats().grace_periods - periods < PERIODS_MAX);
    close_heap();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_budget_does_not_keep_what_a_sleeper_left),
        cmocka_unit_test(a_budget_of_time_spreads_a_drop_over_safepoints),
        cmocka_unit_test(nonsense_types_are_refused_with_a_reason),
        cmocka_unit_test(objects_are_zero_but_for_header_and_length),
        cmocka_unit_test(small_objects_are_zero_to_their_end_and_no_further),
        cmocka_unit_test(counts_count),
        cmocka_unit_test(shared_types_need_no_owner),
        cmocka_unit_test(a_count_saturates_into_immortality),
        cmocka_unit_test(a_count_that_is_not_merged_saturates_too),
        cmocka_unit_test(a_drop_preserves_errno),
        cmocka_unit_test(immortal_objects_stay),
        cmocka_unit_test(fields_own_what_they_hold),
        cmocka_unit_test(trace_functions_name_references),
        cmocka_unit_test(c14_an_omitted_reference_only_leaks),
        cmocka_unit_test(misuse_stops_with_a_message),
        cmocka_unit_test(c15_the_verifier_finds_wrong_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
