/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Garbage that is kept to be looked at: TARN_GC_DEBUG_SAVE_ALL.
 *
 * After a judgement and before anything is condemned, what is not held gets a reference
 * of the list's and is held: nothing has been done to it, no finalizer, no weak
 * reference, and nothing will be until the list is cleared. The list is bits beside the
 * pools and a chain of pools, so that keeping cannot fail. It belongs to the collecting
 * thread; others see it with the world stopped.
 */
#include "base/bits.h"
#include "collector/collector.h"
#include "object/death.h"

static uint64_t save_pool(struct tarn_collector *c, struct tarn_gc_slot *slot) {
    uint64_t count = 0;
    for (unsigned w = 0; w < slot->words; w++) {
        uint64_t found = slot->set[w] & ~slot->held[w];
        slot->held[w] |= found;
        slot->saved[w] |= found;
        count += tarn__bits_count(found);
        for (; found; found &= found - 1)
            tarn__count_foreign_incref(
                tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(found)));
    }
    if (count && !slot->has_saved) {
        slot->has_saved = true;
        slot->next_saved = c->saved;
        c->saved = slot;
    }
    return count;
}

uint64_t tarn__garbage_save(struct tarn_collector *c, struct tarn_judgement *j) {
    uint64_t count = 0;
    /* relaxed: a setting. */
    if (!(tarn__load(&c->debug, relaxed) & TARN_GC_DEBUG_SAVE_ALL))
        return 0;
    for (struct tarn_gc_slot *slot = j->slots; slot; slot = slot->next)
        count += save_pool(c, slot);
    /* Their keys live now: no ephemeron has anything to forget. */
    while (tarn__ephemeron_take_any(&j->waiting))
        continue;
    return count;
}

/* No safepoint comes between two pools: a walk sees the list whole or what is left. */
static ptrdiff_t drop_all(struct tarn_collector *c, struct tarn_mutator *m) {
    ptrdiff_t count = 0;
    while (c->saved) {
        struct tarn_gc_slot *slot = c->saved;
        c->saved = slot->next_saved;
        slot->has_saved = false;
        for (unsigned w = 0; w < slot->words; w++) {
            uint64_t bits = slot->saved[w];
            slot->saved[w] = 0;
            count += tarn__bits_count(bits);
            for (; bits; bits &= bits - 1)
                tarn__object_drop(m,
                                  tarn__pool_block(slot->pool, w * 64 + tarn__bits_lowest(bits)));
        }
    }
    tarn__object_run_dying(m);
    return count;
}

ptrdiff_t tarn__garbage_clear(struct tarn_heap *heap, struct tarn_mutator *m) {
    struct tarn_collector *c = heap->collector;
    /* relaxed: only this thread enters or removes its own number. A callback of its own
     * collection may clear the list. */
    bool collecting = tarn__load(&c->collecting, relaxed) == m->seat.cache.id;
    if (!collecting)
        tarn__collect_begin(c, m, true);
    ptrdiff_t count = drop_all(c, m);
    if (!collecting)
        tarn__collect_end(c);
    return count;
}
