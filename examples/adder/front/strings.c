/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * String literals: escapes, neighbours joined, and f-strings, whose expressions are
 * parsed as programs of their own.
 */
#include <ctype.h>
#include <stdlib.h>

#include "front/parser.h"

struct literal {
    const char *text, *end; /* between the quotes */
    bool raw, bytes, format;
    int line, column; /* of `text` */
    const struct token *token;
};

static bool fail_string(struct parser *p, const struct token *t, const char *message) {
    return fail_at(p, t, message);
}

static int hex_digits(const char **s, const char *end, int n, uint32_t *code) {
    *code = 0;
    for (int i = 0; i < n; i++, (*s)++) {
        if (*s >= end || !isxdigit((unsigned char)**s))
            return i;
        int c = tolower((unsigned char)**s);
        *code = *code * 16 + (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
    }
    return n;
}

static bool put_code(struct text *out, uint32_t code, bool is_bytes) {
    char buffer[4];
    if (is_bytes)
        text_char(out, (char)code);
    else
        text_add(out, buffer, utf8_put(buffer, code));
    return true;
}

/* One escape; *s is behind the backslash. */
static bool escape(struct parser *p, struct literal *l, const char **s, struct text *out) {
    static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
    char c = *(*s)++;
    const char *known = strchr(from, c);
    uint32_t code = 0;
    if (c == '\n')
        return true;
    if (known && c) {
        text_char(out, to[known - from]);
        return true;
    }
    if (c >= '0' && c <= '7') {
        code = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && *s < l->end && **s >= '0' && **s <= '7'; i++)
            code = code * 8 + (uint32_t)(*(*s)++ - '0');
        return put_code(out, code, l->bytes);
    }
    if (c == 'x' || (!l->bytes && (c == 'u' || c == 'U'))) {
        int n = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        if (hex_digits(s, l->end, n, &code) == n && code <= 0x10ffff)
            return put_code(out, code, l->bytes);
        return fail_string(p, l->token, c == 'x' ? "(unicode error) 'unicodeescape' codec can't "
                                                   "decode bytes: truncated \\xXX escape"
                                                 : "(unicode error) 'unicodeescape' codec can't "
                                                   "decode bytes: truncated \\uXXXX escape");
    }
    if (c == 'N' && !l->bytes)
        return fail_string(p, l->token, "\\N{...} is not part of the subset");
    text_char(out, '\\');
    text_char(out, c);
    return true;
}

/* Plain text from s to end, in or out of an f-string (where braces are doubled). */
static bool decode(struct parser *p, struct literal *l, const char *s, const char *end,
                   struct text *out) {
    while (s < end) {
        if (*s == '\r' && s + 1 < end && s[1] == '\n')
            s++;
        if (*s == '\\' && !l->raw) {
            s++;
            if (!escape(p, l, &s, out))
                return false;
        } else {
            if (l->format && (*s == '{' || *s == '}'))
                s++;
            if (l->bytes && (unsigned char)*s >= 0x80)
                return fail_string(p, l->token, "bytes can only contain ASCII literal characters");
            text_char(out, *s++);
        }
    }
    return true;
}

static struct node *text_node(struct parser *p, const struct token *t, struct text *out) {
    struct node *n = node_at(p, N_CONSTANT, t);
    ref s = text_finish(out);
    if (!s)
        return NULL;
    n->value = arena_hold(p->arena, s);
    return n;
}

/* --- f-strings --- */

static void place_of(struct literal *l, const char *s, int *line, int *column) {
    *line = l->line;
    *column = l->column;
    for (const char *c = l->text; c < s; c++) {
        *column += 1;
        if (*c == '\n')
            *line += 1, *column = 0;
    }
}

/* Where the expression ends: at a brace, colon or conversion outside brackets. */
static const char *expression_end(const char *s, const char *end) {
    int depth = 0;
    for (; s < end; s++) {
        if (*s == '\'' || *s == '"') {
            char q = *s;
            for (s++; s < end && *s != q; s++) {
            }
        } else if (strchr("([{", *s)) {
            depth++;
        } else if (depth > 0 && strchr(")]}", *s)) {
            depth--;
        } else if (depth == 0) {
            if (*s == '}' || *s == ':')
                return s;
            if (*s == '!' && s + 1 < end && s[1] != '=')
                return s;
            if (*s == '=' && s + 1 < end && s[1] != '=' && s[-1] != '=' && s[-1] != '!' &&
                s[-1] != '<' && s[-1] != '>')
                return s;
        }
    }
    return s;
}

static struct node *pieces(struct parser *p, struct literal *l, const char **s, const char *end,
                           bool nested, struct node *n);

