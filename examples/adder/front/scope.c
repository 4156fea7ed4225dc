/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Scopes, first half: one walk gathers what each scope binds, uses and declares, in the
 * order in which CPython's symtable.c does, so that the first error is the same.
 */
#include "front/scope.h"

#include <string.h>

#include "front/value.h"

struct symbol *scope_find(struct scope *scope, ref name) {
    for (size_t i = 0; i < scope->count; i++)
        if (scope->symbols[i].name == name)
            return &scope->symbols[i];
    return NULL;
}

struct symbol *symbol_add(struct walk *w, struct scope *scope, ref name, unsigned flags) {
    struct symbol *s = scope_find(scope, name);
    if (!s) {
        if (scope->count == scope->room) {
            size_t room = scope->room ? 2 * scope->room : 8;
            struct symbol *grown = arena_alloc(w->arena, room * sizeof *s);
            if (scope->count)
                memcpy(grown, scope->symbols, scope->count * sizeof *s);
            scope->symbols = grown;
            scope->room = room;
        }
        s = &scope->symbols[scope->count++];
        *s = (struct symbol){.name = name};
    }
    s->flags |= flags;
    return s;
}

static struct scope *scope_open(struct walk *w, enum scope_kind kind, struct node *n) {
    struct scope *s = arena_alloc(w->arena, sizeof *s);
    *s = (struct scope){.kind = kind, .parent = w->scope, .node = n};
    if (w->last)
        w->last->next = s;
    w->last = s;
    n->scope = s;
    return s;
}

static void visit(struct walk *w, struct node *n);

static void visit_all(struct walk *w, struct nodes *list) {
    for (size_t i = 0; i < list->count && !w->error->kind; i++)
        visit(w, list->at[i]);
}

/* The same name in a class body, if it is a private one: CPython mangles before it compares;
 * equal names stay equal, so that the difference shows nowhere here. */
static void bind(struct walk *w, const struct node *n, ref name) {
    unsigned flags = SYMBOL_ASSIGNED;
    if (w->in_iteration_target) {
        struct symbol *s = scope_find(w->scope, name);
        if (s && s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL))
            error_at(w->error, n,
                     "comprehension inner loop cannot rebind assignment expression target '%s'",
                     value_string(name));
        flags |= SYMBOL_ITERATION;
    }
    symbol_add(w, w->scope, name, flags);
}

static void use(struct walk *w, ref name) {
    symbol_add(w, w->scope, name, SYMBOL_USED);
    if (w->scope->kind == SCOPE_FUNCTION && strcmp(value_string(name), "super") == 0)
        symbol_add(w, w->scope, w->class_name, SYMBOL_USED);
}

static void target(struct walk *w, struct node *n) {
    if (n->kind == N_NAME)
        bind(w, n, n->value);
    else if (n->kind == N_STARRED)
        target(w, n->a);
    else if (n->kind == N_TUPLE || n->kind == N_LIST)
        for (size_t i = 0; i < n->list.count && !w->error->kind; i++)
            target(w, n->list.at[i]);
    else
        visit(w, n);
}

/* --- functions, classes --- */

static void defaults(struct walk *w, struct parameters *all) {
    for (size_t i = 0; i < all->positional.count; i++)
        visit(w, all->positional.at[i]->a);
    for (size_t i = 0; i < all->keyword_only.count; i++)
        visit(w, all->keyword_only.at[i]->a);
}

static void annotations(struct walk *w, struct parameters *all, struct node *result) {
    for (size_t i = 0; i < all->positional.count; i++)
        visit(w, all->positional.at[i]->b);
    if (all->args)
        visit(w, all->args->b);
    if (all->kwargs)
        visit(w, all->kwargs->b);
    for (size_t i = 0; i < all->keyword_only.count; i++)
        visit(w, all->keyword_only.at[i]->b);
    visit(w, result);
}

