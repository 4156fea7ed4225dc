/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The front end's values as objects of the heap, and its errors as exceptions.
 */
#include "front/value.h"

#include <stdlib.h>

#include "front/error.h"
#include "object/builtin.h"
#include "object/error.h"
#include "object/names.h"

static ref hold(struct arena *arena, ref owned) {
    return owned ? arena_hold(arena, owned) : NULL;
}

ref value_name(struct arena *arena, const char *text, size_t size) {
    ref s = hold(arena, str_new(text, size));
    return s ? str_intern_ref(s) : NULL;
}

ref value_text(struct arena *arena, const char *text, size_t size) {
    return hold(arena, str_new(text, size));
}

ref value_bytes(struct arena *arena, const char *data, size_t size) {
    return hold(arena, bytes_new(data, size));
}

ref value_integer(struct arena *arena, const char *digits, size_t size, int base) {
    return hold(arena, int_parse(digits, size, base));
}

ref value_float(struct arena *arena, const char *text, size_t size) {
    return hold(arena, float_parse(text, size));
}

ref value_negative(struct arena *arena, ref number) {
    if (is_bool(number) || !(int_is(number) || float_is(number)))
        return NULL;
    return hold(arena, unary(number, OP_NEG));
}

const char *value_string(ref name) {
    return str_c(name);
}

void value_drop(ref value) {
    drop(value);
}

/* --- errors --- */

static ref number_or_none(int n) {
    return n < 0 ? NONE : int_small(n);
}

/* filename, lineno, offset, text, end_lineno, end_offset, and msg. */
static void set_place(ref exception, ref place, ref message) {
    static const char *const names[] = {"filename", "lineno",     "offset",
                                        "text",     "end_lineno", "end_offset"};
    ref dict = object_dict(exception);
    for (size_t i = 0; dict && i < 6; i++)
        dict_set(dict, str_intern(names[i]), tuple_items(place)[i]);
    if (dict)
        dict_set(dict, str_intern("msg"), message);
    drop(dict);
}

static void raise_place(const struct syntax_error *error, struct cls *cls, ref filename) {
    const char *text = error->text ? error->text : "";
    const char *end = strchr(text, '\n');
    ref message = str_from(error->message);
    ref source = str_new(text, end ? (size_t)(end - text) + 1 : strlen(text));
    ref place = tuple_pack(6, filename, int_small(error->line), int_small(error->offset), source,
                           int_small(error->end_line), number_or_none(error->end_offset));
    ref args = tuple_pack(2, message, place);
    ref exception = exception_new(cls, args);
    if (exception) {
        set_place(exception, place, message);
        raise_owned(exception);
    }
    drop(message);
    drop(source);
    drop(place);
    drop(args);
}

void value_raise(const struct syntax_error *error, ref filename) {
    if (self.error)
        return;
    switch (error->kind) {
    case ERROR_MEMORY:
        raise_no_memory();
        break;
    case ERROR_RECURSION:
        raise_error(RecursionError, "%s", error->message);
        break;
    case ERROR_TAB:
        raise_place(error, TabError, filename);
        break;
    case ERROR_INDENTATION:
        raise_place(error, IndentationError, filename);
        break;
    default:
        raise_place(error, SyntaxError, filename);
    }
}

void *syntax_error(const char *text, ref filename, int line, int column, int end_line,
                   int end_column, struct cls *cls, const char *format, ...) {
    struct syntax_error error = {.kind = ERROR_NONE};
    va_list list;
    va_start(list, format);
    error_set(&error, cls == IndentationError ? ERROR_INDENTATION : ERROR_SYNTAX, line, column + 1,
              end_line, end_column + 1, format, list);
    va_end(list);
    error.text = text_line(text, line);
    value_raise(&error, filename);
    return NULL;
}
