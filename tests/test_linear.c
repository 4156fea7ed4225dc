/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Linearizability of slot, vector and map, from recorded histories (C32, C33).
 *
 * Three threads do a handful of operations each on one subject. Every operation is
 * recorded with what it was asked, what it answered, and two stamps of one counter:
 * taken before it began and after it ended. A history is right if some order of its
 * operations, which keeps each that ended before another began ahead of it, gives
 * the answers recorded (Wing and Gong, JPDC 1993); orders that led nowhere are
 * remembered by what they had done and where they had come to (Lowe, CCPE 2017).
 * What the subject holds in the end is part of the history. After it every object
 * has been freed as often as it was made.
 *
 * In builds over the schedule baton every 25 histories are one schedule of one seed, and a
 * compare-exchange that is none is planted to see that it is found. TARN_HISTORIES
 * sets how many there are of each kind, TARN_SEED where the seeds begin.
 */
#include "heap_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <tarn/contain.h>
#include <unistd.h>

#include "os/futex.h"
#include "os/sched.h"
#include "os/thread.h"

#define THREADS 3
#define OPS 5
#define CELLS 18 /* places of the model: a vector's elements, and its length */
#define LENGTH_CELL (CELLS - 1)
#define KEYS 3
#define OPS_MAX (THREADS * OPS + CELLS)

enum kind { GET, PUT, ADD, CAS, REMOVE, PUSH, LENGTH, KINDS };

/* Objects are known by their numbers; 0 is none. */
struct op {
    enum kind kind;
    unsigned char at; /* element or key */
    unsigned char value;
    unsigned char expected;
    unsigned char result; /* what it answered: an object, an index, 1 for true */
    uint32_t begin;
    uint32_t end;
};

struct history {
    unsigned count;
    struct op ops[OPS_MAX];
};

struct state {
    unsigned char cells[CELLS];
};

/* --------------------------------------------------------------- the model ---- */

static bool set_cell(struct state *s, const struct op *op, unsigned char value) {
    s->cells[op->at] = value;
    return true;
}

/* Does to the model what the operation did; whether it answers the same. A vector's
 * element that is not there is not replaced; a map's is added. */
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

/* -------------------------------------------------------------- the checker ---- */

#define SEEN_SIZE (1u << 16)

static struct {
    uint64_t mask;
    struct state state;
    uint32_t round;
} seen[SEEN_SIZE];
static uint32_t seen_round;

/* Whether this set of operations has led to this state before; it has now. */
static bool was_seen(uint64_t mask, const struct state *state) {
    uint64_t hash = mask * 0x9e3779b97f4a7c15u;
    for (unsigned i = 0; i < CELLS; i++)
        hash = (hash ^ state->cells[i]) * 0x100000001b3u;
    unsigned at = (unsigned)(hash >> 40) % SEEN_SIZE;
    for (;; at = (at + 1) % SEEN_SIZE) {
        if (seen[at].round != seen_round)
            break;
        if (seen[at].mask == mask && memcmp(&seen[at].state, state, sizeof *state) == 0)
            return true;
    }
    seen[at].round = seen_round;
    seen[at].mask = mask;
    seen[at].state = *state;
    return false;
}

/* Whether what is left (not in `done`) can follow; as deep as there are operations. */
static bool can_follow(const struct history *h, uint64_t done, const struct state *state,
                       bool grows_by_put) {
    uint32_t first_end = UINT32_MAX;
    if (done == (UINT64_C(1) << h->count) - 1)
        return true;
    for (unsigned i = 0; i < h->count; i++)
        if (!(done >> i & 1) && h->ops[i].end < first_end)
            first_end = h->ops[i].end;
    for (unsigned i = 0; i < h->count; i++) {
        struct state next = *state;
        if ((done >> i & 1) || h->ops[i].begin > first_end ||
            !apply(&next, &h->ops[i], grows_by_put))
            continue;
        uint64_t mask = done | UINT64_C(1) << i;
        if (!was_seen(mask, &next) && can_follow(h, mask, &next, grows_by_put))
            return true;
    }
    return false;
}

