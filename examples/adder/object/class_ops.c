/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Special methods, both ways: what a script's class defines becomes its ops, and what
 * a class of the program can do gets a name that scripts can call (list.__len__).
 */
#include "object/class_ops.h"
#include "object/start.h"

#include <stdio.h>

static tarn_type *wrapper_type;

ref call_special(ref v, ref name, ref *args, size_t n, bool *found) {
    struct cls *cls = class_of(v);
    const struct attribute a = *attribute_find(cls, name);
    *found = a.value != NULL;
    if (!a.value)
        return NULL;
    ref method = class_lookup(cls, name);
    if (!method)
        return raise_error(AttributeError, "%S", name);
    ref r, all[8];
    if (a.plain || class_of(method) == wrapper_class) {
        all[0] = v;
        for (size_t i = 0; i < n; i++)
            all[i + 1] = args[i];
        r = call(method, all, n + 1, NULL);
    } else {
        ref (*get)(ref, ref, struct cls *) = class_of(method)->ops.get;
        ref bound = get ? get(method, v, cls) : keep(method);
        r = bound ? call(bound, args, n, NULL) : NULL;
        drop(bound);
    }
    drop(method);
    return r;
}

static ref call_named(ref v, ref name, ref *args, size_t n) {
    bool found;
    ref r = call_special(v, name, args, n, &found);
    return found ? r : raise_error(AttributeError, "'%T' object has no attribute '%S'", v, name);
}

static int done(ref r) {
    drop(r);
    return r ? 0 : -1;
}

static ref user_text(ref v, ref name, ref asked) {
    ref r = call_named(v, name, NULL, 0);
    if (!r || str_is(r))
        return r;
    raise_error(TypeError, "%S returned non-string (type %T)", asked, r);
    drop(r);
    return NULL;
}

static ref user_repr(ref v) {
    return user_text(v, special.repr, special.repr);
}

static ref user_str(ref v) {
    return user_text(v, special.str, special.str);
}

/* str() of an object whose class has __repr__ only. */
static ref user_str_by_repr(ref v) {
    return user_text(v, special.repr, special.str);
}

static int64_t user_hash(ref v) {
    ref r = call_named(v, special.hash, NULL, 0);
    if (!r)
        return -1;
    if (!int_is(r)) {
        drop(r);
        return raise_int(TypeError, "__hash__ method should return an integer");
    }
    int64_t h = int_class->ops.hash(r);
    if (is_int(r))
        h = small_value(r) == -1 ? -2 : small_value(r);
    drop(r);
    return h;
}

static ref user_call(ref callee, ref *args, size_t n, ref kwnames) {
    ref method = class_lookup(class_of(callee), special.call);
    if (!method)
        return raise_error(TypeError, "'%T' object is not callable", callee);
    ref (*get)(ref, ref, struct cls *) = class_of(method)->ops.get;
    ref bound = get ? get(method, callee, class_of(callee)) : keep(method);
    ref r = bound ? call(bound, args, n, kwnames) : NULL;
    drop(bound);
    drop(method);
    return r;
}

static ref user_getattr(ref v, ref name) {
    bool found;
    ref r = call_special(v, special.getattribute, &name, 1, &found);
    if (r || !error_is(AttributeError))
        return r;
    if (!attribute_find(class_of(v), special.getattr)->value)
        return NULL;
    error_clear();
    return call_named(v, special.getattr, &name, 1);
}

static int user_setattr(ref v, ref name, ref value) {
    ref args[] = {name, value};
    return done(call_named(v, value ? special.setattr : special.delattr, args, value ? 2 : 1));
}

static ref user_iter(ref v) {
    ref r = call_named(v, special.iter, NULL, 0);
    if (!r || class_of(r)->ops.next)
        return r;
    raise_error(TypeError, "iter() returned non-iterator of type '%T'", r);
    drop(r);
    return NULL;
}

