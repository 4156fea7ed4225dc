/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The turns of the reclaimer and of the finalizer thread.
 *
 * The reclaimer drives grace periods and tells the seats when one has passed;
 * batches of seats that sleep or are vacant are its to tear down, with a seat of
 * its own (docs/memory-model.md [GP-3], [GP-4]).
 */
#include "object/reclaim.h"

#include "object/death.h"
#include "thread/seat_kernel.h"

void tarn__reclaimer_turn(struct tarn_service *service, struct tarn_seat *seat) {
    struct tarn_heap *heap = (struct tarn_heap *)service->world;
    tarn__grace_wait(&heap->world);
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__seat_raise(&s->cache.head, TARN__SEAT_WORK);
    /* acquire: pairs with the release in tarn__retired_hand_over(). */
    if (!tarn__load(&heap->handed, acquire))
        return;
    struct tarn_mutator *m = tarn__mutator(seat);
    tarn__seat_unblock(seat);
    tarn__retired_run(m);
    /* A budget bounds what a turn holds others up for, not what it does: what is left
     * over goes on after a look at who wants the world. */
    while (m->dying)
        tarn__seat_poll_quiet(seat);
    tarn__seat_block(seat);
}

void tarn__finalizer_turn(struct tarn_service *service, struct tarn_seat *seat) {
    struct tarn_heap *heap = (struct tarn_heap *)service->world;
    tarn__seat_unblock(seat);
    if (tarn__pending_run(tarn__mutator(seat)))
        heap->hooks->pending_done(heap, seat);
    tarn__seat_poll_quiet(seat);
    tarn__seat_block(seat);
}
