/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * String literals: escapes, and neighbours joined to one constant or f-string.
 */
#include <string.h>

#include "front/strings.h"

void buffer_put(struct arena *arena, struct buffer *b, const char *text, size_t size) {
    if (size == 0)
        return;
    if (b->size + size > b->room) {
        size_t room = 2 * b->room + size + 32;
        char *grown = arena_alloc(arena, room);
        if (b->size)
            memcpy(grown, b->at, b->size);
        b->at = grown;
        b->room = room;
    }
    memcpy(b->at + b->size, text, size);
    b->size += size;
}

static void put_code(struct arena *arena, struct buffer *b, uint32_t code, bool bytes) {
    char c[4] = {(char)code};
    size_t size = 1;
    if (!bytes && code >= 0x10000) {
        c[0] = (char)(0xf0 | code >> 18);
        c[1] = (char)(0x80 | (code >> 12 & 63));
        c[2] = (char)(0x80 | (code >> 6 & 63));
        size = 4;
    } else if (!bytes && code >= 0x800) {
        c[0] = (char)(0xe0 | code >> 12);
        c[1] = (char)(0x80 | (code >> 6 & 63));
        size = 3;
    } else if (!bytes && code >= 0x80) {
        c[0] = (char)(0xc0 | code >> 6);
        size = 2;
    }
    if (size > 1)
        c[size - 1] = (char)(0x80 | (code & 63));
    buffer_put(arena, b, c, size);
}

static int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Where a byte stands in what CPython decodes: others than ASCII are \U00012345 there. */
static long position(const struct literal *l, const char *at) {
    long n = 0;
    for (const char *s = l->start; s < at; s++)
        n += (unsigned char)*s < 0x80 ? 1 : ((unsigned char)*s & 0xc0) == 0x80 ? 0 : 10;
    return n;
}

static bool bad_escape(struct parser *p, const struct literal *l, const char *from, const char *to,
                       const char *what) {
    if (l->bytes)
        return fail_last(p, ERROR_SYNTAX, "(value error) invalid \\x escape at position %ld",
                         (long)(from - l->start));
    return fail_last(p, ERROR_SYNTAX,
                     "(unicode error) 'unicodeescape' codec can't decode bytes in position "
                     "%ld-%ld: %s",
                     position(l, from), position(l, to) - 1, what);
}

/* \xXX, \uXXXX or \UXXXXXXXX; *s is behind the letter. */
static bool hex_escape(struct parser *p, const struct literal *l, const char **s, const char *end,
                       struct buffer *out) {
    char letter = (*s)[-1];
    const char *from = *s - 2;
    int count = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    uint32_t code = 0;
    for (int i = 0; i < count; i++, (*s)++) {
        if (*s >= end || hex_value(**s) < 0)
            return bad_escape(p, l, from, *s,
                              letter == 'x'   ? "truncated \\xXX escape"
                              : letter == 'u' ? "truncated \\uXXXX escape"
                                              : "truncated \\UXXXXXXXX escape");
        code = code * 16 + (uint32_t)hex_value(**s);
    }
    if (code > 0x10ffff)
        return bad_escape(p, l, from, *s, "illegal Unicode character");
    if (code >= 0xd800 && code <= 0xdfff)
        return fail_refuse(p, REFUSE_surrogate, &l->place);
    put_code(p->arena, out, code, l->bytes);
    return true;
}

/* One escape; *s is behind the backslash. An unknown one means itself. */
static bool escape(struct parser *p, const struct literal *l, const char **s, const char *end,
                   struct buffer *out) {
    static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
    if (*s >= end) {
        buffer_put(p->arena, out, "\\", 1);
        return true;
    }
    char c = *(*s)++;
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        buffer_put(p->arena, out, &to[known - from], 1);
    } else if (c >= '0' && c <= '7') {
        uint32_t code = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && *s < end && **s >= '0' && **s <= '7'; i++)
            code = code * 8 + (uint32_t)(*(*s)++ - '0');
        put_code(p->arena, out, code, l->bytes);
    } else if (c == 'x' || (!l->bytes && (c == 'u' || c == 'U'))) {
        return hex_escape(p, l, s, end, out);
    } else if (c == 'N' && !l->bytes) {
        return fail_refuse(p, REFUSE_named_escape, &l->place);
    } else if (c != '\n') {
        char both[2] = {'\\', c};
        buffer_put(p->arena, out, both, 2);
    }
    return true;
}

