/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A tree in the words of Python's ast module: classes, places and fields in its order, as
 * corpus.py prints python3's.
 */
#include <stdio.h>
#include <string.h>

#include "plain.h"

static void dump(const struct node *n);

static void open_node(const char *name, const struct node *n) {
    printf("%s@%d:%d-%d:%d(", name, n->line, n->column, n->end_line, n->end_column);
}

static void optional(const struct node *n) {
    if (n)
        dump(n);
    else
        putchar('-');
    putchar(',');
}

static void name(ref v) {
    printf("%s,", v ? value_string(v) : "-");
}

static void list(const struct nodes *all) {
    putchar('[');
    for (size_t i = 0; i < all->count; i++)
        optional(all->at[i]);
    printf("],");
}

static void names(const struct nodes *all) {
    putchar('[');
    for (size_t i = 0; i < all->count; i++)
        name(all->at[i]->value);
    printf("],");
}

static const char *binary_name(int op) {
    static const char *const texts[] = {
        [OP_ADD] = "Add",           [OP_SUB] = "Sub",    [OP_MUL] = "Mult", [OP_TRUEDIV] = "Div",
        [OP_FLOORDIV] = "FloorDiv", [OP_MOD] = "Mod",    [OP_POW] = "Pow",  [OP_LSHIFT] = "LShift",
        [OP_RSHIFT] = "RShift",     [OP_AND] = "BitAnd", [OP_OR] = "BitOr", [OP_XOR] = "BitXor",
        [OP_MATMUL] = "MatMult"};
    return texts[op];
}

static const char *compare_name(int op) {
    static const char *const texts[] = {
        [OP_LT] = "Lt", [OP_LE] = "LtE",      [OP_EQ] = "Eq", [OP_NE] = "NotEq",
        [OP_GT] = "Gt", [OP_GE] = "GtE",      [OP_IN] = "In", [OP_NOT_IN] = "NotIn",
        [OP_IS] = "Is", [OP_IS_NOT] = "IsNot"};
    return texts[op];
}

static void constant(ref value) {
    const struct plain *v = value;
    if (tarn_is_immediate(value)) {
        fputs(value == TRUE    ? "True"
              : value == FALSE ? "False"
              : value == NONE  ? "None"
                               : "...",
              stdout);
        return;
    }
    putchar(v->kind);
    for (size_t i = 0; i < v->size; i++)
        printf(v->kind == 'i' ? "%c" : "%02x", (unsigned char)v->bytes[i]);
}

/* --- parameters --- */

static void parameter(const struct node *n) {
    if (n) {
        open_node("arg", n);
        name(n->value);
        optional(n->b);
        putchar(')');
    } else {
        putchar('-');
    }
    putchar(',');
}

static void parameter_row(const struct nodes *all, size_t from, size_t to) {
    putchar('[');
    for (size_t i = from; i < to; i++)
        parameter(all->at[i]);
    printf("],");
}

static void default_row(const struct nodes *all, bool holes) {
    putchar('[');
    for (size_t i = 0; i < all->count; i++)
        if (holes || all->at[i]->a)
            optional(all->at[i]->a);
    printf("],");
}

static void parameters(const struct parameters *all) {
    printf("arguments(");
    parameter_row(&all->positional, 0, all->positional_only);
    parameter_row(&all->positional, all->positional_only, all->positional.count);
    parameter(all->args);
    parameter_row(&all->keyword_only, 0, all->keyword_only.count);
    default_row(&all->keyword_only, true);
    parameter(all->kwargs);
    default_row(&all->positional, false);
    printf("),");
}

/* --- kinds --- */

/* In which order a kind's fields come: letters of `field`. */
struct shape {
    const char *name, *fields;
};

