/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The classes object and type, the singletons, and the order in which all classes of
 * the program are made.
 */
#include <stdio.h>

#include "object/class.h"
#include "object/start.h"

#define X(n, text) struct cls *n##_class;
BUILTIN_CLASSES(X)
#undef X

struct special_names special;

struct cls *class_of_immediate(ref v) {
    if (is_int(v))
        return int_class;
    if (is_flonum(v))
        return float_class;
    return is_bool(v)             ? bool_class
           : v == NONE            ? none_class
           : v == NOT_IMPLEMENTED ? not_implemented_class
                                  : ellipsis_class;
}

/* --- object --- */

static ref object_repr(ref v) {
    struct cls *cls = class_of(v);
    if (str_is_text(cls->module, "builtins"))
        return str_format("<%S object at %p>", cls->qualname, v);
    return str_format("<%S.%S object at %p>", cls->module, cls->qualname, v);
}

static int64_t object_hash(ref v) {
    return (int64_t)((uintptr_t)v >> 4 & INT64_MAX);
}

static ref object_compare(ref a, ref b, unsigned op) {
    if (op == OP_EQ)
        return a == b ? TRUE : NOT_IMPLEMENTED;
    if (op != OP_NE)
        return NOT_IMPLEMENTED;
    ref r = class_of(a)->ops.compare(a, b, OP_EQ);
    int t = !r || r == NOT_IMPLEMENTED ? 0 : truth(r);
    if (!r || r == NOT_IMPLEMENTED || t < 0)
        return r;
    drop(r);
    return bool_ref(!t);
}

static bool overrides(struct cls *cls, ref name) {
    struct cls *owner;
    ref value = class_lookup_owner(cls, name, &owner);
    drop(value);
    return value && owner != object_class;
}

static ref object_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)args;
    bool extra = n || (kwnames && tuple_size(kwnames));
    if (extra && overrides(cls, special.new))
        return raise_error(TypeError,
                           "object.__new__() takes exactly one argument (the type to instantiate)");
    if (extra && !overrides(cls, special.init))
        return raise_error(TypeError, "%N() takes no arguments", cls);
    if (cls == object_class)
        return object_new(plain_object_type, cls);
    ref names = class_abstract_names(cls);
    if (names) {
        raise_error(TypeError, "Can't instantiate abstract class %N with abstract method%s %S", cls,
                    strchr(str_c(names), ',') ? "s" : "", names);
        drop(names);
        return NULL;
    }
    return self.error ? NULL : instance_new(cls);
}

static int object_init(ref v, ref *args, size_t n, ref kwnames) {
    (void)args;
    struct cls *cls = class_of(v);
    bool extra = n || (kwnames && tuple_size(kwnames));
    if (extra && (overrides(cls, special.init) || !overrides(cls, special.new)))
        return raise_int(TypeError,
                         "%N.__init__() takes exactly one argument (the instance to "
                         "initialize)",
                         overrides(cls, special.init) ? object_class : cls);
    return 0;
}

tarn_type *plain_object_type;

/* The names of abstract methods, if the class is marked by abc, or NULL. */
ref class_abstract_names(struct cls *cls) {
    static ref marker;
    if (!marker)
        marker = str_intern("__abstractmethods__");
    if (!attribute_find(cls, marker)->value)
        return NULL;
    ref names = class_lookup(cls, marker);
    if (!names || truth(names) <= 0) {
        drop(names);
        return NULL;
    }
    ref list = list_from_iterable(names), text = NULL, comma = str_from(", ");
    if (list && list_sort(list, NONE, false) == 0) {
        ref items = tuple_from_list(list);
        text = items ? str_join(comma, tuple_items(items), tuple_size(items)) : NULL;
        drop(items);
    }
    drop(comma);
    drop(list);
    drop(names);
    return text;
}

static ref get_class(ref v) {
    return keep(class_of(v));
}

/* To another class made by a script whose instances look the same. */
static int assign_class(ref v, ref value) {
    struct cls *from = class_of(v), *to = value;
    if (!value || !class_is(value))
        return raise_int(TypeError, "__class__ must be set to a class, not '%T' object",
                         value ? value : NONE);
    if (!(to->flags & from->flags & CLASS_INSTANCE) || to->slots != from->slots)
        return raise_int(TypeError,
                         "__class__ assignment only supported for mutable types or ModuleType "
                         "subclasses");
    if (from->flags & CLASS_DICT)
        drop(object_dict(v));
    if (self.error)
        return -1;
    tarn_field_set(&((struct object *)v)->cls, to);
    return 0;
}

static ref get_dict(ref v) {
    ref dict = object_dict(v);
    return dict || self.error
               ? dict
               : raise_error(AttributeError, "'%T' object has no attribute '__dict__'", v);
}

