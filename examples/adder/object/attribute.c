/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Attributes of any object: descriptors of the class, the object's own, methods.
 *
 * Reading takes no lock. An instance's attributes stand in its slots as long as they
 * are set in the order of its class's keys; the first that is not moves all of them
 * into a dict, which is published before the slots are emptied: a reader that finds a
 * slot empty then finds the dict.
 */
#include "object/class.h"
#include "object/start.h"

#include <stdio.h>

/* The class's value as a reference: what the cache lends may have died just now. */
static ref hold(const struct attribute *a, struct cls *cls, ref name) {
    if (!heap_shared || tarn_is_immediate(a->value))
        return keep(a->value);
    return tarn_try_incref(a->value) ? a->value : class_lookup(cls, name);
}

static ref own_attribute(ref v, struct cls *cls, const struct attribute *a, ref name) {
    if (cls->flags & CLASS_INSTANCE) {
        struct instance *o = v;
        if (a->index >= 0 && (size_t)a->index < o->count) {
            ref value = slot_get(&o->slot[a->index]);
            if (value)
                return value;
        }
    } else if (!cls->dict_offset) {
        return NULL;
    }
    if (!cls->dict_offset)
        return NULL;
    ref dict = slot_peek((tarn_slot *)((char *)v + cls->dict_offset));
    return dict ? dict_get_str(dict, name) : NULL;
}

static ref no_attribute(ref v, ref name) {
    raise_error(AttributeError, "'%T' object has no attribute '%S'", v, name);
    return raise_about(v, name);
}

/* NULL without an exception: there is none. */
static ref find_attribute(ref v, ref name) {
    struct cls *cls = class_of(v);
    const struct attribute a = *attribute_find(cls, name);
    if (a.value && a.data) {
        ref held = hold(&a, cls, name);
        ref value = held ? class_of(held)->ops.get(held, v, cls) : NULL;
        drop(held);
        return value;
    }
    ref own = is_object(v) ? own_attribute(v, cls, &a, name) : NULL;
    if (own || !a.value)
        return own;
    ref held = hold(&a, cls, name);
    if (!held || !class_of(held)->ops.get)
        return held;
    ref value = class_of(held)->ops.get(held, v, cls);
    drop(held);
    return value;
}

ref object_getattr(ref v, ref name) {
    ref value = find_attribute(v, name);
    return value || self.error ? value : no_attribute(v, name);
}

ref get_attribute(ref v, ref name) {
    return class_of(v)->ops.getattr(v, name);
}

ref get_attribute_or_null(ref v, ref name) {
    if (class_of(v)->ops.getattr == object_getattr)
        return find_attribute(v, name);
    ref value = get_attribute(v, name);
    if (!value)
        error_clear_if(AttributeError);
    return value;
}

ref get_method(ref v, ref name, bool *is_method) {
    struct cls *cls = class_of(v);
    *is_method = false;
    if (cls->ops.getattr != object_getattr)
        return get_attribute(v, name);
    const struct attribute a = *attribute_find(cls, name);
    if (!a.plain)
        return object_getattr(v, name);
    ref own = is_object(v) ? own_attribute(v, cls, &a, name) : NULL;
    if (own)
        return own;
    *is_method = true;
    return hold(&a, cls, name);
}

/* --- setting --- */

static tarn_slot *dict_slot(ref v) {
    size_t offset = is_object(v) ? class_of(v)->dict_offset : 0;
    return offset ? (tarn_slot *)((char *)v + offset) : NULL;
}

/* With the lock: the instance's attributes move into a dict. */
static ref move_to_dict(struct instance *o) {
    struct cls *cls = o->object.cls;
    int n = keys_count(cls);
    ref dict = dict_new_sized(o->count), moved[KEYS_MAX];
    if (!dict)
        return NULL;
    for (int i = 0; i < n && (size_t)i < o->count; i++) {
        ref value = slot_peek(&o->slot[i]);
        if (value && dict_set_str(dict, keys_name(cls, i), value) < 0) {
            drop(dict);
            return NULL;
        }
    }
    slot_set(&o->dict, dict);
    for (int i = 0; i < n && (size_t)i < o->count; i++) {
        moved[i] = slot_take(&o->slot[i]);
        drop(moved[i]);
    }
    return dict;
}