static const struct shape shapes[] = {
    [N_CONSTANT] = {"Constant", "k"},
    [N_NAME] = {"Name", "v"},
    [N_ATTRIBUTE] = {"Attribute", "av"},
    [N_SUBSCRIPT] = {"Subscript", "ab"},
    [N_SLICE] = {"Slice", "abc"},
    [N_CALL] = {"Call", "a12"},
    [N_KEYWORD] = {"keyword", "va"},
    [N_BINARY] = {"BinOp", "aob"},
    [N_UNARY] = {"UnaryOp", "ua"},
    [N_BOOLEAN] = {"BoolOp", "j1"},
    [N_COMPARE] = {"Compare", "aC1"},
    [N_CONDITIONAL] = {"IfExp", "abc"},
    [N_LAMBDA] = {"Lambda", "pa"},
    [N_LIST] = {"List", "1"},
    [N_TUPLE] = {"Tuple", "1"},
    [N_SET] = {"Set", "1"},
    [N_DICT] = {"Dict", "12"},
    [N_LIST_COMP] = {"ListComp", "a1"},
    [N_SET_COMP] = {"SetComp", "a1"},
    [N_GENERATOR_EXP] = {"GeneratorExp", "a1"},
    [N_DICT_COMP] = {"DictComp", "ab1"},
    [N_FOR_CLAUSE] = {"comprehension", "ab10"},
    [N_STARRED] = {"Starred", "a"},
    [N_YIELD] = {"Yield", "a"},
    [N_YIELD_FROM] = {"YieldFrom", "a"},
    [N_NAMED] = {"NamedExpr", "Na"},
    [N_FSTRING] = {"JoinedStr", "1"},
    [N_FORMATTED] = {"FormattedValue", "afb"},
    [N_EXPRESSION] = {"Expr", "a"},
    [N_ASSIGN] = {"Assign", "1a"},
    [N_AUGMENT] = {"AugAssign", "aob"},
    [N_ANNOTATE] = {"AnnAssign", "abcS"},
    [N_RETURN] = {"Return", "a"},
    [N_RAISE] = {"Raise", "ab"},
    [N_GLOBAL] = {"Global", "n"},
    [N_NONLOCAL] = {"Nonlocal", "n"},
    [N_PASS] = {"Pass", ""},
    [N_BREAK] = {"Break", ""},
    [N_CONTINUE] = {"Continue", ""},
    [N_DELETE] = {"Delete", "1"},
    [N_ASSERT] = {"Assert", "ab"},
    [N_IF] = {"If", "a12"},
    [N_WHILE] = {"While", "a12"},
    [N_FOR] = {"For", "ab12"},
    [N_TRY] = {"Try", "1234"},
    [N_HANDLER] = {"ExceptHandler", "av1"},
    [N_WITH] = {"With", "12"},
    [N_ITEM] = {"withitem", "ab"},
    [N_FUNCTION] = {"FunctionDef", "vp12a"},
    [N_CLASS] = {"ClassDef", "v3412"},
    [N_IMPORT] = {"Import", "1"},
    [N_IMPORT_FROM] = {"ImportFrom", "vIl"},
    [N_ALIAS] = {"alias", "vw"},
    [N_PARAMETER] = {"arg", "vb"},
    [N_MODULE] = {"Module", "1"},
};

static void named_target(const struct node *n) {
    printf("Name@%d:%d-%d:%d(", n->line, n->column, n->line,
           n->column + (int)strlen(value_string(n->value)));
    name(n->value);
    printf("),");
}

static void field(char letter, const struct node *n) {
    static const char *const unary[] = {
        [OP_NEG] = "USub", [OP_POS] = "UAdd", [OP_INVERT] = "Invert", [OP_NOT] = "Not"};
    const struct nodes *lists[] = {&n->list, &n->list2, &n->list3, &n->list4};
    switch (letter) {
    case 'a':
        optional(n->a);
        break;
    case 'b':
        optional(n->b);
        break;
    case 'c':
        optional(n->c);
        break;
    case 'v':
        name(n->value);
        break;
    case 'w':
        name(n->value2);
        break;
    case 'k':
        constant(n->value);
        putchar(',');
        break;
    case 'o':
        printf("%s,", binary_name(n->op));
        break;
    case 'u':
        printf("%s,", unary[n->op]);
        break;
    case 'j':
        printf("%s,", n->op ? "Or" : "And");
        break;
    case 'C':
        putchar('[');
        for (size_t i = 0; i < n->list.count; i++)
            printf("%s,", compare_name(n->ops[i]));
        printf("],");
        break;
    case 'p':
        parameters(n->parameters);
        break;
    case 'n':
        names(&n->list);
        break;
    case 'N':
        named_target(n);
        break;
    case 'f':
        printf("%d,", n->op ? n->op : -1);
        break;
    case 'S':
        printf("%d,", n->a->kind == N_NAME && !n->a->parenthesised);
        break;
    case 'I':
        if (n->list.count)
            list(&n->list);
        else
            printf("[*,],");
        break;
    case 'l':
        printf("%d,", n->op);
        break;
    case '0':
        printf("0,");
        break;
    default:
        list(lists[letter - '1']);
    }
}

static void dump(const struct node *n) {
    const struct shape *shape = &shapes[n->kind];
    if (n->kind == N_MODULE || n->kind == N_FOR_CLAUSE || n->kind == N_ITEM)
        printf("%s(", shape->name);
    else
        open_node(shape->name, n);
    for (const char *f = shape->fields; *f; f++)
        field(*f, n);
    putchar(')');
    if (n->kind >= N_EXPRESSION && n->kind != N_PARAMETER && n->kind != N_ALIAS)
        putchar('\n');
}

void dump_tree(const struct node *module) {
    dump(module);
    putchar('\n');
}
