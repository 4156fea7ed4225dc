/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Misuse of the raw calls ends in a message and an abort (C41). */
#include "memory_tests.h"

static void run(void *(*body)(void *), void *arg) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, arg) != 0)
        abort();
    pthread_join(thread, NULL);
}

static void *free_it(void *block) {
    tarn_free(block);
    return NULL;
}

static void *free_it_twice(void *block) {
    tarn_free(block);
    tarn_free(block);
    return NULL;
}

static void free_twice(void) {
    void *p = tarn_malloc(48);
    tarn_free(p);
    tarn_free(p);
}

/* Found when the block would be handed out again, before anybody gets it twice. */
static void free_twice_with_another_between(void) {
    void *p = tarn_malloc(48);
    void *other = tarn_malloc(48);
    tarn_free(p);
    tarn_free(other);
    tarn_free(p);
    void *first = tarn_malloc(48);
    void *second = tarn_malloc(48);
    void *third = tarn_malloc(48);
    dprintf(STDERR_FILENO, "handed out: %p %p %p\n", first, second, third);
}

static void free_twice_then_trim(void) {
    void *p = tarn_malloc(48);
    void *other = tarn_malloc(48);
    tarn_free(p);
    tarn_free(other);
    tarn_free(p);
    tarn_heap_trim(NULL);
}

static void write_after_free(void) {
    char *p = tarn_malloc(48);
    tarn_free(p);
    memset(p, 0x41, 48);
    p = tarn_malloc(48);
}

static void free_twice_after_the_pool_is_gone(void) {
    enum { N = 2000 };
    static void *p[N];
    for (int i = 0; i < N; i++)
        p[i] = tarn_malloc(512);
    for (int i = 0; i < N; i++)
        tarn_free(p[i]);
    tarn_heap_trim(NULL);
    tarn_free(p[N / 2]);
}

static void free_twice_elsewhere(void) {
    run(free_it_twice, tarn_malloc(48));
}

/* The owner frees what another thread freed: found when it takes that in. */
static void free_here_and_elsewhere(void) {
    void *p = tarn_malloc(48);
    run(free_it, p);
    tarn_free(p);
    tarn_heap_trim(NULL);
}

#if !UNDER_SANITIZER
static void *free_and_hold(void *block) {
    tarn_free(tarn_malloc(128)); /* a cache, whose bin takes the block */
    tarn_free(block);
    pause();
    return NULL;
}

/* The block is in two threads' bins: found before the second one hands it out. */
static void free_twice_into_two_bins(void) {
    void *p = tarn_malloc(128);
    pthread_t thread;
    if (pthread_create(&thread, NULL, free_and_hold, p) != 0)
        abort();
    usleep(200000);
    tarn_free(p);
    void *first = tarn_malloc(128);
    dprintf(STDERR_FILENO, "handed out: %p\n", first);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    tarn_heap_trim(NULL);
    for (int i = 0; i < 100000; i++)
        tarn_malloc(128);
}
#endif

static void free_large_twice(void) {
    void *p = tarn_malloc(1000000);
    tarn_free(p);
    tarn_free(p);
}

static void free_large_twice_after_trim(void) {
    void *p = tarn_malloc(1000000);
    tarn_free(p);
    tarn_heap_trim(NULL);
    tarn_free(p);
}

static void free_inside(void) {
    char *p = tarn_malloc(100);
    tarn_free(p + 16);
}

static void free_odd_inside(void) {
    char *p = tarn_malloc(100);
    tarn_free(p + 1);
}

static void free_inside_elsewhere(void) {
    char *p = tarn_malloc(100);
    run(free_it, p + 32);
}

static void free_inside_large(void) {
    char *p = tarn_malloc(3000000);
    memset(p, 0x41, 3000000);
    tarn_free(p + 600016);
}

static void free_start_of_a_unit_inside_large(void) {
    char *p = tarn_malloc(3000000);
    memset(p, 0x41, 3000000);
    tarn_free((char *)(((uintptr_t)p + TARN_ARENA_SIZE) & ~(uintptr_t)(TARN_ARENA_SIZE - 1)));
}

static void free_never_allocated(void) {
    char *p = tarn_malloc(16);
    struct tarn_pool *pool = tarn__pool_of(p);
    tarn_free(tarn__pool_block(pool, pool->capacity - 1u));
}

static void free_head_of_arena(void) {
    tarn_free(tarn__arena_of(tarn_malloc(16)));
}

static void free_stack(void) {
    int local[4];
    void *volatile p = local;
    tarn_free(p);
}

static void free_data(void) {
    static int data[4];
    void *volatile p = data;
    tarn_free(p);
}

