/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What has a code of its own: functions, classes, comprehensions, programs.
 */
#include "compile/compile.h"

#include <stdlib.h>

static size_t count_symbols(struct scope *s, unsigned flags, unsigned without) {
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += (s->symbols[i].flags & flags) && !(s->symbols[i].flags & without);
    return n;
}

static void name_registers(struct compiler *c, size_t locals, size_t free) {
    struct code *code = c->code;
    size_t n = 0, m = locals;
    bool is_function = c->scope->kind == SCOPE_FUNCTION;
    code->variables = tarn_calloc(locals + free + 1, sizeof(ref));
    for (size_t i = 0; code->variables && i < c->scope->count; i++) {
        struct symbol *s = &c->scope->symbols[i];
        bool is_local = is_function && s->flags & SYMBOL_LOCAL;
        if (is_local)
            code->variables[n++] = s->name;
        else if (s->flags & SYMBOL_FREE)
            code->variables[m++] = s->name;
    }
}

static ref qualified(struct compiler *parent, ref name) {
    if (!parent || parent->scope->kind == SCOPE_MODULE)
        return keep(name);
    struct symbol *s = scope_find(parent->scope, name);
    if (s && s->flags & SYMBOL_GLOBAL && s->flags & SYMBOL_ASSIGNED)
        return keep(name);
    return str_format(parent->scope->kind == SCOPE_CLASS ? "%S.%S" : "%S.<locals>.%S",
                      parent->code->qualname, name);
}

bool compiler_start(struct compiler *c, struct compiler *parent, struct scope *scope, ref name) {
    if (parent) {
        *c = (struct compiler){.parent = parent,
                               .arena = parent->arena,
                               .text = parent->text,
                               .filename = parent->filename,
                               .class_name = parent->class_name};
        c->place = scope->node;
    }
    c->scope = scope;
    struct code *code = c->code = code_new();
    bool is_function = scope->kind == SCOPE_FUNCTION;
    if (!code)
        return false;
    size_t locals = is_function ? count_symbols(scope, SYMBOL_LOCAL, 0) : 0;
    size_t free = scope->kind == SCOPE_MODULE
                      ? 0
                      : count_symbols(scope, SYMBOL_FREE, is_function ? SYMBOL_LOCAL : 0);
    code->name = keep(name);
    code->qualname = qualified(parent, name);
    code->filename = keep(c->filename);
    code->source = parent ? parent->code->source : NULL;
    code->first_line = scope->node->line;
    code->variable_count = (uint16_t)(locals + free);
    code->register_count = (uint16_t)(locals + free);
    code->first_free = (uint16_t)locals;
    code->free_count = (uint16_t)free;
    name_registers(c, locals, free);
    c->depth = c->locals = (int)(locals + free);
    for (size_t i = 0, reg = 0; is_function && i < scope->count; i++) {
        if ((scope->symbols[i].flags & (SYMBOL_LOCAL | SYMBOL_CELL)) ==
            (SYMBOL_LOCAL | SYMBOL_CELL))
            emit_plain(c, I_MAKE_CELL, (unsigned)reg, 0, 0);
        reg += (scope->symbols[i].flags & SYMBOL_LOCAL) != 0;
    }
    return true;
}

struct code *compiler_finish(struct compiler *c) {
    struct code *code = c->code;
    if (self.error)
        return NULL;
    heap_settle(code->name);
    heap_settle(code->qualname);
    return code;
}

static void emit_return_none(struct compiler *c) {
    emit(c, I_RETURN, 0, constant_operand(c, NONE), NOTHING);
}

/* The string that a body begins with. */
static ref docstring(struct nodes *body) {
    if (!body->count || body->at[0]->kind != N_EXPRESSION || body->at[0]->a->kind != N_CONSTANT)
        return NULL;
    ref v = body->at[0]->a->value;
    return str_is(v) ? v : NULL;
}

static void set_parameters(struct code *code, struct parameters *p) {
    code->positional = (uint16_t)p->positional.count;
    code->positional_only = (uint16_t)p->positional_only;
    code->keyword_only = (uint16_t)p->keyword_only.count;
    code->flags |= (p->args ? CODE_VARARGS : 0) | (p->kwargs ? CODE_VARKEYWORDS : 0);
    if (!p->args && !p->kwargs && !p->keyword_only.count)
        code->flags |= CODE_SIMPLE;
}