static ref user_next(ref v) {
    ref r = call_named(v, special.next, NULL, 0);
    if (!r)
        error_clear_if(StopIteration);
    return r;
}

/* Only names the class as one whose operators are methods: see binary(). */
ref user_binary(ref a, ref b, unsigned op) {
    (void)a, (void)b, (void)op;
    return NOT_IMPLEMENTED;
}

static ref user_unary(ref v, unsigned op) {
    ref names[] = {special.neg,  special.pos,    special.invert, special.abs,
                   special.int_, special.float_, special.index};
    bool found;
    ref r = call_special(v, names[op], NULL, 0, &found);
    if (!found && (op == OP_INT || op == OP_FLOAT))
        r = call_special(v, special.index, NULL, 0, &found);
    return found ? r : NOT_IMPLEMENTED;
}

static ref user_compare(ref a, ref b, unsigned op) {
    ref names[] = {special.lt, special.le, special.eq, special.ne, special.gt, special.ge};
    bool found;
    ref r = call_special(a, names[op], &b, 1, &found);
    return found ? r : NOT_IMPLEMENTED;
}

static ref user_getitem(ref v, ref key) {
    return call_named(v, special.getitem, &key, 1);
}

static int user_setitem(ref v, ref key, ref value) {
    ref args[] = {key, value};
    bool found;
    ref r = call_special(v, value ? special.setitem : special.delitem, args, value ? 2 : 1, &found);
    return found ? done(r) : no_item(v, key, value);
}

static ptrdiff_t user_length(ref v) {
    intptr_t n;
    ref r = call_named(v, special.len, NULL, 0);
    if (!r)
        return -1;
    bool good = int_get(r, &n);
    drop(r);
    if (!good)
        return -1;
    return n < 0 ? raise_int(ValueError, "__len__() should return >= 0") : n;
}

static int user_contains(ref v, ref item) {
    ref r = call_named(v, special.contains, &item, 1);
    int t = r ? truth(r) : -1;
    drop(r);
    return t;
}

static int user_truth(ref v) {
    bool found;
    ref r = call_special(v, special.bool_, NULL, 0, &found);
    if (!found) {
        ptrdiff_t n = user_length(v);
        return n < 0 ? -1 : n > 0;
    }
    if (r && !is_bool(r)) {
        raise_error(TypeError, "__bool__ should return bool, returned %T", r);
        drop(r);
        return -1;
    }
    return r ? r == TRUE : -1;
}

static ref user_get(ref descriptor, ref owner, struct cls *cls) {
    bool found;
    ref args[] = {owner ? owner : NONE, cls};
    ref r = call_special(descriptor, special.get, args, 2, &found);
    return found ? r : keep(descriptor);
}

static int user_set(ref descriptor, ref owner, ref value) {
    ref args[] = {owner, value};
    bool found;
    ref r =
        call_special(descriptor, value ? special.set : special.delete, args, value ? 2 : 1, &found);
    return found ? done(r) : raise_int(AttributeError, value ? "__set__" : "__delete__");
}

static ref call_with_first(ref function, ref first, ref *args, size_t n, ref kwnames) {
    size_t all = n + (kwnames ? tuple_size(kwnames) : 0);
    ref small[16], *row = all < 15 ? small : block_new((all + 1) * sizeof *row);
    if (!row)
        return NULL;
    row[0] = first;
    if (all)
        memcpy(row + 1, args, all * sizeof *row);
    ref r = call(function, row, n + 1, kwnames);
    if (row != small)
        tarn_free(row);
    return r;
}

static ref user_new(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref new = get_attribute(cls, special.new);
    ref r = new ? call_with_first(new, cls, args, n, kwnames) : NULL;
    drop(new);
    return r;
}

static int user_init(ref v, ref *args, size_t n, ref kwnames) {
    ref init = class_lookup(class_of(v), special.init);
    ref r =
        init ? call_with_first(init, v, args, n, kwnames) : raise_error(AttributeError, "__init__");
    drop(init);
    if (r && r != NONE)
        raise_error(TypeError, "__init__() should return None, not '%T'", r);
    return done(self.error ? NULL : r);
}