static bool is_linearizable(const struct history *h, bool grows_by_put) {
    struct state empty = {{0}};
    seen_round++;
    return can_follow(h, 0, &empty, grows_by_put);
}

static void print_history(const struct history *h) {
    static const char *const names[KINDS] = {"get",    "put",  "add",   "cas",
                                             "remove", "push", "length"};
    for (unsigned i = 0; i < h->count; i++) {
        const struct op *op = &h->ops[i];
        print_message("  [%3u, %3u] %-6s at %2u value %2u expected %2u -> %u\n", op->begin, op->end,
                      names[op->kind], op->at, op->value, op->expected, op->result);
    }
}

/* ------------------------------------------------------------- the subjects ---- */

struct token {
    tarn_object header;
    unsigned char key;
    unsigned char number;
};

struct subject {
    const char *name;
    bool grows_by_put;
    void (*open)(void);
    void (*run)(struct op *op, struct token *value, struct token *expected);
    void (*close)(void);
    unsigned cells; /* read in the end */
    unsigned kinds; /* bits of enum kind */
};

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

#define BIT(kind) (1u << (kind))
#define MAP_KINDS (BIT(GET) | BIT(PUT) | BIT(ADD) | BIT(CAS) | BIT(REMOVE))

static const struct subject slot_subject = {
    "slot", true, open_slot, run_slot, close_slot, 1, BIT(GET) | BIT(PUT) | BIT(CAS) | BIT(REMOVE)};
static const struct subject vec_subject = {"vector",
                                           false,
                                           open_vec,
                                           run_vec,
                                           close_container,
                                           THREADS *OPS,
                                           BIT(GET) | BIT(PUT) | BIT(CAS) | BIT(PUSH) |
                                               BIT(LENGTH)};
static const struct subject map_subject = {"map",           true, open_map_of_hashes, run_map,
                                           close_container, KEYS, MAP_KINDS};
static const struct subject growing_subject = {
    "map, growing", true, open_map_about_to_grow, run_map, close_container, KEYS, MAP_KINDS};
static const struct subject run_subject = {
    "map, equal hashes", true, open_map_of_same_hashes, run_map, close_container, KEYS, MAP_KINDS};

/* -------------------------------------------------------------- histories ---- */

#define ROUNDS 25 /* histories of one heap and its threads */

static struct {
    const struct subject *subject;
    struct history histories[THREADS];
    uint64_t seed;
    TARN__ATOMIC(uint32_t) stamp;
    TARN__ATOMIC(uint32_t) round;   /* the history under way, from 1 */
    TARN__ATOMIC(uint32_t) arrived; /* threads that have ended it */
} current;

static uint32_t take_stamp(void) {
    /* seq_cst: stamps are in the order in which they are taken. */
    return tarn__fetch_add(&current.stamp, 1, seq_cst);
}

/*
 * Waits until a counter is there. Under the baton asleep: a thread that yields falls
 * below all others, and its next operations would be cut by nobody's. Else awake, so
 * that all go on at once.
 */
static void wait_for(const void *counter, uint32_t value) {
    const TARN__ATOMIC(uint32_t) *word = counter;
    uint32_t found;
    /* acquire: pairs with the release in count_on(). */
    while ((found = tarn__load(word, acquire)) != value) {
        if (tarn__sched_is_on()) {
            tarn_blocking_begin();
            tarn__futex_wait((uint32_t *)(uintptr_t)&word->value, found, 0);
            tarn_blocking_end();
        } else {
            tarn_safepoint();
            tarn__os_yield();
        }
    }
}

