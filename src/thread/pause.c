/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Histograms with one bucket per power of two, under a lock of their own. */
#include "thread/pause.h"

#include "base/bits.h"

#define BUCKETS (sizeof((struct tarn_histogram *)0)->bucket / sizeof(uint64_t))

static void add(struct tarn_histogram *h, uint64_t ns) {
    unsigned bucket = ns ? tarn__log2_floor(ns) : 0;
    h->bucket[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    h->count++;
    h->total_ns += ns;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

void tarn__pause_record(struct tarn_world *world, uint64_t to_stop_ns, uint64_t stopped_ns) {
    tarn__lock_acquire(&world->pauses_lock);
    add(&world->time_to_stop, to_stop_ns);
    add(&world->time_stopped, stopped_ns);
    tarn__lock_release(&world->pauses_lock);
}

void tarn__pause_read(struct tarn_world *world, struct tarn_histogram *to_stop,
                      struct tarn_histogram *stopped) {
    tarn__lock_acquire(&world->pauses_lock);
    if (to_stop)
        *to_stop = world->time_to_stop;
    if (stopped)
        *stopped = world->time_stopped;
    tarn__lock_release(&world->pauses_lock);
}

uint64_t tarn_histogram_quantile(const struct tarn_histogram *histogram, double share) {
    if (histogram->count == 0)
        return 0;
    uint64_t rank = (uint64_t)(share * (double)(histogram->count - 1)) + 1;
    uint64_t seen = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen >= rank) {
            uint64_t bound = (uint64_t)2 << i;
            return bound < histogram->max_ns ? bound : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}
