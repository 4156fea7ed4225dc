/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Threads and types: the public calls that need a heap as argument. */
#include <errno.h>

#include "base/check.h"
#include "object/death.h"
#include "object/type.h"

int tarn__thread_attach(tarn_heap *heap, unsigned layout) {
    struct tarn_seat *seat = tarn__seat_held();
    if (layout != TARN_LAYOUT)
        return -EPROTO;
    if (seat)
        return seat->world == &heap->world ? -EALREADY : -EBUSY;
    return tarn__seat_attach(&heap->world, false);
}

int tarn_thread_detach(void) {
    struct tarn_seat *seat = tarn__seat_held();
    if (!seat)
        return -EPERM;
    if (!tarn__thread_is_running())
        tarn_blocking_end();
    TARN_CHECK(!seat->holds_world, "a thread detaches while it has the world stopped");
    TARN_CHECK(!tarn__mutator(seat)->user_depth,
               "a thread detaches inside a finalizer or callback");
    tarn__seat_detach(seat);
    return 0;
}

tarn_heap *tarn_thread_heap(void) {
    struct tarn_seat *seat = tarn__seat_held();
    return seat ? tarn__seat_heap(seat) : NULL;
}

ptrdiff_t tarn_drain(void) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_drain");
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    TARN_CHECK(!m->seat.holds_world,
               "a safepoint is misuse while the caller has the world stopped");
    tarn__seat_poll_quiet(&m->seat);
    tarn__mail_drain(m, &m->seat);
    tarn__retired_run(m);
    tarn__object_run_dying(m);
    size_t ran = tarn__pending_run(m);
    if (!m->user_depth)
        heap->hooks->pending_done(heap, &m->seat);
    return (ptrdiff_t)ran;
}

int tarn_world_stop(void) {
    struct tarn_seat *seat = tarn__seat_expect_running("tarn_world_stop");
    int error = tarn__world_stop(seat->world, seat);
    /* Every poll takes the slow way now, which finds that it is misuse. */
    if (!error)
        tarn__seat_call(seat);
    return error;
}

void tarn_world_start(void) {
    struct tarn_seat *seat = tarn__seat_expect_running("tarn_world_start");
    TARN_CHECK(seat->holds_world, "the calling thread has not stopped the world");
    tarn__world_start(seat->world, seat);
}

tarn_type *tarn_type_register(tarn_heap *heap, const struct tarn_type_spec *spec) {
    char fault[160];
    if (tarn__type_spec_check(spec, fault, sizeof fault))
        return tarn__type_make(heap, spec);
    tarn__heap_log(heap, TARN_LOG_ERROR, "tarn_type_register: type '%s': %s",
                   spec->name ? spec->name : "(no name)", fault);
    errno = EINVAL;
    return NULL;
}
