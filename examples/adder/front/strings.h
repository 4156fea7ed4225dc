/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What plain strings and f-strings share.
 */
#ifndef ADDER_FRONT_STRINGS_H
#define ADDER_FRONT_STRINGS_H

#include "front/peg.h"

/* Bytes in the arena. */
struct buffer {
    char *at;
    size_t size, room;
};

/* One STRING token. */
struct literal {
    const struct token *token;
    struct node place;
    const char *start, *end; /* between the quotes; start: of what is being decoded */
    bool raw, bytes, format;
};

/* A string as it grows: text that is not yet a constant, behind the pieces before it. */
struct pieces {
    struct node place;
    struct nodes list;
    struct buffer text;
};

void buffer_put(struct arena *arena, struct buffer *b, const char *text, size_t size);
bool literal_decode(struct parser *p, struct literal *l, const char *s, const char *end,
                    struct buffer *out);
void pieces_flush(struct parser *p, struct pieces *pieces);

/* An f-string, from *s on; level 1 and 2: a format specification, up to its brace. */
bool format_parse(struct parser *p, struct literal *l, const char **s, int level,
                  struct pieces *pieces);

#endif
