/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Requests as they arrive. Source: the RESP specification; faults are named as Redis
 * names them. */
#include "request.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <tarn/tarn.h>

#include "number.h"

#define WORDS_KEPT 1024u /* an array that a request made longer is given back */

void request_begin(struct request *r) {
    *r = (struct request){.bulk = -1};
}

void request_free(struct request *r) {
    tarn_free(r->word);
    r->word = NULL;
    r->room = 0;
}

static enum parse fault(struct request *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static enum parse fault(struct request *r, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->fault, sizeof r->fault, format, arguments);
    va_end(arguments);
    return PARSE_FAULT;
}

static bool add_word(struct request *r, const char *bytes, size_t length) {
    if (r->first + r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 8;
        struct slice *word = tarn_realloc(r->word, room * sizeof *word);
        if (!word)
            return false;
        r->word = word;
        r->room = room;
    }
    r->word[r->first + r->count++] = (struct slice){bytes, length};
    return true;
}

/* The line at `at`, without its end; false: it has not come whole. */
static bool line_at(struct request *r, const char *bytes, size_t length, struct slice *line) {
    const char *start = bytes + r->at;
    const char *end = memchr(start, '\r', length - r->at);
    if (!end || end + 1 == bytes + length)
        return false;
    *line = (struct slice){start, (size_t)(end - start)};
    r->at = (size_t)(end + 2 - bytes);
    return true;
}

/* --- inline words: blanks between, quotes around, escapes within ---- */

static int hex(char c) {
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* What stands behind a backslash between double quotes. */
static char escape(const char **at, const char *end) {
    static const char named[] = "n\nr\rt\tb\ba\a";
    const char *c = *at;
    if (end - c > 2 && *c == 'x' && isxdigit((unsigned char)c[1]) &&
        isxdigit((unsigned char)c[2])) {
        *at += 3;
        return (char)(hex(c[1]) * 16 + hex(c[2]));
    }
    ++*at;
    for (size_t i = 0; i + 1 < sizeof named; i += 2)
        if (named[i] == *c)
            return named[i + 1];
    return *c;
}

/* One word from *at on, unquoted in place: it can only become shorter. */
static bool inline_word(struct request *r, const char **at, const char *end, bool *memory) {
    char *out = (char *)(uintptr_t)*at; /* the buffer is the caller's to write */
    char *start = out;
    while (*at < end && !isspace((unsigned char)**at)) {
        char quote = **at;
        if (quote != '"' && quote != '\'') {
            *out++ = *(*at)++;
            continue;
        }
        for (++*at; *at < end && **at != quote;) {
            if (quote == '"' && **at == '\\' && *at + 1 < end) {
                ++*at;
                *out++ = escape(at, end);
            } else if (quote == '\'' && end - *at > 1 && (*at)[0] == '\\' && (*at)[1] == '\'') {
                *at += 2;
                *out++ = '\'';
            } else {
                *out++ = *(*at)++;
            }
        }
        if (*at == end || (*at + 1 < end && !isspace((unsigned char)(*at)[1])))
            return false;
        ++*at;
    }
    *memory = add_word(r, start, (size_t)(out - start));
    return true;
}

static enum parse parse_inline(struct request *r, const char *bytes, size_t length) {
    const char *start = bytes + r->at;
    const char *end = memchr(start, '\n', length - r->at);
    bool memory = true;
    if (!end)
        return length - r->at > INLINE_MAX ? fault(r, "too big inline request") : PARSE_MORE;
    r->at = (size_t)(end + 1 - bytes);
    if (end > start && end[-1] == '\r')
        end--;
    while (memory) {
        while (start < end && isspace((unsigned char)*start))
            start++;
        if (start == end)
            return PARSE_DONE;
        if (!inline_word(r, &start, end, &memory))
            return fault(r, "unbalanced quotes in request");
    }
    return PARSE_NO_MEMORY;
}

/* --- arrays ---- */

static enum parse parse_count(struct request *r, const char *bytes, size_t length) {
    struct slice line;
    long long count;
    size_t from = r->at;
    if (!line_at(r, bytes, length, &line))
        return length - from > INLINE_MAX ? fault(r, "too big mbulk count string") : PARSE_MORE;
    line = (struct slice){line.bytes + 1, line.length - 1};
    if (!number_read(line, &count) || count > WORDS_MAX)
        return fault(r, "invalid multibulk length");
    if (count > UNKNOWN_WORDS_MAX && !r->known)
        return fault(r, "unauthenticated multibulk length");
    r->left = count > 0 ? count : 0;
    return PARSE_DONE;
}

static enum parse parse_length(struct request *r, const char *bytes, size_t length) {
    struct slice line;
    size_t from = r->at;
    if (!line_at(r, bytes, length, &line))
        return length - from > INLINE_MAX ? fault(r, "too big bulk count string") : PARSE_MORE;
    if (line.bytes[0] != '$')
        return fault(r, "expected '$', got '%c'", line.bytes[0]);
    line = (struct slice){line.bytes + 1, line.length - 1};
    if (!number_read(line, &r->bulk) || r->bulk < 0 || r->bulk > BULK_MAX) {
        r->bulk = -1;
        return fault(r, "invalid bulk length");
    }
    if (r->bulk > UNKNOWN_BULK_MAX && !r->known)
        return fault(r, "unauthenticated bulk length");
    return PARSE_DONE;
}

/* "$12\r\n" or "$3\r\n" at hand whole: the length, else -1 and the long way. */
static inline long long short_length(struct request *r, const char *bytes, size_t length) {
    const char *at = bytes + r->at;
    if (length - r->at < 5 || at[0] != '$')
        return -1;
    unsigned first = (unsigned char)at[1] - (unsigned)'0';
    unsigned second = (unsigned char)at[2] - (unsigned)'0';
    if (first > 9)
        return -1;
    if (at[2] == '\r' && at[3] == '\n') {
        r->at += 4;
        return first;
    }
    if (first == 0 || second > 9 || at[3] != '\r' || at[4] != '\n')
        return -1;
    r->at += 5;
    return first * 10 + second;
}

static enum parse parse_words(struct request *r, const char *bytes, size_t length) {
    while (r->left) {
        if (r->bulk < 0)
            r->bulk = short_length(r, bytes, length);
        if (r->bulk < 0) {
            if (r->at == length)
                return PARSE_MORE;
            enum parse parsed = parse_length(r, bytes, length);
            if (parsed != PARSE_DONE)
                return parsed;
        }
        if (length - r->at < (size_t)r->bulk + 2)
            return PARSE_MORE;
        if (!add_word(r, bytes + r->at, (size_t)r->bulk))
            return PARSE_NO_MEMORY;
        r->at += (size_t)r->bulk + 2;
        r->bulk = -1;
        r->left--;
    }
    return PARSE_DONE;
}

enum parse request_parse(struct request *r, const char *bytes, size_t length) {
    if (!r->left && !r->count) {
        if (r->room > WORDS_KEPT && !r->first)
            request_free(r);
        if (bytes[r->at] != '*')
            return parse_inline(r, bytes, length);
        enum parse parsed = parse_count(r, bytes, length);
        if (parsed != PARSE_DONE)
            return parsed;
    }
    return parse_words(r, bytes, length);
}

void request_move(struct request *r, const char *old, const char *new, size_t from) {
    for (size_t i = 0; i < r->count; i++)
        r->word[i].bytes = new + (size_t)(r->word[i].bytes - old) - from;
    r->at -= from;
}

size_t request_wants(const struct request *r) {
    return r->bulk < 0 ? r->at + 1 : r->at + (size_t)r->bulk + 2;
}
