/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Statements without a block of their own, and loops.
 */
#include "compile/compile.h"

static void statement(struct compiler *c, struct node *n);

/* --- assignment --- */

static void assign_row(struct compiler *c, struct node *target, struct operand value) {
    size_t n = target->list.count, star = n;
    for (size_t i = 0; i < n; i++)
        if (target->list.at[i]->kind == N_STARRED)
            star = i;
    int depth = c->depth, base = c->depth;
    for (size_t i = 0; i < n; i++)
        temp_new(c);
    c->place = target;
    if (star < n)
        emit(c, I_UNPACK_REST, (unsigned)base, value,
             (struct operand){(uint16_t)(star | (n - star - 1) << 8), false, false});
    else
        emit(c, I_UNPACK, (unsigned)base, value, (struct operand){(uint16_t)n, false, false});
    for (size_t i = 0; i < n; i++) {
        struct node *item = target->list.at[i];
        struct operand part = {(uint16_t)(base + (int)i), false, true};
        int before = c->depth;
        assign(c, item->kind == N_STARRED ? item->a : item, part);
        c->depth = before;
    }
    c->depth = depth;
    operand_free(c, value);
}

void assign(struct compiler *c, struct node *target, struct operand value) {
    struct operand x, y;
    c->place = target;
    switch (target->kind) {
    case N_NAME:
        store_variable(c, target->value, value);
        break;
    case N_ATTRIBUTE:
        x = expression(c, target->a);
        c->place = target;
        emit(c, I_STORE_ATTR, constant(c, mangle(c, target->value)), x, value);
        operand_free(c, x);
        operand_free(c, value);
        break;
    case N_SUBSCRIPT:
        x = expression(c, target->a);
        if (x.is_const) {
            int t = temp_new(c);
            emit(c, I_MOVE, (unsigned)t, x, NOTHING);
            x = temporary(t);
        }
        y = expression(c, target->b);
        c->place = target;
        uint32_t at = emit(c, I_SETITEM, x.index, y, value);
        if (x.is_temp)
            c->code->instrs[at].flags |= KILL_A;
        operand_free(c, y);
        operand_free(c, x);
        operand_free(c, value);
        break;
    default:
        assign_row(c, target, value);
    }
}

static bool is_row(struct node *n) {
    if (n->kind != N_TUPLE && n->kind != N_LIST)
        return false;
    for (size_t i = 0; i < n->list.count; i++)
        if (n->list.at[i]->kind == N_STARRED)
            return false;
    return true;
}

/* a, b = b, a: no tuple is made. */
static void assign_each(struct compiler *c, struct node *target, struct node *value) {
    int base = c->depth;
    for (size_t i = 0; i < value->list.count; i++)
        expression_temp(c, value->list.at[i]);
    int depth = c->depth;
    for (size_t i = 0; i < target->list.count; i++) {
        assign(c, target->list.at[i], temporary(base + (int)i));
        c->depth = depth;
    }
    c->depth = base;
}

static void statement_assign(struct compiler *c, struct node *n) {
    struct node *first = n->list.at[0];
    if (n->list.count == 1) {
        int local = first->kind == N_NAME ? local_register(c, first->value) : -1;
        if (local >= 0) {
            expression_to(c, n->a, local);
            return;
        }
        if (is_row(first) && is_row(n->a) && n->a->kind == N_TUPLE &&
            first->list.count == n->a->list.count && first->list.count > 0) {
            assign_each(c, first, n->a);
            return;
        }
        struct operand value =
            first->kind == N_NAME ? expression(c, n->a) : expression_temp(c, n->a);
        assign(c, first, value);
        return;
    }
    struct operand value = expression_temp(c, n->a);
    for (size_t i = 0; i < n->list.count; i++) {
        struct operand each = value;
        each.is_temp = i + 1 == n->list.count;
        int depth = c->depth;
        assign(c, n->list.at[i], each);
        c->depth = depth;
    }
    operand_free(c, value);
}

static void augment_name(struct compiler *c, struct node *n) {
    int local = local_register(c, n->a->value);
    if (local >= 0 && !c->scope->has_walrus) {
        struct operand y = expression(c, n->b);
        c->place = n;
        emit(c, I_INPLACE + n->op, (unsigned)local, borrowed(local), y);
        operand_free(c, y);
        return;
    }
    struct operand x = expression_temp(c, n->a), y = expression(c, n->b);
    c->place = n;
    emit(c, I_INPLACE + n->op, x.index, x, y);
    operand_free(c, y);
    c->depth = x.index + 1;
    store_variable(c, n->a->value, x);
}

