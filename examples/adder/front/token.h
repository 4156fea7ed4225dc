/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Tokens of a program, and the lexer that finds them.
 */
#ifndef ADDER_FRONT_TOKEN_H
#define ADDER_FRONT_TOKEN_H

#include "front/ast.h"
#include "front/error.h"

enum token_kind { T_END, T_NEWLINE, T_INDENT, T_DEDENT, T_NAME, T_NUMBER, T_STRING, T_OPERATOR };

struct memo;

struct token {
    uint8_t kind;
    bool integer;  /* a NUMBER without point or exponent */
    uint16_t word; /* which literal of the grammar it is, 0: none */
    int level;     /* how many brackets are open behind it */
    const char *text;
    size_t size;
    int line, column, end_line, end_column; /* bytes; -1: INDENT, DEDENT, END have none */
    struct memo *memo;                      /* what rules gave here */
    struct node *node;                      /* of a literal, made when an action wants its place */
};

enum { INDENT_MAX = 100, LEVEL_MAX = 200 };

struct lexer {
    const char *text, *p, *end; /* the text ends with a newline and a NUL */
    const char *line_start;
    int line;
    int first_line, first_column; /* of a part of an f-string: where it stands */
    int indents[INDENT_MAX], alternates[INDENT_MAX], indent, pending;
    struct {
        char open;
        int line, column;
    } brackets[LEVEL_MAX];
    int level;
    bool at_line_start;
    bool at_end; /* the text ended inside a bracket, a string or a joined line */
    bool mild;   /* the error gives way to the parser's: of indentation, joined lines, the end */
    bool failed; /* a token could not be made: no further ones */
    struct syntax_error *error;
};

void lexer_start(struct lexer *l, const char *text, size_t size, struct syntax_error *error);

/* The next token. False: l->error says why. */
bool lexer_next(struct lexer *l, struct token *t);

/* "'(' was never closed", for the innermost bracket that is open. */
bool lexer_unclosed(struct lexer *l);

/* Names and numbers, for lexer.c. */
bool lexer_number(struct lexer *l, struct token *t);
bool lexer_name(struct lexer *l, struct token *t);
bool lexer_fail(struct lexer *l, const char *format, ...);

#endif
