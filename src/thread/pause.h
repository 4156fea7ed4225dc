/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The two histograms of world stops: how long stopping took, how long it lasted. */
#ifndef TARN_THREAD_PAUSE_H
#define TARN_THREAD_PAUSE_H

#include "thread/world.h"

/* Adds one stop to both. The world runs. */
void tarn__pause_record(struct tarn_world *world, uint64_t to_stop_ns, uint64_t stopped_ns);

/* Copies them; either may be NULL. */
void tarn__pause_read(struct tarn_world *world, struct tarn_histogram *to_stop,
                      struct tarn_histogram *stopped);

#endif
