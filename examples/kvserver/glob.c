/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Patterns of KEYS and SCAN.
 *
 * A star is tried with nothing, then with one character more each time that what
 * follows it fails; only the last star met need be tried again, so there is no
 * recursion and no exponential time.
 */
#include "glob.h"

#include <ctype.h>

static unsigned char folded(char c, bool any_case) {
    return any_case ? (unsigned char)tolower((unsigned char)c) : (unsigned char)c;
}

/* Whether `c` is in the set that begins behind '['; *at moves behind its end. */
static bool in_set(const char **at, const char *end, char c, bool any_case) {
    const char *p = *at;
    bool negated = p < end && *p == '^';
    bool found = false;
    unsigned char wanted = folded(c, any_case);
    for (p += negated; p < end && *p != ']'; p++) {
        if (*p == '\\' && end - p >= 2) {
            p++;
            found |= folded(*p, any_case) == wanted;
        } else if (end - p >= 3 && p[1] == '-') {
            unsigned char first = folded(p[0], any_case);
            unsigned char last = folded(p[2], any_case);
            p += 2;
            found |= first <= last ? wanted >= first && wanted <= last
                                   : wanted >= last && wanted <= first;
        } else {
            found |= folded(*p, any_case) == wanted;
        }
    }
    *at = p < end ? p + 1 : end;
    return found != negated;
}

/* Whether the pattern's next element, no star, takes `c`; *at moves behind it. */
static bool takes(const char **at, const char *end, char c, bool any_case) {
    char element = *(*at)++;
    if (element == '?')
        return true;
    if (element == '[')
        return in_set(at, end, c, any_case);
    if (element == '\\' && *at < end)
        element = *(*at)++;
    return folded(element, any_case) == folded(c, any_case);
}

bool glob_match(struct slice pattern, struct slice text, bool any_case) {
    const char *p = pattern.bytes;
    const char *p_end = p + pattern.length;
    const char *t = text.bytes;
    const char *t_end = t + text.length;
    const char *star = NULL; /* behind the last star met */
    const char *tried = NULL;
    if (t == t_end) /* Redis's matcher takes an empty text for "" and "*" alone */
        return pattern.length == 0 || (pattern.length == 1 && *p == '*');
    while (t < t_end || p < p_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            tried = t;
        } else if (p < p_end && t < t_end && takes(&p, p_end, *t, any_case)) {
            t++;
        } else if (star && tried < t_end) {
            p = star;
            t = ++tried;
        } else {
            return false;
        }
    }
    return true;
}
