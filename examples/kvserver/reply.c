/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Replies in RESP2. */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <tarn/tarn.h>

#include "number.h"

bool reply_grow(struct reply *r, size_t more) {
    size_t room = r->room ? r->room : (size_t)1 << 14;
    while (room - r->length < more && room <= r->limit)
        room *= 2;
    char *bytes = r->failed || room - r->length < more ? NULL : tarn_realloc(r->bytes, room);
    if (!bytes) {
        r->failed = true;
        return false;
    }
    r->bytes = bytes;
    r->room = room;
    return true;
}

/* A type character, a number, the end of a line. */
static void head(struct reply *r, char type, long long number) {
    char digits[NUMBER_ROOM];
    size_t length = number_print(digits, number);
    char *at = reply_take(r, length + 3);
    if (!at)
        return;
    *at++ = type;
    memcpy(at, digits, length);
    memcpy(at + length, "\r\n", 2);
}

void reply_bulk(struct reply *r, struct slice text) {
    char digits[NUMBER_ROOM];
    size_t length = number_print(digits, (long long)text.length);
    char *at = reply_take(r, length + text.length + 5);
    if (!at)
        return;
    *at++ = '$';
    memcpy(at, digits, length);
    memcpy(at + length, "\r\n", 2);
    at += length + 2;
    memcpy(at, text.bytes, text.length);
    memcpy(at + text.length, "\r\n", 2);
}

void reply_integer(struct reply *r, long long number) {
    head(r, ':', number);
}

void reply_array(struct reply *r, size_t length) {
    head(r, '*', (long long)length);
}

void reply_status(struct reply *r, const char *text) {
    reply_literal(r, "+");
    reply_raw(r, text, strlen(text));
    reply_literal(r, "\r\n");
}

void reply_error(struct reply *r, const char *format, ...) {
    char few[1024];
    char *text = few;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(few, sizeof few, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof few && (text = tarn_malloc((size_t)length + 1))) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    text = text ? text : few; /* without memory, what there is room for */
    for (char *at = text; *at; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    reply_literal(r, "-");
    reply_raw(r, text, strlen(text));
    reply_literal(r, "\r\n");
    if (text != few)
        tarn_free(text);
}

void reply_bulk_format(struct reply *r, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reply_bulk(r, slice_of(text));
}

void reply_bulk_integer(struct reply *r, long long number) {
    char digits[NUMBER_ROOM];
    reply_bulk(r, (struct slice){digits, number_print(digits, number)});
}

size_t reply_defer(struct reply *r) {
    return r->length;
}

void reply_settle(struct reply *r, size_t mark, size_t count) {
    size_t length = r->length - mark;
    reply_array(r, count);
    if (r->failed)
        return;
    /* The head was written behind what it belongs before: turn the two round. */
    char first[NUMBER_ROOM + 3];
    size_t size = r->length - mark - length;
    memcpy(first, r->bytes + mark + length, size);
    memmove(r->bytes + mark + size, r->bytes + mark, length);
    memcpy(r->bytes + mark, first, size);
}

void reply_wrong_type(struct reply *r) {
    reply_literal(r, "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
}

void reply_no_memory(struct reply *r) {
    reply_literal(r, "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
}

void reply_not_integer(struct reply *r) {
    reply_literal(r, "-ERR value is not an integer or out of range\r\n");
}

void reply_syntax(struct reply *r) {
    reply_literal(r, "-ERR syntax error\r\n");
}
