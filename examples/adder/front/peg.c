/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The machine that follows the grammar (after Ford, "Parsing expression grammars", 2004):
 * alternatives are tried in order, and what a memo rule gave at a token is remembered there.
 * A left-recursive rule grows: its other alternatives give a first result, and those that
 * begin with the rule itself take the last result as long as one fits.
 *
 * Every rule counts as a level; at PARSER_DEPTH_MAX the parser gives up with MemoryError, as
 * CPython's does, long before the C stack ends.
 */
#include "front/peg.h"

#include <stdlib.h>
#include <string.h>

struct memo {
    struct memo *next;
    uint16_t rule;
    bool matched;
    size_t end;
    void *result;
};

static bool run_rule(struct parser *p, uint16_t index, void **out);

/* --- tokens --- */

static bool fill_token(struct parser *p) {
    struct token *t = arena_alloc(p->arena, sizeof *t);
    if (p->error->kind || !lexer_next(&p->lexer, t))
        return false;
    if (p->part && t->column >= 0) {
        if (t->line == 1)
            t->column += p->part_column;
        if (t->end_line == 1)
            t->end_column += p->part_column;
    }
    t->line += p->part ? p->part_line - 1 : 0;
    t->end_line += p->part ? p->part_line - 1 : 0;
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 256;
        struct token **grown = arena_alloc(p->arena, room * sizeof *grown);
        if (p->count)
            memcpy(grown, p->tokens, p->count * sizeof *grown);
        p->tokens = grown;
        p->room = room;
    }
    p->tokens[p->count++] = t;
    return true;
}

struct token *parser_token(struct parser *p, size_t at) {
    while (at >= p->count)
        if (!fill_token(p))
            return NULL;
    return p->tokens[at];
}

/* --- nodes --- */

void nodes_add(struct arena *arena, struct nodes *list, void *n) {
    if ((list->count & (list->count - 1)) == 0) { /* the room is the power of two that holds it */
        size_t room = list->count ? 2 * list->count : 1;
        struct node **grown = arena_alloc(arena, room * sizeof *grown);
        if (list->count)
            memcpy(grown, list->at, list->count * sizeof *grown);
        list->at = grown;
    }
    list->at[list->count++] = n;
}

struct node *parser_node(struct parser *p, enum node_kind kind) {
    struct node *n = arena_alloc(p->arena, sizeof *n);
    const struct token *from = p->tokens[p->start];
    size_t last = p->mark ? p->mark - 1 : 0;
    while (last > 0 && p->tokens[last]->kind < T_NAME)
        last--;
    n->kind = (uint8_t)kind;
    n->line = from->line;
    n->column = from->column;
    n->end_line = p->tokens[last]->end_line;
    n->end_column = p->tokens[last]->end_column;
    return n;
}

static struct node *literal_node(struct parser *p, struct token *t) {
    if (!t->node) {
        struct node *n = t->node = arena_alloc(p->arena, sizeof *n);
        n->kind = N_PASS;
        n->line = t->line;
        n->column = t->column;
        n->end_line = t->end_line;
        n->end_column = t->end_column;
        if (t->kind == T_NAME)
            n->value = value_name(p->arena, t->text, t->size);
    }
    return t->node;
}

static struct node *number_node(struct parser *p, struct token *t) {
    struct node *n = literal_node(p, t);
    char *digits = arena_alloc(p->arena, t->size + 1), *to = digits;
    for (size_t i = 0; i < t->size; i++)
        if (t->text[i] != '_')
            *to++ = t->text[i];
    char c = t->size > 1 && t->text[0] == '0' ? (char)(t->text[1] | 32) : 0;
    int base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
    int skip = base == 10 ? 0 : 2;
    n->kind = N_CONSTANT;
    n->value = t->integer
                   ? value_integer(p->arena, digits + skip, (size_t)(to - digits - skip), base)
                   : value_float(p->arena, digits, (size_t)(to - digits));
    return n;
}

static void *token_result(struct parser *p, struct token *t) {
    if (t->kind == T_STRING)
        return t;
    if (t->kind == T_NUMBER)
        return t->node && t->node->kind == N_CONSTANT ? t->node : number_node(p, t);
    struct node *n = literal_node(p, t);
    if (t->kind == T_NAME)
        n->kind = N_NAME;
    return n;
}

/* --- items --- */

static bool run_item(struct parser *p, const struct item *item, void **out);

static bool is_soft(const struct parser *p, const struct token *t, uint16_t word) {
    const char *text = p->grammar->words[word] + 1;
    return t->kind == T_NAME && strlen(text) == t->size && memcmp(text, t->text, t->size) == 0;
}

static bool run_token(struct parser *p, const struct item *item, void **out) {
    struct token *t = parser_token(p, p->mark);
    if (!t)
        return false;
    bool fits = item->kind == I_LITERAL ? t->word == item->a
                : item->kind == I_SOFT  ? is_soft(p, t, item->a)
                                        : t->kind == item->a && !(t->kind == T_NAME && t->word);
    if (!fits)
        return false;
    p->mark++;
    *out = item->kind == I_TOKEN          ? token_result(p, t)
           : item->field || p->errors_too ? literal_node(p, t)
                                          : (void *)t;
    return true;
}

