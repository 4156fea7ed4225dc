/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Grace periods beside a host's own read sections of the same flavour, which nest with
 * the seat's: a section that is not opened anew for good must not be taken for young.
 * Under the schedule baton there is no liburcu, and nothing to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <tarn/tarn.h>
#include <urcu/urcu-bp.h>

struct node {
    tarn_object header;
    tarn_slot next;
};

static size_t retired(tarn_heap *heap) {
    struct tarn_heap_stats stats;
    tarn_heap_get_stats(heap, &stats);
    return stats.retired;
}

/* Polls for so many milliseconds, or until nothing waits for a grace period. */
static void poll_for(tarn_heap *heap, int ms) {
    for (int i = 0; i < ms && retired(heap) > 0; i++) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        tarn_safepoint();
    }
}

static void a_grace_period_ends_after_the_hosts_section_has(void **state) {
    static const size_t offsets[] = {offsetof(struct node, next)};
    tarn_heap *heap = tarn_heap_create(NULL);
    tarn_slot slot;
    (void)state;
#ifdef TARN__SCHED
    skip();
#endif
    assert_int_equal(tarn_thread_attach(heap), 0);
    tarn_type *type = tarn_type_register(heap, &(struct tarn_type_spec){.name = "node",
                                                                        .size = sizeof(struct node),
                                                                        .offsets = offsets,
                                                                        .offset_count = 1});
    for (int round = 0; round < 3; round++) {
        struct node *node = tarn_new(type);
        tarn_slot_init(&slot, node);
        tarn_decref(node);
        tarn_slot_destroy(&slot);
        assert_int_equal(retired(heap), 1);
        urcu_bp_read_lock();
        poll_for(heap, 60); /* the request and the seat's answer fall into the section */
        assert_int_equal(retired(heap), 1);
        urcu_bp_read_unlock();
        poll_for(heap, 20000);
        assert_int_equal(retired(heap), 0);
    }
    assert_int_equal(tarn_thread_detach(), 0);
    assert_int_equal(tarn_heap_destroy(heap), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grace_period_ends_after_the_hosts_section_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
