/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The Debian control format: records of "Field: value" lines, blank lines between. */
#ifndef PKGRAPH_CONTROL_H
#define PKGRAPH_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the input, not terminated. */
struct slice {
    const char *start;
    size_t length;
};

enum field {
    FIELD_PACKAGE,
    FIELD_STATUS,
    FIELD_VERSION,
    FIELD_PRE_DEPENDS,
    FIELD_DEPENDS,
    FIELD_PROVIDES,
    FIELDS
};

struct record {
    struct slice field[FIELDS]; /* start NULL: absent */
    size_t line;                /* of its first line */
    const char *fault;          /* why it is malformed, or NULL */
    size_t fault_line;
};

struct reader {
    const char *at;
    const char *end;
    size_t line; /* of `at`, from 1 */
};

/* The next record; false at the end. Malformed ones are returned with a fault. */
bool reader_next(struct reader *reader, struct record *record);

/* Splits a dependency field: calls for each alternative of each group, in order.
 * `last`: it is its group's last. Returns what is wrong, or NULL. */
typedef void (*dependency_visitor)(struct slice name, struct slice restriction, bool last,
                                   void *arg);
const char *dependencies_parse(struct slice field, dependency_visitor visit, void *arg);

/* Whether this can be the name of a package. */
bool name_is_sound(struct slice name);

/* Whether a record's Status says that the package is there. */
bool status_is_installed(struct slice status);

#endif
