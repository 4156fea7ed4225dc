/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Functions of the program, bound methods, cells, modules, computed attributes.
 */
#include <stdio.h>

#include "object/class.h"
#include "object/class_ops.h"
#include "object/start.h"

static tarn_type *native_type, *bound_type, *cell_type, *module_type, *getset_type;

ref native_new(const struct method *method, struct cls *owner, ref bound_to, ref module) {
    struct native *f =
        object_new(native_type, owner && !bound_to ? native_method_class : native_class);
    if (f) {
        f->method = method;
        f->owner = owner;
        f->self = keep(bound_to);
        f->module = keep(module);
    }
    return f;
}

static const char *function_name(const struct native *f) {
    static __thread char buffer[128];
    if (!f->owner)
        return f->method->name;
    snprintf(buffer, sizeof buffer, "%s.%s", str_c(f->owner->name), f->method->name);
    return buffer;
}

static ref wrong_count(const struct native *f, size_t n) {
    const struct method *m = f->method;
    const char *name = f->owner ? function_name(f) : m->name;
    if (m->params)
        return raise_error(TypeError, "%s() %s at most %d argument%s (%zd given)", m->name,
                           m->max ? "takes" : "takes", m->max, m->max == 1 ? "" : "s", n);
    if (m->max == 0)
        return raise_error(TypeError, "%s() takes no arguments (%zd given)", name, n);
    if (m->min == m->max && m->max == 1)
        return raise_error(TypeError, "%s() takes exactly one argument (%zd given)", name, n);
    if (m->min == m->max)
        return raise_error(TypeError, "%s expected %d arguments, got %zd", m->name, m->max, n);
    return raise_error(TypeError, "%s expected at %s %d argument%s, got %zd", m->name,
                       n < (size_t)m->min ? "least" : "most", n < (size_t)m->min ? m->min : m->max,
                       (n < (size_t)m->min ? m->min : m->max) == 1 ? "" : "s", n);
}

/* The place of a keyword among the parameters' names, or -1. */
static int parameter(const char *params, ref name) {
    size_t size = str_size(name);
    for (int i = 0; params && *params; i++) {
        size_t n = strcspn(params, " ");
        if (n == size && memcmp(params, str_c(name), n) == 0)
            return i;
        params += n + (params[n] == ' ');
    }
    return -1;
}

/* Positional and keyword arguments in their places; what is not given is NULL. */
static ref call_named(const struct native *f, ref *args, size_t first, size_t n, ref kwnames) {
    const struct method *m = f->method;
    ref all[12] = {0};
    size_t given = n - first, total = first + (size_t)m->max, offset = first;
    if (m->max == 0 && given)
        return raise_error(TypeError, "%s() takes no positional arguments", m->name);
    const char *p = m->params;
    int names = p && *p ? 1 : 0;
    for (; p && *p; p++)
        names += *p == ' ';
    size_t positional = (size_t)(m->max > names ? m->max : names);
    if (given > positional)
        return wrong_count(f, given);
    for (size_t i = 0; i < n; i++)
        all[i] = args[i];
    for (size_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        int at = parameter(m->params, tuple_items(kwnames)[i]);
        if (at < 0)
            return raise_error(TypeError, "'%S' is an invalid keyword argument for %s()",
                               tuple_items(kwnames)[i], m->name);
        if (all[offset + (size_t)at])
            return raise_error(TypeError,
                               "argument for %s() given by name ('%S') and position (%d)", m->name,
                               tuple_items(kwnames)[i], at + 1);
        all[offset + (size_t)at] = args[n + i];
    }
    (void)total;
    for (int i = 0; i < m->min; i++)
        if (!all[offset + (size_t)i])
            return raise_error(TypeError, "%s() missing required argument (pos %d)", m->name,
                               i + 1);
    return m->fn(all, first + positional, NULL);
}

static ref native_run(const struct native *f, ref *args, size_t first, size_t n, ref kwnames) {
    const struct method *m = f->method;
    if (m->params)
        return call_named(f, args, first, n, kwnames);
    bool keywords = kwnames && tuple_size(kwnames);
    if (keywords && (m->max >= 0 || m->flags & METHOD_POSITIONAL))
        return raise_error(TypeError, "%s() takes no keyword arguments", function_name(f));
    size_t given = n - first;
    if (tarn__unlikely(given < (size_t)m->min || (m->max >= 0 && given > (size_t)m->max)))
        return wrong_count(f, given);
    return m->fn(args, n, kwnames);
}

