/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The command line, by argp. */
#include "options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *argp_program_version = "pkgraph 0.1";

static const char doc[] =
    "Serves questions about this machine's packages from a shared graph of objects, while the "
    "graph is loaded again and again.\v"
    "FILE: further inputs in the control format (Packages indexes, compressed ones too; - is "
    "standard input).\n\n"
    "Questions (--query): 'path A B', 'closure A', 'reverse A', 'depends A', 'rdepends A', "
    "'groups', 'count'.\n\n"
    "Exit status: 0 fine; 1 wrong usage, no input, no such package; 2 malformed records were "
    "skipped; 3 objects were left at the end.";

enum key { KEY_STATUS = 256, KEY_LISTS, KEY_NO_LISTS, KEY_NO_PROGRESS, KEY_JSON };

static const struct argp_option table[] = {
    {"seconds", 's', "N", 0, "serve for N seconds (15)", 0},
    {"readers", 'r', "N", 0, "threads that answer questions (2)", 0},
    {"loaders", 'l', "N", 0, "threads that load (2)", 0},
    {"reload-every", 'e', "N", 0, "seconds between reloads (0.5)", 0},
    {"query", 'q', "QUESTION", 0, "answer one question and end", 0},
    {"status", KEY_STATUS, "FILE", 0, "the package database (/var/lib/dpkg/status)", 0},
    {"lists", KEY_LISTS, "FOLDER", 0, "full indexes to load too (/var/lib/apt/lists)", 0},
    {"no-lists", KEY_NO_LISTS, 0, 0, "load no full indexes", 0},
    {"json", KEY_JSON, "FILE", 0, "write the report as JSON too", 0},
    {"no-progress", KEY_NO_PROGRESS, 0, 0, "show no progress", 0},
    {0},
};

static double positive(struct argp_state *state, const char *arg) {
    char *end;
    double value = strtod(arg, &end);
    if (*end || !(value > 0) || value > 1e6)
        argp_error(state, "'%s' is not a positive number", arg);
    return value;
}

static void take_query(struct options *o, struct argp_state *state, char *arg) {
    static const struct {
        const char *verb;
        int names;
    } known[] = {{"path", 2},     {"closure", 1}, {"reverse", 1}, {"depends", 1},
                 {"rdepends", 1}, {"groups", 0},  {"count", 0}};
    int names = 0;
    o->query = strtok(arg, " ");
    for (char *word; (word = strtok(NULL, " ")) != NULL; names++)
        if (names < 2)
            o->name[names] = word;
    for (size_t i = 0; o->query && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].verb, o->query) == 0 && known[i].names == names)
            return;
    argp_error(state, "no such question; see --help");
}

static error_t take(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 's':
        o->seconds = positive(state, arg);
        break;
    case 'e':
        o->reload_every = positive(state, arg);
        break;
    case 'r':
        o->readers = (unsigned)positive(state, arg);
        break;
    case 'l':
        o->loaders = (unsigned)positive(state, arg);
        break;
    case 'q':
        take_query(o, state, arg);
        break;
    case KEY_STATUS:
        o->status = arg;
        break;
    case KEY_LISTS:
        o->lists = arg;
        break;
    case KEY_NO_LISTS:
        o->lists = NULL;
        break;
    case KEY_JSON:
        o->json = arg;
        break;
    case KEY_NO_PROGRESS:
        o->progress = false;
        break;
    case ARGP_KEY_ARG:
        o->files = realloc(o->files, (o->file_count + 1) * sizeof *o->files);
        if (!o->files)
            argp_failure(state, EXIT_TROUBLE, 0, "out of memory");
        o->files[o->file_count++] = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void options_parse(struct options *options, int argc, char **argv) {
    static const struct argp argp = {table, take, "[FILE...]", doc, NULL, NULL, NULL};
    argp_err_exit_status = EXIT_TROUBLE;
    *options = (struct options){
        .seconds = 15,
        .reload_every = 0.5,
        .readers = 2,
        .loaders = 2,
        .status = "/var/lib/dpkg/status",
        .lists = "/var/lib/apt/lists",
        .progress = isatty(STDERR_FILENO),
    };
    argp_parse(&argp, argc, argv, 0, NULL, options);
    if (options->readers > 256 || options->loaders > 256) {
        fputs("pkgraph: at most 256 readers and loaders\n", stderr);
        exit(EXIT_TROUBLE);
    }
}
