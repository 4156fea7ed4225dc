/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Statements.
 */
#include <stdio.h>

#include "front/parser.h"

static bool parse_block(struct parser *p, struct nodes *body, const char *after, int line);
static bool parse_statement(struct parser *p, struct nodes *body);

/* --- targets --- */

static const char *describe(const struct node *n) {
    switch (n->kind) {
    case N_CONSTANT:
        return n->value == TRUE         ? "True"
               : n->value == FALSE      ? "False"
               : n->value == NONE       ? "None"
               : n->value == ELLIPSIS   ? "ellipsis"
                                        : "literal";
    case N_FSTRING:
        return "f-string expression";
    case N_CALL:
        return "function call";
    case N_BINARY:
    case N_UNARY:
    case N_BOOLEAN:
        return "expression";
    case N_COMPARE:
        return "comparison";
    case N_CONDITIONAL:
        return "conditional expression";
    case N_LAMBDA:
        return "lambda";
    case N_DICT:
        return "dict literal";
    case N_SET:
        return "set display";
    case N_LIST_COMP:
        return "list comprehension";
    case N_SET_COMP:
        return "set comprehension";
    case N_DICT_COMP:
        return "dict comprehension";
    case N_GENERATOR_EXP:
        return "generator expression";
    case N_YIELD:
    case N_YIELD_FROM:
        return "yield expression";
    case N_NAMED:
        return "named expression";
    default:
        return "expression";
    }
}

bool check_target(struct parser *p, struct node *n, const char *verb) {
    bool deletes = verb[0] == 'd';
    switch (n->kind) {
    case N_NAME:
    case N_ATTRIBUTE:
    case N_SUBSCRIPT:
        return true;
    case N_STARRED:
        if (deletes)
            return fail_node(p, n, "cannot delete starred");
        return check_target(p, n->a, verb);
    case N_TUPLE:
    case N_LIST:
        for (size_t i = 0; i < n->list.count; i++)
            if (!check_target(p, n->list.at[i], verb))
                return false;
        return true;
    default:
        return fail_node(p, n, "cannot %s %s", verb, describe(n));
    }
}

/* --- parameters --- */

static struct node *parameter(struct parser *p, bool annotated) {
    struct node *n = node_at(p, N_PARAMETER, &p->token);
    if (p->token.kind != T_NAME || is_keyword(&p->token))
        return fail_syntax(p);
    n->value = token_name(p, &p->token);
    if (!advance(p) || (annotated && accept_op(p, ":") && !(n->b = parse_expression(p))))
        return NULL;
    return node_end(p, n);
}

static bool is_duplicate(struct parameters *all, ref name) {
    for (size_t i = 0; i < all->positional.count; i++)
        if (all->positional.at[i]->value == name)
            return true;
    for (size_t i = 0; i < all->keyword_only.count; i++)
        if (all->keyword_only.at[i]->value == name)
            return true;
    return (all->args && all->args->value == name) || (all->kwargs && all->kwargs->value == name);
}

static bool no_duplicate(struct parser *p, struct parameters *all, struct node *n) {
    if (n && is_duplicate(all, n->value))
        return fail_node(p, n, "duplicate argument '%s' in function definition", str_c(n->value));
    return n != NULL;
}

struct parameters *parse_parameters(struct parser *p, const char *end, bool annotated) {
    struct parameters *all = arena_alloc(p->arena, sizeof *all);
    bool starred = false, defaults = false;
    while (!is_op(p, end)) {
        struct node *n;
        struct token begin = p->token;
        if (accept_op(p, "**")) {
            n = parameter(p, annotated);
            if (!no_duplicate(p, all, n))
                return NULL;
            all->kwargs = n;
        } else if (accept_op(p, "*")) {
            if (starred)
                return fail_at(p, &begin, "* argument may appear only once");
            starred = true;
            if (is_op(p, end) || (is_op(p, ",") && p->next.kind == T_OPERATOR &&
                                  p->next.size == strlen(end) && *p->next.text == *end))
                return fail_at(p, &begin, "named arguments must follow bare *");
            if (!is_op(p, ",")) {
                n = parameter(p, annotated);
                if (!no_duplicate(p, all, n))
                    return NULL;
                all->args = n;
            }
        } else if (accept_op(p, "/")) {
            if (starred || all->positional_only || !all->positional.count)
                return fail_at(p, &begin, "invalid syntax");
            all->positional_only = all->positional.count;
        } else {
            n = parameter(p, annotated);
            if (!no_duplicate(p, all, n))
                return NULL;
            if (accept_op(p, "=")) {
                defaults = true;
                if (!(n->a = parse_expression(p)))
                    return NULL;
            } else if (defaults && !starred) {
                return fail_node(p, n, "non-default argument follows default argument");
            }
            nodes_add(p, starred ? &all->keyword_only : &all->positional, n);
        }
        if (self.error || !accept_op(p, ","))
            break;
        if (all->kwargs && !is_op(p, end))
            return fail_at(p, &p->token, "arguments cannot follow var-keyword argument");
    }
    return self.error ? NULL : all;
}

