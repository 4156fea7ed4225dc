/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Tokens of a program.
 */
#ifndef ADDER_FRONT_LEXER_H
#define ADDER_FRONT_LEXER_H

#include "front/ast.h"

enum token_kind {
    T_END,
    T_NEWLINE,
    T_INDENT,
    T_DEDENT,
    T_NAME,
    T_NUMBER,
    T_STRING,
    T_OPERATOR
};

struct token {
    enum token_kind kind;
    const char *text;
    size_t size;
    int line, column, end_line, end_column;
};

struct lexer {
    const char *text, *p, *line_start;
    ref filename;
    int line;
    int indents[100], indent_count, pending; /* dedents to give, or -1: an indent */
    struct {
        char open;
        int line, column;
    } brackets[200];
    int depth;
    bool at_line_start, incomplete, interactive, open_block;
};

void lexer_start(struct lexer *l, const char *text, ref filename);

/* The next token. False: SyntaxError waits. */
bool lexer_next(struct lexer *l, struct token *t);

#endif
