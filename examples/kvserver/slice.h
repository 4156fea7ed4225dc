/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Pieces of text that something else keeps. */
#ifndef KVSERVER_SLICE_H
#define KVSERVER_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
    const char *bytes;
    size_t length;
};

/* A string literal or array as a slice. */
static inline struct slice slice_of(const char *text) {
    return (struct slice){text, strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b) {
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* Whether a word of a request is this option, in whatever case. */
static inline bool slice_is(struct slice a, const char *word) {
    size_t length = strlen(word);
    return a.length == length && strncasecmp(a.bytes, word, length) == 0;
}

#endif