ref instance_dict(struct instance *o) {
    ref dict = slot_get(&o->dict);
    if (dict)
        return dict;
    object_lock(o);
    dict = slot_get(&o->dict);
    if (!dict)
        dict = o->object.cls->keys ? move_to_dict(o) : dict_new();
    if (dict && !slot_peek(&o->dict))
        slot_set(&o->dict, dict);
    object_unlock(o);
    return dict;
}

ref object_dict(ref v) {
    tarn_slot *slot = dict_slot(v);
    if (!slot)
        return is_object(v) && class_of(v) == module_class ? keep(((struct module *)v)->dict)
                                                           : NULL;
    if (class_of(v)->flags & CLASS_INSTANCE)
        return instance_dict(v);
    ref dict = slot_get(slot);
    if (dict || !(dict = dict_new()))
        return dict;
    if (!tarn_slot_compare_exchange(slot, NULL, dict)) {
        drop(dict);
        dict = slot_get(slot);
    }
    return dict;
}

/* Tries to set one of the slots. 1: done; 0: the dict has to take it; -1. */
static int set_slot(struct instance *o, int index, ref value) {
    ref old = NULL;
    int result = 0;
    if (index < 0 || (size_t)index >= o->count)
        return 0;
    object_lock(o);
    if (!slot_peek(&o->dict)) {
        tarn_slot *slot = &o->slot[index];
        bool in_order = slot_peek(slot) != NULL;
        if (!in_order) {
            in_order = true;
            for (size_t i = (size_t)index + 1; i < o->count && in_order; i++)
                in_order = !slot_peek(&o->slot[i]);
        }
        if (in_order) {
            old = slot_swap_locked(slot, value);
            result = 1;
        }
    }
    object_unlock(o);
    drop(old);
    return result;
}

static int delete_slot(struct instance *o, int index) {
    ref old = NULL;
    object_lock(o);
    if (!slot_peek(&o->dict) && index >= 0 && (size_t)index < o->count)
        old = slot_take(&o->slot[index]);
    object_unlock(o);
    drop(old);
    return old != NULL;
}

static int set_own(ref v, struct cls *cls, int index, ref name, ref value) {
    if (cls->flags & CLASS_INSTANCE && cls->keys) {
        if (value && index < 0)
            index = keys_index(cls, name, true);
        int done = value ? set_slot(v, index, value) : delete_slot(v, index);
        if (done)
            return done < 0 ? -1 : 0;
        if (!value && !slot_peek(&((struct instance *)v)->dict)) {
            no_attribute(v, name);
            return -1;
        }
    }
    ref dict = object_dict(v);
    if (!dict)
        return -1;
    int result = value ? dict_set_str(dict, name, value) : dict_remove(dict, name, NULL);
    drop(dict);
    if (!value && result == 0)
        no_attribute(v, name);
    return value ? result : result == 1 ? 0 : -1;
}

int object_setattr(ref v, ref name, ref value) {
    struct cls *cls = class_of(v);
    const struct attribute a = *attribute_find(cls, name);
    if (a.value && a.data) {
        ref held = hold(&a, cls, name);
        int result = held ? class_of(held)->ops.set(held, v, value) : -1;
        drop(held);
        return result;
    }
    if (is_object(v) && cls->dict_offset)
        return set_own(v, cls, a.index, name, value);
    if (a.value)
        return raise_int(AttributeError, "'%T' object attribute '%S' is read-only", v, name);
    no_attribute(v, name);
    return -1;
}

int set_attribute(ref v, ref name, ref value) {
    return class_of(v)->ops.setattr(v, name, value);
}

