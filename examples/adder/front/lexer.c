/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The lexer: names, numbers, strings, operators, and the indentation that Python makes
 * tokens of. Inside brackets line ends mean nothing.
 */
#include "front/lexer.h"

#include <ctype.h>
#include <stdio.h>

void lexer_start(struct lexer *l, const char *text, ref filename) {
    *l = (struct lexer){.text = text, .p = text, .line_start = text, .filename = filename, .line = 1};
    l->at_line_start = true;
    if (memcmp(text, "\xef\xbb\xbf", 3) == 0)
        l->p = l->line_start = text + 3;
}

static bool fail(struct lexer *l, const char *at, struct cls *cls, const char *message) {
    int column = (int)(at - l->line_start);
    return syntax_error(l->text, l->filename, l->line, column, l->line, column, cls, "%s", message);
}

static bool is_name_start(char c) {
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c) {
    return is_name_start(c) || isdigit((unsigned char)c);
}

static void begin(struct lexer *l, struct token *t, enum token_kind kind) {
    *t = (struct token){.kind = kind,
                        .text = l->p,
                        .line = l->line,
                        .column = (int)(l->p - l->line_start)};
}

static bool finish(struct lexer *l, struct token *t) {
    t->size = (size_t)(l->p - t->text);
    t->end_line = l->line;
    t->end_column = (int)(l->p - l->line_start);
    return true;
}

static void new_line(struct lexer *l) {
    l->line++;
    l->line_start = l->p;
}

/* The width of a line's indentation; skips lines that hold nothing. */
static int measure(struct lexer *l) {
    for (;;) {
        int width = 0;
        const char *p = l->p;
        for (; *p == ' ' || *p == '\t' || *p == '\f'; p++)
            width = *p == ' ' ? width + 1 : *p == '\t' ? (width / 8 + 1) * 8 : 0;
        if (*p == '#')
            p += strcspn(p, "\n");
        if (*p == '\r' && p[1] == '\n')
            p++;
        if (*p != '\n') {
            l->p = p;
            return *p ? width : 0;
        }
        l->p = p + 1;
        new_line(l);
    }
}

static bool indent(struct lexer *l) {
    int width = measure(l), top = l->indent_count ? l->indents[l->indent_count - 1] : 0;
    l->at_line_start = false;
    if (width > top) {
        if (l->indent_count >= 99)
            return fail(l, l->p, IndentationError, "too many levels of indentation");
        l->indents[l->indent_count++] = width;
        l->pending = -1;
        return true;
    }
    while (l->indent_count && l->indents[l->indent_count - 1] > width) {
        l->indent_count--;
        l->pending++;
    }
    top = l->indent_count ? l->indents[l->indent_count - 1] : 0;
    return width == top || fail(l, l->p + strcspn(l->p, "\n"), IndentationError,
                                "unindent does not match any outer indentation level");
}

/* --- numbers and strings --- */

static bool digits(struct lexer *l, int base) {
    bool any = false;
    for (;; l->p++) {
        int c = tolower((unsigned char)*l->p);
        int value = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
        if (value < base)
            any = true;
        else if (c != '_' || !any || !isxdigit((unsigned char)l->p[1]))
            return any;
    }
}

static bool number(struct lexer *l, struct token *t) {
    begin(l, t, T_NUMBER);
    int prefix = l->p[0] == '0' ? tolower((unsigned char)l->p[1]) : 0;
    if (prefix == 'x' || prefix == 'o' || prefix == 'b') {
        l->p += 2;
        if (*l->p == '_')
            l->p++;
        if (!digits(l, prefix == 'x' ? 16 : prefix == 'o' ? 8 : 2)) {
            const char *what = prefix == 'x' ? "invalid hexadecimal literal"
                               : prefix == 'o' ? "invalid octal literal"
                                               : "invalid binary literal";
            return fail(l, l->p - 1, SyntaxError, what);
        }
    } else {
        digits(l, 10);
        if (*l->p == '.') {
            l->p++;
            digits(l, 10);
        }
        const char *e = l->p;
        if (tolower((unsigned char)*e) == 'e' &&
            (isdigit((unsigned char)e[1]) ||
             ((e[1] == '+' || e[1] == '-') && isdigit((unsigned char)e[2])))) {
            l->p += 2;
            digits(l, 10);
        }
    }
    if (tolower((unsigned char)*l->p) == 'j')
        return fail(l, l->p, SyntaxError, "complex numbers are not part of the subset");
    if (is_name_start(*l->p) && strncmp(l->p, "and", 3) != 0 && strncmp(l->p, "or", 2) != 0 &&
        strncmp(l->p, "in", 2) != 0 && strncmp(l->p, "if", 2) != 0 &&
        strncmp(l->p, "is", 2) != 0 && strncmp(l->p, "else", 4) != 0 &&
        strncmp(l->p, "for", 3) != 0 && strncmp(l->p, "not", 3) != 0)
        return fail(l, l->p - 1, SyntaxError, "invalid decimal literal");
    return finish(l, t);
}

static bool string(struct lexer *l, struct token *t, const char *quote) {
    char q = *quote;
    bool triple = quote[1] == q && quote[2] == q;
    int line = l->line;
    const char *line_start = l->line_start;
    begin(l, t, T_STRING);
    l->p = quote + (triple ? 3 : 1);
    for (;; l->p++) {
        if (*l->p == q && (!triple || (l->p[1] == q && l->p[2] == q))) {
            l->p += triple ? 3 : 1;
            return finish(l, t);
        }
        if (*l->p == '\\' && l->p[1] == '\r' && l->p[2] == '\n')
            l->p++;
        if (*l->p == '\\' && l->p[1])
            l->p++;
        else if (!*l->p || (*l->p == '\n' && !triple))
            break;
        if (*l->p == '\n') {
            l->p++;
            new_line(l);
            l->p--;
        }
    }
    int last = l->line;
    l->incomplete = triple;
    l->line = line;
    l->line_start = line_start;
    int column = t->column;
    return syntax_error(l->text, l->filename, line, column, line, column, SyntaxError,
                        triple ? "unterminated triple-quoted string literal (detected at line %d)"
                               : "unterminated string literal (detected at line %d)",
                        last);
}

