/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A parser driven by a table: the grammar of grammar.c, read once into rules, and the
 * machine that follows them over the tokens.
 */
#ifndef ADDER_FRONT_PEG_H
#define ADDER_FRONT_PEG_H

#include "front/token.h"
#include "front/value.h"

/* The parts of a node that an item of an alternative can fill. */
enum field {
    F_NONE,
    F_IT, /* the result itself */
    F_X,  /* for an action's use */
    F_A,
    F_B,
    F_C,
    F_VALUE,
    F_VALUE2,
    F_LIST,
    F_LIST2,
    F_LIST3,
    F_LIST4,
    F_OP,
    F_PARAMETERS,
    F_COUNT
};

enum item_kind {
    I_TOKEN,    /* a: the token's kind */
    I_LITERAL,  /* a: the word */
    I_SOFT,     /* a: the word, read as a name */
    I_RULE,     /* a: the rule */
    I_OPTIONAL, /* a: the item */
    I_STAR,
    I_PLUS,
    I_GATHER, /* a: the item, b: what separates */
    I_AHEAD,
    I_NOT_AHEAD,
    I_FORCE,
    I_CUT
};

struct item {
    uint8_t kind, field;
    uint16_t a, b;
};

struct parser;
typedef void *(*builder)(struct parser *p, void **fields);

enum action_kind { A_DEFAULT, A_NODE, A_CALL, A_ERROR, A_REFUSE };

struct action {
    uint8_t kind, op;
    uint8_t from, to; /* fields of an error's place; F_X: where the lexer is */
    bool indentation;
    uint16_t what; /* node kind, or refusal; of A_DEFAULT: whether there is an `it` */
    builder call;
    const char *message;
};

struct alternative {
    uint16_t first, count; /* items */
    struct action action;
};

struct rule {
    const char *name;
    uint16_t first, count; /* alternatives */
    bool memo, left;
    bool error; /* an invalid_ rule */
    bool quiet; /* one of correct programs, in the second pass too */
};

struct grammar {
    struct rule *rules;
    struct alternative *alternatives;
    struct item *items;
    char **words; /* literals, from 1; those that are names are keywords */
    uint16_t rule_count, alternative_count, item_count, word_count;
};

/* The rules, read at the first call; any thread. */
const struct grammar *grammar_get(void);

/* The literal of the grammar that a token is, 0: none. */
uint16_t grammar_word(const char *text, size_t size);

extern const char *const grammar_text[];
extern const struct builder_name {
    const char *name;
    builder call;
} builders[];

/* --- the machine --- */

struct parser {
    struct lexer lexer;
    struct arena *arena;
    const struct grammar *grammar;
    struct syntax_error *error;
    const char *text; /* what errors quote */
    struct token **tokens;
    size_t count, room, mark, start; /* start: the first token of what is being made */
    int depth;
    bool errors_too;            /* the second pass */
    bool part;                  /* an expression of an f-string */
    int part_line, part_column; /* where its first line stands */
};

/* MAXSTACK of CPython's parser. */
enum { PARSER_DEPTH_MAX = 6000 };

/* What a rule of this name gives for the text; NULL with p->error. */
void *parser_run(struct parser *p, const char *rule);

struct token *parser_token(struct parser *p, size_t at);
struct node *parser_node(struct parser *p, enum node_kind kind); /* of the tokens read */
void nodes_add(struct arena *arena, struct nodes *list, void *n);

/* Errors: NULL, for the caller to return. Columns in bytes, from 0. */
void *fail_last(struct parser *p, enum error_kind kind, const char *format, ...);
void *fail_place(struct parser *p, const struct node *from, const struct node *to,
                 const char *format, ...);
void *fail_bytes(struct parser *p, int line, int column, int end_line, int end_column,
                 const char *format, ...);
void *fail_refuse(struct parser *p, enum refusal what, const struct node *place);
void *fail_action(struct parser *p, const struct action *action, void **fields);
bool fail_generic(struct parser *p, const struct token *last);
const char *describe(const struct node *n);

struct node *parse_strings(struct parser *p, struct nodes *tokens);
struct node *parse_formatted(struct parser *p, const struct token *t, const char *from,
                             const char *to, const char *open);

#endif
