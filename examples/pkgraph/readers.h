/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Threads that answer questions from the current graph, without stopping. */
#ifndef PKGRAPH_READERS_H
#define PKGRAPH_READERS_H

#include "figures.h"

struct readers;

/* Starts them; they load the graph anew from the slot for each question. */
struct readers *readers_start(tarn_heap *heap, tarn_slot *current, unsigned count);

/* Answers so far. */
void readers_sum(const struct readers *readers, uint64_t answers[QUESTIONS]);

/* Stops them, and adds what they did. The caller is attached. */
void readers_stop(struct readers *readers, struct figures *figures);

#endif
