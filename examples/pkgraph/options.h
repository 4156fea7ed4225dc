/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The command line. */
#ifndef PKGRAPH_OPTIONS_H
#define PKGRAPH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum exit_status {
    EXIT_FINE = 0,
    EXIT_TROUBLE = 1, /* usage, no input, no memory, no such package */
    EXIT_SKIPPED = 2, /* malformed records were skipped */
    EXIT_LEAK = 3     /* objects were left when the heap ended */
};

/* A question of --query. */
struct inquiry {
    const char *text;
    char *verb;
    char *name[2]; /* what it is about; NULL: nothing */
};

struct options {
    double seconds;
    double reload_every;
    size_t reloads; /* end after so many; 0: no such limit */
    unsigned readers;
    unsigned loaders;
    const char *status; /* the package database */
    const char *lists;  /* folder of full indexes, or NULL */
    const char *json;   /* where the report goes as JSON, or NULL */
    bool progress;
    struct inquiry *inquiries; /* questions instead of a service */
    size_t inquiry_count;
    const char **files; /* further inputs */
    size_t file_count;
};

/* Ends the program on a wrong command line. */
void options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

#endif
