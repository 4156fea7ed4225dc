/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Linearizability of slot, vector and map, from recorded histories (C32, C33). Over
 * the schedule baton a compare-exchange that is none is planted to see that it is
 * found.
 */
#include "linear.h"

#define OPS 5
#define LENGTH_CELL (CELLS - 1) /* a vector's length; its elements are the others */
#define KEYS 3

/* --------------------------------------------------------------- the model ---- */

static bool set_cell(struct state *s, const struct op *op, unsigned char value) {
    s->cells[op->at] = value;
    return true;
}

/* A vector's element that is not there is not replaced; a map's is added. */
static bool apply(struct state *s, const struct op *op, bool grows_by_put) {
    unsigned char old = s->cells[op->at];
    bool may_put = old || grows_by_put;
    switch (op->kind) {
    case GET:
        return op->result == old;
    case PUT:
        return op->result == old && (!may_put || set_cell(s, op, op->value));
    case ADD:
        return op->result == old && (old || set_cell(s, op, op->value));
    case CAS:
        if (op->result != (old == op->expected && may_put))
            return false;
        return !op->result || set_cell(s, op, op->value);
    case REMOVE:
        return op->result == old && set_cell(s, op, 0);
    case PUSH:
        if (op->result != s->cells[LENGTH_CELL])
            return false;
        s->cells[s->cells[LENGTH_CELL]++] = op->value;
        return true;
    case LENGTH:
        return op->result == s->cells[LENGTH_CELL];
    default:
        return false;
    }
}

static bool apply_growing(struct state *s, const struct op *op) {
    return apply(s, op, true);
}

static bool apply_fixed(struct state *s, const struct op *op) {
    return apply(s, op, false);
}

/* ------------------------------------------------------------- the subjects ---- */

struct token {
    tarn_object header;
    unsigned char key;
    unsigned char number;
};

/* How operations are done on a subject, which they are, and how many cells it has. */
struct way {
    void (*run)(struct op *op, struct token *value, struct token *expected);
    unsigned cells; /* read in the end */
    unsigned kinds; /* bits of enum kind */
};

static const struct way *way; /* of the subject under test */
static tarn_type *token_type;
static tarn_slot slot;
static void *container;
static bool same_hashes; /* of the map's keys */
static bool planted;     /* the slot's compare-exchange is two operations */

static unsigned char number_of(void *owned) {
    unsigned char number = owned ? ((struct token *)owned)->number : 0;
    if (owned)
        tarn_decref(owned);
    return number;
}

static void open_slot(void) {
    tarn_slot_init(&slot, NULL);
}

static bool planted_compare_exchange(void *expected, void *desired) {
    if (tarn_slot_peek(&slot) != expected)
        return false;
    tarn_slot_store(&slot, desired);
    return true;
}

static void run_slot(struct op *op, struct token *value, struct token *expected) {
    if (op->kind == GET)
        op->result = number_of(tarn_slot_load(&slot));
    else if (op->kind == PUT)
        op->result = number_of(tarn_slot_exchange(&slot, value));
    else if (op->kind == REMOVE)
        op->result = number_of(tarn_slot_exchange(&slot, NULL));
    else
        op->result = planted ? planted_compare_exchange(expected, value)
                             : tarn_slot_compare_exchange(&slot, expected, value);
}

static void close_slot(void) {
    tarn_slot_destroy(&slot);
}

static void open_vec(void) {
    container = tarn_vec_new();
}

static void run_vec(struct op *op, struct token *value, struct token *expected) {
    if (op->kind == GET)
        op->result = number_of(tarn_vec_get(container, op->at));
    else if (op->kind == PUT)
        op->result = number_of(tarn_vec_exchange(container, op->at, value));
    else if (op->kind == CAS)
        op->result = tarn_vec_compare_exchange(container, op->at, expected, value);
    else if (op->kind == PUSH)
        op->result = (unsigned char)tarn_vec_push(container, value);
    else
        op->result = (unsigned char)tarn_vec_length(container);
}

static uint64_t hash_token(const void *key, void *arg) {
    (void)arg;
    return same_hashes ? 0 : ((const struct token *)key)->key;
}

