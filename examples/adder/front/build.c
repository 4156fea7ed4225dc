/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The actions of the grammar that are more than "a node of these fields".
 */
#include <string.h>

#include "front/peg.h"

static struct nodes *new_list(struct parser *p) {
    return arena_alloc(p->arena, sizeof(struct nodes));
}

static void add_all(struct parser *p, struct nodes *to, const struct nodes *from) {
    for (size_t i = 0; from && i < from->count; i++)
        nodes_add(p->arena, to, from->at[i]);
}

/* --- lists --- */

static void *build_single(struct parser *p, void **f) {
    struct nodes *list = new_list(p);
    nodes_add(p->arena, list, f[F_A]);
    return list;
}

static void *build_nothing(struct parser *p, void **f) {
    (void)f;
    return new_list(p);
}

static void *build_joined_lists(struct parser *p, void **f) {
    struct nodes *list = new_list(p);
    add_all(p, list, f[F_LIST]);
    add_all(p, list, f[F_LIST2]);
    return list;
}

static void *build_first_and_rest(struct parser *p, void **f) {
    struct nodes *list = build_single(p, f);
    add_all(p, list, f[F_LIST]);
    return list;
}

/* A list of lists as one. */
static void *build_flattened(struct parser *p, void **f) {
    struct nodes *list = new_list(p), *all = f[F_LIST];
    for (size_t i = 0; i < all->count; i++)
        add_all(p, list, (const void *)all->at[i]);
    return list;
}

/* --- expressions --- */

static void *build_tuple_or_one(struct parser *p, void **f) {
    struct nodes *list = f[F_LIST];
    if (list->count == 1 && !f[F_C])
        return list->at[0];
    struct node *n = parser_node(p, N_TUPLE);
    n->list = *list;
    return n;
}

static void *boolean(struct parser *p, void **f, uint8_t op) {
    struct nodes *list = f[F_LIST];
    if (list->count == 1)
        return list->at[0];
    struct node *n = parser_node(p, N_BOOLEAN);
    n->op = op;
    n->list = *list;
    return n;
}

static void *build_conjunction(struct parser *p, void **f) {
    return boolean(p, f, 0);
}

static void *build_disjunction(struct parser *p, void **f) {
    return boolean(p, f, 1);
}

static void *build_compare(struct parser *p, void **f) {
    struct nodes *pairs = f[F_LIST];
    if (pairs->count == 0)
        return f[F_A];
    struct node *n = parser_node(p, N_COMPARE);
    n->a = f[F_A];
    n->ops = arena_alloc(p->arena, pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        n->ops[i] = pairs->at[i]->op;
        nodes_add(p->arena, &n->list, pairs->at[i]->a);
    }
    return n;
}

/* An expression in brackets of its own. */
static void *build_parenthesised(struct parser *p, void **f) {
    struct node *n = f[F_IT];
    (void)p;
    n->parenthesised = true;
    return n;
}

static void *constant(struct parser *p, ref value) {
    struct node *n = parser_node(p, N_CONSTANT);
    n->value = value;
    return n;
}

static void *build_constant_true(struct parser *p, void **f) {
    (void)f;
    return constant(p, TRUE);
}

static void *build_constant_false(struct parser *p, void **f) {
    (void)f;
    return constant(p, FALSE);
}

static void *build_constant_none(struct parser *p, void **f) {
    (void)f;
    return constant(p, NONE);
}

static void *build_constant_ellipsis(struct parser *p, void **f) {
    (void)f;
    return constant(p, ELLIPSIS);
}

/* a(list), or a followed by the generator expression b. */
static void *build_call(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_CALL);
    struct nodes *all = f[F_LIST];
    n->a = f[F_A];
    if (f[F_B])
        nodes_add(p->arena, &n->list, f[F_B]);
    for (size_t i = 0; all && i < all->count; i++)
        nodes_add(p->arena, all->at[i]->kind == N_KEYWORD ? &n->list2 : &n->list, all->at[i]);
    return n;
}

/* Pairs are KEYWORD nodes: key a, NULL for **, and value b. */
static void *build_dict(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_DICT);
    struct nodes *pairs = f[F_LIST];
    for (size_t i = 0; pairs && i < pairs->count; i++) {
        nodes_add(p->arena, &n->list, pairs->at[i]->a);
        nodes_add(p->arena, &n->list2, pairs->at[i]->b);
    }
    return n;
}

static void *build_dict_comp(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_DICT_COMP), *pair = f[F_X];
    n->a = pair->a;
    n->b = pair->b;
    n->list = *(struct nodes *)f[F_LIST];
    return n;
}

static void *build_strings(struct parser *p, void **f) {
    return parse_strings(p, f[F_LIST]);
}

/* --- parameters --- */

/* A default for the parameter b. */
static void *build_parameter(struct parser *p, void **f) {
    struct node *n = f[F_B];
    (void)p;
    n->a = f[F_A];
    return n;
}

