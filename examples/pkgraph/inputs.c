/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The package database, full indexes, files of the command line. */
#include "inputs.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <tarn/tarn.h>
#include <unistd.h>

#include "need.h"

static void add(struct inputs *inputs, const char *path) {
    size_t room = (inputs->count + 1) * sizeof *inputs->path;
    inputs->path = need(realloc(inputs->path, room));
    inputs->path[inputs->count++] = path ? need(strdup(path)) : NULL;
}

static void add_lists(struct inputs *inputs, const char *folder) {
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*_Packages*", folder);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (source_is_compressed(found.gl_pathv[i]) && access(APT_HELPER, X_OK) != 0)
            fprintf(stderr, "pkgraph: %s: left out, there is no %s\n", found.gl_pathv[i],
                    APT_HELPER);
        else
            add(inputs, found.gl_pathv[i]);
    globfree(&found);
}

void inputs_find(struct inputs *inputs, const struct options *options) {
    *inputs = (struct inputs){0};
    if (access(options->status, R_OK) == 0) {
        add(inputs, options->status);
    } else {
        fprintf(stderr, "pkgraph: %s: %s; using the bundled sample\n", options->status,
                strerror(errno));
        add(inputs, NULL);
    }
    if (options->lists)
        add_lists(inputs, options->lists);
    for (size_t i = 0; i < options->file_count; i++)
        add(inputs, options->files[i]);
    inputs->source = need(calloc(inputs->count, sizeof *inputs->source));
}

static bool read_input(struct inputs *inputs, size_t i) {
    struct source *source = &inputs->source[i];
    const char *path = inputs->path[i];
    if (path && strcmp(path, "-") != 0)
        return source_read(source, path);
    if (!path) {
        source_sample(source);
        return true;
    }
    if (!inputs->kept.text && !source_read(&inputs->kept, path))
        return false;
    *source = inputs->kept;
    return true;
}

bool inputs_read(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++) {
        if (read_input(inputs, i))
            continue;
        inputs_release(inputs);
        return false;
    }
    return true;
}

void inputs_release(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        if (inputs->source[i].text != inputs->kept.text)
            source_free(&inputs->source[i]);
        else
            inputs->source[i] = (struct source){0};
}

void inputs_free(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        free((char *)(uintptr_t)inputs->path[i]);
    free(inputs->path);
    free(inputs->source);
    source_free(&inputs->kept);
}
