/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The steps of the machine that are too long for its loop. Where nothing else is said
 * they return NULL or -1 with an exception.
 */
#ifndef ADDER_VM_RUN_H
#define ADDER_VM_RUN_H

#include "vm/frame.h"

void raise_unbound(const struct code *code, unsigned variable);
void raise_unbound_operand(const struct code *code, ref *regs, const struct instr *in);
void raise_undefined(ref name);
void raise_too_deep(void);
void raise_statement(unsigned how, ref exception, ref cause);

ref load_name(struct frame *frame, ref name);
ref load_class_cell(struct frame *frame, unsigned cell, ref name);
int delete_name(ref names, ref name);
int delete_cell(const struct code *code, ref *regs, unsigned cell);
int load_super(ref cls, ref owner, ref name, ref *out);

int compare_truth(ref a, ref b, unsigned op);

ref build_list(ref *from, size_t n);
ref build_tuple(ref *from, size_t n);
ref build_set(ref *from, size_t n);
ref build_map(ref *from, size_t n);
ref build_slice(ref *from);
ref build_string(ref *from, size_t n);
int spread_into_list(ref list, ref iterable, ref callee);
int merge_dict(ref dict, ref other, ref callee);
int unpack(ref *to, ref from, size_t n);
int unpack_rest(ref *to, ref from, size_t before, size_t after);
ref convert(ref v, unsigned how);
ref make_function(struct frame *frame, struct code *code, ref *parts);

/* Whether a call of the class only makes an instance and runs its __init__. */
bool class_makes_instances(struct cls *cls);
ref call_class_native(ref native, ref *args, size_t n);
ref call_spread(ref *base);
void call_finish(ref *base, size_t n, ref *to, ref owned_result);

int exception_matches(ref exception, ref classes);
const struct handler *find_handler(const struct code *code, size_t at);
void handler_begin(ref *regs, size_t count, const struct handler *h);
void handler_end(ref *reg);
ref with_enter(ref manager, ref *exit);
int with_except(ref exit, ref exception);

void cells_take(struct frame *frame);
struct generator *generator_of(struct frame *frame);
void generator_finish(struct frame *frame);
void generator_fail(struct frame *frame);

int display(ref v);

#endif
