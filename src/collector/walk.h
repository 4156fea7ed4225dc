/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Looking at the heap's containers; see walk.c. */
#ifndef TARN_COLLECTOR_WALK_H
#define TARN_COLLECTOR_WALK_H

#include "object/heap.h"

/* What tarn_heap_walk, tarn_referrers and tarn_referents do. */
ptrdiff_t tarn__walk(struct tarn_mutator *m, int generation, tarn_walker visit, void *arg);
ptrdiff_t tarn__walk_referrers(struct tarn_mutator *m, struct tarn_object *target,
                               tarn_walker visit, void *arg);
ptrdiff_t tarn__walk_referents(struct tarn_mutator *m, struct tarn_object *o, tarn_walker visit,
                               void *arg);

/* What tarn_gc_garbage does. */
ptrdiff_t tarn__walk_garbage(struct tarn_mutator *m, tarn_walker visit, void *arg);

#endif