static void *build_star_parameters(struct parser *p, void **f) {
    struct parameters *all = arena_alloc(p->arena, sizeof *all);
    all->args = f[F_A];
    all->kwargs = f[F_B];
    if (f[F_LIST])
        all->keyword_only = *(struct nodes *)f[F_LIST];
    return all;
}

static void *build_parameters(struct parser *p, void **f) {
    struct parameters *all = f[F_C];
    if (!all)
        all = arena_alloc(p->arena, sizeof *all);
    all->positional = (struct nodes){0};
    add_all(p, &all->positional, f[F_LIST]);
    all->positional_only = all->positional.count;
    add_all(p, &all->positional, f[F_LIST2]);
    add_all(p, &all->positional, f[F_LIST3]);
    return all;
}

/* --- statements --- */

static void *build_evaluated(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_EXPRESSION), *module = parser_node(p, N_MODULE);
    n->a = f[F_A];
    nodes_add(p->arena, &module->list, n);
    return module;
}

/* if with an elif behind it: an if is what else holds. */
static void *build_chained_if(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_IF);
    n->a = f[F_A];
    n->list = *(struct nodes *)f[F_LIST];
    nodes_add(p->arena, &n->list2, f[F_X]);
    return n;
}

static void *build_class(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_CLASS);
    struct nodes *all = f[F_LIST2];
    n->value = ((struct node *)f[F_VALUE])->value;
    n->list = *(struct nodes *)f[F_LIST];
    for (size_t i = 0; all && i < all->count; i++)
        nodes_add(p->arena, all->at[i]->kind == N_KEYWORD ? &n->list4 : &n->list3, all->at[i]);
    return n;
}

static void *build_decorated(struct parser *p, void **f) {
    struct node *n = f[F_A];
    (void)p;
    n->list2 = *(struct nodes *)f[F_LIST];
    return n;
}

/* a.b.c as one name. */
static void *build_dotted(struct parser *p, void **f) {
    struct nodes *parts = f[F_LIST];
    if (parts->count == 1)
        return parts->at[0];
    struct node *n = parser_node(p, N_NAME);
    size_t size = 0, room = 0;
    for (size_t i = 0; i < parts->count; i++)
        room += strlen(value_string(parts->at[i]->value)) + 1;
    char *text = arena_alloc(p->arena, room);
    for (size_t i = 0; i < parts->count; i++) {
        const char *part = value_string(parts->at[i]->value);
        size_t length = strlen(part);
        if (i > 0)
            text[size++] = '.';
        memcpy(text + size, part, length);
        size += length;
    }
    n->value = value_name(p->arena, text, size);
    return n;
}

/* The last token, which is the star of an import. */
static struct node *star_node(struct parser *p) {
    const struct token *t = p->tokens[p->mark - 1];
    struct node *n = arena_alloc(p->arena, sizeof *n);
    *n = (struct node){.kind = N_ALIAS,
                       .line = t->line,
                       .column = t->column,
                       .end_line = t->end_line,
                       .end_column = t->end_column};
    return n;
}

/* list2: the dots, of which ... is three; their nodes are as wide as they are. */
static void *build_import_from(struct parser *p, void **f) {
    struct node *n = parser_node(p, N_IMPORT_FROM);
    struct nodes *dots = f[F_LIST2];
    size_t at = p->start + 1;
    for (size_t i = 0; dots && i < dots->count; i++)
        n->op = (uint8_t)(n->op + p->tokens[at + i]->size);
    if (f[F_VALUE])
        n->value = ((struct node *)f[F_VALUE])->value;
    n->list = *(struct nodes *)f[F_LIST];
    if (n->list.count == 0)
        n->c = star_node(p);
    return n;
}

/* --- errors --- */

static struct node *last_of(const struct nodes *list) {
    return list->at[list->count - 1];
}

/* Where a comprehension ends: its last condition, or what it runs over. */
static struct node *clause_end(const struct nodes *clauses) {
    const struct node *clause = last_of(clauses);
    return clause->list.count ? last_of(&clause->list) : clause->b;
}

static const char unbracketed[] = "Generator expression must be parenthesized";

static void *build_bare_generator_error(struct parser *p, void **f) {
    return fail_place(p, f[F_A], clause_end(f[F_B]), unbracketed);
}

/* f(x for x in y) is correct, so that one argument is no error. */
static void *build_call_generator_error(struct parser *p, void **f) {
    struct nodes *all = f[F_A];
    struct node *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i]->kind != N_KEYWORD) {
            last = all->at[i];
            count++;
        }
    return count > 1 ? fail_place(p, last, clause_end(f[F_B]), unbracketed) : NULL;
}

static void *build_later_generator_error(struct parser *p, void **f) {
    return fail_place(p, f[F_A], last_of(f[F_B])->a, unbracketed);
}

