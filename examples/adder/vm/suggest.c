/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Suggestions: the name that is closest to the one nobody knows, by Levenshtein's
 * distance with CPython's weights. A change between cases costs half of another one,
 * and at most a third of the characters may change.
 */
#include "vm/suggest.h"

#include <ctype.h>

#include "object/class_ops.h"
#include "vm/import.h"
#include "vm/run.h"

enum { CHANGE = 2, CASE_CHANGE = 1, LONGEST = 40, CANDIDATES = 750 };

static size_t substitution(char a, char b) {
    if (a == b)
        return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_CHANGE : CHANGE;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* One row of the table at a time; SIZE_MAX for names that are too long. */
static size_t distance(const char *a, size_t n, const char *b, size_t m) {
    size_t row[LONGEST + 1];
    if (n > LONGEST || m > LONGEST)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++)
        row[i] = i * CHANGE;
    for (size_t k = 1; k <= m; k++) {
        size_t diagonal = row[0];
        row[0] = k * CHANGE;
        for (size_t i = 1; i <= n; i++) {
            size_t above = row[i];
            row[i] = least(diagonal + substitution(a[i - 1], b[k - 1]),
                           least(above, row[i - 1]) + CHANGE);
            diagonal = above;
        }
    }
    return row[n];
}

struct search {
    ref name, best;
    size_t best_distance;
};

static void try_name(struct search *s, ref candidate) {
    if (!str_is(candidate) || str_equals(candidate, s->name))
        return;
    size_t n = str_size(s->name), m = str_size(candidate);
    size_t d = distance(str_c(s->name), n, str_c(candidate), m);
    if (d > (n + m + 3) * CHANGE / 6 || d >= s->best_distance)
        return;
    drop(s->best);
    s->best = keep(candidate);
    s->best_distance = d;
}

static void try_list(struct search *s, ref owned_list) {
    ref candidate;
    bool few = owned_list && list_is(owned_list) && list_size(owned_list) < CANDIDATES;
    for (size_t i = 0; few && (candidate = list_get(owned_list, i)); i++) {
        try_name(s, candidate);
        drop(candidate);
    }
    drop(owned_list);
}

/* The names of the module whose file the code comes from. */
static ref module_names(const struct code *code) {
    ref all = dict_copy(modules), key, module, found = NULL;
    for (size_t at = 0; all && !found && dict_next(all, &at, &key, &module);) {
        ref dict = class_of(module) == module_class ? object_dict(module) : NULL;
        ref file = dict ? dict_get_str(dict, special.file) : NULL;
        if (file && str_is(file) && str_equals(file, code->filename))
            found = dict_keys_list(dict);
        drop(file);
        drop(dict);
        drop(key);
        drop(module);
    }
    drop(all);
    return found;
}

static void try_names(struct search *s, ref exception) {
    struct traceback *t = slot_peek(&((struct exception *)exception)->traceback);
    while (t && t->next)
        t = t->next;
    if (!t)
        return;
    const struct code *code = t->code;
    for (size_t i = 0; i < code->variable_count; i++)
        try_name(s, code->variables[i]);
    if (!s->best)
        try_list(s, module_names(code));
    if (!s->best)
        try_list(s, dict_keys_list(builtins));
}

static ref own_of(ref v, const char *name) {
    ref dict = object_dict(v), value = dict ? dict_get_str(dict, str_intern(name)) : NULL;
    drop(dict);
    return value;
}

void put_suggestion(struct text *out, ref exception) {
    bool names = is_instance(exception, NameError);
    if (!names && !is_instance(exception, AttributeError))
        return;
    struct search s = {.name = own_of(exception, "name"), .best_distance = SIZE_MAX};
    ref object = names ? NULL : own_of(exception, "obj");
    bool found;
    if (s.name && str_is(s.name)) {
        if (names)
            try_names(&s, exception);
        else if (object)
            try_list(&s, call_special(object, special.dir, NULL, 0, &found));
    }
    error_clear();
    if (s.best) {
        text_put(out, ". Did you mean: '");
        text_str(out, s.best);
        text_put(out, "'?");
    }
    drop(s.best);
    drop(s.name);
    drop(object);
}
