/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The parser's floor: the arena, tokens, nodes, errors with their place.
 */
#include "front/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* --- the arena --- */

struct arena {
    struct piece {
        struct piece *next;
        size_t used, room;
        _Alignas(16) char bytes[];
    } *pieces;
    ref *held;
    size_t held_count, held_room;
    struct scope *scopes;
};

struct arena *arena_new(void) {
    return calloc(1, sizeof(struct arena));
}

void *arena_alloc(struct arena *arena, size_t size) {
    size = (size + 15) & ~(size_t)15;
    struct piece *piece = arena->pieces;
    if (!piece || piece->used + size > piece->room) {
        size_t room = size > 65536 ? size : 65536;
        piece = calloc(1, sizeof *piece + room);
        if (!piece) {
            fputs("adder: no memory for the parser\n", stderr);
            exit(1);
        }
        piece->room = room;
        piece->next = arena->pieces;
        arena->pieces = piece;
    }
    void *block = piece->bytes + piece->used;
    piece->used += size;
    return block;
}

ref arena_hold(struct arena *arena, ref owned) {
    if (arena->held_count == arena->held_room) {
        arena->held_room = arena->held_room ? 2 * arena->held_room : 64;
        arena->held = realloc(arena->held, arena->held_room * sizeof(ref));
        if (!arena->held)
            abort();
    }
    return arena->held[arena->held_count++] = owned;
}