static void *build_first_argument_error(struct parser *p, void **f) {
    const struct nodes *all = f[F_A];
    return fail_place(p, all->at[0], last_of(all),
                      "iterable argument unpacking follows keyword argument unpacking");
}

static void *build_positional_error(struct parser *p, void **f) {
    struct nodes *all = f[F_A];
    bool unpacking = false;
    for (size_t i = 0; i < all->count; i++)
        unpacking |= all->at[i]->kind == N_KEYWORD && !all->at[i]->value;
    return fail_last(p, ERROR_SYNTAX,
                     unpacking ? "positional argument follows keyword argument unpacking"
                               : "positional argument follows keyword argument");
}

/* print and exec were statements once. */
static bool is_legacy(const struct node *n) {
    return n->kind == N_NAME && (strcmp(value_string(n->value), "print") == 0 ||
                                 strcmp(value_string(n->value), "exec") == 0);
}

static void *build_legacy_error(struct parser *p, void **f) {
    struct node *n = f[F_A];
    if (!is_legacy(n))
        return NULL;
    const char *text = value_string(n->value);
    return fail_place(p, n, f[F_B], "Missing parentheses in call to '%s'. Did you mean %s(...)?",
                      text, text);
}

/* match, case and _ may begin a statement, so that no comma is missing behind them. CPython
 * compares as many letters as the name has: `c d` counts as well. */
static void *build_soft_prefix(struct parser *p, void **f) {
    static const char *const words[] = {"_", "case", "match"};
    struct node *n = f[F_A];
    const char *text = value_string(n->value);
    (void)p;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(words[i], text, strlen(text)) == 0)
            return n;
    return NULL;
}

static void *build_comma_error(struct parser *p, void **f) {
    if (is_legacy(f[F_A]) || p->tokens[p->mark - 1]->level == 0)
        return NULL;
    return fail_place(p, f[F_A], f[F_B], "invalid syntax. Perhaps you forgot a comma?");
}

static void *build_colon_error(struct parser *p, void **f) {
    const struct node *n = f[F_A];
    return fail_bytes(p, n->line, n->end_column - 1, n->end_line, -1,
                      "':' expected after dictionary key");
}

static void *build_comprehension_target_error(struct parser *p, void **f) {
    return fail_place(p, f[F_A], last_of(f[F_LIST]),
                      "did you forget parentheses around the comprehension target?");
}

enum target { ASSIGNED, LOOPED, DELETED };

/* The part of a target that cannot be one, or NULL. In `for a in b` the target has been read
 * as a comparison. */
static const struct node *bad_target(const struct node *n, enum target use) {
    const struct node *bad = NULL;
    switch (n->kind) {
    case N_TUPLE:
    case N_LIST:
        for (size_t i = 0; i < n->list.count && !bad; i++)
            bad = bad_target(n->list.at[i], use);
        return bad;
    case N_STARRED:
        return use == DELETED ? n : bad_target(n->a, use);
    case N_COMPARE:
        if (use != LOOPED)
            return n;
        return n->ops[0] == OP_IN ? bad_target(n->a, use) : NULL;
    case N_NAME:
    case N_SUBSCRIPT:
    case N_ATTRIBUTE:
        return NULL;
    default:
        return n;
    }
}

static void *target_error(struct parser *p, void **f, enum target use) {
    const struct node *bad = bad_target(f[F_A], use);
    if (!bad)
        return NULL;
    return fail_place(p, bad, bad, use == DELETED ? "cannot delete %s" : "cannot assign to %s",
                      describe(bad));
}

static void *build_assign_target_error(struct parser *p, void **f) {
    return target_error(p, f, ASSIGNED);
}

static void *build_for_target_error(struct parser *p, void **f) {
    return target_error(p, f, LOOPED);
}

static void *build_delete_target_error(struct parser *p, void **f) {
    return target_error(p, f, DELETED);
}

/* clang-format off */
#define BUILDERS(X)                                                                                \
    X(single)                                                                                      \
    X(nothing)                                                                                     \
    X(joined_lists)                                                                                \
    X(first_and_rest) X(flattened) X(tuple_or_one) X(conjunction) X(disjunction) X(compare)        \
        X(parenthesised) X(constant_true) X(constant_false) X(constant_none) X(constant_ellipsis)  \
            X(call) X(dict) X(dict_comp) X(strings) X(parameter) X(star_parameters) X(parameters)  \
                X(evaluated) X(chained_if) X(class) X(decorated) X(dotted) X(import_from)          \
                    X(bare_generator_error) X(call_generator_error) X(later_generator_error)       \
                        X(first_argument_error) X(positional_error) X(legacy_error) X(soft_prefix) \
                            X(comma_error) X(colon_error) X(comprehension_target_error)            \
                                X(assign_target_error) X(for_target_error) X(delete_target_error)
/* clang-format on */

const struct builder_name builders[] = {
#define X(n) {#n, build_##n},
    BUILDERS(X)
#undef X
        {NULL, NULL}};
