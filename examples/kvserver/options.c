/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Options: one table for the command line, CONFIG GET and CONFIG SET. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"
#include "number.h"
#include "worker.h"

struct options options = {.port = 6379,
                          .bind = "127.0.0.1",
                          .workers = 2,
                          .folder = ".",
                          .file = "dump.tarn",
                          .protected_mode = {1},
                          .max_clients = {10000},
                          .output_limit = {(uint64_t)256 << 20}};

/* --- one value ---- */

/* "100", "100b", "1k" (1000), "1kb" (1024), and so with m and g. */
static bool read_bytes(struct slice text, uint64_t *bytes) {
    static const struct {
        const char *name;
        uint64_t factor;
    } units[] = {{"b", 1},         {"k", 1000},          {"kb", 1 << 10}, {"m", 1000000},
                 {"mb", 1u << 20}, {"g", 1000000000ull}, {"gb", 1u << 30}};
    struct slice digits = text;
    long long number;
    uint64_t factor = 1;
    digits.length = 0;
    while (digits.length < text.length && (unsigned char)(text.bytes[digits.length] - '0') <= 9)
        digits.length++;
    struct slice unit = {text.bytes + digits.length, text.length - digits.length};
    bool sound = unit.length == 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (slice_is(unit, units[i].name)) {
            factor = units[i].factor;
            sound = true;
        }
    if (!sound || !number_read(digits, &number) || (uint64_t)number > INT64_MAX / factor)
        return false;
    *bytes = (uint64_t)number * factor;
    return true;
}

static bool read_within(struct slice text, long long least, long long most, uint32_t *value) {
    long long number;
    if (!number_read(text, &number) || number < least || number > most)
        return false;
    *value = (uint32_t)number;
    return true;
}

static const char *const policies[] = {"noeviction", "allkeys-random", "allkeys-lru"};

static const char *set_max_memory(struct slice text) {
    uint64_t bytes;
    if (!read_bytes(text, &bytes))
        return "argument must be a memory value";
    /* relaxed: an option is read on its own. */
    tarn__store(&options.max_memory, bytes, relaxed);
    return NULL;
}

static const char *set_policy(struct slice text) {
    for (uint32_t i = 0; i < 3; i++)
        if (slice_is(text, policies[i])) {
            /* relaxed: an option is read on its own. */
            tarn__store(&options.policy, i, relaxed);
            return NULL;
        }
    return "argument(s) must be one of the following: noeviction, allkeys-random, allkeys-lru";
}

static const char *set_protected(struct slice text) {
    if (!slice_is(text, "yes") && !slice_is(text, "no"))
        return "argument must be 'yes' or 'no'";
    /* relaxed: an option is read on its own. */
    tarn__store(&options.protected_mode, slice_is(text, "yes"), relaxed);
    return NULL;
}

static const char *set_clients(struct slice text) {
    uint32_t value;
    long long number;
    if (!number_read(text, &number))
        return "argument couldn't be parsed into an integer";
    if (!read_within(text, 1, UINT32_MAX, &value))
        return "argument must be between 1 and 4294967295 inclusive";
    /* relaxed: an option is read on its own. */
    tarn__store(&options.max_clients, value, relaxed);
    return NULL;
}

static const char *set_timeout(struct slice text) {
    uint32_t value;
    if (!read_within(text, 0, INT32_MAX, &value))
        return "argument must be between 0 and 2147483647 inclusive";
    /* relaxed: an option is read on its own. */
    tarn__store(&options.timeout, value, relaxed);
    return NULL;
}

static const char *set_output_limit(struct slice text) {
    uint64_t bytes;
    if (!read_bytes(text, &bytes) || bytes == 0)
        return "argument must be a memory value";
    /* relaxed: an option is read on its own. */
    tarn__store(&options.output_limit, bytes, relaxed);
    return NULL;
}

