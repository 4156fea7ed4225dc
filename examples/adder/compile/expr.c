/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Expressions. A variable is an operand where it stands; anything else gets a
 * temporary register, taken and given back like a stack.
 */
#include "compile/compile.h"

/* --- variables --- */

int local_register(struct compiler *c, ref name) {
    int reg = 0;
    if (c->scope->kind != SCOPE_FUNCTION)
        return -1;
    for (size_t i = 0; i < c->scope->count; i++) {
        struct symbol *s = &c->scope->symbols[i];
        if (s->name == name)
            return s->flags & SYMBOL_LOCAL && !(s->flags & SYMBOL_CELL) ? reg : -1;
        reg += (s->flags & SYMBOL_LOCAL) != 0;
    }
    return -1;
}

/* The register with the cell of a name that functions share, or -1. */
int cell_register(struct compiler *c, ref name) {
    int reg = 0, free = c->code->first_free;
    for (size_t i = 0; i < c->scope->count; i++) {
        struct symbol *s = &c->scope->symbols[i];
        bool is_local = s->flags & SYMBOL_LOCAL && c->scope->kind == SCOPE_FUNCTION;
        bool is_free = s->flags & SYMBOL_FREE && !is_local;
        if (s->name == name)
            return is_free ? free : is_local && s->flags & SYMBOL_CELL ? reg : -1;
        reg += is_local;
        free += is_free;
    }
    return -1;
}

static bool is_global(struct compiler *c, ref name) {
    struct symbol *s = scope_find(c->scope, name);
    return c->scope->kind == SCOPE_MODULE || (s && s->flags & SYMBOL_GLOBAL);
}

void load_variable(struct compiler *c, ref name, int reg) {
    int local = local_register(c, name), cell = cell_register(c, name);
    ref own = mangle(c, name);
    if (local >= 0)
        emit(c, I_MOVE, (unsigned)reg, borrowed(local), NOTHING);
    else if (cell >= 0 && c->scope->kind == SCOPE_CLASS)
        emit_plain(c, I_LOAD_CLASSCELL, (unsigned)reg, (unsigned)cell, constant(c, name));
    else if (cell >= 0)
        emit_plain(c, I_LOAD_CELL, (unsigned)reg, (unsigned)cell, 0);
    else if (c->scope->kind == SCOPE_CLASS && !is_global(c, name))
        emit_plain(c, I_LOAD_NAME, (unsigned)reg, constant(c, own), 0);
    else
        emit_plain(c, I_LOAD_GLOBAL, (unsigned)reg, constant(c, name), 0);
}

void store_variable(struct compiler *c, ref name, struct operand value) {
    int local = local_register(c, name), cell = cell_register(c, name);
    if (local >= 0)
        emit(c, I_MOVE, (unsigned)local, value, NOTHING);
    else if (cell >= 0 &&
             !(c->scope->kind == SCOPE_CLASS && scope_find(c->scope, name)->flags & SYMBOL_LOCAL))
        emit(c, I_STORE_CELL, (unsigned)cell, value, NOTHING);
    else if (c->scope->kind == SCOPE_CLASS && !is_global(c, name))
        emit(c, I_STORE_NAME, constant(c, mangle(c, name)), value, NOTHING);
    else
        emit(c, I_STORE_GLOBAL, constant(c, name), value, NOTHING);
    operand_free(c, value);
}

void delete_variable(struct compiler *c, ref name) {
    int local = local_register(c, name), cell = cell_register(c, name);
    if (local >= 0)
        emit_plain(c, I_DELETE_LOCAL, (unsigned)local, 0, 0);
    else if (cell >= 0)
        emit_plain(c, I_DELETE_CELL, (unsigned)cell, 0, 0);
    else if (c->scope->kind == SCOPE_CLASS && !is_global(c, name))
        emit_plain(c, I_DELETE_NAME, constant(c, mangle(c, name)), 0, 0);
    else
        emit_plain(c, I_DELETE_GLOBAL, constant(c, name), 0, 0);
}

/* --- operands --- */

