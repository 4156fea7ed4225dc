/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Reads the grammar's text into tables, once for the process. The text is the program's
 * own, so that a mistake in it is a bug: an assertion names the place.
 */
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/peg.h"

enum { RULES_MAX = 512, ALTERNATIVES_MAX = 1024, ITEMS_MAX = 3072, WORDS_MAX = 128 };

static struct rule rules[RULES_MAX];
static struct alternative alternatives[ALTERNATIVES_MAX];
static struct item items[ITEMS_MAX];
static char *words[WORDS_MAX];
static struct grammar grammar = {
    .rules = rules, .alternatives = alternatives, .items = items, .words = words};

struct reader {
    const char *p;
};

static void bug(const struct reader *r, const char *what) {
    fprintf(stderr, "adder: the grammar is wrong: %s at: %.60s\n", what, r->p);
    abort();
}

static void blanks(struct reader *r) {
    r->p += strspn(r->p, " \n");
}

static bool accept(struct reader *r, const char *text) {
    size_t size = strlen(text);
    blanks(r);
    if (strncmp(r->p, text, size) != 0)
        return false;
    r->p += size;
    return true;
}

static char *name(struct reader *r) {
    blanks(r);
    size_t size = 0;
    while (isalnum((unsigned char)r->p[size]) || r->p[size] == '_')
        size++;
    if (size == 0)
        bug(r, "a name is missing");
    r->p += size;
    return strndup(r->p - size, size);
}

static uint16_t find_rule(const char *text) {
    for (uint16_t i = 0; i < grammar.rule_count; i++)
        if (rules[i].name && strcmp(rules[i].name, text) == 0)
            return i;
    if (grammar.rule_count == RULES_MAX)
        abort();
    rules[grammar.rule_count].name = strdup(text);
    return grammar.rule_count++;
}

static uint16_t find_word(const char *text, size_t size) {
    for (uint16_t i = 1; i <= grammar.word_count; i++)
        if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
            return i;
    return 0;
}

/* Literals of names are reserved; soft ones begin with a quote of their own here. */
static uint16_t add_word(struct reader *r, char quote) {
    const char *end = strchr(r->p, quote);
    bool soft = quote == '"';
    size_t size = (size_t)(end - r->p) + soft;
    const char *from = r->p - soft;
    uint16_t word = find_word(from, size);
    if (!word) {
        word = ++grammar.word_count;
        if (word >= WORDS_MAX)
            abort();
        words[word] = strndup(from, size);
    }
    r->p = end + 1;
    return word;
}

/* --- items --- */

static struct item read_item(struct reader *r);
static void read_alternatives(struct reader *r, uint16_t rule);

static uint16_t keep_item(struct item item) {
    if (grammar.item_count == ITEMS_MAX)
        abort();
    items[grammar.item_count] = item;
    return grammar.item_count++;
}

static struct item wrap(enum item_kind kind, struct item inner) {
    return (struct item){.kind = (uint8_t)kind, .a = keep_item(inner)};
}

static struct item group(struct reader *r, const char *end) {
    if (grammar.rule_count == RULES_MAX)
        abort();
    uint16_t rule = grammar.rule_count++;
    read_alternatives(r, rule);
    if (!accept(r, end))
        bug(r, "a bracket is open");
    return (struct item){.kind = I_RULE, .a = rule};
}

static struct item read_name(struct reader *r) {
    static const struct {
        const char *text;
        enum token_kind kind;
    } kinds[] = {{"NAME", T_NAME},       {"NUMBER", T_NUMBER}, {"STRING", T_STRING},
                 {"NEWLINE", T_NEWLINE}, {"INDENT", T_INDENT}, {"DEDENT", T_DEDENT},
                 {"ENDMARKER", T_END}};
    char *text = name(r);
    struct item item = {.kind = I_TOKEN};
    size_t i = 0;
    while (i < 7 && strcmp(text, kinds[i].text) != 0)
        i++;
    if (i < 7)
        item.a = (uint16_t)kinds[i].kind;
    else
        item = (struct item){.kind = I_RULE, .a = find_rule(text)};
    free(text);
    return item;
}

static struct item read_atom(struct reader *r) {
    if (accept(r, "("))
        return group(r, ")");
    if (accept(r, "["))
        return wrap(I_OPTIONAL, group(r, "]"));
    if (accept(r, "'"))
        return (struct item){.kind = I_LITERAL, .a = add_word(r, '\'')};
    if (accept(r, "\""))
        return (struct item){.kind = I_SOFT, .a = add_word(r, '"')};
    return read_name(r);
}

