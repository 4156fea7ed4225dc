/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Commands: what a request is carried out as.
 *
 * Between two commands stands a safepoint; within one there is none, unless it says so.
 * So whatever a command borrows from the keyspace stays readable to its end.
 */
#ifndef KVSERVER_COMMAND_H
#define KVSERVER_COMMAND_H

#include "client.h"

struct call {
    struct client *client;
    struct reply *out;
    int count; /* of words, the command's name included */
    struct slice *word;
};

enum command_flags {
    COMMAND_READS = 1,
    COMMAND_WRITES = 2,
    COMMAND_GROWS = 4,  /* refused when memory is at its limit */
    COMMAND_OPEN = 8,   /* allowed before the password */
    COMMAND_INSIDE = 16 /* its second argument is looked for in what the key holds */
};

struct command {
    const char *name; /* lower case */
    void (*run)(struct call *call);
    int arity; /* of words; negative: at least so many */
    unsigned flags;
    int first, last, step; /* which words are keys; last may count from the end */
};

extern const struct command commands[];
extern const size_t command_count;

/* Makes the table ready for looking up. */
void commands_begin(void);
const struct command *command_find(struct slice name);

/* Carries out a request: words of which there is one at least, and its command, or NULL
 * if there is none of that name. */
void command_run(struct client *c, const struct command *command, struct slice *word, int count);

/* The second word of a command that has several. */
struct subcommand {
    const char *name;
    void (*run)(struct call *call);
    int arity;
};
void subcommand_run(struct call *call, const struct subcommand *table, size_t count);

/* Reads a word as an integer; answers the error and returns false if it is none. */
bool call_integer(struct call *call, int index, long long *number);

/* The same, within bounds that the error names. */
bool call_integer_within(struct call *call, int index, long long least, long long most,
                         long long *number);

/* "ERR wrong number of arguments for '...' command". */
void call_wrong_count(struct call *call);

#endif