static void statement_augment(struct compiler *c, struct node *n) {
    if (n->a->kind == N_NAME) {
        augment_name(c, n);
        return;
    }
    bool is_item = n->a->kind == N_SUBSCRIPT;
    struct operand x = expression_temp(c, n->a->a), key = NOTHING;
    if (is_item)
        key = expression_temp(c, n->a->b);
    int t = temp_new(c);
    c->place = n->a;
    if (is_item)
        emit(c, I_GETITEM, (unsigned)t, borrowed(x.index), borrowed(key.index));
    else
        emit(c, I_LOAD_ATTR, (unsigned)t, borrowed(x.index),
             borrowed((int)constant(c, mangle(c, n->a->value))));
    struct operand y = expression(c, n->b);
    c->place = n;
    emit(c, I_INPLACE + n->op, (unsigned)t, temporary(t), y);
    c->place = n->a;
    if (is_item) {
        uint32_t at = emit(c, I_SETITEM, x.index, key, temporary(t));
        c->code->instrs[at].flags |= KILL_A;
    } else {
        emit(c, I_STORE_ATTR, constant(c, mangle(c, n->a->value)), x, temporary(t));
    }
    c->depth = x.index;
}

/* Annotations of a class body are kept, for libraries look there; others are not. */
static void statement_annotate(struct compiler *c, struct node *n) {
    if (n->c) {
        struct operand value =
            n->a->kind == N_NAME ? expression(c, n->c) : expression_temp(c, n->c);
        assign(c, n->a, value);
    }
    if (c->scope->kind != SCOPE_CLASS || n->a->kind != N_NAME)
        return;
    int names = temp_new(c), all = temp_new(c);
    c->place = n;
    emit_plain(c, I_LOAD_LOCALS, (unsigned)names, 0, 0);
    int key = temp_new(c);
    emit(c, I_MOVE, (unsigned)key, constant_operand(c, special.annotations), NOTHING);
    emit(c, I_IN, (unsigned)all, borrowed(key), borrowed(names));
    label there = NULL;
    label_add(c, &there, emit(c, I_JUMP_TRUE, 0, temporary(all), NOTHING));
    emit_plain(c, I_BUILD_MAP, (unsigned)all, 0, 0);
    emit(c, I_SETITEM, (unsigned)names, borrowed(key), temporary(all));
    label_here(c, &there);
    emit(c, I_GETITEM, (unsigned)all, temporary(names), temporary(key));
    c->depth = all + 1;
    struct operand type = expression(c, n->b);
    emit(c, I_MAP_ADD, (unsigned)all, constant_operand(c, n->a->value), type);
    emit_plain(c, I_CLEAR, (unsigned)all, 0, 0);
    c->depth = names;
}

static void delete_target(struct compiler *c, struct node *n) {
    struct operand x, y;
    c->place = n;
    switch (n->kind) {
    case N_NAME:
        delete_variable(c, n->value);
        break;
    case N_ATTRIBUTE:
        x = expression(c, n->a);
        c->place = n;
        emit(c, I_DELETE_ATTR, constant(c, mangle(c, n->value)), x, NOTHING);
        operand_free(c, x);
        break;
    case N_SUBSCRIPT:
        x = expression(c, n->a);
        y = expression(c, n->b);
        c->place = n;
        emit(c, I_DELITEM, 0, x, y);
        operand_free(c, y);
        operand_free(c, x);
        break;
    default:
        for (size_t i = 0; i < n->list.count; i++)
            delete_target(c, n->list.at[i]);
    }
}

/* --- loops --- */

static void loop_body(struct compiler *c, struct node *n, struct block *loop, label *end,
                      uint32_t again) {
    loop->outer = c->block;
    loop->target = again;
    c->block = loop;
    statements(c, &n->list);
    c->block = loop->outer;
    c->place = n;
    (void)end;
}

static void breaks_here(struct compiler *c, struct block *loop) {
    label all = loop->breaks;
    label_here(c, &all);
}

