/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What a tree may not hold although the grammar lets it: the errors that CPython's compiler
 * finds, in the order in which it walks. Negative numbers become constants on the way.
 */
#include <string.h>

#include "front/parse.h"
#include "front/value.h"

enum { BLOCKS_MAX = 20 };

struct check {
    struct arena *arena;
    struct syntax_error *error;
    bool in_function, in_loop;
    int blocks, depth;
};

static void visit(struct check *c, struct node *n);

static void visit_all(struct check *c, struct nodes *list) {
    for (size_t i = 0; i < list->count && !c->error->kind; i++)
        visit(c, list->at[i]);
}

static bool fail(struct check *c, const struct node *n, const char *message) {
    return error_at(c->error, n, "%s", message);
}

static void no_debug(struct check *c, const struct node *n, ref name) {
    if (name && strcmp(value_string(name), "__debug__") == 0)
        fail(c, n, "cannot assign to __debug__");
}

/* Items of a display or call, where * may stand. */
static void visit_starred(struct check *c, struct nodes *list) {
    for (size_t i = 0; i < list->count && !c->error->kind; i++)
        visit(c, list->at[i] && list->at[i]->kind == N_STARRED ? list->at[i]->a : list->at[i]);
}

static void target(struct check *c, struct node *n) {
    size_t stars = 0;
    switch (n->kind) {
    case N_NAME:
        no_debug(c, n, n->value);
        break;
    case N_ATTRIBUTE:
        visit(c, n->a);
        no_debug(c, n, n->value);
        break;
    case N_STARRED:
        fail(c, n, "starred assignment target must be in a list or tuple");
        break;
    case N_TUPLE:
    case N_LIST:
        for (size_t i = 0; i < n->list.count && !c->error->kind; i++)
            if ((stars += n->list.at[i]->kind == N_STARRED) > 1)
                fail(c, n, "multiple starred expressions in assignment");
        for (size_t i = 0; i < n->list.count && !c->error->kind; i++) {
            struct node *item = n->list.at[i];
            target(c, item->kind == N_STARRED ? item->a : item);
        }
        break;
    default:
        visit(c, n);
    }
}

/* --- functions and classes --- */

static void check_parameters(struct check *c, struct parameters *all) {
    struct nodes *lists[] = {&all->positional, &all->keyword_only};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            visit(c, lists[i]->at[j]->a);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            visit(c, lists[i]->at[j]->b);
    if (all->args)
        visit(c, all->args->b);
    if (all->kwargs)
        visit(c, all->kwargs->b);
}

static void body(struct check *c, struct node *n, bool is_function) {
    struct check inner = *c;
    inner.in_function = is_function;
    inner.in_loop = false;
    inner.blocks = 0;
    if (n->kind == N_LAMBDA)
        visit(&inner, n->a);
    else
        visit_all(&inner, &n->list);
}

static void keywords(struct check *c, struct nodes *list) {
    for (size_t i = 0; i < list->count && !c->error->kind; i++) {
        ref name = list->at[i]->value;
        no_debug(c, list->at[i], name);
        for (size_t j = i + 1; name && j < list->count; j++)
            if (list->at[j]->value == name) {
                error_at(c->error, list->at[j], "keyword argument repeated: %s",
                         value_string(name));
                return;
            }
    }
}

static void check_call(struct check *c, struct nodes *positional, struct nodes *named) {
    keywords(c, named);
    visit_starred(c, positional);
    for (size_t i = 0; i < named->count; i++)
        visit(c, named->at[i]->a);
}

/* --- statements --- */

static void block(struct check *c, struct node *n, struct nodes *list, bool loop) {
    bool outer = c->in_loop;
    if (++c->blocks > BLOCKS_MAX)
        fail(c, n, "too many statically nested blocks");
    c->in_loop |= loop;
    visit_all(c, list);
    c->in_loop = outer;
    c->blocks--;
}

static void handlers(struct check *c, struct node *n) {
    for (size_t i = 0; i < n->list2.count && !c->error->kind; i++) {
        struct node *h = n->list2.at[i];
        if (!h->a && i + 1 < n->list2.count)
            fail(c, h, "default 'except:' must be last");
        visit(c, h->a);
        no_debug(c, h, h->value);
        block(c, h, &h->list, false);
    }
}

static void check_try(struct check *c, struct node *n) {
    bool has_finally = n->list4.count > 0;
    c->blocks += has_finally;
    if (n->list2.count) {
        block(c, n, &n->list, false);
        handlers(c, n);
        visit_all(c, &n->list3);
    } else {
        visit_all(c, &n->list);
    }
    c->blocks -= has_finally;
    visit_all(c, &n->list4);
}

