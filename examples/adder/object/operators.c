/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Operations on any two objects: which operand's class is asked, in which order, and
 * what is said if neither knows.
 */
#include "object/class_ops.h"

const char *const binary_symbols[] = {"+",  "-",  "*", "/", "//", "%", "** or pow()",
                                      "<<", ">>", "&", "|", "^",  "@", "divmod()"};

static ref *binary_names(void) {
    static ref names[3 * OP_BINARY_COUNT];
    if (!names[0]) {
#define SET(op, n) names[3 * op] = special.n, names[3 * op + 1] = special.r##n
#define SET3(op, n) SET(op, n), names[3 * op + 2] = special.i##n
        SET3(OP_SUB, sub), SET3(OP_MUL, mul), SET3(OP_TRUEDIV, truediv);
        SET3(OP_FLOORDIV, floordiv), SET3(OP_MOD, mod), SET3(OP_POW, pow);
        SET3(OP_LSHIFT, lshift), SET3(OP_RSHIFT, rshift), SET3(OP_AND, and), SET3(OP_OR, or);
        SET3(OP_XOR, xor), SET3(OP_MATMUL, matmul), SET(OP_DIVMOD, divmod);
        SET3(OP_ADD, add);
    }
    return names;
}

/* What one operand's class answers; reflected: it is the right one. */
static ref ask(struct cls *cls, ref a, ref b, unsigned op, bool reflected) {
    if (!cls->ops.binary)
        return NOT_IMPLEMENTED;
    if (!(cls->flags & CLASS_BINARY))
        return cls->ops.binary(a, b, op);
    bool found;
    ref name = binary_names()[3 * op + reflected];
    ref r = call_special(reflected ? b : a, name, reflected ? &a : &b, 1, &found);
    return found ? r : NOT_IMPLEMENTED;
}

static ref ask_in_place(ref a, ref b, unsigned op) {
    struct cls *cls = class_of(a);
    bool found;
    if (!cls->ops.binary)
        return NOT_IMPLEMENTED;
    if (!(cls->flags & CLASS_BINARY))
        return cls->ops.binary(a, b, op | OP_INPLACE);
    ref name = binary_names()[3 * op + 2];
    ref r = name ? call_special(a, name, &b, 1, &found) : NULL;
    return name && found ? r : NOT_IMPLEMENTED;
}

bool has_index(ref v) {
    return int_is(v) || attribute_find(class_of(v), special.index)->value;
}

static bool is_sequence(ref v) {
    struct cls *cls = solid_of(v);
    return cls == list_class || cls == tuple_class || cls == str_class || cls == bytes_class;
}

/* A sequence times an object that stands for an integer. */
static ref repeat_by_index(ref a, ref b, unsigned op) {
    ref v = is_sequence(a) ? a : b, by = v == a ? b : a;
    if (!is_sequence(v) || !solid_of(v)->ops.binary)
        return NOT_IMPLEMENTED;
    if (!has_index(by))
        return raise_error(TypeError, "can't multiply sequence by non-int of type '%T'", by);
    ref times = index_of(by);
    ref r = times ? solid_of(v)->ops.binary(v, times, v == a ? op : OP_MUL) : NULL;
    drop(times);
    return r;
}

ref binary(ref a, ref b, unsigned op) {
    struct cls *ca = class_of(a), *cb = class_of(b);
    unsigned plain = op & ~(unsigned)OP_INPLACE;
    ref r = NOT_IMPLEMENTED;
    if (op & OP_INPLACE)
        r = ask_in_place(a, b, plain);
    bool right_first = cb != ca && cb->flags & CLASS_BINARY && class_is_sub(cb, ca);
    if (r == NOT_IMPLEMENTED && right_first)
        r = ask(cb, a, b, plain, true);
    if (r == NOT_IMPLEMENTED)
        r = ask(ca, a, b, plain, false);
    if (r == NOT_IMPLEMENTED && !right_first && cb != ca)
        r = ask(cb, a, b, plain, true);
    if (r == NOT_IMPLEMENTED && plain == OP_MUL)
        r = repeat_by_index(a, b, op);
    if (r != NOT_IMPLEMENTED)
        return r;
    const char *symbol = binary_symbols[plain];
    return op & OP_INPLACE && plain == OP_POW
               ? raise_error(TypeError, "unsupported operand type(s) for **=: '%T' and '%T'", a, b)
               : raise_error(TypeError, "unsupported operand type(s) for %s%s: '%T' and '%T'",
                             symbol, op & OP_INPLACE ? "=" : "", a, b);
}

