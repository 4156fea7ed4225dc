/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Grace periods by number.
 *
 * Protocol and argument: docs/memory-model.md [GP-2], [GP-3]. Any number of
 * threads may drive grace periods at once: each takes a number, and `gp_done`
 * only grows.
 */

#include "base/tsan.h"
#include "os/clock.h"
#include "thread/rcu.h"
#include "thread/seat_kernel.h"
#include "thread/world.h"

uint64_t tarn__grace_tag(struct tarn_world *world) {
    /* acq_rel: pairs with the addition in begin(): a grace period with this
     * number or a later one begins after what the caller unlinked. */
    return tarn__fetch_add(&world->gp_next, 0, acq_rel);
}

bool tarn__grace_passed(struct tarn_world *world, uint64_t tag) {
    /* acquire: pairs with the release in finish(); readers' accesses happen
     * before what the caller does next. */
    bool passed = tarn__load(&world->gp_done, acquire) > tag;
    TARN__USER_EDGE_FROM(&world->reader_edge);
    return passed;
}

static uint64_t begin(struct tarn_world *world) {
    /* acq_rel: pairs with tarn__grace_tag(). */
    return tarn__fetch_add(&world->gp_next, 1, acq_rel);
}

static void finish(struct tarn_world *world, uint64_t number) {
    /* relaxed: only a first guess, the compare-and-swap confirms it. */
    uint64_t done = tarn__load(&world->gp_done, relaxed);
    /* release: pairs with the acquire in tarn__grace_passed(); the acquire half
     * keeps the edges of a driver that was overtaken. relaxed on failure:
     * retried. */
    while (done <= number && !tarn__cas_weak(&world->gp_done, &done, number + 1, acq_rel, relaxed))
        continue;
}

#ifdef TARN__SCHED

static void name_late_readers(struct tarn_world *world) {
    (void)world;
}

#else

#define LOOK_NS_MIN ((uint64_t)50000)
#define LOOK_NS_MAX ((uint64_t)1000000)

/* Whether a seat runs in a section older than a request. relaxed: a look. */
static bool is_late(struct tarn_seat *seat, uint64_t request) {
    uint32_t word = tarn__load(&seat->cache.head.state, relaxed);
    return tarn__seat_state(word) == TARN__SEAT_RUNNING &&
           tarn__load(&seat->fresh, relaxed) < request;
}

static struct tarn_seat *first_late(struct tarn_world *world, uint64_t request) {
    struct tarn_seat *s = tarn__world_first(world);
    while (s && !is_late(s, request))
        s = s->next;
    return s;
}

static void name_late(struct tarn_world *world, uint64_t request) {
    for (struct tarn_seat *s = tarn__world_first(world); s; s = s->next)
        if (is_late(s, request))
            tarn__world_name_late(world, s, "a grace period");
}

/* Seats have been asked: waits, before liburcu does, until those of this world have
 * answered, and names the ones that take too long. */
static void name_late_readers(struct tarn_world *world) {
    /* relaxed: for the watchdog alone. */
    uint64_t request = tarn__fetch_add(&world->gp_asked, 1, relaxed) + 1;
    uint64_t begun = tarn__clock_ns();
    for (uint64_t pause = LOOK_NS_MIN; first_late(world, request);) {
        tarn__sleep_ns(pause);
        pause = pause < LOOK_NS_MAX ? pause * 2 : LOOK_NS_MAX;
        if (tarn__clock_ns() - begun < world->watchdog_ns)
            continue;
        name_late(world, request);
        begun = tarn__clock_ns();
    }
}

#endif

void tarn__grace_wait(struct tarn_world *world) {
    uint64_t number = begin(world);
    tarn__worlds_ask_grace(true);
    name_late_readers(world);
    tarn__rcu_synchronize(world);
    tarn__worlds_ask_grace(false);
    finish(world, number);
}

void tarn__grace_by_stop(struct tarn_world *world) {
    finish(world, begin(world));
}

/* The word of an item that links it to the next. */
static void set_link(void *item, void *next) {
    /* relaxed: nobody follows the link before the batch changes hands; late
     * readers of a dead object look at its other word. */
    tarn__store(&((struct tarn_object *)item)->bias, tarn__link_to(next), relaxed);
}

void tarn__batch_append(struct tarn_batch *batch, void *item, size_t bytes) {
    set_link(item, NULL);
    if (batch->tail)
        set_link(batch->tail, item);
    else
        batch->head = item;
    batch->tail = item;
    batch->count++;
    batch->bytes += bytes;
}

void *tarn__batch_pop(struct tarn_batch *batch) {
    struct tarn_object *item = batch->head;
    if (!item)
        return NULL;
    /* relaxed: the batch is the caller's. */
    batch->head = tarn__link_target(tarn__load(&item->bias, relaxed));
    batch->count--;
    if (!batch->head)
        *batch = (struct tarn_batch){0};
    return item;
}

void tarn__batch_join(struct tarn_batch *into, struct tarn_batch *from) {
    if (!from->head)
        return;
    if (into->tail)
        set_link(into->tail, from->head);
    else
        into->head = from->head;
    into->tail = from->tail;
    into->count += from->count;
    into->bytes += from->bytes;
    if (from->tag > into->tag)
        into->tag = from->tag;
    *from = (struct tarn_batch){0};
}
