/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What is wrong with a program, and where: what SyntaxError's attributes will say.
 */
#ifndef ADDER_FRONT_ERROR_H
#define ADDER_FRONT_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "front/refuse.h"

enum error_kind {
    ERROR_NONE,
    ERROR_SYNTAX,
    ERROR_INDENTATION,
    ERROR_TAB,
    ERROR_MEMORY,
    ERROR_RECURSION
};

struct syntax_error {
    enum error_kind kind;
    int line, offset;         /* from 1, offset in characters; 0: no caret */
    int end_line, end_offset; /* -1: the end is unknown; one caret */
    const char *text;         /* the line, ended by its newline or a NUL; NULL: from the source */
    char message[400];
};

/* Sets the first error only; false, for the caller to return. Offsets as in the struct. */
bool error_set(struct syntax_error *e, enum error_kind kind, int line, int offset, int end_line,
               int end_offset, const char *format, va_list list);

bool error_refuse(struct syntax_error *e, enum refusal what, int line, int offset, int end_line,
                  int end_offset);

/* The characters in the first `bytes` bytes of UTF-8. */
int count_characters(const char *text, long bytes);

/* Line `line` of a text, and the same as characters of a byte column of it. */
const char *text_line(const char *text, int line);

/*
 * Writes the error as CPython prints it when nobody catches it:
 *   File "x.py", line 1 / the source / carets / SyntaxError: the message
 * Returns the length, as snprintf does.
 */
int error_format(const struct syntax_error *e, const char *filename, char *buffer, size_t room);

#endif