bool literal_decode(struct parser *p, struct literal *l, const char *s, const char *end,
                    struct buffer *out) {
    l->start = s;
    if (l->raw || !memchr(s, '\\', (size_t)(end - s))) {
        buffer_put(p->arena, out, s, (size_t)(end - s));
        return true;
    }
    while (s < end) {
        const char *plain = memchr(s, '\\', (size_t)(end - s));
        if (!plain)
            plain = end;
        buffer_put(p->arena, out, s, (size_t)(plain - s));
        s = plain + 1;
        if (plain < end && !escape(p, l, &s, end, out))
            return false;
    }
    return true;
}

/* --- one literal, and those that follow it --- */

static struct literal open_literal(const struct token *t) {
    struct literal l = {.token = t, .start = t->text};
    for (; *l.start != '\'' && *l.start != '"'; l.start++) {
        l.raw |= *l.start == 'r' || *l.start == 'R';
        l.bytes |= *l.start == 'b' || *l.start == 'B';
        l.format |= *l.start == 'f' || *l.start == 'F';
    }
    size_t left = (size_t)(t->text + t->size - l.start);
    size_t quotes = left >= 6 && l.start[1] == *l.start && l.start[2] == *l.start ? 3 : 1;
    l.start += quotes;
    l.end = t->text + t->size - quotes;
    return l;
}

static bool is_ascii(const struct literal *l) {
    for (const char *s = l->start; s < l->end; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

static bool add_literal(struct parser *p, struct literal *l, struct pieces *pieces) {
    const char *s = l->start;
    if (l->bytes && !is_ascii(l))
        return fail_last(p, ERROR_SYNTAX, "bytes can only contain ASCII literal characters");
    if (l->format)
        return format_parse(p, l, &s, 0, pieces);
    return literal_decode(p, l, l->start, l->end, &pieces->text);
}

void pieces_flush(struct parser *p, struct pieces *pieces) {
    if (pieces->text.size == 0)
        return;
    struct node *n = arena_alloc(p->arena, sizeof *n);
    *n = pieces->place;
    n->kind = N_CONSTANT;
    n->value = value_text(p->arena, pieces->text.at, pieces->text.size);
    nodes_add(p->arena, &pieces->list, n);
    pieces->text = (struct buffer){0};
}

static struct node *finish(struct parser *p, struct pieces *pieces, bool bytes, bool format) {
    struct node *n = arena_alloc(p->arena, sizeof *n);
    const char *text = pieces->text.at ? pieces->text.at : "";
    *n = pieces->place;
    n->kind = format ? N_FSTRING : N_CONSTANT;
    if (format) {
        pieces_flush(p, pieces);
        n->list = pieces->list;
    } else {
        n->value = bytes ? value_bytes(p->arena, text, pieces->text.size)
                         : value_text(p->arena, text, pieces->text.size);
    }
    return n;
}

/* list: STRING tokens. */
struct node *parse_strings(struct parser *p, struct nodes *list) {
    struct token **tokens = (struct token **)(void *)list->at;
    const struct token *first = tokens[0], *last = tokens[list->count - 1];
    struct pieces pieces = {.place = {.line = first->line,
                                      .column = first->column,
                                      .end_line = last->end_line,
                                      .end_column = last->end_column}};
    bool bytes = open_literal(first).bytes, format = false;
    for (size_t i = 0; i < list->count; i++) {
        struct literal l = open_literal(tokens[i]);
        l.place = (struct node){.line = tokens[i]->line,
                                .column = tokens[i]->column,
                                .end_line = tokens[i]->end_line,
                                .end_column = tokens[i]->end_column};
        if (i > 0 && l.bytes != bytes)
            return fail_last(p, ERROR_SYNTAX, "cannot mix bytes and nonbytes literals");
        format |= l.format;
        if (!add_literal(p, &l, &pieces))
            return NULL;
    }
    return finish(p, &pieces, bytes, format);
}
