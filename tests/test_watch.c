/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The checked mode, which an environment variable turns on (C41): each misuse stops
 * with the block, its size, its kind, the rule and the stack that allocated it.
 */
#include "memory_tests.h"

/* Named in stacks: exported, so that dladdr knows them. */
#define NAMED __attribute__((noinline, visibility("default")))

void *make_block_here(size_t size);
void *make_leaf_here(void);

NAMED void *make_block_here(size_t size) {
    void *block = tarn_malloc(size);
    __asm__ volatile("" : "+r"(block)); /* no tail call */
    return block;
}

static void overflow_by_one(void) {
    char *p = make_block_here(41);
    p[41] = 0;
    tarn_free(p);
}

static void overflow_far(void) {
    char *p = make_block_here(41);
    memset(p, 0, tarn__pool_of(p)->block_size);
    tarn_free(p);
}

static void overflow_a_large_block(void) {
    char *p = make_block_here(1000001);
    p[1000001] = 1;
    tarn_free(p);
}

static void free_twice_with_many_between(void) {
    void *p = make_block_here(41);
    tarn_free(p);
    for (int i = 0; i < 100; i++)
        tarn_free(tarn_malloc(41));
    tarn_free(p);
}

static void *free_it(void *block) {
    tarn_free(block);
    return NULL;
}

static void free_twice_by_two_threads(void) {
    pthread_t thread;
    void *p = make_block_here(41);
    if (pthread_create(&thread, NULL, free_it, p) != 0)
        abort();
    pthread_join(thread, NULL);
    tarn_free(p);
}

static void write_after_free(void) {
    char *p = make_block_here(41);
    tarn_free(p);
    p[40] = 1;
    tarn_heap_trim(NULL); /* as any later call might: it leaves quarantine */
}

static tarn_type *leaf;

static void open_heap(void) {
    tarn_heap *heap = tarn_heap_create(NULL);
    if (!heap || tarn_thread_attach(heap) != 0)
        abort();
    leaf = tarn_type_register(heap, &(struct tarn_type_spec){.name = "leaf", .size = 40});
}

NAMED void *make_leaf_here(void) {
    void *object = tarn_new(leaf);
    __asm__ volatile("" : "+r"(object));
    return object;
}

static void overflow_an_object(void) {
    open_heap();
    char *o = make_leaf_here();
    o[40] = 1;
    tarn_decref(o);
}

static void overflow_and_defer(void) {
    open_heap();
    char *p = make_block_here(5);
    p[5] = 1;
    tarn_free_deferred(p);
}

static const struct {
    const char *name;
    void (*misuse)(void);
    const char *text[3];
} rows[] = {
    {"overflow by one",
     overflow_by_one,
     {"tarn_free: raw block 0x", " of 41 bytes: written to beyond its end", "make_block_here+0x"}},
    {"overflow far", overflow_far, {"raw block 0x", "written to far beyond its end", ""}},
    {"overflow a large block",
     overflow_a_large_block,
     {"of 1000001 bytes", "written to beyond its end", "make_block_here+0x"}},
    {"free twice",
     free_twice_with_many_between,
     {"of 41 bytes", ": freed twice; allocated by ", "make_block_here+0x"}},
    {"free twice by two threads",
     free_twice_by_two_threads,
     {"of 41 bytes", ": freed twice; allocated by ", "make_block_here+0x"}},
    {"write after free",
     write_after_free,
     {"of 41 bytes", "written to after it was freed; allocated by", "make_block_here+0x"}},
    {"overflow before a deferred free",
     overflow_and_defer,
     {"tarn_free_deferred: raw block 0x", " of 5 bytes: written to beyond its end",
      "make_block_here+0x"}},
    {"overflow an object",
     overflow_an_object,
     {"tarn_decref: leaf object 0x", " of 40 bytes: written to beyond its end",
      "make_leaf_here+0x"}},
};

static void each_misuse_stops_with_its_message(void **state) {
    (void)state;
    if (UNDER_SANITIZER)
        skip(); /* AddressSanitizer stops most of them itself, at the access */
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].name);
        for (int t = 0; t < 3; t++)
            expect_fatal(rows[i].misuse, rows[i].text[t]);
    }
}

static void what_is_allocated_is_filled_and_sized(void **state) {
    (void)state;
    unsigned char *p = tarn_malloc(100);
    assert_int_equal(tarn_usable_size(p), 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(p[i], 0xcd);
    p = tarn_realloc(p, 300);
    assert_int_equal(p[99], 0xcd);
    assert_int_equal(tarn_usable_size(p), 300);
    tarn_free(p);
    unsigned char *q = tarn_calloc(10, 10);
    for (int i = 0; i < 100; i++)
        assert_int_equal(q[i], 0);
    tarn_free(q);
    void *aligned = tarn_aligned_alloc(4096, 5000);
    assert_int_equal((uintptr_t)aligned % 4096, 0);
    assert_int_equal(tarn_usable_size(aligned), 5000);
    tarn_free(aligned);
    p = tarn_malloc(0);
    assert_int_equal(tarn_usable_size(p), 0);
    tarn_free(p);
}

static void *many_calls(void *arg) {
    unsigned seed = (unsigned)(uintptr_t)arg;
    void *live[100] = {0};
    for (int i = 0; i < 5000; i++) {
        seed = seed * 1664525 + 1013904223;
        unsigned k = seed >> 8 & 63;
        size_t size = seed >> 16 & 0x1fff;
        tarn_free(live[k]);
        live[k] = tarn_malloc(size);
        memset(live[k], i, size);
    }
    for (int i = 0; i < 100; i++)
        tarn_free(live[i]);
    return NULL;
}

static void correct_programs_pass(void **state) {
    (void)state;
    pthread_t thread[4];
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, many_calls, (void *)(i + 1)), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    tarn_heap_trim(NULL);
    assert_int_equal(memory_faults(), 0);
}

/* However small a block is, the library may link it to others while it waits. */
static void deferred_frees_pass(void **state) {
    (void)state;
    tarn_heap *heap = tarn_heap_create(NULL);
    assert_int_equal(tarn_thread_attach(heap), 0);
    for (size_t size = 0; size < 40; size++) {
        void *block = tarn_malloc(size);
        memset(block, 1, size);
        tarn_free_deferred(block);
    }
    tarn_gc_collect(heap, 2);
    tarn_thread_detach();
    assert_int_equal(tarn_heap_destroy(heap), 0);
    tarn_heap_trim(NULL);
    assert_int_equal(memory_faults(), 0);
}

int main(int argc, char **argv) {
    (void)argc;
    /* The mode is chosen at start: start again with it. */
    if (!getenv("TARN_CHECK")) {
        setenv("TARN_CHECK", "1", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_misuse_stops_with_its_message),
        cmocka_unit_test(what_is_allocated_is_filled_and_sized),
        cmocka_unit_test(correct_programs_pass),
        cmocka_unit_test(deferred_frees_pass),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
