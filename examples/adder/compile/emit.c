/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Building a code: instructions with their places, constants, labels, handlers.
 */
#include "compile/compile.h"

#include <stdlib.h>

static void *grow(void *rows, uint32_t count, uint32_t *room, size_t size) {
    if (count < *room)
        return rows;
    *room = *room ? 2 * *room : 32;
    rows = tarn_realloc(rows, *room * size);
    if (!rows)
        abort();
    return rows;
}

void *compile_error(struct compiler *c, const struct node *n, const char *message) {
    if (self.error)
        return NULL;
    return syntax_error(c->text, c->filename, n->line, n->column, n->end_line, n->end_column,
                        SyntaxError, "%s", message);
}

uint32_t here(struct compiler *c) {
    return c->code->instr_count;
}

/* Of a binary expression or a subscript on one line: see struct place. */
static void place_anchor(struct place *p, const struct node *n) {
    bool subscript = n->kind == N_SUBSCRIPT;
    if ((!subscript && n->kind != N_BINARY) || n->end_line != n->line)
        return;
    p->anchor = n->a->end_column;
    p->anchor_end = subscript ? n->b->end_column + 1 : n->b->column;
}

static uint32_t add_instr(struct compiler *c, struct instr in) {
    struct code *code = c->code;
    uint32_t room = c->instr_room;
    if (code->instr_count >= 65000) {
        compile_error(c, c->place, "the function is too large for this interpreter");
        code->instr_count = 64000; /* it is not going to run */
    }
    code->instrs = grow(code->instrs, code->instr_count, &room, sizeof *code->instrs);
    code->places = grow(code->places, code->instr_count, &c->instr_room, sizeof *code->places);
    const struct node *n = c->place;
    struct place *p = &code->places[code->instr_count];
    *p = (struct place){n->line, n->end_line, n->column, n->end_column, 0, 0};
    place_anchor(p, n);
    code->instrs[code->instr_count] = in;
    return code->instr_count++;
}

uint32_t emit(struct compiler *c, enum opcode op, unsigned a, struct operand b, struct operand d) {
    unsigned flags = (b.is_const ? CONST_B : 0) | (d.is_const ? CONST_C : 0) |
                     (b.is_temp ? KILL_B : 0) | (d.is_temp ? KILL_C : 0);
    return add_instr(c, (struct instr){(uint8_t)op, (uint8_t)flags, (uint16_t)a, b.index, d.index});
}

uint32_t emit_plain(struct compiler *c, enum opcode op, unsigned a, unsigned b, unsigned d) {
    return add_instr(c, (struct instr){(uint8_t)op, 0, (uint16_t)a, (uint16_t)b, (uint16_t)d});
}

/* --- labels: the target is field a, or c of FOR_ITER --- */

void label_add(struct compiler *c, label *to, uint32_t at) {
    struct jump *j = arena_alloc(c->arena, sizeof *j);
    *j = (struct jump){at, *to};
    *to = j;
}

void emit_jump(struct compiler *c, label *to) {
    label_add(c, to, emit_plain(c, I_JUMP, 0, 0, 0));
}

void label_here(struct compiler *c, label *from) {
    for (struct jump *j = *from; j; j = j->next) {
        struct instr *in = &c->code->instrs[j->at];
        if (in->op == I_FOR_ITER)
            in->c = (uint16_t)here(c);
        else
            in->a = (uint16_t)here(c);
    }
    *from = NULL;
}

/* --- constants and registers --- */

static bool same_constant(ref a, ref b) {
    if (a == b)
        return true;
    return is_object(a) && is_object(b) && class_of(a) == str_class && class_of(b) == str_class &&
           str_equals(a, b);
}

unsigned constant(struct compiler *c, ref v) {
    struct code *code = c->code;
    for (uint32_t i = 0; i < code->const_count && (code->const_count < 400 || !is_object(v)); i++)
        if (same_constant(code->consts[i], v))
            return i;
    if (is_object(v) && class_of(v) == str_class && str_size(v) < 64)
        v = str_intern_ref(v);
    heap_settle(v);
    code->consts = grow(code->consts, code->const_count, &c->const_room, sizeof(ref));
    code->consts[code->const_count] = v;
    if (code->const_count >= 65000)
        compile_error(c, c->place, "too many constants for this interpreter");
    return code->const_count++;
}

struct operand constant_operand(struct compiler *c, ref v) {
    return (struct operand){(uint16_t)constant(c, v), true, false};
}

struct operand temporary(int reg) {
    return (struct operand){(uint16_t)reg, false, true};
}

struct operand borrowed(int reg) {
    return (struct operand){(uint16_t)reg, false, false};
}

int temp_new(struct compiler *c) {
    int reg = c->depth++;
    if (c->depth > c->code->register_count)
        c->code->register_count = (uint16_t)c->depth;
    if (c->depth > 60000)
        compile_error(c, c->place, "the expression is too large for this interpreter");
    return reg;
}

/* The operand has been consumed: its register, and those above, are free again. */
void operand_free(struct compiler *c, struct operand o) {
    if (o.is_temp && o.index < c->depth)
        c->depth = o.index;
}

void handler_add(struct compiler *c, uint32_t from, uint32_t to, uint32_t at, int depth) {
    struct code *code = c->code;
    if (from >= to)
        return;
    code->handlers =
        grow(code->handlers, code->handler_count, &c->handler_room, sizeof *code->handlers);
    code->handlers[code->handler_count++] = (struct handler){from, to, at, (uint16_t)depth};
}

/* __name inside a class becomes _Class__name. */
ref mangle(struct compiler *c, ref name) {
    const char *s = str_c(name);
    size_t n = str_size(name);
    if (!c->class_name || n < 3 || s[0] != '_' || s[1] != '_' ||
        (s[n - 1] == '_' && s[n - 2] == '_'))
        return name;
    const char *cls = str_c(c->class_name);
    while (*cls == '_')
        cls++;
    if (!*cls)
        return name;
    ref mangled = arena_hold(c->arena, str_format("_%s%s", cls, s));
    return str_intern_ref(mangled);
}
