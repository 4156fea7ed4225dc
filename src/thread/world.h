/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Seats and the world they form: who runs, who is stopped, what waits.
 *
 * A world is the thread side of one heap. The protocols are in
 * docs/memory-model.md, sections [SP] and [GP]; the state word's transitions
 * are in thread/seat_kernel.h.
 */
#ifndef TARN_THREAD_WORLD_H
#define TARN_THREAD_WORLD_H

#include "base/atomic.h"
#include "memory/cache.h"
#include "memory/post_kernel.h"
#include "os/lock.h"
#include "os/thread.h"
#include <tarn/tarn.h>

/* Objects (or raw blocks) that wait for a grace period, linked through their
 * first word; `tag` says for which [GP-2]. */
struct tarn_batch {
    void *head;
    void *tail;
    size_t count;
    size_t bytes;
    uint64_t tag;
};

struct tarn_seat {
    struct tarn_cache cache; /* first: tarn__tls.seat points here */

    /* constant */
    struct tarn_world *world;
    struct tarn_seat *next; /* in world->seats, which only grows */
    bool internal;          /* a service's: does not keep the heap busy */
    bool reserved;          /* a service's for its life: never among the vacant ones */

    /* under the SEATS lock */
    struct tarn_seat *next_vacant;

    /* owner, or whoever has it claimed or stopped */
    struct tarn_batch filling;
    struct tarn_batch waiting;
    unsigned tid; /* the thread's, for messages */
    bool holds_world;
    unsigned long turn; /* liburcu's counter when its read section began, see thread/rcu.c */

    /* any thread */
    struct tarn_inbox mail; /* pools with entries for this seat [CNT-4] */
    TARN__ATOMIC(uint64_t) section;
    TARN__ATOMIC(uint64_t) fresh; /* the last request that its read section is younger than */
};

/* What the layers above plug in; set before the first thread attaches. */
struct tarn_world_hooks {
    /* WORK was set: drains mail, batches, user code, collections. Attached,
     * running, at a safepoint. `quiet`: no user code and no collection. */
    void (*work)(struct tarn_seat *seat, bool quiet);
    /* Mail of a seat that this thread has claimed: merges it all. */
    void (*drain_claimed)(struct tarn_seat *seat);
    /* blocking_begin, detach (leaving): hands what the seat keeps to the heap. */
    void (*hand_over)(struct tarn_seat *seat, bool leaving);
    void (*log)(struct tarn_world *world, enum tarn_log_level level, const char *text);
    /* A thread holds something up; its stack, if it could be had. */
    void (*late)(struct tarn_world *world, unsigned tid, void *const *frame, unsigned count);
    /* Around a fork, with the world stopped: takes and releases the locks of
     * the layers above; in the child, forgets threads that are gone. */
    void (*fork_prepare)(struct tarn_world *world);
    void (*fork_done)(struct tarn_world *world, bool child);
};

struct tarn_world {
    /* constant */
    const struct tarn_world_hooks *hooks;
    const struct tarn_cache_hooks *cache_hooks;
    size_t seat_size; /* of the upper layer's struct that begins with tarn_seat */
    uint64_t watchdog_ns;

    /* under HEAPS */
    struct tarn_world *next;
    bool stopped_for_fork; /* the forker's */

    /* under SEATS */
    struct tarn_lock seats_lock;
    struct tarn_seat *vacant;
    bool stopped;   /* seats made now are born with STOP */
    unsigned grace; /* drivers of grace periods: seats made now are born with GRACE */
    size_t seat_count;
    size_t attached; /* seats taken by threads that are not services */

    /* any thread */
    TARN__ATOMIC(struct tarn_seat *) seats;
    TARN__ATOMIC(uint32_t) next_ticket; /* [SP-4]: of whoever wants the world next */
    TARN__ATOMIC(uint32_t) serving;     /* the ticket that may stop it, or has */
    TARN__ATOMIC(uint32_t) outstanding; /* [SP-2]: acknowledgements owed, signed */
    TARN__ATOMIC(uint64_t) gp_next;     /* [GP-2] */
    TARN__ATOMIC(uint64_t) gp_done;
    TARN__ATOMIC(uint64_t) gp_asked; /* requests for fresh sections, for the watchdog */
    TARN__ATOMIC(uint64_t) stops;

    /* the holder */
    uint64_t stop_begun_ns;
    uint64_t stop_reached_ns;

    /* under PAUSES */
    struct tarn_lock pauses_lock;
    struct tarn_histogram time_to_stop;
    struct tarn_histogram time_stopped;

    /* addresses for ThreadSanitizer only, see thread/rcu.c */
    char reader_edge;
    char grace_edge;
};

/* Names a seat's thread that holds up `what`: in the log and to the hook, with its stack where
 * the host gave a signal for that. Takes no lock. */
void tarn__world_name_late(struct tarn_world *world, struct tarn_seat *late, const char *what);

/* Seats made so far, newest first; follow ->next. Any thread. */
static inline struct tarn_seat *tarn__world_first(struct tarn_world *world) {
    /* acquire: pairs with the release in make_seat(); the seat is complete. */
    return tarn__load(&world->seats, acquire);
}

/* The calling thread's seat; only while it is attached. */
static inline struct tarn_seat *tarn__seat_self(void) {
    return (struct tarn_seat *)tarn__tls.seat;
}

