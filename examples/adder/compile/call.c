/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Calls: the callee, a place for self, then the arguments, in consecutive registers.
 */
#include "compile/compile.h"

static bool is_plain(struct node *n) {
    for (size_t i = 0; i < n->list.count; i++)
        if (n->list.at[i]->kind == N_STARRED)
            return false;
    for (size_t i = 0; i < n->list2.count; i++)
        if (!n->list2.at[i]->value)
            return false;
    return true;
}

/* A list (then a tuple) of positional arguments at base + 2, a dict at base + 3. */
bool spread_arguments(struct compiler *c, struct nodes *args, struct nodes *keywords, int base) {
    int list = base + 2, dict = base + 3;
    c->depth = base + 4;
    if (c->depth > c->code->register_count)
        c->code->register_count = (uint16_t)c->depth;
    emit_plain(c, I_BUILD_LIST, (unsigned)list, 0, 0);
    for (size_t i = 0; i < args->count; i++) {
        struct node *item = args->at[i];
        bool star = item->kind == N_STARRED;
        struct operand x = expression(c, star ? item->a : item);
        uint32_t at = emit(c, star ? I_LIST_EXTEND : I_LIST_APPEND, (unsigned)list, x, NOTHING);
        if (star && args->count == 1)
            c->code->instrs[at].c = (uint16_t)(base + 1);
        operand_free(c, x);
    }
    if (!keywords->count) {
        emit_plain(c, I_CLEAR, (unsigned)dict, 0, 0);
        return !self.error;
    }
    emit_plain(c, I_BUILD_MAP, (unsigned)dict, 0, 0);
    for (size_t i = 0; i < keywords->count; i++) {
        struct node *k = keywords->at[i];
        struct operand x = expression(c, k->a);
        uint32_t at;
        if (!k->value) {
            at = emit(c, I_DICT_MERGE, (unsigned)dict, x, NOTHING);
        } else {
            int one = temp_new(c), pair = temp_new(c);
            emit(c, I_MOVE, (unsigned)pair, constant_operand(c, k->value), NOTHING);
            int value = temp_new(c);
            emit(c, I_MOVE, (unsigned)value, x, NOTHING);
            emit_plain(c, I_BUILD_MAP, (unsigned)one, (unsigned)pair, 1);
            at = emit(c, I_DICT_MERGE, (unsigned)dict, temporary(one), NOTHING);
            c->depth = one;
        }
        c->code->instrs[at].c = (uint16_t)(base + 1);
        operand_free(c, x);
        c->depth = base + 4;
    }
    return !self.error;
}

/* super() alone names the class whose body the method stands in, and the method's first
 * parameter. */
static bool is_bare_super(struct compiler *c, struct node *n) {
    return n->kind == N_CALL && n->a->kind == N_NAME && str_is_text(n->a->value, "super") &&
           !n->list.count && !n->list2.count && c->scope->kind == SCOPE_FUNCTION &&
           !c->scope->is_comprehension && c->scope->count > 0 &&
           c->scope->symbols[0].flags & SYMBOL_PARAMETER && cell_register(c, special.class) >= 0;
}

static void super_arguments(struct compiler *c, int at) {
    c->depth = at;
    int cls = temp_new(c), owner = temp_new(c);
    load_variable(c, special.class, cls);
    load_variable(c, c->scope->symbols[0].name, owner);
}

/* Puts the callee at base, and self, or nothing, behind it. Returns the opcode. */
static enum opcode callee(struct compiler *c, struct node *n, int base) {
    struct node *f = n->a;
    if (f->kind != N_ATTRIBUTE) {
        expression_to(c, f, base);
        return I_CALL_FUNCTION;
    }
    if (is_bare_super(c, f->a)) {
        super_arguments(c, base + 2);
        c->place = f;
        emit(c, I_LOAD_SUPER, (unsigned)base, temporary(base + 2), temporary(base + 3));
        emit_plain(c, I_NOP, 0, 0, constant(c, mangle(c, f->value)));
        c->depth = base + 2;
        return I_CALL;
    }
    struct operand x = expression(c, f->a);
    c->place = f;
    uint32_t at = emit(c, I_LOAD_METHOD, (unsigned)base, x, NOTHING);
    c->code->instrs[at].c = (uint16_t)constant(c, mangle(c, f->value));
    c->depth = base + 2;
    return I_CALL;
}

void compile_call(struct compiler *c, struct node *n, int reg) {
    int base = temp_new(c);
    temp_new(c);
    if (is_bare_super(c, n)) {
        expression_to(c, n->a, base);
        super_arguments(c, base + 2);
        c->place = n;
        emit_plain(c, I_CALL_FUNCTION, (unsigned)base, 2, (unsigned)reg);
        c->depth = base;
        return;
    }
    if (!is_plain(n)) {
        expression_to(c, n->a, base);
        spread_arguments(c, &n->list, &n->list2, base);
        c->place = n;
        emit_plain(c, I_CALL_SPREAD, (unsigned)base, 0, (unsigned)reg);
        c->depth = base;
        return;
    }
    enum opcode op = callee(c, n, base);
    for (size_t i = 0; i < n->list.count; i++)
        expression_temp(c, n->list.at[i]);
    for (size_t i = 0; i < n->list2.count; i++)
        expression_temp(c, n->list2.at[i]->a);
    c->place = n;
    size_t count = n->list.count + n->list2.count;
    if (!n->list2.count) {
        emit_plain(c, op, (unsigned)base, (unsigned)count, (unsigned)reg);
        c->depth = base;
        return;
    }
    struct tuple *names = tuple_new(n->list2.count);
    for (size_t i = 0; names && i < n->list2.count; i++)
        names->items[i] = keep(n->list2.at[i]->value);
    if (op == I_CALL_FUNCTION)
        emit_plain(c, I_CLEAR, (unsigned)base + 1, 0, 0);
    emit_plain(c, I_CALL_KEYWORDS, (unsigned)base, (unsigned)count, (unsigned)reg);
    if (names)
        emit_plain(c, I_NOP, 0, constant(c, arena_hold(c->arena, names)), 0);
    c->depth = base;
}