static void count_on(const void *counter) {
    TARN__ATOMIC(uint32_t) *word = (void *)(uintptr_t)counter;
    /* release: pairs with the acquire in wait_for(). */
    tarn__fetch_add(word, 1, release);
    tarn__futex_wake(&word->value, THREADS);
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static enum kind choose_kind(const struct subject *subject, uint64_t *random) {
    for (;;) {
        enum kind kind = (enum kind)(next_random(random) % KINDS);
        if (subject->kinds & BIT(kind))
            return kind;
    }
}

static void run_op(const struct subject *subject, struct op *op, struct token *value,
                   struct token *expected) {
    op->begin = take_stamp();
    subject->run(op, value, expected);
    op->end = take_stamp();
}

/* One operation of a thread, with a value of its own; compare-exchanges expect the
 * value that was looked at just before, which is an operation too. */
static void make_op(struct history *h, unsigned char number, uint64_t *random) {
    const struct subject *subject = current.subject;
    unsigned cells = subject->cells < KEYS ? subject->cells : KEYS;
    struct op *op = &h->ops[h->count++];
    struct token *value = tarn_new(token_type);
    struct token *expected = NULL;
    op->kind = choose_kind(subject, random);
    op->at = (unsigned char)(next_random(random) % cells);
    if (op->kind == CAS) {
        struct op *look = op;
        op = &h->ops[h->count++];
        *op = *look;
        look->kind = GET;
        run_op(subject, look, NULL, NULL);
        /* What is expected is the value now; the model is told which it was. */
        struct token held = {.key = op->at};
        if (subject->run == run_slot)
            expected = tarn_slot_load(&slot);
        else if (subject->run == run_vec)
            expected = tarn_vec_get(container, op->at);
        else
            expected = tarn_map_get(container, &held);
        op->expected = expected ? expected->number : 0;
    }
    value->number = op->value = number;
    value->key = op->at;
    if (op->kind == CAS && !expected && subject->run != run_slot)
        h->count--; /* no value to expect: of those two refuse NULL */
    else
        run_op(subject, op, value, expected);
    if (expected)
        tarn_decref(expected);
    tarn_decref(value);
}

static void run_thread(void *arg) {
    unsigned self = (unsigned)(uintptr_t)arg;
    struct history *h = &current.histories[self];
    uint64_t random = current.seed * THREADS + self;
    if (tarn_thread_attach(fixture.heap) != 0)
        abort();
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        wait_for(&current.round, round);
        h->count = 0;
        for (unsigned i = 0; i < OPS / 2 + 1; i++) {
            make_op(h, (unsigned char)(self * OPS + i + 1), &random);
            if (next_random(&random) % 4 == 0)
                tarn_safepoint();
        }
        count_on(&current.arrived);
    }
    tarn_thread_detach();
}

/* The threads' operations, and what is there when they have ended. */
static void gather(struct history *whole) {
    const struct subject *subject = current.subject;
    whole->count = 0;
    for (unsigned t = 0; t < THREADS; t++)
        for (unsigned i = 0; i < current.histories[t].count; i++)
            whole->ops[whole->count++] = current.histories[t].ops[i];
    for (unsigned i = 0; i < subject->cells; i++) {
        struct op *op = &whole->ops[whole->count++];
        *op = (struct op){.kind = GET, .at = (unsigned char)i};
        run_op(subject, op, NULL, NULL);
    }
}

static bool counts_were_kept(void) {
    ptrdiff_t faults = tarn_heap_verify(fixture.heap, NULL, NULL);
    current.subject->close();
    tarn_gc_collect(fixture.heap, 2);
    struct tarn_heap_stats s = stats();
    return faults == 0 && s.allocated == s.freed;
}

/* One history: recorded, looked at, counted. 0, or what is wrong with it. */
static const char *run_round(struct history *whole) {
    current.subject->open();
    /* relaxed: the threads wait. */
    tarn__store(&current.stamp, 0, relaxed);
    tarn__store(&current.arrived, 0, relaxed);
    count_on(&current.round);
    wait_for(&current.arrived, THREADS);
    gather(whole);
    bool kept = counts_were_kept();
    if (!is_linearizable(whole, current.subject->grows_by_put))
        return "no order explains";
    return kept ? NULL : "counts were not kept";
}

static void open_place(void) {
    struct tarn_config config = {.collect = TARN_COLLECT_MANUAL, .checked = true};
    fixture.heap = tarn_heap_create(&config);
    if (!fixture.heap || tarn_thread_attach(fixture.heap) != 0)
        abort();
    token_type = tarn_type_register(
        fixture.heap, &(struct tarn_type_spec){.name = "token", .size = sizeof(struct token)});
}