/* Where a scope inside gets the cell of one of its free names. */
static void closure_to(struct compiler *c, struct scope *inner, int reg) {
    int base = c->depth, n = 0;
    for (size_t i = 0; i < inner->count; i++) {
        struct symbol *s = &inner->symbols[i];
        bool is_local = s->flags & SYMBOL_LOCAL && inner->kind == SCOPE_FUNCTION;
        if (!(s->flags & SYMBOL_FREE) || is_local)
            continue;
        bool class_cell =
            c->scope->kind == SCOPE_CLASS && s->name == special.class && c->scope->needs_class;
        int cell = class_cell ? c->locals - 1 : cell_register(c, s->name);
        emit(c, I_MOVE, (unsigned)temp_new(c), borrowed(cell), NOTHING);
        n++;
    }
    if (n)
        emit_plain(c, I_BUILD_TUPLE, (unsigned)reg, (unsigned)base, (unsigned)n);
    else
        emit_plain(c, I_CLEAR, (unsigned)reg, 0, 0);
    c->depth = base;
}

static int annotation(struct compiler *c, ref name, struct node *n) {
    if (!n)
        return 0;
    emit(c, I_MOVE, (unsigned)temp_new(c), constant_operand(c, mangle(c, name)), NOTHING);
    expression_temp(c, n);
    return 1;
}

static int annotate(struct compiler *c, struct node *parameter) {
    return parameter ? annotation(c, parameter->value, parameter->b) : 0;
}

/* A dict of the types that are written at parameters and for the result. */
static void annotations_to(struct compiler *c, struct parameters *p, struct node *result, int reg) {
    int row = c->depth, n = 0;
    for (size_t i = 0; p && i < p->positional.count; i++)
        n += annotate(c, p->positional.at[i]);
    n += p ? annotate(c, p->args) : 0;
    for (size_t i = 0; p && i < p->keyword_only.count; i++)
        n += annotate(c, p->keyword_only.at[i]);
    n += p ? annotate(c, p->kwargs) : 0;
    n += p ? annotation(c, str_intern("return"), result) : 0;
    if (n)
        emit_plain(c, I_BUILD_MAP, (unsigned)reg, (unsigned)row, (unsigned)n);
    else
        emit_plain(c, I_CLEAR, (unsigned)reg, 0, 0);
    c->depth = row;
}

/* A function of the code: registers with defaults, kwdefaults, closure, annotations. */
static void make_function(struct compiler *c, struct code *code, struct scope *scope,
                          struct parameters *p, struct node *result, int reg) {
    int base = temp_new(c);
    for (int i = 1; i < 4; i++)
        temp_new(c);
    int row = c->depth, n = 0;
    for (size_t i = 0; p && i < p->positional.count; i++)
        if (p->positional.at[i]->a) {
            expression_temp(c, p->positional.at[i]->a);
            n++;
        }
    if (n)
        emit_plain(c, I_BUILD_TUPLE, (unsigned)base, (unsigned)row, (unsigned)n);
    else
        emit_plain(c, I_CLEAR, (unsigned)base, 0, 0);
    c->depth = row;
    n = 0;
    for (size_t i = 0; p && i < p->keyword_only.count; i++)
        if (p->keyword_only.at[i]->a) {
            emit(c, I_MOVE, (unsigned)temp_new(c),
                 constant_operand(c, p->keyword_only.at[i]->value), NOTHING);
            expression_temp(c, p->keyword_only.at[i]->a);
            n++;
        }
    if (n)
        emit_plain(c, I_BUILD_MAP, (unsigned)base + 1, (unsigned)row, (unsigned)n);
    else
        emit_plain(c, I_CLEAR, (unsigned)base + 1, 0, 0);
    c->depth = row;
    closure_to(c, scope, base + 2);
    annotations_to(c, p, result, base + 3);
    if (code)
        emit_plain(c, I_MAKE_FUNCTION, (unsigned)reg, constant(c, code), (unsigned)base);
    c->depth = base;
}