static struct item read_item(struct reader *r) {
    if (accept(r, "&&"))
        return wrap(I_FORCE, read_atom(r));
    if (accept(r, "&"))
        return wrap(I_AHEAD, read_atom(r));
    if (accept(r, "!"))
        return wrap(I_NOT_AHEAD, read_atom(r));
    if (accept(r, "~"))
        return (struct item){.kind = I_CUT};
    struct item item = read_atom(r);
    if (item.kind == I_LITERAL && *r->p == '.') {
        r->p++;
        struct item gather = wrap(I_GATHER, read_atom(r));
        gather.b = keep_item(item);
        if (!accept(r, "+"))
            bug(r, "+ is missing");
        return gather;
    }
    if (accept(r, "*"))
        return wrap(I_STAR, item);
    if (accept(r, "+"))
        return wrap(I_PLUS, item);
    if (accept(r, "?"))
        return wrap(I_OPTIONAL, item);
    return item;
}

/* --- fields and actions --- */

static enum field find_field(const char *text) {
    static const char *const names[F_COUNT] = {[F_NONE] = "",       [F_IT] = "it",
                                               [F_X] = "x",         [F_A] = "a",
                                               [F_B] = "b",         [F_C] = "c",
                                               [F_VALUE] = "value", [F_VALUE2] = "value2",
                                               [F_LIST] = "list",   [F_LIST2] = "list2",
                                               [F_LIST3] = "list3", [F_LIST4] = "list4",
                                               [F_OP] = "op",       [F_PARAMETERS] = "parameters"};
    for (int i = 1; i < F_COUNT; i++)
        if (strcmp(names[i], text) == 0)
            return (enum field)i;
    return F_NONE;
}

/* field= before an item, if it is there. */
static enum field read_field(struct reader *r) {
    struct reader ahead = *r;
    blanks(&ahead);
    if (!islower((unsigned char)*ahead.p))
        return F_NONE;
    char *text = name(&ahead);
    enum field field = *ahead.p == '=' ? find_field(text) : F_NONE;
    free(text);
    if (field != F_NONE)
        r->p = ahead.p + 1;
    return field;
}

static const struct {
    const char *name;
    int op;
} operators[] = {
    {"ADD", OP_ADD},
    {"SUB", OP_SUB},
    {"MUL", OP_MUL},
    {"TRUEDIV", OP_TRUEDIV},
    {"MOD", OP_MOD},
    {"POW", OP_POW},
    {"FLOORDIV", OP_FLOORDIV},
    {"LSHIFT", OP_LSHIFT},
    {"RSHIFT", OP_RSHIFT},
    {"AND", OP_AND},
    {"OR", OP_OR},
    {"XOR", OP_XOR},
    {"MATMUL", OP_MATMUL},
    {"NEG", OP_NEG},
    {"POS", OP_POS},
    {"INVERT", OP_INVERT},
    {"NOT", OP_NOT},
    {"LT", OP_LT},
    {"LE", OP_LE},
    {"EQ", OP_EQ},
    {"NE", OP_NE},
    {"GT", OP_GT},
    {"GE", OP_GE},
    {"IN", OP_IN},
    {"NOT_IN", OP_NOT_IN},
    {"IS", OP_IS},
    {"IS_NOT", OP_IS_NOT},
};

static void read_node(struct reader *r, const char *text, struct action *action) {
    static const char *const kinds[] = {
#define X(n) #n,
        NODE_KINDS(X)
#undef X
    };
    uint16_t i = 0;
    while (i < sizeof kinds / sizeof *kinds && strcmp(kinds[i], text) != 0)
        i++;
    if (i == sizeof kinds / sizeof *kinds)
        bug(r, "no such node");
    action->kind = A_NODE;
    action->what = i;
    if (*r->p != '.')
        return;
    r->p++;
    char *op = name(r);
    for (size_t j = 0; j < sizeof operators / sizeof *operators; j++)
        if (strcmp(operators[j].name, op) == 0)
            action->op = (uint8_t)operators[j].op;
    free(op);
}

static void read_call(struct reader *r, const char *text, struct action *action) {
    action->kind = A_CALL;
    for (const struct builder_name *b = builders; b->name; b++)
        if (strcmp(b->name, text) == 0)
            action->call = b->call;
    if (!action->call || !accept(r, ")"))
        bug(r, "no such builder");
}