void arena_free(struct arena *arena) {
    for (size_t i = 0; i < arena->held_count; i++)
        drop(arena->held[i]);
    for (struct scope *s = arena->scopes; s; s = s->next)
        free(s->symbols);
    free(arena->held);
    for (struct piece *p = arena->pieces, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    free(arena);
}

struct scope **arena_scopes(struct arena *arena) {
    return &arena->scopes;
}

/* --- errors --- */

/* SyntaxError carries its place as CPython's: columns from 1, in characters. */
void *syntax_error(const char *text, ref filename, int line, int column, int end_line,
                   int end_column, struct cls *cls, const char *format, ...) {
    va_list list;
    va_start(list, format);
    ref message = str_vformat(format, list);
    va_end(list);
    if (!message)
        return NULL;
    const char *p = text;
    for (int i = 1; i < line && p; i++)
        p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL;
    size_t size = p ? strcspn(p, "\n") : 0;
    ref source = str_new(p ? p : "", size);
    ref place = tuple_pack(6, filename, int_small(line), int_small(column + 1), source,
                           int_small(end_line), int_small(end_column + 1));
    ref args = tuple_pack(2, message, place), e = exception_new(cls, args);
    ref dict = object_dict(e);
    static const char *const names[] = {"filename", "lineno", "offset", "text", "end_lineno",
                                        "end_offset"};
    for (size_t i = 0; i < 6; i++)
        dict_set(dict, str_intern(names[i]), tuple_items(place)[i]);
    dict_set(dict, str_intern("msg"), message);
    drop(dict);
    drop(message);
    drop(source);
    drop(place);
    drop(args);
    return raise_owned(e);
}

void *fail_at(struct parser *p, const struct token *t, const char *message) {
    if (self.error)
        return NULL;
    return syntax_error(p->text, p->filename, t->line, t->column, t->end_line, t->end_column,
                        t->kind == T_INDENT || t->kind == T_DEDENT ? IndentationError : SyntaxError,
                        "%s", message);
}

void *fail_node(struct parser *p, const struct node *n, const char *format, ...) {
    char message[256];
    va_list list;
    if (self.error)
        return NULL;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    return syntax_error(p->text, p->filename, n->line, n->column, n->end_line, n->end_column,
                        SyntaxError, "%s", message);
}

void *fail_syntax(struct parser *p) {
    if (p->token.kind == T_END || (p->token.kind == T_DEDENT && p->next.kind == T_END))
        p->lexer.incomplete = true;
    return fail_at(p, &p->token,
                   p->token.kind == T_INDENT   ? "unexpected indent"
                   : p->token.kind == T_DEDENT ? "unexpected dedent"
                                               : "invalid syntax");
}

/* --- tokens --- */

bool advance(struct parser *p) {
    p->last = p->token;
    p->token = p->next;
    return !self.error && lexer_next(&p->lexer, &p->next);
}

static bool is_text(const struct token *t, const char *text) {
    return t->size == strlen(text) && memcmp(t->text, text, t->size) == 0;
}

bool is_op(const struct parser *p, const char *text) {
    return p->token.kind == T_OPERATOR && is_text(&p->token, text);
}

bool is_word(const struct parser *p, const char *text) {
    return p->token.kind == T_NAME && is_text(&p->token, text);
}

bool accept_op(struct parser *p, const char *text) {
    return is_op(p, text) && advance(p);
}

bool accept_word(struct parser *p, const char *text) {
    return is_word(p, text) && advance(p);
}

bool expect_op(struct parser *p, const char *text) {
    if (accept_op(p, text))
        return true;
    char message[32];
    snprintf(message, sizeof message, "expected '%s'", text);
    if (*text == ':')
        return fail_at(p, &p->token, message);
    return fail_syntax(p);
}

bool is_keyword(const struct token *t) {
    static const char *const words[] = {
        "False",  "None",   "True",  "and",    "as",       "assert", "async", "await",  "break",
        "class",  "continue", "def", "del",    "elif",     "else",   "except", "finally", "for",
        "from",   "global", "if",    "import", "in",       "is",     "lambda", "nonlocal", "not",
        "or",     "pass",   "raise", "return", "try",      "while",  "with",  "yield"};
    for (size_t i = 0; t->kind == T_NAME && i < sizeof words / sizeof *words; i++)
        if (is_text(t, words[i]))
            return true;
    return false;
}

ref token_name(struct parser *p, const struct token *t) {
    ref s = arena_hold(p->arena, str_new(t->text, t->size));
    return s ? str_intern_ref(s) : NULL;
}

/* --- nodes --- */

struct node *node_at(struct parser *p, enum node_kind kind, const struct token *begin) {
    struct node *n = arena_alloc(p->arena, sizeof *n);
    n->kind = (uint8_t)kind;
    n->line = begin->line;
    n->column = begin->column;
    n->end_line = begin->end_line;
    n->end_column = begin->end_column;
    return n;
}

struct node *node_from(struct parser *p, enum node_kind kind, const struct node *begin) {
    struct node *n = arena_alloc(p->arena, sizeof *n);
    n->kind = (uint8_t)kind;
    n->line = begin->line;
    n->column = begin->column;
    return node_end(p, n);
}

struct node *node_end(struct parser *p, struct node *n) {
    n->end_line = p->last.end_line;
    n->end_column = p->last.end_column;
    return self.error ? NULL : n;
}

/* The row's room is the power of two that holds it. */
void nodes_add(struct parser *p, struct nodes *list, struct node *n) {
    if ((list->count & (list->count - 1)) == 0) {
        size_t room = list->count ? 2 * list->count : 1;
        struct node **grown = arena_alloc(p->arena, room * sizeof *grown);
        if (list->count)
            memcpy(grown, list->at, list->count * sizeof *grown);
        list->at = grown;
    }
    list->at[list->count++] = n;
}

/* --- the whole --- */

static bool start(struct parser *p, struct arena *arena, const char *text, ref filename) {
    *p = (struct parser){.arena = arena, .text = text, .filename = filename};
    lexer_start(&p->lexer, text, filename);
    return lexer_next(&p->lexer, &p->token) && lexer_next(&p->lexer, &p->next);
}

struct node *parse(struct arena *arena, const char *text, ref filename, bool interactive,
                   bool *incomplete) {
    struct parser p;
    struct node *module = start(&p, arena, text, filename) ? parse_statements(&p, interactive) : NULL;
    if (incomplete)
        *incomplete = p.lexer.incomplete;
    if (!module || !scopes_build(arena, module, text, filename))
        return NULL;
    return module;
}

/* An expression inside an f-string: parsed as a text of its own, placed where it is. */
struct node *parse_part(struct parser *outer, const char *text, size_t size, int line, int column) {
    struct parser p;
    char *copy = arena_alloc(outer->arena, size + 3);
    copy[0] = '(';
    memcpy(copy + 1, text, size);
    copy[size + 1] = ')';
    *(&p) = (struct parser){.arena = outer->arena, .text = outer->text, .filename = outer->filename};
    lexer_start(&p.lexer, copy, outer->filename);
    p.lexer.text = outer->text;
    p.lexer.line = line;
    p.lexer.line_start = copy - column + 1;
    if (!lexer_next(&p.lexer, &p.token) || !lexer_next(&p.lexer, &p.next) || !advance(&p))
        return NULL;
    struct node *n = is_word(&p, "yield") ? parse_yield(&p) : parse_star_expressions(&p);
    if (n && !is_op(&p, ")"))
        return fail_at(&p, &p.token, "f-string: invalid syntax");
    return n;
}
