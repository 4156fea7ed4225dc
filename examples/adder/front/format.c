/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * f-strings. CPython 3.11 finds where an expression ends by its quotes and brackets alone,
 * then parses it in brackets, as a text of its own; so does this, since what is correct
 * and what the errors say depend on it.
 */
#include <string.h>

#include "front/strings.h"

enum { FORMAT_LEVEL_MAX = 2 };

static bool fail(struct parser *p, const char *message) {
    return fail_last(p, ERROR_SYNTAX, "%s", message);
}

/* --- literal text --- */

/* Up to the next expression or the end; doubled braces stand for one. */
static bool literal_part(struct parser *p, struct literal *l, const char **s, int level,
                         struct buffer *out, bool *doubled) {
    const char *start = *s, *at = start;
    while (at < l->end) {
        char c = *at++;
        if (c == '\\' && !l->raw && at < l->end)
            c = *at++;
        if (c != '{' && c != '}')
            continue;
        if (level == 0 && at < l->end && *at == c) {
            *s = at + 1;
            *doubled = true;
            return literal_decode(p, l, start, at, out);
        }
        if (level == 0 && c == '}')
            return fail(p, "f-string: single '}' is not allowed");
        at--;
        break;
    }
    *s = at;
    return literal_decode(p, l, start, at, out);
}

/* --- where an expression ends --- */

struct scan {
    char open[LEVEL_MAX];
    int depth;
    char quote;
    bool triple;
};

static bool is_triple(const char *at, const char *end) {
    return at + 2 < end && at[1] == at[0] && at[2] == at[0];
}

static const char *scan_quote(struct scan *c, const char *at, const char *end) {
    if (!c->quote) {
        c->quote = *at;
        c->triple = is_triple(at, end);
        return at + (c->triple ? 2 : 0);
    }
    if (*at != c->quote || (c->triple && !is_triple(at, end)))
        return at;
    at += c->triple ? 2 : 0;
    c->quote = 0;
    return at;
}

static bool scan_close(struct parser *p, struct scan *c, char close) {
    if (c->depth == 0)
        return fail_last(p, ERROR_SYNTAX, "f-string: unmatched '%c'", close);
    char open = c->open[--c->depth];
    if ((open == '(' && close == ')') || (open == '[' && close == ']') ||
        (open == '{' && close == '}'))
        return true;
    return fail_last(p, ERROR_SYNTAX,
                     "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'",
                     close, open);
}

/* NULL: an error. The end of the string if nothing ends the expression. */
static const char *expression_end(struct parser *p, const char *at, const char *end) {
    struct scan c = {.depth = 0};
    for (; at < end; at++) {
        if (*at == '\\')
            return fail(p, "f-string expression part cannot include a backslash"), NULL;
        if (c.quote || *at == '\'' || *at == '"') {
            at = scan_quote(&c, at, end);
        } else if (strchr("([{", *at)) {
            if (c.depth >= LEVEL_MAX)
                return fail(p, "f-string: too many nested parenthesis"), NULL;
            c.open[c.depth++] = *at;
        } else if (*at == '#') {
            return fail(p, "f-string expression part cannot include '#'"), NULL;
        } else if (c.depth == 0 && strchr("!:}=<>", *at)) {
            if (strchr("!=<>", *at) && at + 1 < end && at[1] == '=')
                at++;
            else if (*at != '<' && *at != '>')
                break;
        } else if (strchr(")]}", *at) && !scan_close(p, &c, *at)) {
            return NULL;
        }
    }
    if (c.quote)
        return fail(p, "f-string: unterminated string"), NULL;
    if (c.depth)
        return fail_last(p, ERROR_SYNTAX, "f-string: unmatched '%c'", c.open[c.depth - 1]);
    return at;
}

/* --- expressions --- */

static bool is_blank(const char *from, const char *to) {
    while (from < to && (*from == ' ' || *from == '\t' || *from == '\n' || *from == '\f'))
        from++;
    return from == to;
}