/* The quote of a string that begins here, with or without a prefix, or NULL. */
static const char *string_quote(const char *p) {
    const char *q = p;
    while (q - p < 3 && strchr("rRbBfFuU", *q) && *q)
        q++;
    return (*q == '\'' || *q == '"') && q - p < 3 ? q : NULL;
}

/* --- operators --- */

static size_t operator_size(const char *p) {
    static const char *const all[] = {"**=", "//=", ">>=", "<<=", "...", "!=", "->", "**", "//",
                                      ">>",  "<<",  "<=",  ">=",  "==",  "+=", "-=", "*=", "/=",
                                      "%=",  "&=",  "|=",  "^=",  "@=",  ":="};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strncmp(p, all[i], strlen(all[i])) == 0)
            return strlen(all[i]);
    return *p && strchr("+-*/%@&|^~<>()[]{},:.;=", *p) ? 1 : 0;
}

static bool bracket(struct lexer *l, char c) {
    if (strchr("([{", c)) {
        if (l->depth >= 199)
            return fail(l, l->p, SyntaxError, "too many nested parentheses");
        l->brackets[l->depth].open = c;
        l->brackets[l->depth].line = l->line;
        l->brackets[l->depth++].column = (int)(l->p - l->line_start);
        return true;
    }
    char message[96], open = c == ')' ? '(' : c == ']' ? '[' : '{';
    if (l->depth == 0) {
        snprintf(message, sizeof message, "unmatched '%c'", c);
        return fail(l, l->p, SyntaxError, message);
    }
    if (l->brackets[--l->depth].open == open)
        return true;
    int line = l->brackets[l->depth].line;
    if (line == l->line)
        snprintf(message, sizeof message,
                 "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                 l->brackets[l->depth].open);
    else
        snprintf(message, sizeof message,
                 "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
                 l->brackets[l->depth].open, line);
    return fail(l, l->p, SyntaxError, message);
}

static bool operator_token(struct lexer *l, struct token *t) {
    size_t size = operator_size(l->p);
    begin(l, t, T_OPERATOR);
    if (size == 0) {
        char message[96];
        const char *p = l->p;
        uint32_t code = utf8_get(&p);
        snprintf(message, sizeof message, "invalid non-printable character U+%04X", code);
        return fail(l, l->p, SyntaxError,
                    code >= 0x80 ? message
                    : *l->p == '!' || *l->p == '$' || *l->p == '?' || *l->p == '`'
                        ? "invalid syntax"
                        : message);
    }
    if (size == 1 && strchr("()[]{}", *l->p) && !bracket(l, *l->p))
        return false;
    l->p += size;
    return finish(l, t);
}

static bool end(struct lexer *l, struct token *t) {
    if (l->depth > 0) {
        char message[32];
        int i = l->depth - 1;
        l->incomplete = true;
        snprintf(message, sizeof message, "'%c' was never closed", l->brackets[i].open);
        return syntax_error(l->text, l->filename, l->brackets[i].line, l->brackets[i].column,
                            l->brackets[i].line, l->brackets[i].column, SyntaxError, "%s", message);
    }
    begin(l, t, l->indent_count ? T_DEDENT : T_END);
    if (l->indent_count)
        l->indent_count--;
    return finish(l, t);
}

/* Blanks, comments and joined lines between tokens. False: a stray backslash. */
static bool skip(struct lexer *l) {
    for (;;) {
        while (*l->p == ' ' || *l->p == '\t' || *l->p == '\f' || (*l->p == '\r' && l->p[1] == '\n'))
            l->p++;
        if (*l->p == '#')
            l->p += strcspn(l->p, "\n");
        if (*l->p == '\\') {
            const char *p = l->p + 1 + (l->p[1] == '\r');
            if (*p != '\n') {
                l->incomplete = !*p;
                return fail(l, l->p + 1, SyntaxError,
                            *p ? "unexpected character after line continuation character"
                               : "unexpected EOF while parsing");
            }
            l->p = p + 1;
            new_line(l);
        } else if (*l->p == '\n' && l->depth > 0) {
            l->p++;
            new_line(l);
        } else {
            return true;
        }
    }
}

bool lexer_next(struct lexer *l, struct token *t) {
    if (l->at_line_start && l->depth == 0 && !l->pending && !indent(l))
        return false;
    if (l->pending) {
        begin(l, t, l->pending < 0 ? T_INDENT : T_DEDENT);
        l->pending += l->pending < 0 ? 1 : -1;
        return finish(l, t);
    }
    if (!skip(l))
        return false;
    if (!*l->p)
        return end(l, t);
    if (*l->p == '\n') {
        begin(l, t, T_NEWLINE);
        finish(l, t);
        l->p++;
        new_line(l);
        l->at_line_start = true;
        return true;
    }
    const char *quote = string_quote(l->p);
    if (quote)
        return string(l, t, quote);
    if (isdigit((unsigned char)*l->p) || (*l->p == '.' && isdigit((unsigned char)l->p[1])))
        return number(l, t);
    if (!is_name_start(*l->p))
        return operator_token(l, t);
    begin(l, t, T_NAME);
    while (is_name_part(*l->p))
        l->p++;
    return finish(l, t);
}
