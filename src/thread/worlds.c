/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The process's worlds: fork() and grace periods concern all of them.
 *
 * Before the fork every world is stopped, by a stopper without a seat; the
 * forking thread's own seat, if it runs, is blocking meanwhile. So no other
 * attached thread is inside the library, and every lock is taken in rank order
 * behind that. In the child the seats of the threads that are gone become
 * vacant, with all that they hold, and service threads start again when needed.
 *
 * Locks: FORK serialises forks and the end of heaps; whoever waits for it counts
 * as stopped. HEAPS guards the list and is never held while a stop is awaited,
 * except the last, empty, look.
 */
#include "base/check.h"
#include "memory/memory.h"
#include "thread/rcu.h"
#include "thread/seat_id.h"
#include "thread/seat_kernel.h"
#include "thread/world.h"

static struct tarn_lock fork_lock = TARN__LOCK_INIT(TARN_RANK_FORK);
static struct tarn_lock heaps_lock = TARN__LOCK_INIT(TARN_RANK_HEAPS);
static struct tarn_world *worlds;
static unsigned grace_drivers; /* under HEAPS */
static bool registered;

/* The forking thread's, between prepare and the end. */
static struct tarn_seat *forker;
static bool forker_ran;

/* A world that is not stopped for this fork yet, or NULL; holds HEAPS then. */
static struct tarn_world *next_unstopped(void) {
    tarn__lock_acquire(&heaps_lock);
    struct tarn_world *w = worlds;
    while (w && w->stopped_for_fork)
        w = w->next;
    return w;
}

static void prepare(void) {
    struct tarn_seat *seat = tarn__seat_held();
    bool ran = seat && tarn__thread_is_running();
    if (seat && seat->holds_world)
        tarn__fatal("fork", "called while the caller has the world stopped");
    if (ran)
        tarn__seat_block(seat);
    tarn__lock_acquire(&fork_lock);
    forker = seat;
    forker_ran = ran;
    for (struct tarn_world *w; (w = next_unstopped()) != NULL;) {
        tarn__lock_release(&heaps_lock);
        tarn__world_stop(w, NULL);
        w->stopped_for_fork = true;
    }
    for (struct tarn_world *w = worlds; w; w = w->next) {
        tarn__lock_acquire_for_fork(&w->seats_lock);
        w->hooks->fork_prepare(w);
    }
    tarn__seat_ids_lock();
    tarn__memory_fork_prepare();
    tarn__rcu_fork_prepare();
}

/* Child: threads that held seats, waited for the world or drove grace periods
 * are gone. */
static void forget_others(struct tarn_world *world) {
    world->vacant = NULL;
    world->attached = 0;
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next)
        if (s != forker) {
            tarn__seat_abandon(s);
        } else {
            world->attached = !s->internal;
            tarn__seat_lower(&s->cache.head, TARN__SEAT_GRACE);
        }
    world->grace = 0;
    /* relaxed: the child of a fork has one thread. */
    tarn__store(&world->next_ticket, tarn__load(&world->serving, relaxed) + 1, relaxed);
}

static void done(bool child) {
    tarn__seat_ids_unlock();
    for (struct tarn_world *w = worlds; w; w = w->next) {
        if (child)
            forget_others(w);
        w->hooks->fork_done(w, child);
        tarn__lock_release(&w->seats_lock);
    }
    for (struct tarn_world *w = worlds; w; w = w->next) {
        w->stopped_for_fork = false;
        tarn__world_start(w, NULL);
    }
    if (child)
        grace_drivers = 0; /* their threads are gone */
    tarn__lock_release(&heaps_lock);
    struct tarn_seat *seat = forker;
    bool ran = forker_ran;
    tarn__lock_release(&fork_lock);
    if (ran)
        tarn__seat_unblock(seat);
}

static void parent(void) {
    tarn__rcu_fork_parent();
    tarn__memory_fork_done();
    done(false);
}

static void child(void) {
    tarn__rcu_fork_child();
    tarn__memory_fork_done();
    done(true);
}

bool tarn__world_list(struct tarn_world *world) {
    tarn__lock_acquire(&heaps_lock);
    if (!registered)
        registered = tarn__os_atfork(prepare, parent, child) == 0;
    if (registered) {
        world->grace = grace_drivers;
        world->next = worlds;
        worlds = world;
    }
    tarn__lock_release(&heaps_lock);
    return registered;
}

void tarn__world_unlist(struct tarn_world *world) {
    struct tarn_seat *seat = tarn__seat_held();
    bool ran = seat && tarn__thread_is_running();
    if (ran)
        tarn__seat_block(seat);
    tarn__lock_acquire(&fork_lock);
    tarn__lock_acquire(&heaps_lock);
    struct tarn_world **link = &worlds;
    while (*link != world)
        link = &(*link)->next;
    *link = world->next;
    tarn__lock_release(&heaps_lock);
    tarn__lock_release(&fork_lock);
    if (ran)
        tarn__seat_unblock(seat);
}

static void ask_seats(struct tarn_world *world) {
    tarn__lock_acquire(&world->seats_lock);
    world->grace = grace_drivers;
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next) {
        if (grace_drivers)
            tarn__seat_raise(&s->cache.head, TARN__SEAT_GRACE);
        else
            tarn__seat_lower(&s->cache.head, TARN__SEAT_GRACE);
    }
    tarn__lock_release(&world->seats_lock);
}

void tarn__worlds_ask_grace(bool begin) {
    tarn__lock_acquire(&heaps_lock);
    grace_drivers += begin ? 1u : -1u;
    if (grace_drivers == (begin ? 1u : 0u))
        for (struct tarn_world *w = worlds; w; w = w->next)
            ask_seats(w);
    tarn__lock_release(&heaps_lock);
}
