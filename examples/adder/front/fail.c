/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The parser's errors. Inside an f-string the text of the expression is what they quote,
 * in brackets, and "f-string: " begins the message.
 */
#include <stdio.h>
#include <string.h>

#include "front/peg.h"

const char *describe(const struct node *n) {
    static const char *const names[] = {
        [N_ATTRIBUTE] = "attribute",
        [N_SUBSCRIPT] = "subscript",
        [N_STARRED] = "starred",
        [N_NAME] = "name",
        [N_LIST] = "list",
        [N_TUPLE] = "tuple",
        [N_LAMBDA] = "lambda",
        [N_CALL] = "function call",
        [N_BOOLEAN] = "expression",
        [N_BINARY] = "expression",
        [N_UNARY] = "expression",
        [N_GENERATOR_EXP] = "generator expression",
        [N_YIELD] = "yield expression",
        [N_YIELD_FROM] = "yield expression",
        [N_LIST_COMP] = "list comprehension",
        [N_SET_COMP] = "set comprehension",
        [N_DICT_COMP] = "dict comprehension",
        [N_DICT] = "dict literal",
        [N_SET] = "set display",
        [N_FSTRING] = "f-string expression",
        [N_FORMATTED] = "f-string expression",
        [N_COMPARE] = "comparison",
        [N_CONDITIONAL] = "conditional expression",
        [N_NAMED] = "named expression",
    };
    if (n->kind == N_CONSTANT)
        return n->value == TRUE       ? "True"
               : n->value == FALSE    ? "False"
               : n->value == NONE     ? "None"
               : n->value == ELLIPSIS ? "ellipsis"
                                      : "literal";
    return n->kind < sizeof names / sizeof *names && names[n->kind] ? names[n->kind] : "expression";
}

/* A column, as an offset from 1; 0 for none. Of a script CPython counts bytes here. */
static int offset_of(struct parser *p, int column) {
    return column < 0 ? 0 : column - (p->part ? p->part_column : 0) + 1;
}

static void *set(struct parser *p, enum error_kind kind, int line, int offset, int end_line,
                 int end_offset, const char *format, va_list list) {
    char message[sizeof p->error->message];
    const char *prefix = p->part ? "f-string: " : "";
    size_t size = strlen(prefix);
    if (p->error->kind)
        return NULL;
    memcpy(message, prefix, size + 1);
    vsnprintf(message + size, sizeof message - size, format, list);
    *p->error = (struct syntax_error){.kind = kind,
                                      .line = line,
                                      .offset = offset,
                                      .end_line = end_line,
                                      .end_offset = end_offset};
    memcpy(p->error->message, message, sizeof message);
    if (p->part)
        p->error->text = text_line(p->text, line - p->part_line + 1);
    return NULL;
}

void *fail_bytes(struct parser *p, int line, int column, int end_line, int end_column,
                 const char *format, ...) {
    va_list list;
    va_start(list, format);
    set(p, ERROR_SYNTAX, line, offset_of(p, column), end_line, offset_of(p, end_column), format,
        list);
    va_end(list);
    return NULL;
}

void *fail_place(struct parser *p, const struct node *from, const struct node *to,
                 const char *format, ...) {
    va_list list;
    va_start(list, format);
    set(p, ERROR_SYNTAX, from->line, offset_of(p, from->column), to->end_line,
        offset_of(p, to->end_column), format, list);
    va_end(list);
    return NULL;
}

/* At the last token read; one without a place stands where the lexer does. */
static void *set_last(struct parser *p, enum error_kind kind, const char *format, va_list list) {
    const struct token *t = p->count ? p->tokens[p->count - 1] : NULL;
    if (!t)
        return set(p, kind, 1, 0, 1, -1, format, list);
    if (t->column < 0)
        return set(p, kind, t->line,
                   count_characters(p->lexer.line_start, p->lexer.p - p->lexer.line_start),
                   t->end_line, -1, format, list);
    return set(p, kind, t->line, offset_of(p, t->column), t->end_line, offset_of(p, t->end_column),
               format, list);
}

void *fail_last(struct parser *p, enum error_kind kind, const char *format, ...) {
    va_list list;
    va_start(list, format);
    set_last(p, kind, format, list);
    va_end(list);
    return NULL;
}

void *fail_refuse(struct parser *p, enum refusal what, const struct node *place) {
    error_refuse(p->error, what, place->line, offset_of(p, place->column), place->end_line,
                 offset_of(p, place->end_column));
    return NULL;
}

/* The action's message: %e the kind of the expression, %t a token's name, %l its line. */
static void expand(const char *message, const struct node *n, char *out, size_t room) {
    const char *mark = strchr(message, '%');
    if (!mark || !n) {
        snprintf(out, room, "%s", message);
        return;
    }
    char line[16];
    snprintf(line, sizeof line, "%d", n->line);
    const char *text = mark[1] == 'e'   ? describe(n)
                       : mark[1] == 't' ? value_string(n->value)
                                        : line;
    snprintf(out, room, "%.*s%s%s", (int)(mark - message), message, text, mark + 2);
}

void *fail_action(struct parser *p, const struct action *action, void **fields) {
    char message[256];
    const struct node *from = action->from ? fields[action->from] : NULL;
    const struct node *to = action->to && action->to != F_X ? fields[action->to] : NULL;
    expand(action->message, from, message, sizeof message);
    if (action->indentation || !from)
        return fail_last(p, action->indentation ? ERROR_INDENTATION : ERROR_SYNTAX, "%s", message);
    if (to)
        return fail_place(p, from, to, "%s", message);
    return fail_bytes(p, from->line, from->column, p->lexer.line,
                      (int)(p->lexer.p - p->lexer.line_start) - 1, "%s", message);
}

/* No rule knows better. False: nor will the lexer. */
bool fail_generic(struct parser *p, const struct token *last) {
    if (last->kind == T_INDENT)
        fail_last(p, ERROR_INDENTATION, "unexpected indent");
    else if (last->kind == T_DEDENT)
        fail_last(p, ERROR_INDENTATION, "unexpected unindent");
    else
        return fail_bytes(p, last->line, last->column, last->end_line, last->end_column,
                          "invalid syntax") == NULL;
    return false;
}
