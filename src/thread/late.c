/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The watchdog's words: who holds up a stop or a grace period, and where it stands. */
#include <stdio.h>

#include "memory/stack.h"
#include "os/late.h"
#include "thread/world.h"

#define FRAMES 16

void tarn__world_name_late(struct tarn_world *world, struct tarn_seat *late, const char *what) {
    void *frame[FRAMES];
    char text[1024];
    unsigned count = tarn__os_late_stack(late->tid, frame, FRAMES);
    int used =
        snprintf(text, sizeof text, "thread %u (seat %u) holds up %s: no safepoint for %llu ms%s",
                 late->tid, late->cache.id, what,
                 (unsigned long long)(world->watchdog_ns / 1000000), count ? "; in " : "");
    if (count)
        tarn__stack_write(frame, (int)count, text + used, sizeof text - (size_t)used);
    world->hooks->log(world, TARN_LOG_WARNING, text);
    world->hooks->late(world, late->tid, frame, count);
}
