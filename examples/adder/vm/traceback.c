/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Showing exceptions as CPython does: the frames from outer to inner, their lines with
 * carets under the part that failed, causes and contexts first.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/class.h"
#include "vm/run.h"
#include "vm/suggest.h"

/* The line of a source, without its end; NULL: there is none. */
static const char *source_line(const char *source, int line, size_t *size) {
    for (int i = 1; source && i < line; i++) {
        source = strchr(source, '\n');
        source = source ? source + 1 : NULL;
    }
    *size = source ? strcspn(source, "\n") : 0;
    return source && *source ? source : NULL;
}

static size_t characters(const char *s, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/* For an operator or a subscript CPython marks the operator with carets and the
 * operands with tildes. Finds where it stands, as CPython does: at the first character
 * behind the left operand that is no blank. */
static bool find_anchor(const struct place *p, const char *line, size_t *anchor, size_t *end) {
    size_t at = (size_t)p->anchor, last = (size_t)p->anchor_end;
    if (at == 0)
        return false;
    *anchor = at;
    *end = last;
    if (line[last - 1] == ']' && line[at] == '[')
        return true;
    while (at < last && isspace((unsigned char)line[at]))
        at++;
    *anchor = at;
    *end = at + 1 + (at + 1 < last && !isspace((unsigned char)line[at + 1]));
    return at < last;
}

static void put_carets(struct text *out, const struct code *code, int at, const char *line,
                       size_t size) {
    const struct place *p = &code->places[at];
    size_t lead = 0, from = (size_t)p->column;
    size_t to = p->end_line == p->line ? (size_t)p->end_column : size;
    while (lead < size && isspace((unsigned char)line[lead]))
        lead++;
    size_t last = size;
    while (last > lead && isspace((unsigned char)line[last - 1]))
        last--;
    to = to > last ? last : to;
    size_t anchor = from, anchor_end = to;
    bool anchored = find_anchor(p, line, &anchor, &anchor_end);
    if (from < lead || from >= to || (!anchored && from == lead && to >= last))
        return;
    text_put(out, "    ");
    for (size_t i = characters(line + lead, from - lead); i > 0; i--)
        text_char(out, ' ');
    for (size_t i = from; i < to; i++)
        if (((unsigned char)line[i] & 0xc0) != 0x80)
            text_char(out, !anchored || (i >= anchor && i < anchor_end) ? '^' : '~');
    text_char(out, '\n');
}

static void put_frame(struct text *out, const struct code *code, int at) {
    char buffer[64];
    size_t size, lead = 0;
    int line = code->places[at].line;
    const char *source = source_line(code->source, line, &size);
    text_put(out, "  File \"");
    text_str(out, code->filename);
    snprintf(buffer, sizeof buffer, "\", line %d, in ", line);
    text_put(out, buffer);
    text_str(out, code->name);
    text_char(out, '\n');
    if (!source)
        return;
    while (lead < size && isspace((unsigned char)source[lead]))
        lead++;
    size_t end = size;
    while (end > lead && isspace((unsigned char)source[end - 1]))
        end--;
    text_put(out, "    ");
    text_add(out, source + lead, end - lead);
    text_char(out, '\n');
    put_carets(out, code, at, source, size);
}

/* A frame that repeats is shown three times. */
static void put_frames(struct text *out, const struct traceback *t) {
    enum { SHOWN = 3 };
    const struct code *last = NULL;
    int last_line = -1, repeated = 0;
    char buffer[64];
    text_put(out, "Traceback (most recent call last):\n");
    for (; t; t = t->next) {
        const struct code *code = t->code;
        int line = code->places[t->at].line;
        bool same = code == last && line == last_line;
        if (!same && repeated > SHOWN) {
            snprintf(buffer, sizeof buffer, "  [Previous line repeated %d more time%s]\n",
                     repeated - SHOWN, repeated - SHOWN == 1 ? "" : "s");
            text_put(out, buffer);
        }
        repeated = same ? repeated + 1 : 1;
        last = code;
        last_line = line;
        if (repeated <= SHOWN)
            put_frame(out, code, t->at);
    }
    if (repeated > SHOWN) {
        snprintf(buffer, sizeof buffer, "  [Previous line repeated %d more time%s]\n",
                 repeated - SHOWN, repeated - SHOWN == 1 ? "" : "s");
        text_put(out, buffer);
    }
}

static ref attribute(ref v, const char *name) {
    ref r = get_attribute_or_null(v, str_intern(name));
    error_clear();
    return r;
}

/* The line, and carets from the offset to the end where that is known: an offset of 0
 * has none, IndentationError one. Columns count from 1. */
static void put_source(struct text *out, ref e, ref source, intptr_t offset, ref end,
                       bool ends_here) {
    const char *s = str_c(source);
    size_t size = str_size(source), lead = 0;
    while (size > 0 && strchr("\n\r", s[size - 1]))
        size--;
    while (lead < size && strchr(" \t\f", s[lead]))
        lead++;
    text_put(out, "    ");
    text_add(out, s + lead, size - lead);
    text_char(out, '\n');
    intptr_t length = (intptr_t)characters(s, size);
    intptr_t to = end && is_int(end) ? small_value(end) : -1;
    if (offset < 1 || offset <= (intptr_t)lead)
        return;
    if (!ends_here && to > 0)
        to = length + 1;
    if (is_instance(e, IndentationError) || to <= offset)
        to = offset + 1;
    offset = offset > length + 1 ? length + 1 : offset;
    to = to > length + 1 ? length + 1 : to;
    text_put(out, "    ");
    for (intptr_t i = (intptr_t)lead + 1; i < offset; i++)
        text_char(out, ' ');
    text_char(out, '^');
    for (intptr_t i = offset + 1; i < to; i++)
        text_char(out, '^');
    text_char(out, '\n');
}

/* SyntaxError: the line of the program with a caret. */
static ref put_syntax(struct text *out, ref e) {
    ref file = attribute(e, "filename"), line = attribute(e, "lineno");
    ref offset = attribute(e, "offset"), end = attribute(e, "end_offset");
    ref end_line = attribute(e, "end_lineno"), source = attribute(e, "text");
    if (file && line && is_int(line)) {
        ref where = str_format("  File \"%S\", line %S\n", file, line);
        text_str(out, where);
        drop(where);
    }
    if (source && str_is(source) && offset && is_int(offset))
        put_source(out, e, source, small_value(offset), end, end_line == line);
    drop(file);
    drop(line);
    drop(offset);
    drop(end);
    drop(end_line);
    drop(source);
    return attribute(e, "msg");
}

static void put_exception(struct text *out, ref e) {
    struct cls *cls = class_of(e);
    ref message = is_instance(e, SyntaxError) ? put_syntax(out, e) : NULL;
    message = message ? message : to_str(e);
    if (!str_is_text(cls->module, "builtins") && !str_is_text(cls->module, "__main__")) {
        text_str(out, cls->module);
        text_char(out, '.');
    }
    text_str(out, cls->qualname);
    if (!message) {
        error_clear();
        text_put(out, ": <exception str() failed>");
    } else if (str_size(message)) {
        text_put(out, ": ");
        text_str(out, message);
    }
    put_suggestion(out, e);
    text_char(out, '\n');
    drop(message);
    ref notes = attribute(e, "__notes__"), note;
    for (size_t i = 0; notes && list_is(notes) && (note = list_get(notes, i)); i++) {
        text_str(out, note);
        text_char(out, '\n');
        drop(note);
    }
    drop(notes);
}

static void put_chain(struct text *out, ref exception, int depth) {
    struct exception *e = exception;
    ref cause = slot_get(&e->cause);
    ref context = !cause && !e->suppress_context ? slot_get(&e->context) : NULL;
    if ((cause || context) && depth < 50) {
        put_chain(out, cause ? cause : context, depth + 1);
        text_put(out, cause ? "\nThe above exception was the direct cause of the following "
                              "exception:\n\n"
                            : "\nDuring handling of the above exception, another exception "
                              "occurred:\n\n");
    }
    drop(cause);
    drop(context);
    ref traceback = slot_get(&e->traceback);
    if (traceback)
        put_frames(out, traceback);
    drop(traceback);
    put_exception(out, exception);
}

ref traceback_text(ref exception) {
    struct text out = {0};
    ref waiting = error_take();
    put_chain(&out, exception, 0);
    error_clear();
    error_restore(waiting);
    return text_finish(&out);
}

void traceback_print(ref exception, bool chain) {
    (void)chain;
    limit_suspend();
    ref text = traceback_text(exception);
    limit_resume();
    fflush(stdout);
    if (text)
        fwrite(str_c(text), 1, str_size(text), stderr);
    fflush(stderr);
    drop(text);
}

void error_unraisable(const char *message, ref where) {
    ref e = error_take();
    if (!e)
        return;
    ref shown = where ? repr(where) : NULL;
    error_clear();
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", message ? message : "Exception ignored in",
            shown ? str_c(shown) : "<unknown>");
    traceback_print(e, true);
    drop(shown);
    drop(e);
}
