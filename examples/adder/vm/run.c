/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The machine: one function whose labels are the instructions.
 *
 * What it shows of the heap: operands are borrowed within one instruction, results are
 * owned by the register that gets them; calls move their arguments into the callee's
 * registers, so that a count changes only where a script's variable does. Every jump
 * back, every call and every instruction that may have dropped something a script sees
 * die ends with a safepoint, where finalizers and weak callbacks run: as promptly as
 * CPython's, yet never inside another instruction.
 *
 * A script's function calling another does not recurse here: the loop goes on with the
 * new frame. Long work of an instruction is in steps.c.
 */
#include "vm/run.h"

#include "object/iter.h"

#define REG(i) regs[i]
#define B (*((in->flags & CONST_B ? consts : regs) + in->b))
#define C (*((in->flags & CONST_C ? consts : regs) + in->c))

/* Ends with the operands that the instruction consumes. */
#define KILL_OPERANDS()                                                                            \
    do {                                                                                           \
        if (in->flags & (KILL_B | KILL_C)) {                                                       \
            if (in->flags & KILL_B)                                                                \
                release(&regs[in->b]);                                                             \
            if (in->flags & KILL_C)                                                                \
                release(&regs[in->c]);                                                             \
        }                                                                                          \
    } while (0)

#define NEXT()                                                                                     \
    do {                                                                                           \
        in = pc++;                                                                                 \
        goto *labels[in->op];                                                                      \
    } while (0)

#define POLL()                                                                                     \
    do {                                                                                           \
        frame->pc = pc;                                                                            \
        if (tarn__unlikely(!poll()))                                                               \
            goto error;                                                                            \
    } while (0)

/* Puts an owned result into register a; polls if an object was dropped there. */
#define RESULT(value)                                                                              \
    do {                                                                                           \
        ref new_value = (value), old_value = REG(in->a);                                           \
        REG(in->a) = new_value;                                                                    \
        if (is_object(old_value)) {                                                                \
            tarn_decref(old_value);                                                                \
            POLL();                                                                                \
        }                                                                                          \
    } while (0)

/* The same for a value that is NULL after an exception; operands are ended with. */
#define FINISH(value)                                                                              \
    do {                                                                                           \
        ref finished = (value);                                                                    \
        if (tarn__unlikely(!finished))                                                             \
            goto error;                                                                            \
        KILL_OPERANDS();                                                                           \
        RESULT(finished);                                                                          \
        NEXT();                                                                                    \
    } while (0)

/* An instruction that only does something: `failed` says whether it could not. */
#define DONE(failed)                                                                               \
    do {                                                                                           \
        if (tarn__unlikely(failed))                                                                \
            goto error;                                                                            \
        KILL_OPERANDS();                                                                           \
        POLL();                                                                                    \
        NEXT();                                                                                    \
    } while (0)

#define NEED(v)                                                                                    \
    if (tarn__unlikely(!(v)))                                                                      \
    goto unbound

#define LOAD_FRAME() (code = frame->code, regs = frame->regs, consts = code->consts, pc = frame->pc)

#define BOTH_INT(x, y) (((uintptr_t)(x) & (uintptr_t)(y)&7) == 1 && is_int(x) && is_int(y))
#define BOTH_FLONUM(x, y) (((uintptr_t)(x) & (uintptr_t)(y)&3) == 3)

/* Immediate operands need no end, and their result no count. */
#define ARITHMETIC(name, op, int_builtin, float_op)                                                \
    name : {                                                                                       \
        ref x = B, y = C;                                                                          \
        if (BOTH_INT(x, y)) {                                                                      \
            intptr_t sum;                                                                          \
            if (tarn__likely(!int_builtin((intptr_t)x - 1, (intptr_t)y - 1, &sum))) {              \
                RESULT((ref)(sum + 1));                                                            \
                NEXT();                                                                            \
            }                                                                                      \
        } else if (BOTH_FLONUM(x, y)) {                                                            \
            ref r = float_new(flonum_value(x) float_op flonum_value(y));                           \
            if (tarn__unlikely(!r))                                                                \
                goto error;                                                                        \
            RESULT(r);                                                                             \
            NEXT();                                                                                \
        }                                                                                          \
        NEED(x);                                                                                   \
        NEED(y);                                                                                   \
        FINISH(binary(x, y, op));                                                                  \
    }

