/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Requests as they arrive: RESP2 arrays of bulk strings, or inline words.
 *
 * Nothing is copied: a request's words point into the buffer that it was read into, where
 * a reader of replies, as hiredis has one, makes an object of each word. A
 * request that has not come whole yet is gone on with where it broke off, so one of a
 * million words costs its length and not the square of it.
 */
#ifndef KVSERVER_REQUEST_H
#define KVSERVER_REQUEST_H

#include <stdint.h>

#include "slice.h"

#define INLINE_MAX ((size_t)64 << 10)    /* bytes of a line */
#define WORDS_MAX ((long long)INT32_MAX) /* of a request; 10 before a password */
#define BULK_MAX ((long long)512 << 20)  /* bytes of a word; 16 KiB before a password */
#define UNKNOWN_WORDS_MAX ((long long)10)
#define UNKNOWN_BULK_MAX ((long long)16384)

enum parse {
    PARSE_DONE,  /* a whole request is in word[first], ...; count may be 0 */
    PARSE_MORE,  /* the rest has not come yet */
    PARSE_FAULT, /* malformed: `fault` says how; nothing more can be read */
    PARSE_NO_MEMORY
};

struct request {
    struct slice *word; /* raw memory */
    size_t room;
    size_t first;   /* where its words begin in the array, behind those of earlier ones */
    size_t count;   /* words so far */
    long long left; /* words still to come; 0: between requests */
    long long bulk; /* length of the word that has begun, or -1 */
    size_t at;      /* bytes of the buffer that are read */
    bool known;     /* the client has said its password, if there is one */
    char fault[96];
};

void request_begin(struct request *r);
void request_free(struct request *r);

/* Reads on in the buffer, which begins where the request before ended. */
enum parse request_parse(struct request *r, const char *bytes, size_t length);

/* Makes ready for the next request of the same buffer; the words of those before stay
 * in the array. */
static inline void request_next(struct request *r) {
    r->first += r->count;
    r->count = 0;
}

/* They are not wanted any more. */
static inline void request_forget(struct request *r) {
    if (r->count)
        memmove(r->word, r->word + r->first, r->count * sizeof *r->word);
    r->first = 0;
}

/* The buffer has moved: what pointed into the old one points into the new one, which
 * begins `from` bytes later. */
void request_move(struct request *r, const char *old, const char *new, size_t from);

/* Bytes of the buffer that are wanted at least before it is of use to parse again. */
size_t request_wants(const struct request *r);

#endif