static void declare_one(struct walk *w, struct node *n) {
    struct symbol *s = n ? scope_find(w->scope, n->value) : NULL;
    if (s)
        error_at(w->error, n, "duplicate argument '%s' in function definition",
                 value_string(n->value));
    else if (n)
        symbol_add(w, w->scope, n->value, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
}

static void declare(struct walk *w, struct parameters *all) {
    for (size_t i = 0; i < all->positional.count; i++)
        declare_one(w, all->positional.at[i]);
    for (size_t i = 0; i < all->keyword_only.count; i++)
        declare_one(w, all->keyword_only.at[i]);
    declare_one(w, all->args);
    declare_one(w, all->kwargs);
}

static void function(struct walk *w, struct node *n) {
    struct scope *outer = w->scope;
    if (n->kind == N_FUNCTION)
        bind(w, n, n->value);
    defaults(w, n->parameters);
    annotations(w, n->parameters, n->kind == N_FUNCTION ? n->a : NULL);
    visit_all(w, &n->list2);
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
    bind(w, n, n->value);
    visit_all(w, &n->list3);
    visit_all(w, &n->list4);
    visit_all(w, &n->list2);
    w->scope = scope_open(w, SCOPE_CLASS, n);
    visit_all(w, &n->list);
    w->scope = outer;
}

/* --- comprehensions --- */

static void iterated(struct walk *w, struct node *n) {
    w->in_iterable++;
    visit(w, n);
    w->in_iterable--;
}

static void clause(struct walk *w, struct node *n, bool first) {
    bool outer = w->in_iteration_target;
    w->in_iteration_target = true;
    target(w, n->a);
    w->in_iteration_target = outer;
    if (!first)
        iterated(w, n->b);
    visit_all(w, &n->list);
}

/* The first iterable belongs to the scope outside. */
static void comprehension(struct walk *w, struct node *n) {
    struct scope *outer = w->scope;
    bool target_before = w->in_iteration_target;
    int iterable_before = w->in_iterable;
    iterated(w, n->list.at[0]->b);
    w->in_iteration_target = false;
    w->in_iterable = iterable_before;
    w->scope = scope_open(w, SCOPE_FUNCTION, n);
    w->scope->is_comprehension = true;
    w->scope->is_generator = n->kind == N_GENERATOR_EXP;
    symbol_add(w, w->scope, w->first_name, SYMBOL_PARAMETER | SYMBOL_ASSIGNED);
    for (size_t i = 0; i < n->list.count && !w->error->kind; i++)
        clause(w, n->list.at[i], i == 0);
    visit(w, n->b);
    visit(w, n->a);
    w->scope = outer;
    w->in_iteration_target = target_before;
}

/* name := value inside a comprehension assigns in the function around it. */
static void bind_outside(struct walk *w, const struct node *place, ref name) {
    struct scope *s = w->scope;
    for (; s->is_comprehension; s = s->parent) {
        struct symbol *symbol = scope_find(s, name);
        if (symbol && symbol->flags & SYMBOL_ITERATION) {
            error_at(w->error, place,
                     "assignment expression cannot rebind comprehension iteration variable '%s'",
                     value_string(name));
            return;
        }
    }
    if (s->kind == SCOPE_CLASS) {
        error_at(w->error, place,
                 "assignment expression within a comprehension cannot be "
                 "used in a class body");
        return;
    }
    struct symbol *outside = scope_find(s, name);
    bool is_global = s->kind == SCOPE_MODULE || (outside && outside->flags & SYMBOL_GLOBAL);
    for (struct scope *inner = w->scope; inner != s; inner = inner->parent)
        symbol_add(w, inner, name,
                   SYMBOL_USED | SYMBOL_ASSIGNED | (is_global ? SYMBOL_GLOBAL : SYMBOL_NONLOCAL));
    symbol_add(w, s, name, SYMBOL_ASSIGNED);
    s->has_walrus = true;
}

static void named(struct walk *w, struct node *n) {
    struct node place = *n;
    place.end_line = n->line;
    place.end_column = n->column + (int)strlen(value_string(n->value));
    if (w->in_iterable > 0) {
        error_at(w->error, n,
                 "assignment expression cannot be used in a comprehension "
                 "iterable expression");
        return;
    }
    if (w->scope->is_comprehension)
        bind_outside(w, &place, n->value);
    w->scope->has_walrus = true;
    if (w->error->kind)
        return;
    visit(w, n->a);
    if (!w->scope->is_comprehension)
        bind(w, n, n->value);
}

/* --- declarations --- */

static void declaration(struct walk *w, struct node *n, bool is_global) {
    const char *kind = is_global ? "global" : "nonlocal";
    for (size_t i = 0; i < n->list.count && !w->error->kind; i++) {
        ref name = n->list.at[i]->value;
        struct symbol *s = scope_find(w->scope, name);
        unsigned flags = s ? s->flags : 0;
        if (flags & SYMBOL_PARAMETER)
            error_at(w->error, n, "name '%s' is parameter and %s", value_string(name), kind);
        else if (flags & SYMBOL_USED)
            error_at(w->error, n, "name '%s' is used prior to %s declaration", value_string(name),
                     kind);
        else if (flags & SYMBOL_ANNOTATED)
            error_at(w->error, n, "annotated name '%s' can't be %s", value_string(name), kind);
        else if (flags & SYMBOL_ASSIGNED)
            error_at(w->error, n, "name '%s' is assigned to before %s declaration",
                     value_string(name), kind);
        s = symbol_add(w, w->scope, name, is_global ? SYMBOL_GLOBAL : SYMBOL_NONLOCAL);
        if (!s->declared)
            s->declared = n;
    }
}

static void yield(struct walk *w, struct node *n) {
    static const char *const names[] = {[N_LIST_COMP] = "list comprehension",
                                        [N_SET_COMP] = "set comprehension",
                                        [N_DICT_COMP] = "dict comprehension",
                                        [N_GENERATOR_EXP] = "generator expression"};
    visit(w, n->a);
    w->scope->is_generator = true;
    if (w->scope->is_comprehension)
        error_at(w->error, n, "'yield' inside %s", names[w->scope->node->kind]);
}

static void annotated(struct walk *w, struct node *n) {
    struct symbol *s = n->a->kind == N_NAME ? scope_find(w->scope, n->a->value) : NULL;
    unsigned declared = s ? s->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL) : 0;
    if (declared && w->scope->kind != SCOPE_MODULE && !n->a->parenthesised) {
        error_at(w->error, n, "annotated name '%s' can't be %s", value_string(s->name),
                 declared & SYMBOL_GLOBAL ? "global" : "nonlocal");
        return;
    }
    if (n->a->kind == N_NAME && (!n->a->parenthesised || n->c))
        symbol_add(w, w->scope, n->a->value,
                   SYMBOL_ASSIGNED | (n->a->parenthesised ? 0 : SYMBOL_ANNOTATED));
    else if (n->a->kind != N_NAME)
        target(w, n->a);
    visit(w, n->b);
    visit(w, n->c);
}

