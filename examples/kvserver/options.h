/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Options: set on the command line, read by CONFIG GET and, some, changed by CONFIG SET.
 * Names and meanings are redis.conf's.
 */
#ifndef KVSERVER_OPTIONS_H
#define KVSERVER_OPTIONS_H

#include <stdint.h>
#include <tarn/atomic.h>

#include "lock.h"
#include "reply.h"

enum policy { POLICY_NONE, POLICY_RANDOM, POLICY_LRU };

#define PASSWORD_MAX 512

struct options {
    /* constant once the workers run */
    int port;
    const char *bind;
    const char *socket; /* NULL: none */
    unsigned workers;
    const char *folder;
    const char *file;

    /* any thread; a reader wants one of them at a time */
    TARN__ATOMIC(uint64_t) max_memory; /* bytes; 0: no limit */
    TARN__ATOMIC(uint32_t) policy;
    TARN__ATOMIC(uint32_t) protected_mode;
    TARN__ATOMIC(uint32_t) max_clients;
    TARN__ATOMIC(uint32_t) timeout;      /* seconds; 0: none */
    TARN__ATOMIC(uint64_t) output_limit; /* bytes */
    TARN__ATOMIC(uint32_t) has_password;

    struct lock lock; /* guards password */
    char password[PASSWORD_MAX + 1];
};
extern struct options options;

/* Reads the command line; ends the program with a message if it is not sound. */
void options_parse(int argc, char **argv);

/* relaxed: an option is read on its own. */
#define option(name) tarn__load(&options.name, relaxed)

/* Whether this is the password. */
bool password_is(struct slice word);

/* Answer CONFIG GET and CONFIG SET with these words. */
void options_get(struct reply *out, const struct slice *pattern, int count);
void options_set(struct reply *out, const struct slice *word, int count);

/* Tells the heap its limits: see evict.c. */
void options_apply_memory(void);

#endif