static struct code *function_code(struct compiler *outer, struct node *n, ref name) {
    struct compiler c;
    if (!compiler_start(&c, outer, n->scope, name))
        return NULL;
    set_parameters(c.code, n->parameters);
    if (n->scope->is_generator)
        c.code->flags |= CODE_GENERATOR;
    if (n->kind == N_LAMBDA) {
        struct operand x = expression(&c, n->a);
        emit(&c, I_RETURN, 0, x, NOTHING);
    } else {
        c.code->doc = keep(docstring(&n->list));
        heap_settle(c.code->doc);
        statements(&c, &n->list);
        emit_return_none(&c);
    }
    return compiler_finish(&c);
}

/* Decorators are called from the last to the first: each stands where the next one's
 * argument has to be. */
static int decorators_begin(struct compiler *c, struct nodes *list) {
    int base = c->depth;
    for (size_t i = 0; i < list->count; i++) {
        expression_temp(c, list->at[i]);
        temp_new(c);
    }
    return base;
}

static void decorators_end(struct compiler *c, struct nodes *list, int base, int made, int reg) {
    for (size_t i = list->count; i > 0; i--) {
        int at = base + 2 * (int)(i - 1);
        c->place = list->at[i - 1];
        emit_plain(c, I_CALL_FUNCTION, (unsigned)at, 1, (unsigned)at);
        made = at;
    }
    if (made != reg)
        emit(c, I_MOVE, (unsigned)reg, temporary(made), NOTHING);
    c->depth = base;
}

void function_to(struct compiler *c, struct node *n, int reg) {
    int base = decorators_begin(c, &n->list2);
    ref name = n->kind == N_LAMBDA ? str_intern("<lambda>") : n->value;
    struct code *code = function_code(c, n, name);
    int t = n->list2.count ? temp_new(c) : reg;
    c->place = n;
    make_function(c, code, n->scope, n->parameters, n->kind == N_FUNCTION ? n->a : NULL, t);
    decorators_end(c, &n->list2, base, t, reg);
}

/* --- classes --- */

static struct code *class_code(struct compiler *outer, struct node *n) {
    struct compiler c;
    if (!compiler_start(&c, outer, n->scope, n->value))
        return NULL;
    c.class_name = n->value;
    c.code->flags |= CODE_CLASS;
    if (n->scope->needs_class) { /* the last of the registers with names */
        int cell = temp_new(&c);
        c.locals = c.depth;
        emit_plain(&c, I_MAKE_CELL, (unsigned)cell, 0, 0);
    }
    store_variable(&c, special.qualname, constant_operand(&c, c.code->qualname));
    ref doc = docstring(&n->list);
    if (doc)
        store_variable(&c, special.doc, constant_operand(&c, doc));
    statements(&c, &n->list);
    if (n->scope->needs_class)
        emit(&c, I_RETURN, 0, borrowed(c.locals - 1), NOTHING);
    else
        emit_return_none(&c);
    return compiler_finish(&c);
}

static bool is_plain(struct nodes *bases) {
    for (size_t i = 0; i < bases->count; i++)
        if (bases->at[i]->kind == N_STARRED)
            return false;
    return true;
}

void class_to(struct compiler *c, struct node *n, int reg) {
    int first = decorators_begin(c, &n->list2);
    int base = temp_new(c), name = temp_new(c), bases = temp_new(c), keywords = temp_new(c);
    struct code *code = class_code(c, n);
    c->place = n;
    make_function(c, code, n->scope, NULL, NULL, base);
    emit(c, I_MOVE, (unsigned)name, constant_operand(c, n->value), NOTHING);
    if (is_plain(&n->list3) && !n->list4.count) {
        int row = c->depth;
        for (size_t i = 0; i < n->list3.count; i++)
            expression_temp(c, n->list3.at[i]);
        emit_plain(c, I_BUILD_TUPLE, (unsigned)bases, (unsigned)row, (unsigned)n->list3.count);
        emit_plain(c, I_CLEAR, (unsigned)keywords, 0, 0);
    } else {
        spread_arguments(c, &n->list3, &n->list4, base);
        emit(c, I_LIST_TO_TUPLE, (unsigned)bases, temporary(bases), NOTHING);
    }
    c->place = n;
    emit_plain(c, I_BUILD_CLASS, (unsigned)base, (unsigned)base, 0);
    c->depth = base + 1;
    decorators_end(c, &n->list2, first, base, reg);
}

/* --- comprehensions --- */

