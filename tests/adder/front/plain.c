/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Values for the front end alone: a kind and bytes, which print as they compare with
 * python3's. Names are kept in one table for the process.
 */
#include "plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_SIZE = 1 << 14 };

static struct plain *names[TABLE_SIZE];

static struct plain *plain_new(void *memory, char kind, const char *bytes, size_t size) {
    struct plain *v = memory;
    v->kind = kind;
    v->size = size;
    memcpy(v->bytes, bytes, size);
    v->bytes[size] = 0;
    return v;
}

ref value_name(struct arena *arena, const char *text, size_t size) {
    size_t hash = 5381;
    (void)arena;
    for (size_t i = 0; i < size; i++)
        hash = hash * 33 + (unsigned char)text[i];
    struct plain **place = &names[hash % TABLE_SIZE];
    for (struct plain *v = *place; v; v = v->next)
        if (v->size == size && memcmp(v->bytes, text, size) == 0)
            return v;
    struct plain *v = malloc(sizeof *v + size + 1);
    if (!v)
        abort();
    plain_new(v, 'n', text, size)->next = *place;
    *place = v;
    return v;
}

static ref constant(struct arena *arena, char kind, const char *bytes, size_t size) {
    return plain_new(arena_alloc(arena, sizeof(struct plain) + size + 1), kind, bytes, size);
}

ref value_text(struct arena *arena, const char *text, size_t size) {
    return constant(arena, 's', text, size);
}

ref value_bytes(struct arena *arena, const char *data, size_t size) {
    return constant(arena, 'b', data, size);
}

ref value_float(struct arena *arena, const char *text, size_t size) {
    double d;
    (void)size;
    d = strtod(text, NULL);
    return constant(arena, 'f', (const char *)&d, sizeof d);
}

/* Hexadecimal, without zeros before it: the form that any base reaches by shifts, and a
 * decimal one by multiplying. */
ref value_integer(struct arena *arena, const char *digits, size_t size, int base) {
    unsigned char *nibbles = arena_alloc(arena, size + 2); /* the lowest first */
    char *text = arena_alloc(arena, size + 2);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        char c = digits[i];
        unsigned carry = (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        for (size_t j = 0; j < used; j++) {
            carry += nibbles[j] * (unsigned)base;
            nibbles[j] = carry & 15;
            carry >>= 4;
        }
        for (; carry; carry >>= 4)
            nibbles[used++] = carry & 15;
    }
    for (size_t j = 0; j < used; j++)
        text[j] = "0123456789abcdef"[nibbles[used - 1 - j]];
    return constant(arena, 'i', used ? text : "0", used ? used : 1);
}

ref value_negative(struct arena *arena, ref number) {
    const struct plain *v = number;
    if (tarn_is_immediate(number) || (v->kind != 'i' && v->kind != 'f'))
        return NULL;
    return constant(arena, 'm', v->bytes, v->size);
}

const char *value_string(ref name) {
    return ((struct plain *)name)->bytes;
}

void value_drop(ref value) {
    (void)value; /* they stand in the arena */
}

void value_raise(const struct syntax_error *error, ref filename) {
    char buffer[4096];
    error_format(error, value_string(filename), buffer, sizeof buffer);
    fputs(buffer, stderr);
}
