/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * liburcu-bp behind thread/rcu.h.
 *
 * liburcu 0.13 orders readers against grace periods by fences and membarrier,
 * which ThreadSanitizer does not model: without help it reports the free after
 * a grace period as a race with the reads before it. The two annotations below
 * state the edges that liburcu guarantees, and no others:
 *   - what a reader did before the end of a section happens before the end of
 *     a grace period that waited for it (release at leave, acquire after
 *     synchronize);
 *   - what was done before a grace period began happens before sections that
 *     begin after it (release before synchronize, acquire at enter).
 *
 * Under the schedule baton liburcu is not used: a section is an odd number in
 * the seat, and a grace period waits, in schedule points, for each to change.
 */
#include "thread/rcu.h"

#include "base/tsan.h"
#include "os/thread.h"
#include "thread/world.h"

#ifdef TARN__SCHED

void tarn__rcu_enter(struct tarn_seat *seat) {
    /* seq_cst: store/load pair with tarn__rcu_synchronize(). */
    tarn__fetch_add(&seat->section, 1, seq_cst);
}

void tarn__rcu_leave(struct tarn_seat *seat) {
    /* seq_cst: as above. */
    tarn__fetch_add(&seat->section, 1, seq_cst);
}

void tarn__rcu_reopen(struct tarn_seat *seat) {
    (void)seat;
}

bool tarn__rcu_is_old(const struct tarn_seat *seat) {
    (void)seat;
    return true;
}

void tarn__rcu_synchronize(struct tarn_world *world) {
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next) {
        /* seq_cst: store/load pair with tarn__rcu_enter(). */
        uint64_t seen = tarn__load(&s->section, seq_cst);
        /* seq_cst: as above. */
        while ((seen & 1) && tarn__load(&s->section, seq_cst) == seen)
            tarn__os_yield();
    }
}

void tarn__rcu_fork_prepare(void) {
}
void tarn__rcu_fork_parent(void) {
}
void tarn__rcu_fork_child(void) {
}

#else

#include <urcu/urcu-bp.h>
/* For the counter alone. */
#include <urcu/static/urcu-bp.h>

/* relaxed: only compared. It never is 0, and turns once in a grace period. */
static unsigned long counter(void) {
    return CMM_LOAD_SHARED(urcu_bp_gp.ctr);
}

/* The counter is read first: if it turns meanwhile, the section looks older than it is. A
 * section inside the host's own begins when that did, which nobody knows: always old. */
void tarn__rcu_enter(struct tarn_seat *seat) {
    /* relaxed: for the watchdog, which only names who is late. */
    tarn__store(&seat->fresh, tarn__load(&seat->world->gp_asked, relaxed), relaxed);
    seat->turn = urcu_bp_read_ongoing() ? 0 : counter();
    urcu_bp_read_lock();
    TARN__EDGE_FROM(&seat->world->grace_edge);
}

void tarn__rcu_leave(struct tarn_seat *seat) {
    TARN__EDGE_FOR(&seat->world->reader_edge);
    urcu_bp_read_unlock();
}

void tarn__rcu_reopen(struct tarn_seat *seat) {
    if (!urcu_bp_read_ongoing())
        tarn__rcu_enter(seat);
}

bool tarn__rcu_is_old(const struct tarn_seat *seat) {
    /* relaxed: a request seen late is answered at the next safepoint. */
    return seat->turn != counter() ||
           tarn__load(&seat->fresh, relaxed) != tarn__load(&seat->world->gp_asked, relaxed);
}

void tarn__rcu_synchronize(struct tarn_world *world) {
    TARN__EDGE_FOR(&world->grace_edge);
    urcu_bp_synchronize_rcu();
    TARN__EDGE_FROM(&world->reader_edge);
}

void tarn__rcu_fork_prepare(void) {
    urcu_bp_before_fork();
}

void tarn__rcu_fork_parent(void) {
    urcu_bp_after_fork_parent();
}

void tarn__rcu_fork_child(void) {
    urcu_bp_after_fork_child();
}

#endif
