/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The raw calls of one thread: malloc's contracts (C40). */
#include "memory_tests.h"

#include "memory/layout.h"

static void size_zero_gives_unique_pointers(void **state) {
    (void)state;
    void *p[100];
    for (int i = 0; i < 100; i++) {
        p[i] = i % 3 == 0 ? tarn_malloc(0) : i % 3 == 1 ? tarn_calloc(0, 7) : tarn_realloc(NULL, 0);
        assert_non_null(p[i]);
        for (int j = 0; j < i; j++)
            assert_ptr_not_equal(p[i], p[j]);
    }
    for (int i = 0; i < 100; i++)
        tarn_free(p[i]);
    tarn_free(NULL);
    assert_int_equal(tarn_usable_size(NULL), 0);
    assert_int_equal(memory_faults(), 0);
}

static void classes_cover_every_size_with_little_waste(void **state) {
    (void)state;
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        size_t size = tarn__class_size(c);
        size_t below = c ? tarn__class_size(c - 1) : 0;
        assert_int_equal(tarn__class_of(size), c);
        assert_int_equal(tarn__class_of(below + 1), c);
        assert_true(size > below);
        assert_int_equal(size % TARN_BLOCK_ALIGN, 0);
        if (below >= 128) /* a request one byte beyond the class below */
            assert_true(size - below <= size / 8);
        for (unsigned wanted = 1; wanted <= TARN_RAW_SLICES; wanted++) {
            unsigned slices = tarn__class_slices(size, wanted);
            assert_true(slices >= 1 && slices <= TARN_ROOM_SLICES);
            assert_true(slices * TARN_SLICE_SIZE >= size);
            assert_true(slices * TARN_SLICE_SIZE / size <= TARN_POOL_BLOCKS_MAX);
        }
    }
    assert_int_equal(tarn__class_size(TARN_CLASSES - 1), TARN_POOL_BLOCK_MAX);
    assert_int_equal(tarn__class_of(0), 0);
}

/* Whether malloc looks the class up or computes it. */
static void every_size_gets_a_block_of_its_class(void **state) {
    (void)state;
    for (size_t size = 1; size <= 2 * TARN_TABLE_MAX; size++) {
        void *p = tarn_malloc(size);
        assert_non_null(p);
        assert_int_equal(tarn__pool_of(p)->block_size, tarn__class_size(tarn__class_of(size)));
        tarn_free(p);
    }
}

/* For each class: more blocks than a pool has, all aligned, all apart. */
static void blocks_are_aligned_usable_and_apart(void **state) {
    (void)state;
    for (unsigned c = 0; c < TARN_CLASSES; c++) {
        size_t size = tarn__class_size(c) - c % 2;
        enum { N = 40 };
        unsigned char *p[N];
        for (unsigned i = 0; i < N; i++) {
            p[i] = tarn_malloc(size);
            assert_non_null(p[i]);
            assert_int_equal((uintptr_t)p[i] % 16, 0);
            assert_true(tarn_usable_size(p[i]) >= size);
            memset(p[i], (int)(i + c), tarn_usable_size(p[i]));
        }
        for (unsigned i = 0; i < N; i++)
            for (size_t k = 0; k < tarn_usable_size(p[i]); k += 97)
                assert_int_equal(p[i][k], (unsigned char)(i + c));
        for (unsigned i = 0; i < N; i++)
            tarn_free(p[i]);
    }
    assert_int_equal(memory_faults(), 0);
}

static void impossible_sizes_are_refused(void **state) {
    (void)state;
    volatile size_t huge = SIZE_MAX;
    errno = 0;
    assert_null(tarn_calloc(huge / 2, 4));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(tarn_malloc(huge));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(tarn_malloc(((size_t)1 << 46) + 1));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(tarn_aligned_alloc(huge / 2 + 1, 16));
    assert_int_equal(errno, ENOMEM);
    void *p = tarn_malloc(100);
    memset(p, 7, 100);
    errno = 0;
    assert_null(tarn_realloc(p, huge));
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(((char *)p)[99], 7);
    tarn_free(p);
}

