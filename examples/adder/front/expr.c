/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Expressions, by recursive descent: one function for each level of the grammar, one
 * table for the binary operators.
 */
#include <stdlib.h>

#include "front/parser.h"

enum { DEPTH_MAX = 300 };

static struct node *parse_or(struct parser *p);
static struct node *parse_binary(struct parser *p, int level);

/* --- comprehensions --- */

static bool at_for(struct parser *p) {
    return is_word(p, "for") || is_word(p, "async");
}

static bool parse_clauses(struct parser *p, struct node *n) {
    while (at_for(p)) {
        if (is_word(p, "async"))
            return fail_at(p, &p->token, "async comprehensions are not part of the subset");
        struct token begin = p->token;
        struct node *clause = node_at(p, N_FOR_CLAUSE, &begin);
        if (!advance(p) || !(clause->a = parse_target_list(p)))
            return false;
        if (!accept_word(p, "in"))
            return fail_syntax(p);
        if (!(clause->b = parse_or(p)))
            return false;
        while (is_word(p, "if")) {
            struct node *condition = advance(p) ? parse_or(p) : NULL;
            if (!condition)
                return false;
            nodes_add(p, &clause->list, condition);
        }
        nodes_add(p, &n->list, clause);
    }
    return true;
}

static struct node *comprehension(struct parser *p, enum node_kind kind, const struct token *begin,
                                  struct node *a, struct node *b) {
    struct node *n = node_at(p, kind, begin);
    if (a->kind == N_STARRED)
        return fail_node(p, a, "iterable unpacking cannot be used in comprehension");
    n->a = a;
    n->b = b;
    return parse_clauses(p, n) ? n : NULL;
}

/* --- atoms --- */

static struct node *star_or_named(struct parser *p) {
    if (!is_op(p, "*"))
        return parse_named(p);
    struct node *n = node_at(p, N_STARRED, &p->token);
    if (!advance(p) || !(n->a = parse_binary(p, 0)))
        return NULL;
    return node_end(p, n);
}

static bool close_bracket(struct parser *p, struct node *n, const char *end) {
    if (!accept_op(p, end)) {
        if (p->token.kind != T_END && p->token.kind != T_NEWLINE && !self.error &&
            n->list.count > 0 && p->token.kind != T_OPERATOR) {
            struct node *last = n->list.at[n->list.count - 1];
            syntax_error(p->text, p->filename, last->line, last->column, p->token.end_line,
                         p->token.end_column, SyntaxError,
                         "invalid syntax. Perhaps you forgot a comma?");
            return false;
        }
        return fail_syntax(p);
    }
    node_end(p, n);
    n->parenthesised = true;
    return true;
}

static struct node *parse_list(struct parser *p) {
    struct token begin = p->token;
    struct node *n = node_at(p, N_LIST, &begin);
    if (!advance(p))
        return NULL;
    while (!is_op(p, "]")) {
        struct node *item = star_or_named(p);
        if (!item)
            return NULL;
        if (n->list.count == 0 && at_for(p)) {
            n = comprehension(p, N_LIST_COMP, &begin, item, NULL);
            break;
        }
        nodes_add(p, &n->list, item);
        if (!accept_op(p, ","))
            break;
    }
    return n && close_bracket(p, n, "]") ? n : NULL;
}

static struct node *parse_group(struct parser *p) {
    struct token begin = p->token;
    struct node *n = node_at(p, N_TUPLE, &begin);
    if (!advance(p))
        return NULL;
    if (is_word(p, "yield")) {
        struct node *y = parse_yield(p);
        return y && close_bracket(p, n, ")") ? y : NULL;
    }
    while (!is_op(p, ")")) {
        struct node *item = star_or_named(p);
        if (!item)
            return NULL;
        if (n->list.count == 0 && at_for(p)) {
            n = comprehension(p, N_GENERATOR_EXP, &begin, item, NULL);
            break;
        }
        if (n->list.count == 0 && is_op(p, ")")) {
            if (item->kind == N_STARRED)
                return fail_node(p, item, "cannot use starred expression here");
            item->parenthesised = true;
            return advance(p) ? item : NULL;
        }
        nodes_add(p, &n->list, item);
        if (!accept_op(p, ","))
            break;
    }
    return n && close_bracket(p, n, ")") ? n : NULL;
}

