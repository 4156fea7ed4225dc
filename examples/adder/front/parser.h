/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the files of the parser share. Functions return NULL with SyntaxError.
 */
#ifndef ADDER_FRONT_PARSER_H
#define ADDER_FRONT_PARSER_H

#include "front/lexer.h"

struct parser {
    struct lexer lexer;
    struct arena *arena;
    struct token token, next; /* the one to be looked at, and the one behind it */
    struct token last;        /* the one before */
    const char *text;
    ref filename;
    bool in_target; /* "in" ends an expression: the target of a for */
    int depth;
};

bool advance(struct parser *p);
bool is_op(const struct parser *p, const char *text);
bool is_word(const struct parser *p, const char *text);
bool accept_op(struct parser *p, const char *text); /* false too if the lexer failed */
bool accept_word(struct parser *p, const char *text);
bool expect_op(struct parser *p, const char *text);
bool is_keyword(const struct token *t);
ref token_name(struct parser *p, const struct token *t);

struct node *node_at(struct parser *p, enum node_kind kind, const struct token *begin);
struct node *node_from(struct parser *p, enum node_kind kind, const struct node *begin);
struct node *node_end(struct parser *p, struct node *n); /* it ends with the last token */
void nodes_add(struct parser *p, struct nodes *list, struct node *n);
void *fail_at(struct parser *p, const struct token *t, const char *message);
void *fail_node(struct parser *p, const struct node *n, const char *format, ...);
void *fail_syntax(struct parser *p);

struct node *parse_expression(struct parser *p);      /* one, no commas */
struct node *parse_named(struct parser *p);           /* with := */
struct node *parse_star_expressions(struct parser *p); /* with commas and stars: a TUPLE */
struct node *parse_target_list(struct parser *p);     /* of for and del */
struct node *parse_strings(struct parser *p);
struct node *parse_yield(struct parser *p);
struct parameters *parse_parameters(struct parser *p, const char *end, bool annotated);
bool parse_arguments(struct parser *p, struct nodes *positional, struct nodes *keywords);
struct node *parse_part(struct parser *p, const char *text, size_t size, int line, int column);
bool check_target(struct parser *p, struct node *n, const char *verb);
struct node *parse_statements(struct parser *p, bool interactive);

bool scopes_build(struct arena *arena, struct node *module, const char *text, ref filename);
struct scope **arena_scopes(struct arena *arena);

#endif
