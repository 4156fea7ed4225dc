/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scopes: which names are variables of a function, which are cells that inner functions
 * share, and which are global. One walk gathers what each scope assigns and uses;
 * another, from the outside in, decides.
 */
#include <stdlib.h>

#include "front/parser.h"

struct walk {
    struct arena *arena;
    const char *text;
    ref filename;
    struct scope *scope;
    bool failed;
};

struct symbol *scope_find(struct scope *scope, ref name) {
    for (size_t i = 0; i < scope->count; i++)
        if (scope->symbols[i].name == name)
            return &scope->symbols[i];
    return NULL;
}

static struct symbol *symbol_add(struct scope *scope, ref name, unsigned flags) {
    struct symbol *s = scope_find(scope, name);
    if (!s) {
        if (scope->count == scope->room) {
            scope->room = scope->room ? 2 * scope->room : 16;
            scope->symbols = realloc(scope->symbols, scope->room * sizeof *s);
            if (!scope->symbols)
                abort();
        }
        s = &scope->symbols[scope->count++];
        *s = (struct symbol){.name = name};
    }
    s->flags |= flags;
    return s;
}

static struct scope *scope_open(struct walk *w, enum scope_kind kind, struct node *n) {
    struct scope *s = arena_alloc(w->arena, sizeof *s);
    *s = (struct scope){.kind = kind, .parent = w->scope, .node = n, .next = *arena_scopes(w->arena)};
    *arena_scopes(w->arena) = s;
    n->scope = s;
    return s;
}

static void *fail(struct walk *w, const struct node *n, const char *format, const char *name) {
    if (!self.error)
        syntax_error(w->text, w->filename, n->line, n->column, n->end_line, n->end_column,
                     SyntaxError, format, name);
    w->failed = true;
    return NULL;
}

static void visit(struct walk *w, struct node *n);

static void visit_all(struct walk *w, struct nodes *list) {
    for (size_t i = 0; i < list->count && !w->failed; i++)
        visit(w, list->at[i]);
}

/* A module's names are looked up by name: its scope keeps none but declared ones. */
static void assign(struct walk *w, struct node *n, ref name) {
    if (str_is_text(name, "__debug__"))
        fail(w, n, "cannot assign to __debug__", NULL);
    if (w->scope->kind != SCOPE_MODULE)
        symbol_add(w->scope, name, SYMBOL_ASSIGNED);
}

static void use(struct walk *w, ref name) {
    if (w->scope->kind != SCOPE_MODULE)
        symbol_add(w->scope, name, SYMBOL_USED);
    if (w->scope->kind == SCOPE_FUNCTION &&
        (str_is_text(name, "super") || name == special.class))
        symbol_add(w->scope, special.class, SYMBOL_USED);
}

static void target(struct walk *w, struct node *n) {
    if (n->kind == N_NAME) {
        assign(w, n, n->value);
    } else if (n->kind == N_STARRED) {
        target(w, n->a);
    } else if (n->kind == N_TUPLE || n->kind == N_LIST) {
        size_t stars = 0;
        for (size_t i = 0; i < n->list.count; i++) {
            stars += n->list.at[i]->kind == N_STARRED;
            target(w, n->list.at[i]);
        }
        if (stars > 1)
            fail(w, n, "multiple starred expressions in assignment", NULL);
    } else {
        visit(w, n);
    }
}

static void defaults(struct walk *w, struct parameters *all) {
    for (size_t i = 0; i < all->positional.count; i++)
        visit(w, all->positional.at[i]->a);
    for (size_t i = 0; i < all->keyword_only.count; i++)
        visit(w, all->keyword_only.at[i]->a);
}