static void imported(struct walk *w, struct node *n) {
    if (n->kind == N_IMPORT_FROM && !n->list.count && w->scope->kind != SCOPE_MODULE)
        error_at(w->error, n->c, "import * only allowed at module level");
    for (size_t i = 0; i < n->list.count && !w->error->kind; i++) {
        struct node *alias = n->list.at[i];
        const char *text = value_string(alias->value), *dot = strchr(text, '.');
        ref top = alias->value;
        if (dot && n->kind == N_IMPORT)
            top = value_name(w->arena, text, (size_t)(dot - text));
        bind(w, alias, alias->value2 ? alias->value2 : top);
    }
}

/* --- the walk --- */

static bool visit_special(struct walk *w, struct node *n) {
    switch (n->kind) {
    case N_NAME:
        use(w, n->value);
        return true;
    case N_FUNCTION:
    case N_LAMBDA:
        function(w, n);
        return true;
    case N_CLASS:
        class_body(w, n);
        return true;
    case N_LIST_COMP:
    case N_SET_COMP:
    case N_DICT_COMP:
    case N_GENERATOR_EXP:
        comprehension(w, n);
        return true;
    case N_NAMED:
        named(w, n);
        return true;
    case N_GLOBAL:
    case N_NONLOCAL:
        declaration(w, n, n->kind == N_GLOBAL);
        return true;
    case N_YIELD:
    case N_YIELD_FROM:
        yield(w, n);
        return true;
    case N_IMPORT:
    case N_IMPORT_FROM:
        imported(w, n);
        return true;
    case N_ANNOTATE:
        annotated(w, n);
        return true;
    default:
        return false;
    }
}

static void visit_statement(struct walk *w, struct node *n) {
    switch (n->kind) {
    case N_ASSIGN:
    case N_DELETE:
        for (size_t i = 0; i < n->list.count; i++)
            target(w, n->list.at[i]);
        visit(w, n->a);
        return;
    case N_AUGMENT:
        target(w, n->a);
        visit(w, n->b);
        return;
    case N_FOR:
        target(w, n->a);
        visit(w, n->b);
        break;
    case N_ITEM:
        visit(w, n->a);
        if (n->b)
            target(w, n->b);
        return;
    case N_HANDLER:
        visit(w, n->a);
        if (n->value)
            bind(w, n, n->value);
        break;
    case N_TRY:
        visit_all(w, &n->list);
        visit_all(w, &n->list3);
        visit_all(w, &n->list2);
        visit_all(w, &n->list4);
        return;
    default:
        visit(w, n->a);
        visit(w, n->b);
        visit(w, n->c);
        break;
    }
    visit_all(w, &n->list);
    visit_all(w, &n->list2);
}

static void visit(struct walk *w, struct node *n) {
    if (!n || w->error->kind)
        return;
    if (++w->depth > TREE_DEPTH_MAX)
        error_too_deep(w->error);
    else if (!visit_special(w, n))
        visit_statement(w, n);
    w->depth--;
}

bool scopes_build(struct arena *arena, struct node *module, struct syntax_error *error) {
    struct walk w = {.arena = arena, .error = error};
    w.class_name = value_name(arena, "__class__", 9);
    w.first_name = value_name(arena, ".0", 2);
    struct scope *top = w.scope = scope_open(&w, SCOPE_MODULE, module);
    visit_all(&w, &module->list);
    return !error->kind && scopes_decide(&w, top);
}