/* --- simple statements --- */

static uint8_t augmented(struct parser *p) {
    static const char *const symbols[] = {"+=", "-=", "*=", "/=", "//=", "%=", "**=",
                                          "<<=", ">>=", "&=", "|=", "^=", "@="};
    for (uint8_t i = 0; i < 13; i++)
        if (is_op(p, symbols[i]))
            return i;
    return OP_BINARY_COUNT;
}

static struct node *value_of_assignment(struct parser *p) {
    if (is_word(p, "yield"))
        return parse_yield(p);
    struct node *n = parse_star_expressions(p);
    if (n && n->kind == N_STARRED)
        return fail_node(p, n, "can't use starred expression here");
    return n;
}

static struct node *annotated(struct parser *p, struct node *target) {
    struct node *n = node_from(p, N_ANNOTATE, target);
    n->a = target;
    if (target->kind == N_TUPLE || target->kind == N_LIST)
        return fail_node(p, target, "only single target (not %s) can be annotated",
                         target->kind == N_TUPLE ? "tuple" : "list");
    if (target->kind != N_NAME && target->kind != N_ATTRIBUTE && target->kind != N_SUBSCRIPT)
        return fail_node(p, target, "illegal target for annotation");
    if (!advance(p) || !(n->b = parse_expression(p)))
        return NULL;
    if (accept_op(p, "=") && !(n->c = value_of_assignment(p)))
        return NULL;
    return node_end(p, n);
}

static struct node *chained(struct parser *p, struct node *first) {
    struct node *n = node_from(p, N_ASSIGN, first), *value = first;
    while (is_op(p, "=")) {
        if (value->kind != N_NAME && value->kind != N_ATTRIBUTE && value->kind != N_SUBSCRIPT &&
            value->kind != N_TUPLE && value->kind != N_LIST && value->kind != N_STARRED)
            return value->kind == N_COMPARE || value->kind == N_BINARY || value->kind == N_UNARY ||
                           value->kind == N_BOOLEAN || value->kind == N_CALL ||
                           (value->kind == N_CONSTANT && !(value->value == NONE || is_bool(value->value)))
                       ? fail_node(p, value, "cannot assign to %s here. Maybe you meant '==' "
                                             "instead of '='?",
                                   describe(value))
                       : fail_node(p, value, "cannot assign to %s", describe(value));
        if (value->kind == N_STARRED)
            return fail_node(p, value, "starred assignment target must be in a list or tuple");
        if (!check_target(p, value, "assign to"))
            return NULL;
        nodes_add(p, &n->list, value);
        if (!advance(p) || !(value = value_of_assignment(p)))
            return NULL;
    }
    n->a = value;
    return node_end(p, n);
}

static struct node *expression_statement(struct parser *p) {
    struct node *first = is_word(p, "yield") ? parse_yield(p) : parse_star_expressions(p);
    if (!first)
        return NULL;
    if (is_op(p, "="))
        return chained(p, first);
    if (is_op(p, ":") && first->kind != N_YIELD)
        return annotated(p, first);
    uint8_t op = augmented(p);
    if (op < OP_BINARY_COUNT) {
        struct node *n = node_from(p, N_AUGMENT, first);
        if (first->kind != N_NAME && first->kind != N_ATTRIBUTE && first->kind != N_SUBSCRIPT)
            return fail_node(p, first, "'%s' is an illegal expression for augmented assignment",
                             first->kind == N_TUPLE  ? "tuple"
                             : first->kind == N_LIST ? "list"
                                                     : describe(first));
        n->a = first;
        n->op = op;
        if (!advance(p) || !(n->b = value_of_assignment(p)))
            return NULL;
        return node_end(p, n);
    }
    if (first->kind == N_STARRED)
        return fail_node(p, first, "can't use starred expression here");
    struct node *n = node_from(p, N_EXPRESSION, first);
    n->a = first;
    return node_end(p, n);
}

