/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scopes, second half: from the outside in, whose variable each name is.
 */
#include <string.h>

#include "front/scope.h"
#include "front/value.h"

/* Makes a name of an outer function reach a scope: a cell there, free in between. */
static bool capture(struct walk *w, struct scope *scope, ref name) {
    for (struct scope *s = scope->parent; s; s = s->parent) {
        struct symbol *symbol = s->kind == SCOPE_FUNCTION ? scope_find(s, name) : NULL;
        if (s->kind == SCOPE_CLASS && name == w->class_name) {
            s->needs_class = true;
        } else if (!symbol || !(symbol->flags & (SYMBOL_LOCAL | SYMBOL_FREE))) {
            if (symbol && symbol->flags & SYMBOL_GLOBAL)
                return false;
            continue;
        }
        if (symbol && symbol->flags & SYMBOL_LOCAL)
            symbol->flags |= SYMBOL_CELL;
        for (struct scope *between = scope; between != s; between = between->parent) {
            struct symbol *inner = symbol_add(w, between, name, 0);
            if (!(inner->flags & SYMBOL_LOCAL) || between == scope)
                inner->flags |= SYMBOL_FREE;
        }
        return true;
    }
    return false;
}

static bool decide_locals(struct walk *w, struct scope *s) {
    for (size_t i = 0; i < s->count; i++) {
        struct symbol *symbol = &s->symbols[i];
        unsigned declared = symbol->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL);
        if (declared == (SYMBOL_GLOBAL | SYMBOL_NONLOCAL) && symbol->declared)
            return error_at(w->error, symbol->declared, "name '%s' is nonlocal and global",
                            value_string(symbol->name));
        if (symbol->flags & SYMBOL_ASSIGNED && !declared)
            symbol->flags |= SYMBOL_LOCAL;
    }
    return true;
}

static bool decide_free(struct walk *w, struct scope *s) {
    for (size_t i = 0; i < s->count; i++) {
        ref name = s->symbols[i].name;
        unsigned flags = s->symbols[i].flags;
        const struct node *place = s->symbols[i].declared;
        if (flags & (SYMBOL_LOCAL | SYMBOL_FREE | SYMBOL_GLOBAL) || capture(w, s, name))
            continue;
        if (flags & SYMBOL_NONLOCAL)
            return error_at(w->error, place ? place : s->node, "no binding for nonlocal '%s' found",
                            value_string(name));
        scope_find(s, name)->flags |= SYMBOL_GLOBAL;
    }
    return true;
}

static bool decide_module(struct walk *w, struct scope *s) {
    for (size_t i = 0; i < s->count; i++)
        if (s->symbols[i].flags & SYMBOL_NONLOCAL && s->symbols[i].declared)
            return error_at(w->error, s->symbols[i].declared,
                            "nonlocal declaration not allowed at module level");
    s->count = 0; /* its variables are looked up by name */
    return true;
}

bool scopes_decide(struct walk *w, struct scope *first) {
    if (!decide_module(w, first))
        return false;
    for (struct scope *s = first->next; s; s = s->next)
        if (!decide_locals(w, s))
            return false;
    for (struct scope *s = first->next; s; s = s->next)
        if (!decide_free(w, s))
            return false;
    return true;
}
