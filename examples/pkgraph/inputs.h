/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Which inputs there are, and reading them all. */
#ifndef PKGRAPH_INPUTS_H
#define PKGRAPH_INPUTS_H

#include "options.h"
#include "source.h"

struct inputs {
    const char **path; /* NULL: the bundled sample */
    size_t count;
    struct source *source; /* by input, while a graph is built from them */
    struct source kept;    /* standard input, which can be read once */
};

/* Finds them, and says so if there is no package database here. */
void inputs_find(struct inputs *inputs, const struct options *options);

/* Reads all; false, with a message, if one cannot be read. */
bool inputs_read(struct inputs *inputs);

/* Lets go of what was read. */
void inputs_release(struct inputs *inputs);
void inputs_free(struct inputs *inputs);

#endif