static bool parse_pair(struct parser *p, struct node *n) {
    if (accept_op(p, "**")) {
        struct node *mapping = parse_binary(p, 0);
        nodes_add(p, &n->list, NULL);
        nodes_add(p, &n->list2, mapping);
        return mapping != NULL;
    }
    struct node *key = parse_expression(p);
    if (!key)
        return false;
    if (!accept_op(p, ":"))
        return self.error ? false : fail_at(p, &p->last, "':' expected after dictionary key");
    struct node *value = parse_expression(p);
    nodes_add(p, &n->list, key);
    nodes_add(p, &n->list2, value);
    return value != NULL;
}

static struct node *parse_braces(struct parser *p) {
    struct token begin = p->token;
    struct node *n = node_at(p, N_DICT, &begin);
    if (!advance(p))
        return NULL;
    if (is_op(p, "}") || is_op(p, "**")) {
        n->kind = N_DICT;
    } else {
        struct node *first = star_or_named(p);
        if (!first)
            return NULL;
        if (accept_op(p, ":")) {
            struct node *value = parse_expression(p);
            if (!value)
                return NULL;
            if (at_for(p)) {
                n = comprehension(p, N_DICT_COMP, &begin, first, value);
                return n && close_bracket(p, n, "}") ? n : NULL;
            }
            nodes_add(p, &n->list, first);
            nodes_add(p, &n->list2, value);
        } else {
            if (at_for(p)) {
                n = comprehension(p, N_SET_COMP, &begin, first, NULL);
                return n && close_bracket(p, n, "}") ? n : NULL;
            }
            n->kind = N_SET;
            nodes_add(p, &n->list, first);
        }
        if (!accept_op(p, ","))
            return !self.error && close_bracket(p, n, "}") ? n : NULL;
    }
    while (!is_op(p, "}")) {
        if (n->kind == N_DICT) {
            if (!parse_pair(p, n))
                return NULL;
        } else {
            struct node *item = star_or_named(p);
            if (!item)
                return NULL;
            nodes_add(p, &n->list, item);
        }
        if (!accept_op(p, ","))
            break;
    }
    return close_bracket(p, n, "}") ? n : NULL;
}

static struct node *parse_number(struct parser *p) {
    struct token t = p->token;
    struct node *n = node_at(p, N_CONSTANT, &t);
    char *text = arena_alloc(p->arena, t.size + 1);
    memcpy(text, t.text, t.size);
    bool is_hex = t.size > 1 && strchr("xXoObB", text[1]) && text[0] == '0';
    bool is_real = !is_hex && strpbrk(text, ".eE");
    ref v = is_real ? float_parse(text, t.size) : int_parse(text, t.size, 0);
    if (!v && !self.error)
        return fail_at(p, &t, "leading zeros in decimal integer literals are not permitted; use an "
                              "0o prefix for octal integers");
    if (!v)
        return NULL;
    n->value = arena_hold(p->arena, v);
    return advance(p) ? n : NULL;
}

static struct node *constant(struct parser *p, ref v) {
    struct node *n = node_at(p, N_CONSTANT, &p->token);
    n->value = v;
    return advance(p) ? n : NULL;
}