/* A function, or a method bound to its object, which then comes first. */
ref native_call(ref callee, ref *args, size_t n, ref kwnames) {
    const struct native *f = callee;
    if (!f->self)
        return native_run(f, args, 0, n, kwnames);
    size_t all = n + (kwnames ? tuple_size(kwnames) : 0);
    ref small[12], *row = all < 11 ? small : block_new((all + 1) * sizeof *row);
    if (!row)
        return NULL;
    row[0] = f->self;
    if (all)
        memcpy(row + 1, args, all * sizeof *row);
    ref r = native_run(f, row, 1, n + 1, kwnames);
    if (row != small)
        tarn_free(row);
    return r;
}

/* A method of a class, called with its object first. */
static ref method_call(ref callee, ref *args, size_t n, ref kwnames) {
    const struct native *f = callee;
    if (n == 0)
        return raise_error(TypeError, "unbound method %s() needs an argument", function_name(f));
    if (tarn__unlikely(class_of(args[0]) != f->owner && !is_instance(args[0], f->owner)))
        return raise_error(TypeError,
                           "descriptor '%s' for '%N' objects doesn't apply to a '%T' object",
                           f->method->name, f->owner, args[0]);
    return native_run(f, args, 1, n, kwnames);
}

static ref method_get(ref descriptor, ref owner, struct cls *cls) {
    struct native *f = descriptor;
    (void)cls;
    return owner ? native_new(f->method, f->owner, owner, NULL) : keep(descriptor);
}

static ref native_repr(ref v) {
    struct native *f = v;
    if (f->owner && f->self && !class_is(f->self))
        return str_format("<built-in method %s of %T object at %p>", f->method->name, f->self,
                          f->self);
    return str_format("<built-in function %s>", f->method->name);
}

static ref method_repr(ref v) {
    struct native *f = v;
    return str_format("<method '%s' of '%N' objects>", f->method->name, f->owner);
}

static ref native_name(ref v) {
    return str_from(((struct native *)v)->method->name);
}

static ref native_qualname(ref v) {
    return str_from(function_name(v));
}

static ref native_self(ref v) {
    struct native *f = v;
    return keep(f->self ? f->self : NONE);
}

static ref native_module(ref v) {
    struct native *f = v;
    return keep(f->module ? f->module : NONE);
}

int class_add_methods(struct cls *cls, const struct method *methods) {
    for (; methods->name; methods++) {
        ref f;
        if (methods->flags & (METHOD_CLASS | METHOD_STATIC)) {
            f = native_new(methods, methods->flags & METHOD_CLASS ? cls : NULL, NULL, NULL);
            ((struct native *)f)->object.cls =
                methods->flags & METHOD_CLASS ? native_method_class : native_class;
            ref wrapped = methods->flags & METHOD_CLASS ? classmethod_new(f) : staticmethod_new(f);
            drop(f);
            f = wrapped;
        } else {
            f = native_new(methods, cls, NULL, NULL);
        }
        dict_set(cls->dict, str_intern(methods->name), f);
        heap_settle(f);
        drop(f);
    }
    return 0;
}

int module_add_methods(ref module, const struct method *methods) {
    ref name = dict_get_str(((struct module *)module)->dict, special.name);
    for (; methods->name; methods++) {
        ref f = native_new(methods, NULL, NULL, name);
        heap_settle(f);
        module_add(module, methods->name, f);
    }
    drop(name);
    return 0;
}

/* --- bound methods --- */

ref bound_new(ref function, ref bound_to) {
    struct bound *b = object_new(bound_type, method_class);
    if (b) {
        b->function = keep(function);
        b->self = keep(bound_to);
    }
    return b;
}

