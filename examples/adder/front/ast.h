/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The tree of a program: what the parser makes and the compiler reads.
 *
 * One struct serves every kind; the list below says what its fields mean for each.
 * Trees stand in an arena and end with it; the strings and numbers in them are objects
 * of the heap, which the arena holds.
 */
#ifndef ADDER_FRONT_AST_H
#define ADDER_FRONT_AST_H

#include "object/function.h"

/* a, b, c: children or NULL; list...: rows of children; value, value2: refs or NULL. */
/* clang-format off */
#define NODE_KINDS(X)                                                                              \
    X(CONSTANT)    /* value */                                                                     \
    X(NAME)        /* value */                                                                     \
    X(ATTRIBUTE)   /* a.value */                                                                   \
    X(SUBSCRIPT)   /* a[b] */                                                                      \
    X(SLICE)       /* a:b:c */                                                                     \
    X(CALL)        /* a(list, list2): arguments, STARRED among them; KEYWORD */                    \
    X(KEYWORD)     /* value=a, or **a */                                                           \
    X(BINARY)      /* a op b: enum binary */                                                       \
    X(UNARY)       /* op a: enum unary; OP_NOT */                                                  \
    X(BOOLEAN)     /* list joined by and (op 0) or or (op 1) */                                    \
    X(COMPARE)     /* a ops[0] list[0] ops[1] list[1] ...: enum compare, OP_IN ... */              \
    X(CONDITIONAL) /* b if a else c */                                                             \
    X(LAMBDA)      /* parameters: a */                                                             \
    X(LIST)                                                                                        \
    X(TUPLE)                                                                                       \
    X(SET)                                        /* list */                                       \
        X(DICT)                                   /* list: keys, NULL for **; list2: values */     \
        X(LIST_COMP) X(SET_COMP) X(GENERATOR_EXP) /* a for list: FOR_CLAUSE */                     \
        X(DICT_COMP)                              /* a: b for list */                              \
        X(FOR_CLAUSE)                             /* for a in b, if each of list */                \
        X(STARRED)                                /* *a */                                         \
        X(YIELD)                                  /* a */                                          \
        X(YIELD_FROM)                             /* a */                                          \
        X(NAMED)                                  /* value := a */                                 \
        X(FSTRING)                                /* list of CONSTANT and FORMATTED */             \
        X(FORMATTED)                           /* {a!op:b}: op a character or 0, b an FSTRING */   \
        X(EXPRESSION)                          /* a, as a statement */                             \
        X(ASSIGN)                              /* list (targets) = a */                            \
        X(AUGMENT)                             /* a op= b */                                       \
        X(ANNOTATE)                            /* a: b = c */                                      \
        X(RETURN)                              /* a */                                             \
        X(RAISE)                               /* a from b */                                      \
        X(GLOBAL) X(NONLOCAL)                  /* list of NAME */                                  \
        X(PASS) X(BREAK) X(CONTINUE) X(DELETE) /* list */                                          \
        X(ASSERT)                              /* a, b */                                          \
        X(IF)                                  /* a: list, else list2 */                           \
        X(WHILE)                               /* a: list, else list2 */                           \
        X(FOR)                                 /* a in b: list, else list2 */                      \
        X(TRY)         /* list, except list2 (HANDLER), else list3, finally list4 */               \
        X(HANDLER)     /* except a as value: list */                                               \
        X(WITH)        /* list (ITEM): list2 */                                                    \
        X(ITEM)        /* a as b */                                                                \
        X(FUNCTION)    /* @list2 def value(parameters) -> a: list */                               \
        X(CLASS)       /* @list2 class value(list3, list4: KEYWORD): list */                       \
        X(IMPORT)      /* list of ALIAS */                                                         \
        X(IMPORT_FROM) /* from value import list of ALIAS; none: star. op: leading dots */         \
        X(ALIAS)       /* value as value2 */                                                       \
        X(PARAMETER)   /* value = a, annotated b */                                                \
        X(MODULE)      /* list */
/* clang-format on */

enum node_kind {
#define X(n) N_##n,
    NODE_KINDS(X)
#undef X
};

enum { OP_NOT = OP_UNARY_COUNT };
enum { OP_IN = OP_GE + 1, OP_NOT_IN, OP_IS, OP_IS_NOT };

struct node;

struct nodes {
    struct node **at;
    size_t count;
};

/* Positional-only, positional, *args, keyword-only, **kwargs. */
struct parameters {
    struct nodes positional; /* the first positional_only ones are only that */
    size_t positional_only;
    struct nodes keyword_only;
    struct node *args, *kwargs; /* PARAMETER or NULL */
};

struct scope;

struct node {
    uint8_t kind;
    uint8_t op;
    bool parenthesised;
    int line, column, end_line, end_column; /* lines from 1; columns from 0, in bytes */
    ref value, value2;
    struct node *a, *b, *c;
    struct nodes list, list2, list3, list4;
    unsigned char *ops;
    struct parameters *parameters;
    struct scope *scope; /* of a module, function, class, lambda, comprehension */
};

/* --- scopes --- */

enum scope_kind { SCOPE_MODULE, SCOPE_FUNCTION, SCOPE_CLASS };

enum symbol_flags {
    SYMBOL_ASSIGNED = 1,
    SYMBOL_PARAMETER = 2,
    SYMBOL_GLOBAL = 4,   /* declared so, or found nowhere else */
    SYMBOL_NONLOCAL = 8, /* declared so */
    SYMBOL_USED = 16,
    SYMBOL_LOCAL = 32,      /* a variable of this scope */
    SYMBOL_CELL = 64,       /* a variable of this scope that an inner one uses */
    SYMBOL_FREE = 128,      /* a variable of an outer function */
    SYMBOL_ANNOTATED = 256, /* the last two are of use to scope.c only */
    SYMBOL_ITERATION = 512
};

struct symbol {
    ref name; /* interned */
    unsigned flags;
    struct node *declared; /* the global or nonlocal statement, if there is one */
};

struct scope {
    enum scope_kind kind;
    struct scope *parent;
    struct node *node;
    struct symbol *symbols; /* in the order of appearance, parameters first */
    size_t count, room;
    bool is_generator, is_comprehension;
    bool has_walrus;    /* an assignment inside an expression */
    bool needs_class;   /* a method uses super() or __class__: the class keeps a cell */
    struct scope *next; /* from the module's on, in the order of the text */
};

/* The symbol of a name, or NULL. */
struct symbol *scope_find(struct scope *scope, ref name);

/* --- the arena and the parser --- */

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size);
ref arena_hold(struct arena *arena, ref owned); /* until the arena ends */

/*
 * Parses a program of UTF-8 text, ended by a NUL, and finds its scopes. Returns a
 * MODULE, or NULL with SyntaxError (or MemoryError). interactive: one statement of a
 * prompt; *incomplete then says that more lines could make it whole.
 */
struct node *parse(struct arena *arena, const char *text, ref filename, bool interactive,
                   bool *incomplete);

/* Raises SyntaxError at a place of the text. */
void *syntax_error(const char *text, ref filename, int line, int column, int end_line,
                   int end_column, struct cls *cls, const char *format, ...);

#endif