static int set_dict(ref v, ref value) {
    ref dict = value && dict_is(value) ? object_dict(v) : NULL;
    if (!dict)
        return raise_int(TypeError, "__dict__ must be set to a dictionary, not a '%T'",
                         value ? value : NONE);
    ref copy = dict_copy(value);
    dict_clear(dict);
    int done = copy ? dict_update(dict, copy) : -1;
    drop(copy);
    drop(dict);
    return done;
}

static ref m_format(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (str_is(args[1]) && str_size(args[1]) > 0)
        return raise_error(TypeError, "unsupported format string passed to %T.__format__", args[0]);
    return to_str(args[0]);
}

static ref m_init_subclass(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return NONE;
}

static ref m_dir(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref all = dict_new(), own = class_is(args[0]) ? NULL : object_dict(args[0]);
    struct cls *cls = class_is(args[0]) ? args[0] : class_of(args[0]);
    if (own)
        dict_update(all, own);
    struct tuple *mro = cls->mro;
    for (size_t i = 0; i < mro->size; i++)
        dict_update(all, ((struct cls *)mro->items[i])->dict);
    drop(own);
    ref list = dict_keys_list(all);
    drop(all);
    if (list && list_sort(list, NONE, false) < 0) {
        drop(list);
        return NULL;
    }
    return list;
}

static const struct method object_methods[] = {
    {"__format__", m_format, 1, 1, NULL, 0},
    {"__dir__", m_dir, 0, 0, NULL, 0},
    {"__init_subclass__", m_init_subclass, 0, 0, NULL, METHOD_CLASS},
    {0},
};

/* --- type --- */

static ref type_repr(ref v) {
    struct cls *cls = v;
    if (str_is_text(cls->module, "builtins"))
        return str_format("<class '%S'>", cls->qualname);
    return str_format("<class '%S.%S'>", cls->module, cls->qualname);
}

static ref type_getattr(ref v, ref name) {
    struct cls *meta = class_of(v);
    const struct attribute a = *attribute_find(meta, name);
    ref from_meta = a.value ? class_lookup(meta, name) : NULL;
    if (from_meta && a.data) {
        ref r = class_of(from_meta)->ops.get(from_meta, v, meta);
        drop(from_meta);
        return r;
    }
    ref own = class_lookup(v, name);
    ref found = own ? own : from_meta;
    if (own)
        drop(from_meta);
    if (!found)
        return raise_error(AttributeError, "type object '%N' has no attribute '%S'", v, name);
    if (!class_of(found)->ops.get)
        return found;
    ref r = class_of(found)->ops.get(found, own ? NULL : v, own ? v : meta);
    drop(found);
    return r;
}

static int type_setattr(ref v, ref name, ref value) {
    const struct attribute *a = attribute_find(class_of(v), name);
    if (a->value && a->data)
        return class_of(a->value)->ops.set(a->value, v, value);
    return class_set(v, name, value);
}

/* class(...): make, then initialise. */
static ref type_call(ref callee, ref *args, size_t n, ref kwnames) {
    struct cls *cls = callee;
    if (cls == type_class && n == 1 && !kwnames)
        return keep(class_of(args[0]));
    if (cls == type_class && n != 3)
        return raise_error(TypeError, "type() takes 1 or 3 arguments");
    if (!cls->ops.new)
        return raise_error(TypeError, "cannot create '%N' instances", cls);
    ref v = cls->ops.new(cls, args, n, kwnames);
    if (!v || !is_instance(v, cls))
        return v;
    int (*init)(ref, ref *, size_t, ref) = class_of(v)->ops.init;
    if (init && (init != object_init || cls->ops.new != object_make) &&
        init(v, args, n, kwnames) < 0) {
        drop(v);
        return NULL;
    }
    return v;
}

static ref type_make(struct cls *meta, ref *args, size_t n, ref kwnames) {
    if (n != 3)
        return raise_error(TypeError, "type.__new__() takes exactly 3 arguments (%zd given)", n);
    const bool good[] = {str_is(args[0]), tuple_is(args[1]), dict_is(args[2])};
    static const char *const wanted[] = {"str", "tuple", "dict"};
    for (size_t i = 0; i < 3; i++)
        if (!good[i])
            return raise_error(TypeError, "type.__new__() argument %zd must be %s, not %T", i + 1,
                               wanted[i], args[i]);
    for (size_t i = 0; i < tuple_size(args[1]); i++) {
        struct cls *other = class_of(tuple_items(args[1])[i]);
        if (class_is_sub(other, meta))
            meta = other;
    }
    return class_new(meta, args[0], args[1], args[2], args + 3, kwnames);
}

static int type_init(ref v, ref *args, size_t n, ref kwnames) {
    (void)v, (void)args, (void)n, (void)kwnames;
    return 0;
}

