/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The lexer: strings, operators, brackets, and the indentation that Python makes tokens
 * of. Its errors stand where CPython's do: at the last character read.
 */
#include <stdio.h>
#include <string.h>

#include "front/peg.h"

void lexer_start(struct lexer *l, const char *text, size_t size, struct syntax_error *error) {
    *l = (struct lexer){.text = text, .p = text, .line_start = text, .end = text + size};
    l->line = 1;
    l->error = error;
    l->at_line_start = true;
}

static bool set_error(struct lexer *l, enum error_kind kind, int line, int offset, int end_offset,
                      const char *format, ...) {
    va_list list;
    va_start(list, format);
    l->failed = true;
    error_set(l->error, kind, line, offset, line, end_offset, format, list);
    va_end(list);
    return false;
}

/* At the last character read. */
bool lexer_fail(struct lexer *l, const char *format, ...) {
    va_list list;
    int offset = count_characters(l->line_start, l->p - l->line_start);
    va_start(list, format);
    l->failed = true;
    error_set(l->error, ERROR_SYNTAX, l->line, offset, l->line, -1, format, list);
    va_end(list);
    return false;
}

/* Behind a newline. At the end of the text the last line stays the current one. */
static void next_line(struct lexer *l) {
    if (l->p < l->end)
        l->line++;
    l->line_start = l->p;
}

static int column_of(const struct lexer *l, const char *p) {
    return (int)(p - l->line_start);
}

static void begin(struct lexer *l, struct token *t, enum token_kind kind) {
    *t = (struct token){.kind = (uint8_t)kind, .text = l->p, .line = l->line};
    t->column = column_of(l, l->p);
}

static bool finish(struct lexer *l, struct token *t) {
    t->size = (size_t)(l->p - t->text);
    t->end_line = l->line;
    t->end_column = column_of(l, l->p);
    t->level = l->level;
    return true;
}

static bool placeless(struct lexer *l, struct token *t, enum token_kind kind) {
    begin(l, t, kind);
    finish(l, t);
    t->column = t->end_column = -1;
    return true;
}

/* Behind a backslash: the line must end, and another follow. inside: tokens stand before. */
static bool join_line(struct lexer *l, bool inside) {
    if (*l->p != '\n') {
        l->p += l->p < l->end;
        l->mild = true;
        int offset = column_of(l, l->p);
        return set_error(l, ERROR_SYNTAX, l->line, offset, 0,
                         "unexpected character after line continuation character");
    }
    int column = column_of(l, ++l->p);
    next_line(l);
    if (l->p < l->end)
        return true;
    l->at_end = l->mild = true;
    return set_error(l, ERROR_SYNTAX, l->line, inside ? column : 0, -1,
                     "unexpected EOF while parsing");
}

/* --- indentation --- */

/* Two measures of a line's blanks: tabs to eight columns, and tabs as one. They must agree
 * on what is deeper. False: an error. *blank: the line holds no token. */
static bool measure(struct lexer *l, int *width, int *alternate, bool *blank) {
    int joined = -1, joined_alternate = 0;
    *width = *alternate = 0;
    for (;; l->p++) {
        if (*l->p == ' ') {
            ++*width;
            ++*alternate;
        } else if (*l->p == '\t') {
            *width = (*width / 8 + 1) * 8;
            ++*alternate;
        } else if (*l->p == '\f') {
            *width = *alternate = 0;
        } else if (*l->p == '\\') {
            if (joined < 0) {
                joined = *width;
                joined_alternate = *alternate;
            }
            l->p++;
            if (!join_line(l, false))
                return false;
            l->p--;
        } else {
            break;
        }
    }
    *blank = (*l->p == '#' || *l->p == '\n') && l->p < l->end;
    if (joined > 0) {
        *width = joined;
        *alternate = joined_alternate;
    }
    return true;
}

static bool tab_error(struct lexer *l) {
    l->mild = true;
    return set_error(l, ERROR_TAB, l->line, 0, -1,
                     "inconsistent use of tabs and spaces in indentation");
}

