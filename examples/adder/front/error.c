/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Errors of the front end: setting, refusing, and the way CPython shows them.
 */
#include "front/error.h"

#include <stdio.h>
#include <string.h>

bool error_set(struct syntax_error *e, enum error_kind kind, int line, int offset, int end_line,
               int end_offset, const char *format, va_list list) {
    if (e->kind != ERROR_NONE)
        return false;
    *e = (struct syntax_error){.kind = kind,
                               .line = line,
                               .offset = offset,
                               .end_line = end_line,
                               .end_offset = end_offset};
    vsnprintf(e->message, sizeof e->message, format, list);
    return false;
}

static bool set(struct syntax_error *e, int line, int offset, int end_line, int end_offset,
                const char *format, ...) {
    va_list list;
    va_start(list, format);
    error_set(e, ERROR_SYNTAX, line, offset, end_line, end_offset, format, list);
    va_end(list);
    return false;
}

bool error_refuse(struct syntax_error *e, enum refusal what, int line, int offset, int end_line,
                  int end_offset) {
    static const char *const texts[] = {
#define X(name, text) text,
        REFUSALS(X)
#undef X
    };
    return set(e, line, offset, end_line, end_offset, "adder: %s not part of the subset",
               texts[what]);
}

int count_characters(const char *text, long bytes) {
    int n = 0;
    for (long i = 0; i < bytes && text[i]; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

const char *text_line(const char *text, int line) {
    while (line > 1 && (text = strchr(text, '\n'))) {
        text++;
        line--;
    }
    return text ? text : "";
}

struct sink {
    char *at;
    size_t room, used;
};

static void put(struct sink *s, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++, s->used++)
        if (s->used + 1 < s->room)
            s->at[s->used] = text[i];
}

static void put_text(struct sink *s, const char *text) {
    put(s, text, strlen(text));
}

/* Carets are counted from the first character that is no blank. */
static void put_source(struct sink *s, const struct syntax_error *e) {
    const char *line = e->text;
    size_t size = strcspn(line, "\n");
    int whole = (int)size, offset = e->offset - 1, end = e->end_offset - 1;
    int blanks = (int)strspn(line, " \t\f");
    if (e->end_line > e->line)
        end = whole;
    else if (e->end_offset < 1 || end <= offset || e->kind == ERROR_INDENTATION)
        end = offset + 1;
    if (offset > whole)
        end += whole - offset, offset = whole;
    put_text(s, "    ");
    put(s, line + blanks, size - (size_t)blanks);
    put_text(s, "\n");
    offset -= blanks;
    end -= blanks;
    if (offset < 0)
        return;
    put_text(s, "    ");
    for (int i = 0; i < offset; i++)
        put_text(s, " ");
    put_text(s, "^");
    for (int i = offset + 1; i < end; i++)
        put_text(s, "^");
    put_text(s, "\n");
}

int error_format(const struct syntax_error *e, const char *filename, char *buffer, size_t room) {
    static const char *const names[] = {"",         "SyntaxError", "IndentationError",
                                        "TabError", "MemoryError", "RecursionError"};
    struct sink s = {buffer, room, 0};
    char head[32];
    if (e->kind < ERROR_MEMORY) {
        snprintf(head, sizeof head, "\", line %d\n", e->line);
        put_text(&s, "  File \"");
        put_text(&s, filename);
        put_text(&s, head);
        put_source(&s, e);
    }
    put_text(&s, names[e->kind]);
    if (*e->message) {
        put_text(&s, ": ");
        put_text(&s, e->message);
    }
    put_text(&s, "\n");
    if (room > 0)
        buffer[s.used < room ? s.used : room - 1] = 0;
    return (int)s.used;
}