static void calloc_zeroes_used_memory(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 16, 100, 5000, 100000, 240000, 300000, 3000000};
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int round = 0; round < 3; round++) {
            unsigned char *p = tarn_calloc(1, sizes[s]);
            assert_non_null(p);
            for (size_t i = 0; i < sizes[s]; i++)
                if (p[i] != 0)
                    fail_msg("byte %zu of %zu is %u", i, sizes[s], p[i]);
            memset(p, 0xee, tarn_usable_size(p));
            tarn_free(p);
        }
}

static void alignment_up_to_several_megabytes(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 17, 500, 4096, 20000, 130000, 245760, 400000};
    for (size_t alignment = 1; alignment <= (size_t)8 << 20; alignment *= 2)
        for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            char *p = tarn_aligned_alloc(alignment, sizes[s]);
            char *q = tarn_aligned_alloc(alignment, sizes[s]);
            assert_non_null(p);
            assert_non_null(q);
            assert_int_equal((uintptr_t)p % alignment, 0);
            assert_int_equal((uintptr_t)q % alignment, 0);
            assert_true(tarn_usable_size(p) >= sizes[s]);
            memset(p, 1, sizes[s]);
            memset(q, 2, sizes[s]);
            assert_true(sizes[s] == 0 || p[sizes[s] - 1] == 1);
            assert_true(tarn_is_heap_pointer(p));
            p = tarn_realloc(p, sizes[s] + 1000);
            assert_non_null(p);
            assert_true(sizes[s] == 0 || p[sizes[s] - 1] == 1);
            tarn_free(q);
            tarn_free(p);
        }
    errno = 0;
    assert_null(tarn_aligned_alloc(48, 100));
    assert_int_equal(errno, EINVAL);
    assert_null(tarn_aligned_alloc(0, 100));
    assert_int_equal(memory_faults(), 0);
}

static void fill(unsigned char *p, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        p[i] = (unsigned char)(i * 31 + i / 251);
}

static void expect_filled(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != (unsigned char)(i * 31 + i / 251))
            fail_msg("byte %zu of %zu changed", i, n);
}

static void realloc_keeps_what_fits(void **state) {
    (void)state;
    size_t size = 1;
    unsigned char *p = tarn_realloc(NULL, size);
    fill(p, 0, size);
    while (size < (size_t)6 << 20) {
        size_t next = size + size / 3 + 1;
        p = tarn_realloc(p, next);
        assert_non_null(p);
        expect_filled(p, size);
        fill(p, size, next);
        size = next;
    }
    while (size > 1) {
        size -= size / 4 + 1;
        p = tarn_realloc(p, size);
        assert_non_null(p);
        expect_filled(p, size);
    }
    p = tarn_realloc(p, 0);
    assert_non_null(p);
    tarn_free(p);
    assert_int_equal(memory_faults(), 0);
}

/* A loop of large blocks asks the system for one mapping. */
static void large_mappings_are_used_again(void **state) {
    (void)state;
    tarn_heap_trim(NULL);
    void *first = tarn_malloc((size_t)1 << 20);
    assert_non_null(first);
    tarn_free(first);
    for (int i = 0; i < 100; i++) {
        void *p = tarn_malloc(((size_t)1 << 20) - (size_t)i * 1000);
        assert_ptr_equal(p, first);
        tarn_free(p);
    }
    tarn_heap_trim(NULL);
    assert_false(tarn_is_heap_pointer(first));
}

