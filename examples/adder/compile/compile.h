/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The compiler: from the tree to the machine's instructions, in one walk.
 */
#ifndef ADDER_COMPILE_COMPILE_H
#define ADDER_COMPILE_COMPILE_H

#include "front/ast.h"
#include "vm/code.h"

/*
 * Compiles a program. interactive: what an expression gives is printed. Returns a code
 * (settled, borrowed), or NULL with SyntaxError. incomplete: see parse().
 */
struct code *compile_program(const char *text, ref filename, bool interactive, bool *incomplete);

/* --- shared by the compiler's files --- */

/* What an instruction reads: a register or a constant; KILL if it is a temporary. */
struct operand {
    uint16_t index;
    bool is_const, is_temp;
};

enum block_kind { BLOCK_LOOP, BLOCK_TRY, BLOCK_FINALLY, BLOCK_HANDLER, BLOCK_NAME, BLOCK_WITH };

/* What stands between a statement and the function's end. */
struct block {
    enum block_kind kind;
    struct block *outer;
    int reg;       /* iterator, handler's or with's first register; -1: none */
    uint32_t from; /* where the range that the handler guards goes on */
    bool open;     /* it is guarded now */
    struct span {
        uint32_t from, to;
        struct span *next;
    } * ranges;
    struct nodes *body; /* of finally */
    ref name;           /* bound by except ... as */
    uint32_t target;    /* of continue */
    struct jump {
        uint32_t at;
        struct jump *next;
    } * breaks;
};

struct compiler {
    struct compiler *parent;
    struct arena *arena;
    const char *text;
    ref filename, class_name; /* for private names */
    struct scope *scope;
    struct code *code;
    struct block *block;
    struct node *place; /* the node that instructions come from */
    uint32_t instr_room, const_room, handler_room;
    int depth, locals; /* temporaries begin at locals */
    bool interactive;
};

typedef struct jump *label; /* jumps that wait for their target */

uint32_t emit(struct compiler *c, enum opcode op, unsigned a, struct operand b, struct operand d);
uint32_t emit_plain(struct compiler *c, enum opcode op, unsigned a, unsigned b, unsigned d);
void emit_jump(struct compiler *c, label *to); /* JUMP, or the field of the last instruction */
void label_add(struct compiler *c, label *to, uint32_t at);
void label_here(struct compiler *c, label *from);
uint32_t here(struct compiler *c);
unsigned constant(struct compiler *c, ref v);
struct operand constant_operand(struct compiler *c, ref v);
struct operand temporary(int reg);
struct operand borrowed(int reg);
#define NOTHING ((struct operand){0})
int temp_new(struct compiler *c);
void operand_free(struct compiler *c, struct operand o);
void handler_add(struct compiler *c, uint32_t from, uint32_t to, uint32_t at, int depth);
ref mangle(struct compiler *c, ref name);
void *compile_error(struct compiler *c, const struct node *n, const char *message);

struct operand expression(struct compiler *c, struct node *n);
void expression_to(struct compiler *c, struct node *n, int reg);
struct operand expression_temp(struct compiler *c, struct node *n); /* always a temporary */
void jump_if(struct compiler *c, struct node *n, bool sense, label *to);
void load_variable(struct compiler *c, ref name, int reg);
void store_variable(struct compiler *c, ref name, struct operand value);
void delete_variable(struct compiler *c, ref name);
int local_register(struct compiler *c, ref name); /* -1: it is none, or a cell */
int cell_register(struct compiler *c, ref name);
void assign(struct compiler *c, struct node *target, struct operand value);
void compile_call(struct compiler *c, struct node *n, int reg);
bool spread_arguments(struct compiler *c, struct nodes *args, struct nodes *keywords, int base);
void comprehension(struct compiler *c, struct node *n, int reg);
void function_to(struct compiler *c, struct node *n, int reg);
void class_to(struct compiler *c, struct node *n, int reg);
void statements(struct compiler *c, struct nodes *list);
void unwind_blocks(struct compiler *c, struct block *until);
void unwind_end(struct compiler *c, struct block *inner, struct block *until);
void statement_try(struct compiler *c, struct node *n);
void statement_with(struct compiler *c, struct node *n, size_t item);
bool compiler_start(struct compiler *c, struct compiler *parent, struct scope *scope, ref name);
struct code *compiler_finish(struct compiler *c);

#endif
