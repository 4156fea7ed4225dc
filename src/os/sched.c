/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The schedule baton. See os/sched.h.
 *
 * The baton's state belongs to the thread that holds it. It is handed over by
 * `go`, a futex word of the receiver: what the giver wrote is visible to the
 * taker. Of a thread that was announced but does not run yet, `go` is set all
 * the same, and it finds it.
 *
 * The steps of change are drawn step by step instead of all before the run: the
 * chance of hitting any given d - 1 steps is the same but for a small factor,
 * and there is no bound on the depth nor an end to the changes when a run is
 * longer than expected.
 *
 * A thread that passes SOLO_STEPS points on end loses its priority, so a loop
 * that waits for another thread without saying so cannot hang a schedule.
 */
#include "os/sched.h"

#ifdef TARN__SCHED

/* The atomics in this file are no schedule points. */
#undef TARN__SCHED
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "os/clock.h"
#include <tarn/atomic.h>

#define MAX_THREADS 64
#define STEP_NS 100
#define SOLO_STEPS 10000
#define SKIPS_MAX 100000 /* clock jumps in a row that wake nobody else */

/* Priorities, from above: first ones, redrawn ones, those of threads that
 * yielded, the last of which is lowest. */
#define PRIORITY_FIRST (UINT64_C(1) << 63)
#define PRIORITY_REDRAWN (UINT64_C(1) << 62)

enum state { STATE_FREE, STATE_READY, STATE_WAITING, STATE_ENDED };

struct worker {
    TARN__ATOMIC(uint32_t) go; /* 1: the baton is handed to this thread */
    enum state state;
    uint64_t priority;
    const char *what; /* what a waiting thread waits for, by kind and key */
    const void *key;
    uint64_t wake_ns; /* UINT64_MAX: no timeout */
    bool timed_out;
};

static struct {
    struct worker workers[MAX_THREADS];
    unsigned top;       /* workers beyond were never used */
    bool on;            /* a schedule is under way */
    bool stale;         /* some state or priority changed since the last choice */
    uint64_t next_wake; /* no timeout ends before */
    uint64_t now_ns;
    uint64_t skew_ns; /* what the clock gained on real time, for after a schedule */
    uint64_t seed;
    uint64_t random;
    uint64_t change_below; /* a draw below it is a step of change */
    uint64_t lowest;       /* the priority for the next yield */
    uint64_t steps;
    uint64_t hash;
    unsigned solo;  /* steps since the baton last changed hands */
    unsigned skips; /* clock jumps since a thread last woke another */
    pthread_key_t exit_key;
    bool has_exit_key;
    bool pinned;
    cpu_set_t processors; /* of the thread that started the schedule */
} baton;

/* The calling thread's number, from 1; 0: not under the baton. */
static __thread unsigned self __attribute__((tls_model("initial-exec")));

static struct worker *worker_of(unsigned slot) {
    return &baton.workers[slot - 1];
}

/* splitmix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t draw(void) {
    uint64_t z = baton.random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* ------------------------------------------------------- the hand-over ---- */