static ref bound_call(ref callee, ref *args, size_t n, ref kwnames) {
    struct bound *b = callee;
    size_t all = n + (kwnames ? tuple_size(kwnames) : 0);
    ref small[12], *row = all < 11 ? small : block_new((all + 1) * sizeof *row);
    if (!row)
        return NULL;
    row[0] = b->self;
    if (all)
        memcpy(row + 1, args, all * sizeof *row);
    if (class_of(b->function) == native_method_class && class_is(b->self)) {
        ref r = native_run(b->function, row, 1, n + 1, kwnames); /* a classmethod */
        if (row != small)
            tarn_free(row);
        return r;
    }
    ref r = call(b->function, row, n + 1, kwnames);
    if (row != small)
        tarn_free(row);
    return r;
}

static ref bound_repr(ref v) {
    struct bound *b = v;
    if (class_of(b->function) == wrapper_class)
        return wrapper_bound_repr(b->function, b->self);
    ref name = get_attribute_or_null(b->function, special.qualname);
    ref r = str_format("<bound method %S of %R>", name ? name : str_intern("?"), b->self);
    drop(name);
    return r;
}

static ref bound_compare(ref a, ref b, unsigned op) {
    struct bound *x = a, *y = b;
    if (class_of(b) != method_class || (op != OP_EQ && op != OP_NE))
        return NOT_IMPLEMENTED;
    return bool_ref((x->function == y->function && x->self == y->self) == (op == OP_EQ));
}

static int64_t bound_hash(ref v) {
    struct bound *b = v;
    return (int64_t)(((uintptr_t)b->function ^ (uintptr_t)b->self) >> 4 & INT64_MAX);
}

static ref bound_getattr(ref v, ref name) {
    if (attribute_find(method_class, name)->value)
        return object_getattr(v, name);
    return get_attribute(((struct bound *)v)->function, name);
}

/* --- cells, modules --- */

ref cell_new(ref value) {
    struct cell *cell = object_new(cell_type, cell_class);
    if (cell)
        slot_init(&cell->value, value);
    return cell;
}

static ref cell_contents(ref v) {
    ref value = slot_get(&((struct cell *)v)->value);
    return value ? value : raise_error(ValueError, "Cell is empty");
}

ref module_new(const char *name) {
    struct module *m = object_new(module_type, module_class);
    if (!m || !(m->dict = dict_new()))
        return NULL;
    ref text = keep(str_intern(name));
    dict_set(m->dict, special.name, text);
    dict_set(m->dict, special.doc, NONE);
    drop(text);
    return m;
}

int module_add(ref module, const char *name, ref owned_value) {
    int result =
        owned_value ? dict_set(((struct module *)module)->dict, str_intern(name), owned_value) : -1;
    drop(owned_value);
    return result;
}

static ref module_getattr(ref v, ref name) {
    struct module *m = v;
    ref value = dict_get_str(m->dict, name);
    if (value)
        return value;
    if (attribute_find(module_class, name)->value)
        return object_getattr(v, name);
    ref own = dict_get_str(m->dict, special.name);
    raise_error(AttributeError, "module %R has no attribute '%S'", own ? own : NONE, name);
    drop(own);
    return NULL;
}

static int module_setattr(ref v, ref name, ref value) {
    struct module *m = v;
    if (value)
        return dict_set(m->dict, name, value);
    int there = dict_remove(m->dict, name, NULL);
    return there > 0 ? 0 : there < 0 ? -1 : raise_int(AttributeError, "%S", name);
}

static ref module_repr(ref v) {
    ref name = dict_get_str(((struct module *)v)->dict, special.name);
    ref file = dict_get_str(((struct module *)v)->dict, special.file);
    ref r = file ? str_format("<module %R from %R>", name ? name : NONE, file)
                 : str_format("<module %R (built-in)>", name ? name : NONE);
    drop(name);
    drop(file);
    return r;
}

static ref module_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)cls, (void)kwnames;
    if (n < 1 || !str_is(args[0]))
        return raise_error(TypeError, "module() argument 'name' must be str");
    return module_new(str_c(args[0]));
}

static ref module_dict(ref v) {
    return keep(((struct module *)v)->dict);
}

/* --- computed attributes of classes of the program --- */

static struct getset *getset_new(struct cls *cls, const char *name) {
    struct getset *g = object_new(getset_type, getset_class);
    g->name = name;
    g->owner = cls;
    dict_set(cls->dict, str_intern(name), g);
    heap_settle(g);
    drop(g);
    return g;
}

