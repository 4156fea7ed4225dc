/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The report, for people and as JSON. */
#ifndef PKGRAPH_REPORT_H
#define PKGRAPH_REPORT_H

#include "figures.h"
#include "options.h"

void report_print(const struct options *options, const struct figures *figures);

/* False, with a message, if the file cannot be written. */
bool report_json(const char *path, const struct figures *figures);

#endif
