/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Questions answered on standard output, in a fixed order. */
#ifndef PKGRAPH_ASK_H
#define PKGRAPH_ASK_H

#include "graph.h"
#include "options.h"

/* Answers the questions of the command line; several are told apart by a line with
 * a # before each. False, with a message, if one names no package. */
bool ask(const struct graph *graph, const struct options *options);

#endif