static bool at_end(struct parser *p) {
    return p->token.kind == T_NEWLINE || p->token.kind == T_END || p->token.kind == T_DEDENT ||
           is_op(p, ";");
}

static struct node *names_statement(struct parser *p, enum node_kind kind) {
    struct node *n = node_at(p, kind, &p->token);
    do {
        if (!advance(p))
            return NULL;
        if (p->token.kind != T_NAME || is_keyword(&p->token))
            return fail_syntax(p);
        struct node *name = node_at(p, N_NAME, &p->token);
        name->value = token_name(p, &p->token);
        nodes_add(p, &n->list, name);
        if (!advance(p))
            return NULL;
    } while (is_op(p, ","));
    return node_end(p, n);
}

/* a.b.c as one str. */
static ref dotted_name(struct parser *p) {
    struct text t = {0};
    for (;;) {
        if (p->token.kind != T_NAME || is_keyword(&p->token)) {
            text_free(&t);
            return fail_syntax(p);
        }
        text_add(&t, p->token.text, p->token.size);
        if (!advance(p))
            return NULL;
        if (!is_op(p, "."))
            break;
        text_char(&t, '.');
        if (!advance(p))
            return NULL;
    }
    return str_intern_ref(arena_hold(p->arena, text_finish(&t)));
}

static bool alias_as(struct parser *p, struct node *alias) {
    if (!accept_word(p, "as"))
        return !self.error;
    if (p->token.kind != T_NAME || is_keyword(&p->token))
        return fail_syntax(p);
    alias->value2 = token_name(p, &p->token);
    return advance(p);
}

static struct node *import_statement(struct parser *p) {
    struct node *n = node_at(p, N_IMPORT, &p->token);
    do {
        if (!advance(p))
            return NULL;
        struct node *alias = node_at(p, N_ALIAS, &p->token);
        if (!(alias->value = dotted_name(p)) || !alias_as(p, alias))
            return NULL;
        nodes_add(p, &n->list, node_end(p, alias));
    } while (is_op(p, ","));
    return node_end(p, n);
}

static struct node *from_statement(struct parser *p) {
    struct node *n = node_at(p, N_IMPORT_FROM, &p->token);
    if (!advance(p))
        return NULL;
    while (is_op(p, ".") || is_op(p, "...")) {
        n->op = (uint8_t)(n->op + p->token.size);
        if (!advance(p))
            return NULL;
    }
    if (n->op)
        return fail_at(p, &p->last, "relative imports are not part of the subset");
    if (!(n->value = dotted_name(p)))
        return NULL;
    if (!accept_word(p, "import"))
        return fail_syntax(p);
    if (accept_op(p, "*"))
        return node_end(p, n);
    bool bracketed = accept_op(p, "(");
    if (bracketed && is_op(p, ")"))
        return fail_syntax(p);
    do {
        struct node *alias = node_at(p, N_ALIAS, &p->token);
        if (p->token.kind != T_NAME || is_keyword(&p->token))
            return n->list.count && !bracketed
                       ? fail_at(p, &p->token, "trailing comma not allowed without surrounding "
                                               "parentheses")
                       : fail_syntax(p);
        alias->value = token_name(p, &p->token);
        if (!advance(p) || !alias_as(p, alias))
            return NULL;
        nodes_add(p, &n->list, node_end(p, alias));
    } while (accept_op(p, ",") && !(bracketed && is_op(p, ")")));
    if (bracketed && !accept_op(p, ")"))
        return fail_syntax(p);
    return node_end(p, n);
}

