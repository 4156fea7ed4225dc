/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * References, objects, classes: the vocabulary of every other file.
 *
 * A ref is what a register, a field or a slot may hold: NULL, an immediate value or
 * an object of the heap. Immediates use tarn's free low bit and two more:
 *
 *   ...001   an integer of 61 bits
 *   ...101   None, False, True, NotImplemented, Ellipsis
 *   ....11   a float whose exponent is not extreme (after Sasada's flonum)
 *
 * Functions take their arguments borrowed and return new references, NULL saying that
 * an exception waits in `self.error`. `owned` in a name or comment says otherwise.
 */
#ifndef ADDER_OBJECT_OBJECT_H
#define ADDER_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <tarn/tarn.h>

typedef void *ref;

#define SPECIAL(n) ((ref)(uintptr_t)((n) << 3 | 5))
#define NONE SPECIAL(0)
#define FALSE SPECIAL(1)
#define TRUE SPECIAL(2)
#define NOT_IMPLEMENTED SPECIAL(3)
#define ELLIPSIS SPECIAL(4)

static inline bool is_object(ref v) {
    return v && !tarn_is_immediate(v);
}

static inline bool is_bool(ref v) {
    return v == TRUE || v == FALSE;
}

static inline ref bool_ref(bool b) {
    return b ? TRUE : FALSE;
}

static inline ref keep(ref v) {
    tarn_incref_value(v);
    return v;
}

static inline void drop(ref v) {
    tarn_decref_value(v);
}

struct cls;

/* What every object begins with. Classes that are part of the program are immortal and
 * need no count; a class made by a script is counted by its instances. */
struct object {
    tarn_object header;
    struct cls *cls;
};

enum binary {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_TRUEDIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_POW,
    OP_LSHIFT,
    OP_RSHIFT,
    OP_AND,
    OP_OR,
    OP_XOR,
    OP_MATMUL,
    OP_DIVMOD,
    OP_BINARY_COUNT,
    OP_INPLACE = 32 /* added for an augmented assignment */
};

enum unary { OP_NEG, OP_POS, OP_INVERT, OP_ABS, OP_INT, OP_FLOAT, OP_INDEX, OP_UNARY_COUNT };

enum compare { OP_LT, OP_LE, OP_EQ, OP_NE, OP_GT, OP_GE };

typedef ref (*native_fn)(ref *args, size_t n, ref kwnames);

/*
 * What the objects of a class can do, as CPython's tp_ slots: NULL where they cannot.
 * A class made by a script inherits its bases' and overrides those whose special
 * methods it defines (class_ops.c). binary answers NOT_IMPLEMENTED for what it does
 * not know; one of its operands is of the class. next answers NULL without an
 * exception at the end. setattr, setitem and set delete if the value is NULL.
 */
struct ops {
    ref (*repr)(ref v);
    ref (*str)(ref v);
    int64_t (*hash)(ref v); /* -1: an exception waits */
    ref (*call)(ref callee, ref *args, size_t n, ref kwnames);
    ref (*getattr)(ref v, ref name);
    int (*setattr)(ref v, ref name, ref value);
    ref (*iter)(ref v);
    ref (*next)(ref v);
    ref (*binary)(ref a, ref b, unsigned op);
    ref (*unary)(ref v, unsigned op);
    ref (*compare)(ref a, ref b, unsigned op);
    ref (*getitem)(ref v, ref key);
    int (*setitem)(ref v, ref key, ref value);
    ptrdiff_t (*length)(ref v);
    int (*contains)(ref v, ref item);
    int (*truth)(ref v);
    ref (*get)(ref descriptor, ref owner, struct cls *cls); /* owner NULL: from the class */
    int (*set)(ref descriptor, ref owner, ref value);
    ref (*new)(struct cls *cls, ref *args, size_t n, ref kwnames);
    int (*init)(ref v, ref *args, size_t n, ref kwnames);
};

struct dict;
struct keys;

enum class_flags {
    CLASS_HEAP = 1,      /* made by a script */
    CLASS_FINAL = 2,     /* no base: cannot be derived from */
    CLASS_DICT = 4,      /* instances take any attribute */
    CLASS_DEL = 8,       /* instances have a __del__ */
    CLASS_BINARY = 16,   /* binary operators are methods of a script */
    CLASS_GETATTR = 32,  /* attribute lookup is a method of a script */
    CLASS_INSTANCE = 64, /* instances are struct instance */
    CLASS_ERROR = 128,   /* instances are exceptions */
    CLASS_NO_WEAK = 256  /* instances have no __weakref__ */
};

struct cls {
    struct object object;
    ref name, qualname, module, bases, mro; /* str, str, str, tuple, tuple: constant */
    ref dict;                               /* struct dict */
    struct cls *solid;                      /* the class whose layout instances have; itself */
    ref subclasses;                         /* list of weak references */
    TARN__ATOMIC(uint64_t) version;         /* of everything found by name in it, unique over all */
    struct keys *keys;                      /* names of the attributes of instances */
    tarn_type *type;                        /* of instances, where all have one */
    struct ops ops;
    size_t dict_offset;    /* of the attribute dict in an instance that has one, or 0 */
    size_t derived_offset; /* the same in instances of classes derived from it, if only those */
    unsigned flags;
    unsigned slots; /* __slots__ of this class and its bases */
    unsigned room;  /* slots that an instance gets at least */
};

static inline bool is_int(ref v) {
    return ((uintptr_t)v & 7) == 1;
}

static inline bool is_flonum(ref v) {
    return ((uintptr_t)v & 3) == 3;
}

struct cls *class_of_immediate(ref v);

static inline struct cls *class_of(ref v) {
    return tarn_is_immediate(v) ? class_of_immediate(v) : ((struct object *)v)->cls;
}

bool class_is_sub(const struct cls *cls, const struct cls *base);

static inline bool is_instance(ref v, const struct cls *cls) {
    struct cls *own = class_of(v);
    return own == cls || class_is_sub(own, cls);
}

/* The class whose layout the object has: list for an instance of a class derived from it. */
static inline struct cls *solid_of(ref v) {
    return class_of(v)->solid;
}

#endif