static void read_refusal(struct reader *r, struct action *action) {
    static const char *const names[] = {
#define X(n, text) #n,
        REFUSALS(X)
#undef X
    };
    char *text = name(r);
    action->kind = A_REFUSE;
    while (action->what < REFUSE_COUNT && strcmp(names[action->what], text) != 0)
        action->what++;
    if (action->what == REFUSE_COUNT || !accept(r, ")"))
        bug(r, "no such refusal");
    free(text);
}

static char *read_message(struct reader *r) {
    char *text = calloc(1, strlen(r->p) + 1), *to = text;
    if (!text || !accept(r, "\""))
        bug(r, "a message is missing");
    for (; *r->p != '"'; r->p++) {
        r->p += *r->p == '\\';
        *to++ = *r->p;
    }
    r->p++;
    return text;
}

static enum field error_field(struct reader *r) {
    if (accept(r, "."))
        return F_X;
    char *text = name(r);
    enum field field = find_field(text);
    free(text);
    return field;
}

static void read_error(struct reader *r, struct action *action) {
    action->kind = A_ERROR;
    blanks(r);
    if (*r->p != '"') {
        action->indentation = accept(r, "i");
        if (!action->indentation || accept(r, ","))
            action->from = action->to = (uint8_t)error_field(r);
        if (accept(r, ","))
            action->to = (uint8_t)error_field(r);
    }
    action->message = read_message(r);
}

static void read_action(struct reader *r, struct action *action) {
    if (accept(r, "!")) {
        read_error(r, action);
        return;
    }
    char *text = name(r);
    if (strcmp(text, "refuse") == 0 && accept(r, "("))
        read_refusal(r, action);
    else if (accept(r, "("))
        read_call(r, text, action);
    else
        read_node(r, text, action);
    free(text);
}

/* --- alternatives and rules --- */

static bool at_end(struct reader *r) {
    blanks(r);
    return !*r->p || strchr("|;)]", *r->p) || strncmp(r->p, "->", 2) == 0;
}

static struct alternative read_alternative(struct reader *r) {
    struct item row[16];
    struct alternative alternative = {0};
    while (!at_end(r)) {
        enum field field = read_field(r);
        if (alternative.count == 16)
            bug(r, "too many items");
        row[alternative.count] = read_item(r);
        row[alternative.count++].field = (uint8_t)field;
    }
    if (accept(r, "->"))
        read_action(r, &alternative.action);
    alternative.first = grammar.item_count;
    for (uint16_t i = 0; i < alternative.count; i++) {
        keep_item(row[i]);
        if (alternative.action.kind == A_DEFAULT && row[i].field == F_IT)
            alternative.action.what = 1;
    }
    return alternative;
}

static void read_alternatives(struct reader *r, uint16_t rule) {
    struct alternative row[16];
    uint16_t count = 0;
    do {
        if (count == 16)
            bug(r, "too many alternatives");
        row[count++] = read_alternative(r);
    } while (accept(r, "|"));
    rules[rule].first = grammar.alternative_count;
    rules[rule].count = count;
    for (uint16_t i = 0; i < count; i++) {
        struct item first = items[row[i].first];
        rules[rule].left |= row[i].count > 0 && first.kind == I_RULE && first.a == rule;
        if (grammar.alternative_count == ALTERNATIVES_MAX)
            abort();
        alternatives[grammar.alternative_count++] = row[i];
    }
}

static void read_rule(struct reader *r) {
    char *text = name(r);
    uint16_t rule = find_rule(text);
    free(text);
    rules[rule].memo = accept(r, "(memo)");
    rules[rule].error = strncmp(rules[rule].name, "invalid_", 8) == 0;
    rules[rule].quiet = strcmp(rules[rule].name, "expression_without_invalid") == 0;
    if (!accept(r, ":"))
        bug(r, ": is missing");
    accept(r, "|");
    read_alternatives(r, rule);
    if (!accept(r, ";"))
        bug(r, "; is missing");
}

static void load(void) {
    for (size_t i = 0; grammar_text[i]; i++) {
        struct reader r = {grammar_text[i]};
        for (blanks(&r); *r.p; blanks(&r))
            read_rule(&r);
    }
    for (uint16_t i = 0; i < grammar.rule_count; i++)
        if (rules[i].count == 0)
            bug(&(struct reader){rules[i].name}, "a rule is missing");
}

const struct grammar *grammar_get(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return &grammar;
}

uint16_t grammar_word(const char *text, size_t size) {
    return find_word(text, size);
}
