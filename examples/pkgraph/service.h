/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The service: readers that answer, and a graph that is replaced under them. */
#ifndef PKGRAPH_SERVICE_H
#define PKGRAPH_SERVICE_H

#include "figures.h"
#include "inputs.h"
#include "options.h"

/* Keeps SIGINT and SIGTERM, from now on and for threads made later, for
 * service_run, which then ends early. */
void service_hold_signals(void);

/* Serves for the given time. The caller is attached and gives up its `graph`. */
void service_run(tarn_heap *heap, const struct options *options, struct inputs *inputs,
                 struct graph *graph, struct figures *figures);

#endif
