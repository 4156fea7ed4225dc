/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The slot: a reference that many threads read and write.
 *
 * The argument is docs/memory-model.md [SLOT-1] to [SLOT-3]. Writers hand in a
 * reference that they own and get back the one that the slot owned; readers
 * add one to what they find. Written over the atomics vocabulary alone, so that
 * it also runs in models.
 *
 * Progress: writers are wait-free (compare_exchange included); a load repeats
 * only if the object it found died, that is, if a writer came between.
 */
#ifndef TARN_OBJECT_SLOT_KERNEL_H
#define TARN_OBJECT_SLOT_KERNEL_H

#include "object/count_kernel.h"

/* Before `o` can be seen through a slot: from here on it dies by grace period. */
static inline void tarn__slot_publish(struct tarn_object *o) {
    /* relaxed: a set flag is never cleared; the slot's release orders it. */
    if (!(tarn__load(&o->shared, relaxed) & TARN__PUBLISHED))
        /* relaxed: as above. */
        tarn__fetch_or(&o->shared, TARN__PUBLISHED, relaxed);
}

/* Reader inside a read section: `result` becomes a new strong reference, or
 * NULL. `try_incref`: an expression that adds one to `result` unless it is dead. */
#define tarn__slot_load_kernel(slot, result, try_incref)                                           \
    do {                                                                                           \
        /* acquire: pairs with the release in tarn__slot_swap_kernel(). */                         \
        (result) = tarn__load(&(slot)->object, acquire);                                           \
    } while ((result) && !(try_incref))

/* Writer: puts `value`, published and owned, in; takes out what was there. */
#define tarn__slot_swap_kernel(slot, value)                                                        \
    /* acq_rel: the release publishes the object's fields; the acquire shows the old one's. */     \
    tarn__exchange(&(slot)->object, (value), acq_rel)

/* Writer: the same if it holds *expected. */
#define tarn__slot_cas_kernel(slot, expected, value)                                               \
    /* acq_rel: as in the swap; acquire on failure: the value found may be looked at. */           \
    tarn__cas(&(slot)->object, (expected), (value), acq_rel, acquire)

#endif