static struct node *parse_atom(struct parser *p) {
    if (p->token.kind == T_NUMBER)
        return parse_number(p);
    if (p->token.kind == T_STRING)
        return parse_strings(p);
    if (p->token.kind == T_OPERATOR) {
        if (is_op(p, "("))
            return parse_group(p);
        if (is_op(p, "["))
            return parse_list(p);
        if (is_op(p, "{"))
            return parse_braces(p);
        if (is_op(p, "..."))
            return constant(p, ELLIPSIS);
        return fail_syntax(p);
    }
    if (p->token.kind != T_NAME)
        return fail_syntax(p);
    if (is_word(p, "None"))
        return constant(p, NONE);
    if (is_word(p, "True"))
        return constant(p, TRUE);
    if (is_word(p, "False"))
        return constant(p, FALSE);
    if (is_word(p, "await"))
        return fail_at(p, &p->token, "await is not part of the subset");
    if (is_keyword(&p->token))
        return fail_syntax(p);
    struct node *n = node_at(p, N_NAME, &p->token);
    n->value = token_name(p, &p->token);
    return n->value && advance(p) ? n : NULL;
}

/* --- calls, attributes, subscripts --- */

bool parse_arguments(struct parser *p, struct nodes *positional, struct nodes *keywords) {
    while (!is_op(p, ")")) {
        struct token begin = p->token;
        struct node *n;
        if (accept_op(p, "**")) {
            n = node_at(p, N_KEYWORD, &begin);
            if (!(n->a = parse_expression(p)))
                return false;
            nodes_add(p, keywords, node_end(p, n));
        } else if (p->token.kind == T_NAME && !is_keyword(&p->token) &&
                   p->next.kind == T_OPERATOR && p->next.size == 1 && *p->next.text == '=') {
            n = node_at(p, N_KEYWORD, &begin);
            n->value = token_name(p, &p->token);
            for (size_t i = 0; i < keywords->count; i++)
                if (keywords->at[i]->value == n->value)
                    return fail_node(p, n, "keyword argument repeated: %s", str_c(n->value));
            if (!advance(p) || !advance(p) || !(n->a = parse_expression(p)))
                return false;
            nodes_add(p, keywords, node_end(p, n));
        } else {
            if (!(n = star_or_named(p)))
                return false;
            if (at_for(p)) {
                if (!(n = comprehension(p, N_GENERATOR_EXP, &begin, n, NULL)))
                    return false;
                node_end(p, n);
                if (positional->count || keywords->count || is_op(p, ","))
                    return fail_node(p, n, "Generator expression must be parenthesized");
            }
            if (is_op(p, "=") && n->kind != N_STARRED)
                return fail_node(p, n, "expression cannot contain assignment, perhaps you meant "
                                       "\"==\"?");
            bool after_spread = false, after_named = false;
            for (size_t i = 0; i < keywords->count; i++) {
                after_spread |= !keywords->at[i]->value;
                after_named |= keywords->at[i]->value != NULL;
            }
            if (after_spread)
                return fail_at(p, &p->last, n->kind == N_STARRED
                                                ? "iterable argument unpacking follows keyword "
                                                  "argument unpacking"
                                                : "positional argument follows keyword argument "
                                                  "unpacking");
            if (after_named && n->kind != N_STARRED)
                return fail_at(p, &p->last, "positional argument follows keyword argument");
            nodes_add(p, positional, n);
        }
        if (!accept_op(p, ","))
            break;
    }
    return !self.error;
}

static struct node *parse_slice(struct parser *p) {
    struct token begin = p->token;
    struct node *first = NULL;
    if (is_op(p, "*"))
        return star_or_named(p);
    if (!is_op(p, ":") && !(first = parse_named(p)))
        return NULL;
    if (!is_op(p, ":"))
        return first;
    struct node *n = node_at(p, N_SLICE, &begin);
    n->a = first;
    if (!advance(p))
        return NULL;
    if (!is_op(p, ":") && !is_op(p, "]") && !is_op(p, ",") && !(n->b = parse_expression(p)))
        return NULL;
    if (accept_op(p, ":") && !is_op(p, "]") && !is_op(p, ",") && !(n->c = parse_expression(p)))
        return NULL;
    return node_end(p, n);
}