/* Whether the calling thread is attached and running: the id says so [P3]. */
static inline bool tarn__thread_is_running(void) {
    return tarn__tls.id != TARN__SEAT_NONE;
}

/* --- attach.c --- */

/* Sets a world up, or takes down one without attached threads. */
void tarn__world_init(struct tarn_world *world);
void tarn__world_fini(struct tarn_world *world);

/* --- worlds.c --- */

/* The process's worlds: false if the fork handlers cannot be registered. */
bool tarn__world_list(struct tarn_world *world);
void tarn__world_unlist(struct tarn_world *world);

/* One driver of grace periods more, or less: seats of every world are asked for
 * fresh read sections as long as there is one [GP-3]. */
void tarn__worlds_ask_grace(bool begin);

/* Child of a fork, SEATS held, the list of vacant seats begun anew: a seat whose
 * thread is gone becomes vacant. */
void tarn__seat_abandon(struct tarn_seat *seat);

/* Takes a seat for the calling thread. 0 or a negative errno. */
int tarn__seat_attach(struct tarn_world *world, bool internal);
void tarn__seat_detach(struct tarn_seat *seat);

/* A seat that one service's threads alone sit on, so that they need no memory to
 * attach: takes it (0 or a negative errno), attaches the calling thread, gives it to all. */
int tarn__seat_reserve(struct tarn_world *world, struct tarn_seat **seat);
void tarn__seat_attach_reserved(struct tarn_seat *seat);
void tarn__seat_unreserve(struct tarn_seat *seat);

/* The calling thread holds `seat` again, after it attached elsewhere for a while. */
void tarn__seat_resume(struct tarn_seat *seat, struct tarn__tls tls);

/* The seat the calling thread holds, blocking or running, or NULL. */
struct tarn_seat *tarn__seat_held(void);

/* Stops the program: the caller is not attached, or is blocking. */
__attribute__((noreturn, cold)) void tarn__seat_stop_not_running(const char *function);

/* The calling thread's seat; stops the program unless it is attached and running. */
static inline struct tarn_seat *tarn__seat_expect_running(const char *function) {
    if (tarn__unlikely(!tarn__thread_is_running()))
        tarn__seat_stop_not_running(function);
    return tarn__seat_self();
}

/* --- stop.c --- */

/* Stops every seat of the world but `self` (NULL: a stopper without one);
 * -EDEADLK if self has it stopped. Waits its turn as a stopped seat. */
int tarn__world_stop(struct tarn_world *world, struct tarn_seat *self);
void tarn__world_start(struct tarn_world *world, struct tarn_seat *self);

/* --- safepoint.c --- */

/* Pays what leaving RUNNING under a stop owes. */
void tarn__seat_acknowledge(struct tarn_world *world);
/* Sleeps until the seat is RUNNING, then opens a read section. */
void tarn__seat_wait_running(struct tarn_seat *seat);
/* The slow path without user code or collections: stop, grace, quiet work. */
void tarn__seat_poll_quiet(struct tarn_seat *seat);
/* Sets WORK in the seat's word. */
void tarn__seat_call(struct tarn_seat *seat);

void tarn__seat_block(struct tarn_seat *seat);
void tarn__seat_unblock(struct tarn_seat *seat);
/* Leaves RUNNING for VACANT, with nothing left behind that others must drain. */
void tarn__seat_vacate(struct tarn_seat *seat);

/* Tells the owner of a seat that its mail inbox has a new entry; drains it in
 * its place if it is not running [CNT-4]. */
void tarn__seat_notify_mail(struct tarn_seat *owner);

/* The seat of a thread that is not running becomes the caller's, who does its work and
 * gives it back soon: its thread cannot run before. Returns false if it runs, or wants to. */
bool tarn__seat_borrow(struct tarn_seat *owner, uint32_t *from);
void tarn__seat_give_back(struct tarn_seat *owner, uint32_t from);

/* --- grace.c --- */

/* A batch closed now may be torn down when tarn__grace_passed(tag) [GP-2]. */
uint64_t tarn__grace_tag(struct tarn_world *world);
bool tarn__grace_passed(struct tarn_world *world, uint64_t tag);
/* Waits for a whole grace period; outside every read section. */
void tarn__grace_wait(struct tarn_world *world);
/* The world is stopped: that was one [GP-3]. */
void tarn__grace_by_stop(struct tarn_world *world);

/*
 * Dead objects are linked through their bias word. The address stands above the
 * seat field, which is 0: a late reader that looks at the bias of a dead object
 * never takes it for its own (addresses have 48 bits at most).
 */
#define TARN_LINK_SHIFT 16

static inline uint64_t tarn__link_to(const void *item) {
    return (uint64_t)(uintptr_t)item << TARN_LINK_SHIFT;
}

static inline void *tarn__link_target(uint64_t word) {
    return (void *)(uintptr_t)(word >> TARN_LINK_SHIFT);
}

/* Batches link their items so. */
void tarn__batch_append(struct tarn_batch *batch, void *item, size_t bytes);
void *tarn__batch_pop(struct tarn_batch *batch);
void tarn__batch_join(struct tarn_batch *into, struct tarn_batch *from);

#endif
