/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Recorded histories of three threads on one subject, and whether they are
 * linearizable.
 *
 * Every operation is recorded with what it was asked, what it answered, and two
 * stamps of one counter: taken before it began and after it ended. A history is right
 * if some order of its operations, which keeps each that ended before another began
 * ahead of it, gives the answers recorded (Wing and Gong, JPDC 1993); orders that led
 * nowhere are remembered by what they had done and where they had come to (Lowe, CCPE
 * 2017). What the subject holds in the end is part of the history. After it every
 * object has been freed as often as it was made.
 *
 * In builds over the schedule baton every 25 histories are one schedule of one seed.
 * TARN_HISTORIES sets how many there are of each kind, TARN_SEED where the seeds begin.
 */
#ifndef TESTS_LINEAR_H
#define TESTS_LINEAR_H

#include "heap_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <tarn/contain.h>
#include <unistd.h>

#include "os/futex.h"
#include "os/sched.h"
#include "os/thread.h"

#define THREADS 3
#define CELLS 24 /* places of the model: what they stand for is the subject's business */
#define OPS_MAX 63

enum kind { GET, PUT, ADD, CAS, REMOVE, PUSH, LENGTH, RELEASE, KINDS };

/* Objects are known by their numbers; 0 is none. */
struct op {
    enum kind kind;
    unsigned char at; /* element or key */
    unsigned char value;
    unsigned char expected;
    unsigned char result; /* what it answered: an object, an index, 1 for true */
    bool is_beside;       /* a note for the model, of what else went on */
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

struct subject {
    const char *name;
    /* Does to the model what the operation did; whether it answers the same. */
    bool (*apply)(struct state *s, const struct op *op);
    void (*open)(void);
    /* A thread's operations of one history. */
    void (*work)(struct history *h, unsigned self, uint64_t *random);
    /* What is there when all have ended: operations of their own. */
    void (*finish)(struct history *whole);
    void (*close)(void);
};

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
static bool can_follow(const struct subject *subject, const struct history *h, uint64_t done,
                       const struct state *state) {
    uint32_t first_end = UINT32_MAX;
    if (done == (UINT64_C(1) << h->count) - 1)
        return true;
    for (unsigned i = 0; i < h->count; i++)
        if (!(done >> i & 1) && h->ops[i].end < first_end)
            first_end = h->ops[i].end;
    for (unsigned i = 0; i < h->count; i++) {
        struct state next = *state;
        if ((done >> i & 1) || h->ops[i].begin > first_end || !subject->apply(&next, &h->ops[i]))
            continue;
        uint64_t mask = done | UINT64_C(1) << i;
        if (!was_seen(mask, &next) && can_follow(subject, h, mask, &next))
            return true;
    }
    return false;
}

static bool is_linearizable(const struct subject *subject, const struct history *h) {
    struct state empty = {{0}};
    seen_round++;
    return can_follow(subject, h, 0, &empty);
}

static void print_history(const struct history *h) {
    static const char *const names[KINDS + 1] = {"get",  "put",    "add",     "cas",  "remove",
                                                 "push", "length", "release", "FAULT"};
    for (unsigned i = 0; i < h->count; i++) {
        const struct op *op = &h->ops[i];
        print_message("  [%3u, %3u] %-7s at %2u value %2u expected %2u -> %u\n", op->begin, op->end,
                      names[op->kind], op->at, op->value, op->expected, op->result);
    }
}

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

#define BIT(kind) (1u << (kind))

/* One of those in a set of bits. */
static enum kind choose_kind(unsigned kinds, uint64_t *random) {
    for (;;) {
        enum kind kind = (enum kind)(next_random(random) % KINDS);
        if (kinds & BIT(kind))
            return kind;
    }
}

/* The next operation of a history, to be filled in. */
static struct op *next_op(struct history *h, enum kind kind) {
    if (h->count == OPS_MAX)
        abort();
    struct op *op = &h->ops[h->count++];
    *op = (struct op){.kind = kind};
    return op;
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
        current.subject->work(h, self, &random);
        count_on(&current.arrived);
    }
    tarn_thread_detach();
}

/* The threads' operations, and what is there when they have ended. */
static void gather(struct history *whole) {
    whole->count = 0;
    for (unsigned t = 0; t < THREADS; t++)
        for (unsigned i = 0; i < current.histories[t].count; i++)
            *next_op(whole, GET) = current.histories[t].ops[i];
    current.subject->finish(whole);
}

static bool counts_were_kept(void) {
    ptrdiff_t faults = tarn_heap_verify(fixture.heap, NULL, NULL);
    current.subject->close();
    tarn_drain(); /* what keys that died have held */
    tarn_gc_collect(fixture.heap, 2);
    tarn_drain();
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
    if (!is_linearizable(current.subject, whole))
        return "no order explains";
    return kept ? NULL : "counts were not kept";
}

/* The test's own types, in the heap of the fixture. */
static void register_tokens(void);

static void open_place(void) {
    struct tarn_config config = {.collect = TARN_COLLECT_MANUAL, .checked = true};
    fixture.heap = tarn_heap_create(&config);
    if (!fixture.heap || tarn_thread_attach(fixture.heap) != 0)
        abort();
    register_tokens();
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

#endif