static bool indent(struct lexer *l) {
    int width, alternate;
    bool blank;
    l->at_line_start = false;
    if (!measure(l, &width, &alternate, &blank))
        return false;
    if (blank || l->level > 0)
        return true;
    if (width > l->indents[l->indent]) {
        l->mild = l->indent + 1 >= INDENT_MAX;
        if (l->mild)
            return set_error(l, ERROR_INDENTATION, l->line, 0, -1,
                             "too many levels of indentation");
        if (alternate <= l->alternates[l->indent])
            return tab_error(l);
        l->indents[++l->indent] = width;
        l->alternates[l->indent] = alternate;
        l->pending = 1;
        return true;
    }
    while (l->indent > 0 && width < l->indents[l->indent]) {
        l->indent--;
        l->pending--;
    }
    l->mild = width != l->indents[l->indent];
    if (l->mild)
        return set_error(l, ERROR_INDENTATION, l->line,
                         count_characters(l->line_start, 1 + (long)strcspn(l->line_start, "\n")),
                         -1, "unindent does not match any outer indentation level");
    return alternate == l->alternates[l->indent] || tab_error(l);
}

/* --- strings --- */

static bool unterminated(struct lexer *l, const struct token *t, const char *line_start,
                         bool triple) {
    int last = l->line, offset = count_characters(line_start, t->column + 1);
    l->at_end = triple;
    return set_error(l, ERROR_SYNTAX, t->line, offset, -1,
                     triple ? "unterminated triple-quoted string literal (detected at line %d)"
                            : "unterminated string literal (detected at line %d)",
                     last);
}

/* l->p stands on the quote; the prefix is behind. */
static bool string(struct lexer *l, struct token *t) {
    char quote = *l->p;
    bool triple = l->p[1] == quote && l->p[2] == quote;
    const char *line_start = l->line_start;
    t->kind = T_STRING;
    l->p += triple ? 3 : 1;
    while (l->p < l->end) {
        if (*l->p == quote && (!triple || (l->p[1] == quote && l->p[2] == quote))) {
            l->p += triple ? 3 : 1;
            return finish(l, t);
        }
        if (*l->p == '\\')
            l->p++;
        else if (*l->p == '\n' && !triple)
            break;
        if (*l->p++ == '\n')
            next_line(l);
    }
    return unterminated(l, t, line_start, triple);
}

/* How many letters before a quote are a string's prefix, -1: they are none. */
static int prefix_size(const char *p) {
    bool b = false, u = false, r = false, f = false;
    for (int n = 0;; n++) {
        char c = p[n];
        if (c == '\'' || c == '"')
            return n;
        if (!(b || u || f) && (c == 'b' || c == 'B'))
            b = true;
        else if (!(b || u || r || f) && (c == 'u' || c == 'U'))
            u = true;
        else if (!(r || u) && (c == 'r' || c == 'R'))
            r = true;
        else if (!(f || b || u) && (c == 'f' || c == 'F'))
            f = true;
        else
            return -1;
    }
}

/* --- operators --- */

static bool close_bracket(struct lexer *l, char c) {
    if (l->level == 0)
        return lexer_fail(l, "unmatched '%c'", c);
    char open = l->brackets[--l->level].open;
    int line = l->brackets[l->level].line;
    if ((open == '(' && c == ')') || (open == '[' && c == ']') || (open == '{' && c == '}'))
        return true;
    if (line != l->line)
        return lexer_fail(
            l, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
            open, line);
    return lexer_fail(l, "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                      open);
}

static bool bracket(struct lexer *l, char c, int column) {
    if (strchr(")]}", c))
        return close_bracket(l, c);
    if (l->level >= LEVEL_MAX)
        return lexer_fail(l, "too many nested parentheses");
    l->brackets[l->level].open = c;
    l->brackets[l->level].line = l->line;
    l->brackets[l->level++].column = column;
    return true;
}

static size_t operator_size(const char *p) {
    static const char *const all[] = {"**=", "//=", ">>=", "<<=", "...", "!=", "->", "<>", "**",
                                      "//",  ">>",  "<<",  "<=",  ">=",  "==", "+=", "-=", "*=",
                                      "/=",  "%=",  "&=",  "|=",  "^=",  "@=", ":="};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strncmp(p, all[i], strlen(all[i])) == 0)
            return strlen(all[i]);
    return 1;
}

