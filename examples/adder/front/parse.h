/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The front end's steps, for programs that want them one by one; parse() of ast.h is all of
 * them. Each fails with *error set.
 */
#ifndef ADDER_FRONT_PARSE_H
#define ADDER_FRONT_PARSE_H

#include "front/ast.h"
#include "front/error.h"

enum parse_mode { PARSE_FILE, PARSE_INTERACTIVE, PARSE_EVAL };

/*
 * The tree of a text: a MODULE; of PARSE_EVAL, with one EXPRESSION. *incomplete (may be NULL)
 * says of PARSE_INTERACTIVE that more lines could make it whole: the text ends in a bracket,
 * a string, a joined line, or a block that no empty line has ended.
 */
struct node *parse_text(struct arena *arena, const char *text, size_t size, enum parse_mode mode,
                        struct syntax_error *error, bool *incomplete);

/* Finds the scopes of a tree, and what its names are. */
bool scopes_build(struct arena *arena, struct node *module, struct syntax_error *error);

/* What CPython's compiler refuses in a tree: return outside a function and the like. */
bool tree_check(struct arena *arena, struct node *module, struct syntax_error *error);

/* Trees nest at most this deep: "maximum recursion depth exceeded during compilation". */
enum { TREE_DEPTH_MAX = 2990 };
bool error_at(struct syntax_error *error, const struct node *n, const char *format, ...);
bool error_too_deep(struct syntax_error *error);

#endif