struct operand expression_temp(struct compiler *c, struct node *n) {
    int reg = temp_new(c);
    expression_to(c, n, reg);
    c->depth = reg + 1;
    return temporary(reg);
}

struct operand expression(struct compiler *c, struct node *n) {
    if (n->kind == N_CONSTANT)
        return constant_operand(c, n->value);
    if (n->kind == N_NAME && !c->scope->has_walrus) {
        int local = local_register(c, n->value);
        if (local >= 0)
            return borrowed(local);
    }
    return expression_temp(c, n);
}

/* Two operands, the left one evaluated first. */
static void pair(struct compiler *c, struct node *a, struct node *b, struct operand *x,
                 struct operand *y) {
    *x = expression(c, a);
    *y = expression(c, b);
}

static void release_pair(struct compiler *c, struct operand x, struct operand y) {
    operand_free(c, y);
    operand_free(c, x);
}

/* --- operators --- */

static void binary_to(struct compiler *c, struct node *n, int reg) {
    struct operand x, y;
    pair(c, n->a, n->b, &x, &y);
    c->place = n;
    emit(c, I_BINARY + n->op, (unsigned)reg, x, y);
    release_pair(c, x, y);
}

static void unary_to(struct compiler *c, struct node *n, int reg) {
    static const enum opcode ops[] = {I_NEGATIVE, I_POSITIVE, I_INVERT};
    struct operand x = expression(c, n->a);
    c->place = n;
    emit(c, n->op == OP_NOT ? I_NOT : ops[n->op], (unsigned)reg, x, NOTHING);
    operand_free(c, x);
}

static enum opcode compare_opcode(unsigned op) {
    static const enum opcode more[] = {I_IN, I_NOT_IN, I_IS, I_IS_NOT};
    return op < OP_IN ? I_COMPARE + op : more[op - OP_IN];
}

/* a < b < c: what stands in the middle is evaluated once. reg is a temporary. */
static void chain_to(struct compiler *c, struct node *n, int reg) {
    label end = NULL;
    int middle = temp_new(c), next = temp_new(c);
    expression_to(c, n->a, middle);
    for (size_t i = 0; i < n->list.count; i++) {
        bool last = i + 1 == n->list.count;
        expression_to(c, n->list.at[i], next);
        c->place = n;
        struct operand left = temporary(middle), right = borrowed(next);
        right.is_temp = last;
        emit(c, compare_opcode(n->ops[i]), (unsigned)reg, left, right);
        if (!last) {
            uint32_t at = emit(c, I_JUMP_FALSE, 0, borrowed(reg), NOTHING);
            label_add(c, &end, at);
            emit(c, I_MOVE, (unsigned)middle, temporary(next), NOTHING);
        }
    }
    label_here(c, &end);
    emit_plain(c, I_CLEAR, (unsigned)next, 0, 0);
    c->depth = middle;
}

static void compare_to(struct compiler *c, struct node *n, int reg) {
    struct operand x, y;
    if (n->list.count > 1) {
        if (reg >= c->locals) {
            chain_to(c, n, reg);
            return;
        }
        int t = temp_new(c);
        chain_to(c, n, t);
        emit(c, I_MOVE, (unsigned)reg, temporary(t), NOTHING);
        c->depth = t;
        return;
    }
    pair(c, n->a, n->list.at[0], &x, &y);
    c->place = n;
    emit(c, compare_opcode(n->ops[0]), (unsigned)reg, x, y);
    release_pair(c, x, y);
}

/* and, or: reg is a temporary, written until the end is known. */
static void boolean_to(struct compiler *c, struct node *n, int reg) {
    label end = NULL;
    for (size_t i = 0; i < n->list.count; i++) {
        expression_to(c, n->list.at[i], reg);
        if (i + 1 < n->list.count) {
            c->place = n;
            uint32_t at = emit(c, n->op ? I_JUMP_TRUE : I_JUMP_FALSE, 0, borrowed(reg), NOTHING);
            label_add(c, &end, at);
        }
    }
    label_here(c, &end);
}