#define MULTIPLIED(x, y, r) __builtin_mul_overflow((x) >> 3, (y), (r))

#define COMPARISON(x, y, op, int_op)                                                               \
    if (BOTH_INT(x, y))                                                                            \
        holds = (intptr_t)(x)int_op(intptr_t)(y);                                                  \
    else if (BOTH_FLONUM(x, y))                                                                    \
        holds = flonum_value(x) int_op flonum_value(y);                                            \
    else {                                                                                         \
        NEED(x);                                                                                   \
        NEED(y);                                                                                   \
        holds = compare_truth(x, y, op);                                                           \
        if (tarn__unlikely(holds < 0))                                                             \
            goto error;                                                                            \
        KILL_OPERANDS();                                                                           \
    }

#define COMPARE_OPS(suffix, op, int_op)                                                            \
    L_JUMP_IF##suffix : {                                                                          \
        int holds;                                                                                 \
        ref x = B, y = C;                                                                          \
        COMPARISON(x, y, op, int_op)                                                               \
        if (holds)                                                                                 \
            pc = code->instrs + in->a;                                                             \
        NEXT();                                                                                    \
    }                                                                                              \
    L_JUMP_NOT##suffix : {                                                                         \
        int holds;                                                                                 \
        ref x = B, y = C;                                                                          \
        COMPARISON(x, y, op, int_op)                                                               \
        if (!holds)                                                                                \
            pc = code->instrs + in->a;                                                             \
        NEXT();                                                                                    \
    }                                                                                              \
    L_COMPARE##suffix : {                                                                          \
        ref x = B, y = C;                                                                          \
        if (BOTH_INT(x, y)) {                                                                      \
            RESULT(bool_ref((intptr_t)x int_op(intptr_t) y));                                      \
            NEXT();                                                                                \
        }                                                                                          \
        NEED(x);                                                                                   \
        NEED(y);                                                                                   \
        FINISH(compare(x, y, op));                                                                 \
    }

static inline void release(ref *reg) {
    ref old = *reg;
    *reg = NULL;
    drop(old);
}