static struct node *parse_index(struct parser *p) {
    struct token begin = p->token;
    struct node *first = parse_slice(p);
    if (!first || (!is_op(p, ",") && first->kind != N_STARRED))
        return first;
    struct node *n = node_at(p, N_TUPLE, &begin);
    nodes_add(p, &n->list, first);
    while (accept_op(p, ",") && !is_op(p, "]")) {
        struct node *item = parse_slice(p);
        if (!item)
            return NULL;
        nodes_add(p, &n->list, item);
    }
    return node_end(p, n);
}

static struct node *parse_primary(struct parser *p) {
    struct node *n = parse_atom(p);
    while (n && p->token.kind == T_OPERATOR) {
        struct node *base = n;
        if (is_op(p, ".")) {
            if (!advance(p))
                return NULL;
            if (p->token.kind != T_NAME || is_keyword(&p->token))
                return fail_syntax(p);
            n = node_from(p, N_ATTRIBUTE, base);
            n->a = base;
            n->value = token_name(p, &p->token);
            if (!advance(p))
                return NULL;
        } else if (is_op(p, "(")) {
            struct token open = p->token;
            n = node_from(p, N_CALL, base);
            n->a = base;
            if (!advance(p) || !parse_arguments(p, &n->list, &n->list2))
                return NULL;
            if (!accept_op(p, ")")) {
                (void)open;
                return close_bracket(p, n, ")") ? n : NULL;
            }
        } else if (is_op(p, "[")) {
            n = node_from(p, N_SUBSCRIPT, base);
            n->a = base;
            if (!advance(p) || !(n->b = parse_index(p)) || !close_bracket(p, n, "]"))
                return NULL;
            n->parenthesised = false;
        } else {
            break;
        }
        node_end(p, n);
    }
    return n;
}

/* --- operators --- */

static struct node *parse_unary(struct parser *p);

static struct node *parse_power(struct parser *p) {
    struct node *base = parse_primary(p);
    if (!base || !is_op(p, "**"))
        return base;
    struct node *n = node_from(p, N_BINARY, base);
    n->op = OP_POW;
    n->a = base;
    if (!advance(p) || !(n->b = parse_unary(p)))
        return NULL;
    return node_end(p, n);
}

static struct node *parse_unary(struct parser *p) {
    bool minus = is_op(p, "-"), plus = is_op(p, "+"), tilde = is_op(p, "~");
    if (!minus && !plus && !tilde)
        return parse_power(p);
    struct node *n = node_at(p, N_UNARY, &p->token);
    n->op = minus ? OP_NEG : plus ? OP_POS : OP_INVERT;
    if (++p->depth > DEPTH_MAX)
        return fail_at(p, &p->token, "too many nested parentheses");
    if (!advance(p) || !(n->a = parse_unary(p)))
        return NULL;
    p->depth--;
    if (minus && n->a->kind == N_CONSTANT && (int_is(n->a->value) || float_is(n->a->value)) &&
        !is_bool(n->a->value)) {
        ref v = unary(n->a->value, OP_NEG);
        if (!v)
            return NULL;
        n->kind = N_CONSTANT;
        n->value = arena_hold(p->arena, v);
        n->a = NULL;
    }
    return node_end(p, n);
}

static const struct {
    const char *text;
    int level;
    uint8_t op;
} operators[] = {
    {"|", 0, OP_OR},      {"^", 1, OP_XOR},  {"&", 2, OP_AND},      {"<<", 3, OP_LSHIFT},
    {">>", 3, OP_RSHIFT}, {"+", 4, OP_ADD},  {"-", 4, OP_SUB},      {"*", 5, OP_MUL},
    {"/", 5, OP_TRUEDIV}, {"%", 5, OP_MOD},  {"//", 5, OP_FLOORDIV}, {"@", 5, OP_MATMUL},
};