static void statement_while(struct compiler *c, struct node *n) {
    struct block loop = {.kind = BLOCK_LOOP, .reg = -1};
    label end = NULL, body = NULL;
    bool forever = n->a->kind == N_CONSTANT && truth(n->a->value) == 1;
    uint32_t again = here(c);
    if (!forever)
        jump_if(c, n->a, false, &end);
    label_here(c, &body);
    loop_body(c, n, &loop, &end, again);
    emit_plain(c, I_JUMP_BACK, again, 0, 0);
    label_here(c, &end);
    statements(c, &n->list2);
    breaks_here(c, &loop);
}

static void statement_for(struct compiler *c, struct node *n) {
    int iterator = temp_new(c);
    struct block loop = {.kind = BLOCK_LOOP, .reg = iterator};
    label end = NULL;
    struct operand x = expression(c, n->b);
    c->place = n->b;
    emit(c, I_GET_ITER, (unsigned)iterator, x, NOTHING);
    c->depth = iterator + 1;
    uint32_t again = here(c);
    int local = n->a->kind == N_NAME ? local_register(c, n->a->value) : -1;
    int item = local >= 0 ? local : temp_new(c);
    label_add(c, &end, emit_plain(c, I_FOR_ITER, (unsigned)item, (unsigned)iterator, 0));
    if (local < 0)
        assign(c, n->a, temporary(item));
    c->depth = iterator + 1;
    loop_body(c, n, &loop, &end, again);
    emit_plain(c, I_JUMP_BACK, again, 0, 0);
    label_here(c, &end);
    c->depth = iterator;
    statements(c, &n->list2);
    breaks_here(c, &loop);
}

static void statement_break(struct compiler *c, struct node *n) {
    struct block *loop = c->block, *inner = c->block;
    while (loop && loop->kind != BLOCK_LOOP)
        loop = loop->outer;
    if (!loop) {
        compile_error(
            c, n, n->kind == N_BREAK ? "'break' outside loop" : "'continue' not properly in loop");
        return;
    }
    unwind_blocks(c, loop);
    c->place = n;
    if (n->kind == N_CONTINUE) {
        emit_plain(c, I_JUMP_BACK, loop->target, 0, 0);
    } else {
        if (loop->reg >= 0)
            emit_plain(c, I_CLEAR, (unsigned)loop->reg, 0, 0);
        label all = loop->breaks;
        emit_jump(c, &all);
        loop->breaks = all;
    }
    unwind_end(c, inner, loop);
}

static bool has_cleanup(struct block *b) {
    for (; b; b = b->outer)
        if (b->kind == BLOCK_FINALLY || b->kind == BLOCK_WITH || b->kind == BLOCK_NAME)
            return true;
    return false;
}

static void statement_return(struct compiler *c, struct node *n) {
    struct operand x = constant_operand(c, NONE);
    if (n->a)
        x = has_cleanup(c->block) ? expression_temp(c, n->a) : expression(c, n->a);
    unwind_blocks(c, NULL);
    c->place = n;
    emit(c, I_RETURN, 0, x, NOTHING);
    unwind_end(c, c->block, NULL);
    operand_free(c, x);
}

/* --- the others --- */

static void statement_raise(struct compiler *c, struct node *n) {
    struct operand x = NOTHING, y = NOTHING;
    if (n->a)
        x = expression(c, n->a);
    if (n->b)
        y = expression(c, n->b);
    c->place = n;
    x.is_temp = y.is_temp = false; /* the frame's end, or a handler, releases them */
    emit(c, I_RAISE, n->b ? 2 : n->a ? 1 : 0, x, y);
}

static void statement_assert(struct compiler *c, struct node *n) {
    label end = NULL;
    jump_if(c, n->a, true, &end);
    int base = temp_new(c);
    temp_new(c);
    c->place = n->a;
    emit(c, I_MOVE, (unsigned)base, constant_operand(c, AssertionError), NOTHING);
    if (n->b)
        expression_temp(c, n->b);
    c->place = n->a;
    emit_plain(c, I_CALL_FUNCTION, (unsigned)base, n->b ? 1 : 0, (unsigned)base);
    emit(c, I_RAISE, 1, borrowed(base), NOTHING);
    c->depth = base;
    label_here(c, &end);
}