/* The function that runs them all. */
ref run(struct frame *frame) {
    static const void *const labels[] = {
#define X(n) &&L_##n,
        OPCODES(X)
#undef X
    };
    struct code *code;
    ref *regs, *consts;
    const struct instr *pc, *in;

    frame->back = self.frame;
    self.frame = frame;
    LOAD_FRAME();
    if (self.error)
        goto error_here; /* thrown into a generator */
    NEXT();

L_NOP:
    NEXT();
L_MOVE : {
    ref v = B;
    NEED(v);
    if (in->flags & KILL_B)
        REG(in->b) = NULL;
    else
        keep(v);
    RESULT(v);
    NEXT();
}
L_COPY : {
    ref v = keep(B);
    RESULT(v);
    NEXT();
}
L_CLEAR:
    RESULT(NULL);
    NEXT();
L_DELETE_LOCAL:
    if (!REG(in->a)) {
        raise_unbound(code, in->a);
        goto error;
    }
    RESULT(NULL);
    NEXT();

L_LOAD_GLOBAL : {
    ref v = dict_get_str(frame->globals, consts[in->b]);
    if (!v && !(v = dict_get_str(builtins, consts[in->b]))) {
        raise_undefined(consts[in->b]);
        goto error;
    }
    RESULT(v);
    NEXT();
}
L_STORE_GLOBAL:
    NEED(B);
    DONE(dict_set_str(frame->globals, consts[in->a], B) < 0);
L_DELETE_GLOBAL:
    DONE(delete_name(frame->globals, consts[in->a]) < 0);
L_LOAD_NAME:
    FINISH(load_name(frame, consts[in->b]));
L_STORE_NAME:
    NEED(B);
    DONE(set_item(frame->names, consts[in->a], B) < 0);
L_DELETE_NAME:
    DONE(delete_name(frame->names, consts[in->a]) < 0);
L_LOAD_CELL : {
    ref v = slot_get(&((struct cell *)REG(in->b))->value);
    if (tarn__unlikely(!v)) {
        raise_unbound(code, in->b);
        goto error;
    }
    RESULT(v);
    NEXT();
}
L_LOAD_CLASSCELL:
    FINISH(load_class_cell(frame, in->b, consts[in->c]));
L_STORE_CELL:
    NEED(B);
    slot_set(&((struct cell *)REG(in->a))->value, B);
    DONE(false);
L_DELETE_CELL:
    DONE(delete_cell(code, regs, in->a) < 0);
L_MAKE_CELL : {
    ref cell = cell_new(REG(in->a));
    if (!cell)
        goto error;
    RESULT(cell);
    NEXT();
}

L_LOAD_ATTR : {
    ref v = B, name = consts[in->c];
    NEED(v);
    struct cls *cls = class_of(v);
    if (cls->flags & CLASS_INSTANCE && cls->ops.getattr == object_getattr) {
        const struct attribute *a = attribute_find(cls, name);
        struct instance *o = v;
        ref own = !a->data && (size_t)a->index < o->count ? slot_get(&o->slot[a->index]) : NULL;
        if (own) {
            if (in->flags & KILL_B)
                release(&REG(in->b));
            RESULT(own);
            NEXT();
        }
    }
    ref r = cls->ops.getattr(v, name);
    if (tarn__unlikely(!r))
        goto error;
    if (in->flags & KILL_B)
        release(&REG(in->b));
    RESULT(r);
    NEXT();
}
L_STORE_ATTR:
    NEED(B);
    NEED(C);
    DONE(class_of(B)->ops.setattr(B, consts[in->a], C) < 0);
L_DELETE_ATTR:
    NEED(B);
    DONE(set_attribute(B, consts[in->a], NULL) < 0);
L_LOAD_METHOD : {
    ref v = B;
    NEED(v);
    bool is_method;
    ref method = get_method(v, consts[in->c], &is_method);
    if (tarn__unlikely(!method))
        goto error;
    bool moves = in->flags & KILL_B;
    if (moves)
        REG(in->b) = NULL;
    REG(in->a) = method;
    if (is_method) {
        REG(in->a + 1) = moves ? v : keep(v);
    } else {
        REG(in->a + 1) = NULL;
        if (moves)
            drop(v);
    }
    NEXT();
}
L_LOAD_SUPER : {
    const struct instr *first = in;
    ref name = consts[pc++->c];
    NEED(B);
    NEED(C);
    if (load_super(B, C, name, &REG(first->a)) < 0)
        goto error;
    KILL_OPERANDS();
    NEXT();
}
L_GETITEM : {
    ref v = B, key = C;
    NEED(v);
    NEED(key);
    if (is_int(key) && is_object(v) && class_of(v) == list_class) {
        intptr_t at = small_value(key);
        if (at < 0)
            at += (intptr_t)list_size(v);
        ref item = at >= 0 ? list_get(v, (size_t)at) : NULL;
        if (tarn__likely(item != NULL)) {
            KILL_OPERANDS();
            RESULT(item);
            NEXT();
        }
    }
    FINISH(get_item(v, key));
}
L_SETITEM : {
    ref v = REG(in->a), key = B, value = C;
    NEED(v);
    NEED(key);
    NEED(value);
    if (set_item(v, key, value) < 0)
        goto error;
    KILL_OPERANDS();
    if (in->flags & KILL_A)
        release(&REG(in->a));
    POLL();
    NEXT();
}
L_DELITEM:
    NEED(B);
    NEED(C);
    DONE(set_item(B, C, NULL) < 0);

    ARITHMETIC(L_BINARY, OP_ADD, __builtin_add_overflow, +)
    ARITHMETIC(L_SUBTRACT, OP_SUB, __builtin_sub_overflow, -)
    ARITHMETIC(L_MULTIPLY, OP_MUL, MULTIPLIED, *)
    ARITHMETIC(L_INPLACE, OP_ADD | OP_INPLACE, __builtin_add_overflow, +)
    ARITHMETIC(L_ISUBTRACT, OP_SUB | OP_INPLACE, __builtin_sub_overflow, -)
    ARITHMETIC(L_IMULTIPLY, OP_MUL | OP_INPLACE, MULTIPLIED, *)
L_TRUEDIV:
    if (BOTH_FLONUM(B, C) && flonum_value(C) != 0)
        FINISH(float_new(flonum_value(B) / flonum_value(C)));
    goto binary;
L_FLOORDIV:
L_MODULO:
L_LSHIFT:
L_RSHIFT:
L_AND:
L_OR:
L_XOR:
    if (BOTH_INT(B, C))
        FINISH(int_binary(B, C, in->op - I_BINARY));
    goto binary;
L_POWER:
L_MATMUL:
L_DIVMOD:
binary:
    NEED(B);
    NEED(C);
    FINISH(binary(B, C, in->op - I_BINARY));
L_ITRUEDIV:
L_IFLOORDIV:
L_IMODULO:
L_IPOWER:
L_ILSHIFT:
L_IRSHIFT:
L_IAND:
L_IOR:
L_IXOR:
L_IMATMUL:
    NEED(B);
    NEED(C);
    FINISH(binary(B, C, (in->op - I_INPLACE) | OP_INPLACE));

    COMPARE_OPS(, OP_LT, <)
    COMPARE_OPS(_LE, OP_LE, <=)
    COMPARE_OPS(_EQ, OP_EQ, ==)
    COMPARE_OPS(_NE, OP_NE, !=)
    COMPARE_OPS(_GT, OP_GT, >)
    COMPARE_OPS(_GE, OP_GE, >=)
L_IS:
    NEED(B);
    NEED(C);
    FINISH(bool_ref(B == C));
L_IS_NOT:
    NEED(B);
    NEED(C);
    FINISH(bool_ref(B != C));
L_IN:
L_NOT_IN : {
    NEED(B);
    NEED(C);
    int found = contains(C, B);
    if (found < 0)
        goto error;
    FINISH(bool_ref(found == (in->op == I_IN)));
}
L_NOT : {
    NEED(B);
    int t = truth(B);
    if (t < 0)
        goto error;
    FINISH(bool_ref(!t));
}
L_NEGATIVE:
    NEED(B);
    FINISH(is_flonum(B) ? float_new(-flonum_value(B)) : unary(B, OP_NEG));
L_POSITIVE:
    NEED(B);
    FINISH(unary(B, OP_POS));
L_INVERT:
    NEED(B);
    FINISH(unary(B, OP_INVERT));

L_JUMP_BACK:
    POLL();
L_JUMP:
    pc = code->instrs + in->a;
    NEXT();
L_JUMP_TRUE:
L_JUMP_FALSE : {
    ref v = B;
    int t = v == TRUE;
    if (!is_bool(v)) {
        NEED(v);
        t = truth(v);
        if (t < 0)
            goto error;
        KILL_OPERANDS();
    }
    if (t == (in->op == I_JUMP_TRUE))
        pc = code->instrs + in->a;
    NEXT();
}
L_GET_ITER:
    NEED(B);
    FINISH(iterate(B));
L_FOR_ITER : {
    ref iterator = REG(in->b), item;
    struct cls *cls = class_of(iterator);
    if (cls == generator_class && generator_enter(iterator)) {
        struct generator *g = iterator;
        frame->pc = pc;
        g->frame.flags = FRAME_GENERATOR | FRAME_FOR;
        g->frame.back = frame;
        self.frame = frame = &g->frame;
        LOAD_FRAME();
        NEXT();
    }
    item = cls->ops.next(iterator);
    if (tarn__likely(item != NULL)) {
        RESULT(item);
        NEXT();
    }
    if (self.error)
        goto error;
    release(&REG(in->b));
    POLL();
    pc = code->instrs + in->c;
    NEXT();
}

L_CALL_FUNCTION:
    REG(in->a + 1) = NULL;
L_CALL : {
    ref *base = &REG(in->a);
    size_t n = in->b;
    POLL();
call_again:;
    ref callee = base[0];
    bool bound = base[1] != NULL;
    ref *args = bound ? base + 1 : base + 2;
    struct cls *cls = class_of(callee);
    if (cls == function_class) {
        struct function *f = callee;
        struct code *called = f->code;
        frame->pc = pc;
        struct frame *next = frame_push(called);
        if (!next)
            goto error;
        next->function = f;
        next->globals = f->globals;
        next->result = in->c;
        base[0] = NULL;
        size_t total = n + bound;
        if (tarn__likely(called->flags & CODE_SIMPLE && total == called->positional)) {
            for (size_t i = 0; i < total; i++) {
                next->regs[i] = args[i];
                args[i] = NULL;
            }
        } else if (!arguments_bind(f, next->regs, args, total, NULL)) {
            frame_release(next);
            goto error;
        }
        frame = next;
    enter:
        if (tarn__unlikely(frame->code->flags & (CODE_GENERATOR) || frame->code->free_count)) {
            cells_take(frame);
            if (frame->code->flags & CODE_GENERATOR) {
                ref g = generator_from(frame);
                frame = self.frame;
                if (!g)
                    goto error;
                in = frame->pc - 1;
                if (in->op == I_NOP)
                    in--;
                regs = frame->regs;
                ref old = REG(in->c);
                REG(in->c) = g;
                drop(old);
                NEXT();
            }
        }
        if (tarn__unlikely(++self.depth > recursion_limit)) {
            self.depth--;
            frame_release(frame);
            frame = self.frame;
            raise_too_deep();
            goto error;
        }
        frame->back = self.frame;
        self.frame = frame;
        LOAD_FRAME();
        NEXT();
    }
    if (cls == native_method_class && bound) {
        const struct native *f = callee;
        const struct method *m = f->method;
        if (tarn__likely(!m->params && n >= (size_t)m->min && n <= (size_t)(unsigned)m->max &&
                         class_of(base[1]) == f->owner)) {
            ref r = m->fn(args, n + 1, NULL);
            if (tarn__unlikely(!r))
                goto error;
            for (size_t i = 0; i < n + 2; i++)
                release(&base[i]);
            ref old = REG(in->c);
            REG(in->c) = r;
            drop(old);
            POLL();
            NEXT();
        }
    }
    if (cls == method_class && !bound) {
        struct bound *m = callee;
        base[1] = keep(m->self);
        base[0] = keep(m->function);
        drop(m);
        if (class_of(base[0]) != native_method_class)
            goto call_again;
        callee = base[0];
        args = base + 1;
        bound = true;
        if (class_is(base[1])) { /* a classmethod of the program */
            ref r = call_class_native(callee, args, n + 1);
            if (!r)
                goto error;
            call_finish(base, n + 2, &REG(in->c), r);
            POLL();
            NEXT();
        }
        goto call_again;
    }
    if (cls == type_class && !bound && class_makes_instances(callee)) {
        struct cls *made = callee;
        const struct attribute *init = attribute_find(made, special.init);
        if (class_of(init->value) == function_class) {
            ref v = instance_new(made);
            ref function = v ? class_lookup(made, special.init) : NULL;
            if (!function)
                goto error;
            struct code *called = ((struct function *)function)->code;
            frame->pc = pc;
            struct frame *next = frame_push(called);
            if (!next)
                goto error;
            next->function = function;
            next->globals = next->function->globals;
            next->result = in->c;
            next->flags = FRAME_INIT;
            next->made = v;
            base[1] = keep(v);
            if (!arguments_bind(function, next->regs, base + 1, n + 1, NULL)) {
                frame_release(next);
                goto error;
            }
            release(&base[0]);
            frame = next;
            goto enter;
        }
    }
    frame->pc = pc;
    ref r = call(callee, args, n + bound, NULL);
    if (tarn__unlikely(!r))
        goto error;
    call_finish(base, n + 2, &REG(in->c), r);
    POLL();
    NEXT();
}
L_CALL_KEYWORDS : {
    ref *base = &REG(in->a);
    ref names = consts[pc++->b];
    size_t n = in->b - tuple_size(names);
    bool bound = base[1] != NULL;
    ref *args = bound ? base + 1 : base + 2;
    POLL();
    frame->pc = pc;
    if (class_of(base[0]) == function_class) {
        struct function *f = base[0];
        struct frame *next = frame_push(f->code);
        if (!next)
            goto error;
        next->function = f;
        next->globals = f->globals;
        next->result = in->c;
        base[0] = NULL;
        if (!arguments_bind(f, next->regs, args, n + bound, names)) {
            frame_release(next);
            goto error;
        }
        frame = next;
        goto enter;
    }
    ref r = call(base[0], args, n + bound, names);
    if (!r)
        goto error;
    call_finish(base, (size_t)in->b + 2, &REG(in->c), r);
    POLL();
    NEXT();
}
L_CALL_SPREAD : {
    ref *base = &REG(in->a);
    POLL();
    frame->pc = pc;
    ref r = call_spread(base);
    if (!r)
        goto error;
    call_finish(base, 4, &REG(in->c), r);
    POLL();
    NEXT();
}
L_RETURN : {
    ref v = B;
    NEED(v);
    if (in->flags & KILL_B)
        REG(in->b) = NULL;
    else
        keep(v);
    if (frame->flags & FRAME_GENERATOR) {
        struct frame *back = frame->back;
        bool in_loop = frame->flags & FRAME_FOR;
        generator_finish(frame);
        self.frame = back;
        if (!in_loop)
            return v;
        drop(v);
        frame = back;
        LOAD_FRAME();
        in = pc - 1;
        release(&REG(in->b));
        POLL();
        pc = code->instrs + in->c;
        NEXT();
    }
    struct frame *back = frame->back;
    unsigned flags = frame->flags;
    size_t result = frame->result;
    if (flags & FRAME_INIT) {
        if (v != NONE) {
            raise_error(TypeError, "__init__() should return None, not '%T'", v);
            drop(v);
            goto error;
        }
        v = frame->made;
        frame->made = NULL;
    }
    self.frame = back;
    frame_release(frame);
    self.depth--;
    if (flags & FRAME_ENTRY)
        return v;
    frame = back;
    LOAD_FRAME();
    in = pc - 1;
    ref old = REG(result);
    REG(result) = v;
    drop(old);
    POLL();
    NEXT();
}
L_YIELD : {
    ref v = B;
    NEED(v);
    if (in->flags & KILL_B)
        REG(in->b) = NULL;
    else
        keep(v);
    struct frame *back = frame->back;
    bool in_loop = frame->flags & FRAME_FOR;
    frame->pc = pc;
    RESULT(NONE);
    generator_leave(generator_of(frame), GENERATOR_WAITING);
    self.frame = back;
    if (!in_loop)
        return v;
    frame = back;
    LOAD_FRAME();
    in = pc - 1;
    RESULT(v);
    NEXT();
}
L_YIELD_FROM : {
    ref result = NULL, sent = REG(in->a);
    REG(in->a) = NULL;
    frame->pc = pc;
    ref v = yield_from_step(REG(in->b), sent ? sent : NONE, &result);
    drop(sent);
    if (v) { /* again when resumed */
        struct frame *back = frame->back;
        bool in_loop = frame->flags & FRAME_FOR;
        frame->pc = in;
        generator_leave(generator_of(frame), GENERATOR_WAITING);
        self.frame = back;
        if (!in_loop)
            return v;
        frame = back;
        LOAD_FRAME();
        in = pc - 1;
        RESULT(v);
        NEXT();
    }
    if (!result)
        goto error;
    release(&REG(in->b));
    RESULT(result);
    NEXT();
}

L_BUILD_LIST:
    FINISH(build_list(&REG(in->b), in->c));
L_BUILD_TUPLE:
    FINISH(build_tuple(&REG(in->b), in->c));
L_BUILD_SET:
    FINISH(build_set(&REG(in->b), in->c));
L_BUILD_MAP:
    FINISH(build_map(&REG(in->b), in->c));
L_BUILD_SLICE:
    FINISH(build_slice(&REG(in->b)));
L_BUILD_STRING:
    FINISH(build_string(&REG(in->b), in->c));
L_LIST_APPEND:
    NEED(B);
    DONE(list_append(REG(in->a), B) < 0);
L_LIST_EXTEND:
    NEED(B);
    DONE(spread_into_list(REG(in->a), B, in->c ? REG(in->c - 1) : NULL) < 0);
L_SET_ADD:
    NEED(B);
    DONE(set_add(REG(in->a), B) < 0);
L_SET_UPDATE:
    NEED(B);
    DONE(set_update(REG(in->a), B) < 0);
L_DICT_UPDATE:
L_DICT_MERGE:
    NEED(B);
    DONE(merge_dict(REG(in->a), B, in->c ? REG(in->c - 1) : NULL) < 0);
L_MAP_ADD:
    NEED(B);
    NEED(C);
    DONE(dict_set(REG(in->a), B, C) < 0);
L_LIST_TO_TUPLE:
    FINISH(tuple_from_list(B));
L_UNPACK:
    NEED(B);
    DONE(unpack(&REG(in->a), B, in->c) < 0);
L_UNPACK_REST:
    NEED(B);
    DONE(unpack_rest(&REG(in->a), B, in->c & 255, in->c >> 8) < 0);
L_CONVERT:
    NEED(B);
    FINISH(convert(B, in->c));
L_FORMAT:
    NEED(B);
    FINISH(format_value(B, C));
L_MAKE_FUNCTION:
    FINISH(make_function(frame, consts[in->b], &REG(in->c)));
L_BUILD_CLASS : {
    frame->pc = pc;
    ref cls = build_class(REG(in->b), REG(in->b + 1), REG(in->b + 2), REG(in->b + 3));
    if (!cls)
        goto error;
    for (int i = 0; i < 4; i++)
        release(&REG(in->b + i));
    RESULT(cls);
    NEXT();
}
L_IMPORT:
    frame->pc = pc;
    FINISH(import_module(consts[in->b], in->c));
L_IMPORT_FROM : {
    ref r = import_from(B, consts[in->c]);
    if (!r)
        goto error;
    RESULT(r);
    NEXT();
}
L_IMPORT_STAR:
    DONE(import_star(B, frame->names ? frame->names : frame->globals) < 0);
L_RAISE:
    if (in->a > 0)
        NEED(B);
    raise_statement(in->a, in->a > 0 ? B : NULL, in->a > 1 ? C : NULL);
    if (in->a == 0 && self.handled)
        goto unwind; /* its traceback has this frame */
    goto error;
L_JUMP_NO_MATCH : {
    int match = exception_matches(B, C);
    if (match < 0)
        goto error;
    if (in->flags & KILL_C)
        release(&REG(in->c));
    if (!match)
        pc = code->instrs + in->a;
    NEXT();
}
L_POP_HANDLER:
    handler_end(&REG(in->a));
    POLL();
    NEXT();
L_RERAISE : {
    ref e = keep(REG(in->a + 1));
    handler_end(&REG(in->a));
    if (in->b > 0)
        handler_end(&REG(in->b - 1));
    error_restore(e);
    goto unwind;
}
L_WITH_ENTER : {
    NEED(B);
    frame->pc = pc;
    ref exit, v = with_enter(B, &exit);
    if (!v)
        goto error;
    KILL_OPERANDS();
    REG(in->a) = exit;
    ref old = REG(in->c);
    REG(in->c) = v;
    drop(old);
    NEXT();
}
L_WITH_EXIT : {
    frame->pc = pc;
    ref r = call(REG(in->a), (ref[]){NONE, NONE, NONE}, 3, NULL);
    drop(r);
    if (!r)
        goto error;
    release(&REG(in->a));
    POLL();
    NEXT();
}
L_WITH_EXCEPT : {
    frame->pc = pc;
    int handled = with_except(REG(in->b), REG(in->c));
    if (handled < 0)
        goto error;
    release(&REG(in->b));
    RESULT(bool_ref(handled));
    NEXT();
}
L_LOAD_LOCALS:
    FINISH(keep(frame->names));
L_PRINT:
    NEED(B);
    DONE(display(B) < 0);
L_UNBOUND:
    raise_undefined(consts[in->a]);
    goto error;

unbound:
    raise_unbound_operand(code, regs, in);
error:
    pc = pc > in ? pc : in + 1;
error_here:
    traceback_add((ref)code, (int)(pc - 1 - code->instrs));
unwind:
    for (;;) {
        const struct handler *h = find_handler(code, (size_t)(pc - 1 - code->instrs));
        if (h) {
            handler_begin(regs, code->register_count, h);
            pc = code->instrs + h->at;
            NEXT();
        }
        struct frame *back = frame->back;
        unsigned flags = frame->flags;
        self.frame = back;
        if (flags & FRAME_GENERATOR) {
            generator_fail(frame);
            if (!(flags & FRAME_FOR))
                return NULL;
        } else {
            frame_release(frame);
            self.depth--;
            if (flags & FRAME_ENTRY)
                return NULL;
        }
        frame = back;
        LOAD_FRAME();
        traceback_add((ref)code, (int)(pc - 1 - code->instrs));
    }
}
