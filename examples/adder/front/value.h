/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the front end needs of values: it makes names and constants through these and never
 * looks inside, so that it stands on libc alone. value.c makes objects of the heap; a tool
 * may link others. Each result is held by the arena; NULL: there is no memory.
 */
#ifndef ADDER_FRONT_VALUE_H
#define ADDER_FRONT_VALUE_H

#include "front/ast.h"

ref value_name(struct arena *arena, const char *text, size_t size); /* one for equal names */
ref value_text(struct arena *arena, const char *text, size_t size);
ref value_bytes(struct arena *arena, const char *data, size_t size);
ref value_integer(struct arena *arena, const char *digits, size_t size, int base);
ref value_float(struct arena *arena, const char *text, size_t size);
ref value_negative(struct arena *arena, ref number); /* NULL: it is no number */
const char *value_string(ref name);                  /* a name's bytes, ended by a NUL */
void value_drop(ref value);                          /* the arena lets go */

struct syntax_error;
/* Makes the error an exception of the thread. */
void value_raise(const struct syntax_error *error, ref filename);

#endif