/* --- a script's class: which ops are its own methods --- */

typedef void (*any_fn)(void);

struct op_names {
    size_t offset;
    any_fn user;
    const char *names;
};

#define OP(op, n)                                                                                  \
    { offsetof(struct ops, op), (any_fn)user_##op, n }

static const struct op_names op_names[] = {
    OP(repr, "__repr__"),
    OP(str, "__str__"),
    OP(hash, "__hash__"),
    OP(call, "__call__"),
    OP(getattr, "__getattribute__ __getattr__"),
    OP(setattr, "__setattr__ __delattr__"),
    OP(iter, "__iter__"),
    OP(next, "__next__"),
    OP(binary, "__add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ "
               "__truediv__ __rtruediv__ __itruediv__ __floordiv__ __rfloordiv__ __ifloordiv__ "
               "__mod__ __rmod__ __imod__ __pow__ __rpow__ __ipow__ __lshift__ __rlshift__ "
               "__ilshift__ __rshift__ __rrshift__ __irshift__ __and__ __rand__ __iand__ __or__ "
               "__ror__ __ior__ __xor__ __rxor__ __ixor__ __matmul__ __rmatmul__ __imatmul__ "
               "__divmod__ __rdivmod__"),
    OP(unary, "__neg__ __pos__ __invert__ __abs__ __int__ __float__ __index__"),
    OP(compare, "__lt__ __le__ __eq__ __ne__ __gt__ __ge__"),
    OP(getitem, "__getitem__"),
    OP(setitem, "__setitem__ __delitem__"),
    OP(length, "__len__"),
    OP(contains, "__contains__"),
    OP(truth, "__bool__ __len__"),
    OP(get, "__get__"),
    OP(set, "__set__ __delete__"),
    OP(new, "__new__"),
    OP(init, "__init__"),
};

/* Whether a class defines one of the names itself; *none: the last found is None. */
static bool defines(struct cls *cls, const char *names, bool *none) {
    bool any = false;
    while (*names) {
        size_t n = strcspn(names, " ");
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)n, names);
        ref value = dict_peek_str(cls->dict, str_intern(name));
        any |= value != NULL;
        *none = value ? value == NONE : *none;
        names += n + (names[n] == ' ');
    }
    return any;
}

static any_fn choose(struct cls *cls, const struct op_names *op) {
    struct tuple *mro = cls->mro;
    for (size_t i = 0; i < mro->size; i++) {
        struct cls *c = mro->items[i];
        bool none = false;
        any_fn fn = *(any_fn *)((char *)&c->ops + op->offset);
        if (!(c->flags & CLASS_HEAP) && fn)
            return fn;
        if (c->flags & CLASS_HEAP && defines(c, op->names, &none)) {
            if (!none)
                return op->user;
            return op->user == (any_fn)user_hash ? (any_fn)unhashable : NULL;
        }
    }
    return NULL;
}

void class_set_ops(struct cls *cls) {
    for (size_t i = 0; i < sizeof op_names / sizeof *op_names; i++) {
        any_fn fn = choose(cls, &op_names[i]);
        *(any_fn *)((char *)&cls->ops + op_names[i].offset) = fn;
    }
    if (!cls->ops.str && cls->ops.repr == user_repr)
        cls->ops.str = user_str_by_repr;
    if (attribute_find(cls, special.del)->value)
        cls->flags |= CLASS_DEL;
    cls->flags &= ~(unsigned)(CLASS_BINARY | CLASS_GETATTR);
    if (cls->ops.binary == user_binary)
        cls->flags |= CLASS_BINARY;
    if (cls->ops.getattr == user_getattr)
        cls->flags |= CLASS_GETATTR;
    ref list = class_subclasses(cls), sub;
    for (size_t i = 0; list && (sub = list_get(list, i)); i++) {
        class_set_ops(sub);
        drop(sub);
    }
    drop(list);
}