static void conditional_to(struct compiler *c, struct node *n, int reg) {
    label other = NULL, end = NULL;
    jump_if(c, n->a, false, &other);
    expression_to(c, n->b, reg);
    emit_jump(c, &end);
    label_here(c, &other);
    expression_to(c, n->c, reg);
    label_here(c, &end);
}

/* --- conditions --- */

static void jump_compare(struct compiler *c, struct node *n, bool sense, label *to) {
    struct operand x, y;
    pair(c, n->a, n->list.at[0], &x, &y);
    c->place = n;
    if (n->ops[0] <= OP_GE) {
        label_add(c, to, emit(c, (sense ? I_JUMP_IF : I_JUMP_NOT) + n->ops[0], 0, x, y));
        release_pair(c, x, y);
        return;
    }
    release_pair(c, x, y);
    int t = temp_new(c);
    emit(c, compare_opcode(n->ops[0]), (unsigned)t, x, y);
    label_add(c, to, emit(c, sense ? I_JUMP_TRUE : I_JUMP_FALSE, 0, temporary(t), NOTHING));
    c->depth = t;
}

static void jump_boolean(struct compiler *c, struct node *n, bool sense, label *to) {
    bool stops_on = n->op; /* or ends with the first true one, and with the first false */
    label end = NULL;
    for (size_t i = 0; i < n->list.count; i++) {
        bool last = i + 1 == n->list.count;
        if (last || stops_on == sense)
            jump_if(c, n->list.at[i], sense, to);
        else
            jump_if(c, n->list.at[i], stops_on, &end);
    }
    label_here(c, &end);
}

void jump_if(struct compiler *c, struct node *n, bool sense, label *to) {
    if (n->kind == N_UNARY && n->op == OP_NOT) {
        jump_if(c, n->a, !sense, to);
    } else if (n->kind == N_BOOLEAN) {
        jump_boolean(c, n, sense, to);
    } else if (n->kind == N_COMPARE && n->list.count == 1) {
        jump_compare(c, n, sense, to);
    } else if (n->kind == N_CONSTANT && (is_bool(n->value) || is_int(n->value))) {
        if ((truth(n->value) == 1) == sense)
            emit_jump(c, to);
    } else {
        struct operand x = expression(c, n);
        c->place = n;
        label_add(c, to, emit(c, sense ? I_JUMP_TRUE : I_JUMP_FALSE, 0, x, NOTHING));
        operand_free(c, x);
    }
}

/* --- displays --- */

static bool any_starred(struct nodes *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i]->kind == N_STARRED)
            return true;
    return false;
}

/* Into consecutive temporaries; returns the first. */
static int row(struct compiler *c, struct nodes *list) {
    int base = c->depth;
    for (size_t i = 0; i < list->count; i++)
        expression_temp(c, list->at[i]);
    return base;
}

static void starred_to(struct compiler *c, struct node *n, int reg) {
    int t = temp_new(c);
    bool is_set = n->kind == N_SET;
    emit_plain(c, is_set ? I_BUILD_SET : I_BUILD_LIST, (unsigned)t, 0, 0);
    for (size_t i = 0; i < n->list.count; i++) {
        struct node *item = n->list.at[i];
        bool star = item->kind == N_STARRED;
        struct operand x = expression(c, star ? item->a : item);
        c->place = n;
        emit(c,
             is_set ? (star ? I_SET_UPDATE : I_SET_ADD)
             : star ? I_LIST_EXTEND
                    : I_LIST_APPEND,
             (unsigned)t, x, NOTHING);
        operand_free(c, x);
    }
    emit(c, n->kind == N_TUPLE ? I_LIST_TO_TUPLE : I_MOVE, (unsigned)reg, temporary(t), NOTHING);
    c->depth = t;
}

static bool all_constant(struct nodes *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i]->kind != N_CONSTANT)
            return false;
    return true;
}