static void give_to(struct worker *worker) {
    int saved = errno;
    /* release: pairs with the acquire in wait_for_baton(); publishes `baton`. */
    tarn__store(&worker->go, 1, release);
    syscall(SYS_futex, &worker->go, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = saved;
}

static void wait_for_baton(struct worker *worker) {
    int saved = errno;
    /* acquire: pairs with the release in give_to(). */
    while (!tarn__load(&worker->go, acquire))
        syscall(SYS_futex, &worker->go, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    /* relaxed: only this thread resets it, before it gives the baton away. */
    tarn__store(&worker->go, 0, relaxed);
    errno = saved;
}

/* -------------------------------------------------------- the decision ---- */

_Noreturn static void report_deadlock(const char *verdict) {
    char text[400] = "";
    size_t used = 0;
    for (unsigned i = 0; i < baton.top && used < sizeof text; i++) {
        const struct worker *w = &baton.workers[i];
        if (w->state == STATE_WAITING)
            used += (size_t)snprintf(text + used, sizeof text - used, "; thread %u: %s %p", i,
                                     w->what, w->key);
    }
    self = 0; /* the message passes no schedule points */
    tarn__fatal("schedule", "%s at step %llu of seed %llu%s", verdict,
                (unsigned long long)baton.steps, (unsigned long long)baton.seed, text);
}

static void make_ready(struct worker *worker, bool timed_out) {
    worker->state = STATE_READY;
    worker->timed_out = timed_out;
    worker->wake_ns = UINT64_MAX;
    baton.stale = true;
}

/* Readies those whose time is over; notes when the next one's will be. */
static void expire_timeouts(void) {
    baton.next_wake = UINT64_MAX;
    for (unsigned i = 0; i < baton.top; i++) {
        struct worker *w = &baton.workers[i];
        if (w->state != STATE_WAITING)
            continue;
        if (w->wake_ns <= baton.now_ns)
            make_ready(w, true);
        else if (w->wake_ns < baton.next_wake)
            baton.next_wake = w->wake_ns;
    }
}

static struct worker *highest_ready(void) {
    struct worker *best = NULL;
    for (unsigned i = 0; i < baton.top; i++) {
        struct worker *w = &baton.workers[i];
        if (w->state == STATE_READY && (!best || w->priority > best->priority))
            best = w;
    }
    return best;
}

static struct worker *choose_next(void) {
    for (;;) {
        expire_timeouts();
        struct worker *next = highest_ready();
        baton.stale = false;
        if (next)
            return next;
        if (baton.next_wake == UINT64_MAX)
            report_deadlock("deadlock");
        if (++baton.skips > SKIPS_MAX)
            report_deadlock("no progress but timeouts");
        baton.now_ns = baton.next_wake;
    }
}

static void pass_baton(void) {
    if (!baton.stale && baton.now_ns < baton.next_wake)
        return;
    struct worker *me = worker_of(self);
    struct worker *next = choose_next();
    if (next == me)
        return;
    baton.solo = 0;
    give_to(next);
    wait_for_baton(me);
}

static void lower_below_all(struct worker *worker) {
    worker->priority = baton.lowest--;
    baton.stale = true;
}

/* One step of the calling thread: counts it, draws, lets the next one run. */
/* Half of the changes put the thread below all others, those that yielded too: else one
 * that found another thread waiting for it would never be cut before that went on. */
static void change_priority(struct worker *me) {
    if (draw() & 1) {
        lower_below_all(me);
        return;
    }
    me->priority = PRIORITY_REDRAWN | (draw() >> 2);
    baton.stale = true;
}

static void take_step(void) {
    struct worker *me = worker_of(self);
    baton.steps++;
    baton.now_ns += STEP_NS;
    baton.hash = (baton.hash ^ self) * UINT64_C(0x100000001b3);
    if (draw() < baton.change_below) {
        change_priority(me);
    } else if (++baton.solo > SOLO_STEPS) {
        baton.solo = 0;
        lower_below_all(me);
    }
    pass_baton();
}

/* --------------------------------------------------------- the points ---- */

bool tarn__sched_is_on(void) {
    return self != 0;
}

/* In parentheses: in this file the name is a macro that does nothing. */
void(tarn__sched_point)(void) {
    if (self)
        take_step();
}

bool tarn__sched_yield(void) {
    if (!self)
        return false;
    lower_below_all(worker_of(self));
    take_step();
    return true;
}

bool tarn__sched_block(const char *what, const void *key, uint64_t timeout_ns) {
    struct worker *me = worker_of(self);
    me->state = STATE_WAITING;
    me->what = what;
    me->key = key;
    me->timed_out = false;
    if (!timeout_ns || __builtin_add_overflow(baton.now_ns, timeout_ns, &me->wake_ns))
        me->wake_ns = UINT64_MAX;
    baton.stale = true;
    take_step();
    return !me->timed_out;
}

bool tarn__sched_sleep(uint64_t ns) {
    if (!self)
        return false;
    lower_below_all(worker_of(self));
    tarn__sched_block("sleep", NULL, ns ? ns : 1);
    return true;
}

/* Begins the search at a drawn thread, so that no sleeper is preferred. */
void tarn__sched_wake(const void *key, int count) {
    if (!self)
        return;
    unsigned first = (unsigned)(draw() % baton.top);
    for (unsigned i = 0; i < baton.top && count > 0; i++) {
        struct worker *w = &baton.workers[(first + i) % baton.top];
        if (w->state != STATE_WAITING || w->key != key)
            continue;
        make_ready(w, false);
        baton.skips = 0;
        count--;
    }
}

uint64_t tarn__sched_clock(uint64_t real_ns) {
    if (!self)
        return real_ns + baton.skew_ns;
    take_step();
    return baton.now_ns;
}

/* -------------------------------------------------------- the threads ---- */

unsigned tarn__sched_thread_announce(void) {
    if (!self)
        return 0;
    unsigned i = 0;
    while (i < MAX_THREADS && baton.workers[i].state != STATE_FREE)
        i++;
    TARN_CHECK(i < MAX_THREADS, "more than %d threads under the schedule baton", MAX_THREADS);
    if (i >= baton.top)
        baton.top = i + 1;
    baton.workers[i] = (struct worker){.priority = PRIORITY_FIRST | draw()};
    make_ready(&baton.workers[i], false);
    return i + 1;
}

void tarn__sched_thread_withdraw(unsigned slot) {
    if (slot)
        worker_of(slot)->state = STATE_FREE;
}

static void leave(void) {
    struct worker *me = worker_of(self);
    me->state = STATE_ENDED;
    tarn__sched_wake(me, INT_MAX);
    self = 0;
    baton.solo = 0;
    give_to(choose_next());
}

/* A key's destructor that sets its value again is called again, in a further
 * round: leaves in the third, when the other keys' destructors have run, and not
 * in the last, when a sanitizer may have left already. */
static void leave_in_round(void *rounds) {
    if ((uintptr_t)rounds > 1)
        pthread_setspecific(baton.exit_key, (void *)((uintptr_t)rounds - 1));
    else
        leave();
}

void tarn__sched_thread_enter(unsigned slot) {
    if (!slot)
        return;
    self = slot;
    wait_for_baton(worker_of(slot));
    pthread_setspecific(baton.exit_key, (void *)(uintptr_t)3);
}

void tarn__sched_thread_join(unsigned slot) {
    if (!self || !slot)
        return;
    struct worker *worker = worker_of(slot);
    while (worker->state != STATE_ENDED)
        tarn__sched_block("end of thread", worker, 0);
    worker->state = STATE_FREE;
}

/* -------------------------------------------------------- the schedule ---- */

/* One thread runs at a time: on one processor the baton changes hands without a wake-up
 * across, which takes longer than what is between two. Those who are started inherit. */
static void pin(void) {
    cpu_set_t here;
    int processor = sched_getcpu();
    baton.pinned = false;
    if (processor < 0 || sched_getaffinity(0, sizeof baton.processors, &baton.processors) != 0)
        return;
    CPU_ZERO(&here);
    CPU_SET((unsigned)processor, &here);
    baton.pinned = sched_setaffinity(0, sizeof here, &here) == 0;
}

static void unpin(void) {
    if (baton.pinned)
        sched_setaffinity(0, sizeof baton.processors, &baton.processors);
}

void tarn__sched_start(uint64_t seed, unsigned depth, uint64_t expected_steps) {
    TARN_CHECK(!baton.on, "a schedule is under way already");
    if (!baton.has_exit_key)
        TARN_CHECK(pthread_key_create(&baton.exit_key, leave_in_round) == 0, "no pthread key left");
    baton.has_exit_key = true;
    baton.now_ns = tarn__clock_ns();
    for (unsigned i = 0; i < baton.top; i++)
        baton.workers[i].state = STATE_FREE;
    baton.top = 0;
    baton.on = true;
    baton.seed = baton.random = seed;
    baton.steps = baton.solo = baton.skips = 0;
    baton.hash = UINT64_C(0xcbf29ce484222325);
    baton.next_wake = UINT64_MAX;
    baton.lowest = PRIORITY_REDRAWN - 1;
    uint64_t changes = depth > 1 ? depth - 1 : 0;
    baton.change_below = 0;
    if (changes)
        baton.change_below =
            changes < expected_steps ? UINT64_MAX / expected_steps * changes : UINT64_MAX;
    pin();
    self = 1; /* announces the others, and itself, the first */
    self = tarn__sched_thread_announce();
}

void tarn__sched_stop(void) {
    TARN_CHECK(self, "the calling thread is under no schedule");
    for (unsigned i = 0; i < baton.top; i++)
        TARN_CHECK(i + 1 == self || baton.workers[i].state == STATE_FREE ||
                       baton.workers[i].state == STATE_ENDED,
                   "thread %u of the schedule has not ended", i);
    uint64_t now = baton.now_ns;
    self = 0;
    baton.on = false;
    unpin();
    baton.skew_ns = 0;
    uint64_t real = tarn__clock_ns();
    baton.skew_ns = now > real ? now - real : 0;
}

uint64_t tarn__sched_hash(void) {
    return baton.hash;
}

uint64_t tarn__sched_steps(void) {
    return baton.steps;
}

#endif