static bool equal_tokens(const void *held, const void *key, void *arg) {
    (void)arg;
    return ((const struct token *)held)->key == ((const struct token *)key)->key;
}

static void open_map(void) {
    container = tarn_map_new(&(struct tarn_map_spec){
        .kind = TARN_MAP_ENTRIES, .hash = hash_token, .equal = equal_tokens});
}

static void open_map_of_same_hashes(void) {
    same_hashes = true;
    open_map();
}

static void open_map_of_hashes(void) {
    same_hashes = false;
    open_map();
}

/* One key more, and it grows. */
static void open_map_about_to_grow(void) {
    open_map_of_hashes();
    for (int i = 0; i < 16; i++) {
        struct token *filler = tarn_new(token_type);
        filler->key = (unsigned char)(100 + i);
        if (tarn_map_put(container, filler, filler, NULL) != 1)
            abort();
        tarn_decref(filler);
    }
}

static void run_map(struct op *op, struct token *value, struct token *expected) {
    struct token key = {.key = op->at};
    void *old = NULL;
    if (op->kind == GET) {
        op->result = number_of(tarn_map_get(container, &key));
    } else if (op->kind == PUT || op->kind == ADD) {
        int fresh = op->kind == PUT ? tarn_map_put(container, value, value, &old)
                                    : tarn_map_add(container, value, value, &old);
        op->result = fresh == !old ? number_of(old) : 255;
    } else if (op->kind == CAS) {
        op->result = tarn_map_compare_exchange(container, &key, expected, value);
    } else {
        op->result = number_of(tarn_map_remove(container, &key));
    }
}

static void close_container(void) {
    tarn_decref(container);
}

/* --------------------------------------------------------------- operations ---- */

static void run_op(struct op *op, struct token *value, struct token *expected) {
    op->begin = take_stamp();
    way->run(op, value, expected);
    op->end = take_stamp();
}

/* One operation of a thread, with a value of its own; compare-exchanges expect the
 * value that was looked at just before, which is an operation too. */
static void make_op(struct history *h, unsigned char number, uint64_t *random) {
    unsigned cells = way->cells < KEYS ? way->cells : KEYS;
    struct op *op = next_op(h, choose_kind(way->kinds, random));
    struct token *value = tarn_new(token_type);
    struct token *expected = NULL;
    op->at = (unsigned char)(next_random(random) % cells);
    if (op->kind == CAS) {
        struct op *look = op;
        op = next_op(h, CAS);
        *op = *look;
        look->kind = GET;
        run_op(look, NULL, NULL);
        /* What is expected is the value now; the model is told which it was. */
        struct token held = {.key = op->at};
        if (way->run == run_slot)
            expected = tarn_slot_load(&slot);
        else if (way->run == run_vec)
            expected = tarn_vec_get(container, op->at);
        else
            expected = tarn_map_get(container, &held);
        op->expected = expected ? expected->number : 0;
    }
    value->number = op->value = number;
    value->key = op->at;
    if (op->kind == CAS && !expected && way->run != run_slot)
        h->count--; /* no value to expect: of those two refuse NULL */
    else
        run_op(op, value, expected);
    if (expected)
        tarn_decref(expected);
    tarn_decref(value);
}

static void work(struct history *h, unsigned self, uint64_t *random) {
    for (unsigned i = 0; i < OPS / 2 + 1; i++) {
        make_op(h, (unsigned char)(self * OPS + i + 1), random);
        if (next_random(random) % 4 == 0)
            tarn_safepoint();
    }
}

static void finish(struct history *whole) {
    for (unsigned i = 0; i < way->cells; i++) {
        struct op *op = next_op(whole, GET);
        op->at = (unsigned char)i;
        run_op(op, NULL, NULL);
    }
}

static void register_tokens(void) {
    token_type = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){.name = "token", .size = sizeof(struct token)});
}

/* ------------------------------------------------------------------- the tests ---- */

#define MAP_KINDS (BIT(GET) | BIT(PUT) | BIT(ADD) | BIT(CAS) | BIT(REMOVE))

static const struct way slot_way = {run_slot, 1, BIT(GET) | BIT(PUT) | BIT(CAS) | BIT(REMOVE)};
static const struct way vec_way = {run_vec, THREADS *OPS,
                                   BIT(GET) | BIT(PUT) | BIT(CAS) | BIT(PUSH) | BIT(LENGTH)};