static void clause(struct compiler *c, struct node *n, size_t i, int made) {
    label end = NULL;
    if (i == n->list.count) {
        struct operand x = expression(c, n->a), y;
        c->place = n->a;
        if (n->kind == N_DICT_COMP) {
            y = expression(c, n->b);
            emit(c, I_MAP_ADD, (unsigned)made, x, y);
            operand_free(c, y);
        } else if (n->kind == N_GENERATOR_EXP) {
            int t = temp_new(c);
            emit(c, I_YIELD, (unsigned)t, x, NOTHING);
            c->depth = t;
        } else {
            emit(c, n->kind == N_SET_COMP ? I_SET_ADD : I_LIST_APPEND, (unsigned)made, x, NOTHING);
        }
        operand_free(c, x);
        return;
    }
    struct node *f = n->list.at[i];
    int iterator = i == 0 ? 0 : temp_new(c);
    if (i > 0) {
        struct operand x = expression(c, f->b);
        c->place = n;
        emit(c, I_GET_ITER, (unsigned)iterator, x, NOTHING);
        c->depth = iterator + 1;
    }
    uint32_t again = here(c);
    label loop_end = NULL;
    int local = f->a->kind == N_NAME ? local_register(c, f->a->value) : -1;
    int item = local >= 0 ? local : temp_new(c);
    c->place = n;
    label_add(c, &loop_end, emit_plain(c, I_FOR_ITER, (unsigned)item, (unsigned)iterator, 0));
    if (local < 0)
        assign(c, f->a, temporary(item));
    label skip = NULL;
    for (size_t k = 0; k < f->list.count; k++)
        jump_if(c, f->list.at[k], false, &skip);
    clause(c, n, i + 1, made);
    label_here(c, &skip);
    emit_plain(c, I_JUMP_BACK, again, 0, 0);
    label_here(c, &loop_end);
    (void)end;
    if (i > 0)
        c->depth = iterator;
}

static struct code *comprehension_code(struct compiler *outer, struct node *n) {
    static const char *const names[] = {"<listcomp>", "<setcomp>", "<genexpr>", "<dictcomp>"};
    static const enum opcode builds[] = {I_BUILD_LIST, I_BUILD_SET, I_NOP, I_BUILD_MAP};
    struct compiler c;
    int which = n->kind - N_LIST_COMP;
    if (!compiler_start(&c, outer, n->scope, str_intern(names[which])))
        return NULL;
    c.code->positional = 1;
    c.code->flags |= CODE_SIMPLE | (n->kind == N_GENERATOR_EXP ? CODE_GENERATOR : 0);
    int made = temp_new(&c);
    emit_plain(&c, builds[which], (unsigned)made, 0, 0);
    clause(&c, n, 0, made);
    if (n->kind == N_GENERATOR_EXP)
        emit_return_none(&c);
    else
        emit(&c, I_RETURN, 0, temporary(made), NOTHING);
    return compiler_finish(&c);
}

void comprehension(struct compiler *c, struct node *n, int reg) {
    struct code *code = comprehension_code(c, n);
    int base = temp_new(c);
    temp_new(c);
    make_function(c, code, n->scope, NULL, NULL, base);
    c->depth = base + 2;
    int argument = temp_new(c);
    struct operand x = expression(c, n->list.at[0]->b);
    c->place = n;
    emit(c, I_GET_ITER, (unsigned)argument, x, NOTHING);
    emit_plain(c, I_CALL_FUNCTION, (unsigned)base, 1, (unsigned)reg);
    c->depth = base;
}

/* --- programs --- */

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = tarn_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

struct code *compile_program(const char *text, ref filename, bool interactive, bool *incomplete) {
    struct arena *arena = arena_new();
    struct node *module = arena ? parse(arena, text, filename, interactive, incomplete) : NULL;
    struct code *code = NULL;
    if (module) {
        struct compiler c = {.arena = arena, .text = text, .filename = filename, .place = module};
        c.interactive = interactive;
        if (compiler_start(&c, NULL, module->scope, str_intern("<module>"))) {
            c.code->flags |= CODE_MODULE;
            c.code->source = interactive ? NULL : copy_text(text); /* as CPython at its prompt */
            c.code->doc = keep(docstring(&module->list));
            heap_settle(c.code->doc);
            statements(&c, &module->list);
            emit_return_none(&c);
            code = compiler_finish(&c);
        }
    }
    if (arena)
        arena_free(arena);
    return code;
}