static void statement_import(struct compiler *c, struct node *n) {
    for (size_t i = 0; i < n->list.count; i++) {
        struct node *alias = n->list.at[i];
        int t = temp_new(c);
        const char *dot = strchr(str_c(alias->value), '.');
        ref top = alias->value;
        c->place = n;
        emit_plain(c, I_IMPORT, (unsigned)t, constant(c, alias->value), !alias->value2);
        if (dot)
            top = str_intern_ref(
                arena_hold(c->arena, str_new(str_c(top), (size_t)(dot - str_c(top)))));
        store_variable(c, alias->value2 ? alias->value2 : top, temporary(t));
    }
}

static void statement_import_from(struct compiler *c, struct node *n) {
    int module = temp_new(c);
    emit_plain(c, I_IMPORT, (unsigned)module, constant(c, n->value), 0);
    if (!n->list.count) {
        emit(c, I_IMPORT_STAR, 0, temporary(module), NOTHING);
        c->depth = module;
        return;
    }
    for (size_t i = 0; i < n->list.count; i++) {
        struct node *alias = n->list.at[i];
        int t = temp_new(c);
        emit(c, I_IMPORT_FROM, (unsigned)t, borrowed(module),
             borrowed((int)constant(c, alias->value)));
        store_variable(c, alias->value2 ? alias->value2 : alias->value, temporary(t));
    }
    emit_plain(c, I_CLEAR, (unsigned)module, 0, 0);
    c->depth = module;
}

static void statement_expression(struct compiler *c, struct node *n) {
    if (n->a->kind == N_CONSTANT && !(c->interactive && !c->parent))
        return;
    struct operand x = expression_temp(c, n->a);
    c->place = n;
    if (c->interactive && !c->parent)
        emit(c, I_PRINT, 0, x, NOTHING);
    else
        emit_plain(c, I_CLEAR, x.index, 0, 0);
    operand_free(c, x);
}

static void statement_if(struct compiler *c, struct node *n) {
    label other = NULL, end = NULL;
    jump_if(c, n->a, false, &other);
    statements(c, &n->list);
    if (n->list2.count) {
        emit_jump(c, &end);
        label_here(c, &other);
        statements(c, &n->list2);
    }
    label_here(c, &other);
    label_here(c, &end);
}

static void definition(struct compiler *c, struct node *n) {
    int local = local_register(c, n->value);
    int t = local >= 0 ? local : temp_new(c);
    if (n->kind == N_CLASS)
        class_to(c, n, t);
    else
        function_to(c, n, t);
    if (local < 0) {
        c->depth = t + 1;
        store_variable(c, n->value, temporary(t));
    }
}

static void statement(struct compiler *c, struct node *n) {
    c->place = n;
    switch (n->kind) {
    case N_EXPRESSION:
        statement_expression(c, n);
        break;
    case N_ASSIGN:
        statement_assign(c, n);
        break;
    case N_AUGMENT:
        statement_augment(c, n);
        break;
    case N_ANNOTATE:
        statement_annotate(c, n);
        break;
    case N_RETURN:
        statement_return(c, n);
        break;
    case N_RAISE:
        statement_raise(c, n);
        break;
    case N_BREAK:
    case N_CONTINUE:
        statement_break(c, n);
        break;
    case N_DELETE:
        for (size_t i = 0; i < n->list.count; i++)
            delete_target(c, n->list.at[i]);
        break;
    case N_ASSERT:
        statement_assert(c, n);
        break;
    case N_IF:
        statement_if(c, n);
        break;
    case N_WHILE:
        statement_while(c, n);
        break;
    case N_FOR:
        statement_for(c, n);
        break;
    case N_TRY:
        statement_try(c, n);
        break;
    case N_WITH:
        statement_with(c, n, 0);
        break;
    case N_FUNCTION:
    case N_CLASS:
        definition(c, n);
        break;
    case N_IMPORT:
        statement_import(c, n);
        break;
    case N_IMPORT_FROM:
        statement_import_from(c, n);
        break;
    default: /* pass, global, nonlocal */
        break;
    }
}

void statements(struct compiler *c, struct nodes *list) {
    for (size_t i = 0; i < list->count && !self.error; i++) {
        int depth = c->depth;
        statement(c, list->at[i]);
        c->depth = depth;
    }
}