static const struct way map_way = {run_map, KEYS, MAP_KINDS};

static const struct subject slot_subject = {"slot", apply_growing, open_slot,
                                            work,   finish,        close_slot};
static const struct subject vec_subject = {"vector", apply_fixed, open_vec,
                                           work,     finish,      close_container};
static const struct subject map_subject = {"map", apply_growing, open_map_of_hashes,
                                           work,  finish,        close_container};
static const struct subject growing_subject = {
    "map, growing", apply_growing, open_map_about_to_grow, work, finish, close_container};
static const struct subject run_subject = {
    "map, equal hashes", apply_growing, open_map_of_same_hashes, work, finish, close_container};

static void check(const struct subject *subject, const struct way *how) {
    way = how;
    histories_are_linearizable(subject);
}

static void c32_c33_slots_are_linearizable(void **state) {
    (void)state;
    check(&slot_subject, &slot_way);
}

static void vectors_are_linearizable(void **state) {
    (void)state;
    check(&vec_subject, &vec_way);
}

static void maps_are_linearizable(void **state) {
    (void)state;
    check(&map_subject, &map_way);
}

static void maps_of_equal_hashes_are_linearizable(void **state) {
    (void)state;
    check(&run_subject, &map_way);
}

static void growing_maps_are_linearizable(void **state) {
    (void)state;
    check(&growing_subject, &map_way);
}

/* ------------------------------------------------------- the checker itself ---- */

/* put 1 and put 2 overlap, both before two reads. */
static struct history two_puts(unsigned char first_old, unsigned char second_old,
                               unsigned char read, unsigned char read_again) {
    return (struct history){4,
                            {{.kind = PUT, .value = 1, .result = first_old, .begin = 0, .end = 3},
                             {.kind = PUT, .value = 2, .result = second_old, .begin = 1, .end = 2},
                             {.kind = GET, .result = read, .begin = 4, .end = 5},
                             {.kind = GET, .result = read_again, .begin = 6, .end = 7}}};
}

static void the_checker_tells_right_from_wrong(void **state) {
    (void)state;
    static const struct {
        unsigned char answers[4];
        bool right;
    } cases[] = {
        {{0, 1, 2, 2}, true},  {{2, 0, 1, 1}, true},  {{0, 0, 1, 1}, false}, {{2, 1, 1, 1}, false},
        {{0, 1, 1, 1}, false}, {{2, 0, 2, 2}, false}, {{0, 1, 2, 1}, false}, {{0, 1, 2, 0}, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const unsigned char *a = cases[i].answers;
        struct history h = two_puts(a[0], a[1], a[2], a[3]);
        assert_int_equal(is_linearizable(&slot_subject, &h), cases[i].right);
    }
    /* A read that ended before a push began does not see it. */
    struct history vec = {2,
                          {{.kind = GET, .result = 5, .begin = 0, .end = 1},
                           {.kind = PUSH, .value = 5, .result = 0, .begin = 2, .end = 3}}};
    assert_false(is_linearizable(&vec_subject, &vec));
    vec.ops[0].end = 4;
    assert_true(is_linearizable(&vec_subject, &vec));
}

#ifdef TARN__SCHED

static void a_planted_compare_exchange_is_found(void **state) {
    const char *fault = NULL;
    uint64_t first = first_seed();
    uint64_t i = 0;
    (void)state;
    planted = true;
    way = &slot_way;
    for (; i < 100 && !fault; i++)
        fault = run_session(&slot_subject, first + i);
    planted = false;
    assert_non_null(fault);
    assert_string_equal(fault, "no order explains");
    print_message("found within %llu histories\n", (unsigned long long)i * ROUNDS);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_tells_right_from_wrong),
        cmocka_unit_test(c32_c33_slots_are_linearizable),
        cmocka_unit_test(vectors_are_linearizable),
        cmocka_unit_test(maps_are_linearizable),
        cmocka_unit_test(maps_of_equal_hashes_are_linearizable),
        cmocka_unit_test(growing_maps_are_linearizable),
#ifdef TARN__SCHED
        cmocka_unit_test(a_planted_compare_exchange_is_found),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