static void declare(struct walk *w, struct parameters *all) {
    for (size_t i = 0; i < all->positional.count; i++)
        symbol_add(w->scope, all->positional.at[i]->value, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
    for (size_t i = 0; i < all->keyword_only.count; i++)
        symbol_add(w->scope, all->keyword_only.at[i]->value, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
    if (all->args)
        symbol_add(w->scope, all->args->value, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
    if (all->kwargs)
        symbol_add(w->scope, all->kwargs->value, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
}

static void function(struct walk *w, struct node *n) {
    struct scope *outer = w->scope;
    visit_all(w, &n->list2);
    defaults(w, n->parameters);
    if (n->kind == N_FUNCTION)
        assign(w, n, n->value);
    w->scope = scope_open(w, SCOPE_FUNCTION, n);
    declare(w, n->parameters);
    if (n->kind == N_LAMBDA)
        visit(w, n->a);
    else
        visit_all(w, &n->list);
    w->scope = outer;
}

static void class_body(struct walk *w, struct node *n) {
    struct scope *outer = w->scope;
    visit_all(w, &n->list2);
    visit_all(w, &n->list3);
    visit_all(w, &n->list4);
    assign(w, n, n->value);
    w->scope = scope_open(w, SCOPE_CLASS, n);
    visit_all(w, &n->list);
    w->scope = outer;
}

/* The first iterable belongs to the scope outside. */
static void comprehension(struct walk *w, struct node *n) {
    static ref first;
    struct scope *outer = w->scope;
    if (!first)
        first = str_intern(".0");
    visit(w, n->list.at[0]->b);
    w->scope = scope_open(w, SCOPE_FUNCTION, n);
    w->scope->is_comprehension = true;
    w->scope->is_generator = n->kind == N_GENERATOR_EXP;
    symbol_add(w->scope, first, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
    for (size_t i = 0; i < n->list.count && !w->failed; i++) {
        struct node *clause = n->list.at[i];
        if (i > 0)
            visit(w, clause->b);
        target(w, clause->a);
        visit_all(w, &clause->list);
    }
    visit(w, n->a);
    visit(w, n->b);
    w->scope = outer;
}

/* name := value inside a comprehension assigns in the function around it. */
static void named(struct walk *w, struct node *n) {
    struct scope *s = w->scope;
    visit(w, n->a);
    while (s->is_comprehension) {
        struct symbol *symbol = scope_find(s, n->value);
        if (symbol && symbol->flags & SYMBOL_ASSIGNED && !(symbol->flags & SYMBOL_NONLOCAL)) {
            fail(w, n, "assignment expression cannot rebind comprehension iteration variable '%s'",
                 str_c(n->value));
            return;
        }
        symbol_add(s, n->value, SYMBOL_USED | SYMBOL_NONLOCAL | SYMBOL_ASSIGNED);
        s = s->parent;
    }
    if (s != w->scope && s->kind == SCOPE_CLASS) {
        fail(w, n, "assignment expression within a comprehension cannot be used in a class body",
             NULL);
        return;
    }
    if (s->kind != SCOPE_MODULE)
        symbol_add(s, n->value, SYMBOL_ASSIGNED);
    if (s->kind == SCOPE_MODULE)
        for (struct scope *inner = w->scope; inner != s; inner = inner->parent) {
            struct symbol *symbol = scope_find(inner, n->value);
            symbol->flags = (symbol->flags & ~(unsigned)SYMBOL_NONLOCAL) | SYMBOL_GLOBAL;
        }
    w->scope->has_walrus = s->has_walrus = true;
}

static void declaration(struct walk *w, struct node *n, bool is_global) {
    if (!is_global && w->scope->kind == SCOPE_MODULE) {
        fail(w, n, "nonlocal declaration not allowed at module level", NULL);
        return;
    }
    for (size_t i = 0; i < n->list.count; i++) {
        ref name = n->list.at[i]->value;
        struct symbol *s = scope_find(w->scope, name);
        const char *what = is_global ? "global" : "nonlocal";
        if (s && s->flags & SYMBOL_PARAMETER)
            fail(w, n, is_global ? "name '%s' is parameter and global"
                                 : "name '%s' is parameter and nonlocal",
                 str_c(name));
        else if (s && s->flags & (is_global ? SYMBOL_NONLOCAL : SYMBOL_GLOBAL))
            fail(w, n, "name '%s' is nonlocal and global", str_c(name));
        else if (s && s->flags & SYMBOL_USED && !(s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)))
            fail(w, n, is_global ? "name '%s' is used prior to global declaration"
                                 : "name '%s' is used prior to nonlocal declaration",
                 str_c(name));
        else if (s && s->flags & SYMBOL_ASSIGNED && !(s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)))
            fail(w, n, is_global ? "name '%s' is assigned to before global declaration"
                                 : "name '%s' is assigned to before nonlocal declaration",
                 str_c(name));
        else if (w->scope->kind != SCOPE_MODULE)
            symbol_add(w->scope, name, is_global ? SYMBOL_GLOBAL : SYMBOL_NONLOCAL);
        (void)what;
    }
}

static void yield(struct walk *w, struct node *n) {
    if (w->scope->kind != SCOPE_FUNCTION) {
        fail(w, n, "'yield' outside function", NULL);
        return;
    }
    if (w->scope->is_comprehension) {
        fail(w, n, "'yield' inside comprehension", NULL);
        return;
    }
    w->scope->is_generator = true;
    visit(w, n->a);
}

static void visit(struct walk *w, struct node *n) {
    if (!n || w->failed)
        return;
    switch (n->kind) {
    case N_NAME:
        use(w, n->value);
        return;
    case N_FUNCTION:
    case N_LAMBDA:
        function(w, n);
        return;
    case N_CLASS:
        class_body(w, n);
        return;
    case N_LIST_COMP:
    case N_SET_COMP:
    case N_DICT_COMP:
    case N_GENERATOR_EXP:
        comprehension(w, n);
        return;
    case N_NAMED:
        named(w, n);
        return;
    case N_GLOBAL:
    case N_NONLOCAL:
        declaration(w, n, n->kind == N_GLOBAL);
        return;
    case N_YIELD:
    case N_YIELD_FROM:
        yield(w, n);
        return;
    case N_ASSIGN:
        visit(w, n->a);
        for (size_t i = 0; i < n->list.count; i++)
            target(w, n->list.at[i]);
        return;
    case N_ANNOTATE:
        visit(w, n->c);
        target(w, n->a);
        return;
    case N_AUGMENT:
        visit(w, n->b);
        target(w, n->a);
        if (n->a->kind == N_NAME)
            use(w, n->a->value);
        return;
    case N_FOR:
        visit(w, n->b);
        target(w, n->a);
        break;
    case N_ITEM:
        visit(w, n->a);
        if (n->b)
            target(w, n->b);
        return;
    case N_DELETE:
        for (size_t i = 0; i < n->list.count; i++)
            target(w, n->list.at[i]);
        return;
    case N_HANDLER:
        visit(w, n->a);
        if (n->value)
            assign(w, n, n->value);
        visit_all(w, &n->list);
        return;
    case N_IMPORT:
    case N_IMPORT_FROM:
        if (n->kind == N_IMPORT_FROM && !n->list.count && w->scope->kind != SCOPE_MODULE)
            fail(w, n, "import * only allowed at module level", NULL);
        for (size_t i = 0; i < n->list.count; i++) {
            struct node *alias = n->list.at[i];
            const char *dot = strchr(str_c(alias->value), '.');
            ref top = alias->value;
            if (dot && !alias->value2 && n->kind == N_IMPORT)
                top = str_intern_ref(arena_hold(
                    w->arena, str_new(str_c(top), (size_t)(dot - str_c(top)))));
            assign(w, alias, alias->value2 ? alias->value2 : top);
        }
        return;
    case N_RETURN:
        if (w->scope->kind != SCOPE_FUNCTION)
            fail(w, n, "'return' outside function", NULL);
        break;
    default:
        break;
    }
    if (n->kind != N_FOR) {
        visit(w, n->a);
        visit(w, n->b);
        visit(w, n->c);
    }
    visit_all(w, &n->list);
    visit_all(w, &n->list2);
    visit_all(w, &n->list3);
    visit_all(w, &n->list4);
}

/* --- decisions --- */

/* Makes a name of an outer function reach a scope: a cell there, free in between. */
static bool capture(struct scope *scope, ref name) {
    for (struct scope *s = scope->parent; s; s = s->parent) {
        struct symbol *symbol = s->kind == SCOPE_FUNCTION ? scope_find(s, name) : NULL;
        bool is_class_cell = s->kind == SCOPE_CLASS && name == special.class;
        if (is_class_cell) {
            s->needs_class = true;
        } else if (!symbol || !(symbol->flags & (SYMBOL_LOCAL | SYMBOL_FREE))) {
            if (symbol && symbol->flags & SYMBOL_GLOBAL)
                return false;
            continue;
        }
        if (symbol && symbol->flags & SYMBOL_LOCAL)
            symbol->flags |= SYMBOL_CELL;
        for (struct scope *between = scope; between != s; between = between->parent) {
            struct symbol *inner = symbol_add(between, name, 0);
            if (!(inner->flags & SYMBOL_LOCAL) || between == scope)
                inner->flags |= SYMBOL_FREE;
        }
        return true;
    }
    return false;
}

static void decide_locals(struct scope *s) {
    for (size_t i = 0; i < s->count; i++) {
        struct symbol *symbol = &s->symbols[i];
        bool declared = symbol->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL);
        if (symbol->flags & SYMBOL_ASSIGNED && !declared)
            symbol->flags |= SYMBOL_LOCAL;
    }
}

static bool decide_free(struct walk *w, struct scope *s) {
    for (size_t i = 0; i < s->count; i++) {
        struct symbol *symbol = &s->symbols[i];
        ref name = symbol->name;
        unsigned flags = symbol->flags;
        if (flags & SYMBOL_LOCAL || flags & SYMBOL_FREE || (flags & SYMBOL_GLOBAL))
            continue;
        bool found = capture(s, name);
        if (!found && flags & SYMBOL_NONLOCAL)
            return fail(w, s->node, "no binding for nonlocal '%s' found", str_c(name));
        if (!found)
            scope_find(s, name)->flags |= SYMBOL_GLOBAL;
    }
    return true;
}

/* Scopes are listed from the last opened to the first: turned round, outer ones come
 * first. */
bool scopes_build(struct arena *arena, struct node *module, const char *text, ref filename) {
    struct walk w = {.arena = arena, .text = text, .filename = filename};
    w.scope = scope_open(&w, SCOPE_MODULE, module);
    visit_all(&w, &module->list);
    if (w.failed || self.error)
        return false;
    size_t n = 0;
    for (struct scope *s = *arena_scopes(arena); s; s = s->next)
        n++;
    struct scope **all = arena_alloc(arena, n * sizeof *all);
    for (struct scope *s = *arena_scopes(arena); s; s = s->next)
        all[--n] = s;
    for (struct scope *s = *arena_scopes(arena); s; s = s->next)
        n++;
    for (size_t i = 0; i < n; i++)
        if (all[i]->kind != SCOPE_MODULE)
            decide_locals(all[i]);
    for (size_t i = 0; i < n; i++)
        if (all[i]->kind != SCOPE_MODULE && !decide_free(&w, all[i]))
            return false;
    return true;
}