/* {expression!r:spec}; *s is behind the brace. */
static bool replacement(struct parser *p, struct literal *l, const char **s, const char *end,
                        struct node *n) {
    const char *from = *s, *to = expression_end(from, end);
    int line, column;
    struct token t = *l->token;
    bool blank = true;
    for (const char *c = from; c < to; c++)
        blank &= isspace((unsigned char)*c) != 0;
    if (to >= end)
        return fail_string(p, l->token, "f-string: expecting '}'");
    if (blank)
        return fail_string(p, l->token, "f-string: empty expression not allowed");
    if (memchr(from, '\\', (size_t)(to - from)))
        return fail_string(p, l->token, "f-string expression part cannot include a backslash");
    place_of(l, from, &line, &column);
    struct node *f = node_at(p, N_FORMATTED, &t);
    if (!(f->a = parse_part(p, from, (size_t)(to - from), line, column)))
        return false;
    *s = to;
    if (**s == '=') {
        const char *after = *s + 1;
        while (after < end && *after == ' ')
            after++;
        struct text label = {0};
        text_add(&label, from, (size_t)(after - from));
        struct node *shown = text_node(p, &t, &label);
        if (!shown)
            return false;
        nodes_add(p, &n->list, shown);
        f->op = *after == '}' ? 'r' : 0;
        *s = after;
    }
    if (*s < end && **s == '!') {
        f->op = (uint8_t)(*s)[1];
        if (!strchr("sra", f->op))
            return fail_string(p, l->token, "f-string: invalid conversion character: expected 's', "
                                            "'r', or 'a'");
        *s += 2;
    }
    if (*s < end && **s == ':') {
        (*s)++;
        if (!(f->b = pieces(p, l, s, end, true, node_at(p, N_FSTRING, &t))))
            return false;
    }
    if (*s >= end || **s != '}')
        return fail_string(p, l->token, "f-string: expecting '}'");
    (*s)++;
    nodes_add(p, &n->list, f);
    return true;
}

static bool flush(struct parser *p, struct literal *l, const char *from, const char *to,
                  struct node *n) {
    struct text out = {0};
    if (from == to)
        return true;
    if (!decode(p, l, from, to, &out)) {
        text_free(&out);
        return false;
    }
    struct node *piece = text_node(p, l->token, &out);
    nodes_add(p, &n->list, piece);
    return piece != NULL;
}

static struct node *pieces(struct parser *p, struct literal *l, const char **s, const char *end,
                           bool nested, struct node *n) {
    const char *from = *s;
    while (*s < end) {
        char c = **s;
        if (c == '}' && nested)
            break;
        if (c == '\\' && !l->raw && *s + 1 < end) {
            *s += 2;
        } else if ((c == '{' || c == '}') && *s + 1 < end && (*s)[1] == c && !nested) {
            *s += 2;
        } else if (c == '{') {
            if (!flush(p, l, from, *s, n))
                return NULL;
            (*s)++;
            if (!replacement(p, l, s, end, n))
                return NULL;
            from = *s;
        } else if (c == '}') {
            return (void *)(intptr_t)fail_string(p, l->token, "f-string: single '}' is not allowed");
        } else {
            (*s)++;
        }
    }
    return flush(p, l, from, *s, n) ? n : NULL;
}

/* --- one literal, and those that follow it --- */

static struct literal open_literal(const struct token *t) {
    struct literal l = {.token = t, .line = t->line, .column = t->column};
    const char *s = t->text;
    for (; *s != '\'' && *s != '"'; s++) {
        l.raw |= *s == 'r' || *s == 'R';
        l.bytes |= *s == 'b' || *s == 'B';
        l.format |= *s == 'f' || *s == 'F';
    }
    size_t quotes = s[1] == *s && s[2] == *s && t->text + t->size - s >= 6 ? 3 : 1;
    l.text = s + quotes;
    l.end = t->text + t->size - quotes;
    l.column += (int)(l.text - t->text);
    return l;
}

static bool parse_literal(struct parser *p, const struct token *t, struct node *n, bool *is_bytes) {
    struct literal l = open_literal(t);
    const char *s = l.text;
    struct text out = {0};
    *is_bytes = l.bytes;
    if (l.format)
        return pieces(p, &l, &s, l.end, false, n) != NULL;
    if (!decode(p, &l, l.text, l.end, &out)) {
        text_free(&out);
        return false;
    }
    struct node *piece = node_at(p, N_CONSTANT, t);
    if (l.bytes) {
        piece->value = arena_hold(p->arena, bytes_new(out.bytes ? out.bytes : "", out.size));
        text_free(&out);
    } else {
        piece->value = arena_hold(p->arena, text_finish(&out));
    }
    nodes_add(p, &n->list, piece);
    return piece->value != NULL;
}

/* Neighbouring texts become one. */
static bool join_texts(struct parser *p, struct node *n) {
    struct nodes joined = {0};
    for (size_t i = 0; i < n->list.count; i++) {
        struct node *piece = n->list.at[i];
        struct node *last = joined.count ? joined.at[joined.count - 1] : NULL;
        if (last && last->kind == N_CONSTANT && piece->kind == N_CONSTANT && str_is(last->value)) {
            ref s = str_concat(last->value, piece->value);
            if (!s)
                return false;
            last->value = arena_hold(p->arena, s);
        } else {
            nodes_add(p, &joined, piece);
        }
    }
    n->list = joined;
    return true;
}

struct node *parse_strings(struct parser *p) {
    struct node *n = node_at(p, N_FSTRING, &p->token);
    bool any_bytes = false, any_text = false, is_bytes, format = false;
    while (p->token.kind == T_STRING) {
        struct token t = p->token;
        format |= open_literal(&t).format;
        if (!parse_literal(p, &t, n, &is_bytes) || !advance(p))
            return NULL;
        any_bytes |= is_bytes;
        any_text |= !is_bytes;
    }
    node_end(p, n);
    if (any_bytes && any_text)
        return fail_node(p, n, "cannot mix bytes and nonbytes literals");
    if (any_bytes && n->list.count > 1)
        return fail_node(p, n, "joined bytes literals are not part of the subset");
    if (!any_bytes && !join_texts(p, n))
        return NULL;
    if (format && n->list.count != 1)
        return n;
    if (format && n->list.at[0]->kind != N_CONSTANT)
        return n;
    n->kind = N_CONSTANT;
    n->value = n->list.count ? n->list.at[0]->value : arena_hold(p->arena, str_from(""));
    return n;
}
