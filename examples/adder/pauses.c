/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * How long collections keep a script standing: what ADDER_PAUSES=1 asks for.
 *
 * It shows a collection's callbacks and the heap's histogram of stops. The histogram is
 * read around each collection, and what it has more in a bucket are that collection's
 * stops. Those that judged one group too large for the pause budget are its longest, and
 * its report says how many: they are told apart. A bucket is known by its upper bound, so
 * a figure may be up to twice what was, and never less, unless it is the longest of all.
 */
#include "pauses.h"

#include <stdio.h>
#include <stdlib.h>

#include "object/heap.h"

static bool watched;
static struct tarn_histogram before;
static uint64_t longest, longest_oversize, stops, oversize;

static uint64_t bound_of(size_t bucket, const struct tarn_histogram *h) {
    uint64_t bound = (uint64_t)2 << bucket;
    return bound < h->max_ns ? bound : h->max_ns;
}

static void note(uint64_t *most, uint64_t ns) {
    if (ns > *most)
        *most = ns;
}

/* On the collecting thread, of which there is one at a time. */
static void on_collection(tarn_heap *of, enum tarn_gc_phase phase, const struct tarn_gc_info *info,
                          void *arg) {
    struct tarn_histogram now;
    (void)arg;
    if (phase == TARN_GC_START) {
        tarn_heap_get_pauses(of, NULL, &before);
        return;
    }
    tarn_heap_get_pauses(of, NULL, &now);
    uint64_t large = info->oversize;
    oversize += large;
    stops += now.count - before.count;
    for (size_t i = 40; i-- > 0;) {
        uint64_t n = now.bucket[i] - before.bucket[i];
        if (n > 0 && large > 0)
            note(&longest_oversize, bound_of(i, &now));
        if (n > large)
            note(&longest, bound_of(i, &now));
        large -= n < large ? n : large;
    }
}

void pauses_start(void) {
    watched = getenv("ADDER_PAUSES") && tarn_gc_callback_add(heap, on_collection, NULL) == 0;
}

void pauses_print(void) {
    if (watched)
        fprintf(stderr, "longest pause %llu ns of %llu, oversize groups %llu ns of %llu\n",
                (unsigned long long)longest, (unsigned long long)stops,
                (unsigned long long)longest_oversize, (unsigned long long)oversize);
}
