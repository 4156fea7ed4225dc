/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Functions, methods, classes, modules, and the operations on any object.
 */
#ifndef ADDER_OBJECT_FUNCTION_H
#define ADDER_OBJECT_FUNCTION_H

#include "object/table.h"

/* ------------------------------------------------------ natives and methods ---- */

/*
 * A function of the program. max counts positional arguments, a method's self left
 * out; -1: any number, and keywords come in kwnames as they are. params names the
 * arguments if they may be given by keyword ("sep end"): what is not given is NULL.
 */
struct method {
    const char *name;
    native_fn fn;
    int min, max;
    const char *params;
    unsigned flags;
};

enum method_flags { METHOD_STATIC = 1, METHOD_CLASS = 2, METHOD_POSITIONAL = 4 };

struct native {
    struct object object;
    const struct method *method;
    struct cls *owner; /* of a method, or NULL */
    ref self;          /* bound to, or NULL */
    ref module;        /* str or NULL */
};

struct bound {
    struct object object;
    ref function, self;
};

struct function {
    struct object object;
    ref code, globals, name, qualname, defaults, kwdefaults, closure, module, doc;
    tarn_slot dict, annotations;
};

struct cell {
    struct object object;
    tarn_slot value;
};

struct getset {
    struct object object;
    const char *name;
    struct cls *owner;
    ref (*get)(ref v);
    int (*set)(ref v, ref value);
    size_t offset; /* of a slot in the object, if get is NULL */
    bool writable;
};

struct member { /* of __slots__ */
    struct object object;
    ref name;
    struct cls *owner;
    unsigned index;
};

struct property {
    struct object object;
    ref get, set, del, doc, name;
};

struct wrap { /* classmethod, staticmethod */
    struct object object;
    ref function;
};

struct super {
    struct object object;
    struct cls *after;
    ref self;
    struct cls *self_class;
};

struct module {
    struct object object;
    ref dict;
};

ref native_new(const struct method *method, struct cls *owner, ref bound_to, ref module);
ref native_call(ref callee, ref *args, size_t n, ref kwnames);
ref bound_new(ref function, ref bound_to);
ref cell_new(ref value);
ref module_new(const char *name);
int module_add(ref module, const char *name, ref owned_value);
int module_add_methods(ref module, const struct method *methods);

/* ---------------------------------------------------------------- classes ---- */

/* An object of a class made by a script: its attributes stand in slots, in the order
 * of the class's keys, until one is set out of that order: then in a dict. */
struct instance {
    struct object object;
    tarn_slot dict;
    size_t count;
    tarn_slot slot[];
};

/* A class of the program. */
struct cls *class_make(const char *name, struct cls *base, const struct ops *ops, unsigned flags);
int class_add_methods(struct cls *cls, const struct method *methods);
void class_add_getset(struct cls *cls, const char *name, ref (*get)(ref), int (*set)(ref, ref));
void class_add_slot(struct cls *cls, const char *name, size_t offset, bool writable);
void class_add_special(struct cls *cls); /* __add__ and so on, for its ops */
void class_start(void);

ref class_new(struct cls *meta, ref name, ref bases, ref namespace, ref *kwargs, ref kwnames);
ref class_lookup(struct cls *cls, ref name); /* in its mro, a new reference or NULL */
ref class_lookup_owner(struct cls *cls, ref name, struct cls **owner);
int class_set(struct cls *cls, ref name, ref value);
void class_changed(struct cls *cls);
void class_set_ops(struct cls *cls);
bool class_is(ref v);

enum { KEYS_MAX = 30 };
int keys_index(struct cls *cls, ref name, bool add); /* -1: none */
ref keys_name(struct cls *cls, int index);           /* borrowed */
int keys_count(struct cls *cls);

ref instance_new(struct cls *cls);
ref instance_dict(struct instance *o); /* made if it is not there */
ref object_dict(ref v);                /* the attribute dict, made, or NULL without exception */

/* What `name` (interned) means in the class: see struct attribute. */
const struct attribute *attribute_search(struct cls *cls, ref name, struct attribute *a);

static inline const struct attribute *attribute_find(struct cls *cls, ref name) {
    /* acquire: pairs with the release in new_version(): a value newer than the version
     * may be found, never an older one. */
    uint64_t version = tarn__load(&cls->version, acquire);
    struct attribute *a = &self.cache[(version * 31 + ((uintptr_t)name >> 4)) % ATTRIBUTES_CACHED];
    if (tarn__likely(a->version == version && a->name == name))
        return a;
    a->version = version;
    return attribute_search(cls, name, a);
}

/* ------------------------------------------------------------- any object ---- */

ref get_attribute(ref v, ref name);
int set_attribute(ref v, ref name, ref value);
ref get_attribute_or_null(ref v, ref name); /* NULL without exception: none */
ref object_getattr(ref v, ref name);        /* object.__getattribute__ */
int object_setattr(ref v, ref name, ref value);
/* The callable for a method call: a function whose self is v (*is_method), or bound. */
ref get_method(ref v, ref name, bool *is_method);

ref call(ref callee, ref *args, size_t n, ref kwnames);
ref call_0(ref callee);
ref call_1(ref callee, ref a);
ref call_2(ref callee, ref a, ref b);
ref call_method(ref v, ref name, ref *args, size_t n);
/* Calls a special method, found in v's class. *found false: there is none. */
ref call_special(ref v, ref name, ref *args, size_t n, bool *found);

ref binary(ref a, ref b, unsigned op);
ref unary(ref v, unsigned op);
ref compare(ref a, ref b, unsigned op);
int compare_true(ref a, ref b, unsigned op); /* 1, 0, -1; identity implies == */
int equals(ref a, ref b);
int truth(ref v);
int64_t hash(ref v);
ref repr(ref v);
ref to_str(ref v);
ref get_item(ref v, ref key);
bool has_index(ref v); /* an integer, or what stands for one */
int set_item(ref v, ref key, ref value);
int no_item(ref v, ref key, ref value); /* raises that there is no such operation */
ptrdiff_t length(ref v);
int contains(ref v, ref item);
ref iterate(ref v);
ref iter_next(ref iterator); /* NULL without exception: the end */
ref format_value(ref v, ref spec);
int64_t unhashable(ref v); /* an ops.hash that raises */
bool is_callable(ref v);
bool repr_enter(ref v); /* false: v is being shown further out */
void repr_leave(ref v);
ptrdiff_t length_hint(ref v);
int isinstance(ref v, ref classes);
int issubclass(ref cls, ref classes);
extern const char *const binary_symbols[];

/* Keyword arguments: the value of `name` among them, borrowed, or NULL. */
ref keyword(ref *args, size_t n, ref kwnames, const char *name);

#endif