ref unary(ref v, unsigned op) {
    static const char *const symbols[] = {"-", "+", "~", "abs()"};
    ref (*fn)(ref, unsigned) = class_of(v)->ops.unary;
    ref r = fn ? fn(v, op) : NOT_IMPLEMENTED;
    if (r != NOT_IMPLEMENTED)
        return r;
    return op == OP_ABS
               ? raise_error(TypeError, "bad operand type for abs(): '%T'", v)
               : raise_error(TypeError, "bad operand type for unary %s: '%T'", symbols[op], v);
}

ref compare(ref a, ref b, unsigned op) {
    static const unsigned char swapped[] = {OP_GT, OP_GE, OP_EQ, OP_NE, OP_LT, OP_LE};
    static const char *const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
    struct cls *ca = class_of(a), *cb = class_of(b);
    ref r = NOT_IMPLEMENTED;
    if (!depth_enter(" in comparison"))
        return NULL;
    bool right_first = cb != ca && cb->flags & CLASS_HEAP && class_is_sub(cb, ca);
    if (right_first)
        r = cb->ops.compare(b, a, swapped[op]);
    if (r == NOT_IMPLEMENTED)
        r = ca->ops.compare(a, b, op);
    if (r == NOT_IMPLEMENTED && !right_first)
        r = cb->ops.compare(b, a, swapped[op]);
    depth_leave();
    if (r != NOT_IMPLEMENTED)
        return r;
    if (op == OP_EQ || op == OP_NE)
        return bool_ref((a == b) == (op == OP_EQ));
    return raise_error(TypeError, "'%s' not supported between instances of '%T' and '%T'",
                       symbols[op], a, b);
}

int equals(ref a, ref b) {
    if (a == b)
        return 1;
    if (is_int(a) && is_int(b))
        return 0;
    ref r = compare(a, b, OP_EQ);
    if (is_bool(r))
        return r == TRUE;
    int t = r ? truth(r) : -1;
    drop(r);
    return t;
}

int truth(ref v) {
    if (is_bool(v) || v == NONE)
        return v == TRUE;
    if (is_int(v))
        return v != int_small(0);
    struct cls *cls = class_of(v);
    if (cls->ops.truth)
        return cls->ops.truth(v);
    if (!cls->ops.length)
        return 1;
    ptrdiff_t n = cls->ops.length(v);
    return n < 0 ? -1 : n > 0;
}

int64_t hash(ref v) {
    if (is_int(v)) {
        const int64_t prime = ((int64_t)1 << 61) - 1;
        int64_t h = small_value(v) % prime;
        return h == -1 ? -2 : h;
    }
    return class_of(v)->ops.hash(v);
}

int64_t unhashable(ref v) {
    return raise_int(TypeError, "unhashable type: '%T'", v);
}

ref repr(ref v) {
    if (!depth_enter(" while getting the repr of an object"))
        return NULL;
    ref r = class_of(v)->ops.repr(v);
    depth_leave();
    return r;
}

ref to_str(ref v) {
    struct cls *cls = class_of(v);
    if (cls == str_class)
        return keep(v);
    return cls->ops.str ? cls->ops.str(v) : repr(v);
}

bool repr_enter(ref v) {
    if (!self.reprs && !(self.reprs = list_new()))
        return false;
    for (size_t i = 0; i < list_size(self.reprs); i++) {
        ref shown = list_get(self.reprs, i);
        drop(shown);
        if (shown == v)
            return false;
    }
    return list_append(self.reprs, v) == 0;
}

void repr_leave(ref v) {
    (void)v;
    ref waiting = error_take();
    drop(list_pop(self.reprs, -1));
    self.error = waiting;
}

ref get_item(ref v, ref key) {
    struct cls *cls = class_of(v);
    if (cls->ops.getitem)
        return cls->ops.getitem(v, key);
    if (class_is(v)) {
        ref method = get_attribute_or_null(v, special.class_getitem);
        ref r = method ? call_1(method, key) : NULL;
        drop(method);
        if (r || self.error)
            return r;
        return raise_error(TypeError, "type '%N' is not subscriptable", v);
    }
    return raise_error(TypeError, "'%T' object is not subscriptable", v);
}

