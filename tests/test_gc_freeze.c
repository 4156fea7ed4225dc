/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Frozen pages stay shared with a forked child, as the kernel counts them (C12): bit 56 of
 * /proc/self/pagemap says whether a page is mapped by one process alone.
 */
#include "heap_tests.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OBJECTS 60000
#define PAGE_EXCLUSIVE ((uint64_t)1 << 56)
#define PAGE_PRESENT ((uint64_t)1 << 63)

static struct node *object[OBJECTS];

static int by_address(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a;
    uintptr_t y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

struct pages {
    long all;
    long own; /* mapped by this process alone */
};

/* The pages that the objects lie in; all 0: the kernel does not say. */
static struct pages look_at_pages(void) {
    struct pages found = {0};
    uintptr_t last = 0;
    int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    long size = sysconf(_SC_PAGESIZE);
    for (int i = 0; map >= 0 && i < OBJECTS; i++) {
        uintptr_t page = (uintptr_t)object[i] / (uintptr_t)size;
        uint64_t entry;
        if (page == last)
            continue;
        last = page;
        if (pread(map, &entry, sizeof entry, (off_t)(page * sizeof entry)) != sizeof entry)
            break;
        found.all += (entry & PAGE_PRESENT) != 0;
        found.own += (entry & PAGE_PRESENT) && (entry & PAGE_EXCLUSIVE);
    }
    if (map >= 0)
        close(map);
    return found;
}

/* Garbage for collections of all generations. */
static void collect_much(void) {
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 2000; i++) {
            struct node *n = new_node(fixture.node);
            tarn_field_set(&n->a, n);
            tarn_field_set(&n->b, object[0]); /* its count is written as they die */
            tarn_decref(n);
        }
        tarn_gc_collect(fixture.heap, round % 3);
    }
    tarn_gc_collect(fixture.heap, 2);
}

enum { CHILD_FINE, CHILD_UNKNOWN, CHILD_NOT_SHARED, CHILD_WROTE };

static int run_child(void) {
    struct pages before = look_at_pages();
    if (before.all == 0)
        return CHILD_UNKNOWN;
    if (before.own > before.all / 100)
        return before.own == before.all ? CHILD_UNKNOWN : CHILD_NOT_SHARED;
    collect_much();
    struct pages after = look_at_pages();
    fprintf(stderr, "%ld pages, own before: %ld, after: %ld\n", after.all, before.own, after.own);
    return after.own > after.all / 20 ? CHILD_WROTE : CHILD_FINE;
}

/* What a child finds out about the pages of young objects; frozen before, or not. */
static int ask_child(bool freeze) {
    int status = -1;
    open_manual_heap();
    for (int i = 0; i < OBJECTS; i++) {
        object[i] = new_node(fixture.node);
        tarn_field_set(&object[i]->a, object[i ? i - 1 : 0]);
    }
    qsort(object, OBJECTS, sizeof object[0], by_address);
    if (freeze)
        assert_int_equal(tarn_gc_freeze(fixture.heap), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(run_child());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(tarn_gc_unfreeze(fixture.heap), 0);
    for (int i = 0; i < OBJECTS; i++)
        tarn_decref(object[i]);
    tarn_gc_collect(fixture.heap, 2);
    close_heap();
    return WEXITSTATUS(status);
}

static void c12_a_child_shares_frozen_pages(void **state) {
    (void)state;
    int answer = ask_child(true);
    if (answer == CHILD_UNKNOWN)
        skip();
    assert_int_equal(answer, CHILD_FINE);
}

/* That the test can tell: without freezing the child's collections write to all. */
static void pages_that_are_not_frozen_are_written(void **state) {
    (void)state;
    int answer = ask_child(false);
    if (answer == CHILD_UNKNOWN)
        skip();
    assert_int_equal(answer, CHILD_WROTE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c12_a_child_shares_frozen_pages),
        cmocka_unit_test(pages_that_are_not_frozen_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
