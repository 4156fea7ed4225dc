/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Functions called at the start and end of collections, and their totals. */
#ifndef TARN_COLLECTOR_CALLBACKS_H
#define TARN_COLLECTOR_CALLBACKS_H

#include "collector/collector.h"

/* Calls them on the calling thread, which is running and holds no lock. */
void tarn__callbacks_call(struct tarn_collector *c, struct tarn_mutator *m,
                          enum tarn_gc_phase phase, const struct tarn_gc_info *info);

/* Adds a collection's figures to its generation's totals. */
void tarn__callbacks_record(struct tarn_collector *c, const struct tarn_gc_info *info);

#endif