static struct {
    uint64_t overlaps; /* operations inside of which another began or ended */
    struct history whole;
} totals;

/* ROUNDS histories of one heap; under the baton, one schedule, which is thrown about
 * the more the seed says. Returns what was wrong with the first that was, or NULL. */
static const char *run_session(const struct subject *subject, uint64_t seed) {
    struct tarn_os_thread threads[THREADS];
    const char *fault = NULL;
    current.subject = subject;
    current.seed = seed;
    /* relaxed: nobody else runs yet. */
    tarn__store(&current.round, 0, relaxed);
#ifdef TARN__SCHED
    tarn__sched_start(seed, 2 + (unsigned)(seed % 3), UINT64_C(25) << seed / 3 % 4);
#endif
    open_place();
    for (unsigned i = 0; i < THREADS; i++)
        if (tarn__os_thread_start(&threads[i], "party", run_thread, (void *)(uintptr_t)i) != 0)
            abort();
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        const char *found = run_round(fault ? &(struct history){0} : &totals.whole);
        fault = fault ? fault : found;
        for (unsigned n = 0; n + 1 < totals.whole.count; n++)
            totals.overlaps += totals.whole.ops[n].end > totals.whole.ops[n].begin + 1;
    }
    tarn_blocking_begin();
    for (unsigned i = 0; i < THREADS; i++)
        tarn__os_thread_join(&threads[i]);
    tarn_blocking_end();
    tarn_thread_detach();
    if (tarn_heap_destroy(fixture.heap) != 0)
        fault = fault ? fault : "objects were left";
#ifdef TARN__SCHED
    tarn__sched_stop();
#endif
    return fault;
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Another one in every run, if none is given; it is printed. */
static uint64_t first_seed(void) {
    return setting("TARN_SEED", (uint64_t)getpid() * 100000);
}

#if defined(TARN__SCHED)
#define IS_CUT 1
#define HISTORIES 2000
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_CUT 0
#define HISTORIES 250
#else
#define IS_CUT 0
#define HISTORIES 500
#endif

static void histories_are_linearizable(const struct subject *subject) {
    uint64_t first = first_seed();
    uint64_t count = setting("TARN_HISTORIES", HISTORIES);
    totals.overlaps = 0;
    for (uint64_t i = 0; i < count / ROUNDS; i++) {
        const char *fault = run_session(subject, first + i);
        if (fault) {
            print_message("%s, seed %llu: %s\n", subject->name, (unsigned long long)(first + i),
                          fault);
            print_history(&totals.whole);
        }
        assert_null(fault);
    }
    print_message("%s: %llu histories from seed %llu, %llu operations cut by others\n",
                  subject->name, (unsigned long long)count, (unsigned long long)first,
                  (unsigned long long)totals.overlaps);
#ifdef TARN__SCHED
    assert_true(totals.overlaps > 0); /* elsewhere the machine decides */
#endif
}

static void c32_c33_slots_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&slot_subject);
}

static void vectors_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&vec_subject);
}

static void maps_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&map_subject);
}

static void maps_of_equal_hashes_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&run_subject);
}

static void growing_maps_are_linearizable(void **state) {
    (void)state;
    histories_are_linearizable(&growing_subject);
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
        assert_int_equal(is_linearizable(&h, true), cases[i].right);
    }
    /* A read that ended before a push began does not see it. */
    struct history vec = {2,
                          {{.kind = GET, .result = 5, .begin = 0, .end = 1},
                           {.kind = PUSH, .value = 5, .result = 0, .begin = 2, .end = 3}}};
    assert_false(is_linearizable(&vec, false));
    vec.ops[0].end = 4;
    assert_true(is_linearizable(&vec, false));
}

#ifdef TARN__SCHED

static void a_planted_compare_exchange_is_found(void **state) {
    const char *fault = NULL;
    uint64_t first = first_seed();
    uint64_t i = 0;
    (void)state;
    planted = true;
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
