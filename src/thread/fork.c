/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * fork() in a process with heaps.
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
#include "thread/seat_kernel.h"
#include "thread/world.h"

static struct tarn_lock fork_lock = TARN__LOCK_INIT(TARN_RANK_FORK);
static struct tarn_lock heaps_lock = TARN__LOCK_INIT(TARN_RANK_HEAPS);
static struct tarn_world *worlds;
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
    TARN_CHECK(!seat || !seat->holds_world, "fork while the caller has the world stopped");
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
        tarn__lock_acquire_equal(&w->seats_lock);
        w->hooks->fork_prepare(w);
    }
    tarn__memory_fork_prepare();
    tarn__rcu_fork_prepare();
}

static void vacate_others(struct tarn_world *world) {
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next)
        if (s != forker)
            tarn__seat_abandon(s);
}

static void done(bool child) {
    for (struct tarn_world *w = worlds; w; w = w->next) {
        if (child)
            vacate_others(w);
        w->hooks->fork_done(w, child);
        tarn__lock_release(&w->seats_lock);
    }
    for (struct tarn_world *w = worlds; w; w = w->next) {
        w->stopped_for_fork = false;
        tarn__world_start(w, NULL);
    }
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
