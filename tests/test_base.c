/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Checks, bits, lists and the fault counter. */
#include "os_tests.h"

#include "base/bits.h"
#include "base/fault.h"
#include "base/list.h"
#include "os/thread.h"

/* -------------------------------------------------------------- checks ---- */

static int evaluated;

static bool evaluate(bool result) {
    evaluated++;
    return result;
}

static void fail_check(void) {
    TARN_CHECK(evaluate(false), "count %d of \"%s\"", -3, "thing");
}

static void a_failed_check_says_function_and_text_and_aborts(void **state) {
    (void)state;
    struct child_end end = expect_fatal(fail_check, "tarn: fail_check: count -3 of \"thing\"\n");
    assert_string_equal(end.said, "tarn: fail_check: count -3 of \"thing\"\n");
}

static void a_check_that_holds_is_evaluated_once_and_goes_on(void **state) {
    (void)state;
    evaluated = 0;
    TARN_CHECK(evaluate(true), "never said");
    assert_int_equal(evaluated, 1);
}

static void tell(void *arg, const char *message) {
    dprintf(STDERR_FILENO, "%s<%s>", (const char *)arg, message);
}

static void fail_check_with_hook(void) {
    static char name[] = "hook";
    tarn__fatal_set_hook(tell, name);
    fail_check();
}

static void the_hook_gets_the_message_instead_of_standard_error(void **state) {
    (void)state;
    const char *text = "hook<tarn: fail_check: count -3 of \"thing\">";
    struct child_end end = expect_fatal(fail_check_with_hook, text);
    assert_string_equal(end.said, text);
}

static void unset_hook_and_fail(void) {
    tarn__fatal_set_hook(tell, NULL);
    tarn__fatal_set_hook(NULL, NULL);
    fail_check();
}

static void without_a_hook_again_the_message_goes_to_standard_error(void **state) {
    (void)state;
    struct child_end end = expect_fatal(unset_hook_and_fail, "tarn: fail_check: count -3");
    assert_null(strchr(end.said, '<'));
}

static void fail_at_length(void) {
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    TARN_CHECK(false, "%s", text);
}

static void a_message_too_long_is_cut_and_ends_its_line(void **state) {
    (void)state;
    struct child_end end = expect_fatal(fail_at_length, "tarn: fail_at_length: xxx");
    size_t length = strlen(end.said);
    assert_in_range(length, 900, 1024);
    assert_int_equal(end.said[length - 1], '\n');
}

static void fail_assertion(void) {
    TARN_ASSERT(1 + 1 == 3);
}

static void an_assertion_dies_in_debug_builds_only(void **state) {
    (void)state;
#if defined(TARN_DEBUG) && TARN_DEBUG
    expect_fatal(fail_assertion, "assertion failed: 1 + 1 == 3 (");
#else
    expect_return(fail_assertion);
#endif
}

static void an_assertion_left_out_is_not_evaluated(void **state) {
    (void)state;
    int expected = 0;
#if defined(TARN_DEBUG) && TARN_DEBUG
    expected++;
#endif
#if defined(TARN_DEBUG_SLOW) && TARN_DEBUG_SLOW
    expected++;
#endif
    evaluated = 0;
    TARN_ASSERT(evaluate(true));
    TARN_ASSERT_SLOW(evaluate(true));
    assert_int_equal(evaluated, expected);
}

/* ---------------------------------------------------------------- bits ---- */

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void bit_counts_and_places_agree_with_a_loop(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int n = 0; n < 10000; n++) {
        uint64_t word = next_random(&random) & next_random(&random);
        word = (word << (n % 64)) | UINT64_C(1) << (n % 64);
        unsigned count = 0;
        unsigned lowest = 64;
        unsigned highest = 0;
        for (unsigned i = 0; i < 64; i++) {
            if (!(word >> i & 1))
                continue;
            count++;
            highest = i;
            if (lowest == 64)
                lowest = i;
        }
        assert_int_equal(tarn__bits_count(word), count);
        assert_int_equal(tarn__bits_lowest(word), lowest);
        assert_int_equal(tarn__log2_floor(word), highest);
    }
    assert_int_equal(tarn__bits_count(0), 0);
}

static void exactly_the_powers_of_two_are_powers_of_two(void **state) {
    (void)state;
    size_t power = 1;
    for (size_t n = 0; n <= 4096; n++) {
        assert_int_equal(tarn__is_pow2(n), n == power);
        if (n == power)
            power *= 2;
    }
    assert_true(tarn__is_pow2((size_t)1 << 63));
    assert_false(tarn__is_pow2(SIZE_MAX));
}

static void rounding_up_gives_the_least_multiple_not_below(void **state) {
    (void)state;
    for (size_t unit = 1; unit <= 64; unit *= 2)
        for (size_t n = 0; n < 200; n++) {
            size_t rounded = tarn__round_up(n, unit);
            assert_int_equal(rounded % unit, 0);
            assert_true(rounded >= n && rounded - n < unit);
        }
}

/* --------------------------------------------------------------- lists ---- */

struct item {
    int number;
    struct tarn_list_node node;
};

