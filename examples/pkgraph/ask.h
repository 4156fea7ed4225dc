/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* One question, answered on standard output in a fixed order. */
#ifndef PKGRAPH_ASK_H
#define PKGRAPH_ASK_H

#include "graph.h"
#include "options.h"

/* Returns the exit status. */
enum exit_status ask(const struct graph *graph, const struct options *options);

#endif