static struct node *simple_statement(struct parser *p) {
    struct node *n;
    static const struct {
        const char *word;
        enum node_kind kind;
    } bare[] = {{"pass", N_PASS}, {"break", N_BREAK}, {"continue", N_CONTINUE}};
    for (size_t i = 0; i < 3; i++)
        if (is_word(p, bare[i].word)) {
            n = node_at(p, bare[i].kind, &p->token);
            return advance(p) ? n : NULL;
        }
    n = node_at(p, N_RETURN, &p->token);
    if (accept_word(p, "return")) {
        if (!at_end(p) && !(n->a = value_of_assignment(p)))
            return NULL;
        return node_end(p, n);
    }
    if (accept_word(p, "raise")) {
        n->kind = N_RAISE;
        if (!at_end(p) && !(n->a = parse_expression(p)))
            return NULL;
        if (n->a && accept_word(p, "from") && !(n->b = parse_expression(p)))
            return NULL;
        return node_end(p, n);
    }
    if (is_word(p, "global") || is_word(p, "nonlocal"))
        return names_statement(p, is_word(p, "global") ? N_GLOBAL : N_NONLOCAL);
    if (accept_word(p, "del")) {
        struct node *all = parse_star_expressions(p);
        n->kind = N_DELETE;
        if (!all || !check_target(p, all, "delete"))
            return NULL;
        if (all->kind == N_TUPLE)
            n->list = all->list;
        else
            nodes_add(p, &n->list, all);
        return node_end(p, n);
    }
    if (accept_word(p, "assert")) {
        n->kind = N_ASSERT;
        if (!(n->a = parse_expression(p)) || (accept_op(p, ",") && !(n->b = parse_expression(p))))
            return NULL;
        return node_end(p, n);
    }
    if (is_word(p, "import"))
        return import_statement(p);
    if (is_word(p, "from"))
        return from_statement(p);
    return self.error ? NULL : expression_statement(p);
}

static bool simple_statements(struct parser *p, struct nodes *body) {
    do {
        if (p->token.kind == T_NEWLINE || p->token.kind == T_END)
            break;
        struct node *n = simple_statement(p);
        if (!n)
            return false;
        nodes_add(p, body, n);
    } while (accept_op(p, ";"));
    if (p->token.kind == T_NEWLINE)
        return advance(p) || !self.error;
    if (p->token.kind == T_END || p->token.kind == T_DEDENT)
        return true;
    struct node *last = body->count ? body->at[body->count - 1] : NULL;
    if (last && last->kind == N_EXPRESSION && last->a->kind == N_NAME && !self.error &&
        (str_is_text(last->a->value, "print") || str_is_text(last->a->value, "exec")) &&
        p->token.kind != T_OPERATOR)
        return fail_node(p, last, "Missing parentheses in call to '%s'. Did you mean %s(...)?",
                         str_c(last->a->value), str_c(last->a->value));
    return fail_syntax(p);
}

/* --- compound statements --- */

