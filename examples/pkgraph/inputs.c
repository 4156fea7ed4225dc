/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The package database, full indexes, files of the command line. */
#include "inputs.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tarn/tarn.h>
#include <unistd.h>

static bool add(struct inputs *inputs, const char *path) {
    char **more = realloc(inputs->path, (inputs->count + 1) * sizeof *more);
    if (!more)
        return false;
    inputs->path = more;
    inputs->path[inputs->count] = strdup(path);
    return inputs->path[inputs->count++] != NULL;
}

static bool add_lists(struct inputs *inputs, const char *folder) {
    char pattern[4096];
    glob_t found;
    bool done = true;
    snprintf(pattern, sizeof pattern, "%s/*_Packages*", folder);
    if (glob(pattern, 0, NULL, &found) != 0)
        return true;
    for (size_t i = 0; i < found.gl_pathc; i++)
        done = done && add(inputs, found.gl_pathv[i]);
    globfree(&found);
    return done;
}

bool inputs_find(struct inputs *inputs, const struct options *options) {
    *inputs = (struct inputs){0};
    if (access(options->status, R_OK) == 0) {
        if (!add(inputs, options->status))
            return false;
    } else {
        fprintf(stderr, "pkgraph: %s: %s; using the bundled sample\n", options->status,
                strerror(errno));
        inputs->sample = true;
    }
    if (options->lists && !add_lists(inputs, options->lists))
        return false;
    for (size_t i = 0; i < options->file_count; i++)
        if (!add(inputs, options->files[i]))
            return false;
    inputs->source = calloc(inputs->count + 1, sizeof *inputs->source);
    return inputs->source != NULL;
}

/* Standard input is read once and kept for reloads. */
static bool read_input(struct inputs *inputs, size_t i) {
    if (strcmp(inputs->path[i], "-") != 0)
        return source_read(&inputs->source[i], inputs->path[i]);
    if (!inputs->kept.text && !source_read(&inputs->kept, "-"))
        return false;
    inputs->source[i] = inputs->kept;
    return true;
}

bool inputs_read(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        if (!read_input(inputs, i))
            return false;
    if (inputs->sample)
        inputs->source[inputs->count] =
            (struct source){"(sample)", (char *)(size_t)sample_status, strlen(sample_status)};
    return true;
}

void inputs_release(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        if (inputs->source[i].text != inputs->kept.text)
            source_free(&inputs->source[i]);
}

void inputs_free(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->path[i]);
    free(inputs->path);
    free(inputs->source);
    source_free(&inputs->kept);
}