/* CPython's words for what has an order and an integer key differ. */
int no_item(ref v, ref key, ref value) {
    struct cls *cls = class_of(v);
    bool ordered = cls->flags & CLASS_HEAP || is_sequence(v) || cls == range_class || set_is(v) ||
                   cls == dict_keys_class || cls == dict_items_class;
    bool index = has_index(key);
    return raise_int(TypeError, "'%T' object does%s support item %s", v,
                     !value && ordered && index ? "n't" : " not",
                     value ? "assignment" : "deletion");
}

int set_item(ref v, ref key, ref value) {
    struct cls *cls = class_of(v);
    return cls->ops.setitem ? cls->ops.setitem(v, key, value) : no_item(v, key, value);
}

ptrdiff_t length(ref v) {
    struct cls *cls = class_of(v);
    return cls->ops.length ? cls->ops.length(v)
                           : raise_int(TypeError, "object of type '%T' has no len()", v);
}

int contains(ref v, ref item) {
    struct cls *cls = class_of(v);
    if (cls->ops.contains)
        return cls->ops.contains(v, item);
    if (!cls->ops.iter && !cls->ops.getitem)
        return raise_int(TypeError, "argument of type '%T' is not iterable", v);
    ref iterator = iterate(v), next;
    int found = iterator ? 0 : -1;
    while (found == 0 && (next = iter_next(iterator))) {
        found = equals(next, item);
        drop(next);
    }
    drop(iterator);
    return self.error ? -1 : found;
}

ref call(ref callee, ref *args, size_t n, ref kwnames) {
    struct cls *cls = class_of(callee);
    if (!cls->ops.call)
        return raise_error(TypeError, "'%T' object is not callable", callee);
    if (!depth_enter(" while calling a Python object"))
        return NULL;
    ref r = cls->ops.call(callee, args, n, kwnames);
    depth_leave();
    return r;
}

ref call_0(ref callee) {
    return call(callee, NULL, 0, NULL);
}

ref call_1(ref callee, ref a) {
    return call(callee, &a, 1, NULL);
}

ref call_2(ref callee, ref a, ref b) {
    return call(callee, (ref[]){a, b}, 2, NULL);
}

ref call_method(ref v, ref name, ref *args, size_t n) {
    ref method = get_attribute(v, name);
    ref r = method ? call(method, args, n, NULL) : NULL;
    drop(method);
    return r;
}

bool is_callable(ref v) {
    return class_of(v)->ops.call != NULL;
}

ref keyword(ref *args, size_t n, ref kwnames, const char *name) {
    for (size_t i = 0; kwnames && i < tuple_size(kwnames); i++)
        if (str_is_text(tuple_items(kwnames)[i], name))
            return args[n + i];
    return NULL;
}

static int check_each(ref v, ref classes, int (*check)(ref, ref)) {
    int r = 0;
    for (size_t i = 0; i < tuple_size(classes) && r == 0; i++)
        r = check(v, tuple_items(classes)[i]);
    return r;
}

int isinstance(ref v, ref classes) {
    if (class_of(v) == classes)
        return 1;
    if (tuple_is(classes))
        return check_each(v, classes, isinstance);
    if (!class_is(classes))
        return raise_int(TypeError,
                         "isinstance() arg 2 must be a type, a tuple of types, or a union");
    if (class_of(classes) != type_class) {
        bool found;
        ref r = call_special(classes, special.instancecheck, &v, 1, &found);
        int t = r ? truth(r) : -1;
        drop(r);
        if (found)
            return t;
    }
    return is_instance(v, classes);
}

int issubclass(ref cls, ref classes) {
    if (!class_is(cls))
        return raise_int(TypeError, "issubclass() arg 1 must be a class");
    if (tuple_is(classes))
        return check_each(cls, classes, issubclass);
    if (class_is(classes) && class_of(classes) != type_class) {
        bool found;
        ref r = call_special(classes, special.subclasscheck, &cls, 1, &found);
        int t = r ? truth(r) : -1;
        drop(r);
        if (found)
            return t;
    }
    if (!class_is(classes))
        return raise_int(TypeError,
                         "issubclass() arg 2 must be a class, a tuple of classes, or a union");
    return class_is_sub(cls, classes);
}