static void display_to(struct compiler *c, struct node *n, int reg) {
    if (any_starred(&n->list)) {
        starred_to(c, n, reg);
        return;
    }
    if (n->kind == N_TUPLE && all_constant(&n->list)) {
        struct tuple *t = tuple_new(n->list.count);
        for (size_t i = 0; t && i < n->list.count; i++)
            t->items[i] = keep(n->list.at[i]->value);
        if (t)
            emit(c, I_MOVE, (unsigned)reg, constant_operand(c, arena_hold(c->arena, t)), NOTHING);
        return;
    }
    int base = row(c, &n->list);
    c->place = n;
    emit_plain(c,
               n->kind == N_LIST  ? I_BUILD_LIST
               : n->kind == N_SET ? I_BUILD_SET
                                  : I_BUILD_TUPLE,
               (unsigned)reg, (unsigned)base, (unsigned)n->list.count);
    c->depth = base;
}

static void dict_to(struct compiler *c, struct node *n, int reg) {
    enum { AT_ONCE = 8 };
    bool spreads = n->list.count > AT_ONCE;
    for (size_t i = 0; i < n->list.count; i++)
        spreads |= !n->list.at[i];
    if (!spreads) {
        int base = c->depth;
        for (size_t i = 0; i < n->list.count; i++) {
            expression_temp(c, n->list.at[i]);
            expression_temp(c, n->list2.at[i]);
        }
        c->place = n;
        emit_plain(c, I_BUILD_MAP, (unsigned)reg, (unsigned)base, (unsigned)n->list.count);
        c->depth = base;
        return;
    }
    int t = temp_new(c);
    emit_plain(c, I_BUILD_MAP, (unsigned)t, 0, 0);
    for (size_t i = 0; i < n->list.count; i++) {
        struct operand x, y;
        if (n->list.at[i]) {
            pair(c, n->list.at[i], n->list2.at[i], &x, &y);
            c->place = n;
            emit(c, I_MAP_ADD, (unsigned)t, x, y);
            release_pair(c, x, y);
        } else {
            x = expression(c, n->list2.at[i]);
            c->place = n;
            emit(c, I_DICT_UPDATE, (unsigned)t, x, NOTHING);
            operand_free(c, x);
        }
    }
    emit(c, I_MOVE, (unsigned)reg, temporary(t), NOTHING);
    c->depth = t;
}

/* --- the rest --- */

static void slice_to(struct compiler *c, struct node *n, int reg) {
    struct node *parts[] = {n->a, n->b, n->c};
    int base = c->depth;
    for (int i = 0; i < 3; i++) {
        int t = temp_new(c);
        if (parts[i])
            expression_to(c, parts[i], t);
        else
            emit(c, I_MOVE, (unsigned)t, constant_operand(c, NONE), NOTHING);
        c->depth = t + 1;
    }
    c->place = n;
    emit_plain(c, I_BUILD_SLICE, (unsigned)reg, (unsigned)base, 0);
    c->depth = base;
}

static void subscript_to(struct compiler *c, struct node *n, int reg) {
    struct operand x, y;
    pair(c, n->a, n->b, &x, &y);
    c->place = n;
    emit(c, I_GETITEM, (unsigned)reg, x, y);
    release_pair(c, x, y);
}

static void attribute_to(struct compiler *c, struct node *n, int reg) {
    struct operand x = expression(c, n->a);
    c->place = n;
    uint32_t at = emit(c, I_LOAD_ATTR, (unsigned)reg, x, NOTHING);
    c->code->instrs[at].c = (uint16_t)constant(c, mangle(c, n->value));
    operand_free(c, x);
}

static void fstring_to(struct compiler *c, struct node *n, int reg);

static void formatted_to(struct compiler *c, struct node *n, int reg) {
    int t = temp_new(c);
    struct operand x = expression(c, n->a);
    c->place = n;
    if (n->op) {
        emit(c, I_CONVERT, (unsigned)t, x, (struct operand){n->op, false, false});
        operand_free(c, x);
        c->depth = t + 1;
        x = temporary(t);
    }
    struct operand spec = constant_operand(c, arena_hold(c->arena, str_from("")));
    if (n->b) {
        spec = temporary(temp_new(c));
        fstring_to(c, n->b, spec.index);
    }
    emit(c, I_FORMAT, (unsigned)reg, x, spec);
    c->depth = t;
}