static bool run_rows(struct parser *p, const struct item *item, void **out) {
    struct nodes *list = arena_alloc(p->arena, sizeof *list);
    const struct item *inner = &p->grammar->items[item->a];
    void *result;
    while (run_item(p, inner, &result)) {
        nodes_add(p->arena, list, result);
        if (item->kind != I_GATHER)
            continue;
        size_t mark = p->mark;
        if (!run_item(p, &p->grammar->items[item->b], &result))
            break;
        if (!run_item(p, inner, &result)) {
            p->mark = mark;
            break;
        }
        do {
            nodes_add(p->arena, list, result);
            mark = p->mark;
        } while (run_item(p, &p->grammar->items[item->b], &result) && run_item(p, inner, &result));
        p->mark = mark;
        break;
    }
    *out = list;
    return !p->error->kind && (list->count > 0 || item->kind == I_STAR);
}

static bool run_ahead(struct parser *p, const struct item *item) {
    size_t mark = p->mark;
    void *result;
    bool matched = run_item(p, &p->grammar->items[item->a], &result);
    p->mark = mark;
    return !p->error->kind && matched == (item->kind == I_AHEAD);
}

/* What must come: "expected ':'". */
static bool run_forced(struct parser *p, const struct item *item, void **out) {
    const struct item *inner = &p->grammar->items[item->a];
    if (run_item(p, inner, out))
        return true;
    struct token *t = p->error->kind ? NULL : parser_token(p, p->mark);
    if (t)
        fail_bytes(p, t->line, t->column, t->end_line, t->end_column, "expected '%s'",
                   p->grammar->words[inner->a]);
    return false;
}

static bool run_item(struct parser *p, const struct item *item, void **out) {
    size_t mark = p->mark;
    bool matched;
    *out = NULL;
    switch (item->kind) {
    case I_TOKEN:
    case I_LITERAL:
    case I_SOFT:
        return run_token(p, item, out);
    case I_RULE:
        matched = run_rule(p, item->a, out);
        break;
    case I_OPTIONAL:
        if (!run_item(p, &p->grammar->items[item->a], out)) {
            p->mark = mark;
            *out = NULL;
        }
        return !p->error->kind;
    case I_AHEAD:
    case I_NOT_AHEAD:
        return run_ahead(p, item);
    case I_FORCE:
        return run_forced(p, item, out);
    case I_CUT:
        return true;
    default:
        matched = run_rows(p, item, out);
        break;
    }
    if (!matched)
        p->mark = mark;
    return matched;
}

/* --- alternatives --- */

static void *make_node(struct parser *p, const struct action *action, void **fields) {
    struct node *n = parser_node(p, (enum node_kind)action->what), *from;
    struct nodes *const lists[] = {&n->list, &n->list2, &n->list3, &n->list4};
    n->op = action->op;
    n->a = fields[F_A];
    n->b = fields[F_B];
    n->c = fields[F_C];
    n->parameters = fields[F_PARAMETERS];
    if (!n->parameters && (n->kind == N_FUNCTION || n->kind == N_LAMBDA))
        n->parameters = arena_alloc(p->arena, sizeof *n->parameters);
    if ((from = fields[F_VALUE]))
        n->value = from->value;
    if ((from = fields[F_VALUE2]))
        n->value2 = from->value;
    if ((from = fields[F_OP]))
        n->op = from->op;
    for (int i = 0; i < 4; i++)
        if (fields[F_LIST + i])
            *lists[i] = *(struct nodes *)fields[F_LIST + i];
    return n;
}

static void *run_action(struct parser *p, const struct action *action, void **fields, void *last) {
    switch (action->kind) {
    case A_NODE:
        return make_node(p, action, fields);
    case A_CALL:
        return action->call(p, fields);
    case A_ERROR:
        return fail_action(p, action, fields);
    case A_REFUSE:
        return fail_refuse(p, (enum refusal)action->what, literal_node(p, p->tokens[p->start]));
    default:
        return action->what ? fields[F_IT] : last;
    }
}

enum outcome { NO_MATCH, MATCH, CUT_OFF };

/* from: the items to run; the first of a growing rule is its last result. */
static enum outcome run_alternative(struct parser *p, const struct alternative *alternative,
                                    size_t start, void *seed, void **out) {
    void *fields[F_COUNT] = {0}, *last = NULL, *result;
    const struct item *items = &p->grammar->items[alternative->first];
    bool cut = false;
    if (seed) {
        fields[items[0].field] = seed;
        last = seed;
    }
    for (uint16_t i = seed ? 1 : 0; i < alternative->count; i++) {
        if (!run_item(p, &items[i], &result))
            return cut ? CUT_OFF : NO_MATCH;
        cut |= items[i].kind == I_CUT;
        if (items[i].field)
            fields[items[i].field] = result;
        if (items[i].kind != I_AHEAD && items[i].kind != I_NOT_AHEAD && items[i].kind != I_CUT)
            last = result;
    }
    size_t outer = p->start;
    p->start = start;
    *out = run_action(p, &alternative->action, fields, last);
    p->start = outer;
    if (p->error->kind || (!*out && alternative->action.kind == A_ERROR))
        return NO_MATCH;
    if (!*out && alternative->action.kind == A_CALL)
        return cut ? CUT_OFF : NO_MATCH;
    return MATCH;
}

