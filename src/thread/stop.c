/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Stopping and starting the world.
 *
 * Protocol and argument: docs/memory-model.md [SP-2] to [SP-4]. One stopper at
 * a time is served, in the order of their tickets; another that wants the world
 * waits as a stopped seat, so the first never waits for the second. While the world is
 * stopped nothing here takes a lock or asks for memory.
 *
 * Progress: a stop ends when every running seat has reached a safepoint; the
 * watchdog names those that keep it waiting.
 */
#include <errno.h>
#include <limits.h>

#include "base/check.h"
#include "base/tsan.h"
#include "os/clock.h"
#include "os/futex.h"
#include "thread/pause.h"
#include "thread/rcu.h"
#include "thread/seat_kernel.h"
#include "thread/world.h"

/* How long a stopper looks before it sleeps: about as long as a futex call. */
#define STOP_SPINS 200

/* Another stopper is served first: waits, as a stopped seat if it has one. */
static void wait_for_turn(struct tarn_world *world, struct tarn_seat *self, uint32_t serving) {
    if (!self) {
        tarn__futex_wait(&world->serving.value, serving, 0);
        return;
    }
    tarn__rcu_leave(self);
    if (tarn__seat_leave(&self->cache.head, TARN__SEAT_PARKED, 0))
        tarn__seat_acknowledge(world);
    tarn__futex_wait(&world->serving.value, serving, 0);
    tarn__seat_unblock(self);
}

static void take_world(struct tarn_world *world, struct tarn_seat *self) {
    /* relaxed: the turn orders stoppers. */
    uint32_t ticket = tarn__fetch_add(&world->next_ticket, 1, relaxed);
    for (;;) {
        /* acquire: pairs with the release in tarn__world_start(); what the last
         * stopper did is visible. */
        uint32_t serving = tarn__load(&world->serving, acquire);
        if (serving == ticket)
            return;
        wait_for_turn(world, self, serving);
    }
}

/* Marks every seat; returns how many owe an acknowledgement. */
static uint32_t mark_seats(struct tarn_world *world, struct tarn_seat *self) {
    uint32_t owed = 0;
    tarn__lock_acquire(&world->seats_lock);
    world->stopped = true;
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next)
        if (s != self && tarn__seat_stop(&s->cache.head))
            owed++;
    tarn__lock_release(&world->seats_lock);
    return owed;
}

static void name_late_seats(struct tarn_world *world) {
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next) {
        /* relaxed: a look for a message. */
        uint32_t word = tarn__load(&s->cache.head.state, relaxed);
        if (tarn__seat_state(word) != TARN__SEAT_RUNNING || !(word & TARN__SEAT_STOP))
            continue;
        tarn__world_name_late(world, s, "a world stop");
    }
}

static void wait_for_acknowledgements(struct tarn_world *world) {
    unsigned spins = 0;
    for (;;) {
        /* acquire: pairs with the release in tarn__seat_acknowledge(). */
        uint32_t owed = tarn__load(&world->outstanding, acquire);
        if (owed == 0)
            return;
        if (spins < STOP_SPINS) {
            spins++;
            tarn__spin_pause();
        } else if (!tarn__futex_wait(&world->outstanding.value, owed, world->watchdog_ns)) {
            name_late_seats(world);
        }
    }
}

int tarn__world_stop(struct tarn_world *world, struct tarn_seat *self) {
    if (self && self->holds_world)
        return -EDEADLK;
    uint64_t begun = tarn__clock_ns();
    take_world(world, self);
    uint32_t owed = mark_seats(world, self);
    /* acq_rel: pairs with the acknowledgements that came already. */
    tarn__fetch_add(&world->outstanding, owed, acq_rel);
    wait_for_acknowledgements(world);
    TARN__USER_EDGE_FROM(&world->reader_edge); /* every other seat has left its section */
    if (self)
        self->holds_world = true;
    tarn__grace_by_stop(world);
    /* relaxed: a statistic. */
    tarn__fetch_add(&world->stops, 1, relaxed);
    world->stop_begun_ns = begun;
    world->stop_reached_ns = tarn__clock_ns();
    return 0;
}

void tarn__world_start(struct tarn_world *world, struct tarn_seat *self) {
    uint64_t begun = world->stop_begun_ns;
    uint64_t reached = world->stop_reached_ns;
    uint64_t ended = tarn__clock_ns();
    if (self)
        self->holds_world = false;
    TARN__USER_EDGE_FOR(&world->grace_edge); /* and sees this as it enters one again */
    tarn__lock_acquire(&world->seats_lock);
    world->stopped = false;
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next)
        if (s != self && tarn__seat_start(&s->cache.head))
            tarn__futex_wake(&s->cache.head.state.value, INT_MAX);
    tarn__lock_release(&world->seats_lock);
    /* release: pairs with the acquire in take_world(). */
    tarn__fetch_add(&world->serving, 1, release);
    tarn__futex_wake(&world->serving.value, INT_MAX);
    tarn__pause_record(world, reached - begun, ended - reached);
}