static void fstring_to(struct compiler *c, struct node *n, int reg) {
    int base = c->depth;
    for (size_t i = 0; i < n->list.count; i++)
        expression_temp(c, n->list.at[i]);
    c->place = n;
    emit_plain(c, I_BUILD_STRING, (unsigned)reg, (unsigned)base, (unsigned)n->list.count);
    c->depth = base;
}

static void named_to(struct compiler *c, struct node *n, int reg) {
    struct operand x = expression_temp(c, n->a);
    c->place = n;
    store_variable(c, n->value, borrowed(x.index));
    emit(c, I_MOVE, (unsigned)reg, x, NOTHING);
    operand_free(c, x);
}

static void yield_to(struct compiler *c, struct node *n, int reg) {
    if (n->kind == N_YIELD) {
        struct operand x = n->a ? expression(c, n->a) : constant_operand(c, NONE);
        c->place = n;
        int t = reg >= c->locals ? reg : temp_new(c);
        emit(c, I_YIELD, (unsigned)t, x, NOTHING);
        if (t != reg)
            emit(c, I_MOVE, (unsigned)reg, temporary(t), NOTHING);
        return;
    }
    int received = temp_new(c), iterator = temp_new(c);
    struct operand x = expression(c, n->a);
    c->place = n;
    emit(c, I_GET_ITER, (unsigned)iterator, x, NOTHING);
    emit_plain(c, I_CLEAR, (unsigned)received, 0, 0);
    emit_plain(c, I_YIELD_FROM, (unsigned)received, (unsigned)iterator, 0);
    emit(c, I_MOVE, (unsigned)reg, temporary(received), NOTHING);
    c->depth = received;
}

void expression_to(struct compiler *c, struct node *n, int reg) {
    int depth = c->depth;
    if (self.error)
        return;
    bool in_steps = n->kind == N_BOOLEAN || n->kind == N_NAMED || n->kind == N_CONDITIONAL;
    if (in_steps && reg < c->locals) { /* a variable changes at the end, at once */
        struct operand x = expression_temp(c, n);
        emit(c, I_MOVE, (unsigned)reg, x, NOTHING);
        c->depth = depth;
        return;
    }
    c->place = n;
    switch (n->kind) {
    case N_CONSTANT:
        emit(c, I_MOVE, (unsigned)reg, constant_operand(c, n->value), NOTHING);
        break;
    case N_NAME:
        load_variable(c, n->value, reg);
        break;
    case N_ATTRIBUTE:
        attribute_to(c, n, reg);
        break;
    case N_SUBSCRIPT:
        subscript_to(c, n, reg);
        break;
    case N_SLICE:
        slice_to(c, n, reg);
        break;
    case N_CALL:
        compile_call(c, n, reg);
        break;
    case N_BINARY:
        binary_to(c, n, reg);
        break;
    case N_UNARY:
        unary_to(c, n, reg);
        break;
    case N_BOOLEAN:
        boolean_to(c, n, reg);
        break;
    case N_COMPARE:
        compare_to(c, n, reg);
        break;
    case N_CONDITIONAL:
        conditional_to(c, n, reg);
        break;
    case N_LAMBDA:
        function_to(c, n, reg);
        break;
    case N_LIST:
    case N_TUPLE:
    case N_SET:
        display_to(c, n, reg);
        break;
    case N_DICT:
        dict_to(c, n, reg);
        break;
    case N_LIST_COMP:
    case N_SET_COMP:
    case N_DICT_COMP:
    case N_GENERATOR_EXP:
        comprehension(c, n, reg);
        break;
    case N_YIELD:
    case N_YIELD_FROM:
        yield_to(c, n, reg);
        break;
    case N_NAMED:
        named_to(c, n, reg);
        break;
    case N_FSTRING:
        fstring_to(c, n, reg);
        break;
    case N_FORMATTED:
        formatted_to(c, n, reg);
        break;
    case N_STARRED:
        compile_error(c, n, "can't use starred expression here");
        break;
    default:
        compile_error(c, n, "this is not part of the subset");
    }
    c->depth = depth;
}
