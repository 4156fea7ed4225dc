/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Weak references: every transition of the words that threads share.
 *
 * The argument is docs/memory-model.md [WK-1] to [WK-5]. A target's control is
 * found through a cell and lives while it is referred to: by each weak reference
 * and by the target. An upgrade reads the target from it and tries to add one; the
 * target's end writes NULL there. A callback goes through states, from one to the
 * next by compare-and-swap, so that it runs once, or is removed and never runs.
 * Written over the atomics vocabulary alone, so that it also runs in models.
 *
 * Progress: all of it is wait-free but for a removal, which repeats only when the
 * callback's state moved on: twice at most.
 */
#ifndef TARN_OBJECT_WEAK_KERNEL_H
#define TARN_OBJECT_WEAK_KERNEL_H

#include "base/atomic.h"
#include <tarn/layout.h>

/* The words of a control block that upgrades and ends meet in. */
struct tarn_control {
    TARN__ATOMIC(struct tarn_object *) target; /* NULL once it is dead */
    TARN__ATOMIC(uint32_t) references;         /* weak references, and the target's own */
    TARN__ATOMIC(uint32_t) epoch;              /* short references of an earlier one read NULL */
};

enum tarn_callback_state {
    TARN_CALLBACK_NONE,
    TARN_CALLBACK_ARMED,
    TARN_CALLBACK_QUEUED,
    TARN_CALLBACK_RUNNING,
    TARN_CALLBACK_RAN
};

struct tarn_callback {
    TARN__ATOMIC(uint32_t) state; /* enum tarn_callback_state [WK-5] */
};

/* --- the control --- */

/* Before `control` is published: it is the target's. */
static inline void tarn__control_init(struct tarn_control *control, struct tarn_object *target) {
    /* relaxed: published with the control; all three. */
    tarn__store(&control->target, target, relaxed);
    tarn__store(&control->references, 1, relaxed);
    tarn__store(&control->epoch, 0, relaxed);
}

/* The control of a cell, or NULL. */
#define tarn__control_find(cell)                                                                   \
    /* acquire: pairs with the release in tarn__control_publish(). */                              \
    tarn__load((cell), acquire)

/* Puts `made` into an empty cell; if another came first, *found is that one. */
#define tarn__control_publish(cell, found, made)                                                   \
    /* acq_rel: publishes the control, or acquires the winner's. */                                \
    tarn__cas((cell), (found), (made), acq_rel, acquire)

/* One reference more, by the holder of one or of the target, which has one. */
static inline void tarn__control_hold(struct tarn_control *control) {
    /* relaxed: the reference that the caller relies on keeps it meanwhile. */
    tarn__fetch_add(&control->references, 1, relaxed);
}

/* One reference less; true: it was the last, and the caller frees the control. */
static inline bool tarn__control_put(struct tarn_control *control) {
    /* acq_rel: the last one sees all that the others did. */
    return tarn__fetch_sub(&control->references, 1, acq_rel) == 1;
}

/* The holder of a target: from here on it dies by grace period. */
static inline void tarn__weak_mark(struct tarn_object *target) {
    /* relaxed: the flag is sticky; the caller's reference orders it before the
     * target's last drop [WK-1]. */
    if (!(tarn__load(&target->shared, relaxed) & TARN__WEAK))
        /* relaxed: as above. */
        tarn__fetch_or(&target->shared, TARN__WEAK, relaxed);
}

/* --- upgrade and death --- */

/* Inside a read section: the target, to be tried for a reference, or NULL. */
static inline struct tarn_object *tarn__control_target(struct tarn_control *control) {
    /* acquire: pairs with the control's publication and tarn__control_clear(). */
    return tarn__load(&control->target, acquire);
}

/* Whether a short reference made in `epoch` still reads its target. */
static inline bool tarn__control_is_current(struct tarn_control *control, uint32_t epoch) {
    /* relaxed: changes only with the world stopped. */
    return tarn__load(&control->epoch, relaxed) == epoch;
}

/* The target is dead, and torn down by the caller. */
static inline void tarn__control_clear(struct tarn_control *control) {
    /* release: pairs with the acquire in tarn__control_target(). */
    tarn__store(&control->target, (struct tarn_object *)NULL, release);
}

/* --- callbacks --- */

/* Before the callback can be found by its target's end. */
static inline void tarn__callback_arm(struct tarn_callback *callback) {
    /* relaxed: the caller's alone, until it is on the list. */
    tarn__store(&callback->state, TARN_CALLBACK_ARMED, relaxed);
}

/* The target's end: whether there is something to queue. */
static inline bool tarn__callback_is_armed(struct tarn_callback *callback) {
    /* relaxed: a first look; the compare-and-swap that follows decides. */
    return tarn__load(&callback->state, relaxed) == TARN_CALLBACK_ARMED;
}

/* The target's end, with a reference to the weak reference: hands the callback to
 * whoever runs it. */
static inline void tarn__callback_queue(struct tarn_callback *callback) {
    uint32_t state = TARN_CALLBACK_ARMED;
    /* release: hands over; pairs with the acquire in tarn__callback_begin(). relaxed on
     * failure: removed, which its runner will find. */
    tarn__cas(&callback->state, &state, TARN_CALLBACK_QUEUED, release, relaxed);
}

/* Its runner: whether it is to run; false: it was removed. */
static inline bool tarn__callback_begin(struct tarn_callback *callback) {
    uint32_t state = TARN_CALLBACK_QUEUED;
    /* acquire: pairs with the release in tarn__callback_queue(). relaxed on failure:
     * removed. */
    return tarn__cas(&callback->state, &state, TARN_CALLBACK_RUNNING, acquire, relaxed);
}

/* Its runner: it is over. */
static inline void tarn__callback_end(struct tarn_callback *callback) {
    /* release: pairs with the acquire in tarn__callback_remove(). */
    tarn__store(&callback->state, TARN_CALLBACK_RAN, release);
}

/* Anyone who holds the weak reference. Returns the state that it found: ARMED or
 * QUEUED if the callback will not run any more, else what became of it. */
static inline uint32_t tarn__callback_remove(struct tarn_callback *callback) {
    /* acquire: pairs with the release of whoever moved it; ditto on failure below. */
    uint32_t state = tarn__load(&callback->state, acquire);
    while (state == TARN_CALLBACK_ARMED || state == TARN_CALLBACK_QUEUED)
        /* acquire: as above; who finds NONE does nothing more with it. */
        if (tarn__cas(&callback->state, &state, TARN_CALLBACK_NONE, acquire, acquire))
            break;
    return state;
}

#endif
