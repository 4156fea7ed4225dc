/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Replies in RESP2, added to a buffer.
 *
 * A worker has one such buffer for all its clients: a turn's replies are gathered in
 * it, written with one call, and only what the socket does not take is copied away. A
 * buffer that cannot grow notes it; its client is closed then.
 */
#ifndef KVSERVER_REPLY_H
#define KVSERVER_REPLY_H

#include <stdint.h>

#include "slice.h"

struct reply {
    char *bytes; /* raw memory of the heap's */
    size_t length;
    size_t room;
    size_t limit; /* it does not grow beyond */
    bool failed;  /* it had to */
};

bool reply_grow(struct reply *r, size_t more);

/* The place for so many bytes, or NULL; they count from now on. */
static inline char *reply_take(struct reply *r, size_t length) {
    if (__builtin_expect(r->room - r->length < length, 0) && !reply_grow(r, length))
        return NULL;
    char *at = r->bytes + r->length;
    r->length += length;
    return at;
}

/* Bytes as they are; a string literal. */
static inline void reply_raw(struct reply *r, const char *bytes, size_t length) {
    char *at = reply_take(r, length);
    if (at)
        memcpy(at, bytes, length);
}
#define reply_literal(r, text) reply_raw((r), (text), sizeof(text) - 1)

#define reply_ok(r) reply_literal(r, "+OK\r\n")
#define reply_nil(r) reply_literal(r, "$-1\r\n")
#define reply_nil_array(r) reply_literal(r, "*-1\r\n")

void reply_bulk(struct reply *r, struct slice text);
void reply_integer(struct reply *r, long long number);
void reply_array(struct reply *r, size_t length);
void reply_status(struct reply *r, const char *text);

/* "-" and the text: it begins with a code. Line ends in it become spaces. */
void reply_error(struct reply *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void reply_bulk_format(struct reply *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void reply_bulk_integer(struct reply *r, long long number);

/* A reply's head that is put in front later, when its length is known. */
size_t reply_defer(struct reply *r);
void reply_settle(struct reply *r, size_t mark, size_t count);

/* Shorthands for what many commands answer. */
void reply_wrong_type(struct reply *r);
void reply_no_memory(struct reply *r);
void reply_not_integer(struct reply *r);
void reply_syntax(struct reply *r);

#endif