static void check_with(struct check *c, struct node *n) {
    int blocks = c->blocks;
    for (size_t i = 0; i < n->list.count; i++) {
        if (++c->blocks > BLOCKS_MAX)
            fail(c, n, "too many statically nested blocks");
        visit(c, n->list.at[i]->a);
        if (n->list.at[i]->b)
            target(c, n->list.at[i]->b);
    }
    visit_all(c, &n->list2);
    c->blocks = blocks;
}

static void clauses(struct check *c, struct node *n) {
    struct check inner = *c;
    inner.in_function = true;
    for (size_t i = 0; i < n->list.count && !c->error->kind; i++) {
        visit(&inner, n->list.at[i]->b);
        target(&inner, n->list.at[i]->a);
        visit_all(&inner, &n->list.at[i]->list);
    }
    visit(&inner, n->a);
    visit(&inner, n->b);
}

static void fold(struct check *c, struct node *n) {
    ref value = n->a->kind == N_CONSTANT ? value_negative(c->arena, n->a->value) : NULL;
    if (value) {
        n->kind = N_CONSTANT;
        n->value = value;
        n->a = NULL;
    }
}

static bool visit_statement(struct check *c, struct node *n) {
    switch (n->kind) {
    case N_RETURN:
        if (!c->in_function)
            fail(c, n, "'return' outside function");
        visit(c, n->a);
        return true;
    case N_BREAK:
    case N_CONTINUE:
        if (!c->in_loop)
            fail(c, n,
                 n->kind == N_BREAK ? "'break' outside loop" : "'continue' not properly in loop");
        return true;
    case N_WHILE:
        visit(c, n->a);
        block(c, n, &n->list, true);
        visit_all(c, &n->list2);
        return true;
    case N_FOR:
        visit(c, n->b);
        target(c, n->a);
        block(c, n, &n->list, true);
        visit_all(c, &n->list2);
        return true;
    case N_TRY:
        check_try(c, n);
        return true;
    case N_WITH:
        check_with(c, n);
        return true;
    case N_FUNCTION:
        visit_all(c, &n->list2);
        check_parameters(c, n->parameters);
        visit(c, n->a);
        no_debug(c, n, n->value);
        body(c, n, true);
        return true;
    case N_CLASS:
        visit_all(c, &n->list2);
        body(c, n, false);
        check_call(c, &n->list3, &n->list4);
        return true;
    case N_ASSIGN:
        visit(c, n->a);
        for (size_t i = 0; i < n->list.count; i++)
            target(c, n->list.at[i]);
        return true;
    case N_ANNOTATE:
        visit(c, n->c);
        visit(c, n->b);
        target(c, n->a);
        return true;
    case N_AUGMENT:
        target(c, n->a);
        visit(c, n->b);
        return true;
    case N_DELETE:
        for (size_t i = 0; i < n->list.count; i++)
            target(c, n->list.at[i]);
        return true;
    case N_IMPORT_FROM:
        if (n->op)
            error_refuse(c->error, REFUSE_relative_import, n->line, n->column + 1, n->end_line,
                         n->end_column + 1);
        return true;
    default:
        return false;
    }
}

static void visit_kind(struct check *c, struct node *n) {
    switch (n->kind) {
    case N_STARRED:
        fail(c, n, "can't use starred expression here");
        return;
    case N_TUPLE:
    case N_LIST:
    case N_SET:
        visit_starred(c, &n->list);
        return;
    case N_CALL:
        visit(c, n->a);
        check_call(c, &n->list, &n->list2);
        return;
    case N_YIELD:
    case N_YIELD_FROM:
        if (!c->in_function)
            fail(c, n, "'yield' outside function");
        visit(c, n->a);
        return;
    case N_LAMBDA:
        check_parameters(c, n->parameters);
        body(c, n, true);
        return;
    case N_LIST_COMP:
    case N_SET_COMP:
    case N_DICT_COMP:
    case N_GENERATOR_EXP:
        clauses(c, n);
        return;
    case N_NAMED:
        visit(c, n->a);
        no_debug(c, n, n->value);
        return;
    case N_UNARY:
        visit(c, n->a);
        if (n->op == OP_NEG && !c->error->kind)
            fold(c, n);
        return;
    default:
        break;
    }
    visit(c, n->a);
    visit(c, n->b);
    visit(c, n->c);
    visit_all(c, &n->list);
    visit_all(c, &n->list2);
}

static void visit(struct check *c, struct node *n) {
    if (!n || c->error->kind)
        return;
    if (++c->depth > TREE_DEPTH_MAX)
        error_too_deep(c->error);
    else if (!visit_statement(c, n))
        visit_kind(c, n);
    c->depth--;
}

bool tree_check(struct arena *arena, struct node *module, struct syntax_error *error) {
    struct check c = {.arena = arena, .error = error};
    visit_all(&c, &module->list);
    return error->kind == ERROR_NONE;
}
