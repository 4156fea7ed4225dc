/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the hardened build adds; every other build skips these cases. */
#include "memory_tests.h"

static void links_are_not_addresses(void **state) {
    (void)state;
    if (!TARN_IS_HARDENED)
        skip();
    void *p[8];
    for (int i = 0; i < 8; i++)
        p[i] = tarn_malloc(64);
    for (int i = 0; i < 8; i++)
        tarn_free(p[i]);
    uint64_t link;
    memcpy(&link, p[7], sizeof link);
    for (int i = 0; i < 8; i++)
        assert_true(link >> 12 != (uint64_t)(uintptr_t)p[i] >> 12);
    assert_ptr_equal(tarn__block_next(p[7]), p[6]);
}

static void overwrite_a_link(void) {
    void *p = tarn_malloc(64);
    void *q = tarn_malloc(64);
    tarn_free(q);
    tarn_free(p);
    memset(p, 0x41, 8);
    p = tarn_malloc(64);
    q = tarn_malloc(64);
}

static void overwritten_links_are_noticed(void **state) {
    (void)state;
    if (!TARN_IS_HARDENED)
        skip();
    expect_fatal(overwrite_a_link, ": its link was written over");
}

static void new_blocks_come_in_random_order(void **state) {
    (void)state;
    if (!TARN_IS_HARDENED)
        skip();
    enum { N = 64 };
    char *p[N];
    int rising = 0;
    for (int i = 0; i < N; i++)
        p[i] = tarn_malloc(48);
    for (int i = 1; i < N; i++)
        rising += p[i] > p[i - 1];
    assert_in_range(rising, N / 4, N * 3 / 4);
    for (int i = 0; i < N; i++)
        tarn_free(p[i]);
}

static void write_at(char *p) {
    *(volatile char *)p = 1;
}

/* Whether a byte can be written to, tried in a child. */
static bool is_writable(char *p) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        write_at(p);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status);
}

static void guards_cannot_be_touched(void **state) {
    (void)state;
    if (!TARN_IS_HARDENED)
        skip();
    char *large = tarn_malloc(1000000);
    char *end = large + tarn_usable_size(large);
    assert_true(is_writable(end - 1));
    assert_false(is_writable(end));
    tarn_free(large);
    char *small = tarn_malloc(64);
    char *arena = (char *)tarn__arena_of(small);
    assert_false(is_writable(arena + TARN_ARENA_SIZE - 1));
    assert_false(is_writable(arena + TARN_ARENA_SIZE - TARN_SLICE_SIZE));
    tarn_free(small);
}

int main(void) {
    watch_nothing();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_not_addresses),
        cmocka_unit_test(overwritten_links_are_noticed),
        cmocka_unit_test(new_blocks_come_in_random_order),
        cmocka_unit_test(guards_cannot_be_touched),
    };
    return cmocka_run_group_tests_name("harden", tests, NULL, NULL);
}