static bool operator_token(struct lexer *l, struct token *t) {
    unsigned char c = (unsigned char)*l->p;
    t->kind = T_OPERATOR;
    if (c < 32 || c == 127) {
        l->p++;
        return lexer_fail(l, "invalid non-printable character U+%04X", c);
    }
    l->p += operator_size(l->p);
    if (strchr("()[]{}", c) && !bracket(l, (char)c, t->column))
        return false;
    finish(l, t);
    t->word = grammar_word(t->text, t->size);
    return true;
}

/* --- tokens --- */

bool lexer_unclosed(struct lexer *l) {
    int i = l->level - 1;
    return set_error(l, ERROR_SYNTAX, l->brackets[i].line, l->brackets[i].column + 1, -1,
                     "'%c' was never closed", l->brackets[i].open);
}

/* Blanks, comments, joined lines, and lines without tokens. */
static bool skip(struct lexer *l) {
    for (;;) {
        while (*l->p == ' ' || *l->p == '\t' || *l->p == '\f')
            l->p++;
        if (*l->p == '#')
            l->p += strcspn(l->p, "\n");
        if (*l->p == '\\') {
            l->p++;
            if (!join_line(l, true))
                return false;
        } else if (*l->p == '\n' && l->level > 0 && l->p < l->end) {
            l->p++;
            next_line(l);
        } else {
            return true;
        }
    }
}

static bool line_begin(struct lexer *l) {
    while (l->at_line_start) {
        if (!indent(l))
            return false;
        if (l->pending || l->level > 0)
            return true;
        const char *p = l->p + strspn(l->p, " \t\f");
        if (*p == '#')
            p += strcspn(p, "\n");
        if (*p != '\n' || p >= l->end)
            return true;
        l->p = p + 1;
        next_line(l);
        l->at_line_start = true;
    }
    return true;
}

static bool newline(struct lexer *l, struct token *t) {
    t->kind = T_NEWLINE;
    l->p++;
    finish(l, t);
    next_line(l);
    l->at_line_start = true;
    return true;
}

static bool end(struct lexer *l, struct token *t) {
    if (l->level > 0) {
        l->at_end = l->mild = true;
        return lexer_unclosed(l);
    }
    return placeless(l, t, T_END);
}

bool lexer_next(struct lexer *l, struct token *t) {
    if (l->failed || !line_begin(l))
        return false;
    if (l->pending) {
        int step = l->pending > 0 ? 1 : -1;
        l->pending -= step;
        return placeless(l, t, step > 0 ? T_INDENT : T_DEDENT);
    }
    if (!skip(l))
        return false;
    if (l->p >= l->end)
        return end(l, t);
    begin(l, t, T_OPERATOR);
    if (*l->p == '\n')
        return newline(l, t);
    int prefix = prefix_size(l->p);
    if (prefix >= 0) {
        l->p += prefix;
        return string(l, t);
    }
    if ((*l->p >= '0' && *l->p <= '9') || (*l->p == '.' && l->p[1] >= '0' && l->p[1] <= '9'))
        return lexer_number(l, t) && finish(l, t);
    unsigned char c = (unsigned char)(*l->p | 32);
    if (!((c >= 'a' && c <= 'z') || *l->p == '_' || (unsigned char)*l->p >= 0x80))
        return operator_token(l, t);
    if (!lexer_name(l, t))
        return false;
    finish(l, t);
    t->word = grammar_word(t->text, t->size);
    return true;
}
