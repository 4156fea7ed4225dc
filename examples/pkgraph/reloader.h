/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The thread that replaces the graph, again and again. */
#ifndef PKGRAPH_RELOADER_H
#define PKGRAPH_RELOADER_H

#include "figures.h"
#include "inputs.h"
#include "options.h"

struct reloader;

/* `figures` belong to the reloader until reloader_stop. */
struct reloader *reloader_start(tarn_heap *heap, tarn_slot *current, const struct options *options,
                                struct inputs *inputs, struct figures *figures);

/* Reloads so far, and whether there will be no more (--reloads). */
size_t reloader_count(struct reloader *reloader, bool *done);

/* Ends it; a reload that has begun is finished. The caller is attached. */
void reloader_stop(struct reloader *reloader);

#endif