static int find_operator(struct parser *p, int level) {
    for (size_t i = 0; p->token.kind == T_OPERATOR && i < sizeof operators / sizeof *operators; i++)
        if (operators[i].level == level && is_op(p, operators[i].text))
            return (int)i;
    return -1;
}

static struct node *parse_binary(struct parser *p, int level) {
    if (level == 6)
        return parse_unary(p);
    struct node *left = parse_binary(p, level + 1);
    int op;
    while (left && (op = find_operator(p, level)) >= 0) {
        struct node *n = node_from(p, N_BINARY, left);
        n->op = operators[op].op;
        n->a = left;
        if (!advance(p) || !(n->b = parse_binary(p, level + 1)))
            return NULL;
        left = node_end(p, n);
    }
    return self.error ? NULL : left;
}

/* The comparison that begins here, or -1; takes its tokens. */
static int comparison(struct parser *p) {
    static const char *const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
    for (int i = 0; i < 6; i++)
        if (accept_op(p, symbols[i]))
            return i;
    if (!p->in_target && accept_word(p, "in"))
        return OP_IN;
    if (is_word(p, "not") && p->next.kind == T_NAME && p->next.size == 2 &&
        memcmp(p->next.text, "in", 2) == 0)
        return advance(p) && advance(p) ? OP_NOT_IN : -1;
    if (accept_word(p, "is"))
        return accept_word(p, "not") ? OP_IS_NOT : OP_IS;
    return -1;
}

static struct node *parse_comparison(struct parser *p) {
    struct node *left = parse_binary(p, 0), *n = NULL;
    unsigned char ops[64];
    int op;
    while (left && (op = comparison(p)) >= 0) {
        if (!n) {
            n = node_from(p, N_COMPARE, left);
            n->a = left;
        }
        struct node *right = parse_binary(p, 0);
        if (!right)
            return NULL;
        if (n->list.count >= sizeof ops)
            return fail_node(p, right, "too many comparisons in one expression");
        ops[n->list.count] = (unsigned char)op;
        nodes_add(p, &n->list, right);
    }
    if (self.error || !n)
        return self.error ? NULL : left;
    n->ops = memcpy(arena_alloc(p->arena, n->list.count), ops, n->list.count);
    return node_end(p, n);
}

static struct node *parse_not(struct parser *p) {
    if (!is_word(p, "not"))
        return parse_comparison(p);
    struct node *n = node_at(p, N_UNARY, &p->token);
    n->op = OP_NOT;
    if (!advance(p) || !(n->a = parse_not(p)))
        return NULL;
    return node_end(p, n);
}

static struct node *parse_joined(struct parser *p, const char *word, uint8_t op,
                                 struct node *(*inner)(struct parser *)) {
    struct node *first = inner(p), *n = NULL;
    while (first && accept_word(p, word)) {
        if (!n) {
            n = node_from(p, N_BOOLEAN, first);
            n->op = op;
            nodes_add(p, &n->list, first);
        }
        struct node *next = inner(p);
        if (!next)
            return NULL;
        nodes_add(p, &n->list, next);
    }
    return self.error ? NULL : n ? node_end(p, n) : first;
}

static struct node *parse_and(struct parser *p) {
    return parse_joined(p, "and", 0, parse_not);
}

static struct node *parse_or(struct parser *p) {
    return parse_joined(p, "or", 1, parse_and);
}

static struct node *parse_lambda(struct parser *p) {
    struct node *n = node_at(p, N_LAMBDA, &p->token);
    if (!advance(p) || !(n->parameters = parse_parameters(p, ":", false)) || !expect_op(p, ":") ||
        !(n->a = parse_expression(p)))
        return NULL;
    return node_end(p, n);
}

