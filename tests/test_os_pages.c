/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Pages from the operating system: alignment, access, contents, refusal. */
#include "os_tests.h"

#include <sys/mman.h>

#include "base/fault.h"
#include "os/pages.h"

/* Whether the page can be read: the kernel looks, so nothing dies of it. */
static bool is_readable(const void *page) {
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    bool readable = write(ends[1], page, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return readable;
}

/* Pages with memory behind them; -1: not all is mapped. */
static int resident_pages(void *start, size_t size) {
    unsigned char resident[256];
    size_t pages = size / tarn__os_page_size();
    int count = 0;
    assert_true(pages <= sizeof resident);
    if (mincore(start, size, resident) != 0)
        return -1;
    for (size_t i = 0; i < pages; i++)
        count += resident[i] & 1;
    return count;
}

static void expect_zero(const unsigned char *bytes, size_t size) {
    size_t other = 0;
    for (size_t i = 0; i < size; i++)
        other += bytes[i] != 0;
    assert_int_equal(other, 0);
}

static void the_page_size_is_the_kernels(void **state) {
    (void)state;
    assert_int_equal(tarn__os_page_size(), sysconf(_SC_PAGESIZE));
}

static void reserved_pages_are_aligned_as_asked_and_have_no_access(void **state) {
    (void)state;
    size_t page = tarn__os_page_size();
    for (size_t alignment = 1; alignment <= (size_t)1 << 26; alignment <<= 5) {
        char *p = tarn__os_reserve(3 * page, alignment);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignment, 0);
        assert_false(is_readable(p));
        assert_int_equal(resident_pages(p, 3 * page), 0);
        tarn__os_release(p, 3 * page);
    }
}

static size_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu", &pages) != 1)
        abort();
    fclose(f);
    return pages * tarn__os_page_size();
}

static void aligning_maps_no_more_than_was_asked_for(void **state) {
    (void)state;
    size_t size = 3 * tarn__os_page_size();
    mapped_bytes(); /* the first call asks for a buffer */
    size_t before = mapped_bytes();
    void *p = tarn__os_map(size, (size_t)1 << 26);
    size_t after = mapped_bytes();
    assert_non_null(p);
    assert_int_equal(after - before, size);
    tarn__os_release(p, size);
    assert_int_equal(mapped_bytes(), before);
}

static void committed_pages_read_zero_and_keep_what_is_written(void **state) {
    (void)state;
    size_t page = tarn__os_page_size();
    unsigned char *p = tarn__os_reserve(4 * page, page);
    assert_non_null(p);
    assert_true(tarn__os_commit(p + page, 2 * page));
    expect_zero(p + page, 2 * page);
    memset(p + page, 0xa5, 2 * page);
    assert_int_equal(p[page], 0xa5);
    assert_int_equal(p[3 * page - 1], 0xa5);
    assert_false(is_readable(p));
    assert_false(is_readable(p + 3 * page));
    tarn__os_release(p, 4 * page);
}

static void decommitted_pages_give_their_memory_back_and_read_zero(void **state) {
    (void)state;
    size_t size = 16 * tarn__os_page_size();
    unsigned char *p = tarn__os_map(size, 1);
    assert_non_null(p);
    memset(p, 0xa5, size);
    assert_int_equal(resident_pages(p, size), 16);
    tarn__os_decommit(p, size);
    assert_int_equal(resident_pages(p, size), 0);
    expect_zero(p, size);
    tarn__os_release(p, size);
}

static void locked_pages_read_zero_after_a_decommit(void **state) {
    (void)state;
    size_t size = 2 * tarn__os_page_size();
    unsigned char *p = tarn__os_map(size, 1);
    assert_non_null(p);
    memset(p, 0xa5, size);
    if (mlock(p, size) != 0) {
        tarn__os_release(p, size);
        skip(); /* no memory may be locked here */
    }
    errno = EDOM;
    tarn__os_decommit(p, size);
    assert_int_equal(errno, EDOM);
    expect_zero(p, size);
    tarn__os_release(p, size);
}

static void released_pages_are_unmapped(void **state) {
    (void)state;
    size_t size = 16 * tarn__os_page_size();
    void *p = tarn__os_map(size, 1);
    assert_int_equal(resident_pages(p, size), 0);
    tarn__os_release(p, size);
    assert_int_equal(resident_pages(p, size), -1);
}

static void more_address_space_than_there_is_is_refused(void **state) {
    (void)state;
    assert_null(tarn__os_reserve((size_t)1 << 62, 1));
    assert_null(tarn__os_reserve((size_t)1 << 62, (size_t)1 << 30));
    assert_null(tarn__os_map((size_t)1 << 62, 1));
    assert_null(tarn__os_reserve(SIZE_MAX - 4095, (size_t)1 << 21)); /* the sum overflows */
}

static void resizing_in_place_keeps_the_contents(void **state) {
    (void)state;
    size_t page = tarn__os_page_size();
    unsigned char *p = tarn__os_map(8 * page, 1);
    memset(p, 0xa5, 8 * page);
    assert_true(tarn__os_resize(p, 8 * page, 4 * page));
    assert_int_equal(p[4 * page - 1], 0xa5);
    assert_int_equal(resident_pages(p + 4 * page, 4 * page), -1);
    if (tarn__os_resize(p, 4 * page, 6 * page)) {
        assert_int_equal(p[4 * page - 1], 0xa5);
        expect_zero(p + 4 * page, 2 * page);
        tarn__os_release(p + 4 * page, 2 * page);
    }
    /* Into a mapping that is there already it cannot grow. */
    assert_false(tarn__os_resize(p, 2 * page, 4 * page));
    assert_int_equal(p[4 * page - 1], 0xa5);
    tarn__os_release(p, 4 * page);
}

#if defined(TARN_FAULTS) && TARN_FAULTS
static void injected_failures_refuse_pages(void **state) {
    (void)state;
    size_t page = tarn__os_page_size();
    tarn__fault_arm_from(1);
    void *reserved = tarn__os_reserve(page, page);
    void *aligned = tarn__os_reserve(page, 64 * page);
    void *mapped = tarn__os_map(page, page);
    tarn__fault_arm(0);
    assert_null(reserved);
    assert_null(aligned);
    assert_null(mapped);
    void *p = tarn__os_reserve(page, page);
    tarn__fault_arm(1);
    assert_false(tarn__os_commit(p, page));
    assert_false(is_readable(p));
    assert_true(tarn__os_commit(p, page));
    assert_true(is_readable(p));
    tarn__fault_arm(0);
    tarn__os_release(p, page);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_size_is_the_kernels),
        cmocka_unit_test(reserved_pages_are_aligned_as_asked_and_have_no_access),
        cmocka_unit_test(aligning_maps_no_more_than_was_asked_for),
        cmocka_unit_test(committed_pages_read_zero_and_keep_what_is_written),
        cmocka_unit_test(decommitted_pages_give_their_memory_back_and_read_zero),
        cmocka_unit_test(locked_pages_read_zero_after_a_decommit),
        cmocka_unit_test(released_pages_are_unmapped),
        cmocka_unit_test(more_address_space_than_there_is_is_refused),
        cmocka_unit_test(resizing_in_place_keeps_the_contents),
#if defined(TARN_FAULTS) && TARN_FAULTS
        cmocka_unit_test(injected_failures_refuse_pages),
#endif
    };
    return cmocka_run_group_tests_name("os_pages", tests, NULL, NULL);
}
