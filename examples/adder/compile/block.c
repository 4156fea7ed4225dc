/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Blocks that something has to be done about on the way out: try, with, handlers.
 *
 * A finally clause is compiled once for each way out: the normal end, an exception, and
 * each return, break and continue through it. The ranges that a handler guards leave
 * out the code for such a way out, so that it does not guard itself.
 */
#include "compile/compile.h"

static void block_open(struct compiler *c, struct block *b) {
    b->outer = c->block;
    b->from = here(c);
    b->open = true;
    c->block = b;
}

static bool is_guarded(const struct block *b) {
    return b->kind != BLOCK_LOOP;
}

static void range_close(struct compiler *c, struct block *b) {
    if (!is_guarded(b) || !b->open)
        return;
    struct span *r = arena_alloc(c->arena, sizeof *r);
    *r = (struct span){b->from, here(c), b->ranges};
    b->ranges = r;
    b->open = false;
}

static void range_reopen(struct compiler *c, struct block *b) {
    b->from = here(c);
    b->open = true;
}

/* The block ends; its ranges continue at the handler that begins here. */
static void handle_here(struct compiler *c, struct block *b, int depth) {
    for (struct span *r = b->ranges; r; r = r->next)
        handler_add(c, r->from, r->to, here(c), depth);
}

static void block_close(struct compiler *c, struct block *b) {
    range_close(c, b);
    c->block = b->outer;
}

/* The way out through blocks, up to one that stays (NULL: all). */
void unwind_blocks(struct compiler *c, struct block *until) {
    struct block *inner = c->block;
    for (struct block *b = inner; b != until; b = b->outer) {
        range_close(c, b);
        c->block = b->outer;
        if (b->kind == BLOCK_FINALLY) {
            statements(c, b->body);
        } else if (b->kind == BLOCK_HANDLER) {
            emit_plain(c, I_POP_HANDLER, (unsigned)b->reg, 0, 0);
        } else if (b->kind == BLOCK_WITH) {
            emit_plain(c, I_WITH_EXIT, (unsigned)b->reg, 0, 0);
        } else if (b->kind == BLOCK_NAME) {
            store_variable(c, b->name, constant_operand(c, NONE));
            delete_variable(c, b->name);
        }
    }
    c->block = inner;
}

void unwind_end(struct compiler *c, struct block *inner, struct block *until) {
    for (struct block *b = inner; b != until; b = b->outer)
        range_reopen(c, b);
}

static void registers_reach(struct compiler *c, int depth) {
    if (depth > c->code->register_count)
        c->code->register_count = (uint16_t)depth;
}

/* Inside a handler whose registers are at d: what leaves it ends it first. */
static void handler_begin(struct compiler *c, struct block *b, int d) {
    *b = (struct block){.kind = BLOCK_HANDLER, .reg = d};
    c->depth = d + 2;
    registers_reach(c, d + 4);
    block_open(c, b);
}

/* An exception inside the handler itself: it ends that one too. */
static void handler_guard(struct compiler *c, struct block *b, int d) {
    handle_here(c, b, d + 2);
    if (b->ranges)
        emit_plain(c, I_RERAISE, (unsigned)d + 2, (unsigned)d + 1, 0);
}

/* --- except --- */

static void except_body(struct compiler *c, struct node *h) {
    struct block name = {.kind = BLOCK_NAME, .name = h->value};
    if (!h->value) {
        statements(c, &h->list);
        return;
    }
    int d = c->depth;
    block_open(c, &name);
    statements(c, &h->list);
    block_close(c, &name);
    store_variable(c, h->value, constant_operand(c, NONE));
    delete_variable(c, h->value);
    label end = NULL;
    emit_jump(c, &end);
    handle_here(c, &name, d);
    registers_reach(c, d + 2);
    c->depth = d + 2;
    store_variable(c, h->value, constant_operand(c, NONE));
    delete_variable(c, h->value);
    emit_plain(c, I_RERAISE, (unsigned)d, 0, 0);
    c->depth = d;
    label_here(c, &end);
}