static struct node *parse_conditional(struct parser *p) {
    if (is_word(p, "lambda"))
        return parse_lambda(p);
    struct node *value = parse_or(p);
    if (!value || !is_word(p, "if"))
        return value;
    struct node *n = node_from(p, N_CONDITIONAL, value);
    n->b = value;
    if (!advance(p) || !(n->a = parse_or(p)))
        return NULL;
    if (!accept_word(p, "else")) {
        if (self.error)
            return NULL;
        return syntax_error(p->text, p->filename, n->line, n->column, p->last.end_line,
                            p->last.end_column, SyntaxError,
                            "expected 'else' after 'if' expression");
    }
    if (!(n->c = parse_expression(p)))
        return NULL;
    return node_end(p, n);
}

struct node *parse_expression(struct parser *p) {
    bool in_target = p->in_target;
    if (++p->depth > DEPTH_MAX)
        return fail_at(p, &p->token, "too many nested parentheses");
    p->in_target = false;
    struct node *n = parse_conditional(p);
    p->in_target = in_target;
    p->depth--;
    return n;
}

struct node *parse_named(struct parser *p) {
    if (p->token.kind == T_NAME && !is_keyword(&p->token) && p->next.kind == T_OPERATOR &&
        p->next.size == 2 && memcmp(p->next.text, ":=", 2) == 0) {
        struct node *n = node_at(p, N_NAMED, &p->token);
        n->value = token_name(p, &p->token);
        if (!advance(p) || !advance(p) || !(n->a = parse_expression(p)))
            return NULL;
        return node_end(p, n);
    }
    struct node *n = parse_expression(p);
    if (n && is_op(p, ":="))
        return fail_node(p, n, "cannot use assignment expressions with %s",
                         n->kind == N_ATTRIBUTE   ? "attribute"
                         : n->kind == N_SUBSCRIPT ? "subscript"
                                                  : "expression");
    return n;
}

static struct node *star_item(struct parser *p) {
    if (is_op(p, "*"))
        return star_or_named(p);
    return p->in_target ? parse_binary(p, 0) : parse_expression(p);
}

struct node *parse_star_expressions(struct parser *p) {
    struct token begin = p->token;
    struct node *first = star_item(p);
    if (!first || (!is_op(p, ",") && first->kind != N_STARRED))
        return first;
    struct node *n = node_at(p, N_TUPLE, &begin);
    nodes_add(p, &n->list, first);
    if (first->kind == N_STARRED && !is_op(p, ","))
        return first; /* only some statements take it: they say so */
    while (accept_op(p, ",")) {
        bool ends = p->token.kind == T_NEWLINE || p->token.kind == T_END || is_op(p, "=") ||
                    is_op(p, ")") || is_op(p, ";") || is_op(p, ":") || is_op(p, "]") ||
                    is_op(p, "}") || is_word(p, "in") ||
                    (p->token.kind == T_OPERATOR && p->token.size > 1 &&
                     p->token.text[p->token.size - 1] == '=');
        if (ends)
            break;
        struct node *item = star_item(p);
        if (!item)
            return NULL;
        nodes_add(p, &n->list, item);
    }
    return node_end(p, n);
}

struct node *parse_target_list(struct parser *p) {
    bool before = p->in_target;
    p->in_target = true;
    struct node *n = parse_star_expressions(p);
    p->in_target = before;
    return n && check_target(p, n, "assign to") ? n : NULL;
}

struct node *parse_yield(struct parser *p) {
    struct node *n = node_at(p, N_YIELD, &p->token);
    if (!advance(p))
        return NULL;
    if (accept_word(p, "from")) {
        n->kind = N_YIELD_FROM;
        return (n->a = parse_expression(p)) ? node_end(p, n) : NULL;
    }
    bool bare = p->token.kind == T_NEWLINE || p->token.kind == T_END || is_op(p, ")") ||
                is_op(p, "]") || is_op(p, "}") || is_op(p, ";") || is_op(p, "=");
    if (!bare && !(n->a = parse_star_expressions(p)))
        return NULL;
    return node_end(p, n);
}
