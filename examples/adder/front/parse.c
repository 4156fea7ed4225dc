/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * From a text to a tree with its scopes.
 */
#include "front/parse.h"

#include <string.h>
#include <strings.h>

#include "front/peg.h"

/* --- the text --- */

/* Lines end in \n, the last too. */
static char *copy_text(struct arena *arena, const char *text, size_t *size) {
    char *copy = arena_alloc(arena, *size + 2), *to = copy;
    size_t i = *size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    for (; i < *size; i++) {
        if (text[i] == '\r' && i + 1 < *size && text[i + 1] == '\n')
            continue;
        *to++ = text[i] == '\r' ? '\n' : text[i];
    }
    if (to > copy && to[-1] != '\n')
        *to++ = '\n';
    *size = (size_t)(to - copy);
    return copy;
}

static bool is_utf8(const char *text, size_t size, size_t *bad) {
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
        *bad = i;
        if (n == 0 || i + n > size)
            return false;
        for (size_t j = 1; j < n; j++)
            if (((unsigned char)text[i + j] & 0xc0) != 0x80)
                return false;
        i += n;
    }
    return true;
}

/* A comment of the first two lines that names the encoding: "coding: latin-1". marked: the
 * text begins with the mark of UTF-8, and by that name only. */
static bool names_other_encoding(const char *text, const char *end, bool marked) {
    const char *name = NULL;
    const char *p = text + strspn(text, " \t\f");
    if (*p != '#')
        return false;
    for (; p + 7 < end && !name; p++)
        if (memcmp(p, "coding", 6) == 0 && (p[6] == ':' || p[6] == '='))
            name = p + 7 + strspn(p + 7, " \t");
    if (!name || name >= end)
        return false;
    static const char *const known[] = {"utf-8", "utf_8", "utf8", "ascii", "us-ascii"};
    for (size_t i = 0; i < (marked ? 2 : sizeof known / sizeof *known); i++)
        if (strncasecmp(name, known[i], strlen(known[i])) == 0)
            return false;
    return true;
}

static bool check_encoding(const char *text, size_t size, bool marked, struct syntax_error *error) {
    const char *line = text;
    for (int i = 1; i <= 2 && line < text + size; i++) {
        const char *end = line + strcspn(line, "\n");
        if (names_other_encoding(line, end, marked))
            return error_refuse(error, REFUSE_encoding, i, 1, i, -1);
        line = end + 1;
    }
    size_t bad;
    if (is_utf8(text, size, &bad))
        return true;
    int at = 1;
    for (size_t i = 0; i < bad; i++)
        at += text[i] == '\n';
    return error_refuse(error, REFUSE_encoding, at, 1, at, -1);
}

/* --- errors of trees --- */

bool error_at(struct syntax_error *error, const struct node *n, const char *format, ...) {
    va_list list;
    va_start(list, format);
    error_set(error, ERROR_SYNTAX, n->line, n->column + 1, n->end_line, n->end_column + 1, format,
              list);
    va_end(list);
    return false;
}

bool error_too_deep(struct syntax_error *error) {
    if (error->kind == ERROR_NONE) {
        *error = (struct syntax_error){.kind = ERROR_RECURSION};
        strcpy(error->message, "maximum recursion depth exceeded during compilation");
    }
    return false;
}

/* --- parsing --- */

/* A block at the prompt goes on until an empty line. */
static bool is_open_block(const struct node *module, const char *text, size_t size) {
    if (module->list.count == 0)
        return false;
    const struct node *last = module->list.at[module->list.count - 1];
    bool compound = last->kind == N_IF || last->kind == N_WHILE || last->kind == N_FOR ||
                    last->kind == N_TRY || last->kind == N_WITH || last->kind == N_FUNCTION ||
                    last->kind == N_CLASS;
    const char *end = text + size;
    if (!compound || size < 2)
        return compound;
    const char *line = end - 1;
    while (line > text && line[-1] != '\n')
        line--;
    return (size_t)(line - text) + strspn(line, " \t\f") != size - 1;
}

/* Whether the parser failed for want of text. */
static bool wants_more(struct parser *p) {
    if (p->lexer.at_end)
        return true;
    if (p->count == 0 || p->lexer.failed)
        return false;
    const struct token *last = p->tokens[p->count - 1];
    return (last->kind == T_END || last->kind == T_DEDENT) && p->lexer.p >= p->lexer.end;
}

struct node *parse_text(struct arena *arena, const char *text, size_t size, enum parse_mode mode,
                        struct syntax_error *error, bool *incomplete) {
    struct parser p = {.arena = arena, .grammar = grammar_get(), .error = error};
    *error = (struct syntax_error){.kind = ERROR_NONE};
    bool marked = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    p.text = copy_text(arena, text, &size);
    lexer_start(&p.lexer, p.text, size, error);
    struct node *module = NULL;
    if (check_encoding(p.text, size, marked, error))
        module = parser_run(&p, mode == PARSE_EVAL ? "eval" : "file");
    if (incomplete)
        *incomplete = mode == PARSE_INTERACTIVE &&
                      (module ? is_open_block(module, p.text, size) : wants_more(&p));
    if (error->kind && !error->text)
        error->text = text_line(p.text, error->line);
    return module;
}

struct node *parse(struct arena *arena, const char *text, ref filename, bool interactive,
                   bool *incomplete) {
    struct syntax_error error;
    struct node *module =
        parse_text(arena, text, strlen(text), interactive ? PARSE_INTERACTIVE : PARSE_FILE, &error,
                   incomplete);
    if (module && scopes_build(arena, module, &error) && tree_check(arena, module, &error))
        return module;
    if (!error.text)
        error.text = text_line(text, error.line);
    value_raise(&error, filename);
    return NULL;
}