static void free_libc_block(void) {
    void *volatile p = malloc(100);
    tarn_free(p);
}

static void free_nonsense(void) {
    void *volatile p = (void *)0xdead000000000010u;
    tarn_free(p);
}

static void realloc_freed(void) {
    enum { N = 2000 };
    static void *p[N];
    for (int i = 0; i < N; i++)
        p[i] = tarn_malloc(512);
    for (int i = 0; i < N; i++)
        tarn_free(p[i]);
    tarn_heap_trim(NULL);
    p[0] = tarn_realloc(p[N / 2], 10);
}

static void realloc_foreign(void) {
    static char data[64];
    void *volatile p = data;
    p = tarn_realloc(p, 10);
}

static void usable_size_inside(void) {
    char *p = tarn_malloc(100);
    tarn_usable_size(p + 8);
}

static void *make_object(void) {
    static struct tarn_type_spec spec = {.name = "thing", .size = 48};
    tarn_heap *heap = tarn_heap_create(NULL);
    if (!heap || tarn_thread_attach(heap) != 0)
        abort();
    return tarn_new(tarn_type_register(heap, &spec));
}

static void free_object(void) {
    tarn_free(make_object());
}

static void realloc_object(void) {
    void *p = make_object();
    p = tarn_realloc(p, 100);
    (void)p;
}

static const struct {
    const char *name;
    void (*misuse)(void);
    const char *text;
} rows[] = {
    {"free twice", free_twice, "tarn: tarn_free: block 0x"},
    {"free twice, text", free_twice, " of 48 bytes: freed twice\n"},
    {"free twice, another between", free_twice_with_another_between, "tarn: tarn_malloc: block 0x"},
    {"free twice, then trim", free_twice_then_trim, "freed twice, or written to after it was"},
    {"write after free", write_after_free, "freed twice, or written to after it was freed\n"},
    {"free twice, pool gone", free_twice_after_the_pool_is_gone, " is no block: freed already"},
    {"free twice elsewhere", free_twice_elsewhere, " of 48 bytes: freed twice\n"},
    {"free here and elsewhere", free_here_and_elsewhere, " of 48 bytes: freed twice\n"},
#if !UNDER_SANITIZER /* which sees the race first */
    {"free into two bins", free_twice_into_two_bins, "tarn: tarn_"},
#endif
    {"free large twice", free_large_twice, " is no block: freed already"},
    {"free large twice, unmapped", free_large_twice_after_trim, " is a foreign pointer"},
    {"free inside", free_inside, ": an interior pointer into a block of 112 bytes\n"},
    {"free at an odd address", free_odd_inside,
     ": an interior pointer into a block of 112 bytes\n"},
    {"free inside elsewhere", free_inside_elsewhere, ": an interior pointer into a block of 112"},
    {"free inside large", free_inside_large, ": an interior pointer into a block of 30"},
    {"free a unit inside large", free_start_of_a_unit_inside_large, ": an interior pointer into"},
    {"free never allocated", free_never_allocated, "is no block's start"},
    {"free an arena's head", free_head_of_arena, " is no block: freed already, or never"},
    {"free stack", free_stack, " is a foreign pointer: no tarn call returned it\n"},
    {"free data", free_data, " is a foreign pointer"},
    {"free a libc block", free_libc_block, " is a foreign pointer"},
    {"free nonsense", free_nonsense, "0xdead000000000010 is a foreign pointer"},
    {"realloc freed", realloc_freed, "tarn: tarn_realloc: "},
    {"realloc foreign", realloc_foreign, "tarn: tarn_realloc: "},
    {"usable_size inside", usable_size_inside, "tarn: tarn_usable_size: "},
    {"free an object", free_object, " is an object, not a raw block: drop it with tarn_decref\n"},
    {"realloc an object", realloc_object, "tarn: tarn_realloc: "},
};

static void each_misuse_stops_with_its_message(void **state) {
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].name);
        expect_fatal(rows[i].misuse, rows[i].text);
    }
}

/* The hook receives what would have gone to standard error. */
static void tell(void *arg, const char *message) {
    (void)arg;
    dprintf(STDERR_FILENO, "hook: %s", message);
}

static void free_twice_with_hook(void) {
    tarn__fatal_set_hook(tell, NULL);
    free_twice();
}

static void the_hook_gets_the_message(void **state) {
    (void)state;
    expect_fatal(free_twice_with_hook, "hook: tarn: tarn_free: block 0x");
}

int main(void) {
    watch_nothing();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_misuse_stops_with_its_message),
        cmocka_unit_test(the_hook_gets_the_message),
    };
    return cmocka_run_group_tests_name("memory_misuse", tests, NULL, NULL);
}