static bool is_left(const struct parser *p, const struct alternative *alternative, uint16_t rule) {
    const struct item *first = &p->grammar->items[alternative->first];
    return alternative->count > 0 && first->kind == I_RULE && first->a == rule;
}

/* Only alternatives that are an invalid_ rule and nothing else wait for the second pass: so it
 * is in CPython, where a dict's are taken in the first. */
static bool is_error(const struct parser *p, const struct alternative *alternative) {
    const struct item *only = &p->grammar->items[alternative->first];
    return alternative->count == 1 && only->kind == I_RULE && p->grammar->rules[only->a].error;
}

static bool run_alternatives(struct parser *p, uint16_t index, size_t start, void *seed,
                             void **out) {
    const struct rule *rule = &p->grammar->rules[index];
    size_t mark = p->mark;
    for (uint16_t i = 0; i < rule->count; i++) {
        const struct alternative *alternative = &p->grammar->alternatives[rule->first + i];
        if (!p->errors_too && is_error(p, alternative))
            continue;
        if (rule->left && is_left(p, alternative, index) != (seed != NULL))
            continue;
        enum outcome outcome = run_alternative(p, alternative, start, seed, out);
        if (outcome == MATCH)
            return true;
        p->mark = mark;
        if (outcome == CUT_OFF || p->error->kind)
            return false;
    }
    return false;
}

static bool run_body(struct parser *p, uint16_t index, void **out) {
    size_t start = p->mark;
    if (!run_alternatives(p, index, start, NULL, out))
        return false;
    if (p->grammar->rules[index].left) {
        void *grown;
        while (run_alternatives(p, index, start, *out, &grown))
            *out = grown;
    }
    return !p->error->kind;
}

static struct memo *find_memo(const struct token *t, uint16_t rule) {
    struct memo *m = t->memo;
    while (m && m->rule != rule)
        m = m->next;
    return m;
}

static bool run_memo(struct parser *p, uint16_t index, void **out) {
    struct token *t = parser_token(p, p->mark);
    if (!t)
        return false;
    struct memo *m = find_memo(t, index);
    if (!m) {
        bool matched = run_body(p, index, out);
        if (p->error->kind)
            return false;
        m = arena_alloc(p->arena, sizeof *m);
        *m = (struct memo){t->memo, index, matched, p->mark, *out};
        t->memo = m;
        return matched;
    }
    *out = m->result;
    if (m->matched)
        p->mark = m->end;
    return m->matched;
}

static bool run_rule(struct parser *p, uint16_t index, void **out) {
    const struct rule *rule = &p->grammar->rules[index];
    bool matched = false, errors_too = p->errors_too;
    if (p->error->kind)
        return false;
    p->errors_too &= !rule->quiet;
    if (p->depth++ >= PARSER_DEPTH_MAX)
        fail_last(p, ERROR_MEMORY, "%s", "");
    else if (parser_token(p, p->mark))
        matched = rule->memo ? run_memo(p, index, out) : run_body(p, index, out);
    p->depth--;
    p->errors_too = errors_too;
    return matched;
}

/* --- the two passes --- */

/* The lexer's own errors go before those of the parser's rules; so does a bracket that was
 * open on a line before. */
static void lex_the_rest(struct parser *p) {
    struct syntax_error found = *p->error;
    int line = p->count ? p->tokens[p->count - 1]->line : 1;
    struct lexer *l = &p->lexer;
    struct token t;
    if (l->failed || found.kind >= ERROR_MEMORY)
        return;
    p->error->kind = ERROR_NONE;
    while (lexer_next(l, &t) && t.kind != T_END) {
    }
    if (l->mild) {
        p->error->kind = ERROR_NONE;
        if (l->level > 0 && line > l->brackets[l->level - 1].line)
            lexer_unclosed(l);
    }
    if (p->error->kind == ERROR_NONE)
        *p->error = found;
}

void *parser_run(struct parser *p, const char *rule) {
    uint16_t index = 0;
    void *result = NULL;
    while (strcmp(p->grammar->rules[index].name ? p->grammar->rules[index].name : "", rule) != 0)
        index++;
    if (run_rule(p, index, &result) || p->error->kind == ERROR_MEMORY)
        return p->error->kind ? NULL : result;
    if (!p->error->kind) {
        const struct token *last = p->tokens[p->count - 1];
        for (size_t i = 0; i < p->count; i++)
            p->tokens[i]->memo = NULL;
        p->mark = 0;
        p->errors_too = true;
        run_rule(p, index, &result);
        if (!p->error->kind && !fail_generic(p, last))
            return NULL;
    }
    lex_the_rest(p);
    return NULL;
}
