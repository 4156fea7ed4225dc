/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Numbers and names. A number must not run into a name, but for the words that may follow
 * one: `1if x else 2` is correct.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "front/token.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_part(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* --- numbers --- */

static bool may_follow(const char *p) {
    static const char *const words[] = {"and", "else", "for", "if", "in", "is", "or", "not"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static bool check_end(struct lexer *l, const char *kind) {
    return !is_part(*l->p) || may_follow(l->p) || lexer_fail(l, "invalid %s literal", kind);
}

static bool digits(struct lexer *l) {
    for (;;) {
        while (is_digit(*l->p))
            l->p++;
        if (*l->p != '_')
            return true;
        l->p++;
        if (!is_digit(*l->p))
            return lexer_fail(l, "invalid decimal literal");
    }
}

static bool is_digit_of(char c, int base) {
    return base == 16 ? isxdigit((unsigned char)c) != 0 : c >= '0' && c < '0' + base;
}

static bool prefixed(struct lexer *l, int base) {
    const char *kind = base == 16 ? "hexadecimal" : base == 8 ? "octal" : "binary";
    l->p += 2;
    do {
        l->p += *l->p == '_';
        if (!is_digit_of(*l->p, base) && !is_digit(*l->p))
            return lexer_fail(l, "invalid %s literal", kind);
        while (is_digit_of(*l->p, base))
            l->p++;
        if (is_digit(*l->p)) {
            char c = *l->p++;
            return lexer_fail(l, "invalid digit '%c' in %s literal", c, kind);
        }
    } while (*l->p == '_');
    return check_end(l, kind);
}

static bool imaginary(struct lexer *l) {
    int offset = count_characters(l->line_start, l->p - l->line_start) + 1;
    l->failed = true;
    return error_refuse(l->error, REFUSE_complex, l->line, offset, l->line, offset + 1);
}

/* Behind the digits before it: a fraction, an exponent. */
static bool tail(struct lexer *l, struct token *t) {
    if (*l->p == '.') {
        t->integer = false;
        l->p++;
        if (is_digit(*l->p) && !digits(l))
            return false;
    }
    if (*l->p == 'e' || *l->p == 'E') {
        bool sign = l->p[1] == '+' || l->p[1] == '-';
        if (is_digit(l->p[1 + sign])) {
            t->integer = false;
            l->p += 1 + sign;
            if (!digits(l))
                return false;
        } else if (sign) {
            l->p += 2;
            return lexer_fail(l, "invalid decimal literal");
        }
    }
    if (*l->p == 'j' || *l->p == 'J')
        return imaginary(l);
    return check_end(l, "decimal");
}

/* 0 may be repeated, but not lead: 007 was octal once. */
static bool leading_zero(struct lexer *l, struct token *t) {
    const char *start = l->p;
    while (*l->p == '0' || *l->p == '_') {
        bool joined = *l->p == '_';
        l->p++;
        if (joined && !is_digit(*l->p))
            return lexer_fail(l, "invalid decimal literal");
    }
    if (!is_digit(*l->p))
        return tail(l, t);
    const char *zeros_end = l->p + 1;
    if (!digits(l))
        return false;
    if (strchr(".eEjJ", *l->p) && *l->p)
        return tail(l, t);
    int offset = count_characters(l->line_start, start + 1 - l->line_start);
    const char *at = l->p;
    l->p = start + 1;
    lexer_fail(l, "leading zeros in decimal integer literals are not permitted; use an 0o prefix "
                  "for octal integers");
    l->p = at;
    l->error->end_offset = offset + (int)(zeros_end - start - 1);
    return false;
}

bool lexer_number(struct lexer *l, struct token *t) {
    t->kind = T_NUMBER;
    t->integer = true;
    if (*l->p == '0') {
        char c = (char)(l->p[1] | 32);
        int base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        return base ? prefixed(l, base) : leading_zero(l, t);
    }
    return digits(l) && tail(l, t);
}

/* --- names --- */

/* Blocks without letters; the rest of Unicode is taken for letters. */
static const struct {
    uint32_t from, to;
} no_letters[] = {
    {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb6},     {0xb8, 0xb9},     {0xbb, 0xbf},
    {0xd7, 0xd7},     {0xf7, 0xf7},     {0x2c2, 0x2c5},   {0x2d2, 0x2df},   {0x2000, 0x203e},
    {0x2041, 0x2053}, {0x2055, 0x2070}, {0x2072, 0x207e}, {0x2080, 0x208f}, {0x20a0, 0x20cf},
    {0x2190, 0x2bff}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0xd800, 0xf8ff}, {0xfdd0, 0xfdef},
    {0xfe10, 0xfe1f}, {0xff00, 0xff0f}, {0xff1a, 0xff20}, {0xffe0, 0xffff}, {0x1f000, 0x1faff},
};

/* Blocks whose letters NFKC makes others. */
static const struct {
    uint32_t from, to;
} changed[] = {
    {0xaa, 0xaa},     {0xb5, 0xb5},     {0xba, 0xba},       {0x132, 0x133},     {0x13f, 0x140},
    {0x149, 0x149},   {0x17f, 0x17f},   {0x1c4, 0x1cc},     {0x1f1, 0x1f3},     {0x2b0, 0x2b8},
    {0x300, 0x345},   {0x1d2c, 0x1d6a}, {0x2071, 0x2071},   {0x207f, 0x207f},   {0x2090, 0x209c},
    {0x2100, 0x218f}, {0xf900, 0xfaff}, {0xfb00, 0xfdcf},   {0xfdf0, 0xfdff},   {0xfe70, 0xfefe},
    {0xff10, 0xff19}, {0xff21, 0xffdf}, {0x1d400, 0x1d7ff}, {0x2f800, 0x2fa1f},
};

static uint32_t decode(const char **p) {
    unsigned char c = (unsigned char)*(*p)++;
    uint32_t code = c < 0x80 ? c : c < 0xe0 ? c & 31u : c < 0xf0 ? c & 15u : c & 7u;
    while (c >= 0x80 && ((unsigned char)**p & 0xc0) == 0x80)
        code = code << 6 | ((unsigned char)*(*p)++ & 63u);
    return code;
}

static bool bad_character(struct lexer *l, uint32_t code, const char *start, const char *next) {
    l->p = next;
    if (code < 0xa0 || code == 0xad || (code >= 0x2000 && code <= 0x200f) ||
        (code >= 0x2028 && code <= 0x202f) || (code >= 0x205f && code <= 0x206f) ||
        code == 0x3000 || code == 0xa0 || (code >= 0xd800 && code <= 0xf8ff) || code == 0xfeff)
        return lexer_fail(l, "invalid non-printable character U+%04X", code);
    return lexer_fail(l, "invalid character '%.*s' (U+%04X)", (int)(next - start), start, code);
}

bool lexer_name(struct lexer *l, struct token *t) {
    t->kind = T_NAME;
    while (is_part(*l->p)) {
        const char *start = l->p;
        uint32_t code = decode(&l->p);
        if (code < 0x80)
            continue;
        for (size_t i = 0; i < sizeof no_letters / sizeof *no_letters; i++)
            if (code >= no_letters[i].from && code <= no_letters[i].to)
                return bad_character(l, code, start, l->p);
        for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
            if (code >= changed[i].from && code <= changed[i].to) {
                int offset = count_characters(l->line_start, start - l->line_start) + 1;
                l->failed = true;
                return error_refuse(l->error, REFUSE_nfkc, l->line, offset, l->line, offset + 1);
            }
    }
    return true;
}
