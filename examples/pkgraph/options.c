/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The command line, by argp. */
#include "options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "need.h"

const char *argp_program_version = "pkgraph 0.1";

static const char doc[] =
    "Serves questions about this machine's packages from a shared graph of objects, while the "
    "graph is loaded again and again.\v"
    "FILE: further inputs in the control format (Packages indexes, compressed ones too; - is "
    "standard input).\n\n"
    "Questions (--query): 'path A B', 'closure A', 'reverse A', 'depends A', 'rdepends A', "
    "'groups', 'count'. It may be given several times.\n\n"
    "Exit status: 0 fine; 1 wrong usage, no input, no such package; 2 malformed records were "
    "skipped; 3 objects were left at the end.";

enum key { KEY_STATUS = 256, KEY_LISTS, KEY_NO_LISTS, KEY_RELOADS, KEY_NO_PROGRESS, KEY_JSON };

static const struct argp_option table[] = {
    {"seconds", 's', "N", 0, "serve for N seconds (15)", 0},
    {"readers", 'r', "N", 0, "threads that answer questions (2)", 0},
    {"loaders", 'l', "N", 0, "threads that load (2)", 0},
    {"reload-every", 'e', "N", 0, "seconds between reloads (0.5)", 0},
    {"reloads", KEY_RELOADS, "N", 0, "end after N reloads, if that is sooner", 0},
    {"query", 'q', "QUESTION", 0, "answer a question instead of serving", 0},
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

static unsigned whole(struct argp_state *state, const char *arg, unsigned most) {
    double value = positive(state, arg);
    if (value != (unsigned)value || value > most)
        argp_error(state, "'%s' is not a whole number up to %u", arg, most);
    return (unsigned)value;
}

static void take_inquiry(struct options *o, struct argp_state *state, const char *arg) {
    static const struct {
        const char *verb;
        int names;
    } known[] = {{"path", 2},     {"closure", 1}, {"reverse", 1}, {"depends", 1},
                 {"rdepends", 1}, {"groups", 0},  {"count", 0}};
    struct inquiry inquiry = {.text = arg, .verb = need(strdup(arg))};
    char *rest;
    int names = 0;
    bool is_known = strtok_r(inquiry.verb, " ", &rest) != NULL;
    for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL; names++)
        if (names < 2)
            inquiry.name[names] = word;
    size_t i = 0;
    while (is_known && strcmp(known[i].verb, inquiry.verb) != 0)
        is_known = ++i < sizeof known / sizeof known[0];
    if (!is_known || known[i].names != names)
        argp_error(state, "'%s' is no question; see --help", arg);
    o->inquiries = need(realloc(o->inquiries, (o->inquiry_count + 1) * sizeof *o->inquiries));
    o->inquiries[o->inquiry_count++] = inquiry;
}

static void take_file(struct options *o, const char *arg) {
    o->files = need(realloc(o->files, (o->file_count + 1) * sizeof *o->files));
    o->files[o->file_count++] = arg;
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
        o->readers = whole(state, arg, 256);
        break;
    case 'l':
        o->loaders = whole(state, arg, 256);
        break;
    case 'q':
        take_inquiry(o, state, arg);
        break;
    case KEY_RELOADS:
        o->reloads = whole(state, arg, 1000000);
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
        take_file(o, arg);
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
}

void options_free(struct options *options) {
    for (size_t i = 0; i < options->inquiry_count; i++)
        free(options->inquiries[i].verb);
    free(options->inquiries);
    free(options->files);
}
