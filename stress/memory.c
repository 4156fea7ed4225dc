/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Actions on raw memory: blocks of all sizes pass from thread to thread, each
 * filled with a byte that its next owner checks from end to end.
 */
#include <stdlib.h>
#include <string.h>

#include "stress.h"

#define RAW_BOXES 32

struct raw {
    size_t size;
    uint64_t canary;
    unsigned char bytes[];
};

static TARN__ATOMIC(void *) raw_boxes[RAW_BOXES];

static size_t size_any(struct worker *w) {
    static const size_t up_to[] = {64, 300, 2000, 9000, 70000, 250000};
    unsigned last = settings.ops ? 4 : 6;
    unsigned i = (unsigned)random_below(&w->random, chance(w, 10) ? last : 3);
    if (!settings.ops && random_below(&w->random, 500) == 0)
        return 300000 + random_below(&w->random, 1000000);
    return sizeof(struct raw) + random_below(&w->random, up_to[i]);
}

static void fill(struct raw *raw, size_t size, uint64_t canary) {
    if (!raw) {
        fault("no memory for %zu raw bytes", size);
        abort();
    }
    if (tarn_usable_size(raw) < size || !tarn_is_heap_pointer(raw))
        fault("raw block %p of %zu bytes: %zu usable", (void *)raw, size, tarn_usable_size(raw));
    raw->size = size;
    raw->canary = canary;
    memset(raw->bytes, (int)(canary & 0xff), size - sizeof *raw);
}

static void check(const struct raw *raw, size_t size) {
    for (size_t i = 0; i < size - sizeof *raw; i++)
        if (raw->bytes[i] != (raw->canary & 0xff)) {
            fault("raw block %p of %zu bytes: byte %zu changed", (const void *)raw, raw->size, i);
            abort();
        }
}

static struct raw *make(struct worker *w) {
    size_t size = size_any(w);
    struct raw *raw;
    switch (random_below(&w->random, 4)) {
    case 0:
        raw = tarn_calloc(1, size);
        for (size_t i = 0; raw && i < size; i++)
            if (((unsigned char *)raw)[i]) {
                fault("tarn_calloc: byte %zu of %zu is not zero", i, size);
                break;
            }
        break;
    case 1: {
        size_t alignment = (size_t)16 << random_below(&w->random, 8);
        raw = tarn_aligned_alloc(alignment, size);
        if ((uintptr_t)raw & (alignment - 1))
            fault("%p is not aligned to %zu", (void *)raw, alignment);
        break;
    }
    default:
        raw = tarn_malloc(size);
    }
    fill(raw, size, random_next(&w->random));
    return raw;
}

static void release(struct raw *raw) {
    if (raw)
        check(raw, raw->size);
    tarn_free(raw);
}

static void swap(struct worker *w) {
    /* acq_rel: one thread's block becomes another's. */
    release(tarn__exchange(&raw_boxes[random_below(&w->random, RAW_BOXES)], make(w), acq_rel));
}

static void resize(struct worker *w) {
    unsigned i = (unsigned)random_below(&w->random, RAW_BOXES);
    /* acq_rel: one thread's block becomes another's. */
    struct raw *raw = tarn__exchange(&raw_boxes[i], NULL, acq_rel);
    if (!raw)
        return;
    size_t old = raw->size;
    size_t size = size_any(w);
    raw = tarn_realloc(raw, size);
    check(raw, old < size ? old : size);
    fill(raw, size, raw->canary);
    /* acq_rel: as above. */
    release(tarn__exchange(&raw_boxes[i], raw, acq_rel));
}

static void burst(struct worker *w) {
    struct raw *blocks[64];
    unsigned count = 1 + (unsigned)random_below(&w->random, 64);
    for (unsigned i = 0; i < count; i++)
        blocks[i] = make(w);
    for (unsigned i = 0; i < count; i++)
        release(blocks[i]);
}

static void free_deferred(struct worker *w) {
    tarn_free_deferred(make(w));
}

static void trim(struct worker *w) {
    if (tarn_heap_trim(chance(w, 50) ? w->place->heap : NULL) < 0)
        fault("a trim fails");
}

void memory_clear_boxes(void) {
    for (unsigned i = 0; i < RAW_BOXES; i++)
        /* acq_rel: one thread's block becomes another's. */
        release(tarn__exchange(&raw_boxes[i], NULL, acq_rel));
}

const struct action memory_actions[] = {
    {"swap raw blocks", swap, GROUP_MEMORY | GROUP_CHURN | GROUP_FORK, 20},
    {"resize a raw block", resize, GROUP_MEMORY, 15},
    {"burst of raw blocks", burst, GROUP_MEMORY, 2},
    {"free deferred", free_deferred, GROUP_MEMORY | GROUP_SLOTS, 5},
    {"trim", trim, GROUP_MEMORY | GROUP_GC, 1},
    {0},
};