/* Both ways round, the list holds what the array does. */
static void expect_items(struct tarn_list_node *head, const int *numbers, int count) {
    struct tarn_list_node *n = head;
    for (int i = 0; i < count; i++) {
        n = n->next;
        assert_int_equal(TARN__CONTAINER_OF(n, struct item, node)->number, numbers[i]);
    }
    assert_ptr_equal(n->next, head);
    for (int i = count; i-- > 0; n = n->prev)
        assert_int_equal(TARN__CONTAINER_OF(n, struct item, node)->number, numbers[i]);
    assert_ptr_equal(n, head);
    assert_int_equal(tarn__list_is_empty(head), count == 0);
}

static void a_list_agrees_with_an_array_over_random_changes(void **state) {
    (void)state;
    enum { ITEMS = 12 };
    struct item items[ITEMS] = {0};
    struct tarn_list_node head;
    int model[ITEMS] = {0};
    int count = 0;
    uint64_t random = 7;
    tarn__list_init(&head);
    expect_items(&head, model, 0);
    for (int step = 0; step < 2000; step++) {
        int pick = (int)(next_random(&random) % ITEMS);
        struct item *item = &items[pick];
        item->number = pick;
        if (item->node.next) {
            int at = 0;
            while (model[at] != pick)
                at++;
            memmove(model + at, model + at + 1, (size_t)(--count - at) * sizeof *model);
            tarn__list_remove(&item->node);
            assert_null(item->node.next);
            assert_null(item->node.prev);
        } else if (step % 2) {
            model[count++] = pick;
            tarn__list_append(&head, &item->node);
        } else {
            memmove(model + 1, model, (size_t)count++ * sizeof *model);
            model[0] = pick;
            tarn__list_prepend(&head, &item->node);
        }
        expect_items(&head, model, count);
    }
}

/* --------------------------------------------------------------- faults --- */

#if defined(TARN_FAULTS) && TARN_FAULTS

static void the_nth_allocation_fails_once(void **state) {
    (void)state;
    for (uint64_t nth = 1; nth <= 5; nth++) {
        tarn__fault_arm(nth);
        for (uint64_t i = 1; i <= 10; i++)
            assert_int_equal(tarn__fault_hit(), i == nth);
        assert_int_equal(tarn__fault_count(), 10);
    }
    tarn__fault_arm(0);
}

static void armed_from_n_it_and_all_later_ones_fail(void **state) {
    (void)state;
    tarn__fault_arm_from(3);
    for (uint64_t i = 1; i <= 10; i++)
        assert_int_equal(tarn__fault_hit(), i >= 3);
    tarn__fault_arm(0);
}

static void disarmed_none_fails_and_all_are_counted(void **state) {
    (void)state;
    tarn__fault_arm_from(1);
    tarn__fault_arm(0);
    for (int i = 0; i < 10; i++)
        assert_false(tarn__fault_hit());
    assert_int_equal(tarn__fault_count(), 10);
}

enum { ASKERS = 4, ASKS = 2500 };

static TARN__ATOMIC(int) hits;

static void ask(void *arg) {
    (void)arg;
    for (int i = 0; i < ASKS; i++)
        if (tarn__fault_hit())
            /* relaxed: read after the join. */
            tarn__fetch_add(&hits, 1, relaxed);
}

static void of_many_threads_exactly_one_meets_the_fault(void **state) {
    (void)state;
    struct tarn_os_thread threads[ASKERS];
    tarn__fault_arm(ASKERS * ASKS / 2);
    for (int i = 0; i < ASKERS; i++)
        assert_int_equal(tarn__os_thread_start(&threads[i], "asker", ask, NULL), 0);
    for (int i = 0; i < ASKERS; i++)
        tarn__os_thread_join(&threads[i]);
    /* relaxed: the writers were joined. */
    assert_int_equal(tarn__load(&hits, relaxed), 1);
    assert_int_equal(tarn__fault_count(), ASKERS * ASKS);
    tarn__fault_arm(0);
}

#else

static void without_injection_no_allocation_is_told_to_fail(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_false(tarn__fault_hit());
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_check_says_function_and_text_and_aborts),
        cmocka_unit_test(a_check_that_holds_is_evaluated_once_and_goes_on),
        cmocka_unit_test(the_hook_gets_the_message_instead_of_standard_error),
        cmocka_unit_test(without_a_hook_again_the_message_goes_to_standard_error),
        cmocka_unit_test(a_message_too_long_is_cut_and_ends_its_line),
        cmocka_unit_test(an_assertion_dies_in_debug_builds_only),
        cmocka_unit_test(an_assertion_left_out_is_not_evaluated),
        cmocka_unit_test(bit_counts_and_places_agree_with_a_loop),
        cmocka_unit_test(exactly_the_powers_of_two_are_powers_of_two),
        cmocka_unit_test(rounding_up_gives_the_least_multiple_not_below),
        cmocka_unit_test(a_list_agrees_with_an_array_over_random_changes),
#if defined(TARN_FAULTS) && TARN_FAULTS
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(armed_from_n_it_and_all_later_ones_fail),
        cmocka_unit_test(disarmed_none_fails_and_all_are_counted),
        cmocka_unit_test(of_many_threads_exactly_one_meets_the_fault),
#else
        cmocka_unit_test(without_injection_no_allocation_is_told_to_fail),
#endif
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