void instance_del(ref v) {
    bool found;
    ref waiting = error_take();
    ref r = call_special(v, special.del, NULL, 0, &found);
    if (found && !r) {
        ref del = class_lookup(class_of(v), special.del);
        error_unraisable(NULL, del);
        drop(del);
    }
    drop(r);
    error_restore(waiting);
}

/* --- a class of the program: names for its ops --- */

struct wrapper {
    struct object object;
    struct cls *owner;
    unsigned which; /* into wrapped[] */
};

enum wrapped_kind {
    W_REPR,
    W_STR,
    W_HASH,
    W_CALL,
    W_GETATTR,
    W_SETATTR,
    W_DELATTR,
    W_ITER,
    W_NEXT,
    W_BINARY,
    W_RBINARY,
    W_IBINARY,
    W_UNARY,
    W_COMPARE,
    W_GETITEM,
    W_SETITEM,
    W_DELITEM,
    W_LENGTH,
    W_CONTAINS,
    W_TRUTH,
    W_GET,
    W_SET,
    W_NEW,
    W_INIT
};

#define ROW(name, kind, sub, op, n)                                                                \
    { name, kind, sub, offsetof(struct ops, op), n }
#define OPERATOR(name, op)                                                                         \
    ROW("__" name "__", W_BINARY, op, binary, 2), ROW("__r" name "__", W_RBINARY, op, binary, 2)

static const struct {
    const char *name;
    enum wrapped_kind kind;
    unsigned op;
    size_t offset;
    size_t args; /* self included; 0: any */
} wrapped[] = {
    ROW("__repr__", W_REPR, 0, repr, 1),
    ROW("__str__", W_STR, 0, str, 1),
    ROW("__hash__", W_HASH, 0, hash, 1),
    ROW("__call__", W_CALL, 0, call, 0),
    ROW("__getattribute__", W_GETATTR, 0, getattr, 2),
    ROW("__setattr__", W_SETATTR, 0, setattr, 3),
    ROW("__delattr__", W_DELATTR, 0, setattr, 2),
    ROW("__iter__", W_ITER, 0, iter, 1),
    ROW("__next__", W_NEXT, 0, next, 1),
    OPERATOR("add", OP_ADD),
    OPERATOR("sub", OP_SUB),
    OPERATOR("mul", OP_MUL),
    OPERATOR("truediv", OP_TRUEDIV),
    OPERATOR("floordiv", OP_FLOORDIV),
    OPERATOR("mod", OP_MOD),
    OPERATOR("pow", OP_POW),
    OPERATOR("lshift", OP_LSHIFT),
    OPERATOR("rshift", OP_RSHIFT),
    OPERATOR("and", OP_AND),
    OPERATOR("or", OP_OR),
    OPERATOR("xor", OP_XOR),
    OPERATOR("divmod", OP_DIVMOD),
    ROW("__iadd__", W_IBINARY, OP_ADD, binary, 2),
    ROW("__ior__", W_IBINARY, OP_OR, binary, 2),
    ROW("__neg__", W_UNARY, OP_NEG, unary, 1),
    ROW("__pos__", W_UNARY, OP_POS, unary, 1),
    ROW("__invert__", W_UNARY, OP_INVERT, unary, 1),
    ROW("__abs__", W_UNARY, OP_ABS, unary, 1),
    ROW("__int__", W_UNARY, OP_INT, unary, 1),
    ROW("__float__", W_UNARY, OP_FLOAT, unary, 1),
    ROW("__index__", W_UNARY, OP_INDEX, unary, 1),
    ROW("__lt__", W_COMPARE, OP_LT, compare, 2),
    ROW("__le__", W_COMPARE, OP_LE, compare, 2),
    ROW("__eq__", W_COMPARE, OP_EQ, compare, 2),
    ROW("__ne__", W_COMPARE, OP_NE, compare, 2),
    ROW("__gt__", W_COMPARE, OP_GT, compare, 2),
    ROW("__ge__", W_COMPARE, OP_GE, compare, 2),
    ROW("__getitem__", W_GETITEM, 0, getitem, 2),
    ROW("__setitem__", W_SETITEM, 0, setitem, 3),
    ROW("__delitem__", W_DELITEM, 0, setitem, 2),
    ROW("__len__", W_LENGTH, 0, length, 1),
    ROW("__contains__", W_CONTAINS, 0, contains, 2),
    ROW("__bool__", W_TRUTH, 0, truth, 1),
    ROW("__get__", W_GET, 0, get, 0),
    ROW("__set__", W_SET, 0, set, 3),
    ROW("__new__", W_NEW, 0, new, 0),
    ROW("__init__", W_INIT, 0, init, 0),
};

