/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Actions of threads: leave and come back, block, start others, fork. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "stress.h"

#define VISIT_OPS 40
#define CHILD_SECONDS 60

/* What it holds, it holds on to: references are the thread's, not the seat's. */
static void leave_and_come_back(struct worker *w) {
    int error = tarn_thread_detach();
    void *block = tarn_malloc(100);
    tarn_free(block);
    if (error != 0 || (error = tarn_thread_attach(w->place->heap)) != 0) {
        fault("detach and attach: %d", error);
        _exit(1);
    }
    if (tarn_thread_attach(w->place->heap) != -EALREADY)
        fault("a thread attaches twice");
}

static void move_to_another_place(struct worker *w) {
    if (place_count < 2 || w->visitor)
        return;
    held_drop_all(w);
    tarn_thread_detach();
    w->place = place_any(w);
    if (tarn_thread_attach(w->place->heap) != 0)
        fault("attach to another heap");
}

static void block(struct worker *w) {
    errno = 99;
    tarn_blocking_begin();
    if (chance(w, 20))
        tarn__sleep_ns(random_below(&w->random, 300000));
    else
        tarn_free(tarn_malloc(random_below(&w->random, 500)));
    errno = 99;
    tarn_blocking_end();
    if (errno != 99)
        fault("tarn_blocking_end changes errno to %d", errno);
}

static void block_and_return_at_once(struct worker *w) {
    for (uint64_t i = random_below(&w->random, 10); i > 0; i--) {
        tarn_blocking_begin();
        tarn_blocking_end();
    }
}

/* A short-lived thread, which is handed a reference; half of them exit attached. */
static void receive_a_visitor(struct worker *w) {
    if (w->visitor)
        return;
    struct worker visitor = {.place = w->place,
                             .random = random_next(&w->random),
                             .index = w->index + 100,
                             .visitor = true,
                             .ops = VISIT_OPS,
                             .leaves = chance(w, 50)};
    if (w->held_count)
        visitor.held[visitor.held_count++] = held_remove(w, 0);
    tarn_blocking_begin();
    int error = tarn__os_thread_start(&visitor.thread, "visitor", worker_run, &visitor);
    if (error == 0)
        tarn__os_thread_join(&visitor.thread);
    tarn_blocking_end();
    if (error != 0) {
        fault("a thread does not start: %d", error);
        _exit(1);
    }
}

#ifndef TARN__SCHED

static TARN__ATOMIC(uint32_t) forking;

/* In the child: one thread, the same heap, everything works. */
_Noreturn static void live_in_child(struct worker *w) {
    unsigned before = fault_count();
    alarm(CHILD_SECONDS);
    for (unsigned i = 0; i < 50; i++) {
        held_add(w, place_new(w->place, i % 2 ? KIND_NODE : KIND_FINAL, 0));
        void *seen = tarn_slot_load(&w->place->roots[random_below(&w->random, ROOTS)]);
        if (seen)
            held_add(w, seen);
        tarn_safepoint();
    }
    held_drop_all(w);
    if (tarn_gc_collect(w->place->heap, 2) < 0)
        fault("no collection in a forked child");
    tarn_drain();
    ptrdiff_t faults = tarn_heap_verify(w->place->heap, NULL, NULL);
    if (faults != 0)
        fault("in a forked child, the verifier finds %td faults", faults);
    _exit(fault_count() != before);
}

/* One child at a time. */
static void fork_a_child(struct worker *w) {
    int status;
    /* acquire: pairs with the release below. */
    if (w->visitor || tarn__exchange(&forking, 1, acq_rel))
        return;
    pid_t pid = fork();
    if (pid == 0)
        live_in_child(w);
    tarn_blocking_begin();
    if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0)
        fault("a forked child ends with status %#x", (unsigned)status);
    tarn_blocking_end();
    /* release: pairs with the acquire above. */
    tarn__store(&forking, 0, release);
}

#endif

const struct action thread_actions[] = {
    {"leave and come back", leave_and_come_back, GROUP_CHURN | GROUP_COUNTS | GROUP_WEAK, 10},
    {"move to another place", move_to_another_place, GROUP_CHURN, 2},
    {"block", block, GROUP_CHURN | GROUP_COUNTS | GROUP_SLOTS | GROUP_GC, 10},
    {"block and return at once", block_and_return_at_once, GROUP_CHURN | GROUP_COUNTS, 4},
    {"receive a visitor", receive_a_visitor, GROUP_CHURN | GROUP_FORK, 1},
#ifndef TARN__SCHED
    {"fork a child", fork_a_child, GROUP_FORK, 1},
#endif
    {0},
};