static ref m_mro(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return list_from_iterable(((struct cls *)args[0])->mro);
}

static ref m_subclasses(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return class_subclasses(args[0]);
}

static ref m_prepare(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return dict_new();
}

static const struct method type_methods[] = {
    {"mro", m_mro, 0, 0, NULL, 0},
    {"__subclasses__", m_subclasses, 0, 0, NULL, 0},
    {"__prepare__", m_prepare, 0, -1, NULL, METHOD_CLASS},
    {0},
};

static ref mappingproxy_of(ref v) {
    return dict_copy(((struct cls *)v)->dict);
}

static ref class_doc(ref v) {
    ref doc = dict_get_str(((struct cls *)v)->dict, special.doc);
    return doc ? doc : NONE;
}

static ref class_base(ref v) {
    ref bases = ((struct cls *)v)->bases;
    return keep(tuple_size(bases) ? tuple_items(bases)[0] : NONE);
}

static int set_name(ref v, ref value) {
    if (!value || !str_is(value))
        return raise_int(TypeError, "can only assign string to %N.__name__, not '%T'", v,
                         value ? value : NONE);
    tarn_field_set(&((struct cls *)v)->name, value);
    return 0;
}

static void type_attributes(void) {
    class_add_getset(object_class, "__class__", get_class, assign_class);
    class_add_methods(object_class, object_methods);
    class_add_methods(type_class, type_methods);
    class_add_getset(type_class, "__dict__", mappingproxy_of, NULL);
    class_add_getset(type_class, "__doc__", class_doc, NULL);
    class_add_getset(type_class, "__base__", class_base, NULL);
    class_add_slot(type_class, "__bases__", offsetof(struct cls, bases), false);
    class_add_slot(type_class, "__mro__", offsetof(struct cls, mro), false);
    class_add_slot(type_class, "__qualname__", offsetof(struct cls, qualname), true);
    class_add_slot(type_class, "__module__", offsetof(struct cls, module), true);
    struct getset *name;
    class_add_slot(type_class, "__name__", offsetof(struct cls, name), true);
    name = dict_peek_str(type_class->dict, special.name);
    name->set = set_name;
}

/* --- singletons --- */

static ref none_repr(ref v) {
    return str_from(v == NONE ? "None" : v == ELLIPSIS ? "Ellipsis" : "NotImplemented");
}

static int none_truth(ref v) {
    return v != NONE;
}

static int64_t none_hash(ref v) {
    return 0xfca86420 + (int64_t)((uintptr_t)v >> 3);
}

static ref none_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return cls == none_class ? NONE : cls == ellipsis_class ? ELLIPSIS : NOT_IMPLEMENTED;
}

static void names_start(void) {
#define X(n) special.n = str_intern("__" #n "__");
    SPECIAL_NAMES(X)
#undef X
    special.bool_ = str_intern("__bool__");
    special.sizeof_ = str_intern("__sizeof__");
    special.int_ = str_intern("__int__");
    special.float_ = str_intern("__float__");
}

static void roots_start(void) {
    static const struct ops object_ops = {
        .repr = object_repr,
        .hash = object_hash,
        .compare = object_compare,
        .getattr = object_getattr,
        .setattr = object_setattr,
        .new = object_make,
        .init = object_init,
    };
    static const struct ops type_ops = {
        .repr = type_repr,
        .getattr = type_getattr,
        .setattr = type_setattr,
        .call = type_call,
        .new = type_make,
        .init = type_init,
    };
    object_class = class_make("object", NULL, &object_ops, 0);
    type_class = class_make("type", object_class, &type_ops, 0);
    plain_object_type = heap_type("object", sizeof(struct object), NULL, false);
}

static void singletons_start(void) {
    static const struct ops ops = {
        .repr = none_repr, .truth = none_truth, .hash = none_hash, .new = none_make};
    none_class = class_make("NoneType", object_class, &ops, CLASS_FINAL);
    not_implemented_class = class_make("NotImplementedType", object_class, &ops, CLASS_FINAL);
    ellipsis_class = class_make("ellipsis", object_class, &ops, CLASS_FINAL);
}

/* Types of the heap first, for any class needs strings, dicts and lists. */
void objects_start(void) {
    class_start();
    str_start();
    tuple_start();
    list_type_start();
    dict_type_start();
    native_types_start();
    attribute_types_start();
    names_start();
    roots_start();
    native_start();
    attribute_start();
    class_ops_start();
    str_class_start();
    sequence_start();
    dict_start();
    list_start();
    int_start();
    float_start();
    bytes_start();
    set_start();
    singletons_start();
    error_start();
    iterators_start();
    range_start();
    super_start();
    type_attributes();
    class_add_getset(object_class, "__dict__", get_dict, set_dict);
    class_special_all();
}
