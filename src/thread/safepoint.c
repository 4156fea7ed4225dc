/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The slow side of the poll, and blocking regions.
 *
 * Protocol and argument: docs/memory-model.md [SP-1], [SP-5], [SP-6], [GP-1]
 * and [CNT-4]. A seat opens its read section after it becomes RUNNING and closes
 * it before it leaves, so a seat in any other state holds up no grace period.
 *
 * Progress: a safepoint waits only for a stop to end; leaving a blocking region
 * for a stop or a claim, and a claim is bounded.
 */
#include <errno.h>
#include <limits.h>

#include "base/check.h"
#include "os/futex.h"
#include "thread/rcu.h"
#include "thread/seat_kernel.h"
#include "thread/world.h"

void tarn__seat_acknowledge(struct tarn_world *world) {
    /* release: pairs with the acquire in wait_for_acknowledgements(); what this
     * seat wrote is visible to the stopper. */
    if (tarn__fetch_sub(&world->outstanding, 1, acq_rel) == 1)
        tarn__futex_wake(&world->outstanding.value, INT_MAX);
}

void tarn__seat_wait_running(struct tarn_seat *seat) {
    uint32_t word;
    while (!tarn__seat_is_running(&seat->cache.head, &word))
        tarn__futex_wait(&seat->cache.head.state.value, word, 0);
    tarn__rcu_enter(seat);
}

/* Parks if a stop asks for it. Returns whether it did. */
static bool park_if_asked(struct tarn_seat *seat) {
    /* relaxed: tarn__seat_park() looks again. */
    if (!(tarn__load(&seat->cache.head.state, relaxed) & TARN__SEAT_STOP))
        return false;
    tarn__rcu_leave(seat);
    if (tarn__seat_park(&seat->cache.head)) {
        tarn__seat_acknowledge(seat->world);
        tarn__seat_wait_running(seat);
    } else {
        tarn__rcu_enter(seat);
    }
    return true;
}

static void poll_seat(struct tarn_seat *seat, bool quiet) {
    while (park_if_asked(seat))
        continue;
    /* relaxed: the operations below order what they need. */
    uint32_t word = tarn__load(&seat->cache.head.state, relaxed);
    if (word & TARN__SEAT_GRACE && tarn__rcu_is_old(seat)) {
        tarn__rcu_leave(seat);
        tarn__rcu_enter(seat);
    }
    if (word & TARN__SEAT_WORK) {
        tarn__seat_lower(&seat->cache.head, TARN__SEAT_WORK);
        seat->world->hooks->work(seat, quiet);
    }
}

/* Whether nothing is asked of the seat but a read section as young as the one it has:
 * what most slow polls find while grace periods follow one another. */
static bool is_answered(struct tarn_seat *seat) {
    /* relaxed: poll_seat() looks again. */
    return tarn__load(&seat->cache.head.state, relaxed) ==
               (TARN__SEAT_RUNNING | TARN__SEAT_GRACE) &&
           !tarn__rcu_is_old(seat);
}

void tarn__safepoint_slow(void) {
    struct tarn_seat *seat = tarn__seat_expect_running("tarn_safepoint");
    if (tarn__unlikely(seat->holds_world))
        tarn__fatal("tarn_safepoint",
                    "a safepoint is misuse while the caller has the world stopped");
    if (is_answered(seat))
        return;
    int saved = errno;
    poll_seat(seat, false);
    errno = saved;
}

void tarn__seat_poll_quiet(struct tarn_seat *seat) {
    poll_seat(seat, true);
}

void tarn__seat_call(struct tarn_seat *seat) {
    tarn__seat_raise(&seat->cache.head, TARN__SEAT_WORK);
}

/* Leaves RUNNING for `to` with an empty mail inbox: what came before the state
 * changed is drained here, what comes after by its sender [CNT-4]. */
static void leave_running(struct tarn_seat *seat, uint32_t to) {
    for (;;) {
        seat->world->hooks->hand_over(seat, to == TARN__SEAT_VACANT);
        tarn__rcu_leave(seat);
        if (tarn__seat_leave(&seat->cache.head, to, 0))
            tarn__seat_acknowledge(seat->world);
        if (tarn__inbox_is_empty(&seat->mail))
            return;
        tarn__seat_unblock(seat);
        seat->world->hooks->work(seat, true);
    }
}

void tarn__seat_block(struct tarn_seat *seat) {
    leave_running(seat, TARN__SEAT_BLOCKING);
    tarn__tls.id = TARN__SEAT_NONE;
}

/* Comes back to RUNNING from any state, with a read section. */
void tarn__seat_unblock(struct tarn_seat *seat) {
    if (tarn__seat_enter(&seat->cache.head))
        tarn__rcu_enter(seat);
    else
        tarn__seat_wait_running(seat);
    tarn__tls.id = seat->cache.id;
}

void tarn__seat_vacate(struct tarn_seat *seat) {
    leave_running(seat, TARN__SEAT_VACANT);
    tarn__tls.id = TARN__SEAT_NONE;
}

static void unclaim(struct tarn_seat *owner, uint32_t from) {
    if (tarn__seat_unclaim(&owner->cache.head, from))
        tarn__futex_wake(&owner->cache.head.state.value, INT_MAX);
}

void tarn__seat_notify_mail(struct tarn_seat *owner) {
    do {
        uint32_t from;
        uint32_t state = tarn__seat_state(tarn__seat_raise(&owner->cache.head, TARN__SEAT_WORK));
        if (state == TARN__SEAT_RUNNING || state == TARN__SEAT_PARKED)
            return;
        if (!tarn__seat_claim(&owner->cache.head, &from))
            return; /* it runs, and sees WORK; or its claimer looks again below */
        owner->world->hooks->drain_claimed(owner);
        unclaim(owner, from);
    } while (!tarn__inbox_is_empty(&owner->mail));
}

bool tarn__seat_borrow(struct tarn_seat *owner, uint32_t *from) {
    return tarn__seat_claim(&owner->cache.head, from);
}

void tarn__seat_give_back(struct tarn_seat *owner, uint32_t from) {
    unclaim(owner, from);
    if (tarn__unlikely(!tarn__inbox_is_empty(&owner->mail)))
        tarn__seat_notify_mail(owner);
}

void tarn_blocking_begin(void) {
    int saved = errno;
    struct tarn_seat *seat = tarn__seat_expect_running("tarn_blocking_begin");
    TARN_CHECK(!seat->holds_world, "a blocking region is misuse while the caller has the world "
                                   "stopped");
    tarn__seat_poll_quiet(seat);
    tarn__seat_block(seat);
    errno = saved;
}

void tarn_blocking_end(void) {
    int saved = errno;
    TARN_CHECK(tarn__tls.holds_seat && !tarn__thread_is_running(),
               "the calling thread is not inside a blocking region");
    tarn__seat_unblock(tarn__seat_self());
    errno = saved;
}
