/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Where records come from: files of the Debian control format, compressed
 * indexes through apt-helper, standard input, or the bundled sample.
 */
#ifndef PKGRAPH_SOURCE_H
#define PKGRAPH_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source {
    const char *name;
    char *text; /* from tarn_malloc */
    size_t size;
};

/* Knows every compression that apt does. */
#define APT_HELPER "/usr/lib/apt/apt-helper"

bool source_is_compressed(const char *path);

/* Reads a whole input; "-" is standard input. The caller may be attached: it
 * reads inside a blocking region. False, with a message, if it cannot. */
bool source_read(struct source *source, const char *path);
void source_free(struct source *source);

/* The bundled sample. */
void source_sample(struct source *source);
extern const char sample_status[];

#endif