static ref none_if(int result) {
    return result < 0 ? NULL : NONE;
}

static ref bool_if(int result) {
    return result < 0 ? NULL : bool_ref(result);
}

static ref interned(ref name) {
    return str_is(name) ? str_intern_ref(name)
                        : raise_error(TypeError, "attribute name must be string, not '%T'", name);
}

/* Whether instances of the class are laid out by the owner's way to make them: by that of
 * the class of the program which it comes from. */
static bool is_safe_new(const struct cls *owner, const struct cls *cls) {
    struct tuple *mro = cls->mro;
    for (size_t i = 0; i < mro->size; i++) {
        struct cls *base = mro->items[i];
        if (!(base->flags & CLASS_HEAP) && base->ops.new)
            return base->ops.new == owner->ops.new;
    }
    return false;
}

static ref wrapper_run(const struct wrapper *w, ref *args, size_t n, ref kwnames) {
    const struct ops *ops = &w->owner->ops;
    unsigned op = wrapped[w->which].op;
    ref name, r;
    switch (wrapped[w->which].kind) {
    case W_REPR:
        return ops->repr(args[0]);
    case W_STR:
        return ops->str(args[0]);
    case W_HASH: {
        int64_t h = ops->hash(args[0]);
        return h == -1 ? NULL : int_new(h);
    }
    case W_CALL:
        return ops->call(args[0], args + 1, n - 1, kwnames);
    case W_GETATTR:
        return (name = interned(args[1])) ? ops->getattr(args[0], name) : NULL;
    case W_SETATTR:
        return (name = interned(args[1])) ? none_if(ops->setattr(args[0], name, args[2])) : NULL;
    case W_DELATTR:
        return (name = interned(args[1])) ? none_if(ops->setattr(args[0], name, NULL)) : NULL;
    case W_ITER:
        return ops->iter(args[0]);
    case W_NEXT:
        r = ops->next(args[0]);
        return r || self.error ? r : raise_value(StopIteration, NULL);
    case W_BINARY:
        return ops->binary(args[0], args[1], op);
    case W_RBINARY:
        return ops->binary(args[1], args[0], op);
    case W_IBINARY:
        return ops->binary(args[0], args[1], op | OP_INPLACE);
    case W_UNARY:
        return ops->unary(args[0], op);
    case W_COMPARE:
        return ops->compare(args[0], args[1], op);
    case W_GETITEM:
        return ops->getitem(args[0], args[1]);
    case W_SETITEM:
        return none_if(ops->setitem(args[0], args[1], args[2]));
    case W_DELITEM:
        return none_if(ops->setitem(args[0], args[1], NULL));
    case W_LENGTH: {
        ptrdiff_t length = ops->length(args[0]);
        return length < 0 ? NULL : int_new(length);
    }
    case W_CONTAINS:
        return bool_if(ops->contains(args[0], args[1]));
    case W_TRUTH:
        return bool_if(ops->truth(args[0]));
    case W_GET:
        if (n < 2)
            return raise_error(TypeError, "expected at least 1 argument, got 0");
        return ops->get(args[0], n > 1 && args[1] != NONE ? args[1] : NULL,
                        n > 2 && class_is(args[2]) ? args[2] : class_of(args[1]));
    case W_SET:
        return none_if(ops->set(args[0], args[1], args[2]));
    case W_NEW:
        if (!class_is(args[0]))
            return raise_error(TypeError, "%N.__new__(X): X is not a type object", w->owner);
        if (!class_is_sub(args[0], w->owner))
            return raise_error(TypeError, "%N.__new__(%N): %N is not a subtype of %N", w->owner,
                               args[0], args[0], w->owner);
        if (!is_safe_new(w->owner, args[0]))
            return raise_error(TypeError, "%N.__new__(%N) is not safe, use %N.__new__()", w->owner,
                               args[0], args[0]);
        return ops->new (args[0], args + 1, n - 1, kwnames);
    case W_INIT:
        return none_if(ops->init(args[0], args + 1, n - 1, kwnames));
    }
    return NULL;
}

