/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What waits for a grace period: dead objects, and raw blocks freed later.
 *
 * A seat has two batches, one that fills and one that waits; when that is over it goes on
 * the seat's worklist as it is, and the other closes (docs/memory-model.md [GP-4]). A seat
 * that sleeps or is left hands its batches, and what is dying, to the heap.
 *
 * Nothing here asks for memory; handing over takes a lock.
 */
#include "object/death.h"

void tarn__object_retire(struct tarn_mutator *m, void *item) {
    size_t bytes = tarn__pool_of(item)->block_size;
    if (!m->seat.filling.head)
        tarn__seat_call(&m->seat);
    tarn__batch_append(&m->seat.filling, item, bytes);
    tarn__counter_add(&m->retired, 1);
    tarn__counter_add(&m->retired_bytes, bytes);
}

/* A batch whose grace period has passed goes on the worklist as it is, being linked
 * alike: however long it is, only the budget's part of it is looked at. */
static void empty_batch(struct tarn_mutator *m, struct tarn_batch *batch) {
    if (batch->head) {
        struct tarn_object *last = batch->tail;
        /* relaxed: the batch is this thread's. */
        tarn__store(&last->bias, tarn__link_to(m->dying), relaxed);
        if (!m->dying)
            m->dying_last = last;
        m->dying = batch->head;
    }
    tarn__counter_add(&m->retired, -(uint64_t)batch->count);
    tarn__counter_add(&m->retired_bytes, -(uint64_t)batch->bytes);
    *batch = (struct tarn_batch){0};
}

static void run_batch(struct tarn_mutator *m, struct tarn_batch *batch) {
    empty_batch(m, batch);
    tarn__object_run_dying(m);
}

/* The heap's handed-over batches: takes the one that is ready, closes the other. */
static void run_handed(struct tarn_mutator *m, struct tarn_heap *heap) {
    struct tarn_batch ready = {0};
    /* acquire: pairs with the release in tarn__retired_hand_over(). */
    if (!tarn__load(&heap->handed, acquire))
        return;
    tarn__lock_acquire(&heap->handed_lock);
    if (heap->handed_waiting.head && tarn__grace_passed(&heap->world, heap->handed_waiting.tag)) {
        ready = heap->handed_waiting;
        heap->handed_waiting = (struct tarn_batch){0};
    }
    if (!heap->handed_waiting.head && heap->handed_filling.head) {
        heap->handed_waiting = heap->handed_filling;
        heap->handed_filling = (struct tarn_batch){0};
        heap->handed_waiting.tag = tarn__grace_tag(&heap->world);
    }
    bool more = heap->handed_waiting.head != NULL;
    /* release: pairs with the acquire above. */
    tarn__store(&heap->handed, more, release);
    tarn__lock_release(&heap->handed_lock);
    if (more)
        tarn__service_kick(&heap->reclaimer);
    if (ready.head)
        run_batch(m, &ready);
}

void tarn__retired_run(struct tarn_mutator *m) {
    struct tarn_seat *seat = &m->seat;
    struct tarn_heap *heap = tarn__seat_heap(seat);
    if (seat->waiting.head && tarn__grace_passed(seat->world, seat->waiting.tag)) {
        struct tarn_batch ready = seat->waiting;
        seat->waiting = (struct tarn_batch){0};
        run_batch(m, &ready);
    }
    if (!seat->waiting.head && seat->filling.head) {
        seat->waiting = seat->filling;
        seat->filling = (struct tarn_batch){0};
        seat->waiting.tag = tarn__grace_tag(seat->world);
    }
    if (seat->waiting.head)
        tarn__service_kick(&heap->reclaimer);
    run_handed(m, heap);
}

void tarn__retired_hand_over(struct tarn_mutator *m) {
    struct tarn_seat *seat = &m->seat;
    struct tarn_heap *heap = tarn__seat_heap(seat);
    /* What a budget left over is linked as a batch is, and goes as it is, however long. It
     * has had its grace period, and is counted as retired no more. */
    struct tarn_batch rest = {.head = m->dying, .tail = m->dying_last};
    if (!seat->filling.head && !seat->waiting.head && !rest.head)
        return;
    m->dying = NULL;
    tarn__lock_acquire(&heap->handed_lock);
    tarn__batch_join(&heap->handed_filling, &rest);
    tarn__batch_join(&heap->handed_filling, &seat->waiting);
    tarn__batch_join(&heap->handed_filling, &seat->filling);
    /* release: pairs with the acquire in run_handed(). */
    tarn__store(&heap->handed, 1, release);
    tarn__lock_release(&heap->handed_lock);
    tarn__service_kick(&heap->reclaimer);
}

bool tarn__retired_take_all(struct tarn_mutator *m) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct tarn_batch all = heap->handed_filling;
    heap->handed_filling = (struct tarn_batch){0};
    tarn__batch_join(&all, &heap->handed_waiting);
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next) {
        tarn__batch_join(&all, &s->filling);
        tarn__batch_join(&all, &s->waiting);
        struct tarn_mutator *other = tarn__mutator(s);
        while (other != m && other->dying)
            tarn__dying_push(m, tarn__dying_pop(other));
    }
    empty_batch(m, &all);
    return m->dying != NULL;
}