/* --- descriptors that the program itself has --- */

static tarn_type *property_type, *wrap_type, *member_type;

ref member_new(struct cls *owner, ref name, unsigned index) {
    struct member *m = object_new(member_type, member_class);
    if (m) {
        m->name = keep(name);
        m->owner = owner; /* it lives in the class's dict, and is used on its instances */
        m->index = index;
    }
    return m;
}

static ref member_get(ref descriptor, ref owner, struct cls *cls) {
    struct member *m = descriptor;
    (void)cls;
    if (!owner)
        return keep(descriptor);
    if (!(class_of(owner)->flags & CLASS_INSTANCE) || m->index >= ((struct instance *)owner)->count)
        return raise_error(TypeError, "descriptor '%S' doesn't apply to a '%T' object", m->name,
                           owner);
    ref value = slot_get(&((struct instance *)owner)->slot[m->index]);
    return value ? value : no_attribute(owner, m->name);
}

static int member_set(ref descriptor, ref owner, ref value) {
    struct member *m = descriptor;
    if (!(class_of(owner)->flags & CLASS_INSTANCE) || m->index >= ((struct instance *)owner)->count)
        return raise_int(TypeError, "descriptor '%S' doesn't apply to a '%T' object", m->name,
                         owner);
    tarn_slot *slot = &((struct instance *)owner)->slot[m->index];
    if (!value && !slot_peek(slot))
        return raise_int(AttributeError, "%S", m->name);
    slot_set(slot, value);
    return 0;
}

static ref member_repr(ref v) {
    struct member *m = v;
    return str_format("<member '%S' of '%N' objects>", m->name, m->owner);
}

static ref wrap_new(struct cls *cls, ref function) {
    struct wrap *w = object_new(wrap_type, cls);
    if (w)
        w->function = keep(function);
    return w;
}

ref classmethod_new(ref function) {
    return wrap_new(classmethod_class, function);
}

ref staticmethod_new(ref function) {
    return wrap_new(staticmethod_class, function);
}

static ref wrap_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n != 1)
        return raise_error(TypeError, "%N expected 1 argument, got %zd", cls, n);
    return wrap_new(cls, args[0]);
}

static ref classmethod_get(ref descriptor, ref owner, struct cls *cls) {
    ref function = ((struct wrap *)descriptor)->function;
    (void)owner;
    if (class_of(function)->ops.get && class_of(function) != function_class &&
        class_of(function) != native_method_class)
        return class_of(function)->ops.get(function, cls, class_of(cls));
    return bound_new(function, cls);
}

static ref staticmethod_get(ref descriptor, ref owner, struct cls *cls) {
    (void)owner, (void)cls;
    return keep(((struct wrap *)descriptor)->function);
}

static ref staticmethod_call(ref v, ref *args, size_t n, ref kwnames) {
    return call(((struct wrap *)v)->function, args, n, kwnames);
}

static ref wrap_function(ref v) {
    return keep(((struct wrap *)v)->function);
}

static ref property_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref part[4] = {NONE, NONE, NONE, NONE};
    static const char *const names[] = {"fget", "fset", "fdel", "doc"};
    for (size_t i = 0; i < 4; i++) {
        ref named = keyword(args, n, kwnames, names[i]);
        part[i] = i < n ? args[i] : named ? named : NONE;
    }
    struct property *p = object_new(property_type, cls);
    if (!p)
        return NULL;
    p->get = keep(part[0]);
    p->set = keep(part[1]);
    p->del = keep(part[2]);
    if (part[3] == NONE && part[0] != NONE && class_of(part[0]) == function_class)
        part[3] = ((struct function *)part[0])->doc;
    p->doc = keep(part[3]);
    return p;
}

static ref property_name(struct property *p) {
    if (p->name)
        return p->name;
    return p->get != NONE && class_of(p->get) == function_class ? ((struct function *)p->get)->name
                                                                : str_intern("?");
}