static void except_clauses(struct compiler *c, struct node *n, int d, label *end) {
    struct block handler;
    handler_begin(c, &handler, d);
    bool all = false;
    for (size_t i = 0; i < n->list2.count; i++) {
        struct node *h = n->list2.at[i];
        label next = NULL;
        if (h->a) {
            struct operand cls = expression(c, h->a);
            c->place = h->a;
            label_add(c, &next, emit(c, I_JUMP_NO_MATCH, 0, borrowed(d + 1), cls));
            c->depth = d + 2;
        } else {
            all = true;
        }
        c->place = h;
        if (h->value)
            store_variable(c, h->value, borrowed(d + 1));
        except_body(c, h);
        range_close(c, &handler);
        emit_plain(c, I_POP_HANDLER, (unsigned)d, 0, 0);
        emit_jump(c, end);
        label_here(c, &next);
        range_reopen(c, &handler);
    }
    block_close(c, &handler);
    if (!all)
        emit_plain(c, I_RERAISE, (unsigned)d, 0, 0);
    handler_guard(c, &handler, d);
    c->depth = d;
}

static void try_except(struct compiler *c, struct node *n) {
    struct block b = {.kind = BLOCK_TRY};
    label end = NULL;
    int d = c->depth;
    block_open(c, &b);
    statements(c, &n->list);
    block_close(c, &b);
    statements(c, &n->list3);
    emit_jump(c, &end);
    handle_here(c, &b, d);
    except_clauses(c, n, d, &end);
    label_here(c, &end);
}

void statement_try(struct compiler *c, struct node *n) {
    if (!n->list4.count) {
        try_except(c, n);
        return;
    }
    struct block b = {.kind = BLOCK_FINALLY, .body = &n->list4}, handler;
    label end = NULL;
    int d = c->depth;
    block_open(c, &b);
    if (n->list2.count)
        try_except(c, n);
    else
        statements(c, &n->list);
    block_close(c, &b);
    statements(c, &n->list4);
    emit_jump(c, &end);
    handle_here(c, &b, d);
    handler_begin(c, &handler, d);
    statements(c, &n->list4);
    block_close(c, &handler);
    emit_plain(c, I_RERAISE, (unsigned)d, 0, 0);
    handler_guard(c, &handler, d);
    c->depth = d;
    label_here(c, &end);
}

/* --- with --- */

void statement_with(struct compiler *c, struct node *n, size_t item) {
    if (item == n->list.count) {
        statements(c, &n->list2);
        return;
    }
    struct node *it = n->list.at[item];
    int exit = temp_new(c), value = temp_new(c);
    struct block b = {.kind = BLOCK_WITH, .reg = exit}, handler;
    label end = NULL, handled = NULL;
    struct operand manager = expression(c, it->a);
    c->place = it->a;
    emit(c, I_WITH_ENTER, (unsigned)exit, manager, (struct operand){(uint16_t)value, false, false});
    c->depth = value + 1;
    block_open(c, &b);
    if (it->b)
        assign(c, it->b, temporary(value));
    else
        emit_plain(c, I_CLEAR, (unsigned)value, 0, 0);
    c->depth = exit + 1;
    statement_with(c, n, item + 1);
    block_close(c, &b);
    c->place = it->a;
    emit_plain(c, I_WITH_EXIT, (unsigned)exit, 0, 0);
    emit_jump(c, &end);
    int d = exit + 1;
    handle_here(c, &b, d);
    handler_begin(c, &handler, d);
    int t = temp_new(c);
    emit_plain(c, I_WITH_EXCEPT, (unsigned)t, (unsigned)exit, (unsigned)d + 1);
    label_add(c, &handled, emit(c, I_JUMP_TRUE, 0, temporary(t), NOTHING));
    block_close(c, &handler);
    emit_plain(c, I_RERAISE, (unsigned)d, 0, 0);
    label_here(c, &handled);
    emit_plain(c, I_POP_HANDLER, (unsigned)d, 0, 0);
    emit_jump(c, &end);
    handler_guard(c, &handler, d);
    c->depth = exit;
    label_here(c, &end);
}