/* Where the brace before an expression stands: a line, and a column of it. */
static void brace_place(const struct literal *l, const char *from, int *line, int *column) {
    const char *brace = from - 1, *s = brace;
    const char *next = from + strspn(from, " \t\f");
    *line = l->place.line;
    *column = 0;
    if (*next != '\n') {
        while (s > l->token->text && *s != '\n')
            s--;
        *column = (int)(brace - s) - (*s == '\n');
    }
    for (s = l->token->text; s < brace; s++)
        *line += *s == '\n';
    if (*line == l->place.line)
        *column += l->place.column;
}

static struct node *expression(struct parser *p, struct literal *l, const char *from,
                               const char *to) {
    size_t size = (size_t)(to - from) + 2;
    char *text = arena_alloc(p->arena, size + 2);
    if (is_blank(from, to))
        return fail(p, "f-string: empty expression not allowed"), NULL;
    text[0] = '(';
    memcpy(text + 1, from, size - 2);
    text[size - 1] = ')';
    text[size] = '\n';
    struct parser part = {.arena = p->arena,
                          .grammar = p->grammar,
                          .error = p->error,
                          .text = text,
                          .part = true,
                          .depth = p->depth};
    lexer_start(&part.lexer, text, size + 1, p->error);
    brace_place(l, from, &part.part_line, &part.part_column);
    struct node *n = parser_run(&part, "fstring");
    if (p->error->kind && !p->error->text) { /* the lexer's: lines and columns are the part's */
        p->error->text = text_line(text, p->error->line);
        p->error->line += part.part_line - 1;
        p->error->end_line += part.part_line - 1;
    }
    return n;
}

static bool format_spec(struct parser *p, struct literal *l, const char **s, int level,
                        struct node *n) {
    struct pieces pieces = {.place = n[0]};
    struct node *spec = arena_alloc(p->arena, sizeof *spec);
    if (!format_parse(p, l, s, level + 1, &pieces))
        return false;
    pieces.place = *spec = l->place; /* CPython gives it, and text at its end, this place */
    pieces_flush(p, &pieces);
    spec->kind = N_FSTRING;
    spec->list = pieces.list;
    n->b = spec;
    return true;
}

/* {expression=!r:spec}; *s is behind the brace. */
static bool replacement(struct parser *p, struct literal *l, const char **s, int level,
                        struct pieces *pieces) {
    const char *from = *s, *at;
    struct node *n = arena_alloc(p->arena, sizeof *n);
    *n = (struct node){.line = pieces->place.line,
                       .column = pieces->place.column,
                       .end_line = pieces->place.end_line,
                       .end_column = pieces->place.end_column};
    if (level >= FORMAT_LEVEL_MAX)
        return fail(p, "f-string: expressions nested too deeply");
    if (!(at = expression_end(p, from, l->end)))
        return false;
    if (at >= l->end)
        return fail(p, "f-string: expecting '}'");
    if (!(n->a = expression(p, l, from, at)))
        return false;
    bool labelled = *at == '=';
    if (labelled) {
        at++;
        at += strspn(at, " \t\n\v\f\r");
        buffer_put(p->arena, &pieces->text, from, (size_t)(at - from));
    }
    if (at < l->end && *at == '!') {
        at++;
        if (at < l->end && !strchr("sra", *at))
            return fail(p, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
        n->op = at < l->end ? (uint8_t)*at : 0;
        at++;
    }
    if (at < l->end && *at == ':') {
        at++;
        if (at < l->end && !format_spec(p, l, &at, level, n))
            return false;
    }
    if (at >= l->end || *at != '}')
        return fail(p, "f-string: expecting '}'");
    if (labelled && !n->b && !n->op)
        n->op = 'r';
    n->kind = N_FORMATTED;
    pieces_flush(p, pieces);
    nodes_add(p->arena, &pieces->list, n);
    *s = at + 1;
    return true;
}

bool format_parse(struct parser *p, struct literal *l, const char **s, int level,
                  struct pieces *pieces) {
    while (*s < l->end) {
        bool doubled = false;
        if (!literal_part(p, l, s, level, &pieces->text, &doubled))
            return false;
        if (doubled)
            continue;
        if (*s >= l->end || **s == '}')
            break;
        ++*s;
        if (!replacement(p, l, s, level, pieces))
            return false;
    }
    return true;
}