static bool colon(struct parser *p) {
    if (is_op(p, "=") && !self.error)
        return fail_at(p, &p->token, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    return expect_op(p, ":");
}

static bool else_block(struct parser *p, struct nodes *body) {
    int line = p->token.line;
    if (!accept_word(p, "else"))
        return !self.error;
    return colon(p) && parse_block(p, body, "'else' statement", line);
}

static struct node *if_statement(struct parser *p) {
    struct node *n = node_at(p, N_IF, &p->token);
    bool is_elif = is_word(p, "elif");
    if (!advance(p) || !(n->a = parse_named(p)) || !colon(p) ||
        !parse_block(p, &n->list, is_elif ? "'elif' statement" : "'if' statement", n->line))
        return NULL;
    if (is_word(p, "elif")) {
        struct node *other = if_statement(p);
        nodes_add(p, &n->list2, other);
        return other ? node_end(p, n) : NULL;
    }
    return else_block(p, &n->list2) ? node_end(p, n) : NULL;
}

static struct node *while_statement(struct parser *p) {
    struct node *n = node_at(p, N_WHILE, &p->token);
    if (!advance(p) || !(n->a = parse_named(p)) || !colon(p) ||
        !parse_block(p, &n->list, "'while' statement", n->line) || !else_block(p, &n->list2))
        return NULL;
    return node_end(p, n);
}

static struct node *for_statement(struct parser *p) {
    struct node *n = node_at(p, N_FOR, &p->token);
    if (!advance(p) || !(n->a = parse_target_list(p)))
        return NULL;
    if (!accept_word(p, "in"))
        return fail_syntax(p);
    if (!(n->b = parse_star_expressions(p)) || !colon(p) ||
        !parse_block(p, &n->list, "'for' statement", n->line) || !else_block(p, &n->list2))
        return NULL;
    return node_end(p, n);
}

static bool except_clause(struct parser *p, struct node *n) {
    struct node *h = node_at(p, N_HANDLER, &p->token);
    if (!advance(p))
        return false;
    if (is_op(p, "*"))
        return fail_at(p, &p->token, "except* is not part of the subset");
    if (!is_op(p, ":")) {
        struct token begin = p->token;
        if (!(h->a = parse_expression(p)))
            return false;
        if (is_op(p, ","))
            return syntax_error(p->text, p->filename, begin.line, begin.column, begin.end_line,
                                begin.end_column, SyntaxError,
                                "multiple exception types must be parenthesized");
        if (accept_word(p, "as")) {
            if (p->token.kind != T_NAME || is_keyword(&p->token))
                return fail_syntax(p);
            h->value = token_name(p, &p->token);
            if (!advance(p))
                return false;
        }
    }
    if (!colon(p) || !parse_block(p, &h->list, "'except' statement", h->line))
        return false;
    nodes_add(p, &n->list2, node_end(p, h));
    return true;
}

static struct node *try_statement(struct parser *p) {
    struct node *n = node_at(p, N_TRY, &p->token);
    if (!advance(p) || !colon(p) || !parse_block(p, &n->list, "'try' statement", n->line))
        return NULL;
    while (is_word(p, "except")) {
        if (n->list2.count && !n->list2.at[n->list2.count - 1]->a)
            return fail_node(p, n->list2.at[n->list2.count - 1], "default 'except:' must be last");
        if (!except_clause(p, n))
            return NULL;
    }
    if (n->list2.count && !else_block(p, &n->list3))
        return NULL;
    int line = p->token.line;
    if (accept_word(p, "finally"))
        return colon(p) && parse_block(p, &n->list4, "'finally' statement", line) ? node_end(p, n)
                                                                                  : NULL;
    if (self.error)
        return NULL;
    if (!n->list2.count)
        return fail_at(p, &p->token, "expected 'except' or 'finally' block");
    return node_end(p, n);
}

/* Whether the bracket that opens here holds all items of the with: it does if a colon
 * follows where it closes. */
static bool brackets_hold_items(struct parser *p) {
    const char *s = p->token.text;
    int depth = 0;
    for (; *s; s++) {
        if (*s == '\'' || *s == '"') {
            char q = *s;
            for (s++; *s && *s != q; s++) {
            }
        }
        if (*s && strchr("([{", *s))
            depth++;
        else if (*s && strchr(")]}", *s) && --depth == 0)
            break;
    }
    if (!*s)
        return false;
    for (s++; *s == ' '; s++) {
    }
    return *s == ':';
}

static struct node *with_statement(struct parser *p) {
    struct node *n = node_at(p, N_WITH, &p->token);
    if (!advance(p))
        return NULL;
    bool bracketed = is_op(p, "(") && brackets_hold_items(p);
    if (bracketed && !advance(p))
        return NULL;
    do {
        if (bracketed && is_op(p, ")"))
            break;
        struct node *item = node_at(p, N_ITEM, &p->token);
        if (!(item->a = parse_expression(p)))
            return NULL;
        if (accept_word(p, "as")) {
            item->b = parse_expression(p);
            if (!item->b || !check_target(p, item->b, "assign to"))
                return NULL;
        }
        nodes_add(p, &n->list, node_end(p, item));
    } while (accept_op(p, ","));
    if (bracketed && !accept_op(p, ")"))
        return fail_syntax(p);
    if (!colon(p) || !parse_block(p, &n->list2, "'with' statement", n->line))
        return NULL;
    return node_end(p, n);
}

static struct node *function_definition(struct parser *p) {
    struct node *n = node_at(p, N_FUNCTION, &p->token);
    if (!advance(p))
        return NULL;
    if (p->token.kind != T_NAME || is_keyword(&p->token))
        return fail_syntax(p);
    n->value = token_name(p, &p->token);
    if (!advance(p))
        return NULL;
    if (!is_op(p, "("))
        return fail_at(p, &p->token, "expected '('");
    if (!advance(p) || !(n->parameters = parse_parameters(p, ")", true)))
        return NULL;
    if (!accept_op(p, ")"))
        return fail_syntax(p);
    if (accept_op(p, "->") && !(n->a = parse_expression(p)))
        return NULL;
    if (!colon(p) || !parse_block(p, &n->list, "function definition", n->line))
        return NULL;
    return node_end(p, n);
}

static struct node *class_definition(struct parser *p) {
    struct node *n = node_at(p, N_CLASS, &p->token);
    if (!advance(p))
        return NULL;
    if (p->token.kind != T_NAME || is_keyword(&p->token))
        return fail_syntax(p);
    n->value = token_name(p, &p->token);
    if (!advance(p))
        return NULL;
    if (accept_op(p, "(")) {
        if (!parse_arguments(p, &n->list3, &n->list4))
            return NULL;
        if (!accept_op(p, ")"))
            return fail_syntax(p);
    }
    if (!colon(p) || !parse_block(p, &n->list, "class definition", n->line))
        return NULL;
    return node_end(p, n);
}

static struct node *decorated(struct parser *p) {
    struct nodes decorators = {0};
    while (accept_op(p, "@")) {
        struct node *d = parse_named(p);
        if (!d)
            return NULL;
        nodes_add(p, &decorators, d);
        if (p->token.kind != T_NEWLINE)
            return fail_syntax(p);
        if (!advance(p))
            return NULL;
    }
    if (is_word(p, "async"))
        return fail_at(p, &p->token, "async is not part of the subset");
    struct node *n = is_word(p, "def")     ? function_definition(p)
                     : is_word(p, "class") ? class_definition(p)
                                           : fail_syntax(p);
    if (n)
        n->list2 = decorators;
    return n;
}

/* match is no keyword: a statement of that name followed by something that no
 * expression could have there. */
static bool is_match(struct parser *p) {
    return is_word(p, "match") && p->next.line == p->token.line &&
           (p->next.kind == T_NAME || p->next.kind == T_NUMBER || p->next.kind == T_STRING) &&
           !(p->next.kind == T_NAME && is_keyword(&p->next));
}

static bool parse_statement(struct parser *p, struct nodes *body) {
    static const struct {
        const char *word;
        struct node *(*parse)(struct parser *);
    } compound[] = {{"if", if_statement},       {"while", while_statement},
                    {"for", for_statement},     {"try", try_statement},
                    {"with", with_statement},   {"def", function_definition},
                    {"class", class_definition}};
    if (is_word(p, "async"))
        return fail_at(p, &p->token, "async is not part of the subset");
    if (is_match(p))
        return fail_at(p, &p->token, "match is not part of the subset");
    for (size_t i = 0; i < sizeof compound / sizeof *compound; i++)
        if (is_word(p, compound[i].word)) {
            if (++p->depth > 100)
                return fail_at(p, &p->token, "too many statically nested blocks");
            struct node *n = compound[i].parse(p);
            p->depth--;
            nodes_add(p, body, n);
            return n != NULL;
        }
    if (is_op(p, "@")) {
        struct node *n = decorated(p);
        nodes_add(p, body, n);
        return n != NULL;
    }
    return simple_statements(p, body);
}

static bool parse_block(struct parser *p, struct nodes *body, const char *after, int line) {
    if (self.error)
        return false;
    if (p->token.kind != T_NEWLINE)
        return simple_statements(p, body);
    if (!advance(p))
        return false;
    if (p->token.kind != T_INDENT) {
        char message[96];
        if (p->token.kind == T_END)
            p->lexer.incomplete = true;
        snprintf(message, sizeof message, "expected an indented block after %s on line %d", after,
                 line);
        struct token t = p->token;
        return syntax_error(p->text, p->filename, t.line, t.column, t.end_line, t.end_column,
                            IndentationError, "%s", message);
    }
    if (!advance(p))
        return false;
    while (p->token.kind != T_DEDENT && p->token.kind != T_END)
        if (!parse_statement(p, body))
            return false;
    return p->token.kind == T_END || advance(p) || !self.error;
}

/* At the prompt a block is whole when an empty line follows it. */
struct node *parse_statements(struct parser *p, bool interactive) {
    struct node *module = node_at(p, N_MODULE, &p->token);
    while (p->token.kind != T_END) {
        if (p->token.kind == T_NEWLINE) {
            if (!advance(p))
                return NULL;
            continue;
        }
        if (p->token.kind == T_INDENT)
            return fail_at(p, &p->token, "unexpected indent");
        if (!parse_statement(p, &module->list))
            return NULL;
    }
    (void)interactive;
    return self.error ? NULL : module;
}