static const char *set_password(struct slice text) {
    if (text.length > PASSWORD_MAX)
        return "argument is too long";
    lock_acquire(&options.lock);
    memcpy(options.password, text.bytes, text.length);
    options.password[text.length] = 0;
    lock_release(&options.lock);
    /* relaxed: an option is read on its own. */
    tarn__store(&options.has_password, text.length > 0, relaxed);
    return NULL;
}

/* The time that a comparison takes tells nothing of how much was right. */
bool password_is(struct slice word) {
    unsigned char difference = 0;
    lock_acquire(&options.lock);
    size_t length = strlen(options.password);
    for (size_t i = 0; i < word.length; i++)
        difference |= (unsigned char)(word.bytes[i] ^ options.password[i < length ? i : length]);
    lock_release(&options.lock);
    return difference == 0 && length == word.length;
}

/* Those that are constant once the server runs. */
static const char *set_port(struct slice text) {
    uint32_t value;
    if (!read_within(text, 0, 65535, &value))
        return "argument must be between 0 and 65535 inclusive";
    options.port = (int)value;
    return NULL;
}

static const char *set_workers(struct slice text) {
    uint32_t value;
    if (!read_within(text, 1, WORKERS_MAX, &value))
        return "argument must be between 1 and 64 inclusive";
    options.workers = value;
    return NULL;
}

/* The slice is a whole argument of the command line. */
static const char *set_bind(struct slice text) {
    options.bind = text.bytes;
    return NULL;
}

static const char *set_socket(struct slice text) {
    options.socket = text.length ? text.bytes : NULL;
    return NULL;
}

static const char *set_folder(struct slice text) {
    options.folder = text.bytes;
    return NULL;
}

static const char *set_file(struct slice text) {
    options.file = text.bytes;
    return strchr(text.bytes, '/') ? "dbfilename can't be a path, just a filename" : NULL;
}

static void get_password(char *text, size_t room) {
    lock_acquire(&options.lock);
    snprintf(text, room, "%s", options.password);
    lock_release(&options.lock);
}

/* --- the table ---- */

#define VALUE_ROOM (PASSWORD_MAX + 1)

struct setting {
    const char *name;
    const char *help;
    const char *(*set)(struct slice text); /* NULL, or what is wrong */
    bool constant;
};

static const struct setting settings[] = {
    {"port", "N             TCP port, 0 for none (6379)", set_port, true},
    {"bind", "ADDR          address to listen on (127.0.0.1)", set_bind, true},
    {"unixsocket", "PATH    a Unix socket too", set_socket, true},
    {"workers", "N          threads that serve (2)", set_workers, true},
    {"dir", "DIR            where snapshots are (.)", set_folder, true},
    {"dbfilename", "F       the snapshot's name (dump.tarn)", set_file, true},
    {"maxmemory", "BYTES    100mb; 0 for no limit (0)", set_max_memory, false},
    {"maxmemory-policy", "P noeviction, allkeys-random or allkeys-lru (noeviction)", set_policy,
     false},
    {"requirepass", "P      the password that clients must say", set_password, false},
    {"protected-mode", "yes|no  without a password, loopback only (yes)", set_protected, false},
    {"maxclients", "N       connections at once (10000)", set_clients, false},
    {"timeout", "S          close those idle so long, 0 for never (0)", set_timeout, false},
    {"client-output-buffer-limit", "BYTES  of replies that a client does not take (256mb)",
     set_output_limit, false},
};
#define SETTINGS (sizeof settings / sizeof settings[0])

/* What CONFIG GET also answers, because clients ask for it at start. */
static const struct {
    const char *name;
    const char *value;
} fixed[] = {{"appendonly", "no"}, {"databases", "1"},        {"save", ""},
             {"io-threads", "1"},  {"cluster-enabled", "no"}, {"proto-max-bulk-len", "536870912"}};