static ref property_get(ref descriptor, ref owner, struct cls *cls) {
    struct property *p = descriptor;
    (void)cls;
    if (!owner)
        return keep(descriptor);
    if (p->get == NONE)
        return raise_error(AttributeError, "property %R of %R object has no getter",
                           property_name(p), class_of(owner)->qualname);
    return call_1(p->get, owner);
}

static int property_set(ref descriptor, ref owner, ref value) {
    struct property *p = descriptor;
    ref function = value ? p->set : p->del;
    if (function == NONE)
        return raise_int(AttributeError, "property %R of %R object has no %s", property_name(p),
                         class_of(owner)->qualname, value ? "setter" : "deleter");
    ref r = value ? call_2(function, owner, value) : call_1(function, owner);
    drop(r);
    return r ? 0 : -1;
}

static ref property_with(ref *args, int which) {
    struct property *p = args[0], *copy = object_new(property_type, class_of(p));
    if (!copy)
        return NULL;
    copy->get = keep(which == 0 ? args[1] : p->get);
    copy->set = keep(which == 1 ? args[1] : p->set);
    copy->del = keep(which == 2 ? args[1] : p->del);
    copy->doc = keep(p->doc);
    copy->name = keep(p->name);
    return copy;
}

static ref property_getter(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return property_with(args, 0);
}

static ref property_setter(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return property_with(args, 1);
}

static ref property_deleter(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return property_with(args, 2);
}

static ref property_set_name(ref *args, size_t n, ref kwnames) {
    struct property *p = args[0];
    (void)n, (void)kwnames;
    if (!p->name)
        p->name = keep(args[2]);
    return NONE;
}

static const struct method property_methods[] = {
    {"getter", property_getter, 1, 1, NULL, 0},
    {"setter", property_setter, 1, 1, NULL, 0},
    {"deleter", property_deleter, 1, 1, NULL, 0},
    {"__set_name__", property_set_name, 2, 2, NULL, 0},
    {0},
};

void attribute_types_start(void) {
    static const size_t property_offsets[] = {
        offsetof(struct property, get),  offsetof(struct property, set),
        offsetof(struct property, del),  offsetof(struct property, doc),
        offsetof(struct property, name), 0};
    static const size_t wrap_offsets[] = {offsetof(struct wrap, function), 0};
    static const size_t member_offsets[] = {offsetof(struct member, name), 0};
    property_type = heap_type("property", sizeof(struct property), property_offsets, false);
    wrap_type = heap_type("wrapped method", sizeof(struct wrap), wrap_offsets, false);
    member_type = heap_type("member", sizeof(struct member), member_offsets, false);
}

void attribute_start(void) {
    static const struct ops member_ops = {
        .get = member_get, .set = member_set, .repr = member_repr};
    static const struct ops class_ops = {.get = classmethod_get, .new = wrap_make};
    static const struct ops static_ops = {
        .get = staticmethod_get, .new = wrap_make, .call = staticmethod_call};
    static const struct ops property_ops = {
        .get = property_get, .set = property_set, .new = property_make};
    member_class = class_make("member_descriptor", object_class, &member_ops, CLASS_FINAL);
    classmethod_class = class_make("classmethod", object_class, &class_ops, CLASS_FINAL);
    staticmethod_class = class_make("staticmethod", object_class, &static_ops, CLASS_FINAL);
    property_class = class_make("property", object_class, &property_ops, CLASS_FINAL);
    class_add_getset(classmethod_class, "__func__", wrap_function, NULL);
    class_add_getset(staticmethod_class, "__func__", wrap_function, NULL);
    class_add_methods(property_class, property_methods);
    class_add_slot(property_class, "fget", offsetof(struct property, get), false);
    class_add_slot(property_class, "fset", offsetof(struct property, set), false);
    class_add_slot(property_class, "fdel", offsetof(struct property, del), false);
    class_add_slot(property_class, "__doc__", offsetof(struct property, doc), false);
}