static ref wrapper_call(ref callee, ref *args, size_t n, ref kwnames) {
    const struct wrapper *w = callee;
    size_t want = wrapped[w->which].args;
    if (n == 0)
        return raise_error(TypeError, "descriptor '%s' of '%N' object needs an argument",
                           wrapped[w->which].name, w->owner);
    if (want && n != want)
        return raise_error(TypeError, "expected %zd argument%s, got %zd", want - 1,
                           want == 2 ? "" : "s", n - 1);
    if (wrapped[w->which].kind != W_NEW && !is_instance(args[0], w->owner))
        return raise_error(TypeError, "descriptor '%s' requires a '%N' object but received a '%T'",
                           wrapped[w->which].name, w->owner, args[0]);
    return wrapper_run(w, args, n, kwnames);
}

static ref wrapper_get(ref descriptor, ref owner, struct cls *cls) {
    (void)cls;
    bool is_static = wrapped[((struct wrapper *)descriptor)->which].kind == W_NEW;
    return owner && !is_static ? bound_new(descriptor, owner) : keep(descriptor);
}

ref wrapper_bound_repr(ref wrapper, ref owner) {
    struct wrapper *w = wrapper;
    return str_format("<method-wrapper '%s' of %T object at %p>", wrapped[w->which].name, owner,
                      owner);
}

static ref wrapper_repr(ref v) {
    struct wrapper *w = v;
    return str_format("<slot wrapper '%s' of '%N' objects>", wrapped[w->which].name, w->owner);
}

static ref wrapper_name(ref v) {
    return str_from(wrapped[((struct wrapper *)v)->which].name);
}

void class_add_special(struct cls *cls) {
    struct cls *base = tuple_size(cls->bases) ? tuple_items(cls->bases)[0] : NULL;
    for (unsigned i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
        any_fn fn = *(any_fn *)((char *)&cls->ops + wrapped[i].offset);
        bool inherited = base && fn == *(any_fn *)((char *)&base->ops + wrapped[i].offset);
        bool number =
            cls != float_class || (wrapped[i].op != OP_INDEX && wrapped[i].op != OP_INVERT);
        ref name = str_intern(wrapped[i].name);
        if (wrapped[i].kind == W_UNARY && !number)
            continue;
        if (!fn || inherited || dict_peek_str(cls->dict, name))
            continue;
        struct wrapper *w = object_new(wrapper_type, wrapper_class);
        w->owner = cls;
        w->which = i;
        dict_set(cls->dict, name, w);
        heap_settle(w);
        drop(w);
    }
    if (cls->ops.hash == unhashable)
        dict_set(cls->dict, special.hash, NONE);
}

void class_ops_start(void) {
    static const struct ops ops = {.call = wrapper_call, .get = wrapper_get, .repr = wrapper_repr};
    wrapper_type = heap_type("slot wrapper", sizeof(struct wrapper), NULL, false);
    wrapper_class = class_make("wrapper_descriptor", object_class, &ops, CLASS_FINAL);
    class_add_getset(wrapper_class, "__name__", wrapper_name, NULL);
}