static void show(const struct setting *s, char *text, size_t room) {
    const char *n = s->name;
    text[0] = 0;
    if (s->set == set_password)
        get_password(text, room);
    else if (s->set == set_policy)
        snprintf(text, room, "%s", policies[option(policy)]);
    else if (s->set == set_protected)
        snprintf(text, room, "%s", option(protected_mode) ? "yes" : "no");
    else if (s->set == set_max_memory)
        snprintf(text, room, "%llu", (unsigned long long)option(max_memory));
    else if (s->set == set_output_limit)
        snprintf(text, room, "%llu", (unsigned long long)option(output_limit));
    else if (s->set == set_clients)
        snprintf(text, room, "%u", option(max_clients));
    else if (s->set == set_timeout)
        snprintf(text, room, "%u", option(timeout));
    else if (s->set == set_port)
        snprintf(text, room, "%d", options.port);
    else if (s->set == set_workers)
        snprintf(text, room, "%u", options.workers);
    else
        snprintf(text, room, "%s",
                 strcmp(n, "bind") == 0         ? options.bind
                 : strcmp(n, "dir") == 0        ? options.folder
                 : strcmp(n, "dbfilename") == 0 ? options.file
                 : options.socket               ? options.socket
                                                : "");
}

static bool matches(const struct slice *pattern, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (glob_match(pattern[i], slice_of(name), true))
            return true;
    return false;
}

void options_get(struct reply *out, const struct slice *pattern, int count) {
    char text[VALUE_ROOM];
    size_t mark = reply_defer(out);
    size_t found = 0;
    for (size_t i = 0; i < SETTINGS; i++)
        if (matches(pattern, count, settings[i].name)) {
            show(&settings[i], text, sizeof text);
            reply_bulk(out, slice_of(settings[i].name));
            reply_bulk(out, slice_of(text));
            found += 2;
        }
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (matches(pattern, count, fixed[i].name)) {
            reply_bulk(out, slice_of(fixed[i].name));
            reply_bulk(out, slice_of(fixed[i].value));
            found += 2;
        }
    reply_settle(out, mark, found);
}

static const struct setting *setting_of(struct slice name) {
    for (size_t i = 0; i < SETTINGS; i++)
        if (slice_is(name, settings[i].name))
            return &settings[i];
    return NULL;
}

static void refuse(struct reply *out, const char *name, const char *why) {
    reply_error(out, "ERR CONFIG SET failed (possibly related to argument '%s') - %s", name, why);
}

/* Whether all names are those of options that can be set; answers if not. */
static bool can_set(struct reply *out, const struct slice *word, int count) {
    for (int i = 0; i < count; i += 2) {
        const struct setting *s = setting_of(word[i]);
        if (!s)
            reply_error(out, "ERR Unknown option or number of arguments for CONFIG SET - '%.*s'",
                        (int)word[i].length, word[i].bytes);
        else if (s->constant)
            refuse(out, s->name, "can't set immutable config");
        if (!s || s->constant)
            return false;
    }
    return true;
}

void options_set(struct reply *out, const struct slice *word, int count) {
    if (!can_set(out, word, count))
        return;
    for (int i = 0; i < count; i += 2) {
        const struct setting *s = setting_of(word[i]);
        const char *fault = s->set(word[i + 1]);
        if (fault) {
            refuse(out, s->name, fault);
            return;
        }
    }
    options_apply_memory();
    reply_ok(out);
}

/* --- the command line ---- */

static void usage(FILE *to) {
    fputs("usage: kvserver [OPTION VALUE]...\n\n", to);
    for (size_t i = 0; i < SETTINGS; i++)
        fprintf(to, "  --%s %s\n", settings[i].name, settings[i].help);
}

void options_parse(int argc, char **argv) {
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            usage(stdout);
            exit(0);
        }
        const struct setting *s =
            strncmp(argv[i], "--", 2) == 0 ? setting_of(slice_of(argv[i] + 2)) : NULL;
        const char *fault = !s              ? "no such option"
                            : i + 1 == argc ? "a value is missing"
                                            : s->set(slice_of(argv[i + 1]));
        if (fault) {
            fprintf(stderr, "kvserver: %s: %s; see --help\n", argv[i], fault);
            exit(2);
        }
    }
}
