/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Taking a seat and giving it back.
 *
 * A seat outlives its threads: pools, bias, mail and batches stay with it, and
 * the next thread takes the most recently left one, whose pools are warm.
 * Protocol: docs/memory-model.md [SP-1], [CNT-7]. The list of seats only grows
 * and may be followed by anyone; vacant seats are a stack under the SEATS lock.
 *
 * A thread that exits attached is detached by the destructor of a pthread key,
 * also when it is cancelled, and from a blocking region.
 */
#include <errno.h>
#include <stdio.h>

#include "base/bits.h"
#include "base/check.h"
#include "memory/memory.h"
#include "os/pages.h"
#include "thread/rcu.h"
#include "thread/seat_id.h"
#include "thread/seat_kernel.h"
#include "thread/world.h"

static struct tarn_os_exit_key exit_key;

void tarn__world_init(struct tarn_world *world) {
    tarn__lock_init(&world->seats_lock, TARN_RANK_SEATS);
    tarn__lock_init(&world->pauses_lock, TARN_RANK_PAUSES);
    /* relaxed: no other thread knows the world yet. Numbers start at 1, so that
     * tag 0 has always passed. */
    tarn__store(&world->gp_next, 1, relaxed);
    tarn__store(&world->gp_done, 1, relaxed);
}

void tarn__world_fini(struct tarn_world *world) {
    struct tarn_seat *next;
    for (struct tarn_seat *s = tarn__world_first(world); s; s = next) {
        next = s->next;
        tarn__cache_fini(&s->cache);
        tarn__seat_id_give(s->cache.id);
        tarn__os_release(s, tarn__round_up(world->seat_size, tarn__os_page_size()));
    }
}

/* Called with SEATS held. NULL with *error set: no memory, or no number. */
static struct tarn_seat *make_seat(struct tarn_world *world, int *error) {
    size_t size = tarn__round_up(world->seat_size, tarn__os_page_size());
    struct tarn_seat *seat = tarn__os_map(size, tarn__os_page_size());
    *error = -ENOMEM;
    if (!seat)
        return NULL;
    uint32_t id = tarn__seat_id_take();
    if (!id) {
        *error = -EAGAIN;
        tarn__os_release(seat, size);
        return NULL;
    }
    seat->world = world;
    tarn__cache_init(&seat->cache, id, world->cache_hooks);
    uint32_t word = TARN__SEAT_VACANT | (world->stopped ? TARN__SEAT_STOP : 0) |
                    (world->grace ? TARN__SEAT_GRACE : 0);
    /* relaxed: published with the seat below. */
    tarn__store(&seat->cache.head.state, word, relaxed);
    seat->next = tarn__world_first(world);
    world->seat_count++;
    /* release: pairs with the acquire in tarn__world_first(). */
    tarn__store(&world->seats, seat, release);
    return seat;
}

static struct tarn_seat *take_seat(struct tarn_world *world, bool internal, int *error) {
    tarn__lock_acquire(&world->seats_lock);
    struct tarn_seat *seat = world->vacant;
    if (seat)
        world->vacant = seat->next_vacant;
    else
        seat = make_seat(world, error);
    if (seat) {
        seat->internal = internal;
        world->attached += !internal;
    }
    tarn__lock_release(&world->seats_lock);
    return seat;
}

/* SEATS held. */
static void push_vacant(struct tarn_world *world, struct tarn_seat *seat) {
    if (seat->reserved)
        return;
    seat->next_vacant = world->vacant;
    world->vacant = seat;
}

static void give_seat(struct tarn_seat *seat) {
    struct tarn_world *world = seat->world;
    tarn__lock_acquire(&world->seats_lock);
    push_vacant(world, seat);
    world->attached -= !seat->internal;
    tarn__lock_release(&world->seats_lock);
}

struct tarn_seat *tarn__seat_held(void) {
    return tarn__tls.holds_seat ? tarn__seat_self() : NULL;
}

void tarn__seat_stop_not_running(const char *function) {
    tarn__fatal(function, tarn__tls.holds_seat ? "called inside a blocking region"
                                               : "the calling thread is not attached to a heap");
}

/* Runs as the thread exits with a seat, in or out of a blocking region. */
static void detach_at_exit(void *value) {
    struct tarn_seat *seat = tarn__seat_held();
    if (!seat || seat != value)
        return;
    char text[120];
    snprintf(text, sizeof text, "thread %u exits attached (seat %u): detached", seat->tid,
             seat->cache.id);
    seat->world->hooks->log(seat->world, TARN_LOG_WARNING, text);
    TARN_CHECK(!seat->holds_world, "a thread exits while it has the world stopped");
    if (tarn__thread_is_running())
        tarn__rcu_reopen(seat);
    else
        tarn_blocking_end();
    tarn__seat_detach(seat);
}

/* The calling thread sits down on a seat that nobody else can have. */
static void sit_down(struct tarn_seat *seat) {
    seat->tid = tarn__os_tid();
    tarn__seat_unblock(seat);
    tarn__tls = (struct tarn__tls){&seat->cache.head, seat->cache.id, 1};
    tarn__os_exit_key_set(&exit_key, seat);
    tarn__seat_poll_quiet(seat);
}

int tarn__seat_attach(struct tarn_world *world, bool internal) {
    int error = 0;
    if (!tarn__os_exit_key_make(&exit_key, detach_at_exit))
        return -EAGAIN;
    struct tarn_seat *seat = take_seat(world, internal, &error);
    if (!seat)
        return error;
    sit_down(seat);
    return 0;
}

int tarn__seat_reserve(struct tarn_world *world, struct tarn_seat **seat) {
    int error = 0;
    if (!tarn__os_exit_key_make(&exit_key, detach_at_exit))
        return -EAGAIN;
    *seat = take_seat(world, true, &error);
    if (!*seat)
        return error;
    (*seat)->reserved = true;
    return 0;
}

void tarn__seat_attach_reserved(struct tarn_seat *seat) {
    sit_down(seat);
}

void tarn__seat_unreserve(struct tarn_seat *seat) {
    seat->reserved = false;
    give_seat(seat);
}

void tarn__seat_detach(struct tarn_seat *seat) {
    tarn__seat_poll_quiet(seat);
    tarn__seat_vacate(seat);
    tarn__thread_forget_seat();
    tarn__os_exit_key_set(&exit_key, NULL);
    give_seat(seat);
}

void tarn__seat_resume(struct tarn_seat *seat, struct tarn__tls tls) {
    tarn__tls = tls;
    tarn__os_exit_key_set(&exit_key, seat);
}

void tarn__seat_abandon(struct tarn_seat *seat) {
    struct tarn_world *world = seat->world;
    /* relaxed: the child of a fork has one thread. WANT goes too: the thread that
     * waited to attach is not there. */
    tarn__store(&seat->cache.head.state, TARN__SEAT_VACANT | TARN__SEAT_WORK, relaxed);
    push_vacant(world, seat);
}