void class_add_getset(struct cls *cls, const char *name, ref (*get)(ref), int (*set)(ref, ref)) {
    struct getset *g = getset_new(cls, name);
    g->get = get;
    g->set = set;
    g->writable = set != NULL;
}

void class_add_slot(struct cls *cls, const char *name, size_t offset, bool writable) {
    struct getset *g = getset_new(cls, name);
    g->offset = offset;
    g->writable = writable;
}

static ref getset_get(ref descriptor, ref owner, struct cls *cls) {
    struct getset *g = descriptor;
    (void)cls;
    if (!owner)
        return keep(descriptor);
    if (g->get)
        return g->get(owner);
    ref value = slot_get((tarn_slot *)((char *)owner + g->offset));
    return value ? value : NONE;
}

static int getset_set(ref descriptor, ref owner, ref value) {
    struct getset *g = descriptor;
    if (!g->writable)
        return raise_int(AttributeError, "attribute '%s' of '%N' objects is not writable", g->name,
                         g->owner);
    if (g->set)
        return g->set(owner, value);
    slot_set((tarn_slot *)((char *)owner + g->offset), value);
    return 0;
}

static ref getset_repr(ref v) {
    struct getset *g = v;
    return str_format("<attribute '%s' of '%N' objects>", g->name, g->owner);
}

void native_types_start(void) {
    static const size_t native_offsets[] = {offsetof(struct native, self),
                                            offsetof(struct native, module), 0};
    static const size_t bound_offsets[] = {offsetof(struct bound, function),
                                           offsetof(struct bound, self), 0};
    static const size_t cell_offsets[] = {offsetof(struct cell, value), 0};
    static const size_t module_offsets[] = {offsetof(struct module, dict), 0};
    native_type = heap_type("native function", sizeof(struct native), native_offsets, false);
    bound_type = heap_type("bound method", sizeof(struct bound), bound_offsets, false);
    cell_type = heap_type("cell", sizeof(struct cell), cell_offsets, false);
    module_type = heap_type("module", sizeof(struct module), module_offsets, false);
    getset_type = heap_type("computed attribute", sizeof(struct getset), NULL, false);
}

void native_start(void) {
    static const struct ops native_ops = {.call = native_call, .repr = native_repr};
    static const struct ops method_ops = {
        .call = method_call, .get = method_get, .repr = method_repr};
    static const struct ops bound_ops = {.call = bound_call,
                                         .repr = bound_repr,
                                         .compare = bound_compare,
                                         .hash = bound_hash,
                                         .getattr = bound_getattr};
    static const struct ops module_ops = {.getattr = module_getattr,
                                          .setattr = module_setattr,
                                          .repr = module_repr,
                                          .new = module_make};
    static const struct ops getset_ops = {
        .get = getset_get, .set = getset_set, .repr = getset_repr};
    native_class = class_make("builtin_function_or_method", object_class, &native_ops, CLASS_FINAL);
    native_method_class = class_make("method_descriptor", object_class, &method_ops, CLASS_FINAL);
    method_class = class_make("method", object_class, &bound_ops, CLASS_FINAL);
    cell_class = class_make("cell", object_class, NULL, CLASS_FINAL);
    module_class = class_make("module", object_class, &module_ops, CLASS_FINAL);
    getset_class = class_make("getset_descriptor", object_class, &getset_ops, CLASS_FINAL);
    class_add_getset(native_class, "__name__", native_name, NULL);
    class_add_getset(native_class, "__qualname__", native_qualname, NULL);
    class_add_getset(native_class, "__self__", native_self, NULL);
    class_add_getset(native_class, "__module__", native_module, NULL);
    class_add_getset(native_method_class, "__name__", native_name, NULL);
    class_add_getset(native_method_class, "__qualname__", native_qualname, NULL);
    class_add_slot(method_class, "__func__", offsetof(struct bound, function), false);
    class_add_slot(method_class, "__self__", offsetof(struct bound, self), false);
    class_add_getset(cell_class, "cell_contents", cell_contents, NULL);
    class_add_getset(module_class, "__dict__", module_dict, NULL);
}