static void large_blocks_shrink_and_grow_in_place(void **state) {
    (void)state;
    if (TARN_IS_HARDENED)
        skip(); /* their guards stay where they are */
    size_t before = committed_bytes();
    unsigned char *p = tarn_malloc((size_t)64 << 20);
    assert_non_null(p);
    fill(p, 0, 5000);
    unsigned char *q = tarn_realloc(p, (size_t)1 << 20);
    assert_ptr_equal(p, q);
    expect_filled(q, 5000);
    assert_true(committed_bytes() - before < (size_t)2 << 20);
    assert_true(tarn_is_heap_pointer(q));
    assert_false(tarn_is_heap_pointer(q + ((size_t)32 << 20)));
    q = tarn_realloc(q, (size_t)9 << 20);
    assert_non_null(q);
    expect_filled(q, 5000);
    assert_true(tarn_is_heap_pointer(q + ((size_t)8 << 20)));
    tarn_free(q);
}

static void the_map_knows_every_block(void **state) {
    (void)state;
    static int in_data;
    int on_stack;
    char *small = tarn_malloc(40);
    char *large = tarn_malloc(3000000);
    assert_true(tarn_is_heap_pointer(small));
    assert_true(tarn_is_heap_pointer(small + 7));
    assert_true(tarn_is_heap_pointer(large + 2999999));
    assert_false(tarn_is_heap_pointer(&in_data));
    assert_false(tarn_is_heap_pointer(&on_stack));
    assert_false(tarn_is_heap_pointer(NULL));
    assert_false(tarn_is_heap_pointer((void *)UINTPTR_MAX));
    tarn_free(small);
    tarn_free(large);
}

static void no_call_changes_errno_without_failing(void **state) {
    (void)state;
    static const size_t sizes[] = {8, 700, 30000, 200000, 500000, 100000000};
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        errno = 77;
        void *p = tarn_malloc(sizes[s]);
        p = tarn_realloc(p, sizes[s] * 2);
        tarn_free(p);
        assert_int_equal(errno, 77);
    }
}

/* A shadow of every block's size and contents through random calls. */
static void random_calls_keep_contents(void **state) {
    (void)state;
    enum { N = 600 };
    static unsigned char *block[N];
    static size_t size[N];
    uint32_t seed = 20251;
    for (int i = 0; i < 40000; i++) {
        unsigned k = next_random(&seed) % N;
        size_t n = next_random(&seed) % (i % 50 ? 2000 : 400000);
        if (block[k])
            expect_filled(block[k], size[k] < 300 ? size[k] : 300);
        if (block[k] && next_random(&seed) % 3) {
            tarn_free(block[k]);
            block[k] = NULL;
            continue;
        }
        size_t kept = block[k] ? (size[k] < n ? size[k] : n) : 0;
        block[k] = tarn_realloc(block[k], n);
        assert_non_null(block[k]);
        expect_filled(block[k], kept < 300 ? kept : 300);
        fill(block[k], 0, n);
        size[k] = n;
        if (i % 4000 == 0)
            assert_int_equal(memory_faults(), 0);
    }
    for (unsigned k = 0; k < N; k++)
        tarn_free(block[k]);
    assert_int_equal(memory_faults(), 0);
}

int main(void) {
    watch_nothing();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_zero_gives_unique_pointers),
        cmocka_unit_test(classes_cover_every_size_with_little_waste),
        cmocka_unit_test(every_size_gets_a_block_of_its_class),
        cmocka_unit_test(blocks_are_aligned_usable_and_apart),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(calloc_zeroes_used_memory),
        cmocka_unit_test(alignment_up_to_several_megabytes),
        cmocka_unit_test(realloc_keeps_what_fits),
        cmocka_unit_test(large_mappings_are_used_again),
        cmocka_unit_test(large_blocks_shrink_and_grow_in_place),
        cmocka_unit_test(the_map_knows_every_block),
        cmocka_unit_test(no_call_changes_errno_without_failing),
        cmocka_unit_test(random_calls_keep_contents),
    };
    return cmocka_run_group_tests_name("memory_raw", tests, NULL, NULL);
}
