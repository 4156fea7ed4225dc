/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Classes: making them, the order of their bases (C3), finding what a name means in
 * one, and the layout of instances.
 *
 * A class's version is a number that no other class ever has. Each thread remembers
 * what a name meant for a version (attribute_find); whoever changes a class gives it,
 * and all that derive from it, new versions first. What was found is a borrow: a thread
 * that still sees the old version may read it until its next safepoint.
 */
#include "object/class.h"

#include <stdio.h>
#include <stdlib.h>

static tarn_type *class_type;
static tarn_type *instance_types[2][KEYS_MAX + 1];
static TARN__ATOMIC(uint64_t) versions;

struct keys {
    TARN__ATOMIC(uint32_t) count;
    ref name[KEYS_MAX]; /* interned */
};

static void new_version(struct cls *cls) {
    /* relaxed: only that it is another number matters. */
    uint64_t version = tarn__fetch_add(&versions, 1, relaxed) + 1;
    /* release: pairs with the acquire in attribute_find(); the change comes after. */
    tarn__store(&cls->version, version, release);
}

bool class_is(ref v) {
    return is_object(v) && class_is_sub(class_of(v), type_class);
}

bool class_is_sub(const struct cls *cls, const struct cls *base) {
    if (cls == base)
        return true;
    if (!cls->mro)
        return false;
    const struct tuple *mro = cls->mro;
    for (size_t i = 0; i < mro->size; i++)
        if (mro->items[i] == base)
            return true;
    return false;
}

/* Tells every class derived from it. The weak references keep no class alive. */
void class_changed(struct cls *cls) {
    ref weak;
    new_version(cls);
    for (size_t i = 0; cls->subclasses && (weak = list_get(cls->subclasses, i)); i++) {
        struct cls *sub = tarn_weak_get(weak);
        if (sub)
            class_changed(sub);
        drop(sub);
        drop(weak);
    }
}

ref class_lookup_owner(struct cls *cls, ref name, struct cls **owner) {
    struct tuple *mro = cls->mro;
    for (size_t i = 0; i < mro->size; i++) {
        struct cls *c = mro->items[i];
        ref value = c->dict ? dict_get_str(c->dict, name) : NULL;
        if (value) {
            *owner = c;
            return value;
        }
    }
    return NULL;
}

ref class_lookup(struct cls *cls, ref name) {
    struct cls *owner;
    return class_lookup_owner(cls, name, &owner);
}

int class_set(struct cls *cls, ref name, ref value) {
    if (!(cls->flags & CLASS_HEAP))
        return raise_int(TypeError, "cannot set %R attribute of immutable type '%N'", name, cls);
    class_changed(cls);
    int result = value ? dict_set(cls->dict, name, value) : dict_remove(cls->dict, name, NULL);
    if (!value && result == 0)
        return raise_int(AttributeError, "type object '%N' has no attribute '%S'", cls, name);
    class_changed(cls);
    const char *text = str_c(name);
    if (result >= 0 && text[0] == '_' && text[1] == '_')
        class_set_ops(cls);
    return result < 0 ? -1 : 0;
}

/* --- attributes of instances: names to slots --- */

int keys_count(struct cls *cls) {
    /* acquire: pairs with the release in keys_index(); the names are there. */
    return cls->keys ? (int)tarn__load(&cls->keys->count, acquire) : 0;
}

ref keys_name(struct cls *cls, int index) {
    return cls->keys->name[index];
}

int keys_index(struct cls *cls, ref name, bool add) {
    for (int i = keys_count(cls) - 1; i >= 0; i--)
        if (cls->keys->name[i] == name)
            return i;
    if (!add || !cls->keys || keys_count(cls) >= KEYS_MAX)
        return -1;
    object_lock(cls);
    int n = keys_count(cls), index = -1;
    for (int i = 0; i < n; i++)
        if (cls->keys->name[i] == name)
            index = i;
    if (index < 0 && n < KEYS_MAX) {
        cls->keys->name[index = n] = name;
        /* release: pairs with the acquire in keys_count(). */
        tarn__store(&cls->keys->count, (uint32_t)n + 1, release);
        new_version(cls);
    }
    object_unlock(cls);
    return index;
}

ref instance_new(struct cls *cls) {
    enum { AT_FIRST = 4 };
    unsigned n = cls->slots;
    if (cls->flags & CLASS_DICT) {
        n = (unsigned)keys_count(cls);
        n = n > cls->room ? n : cls->room;
    }
    struct instance *o = tarn_new(instance_types[(cls->flags & CLASS_DEL) != 0][n]);
    if (tarn__unlikely(!o))
        return raise_no_memory();
    o->object.cls = keep(cls);
    o->count = n;
    return o;
}

/* The version was read before. */
const struct attribute *attribute_search(struct cls *cls, ref name, struct attribute *a) {
    struct tuple *mro = cls->mro;
    a->name = name;
    a->value = NULL;
    for (size_t i = 0; i < mro->size && !a->value; i++)
        a->value = dict_peek_str(((struct cls *)mro->items[i])->dict, name);
    a->index =
        cls->flags & CLASS_DICT && cls->flags & CLASS_INSTANCE ? keys_index(cls, name, false) : -1;
    struct cls *kind = a->value ? class_of(a->value) : NULL;
    a->data = kind && kind->ops.set;
    a->plain = kind == function_class || kind == native_method_class;
    return a;
}

/* --- the order of bases --- */

/* Takes `candidate` off the front of every list that begins with it. */
static bool is_in_tail(struct tuple **lists, size_t *at, size_t n, ref candidate) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = at[i] + 1; j < lists[i]->size; j++)
            if (lists[i]->items[j] == candidate)
                return true;
    return false;
}

static ref no_order(struct tuple *bases) {
    struct text t = {0};
    text_put(&t, "Cannot create a consistent method resolution\norder (MRO) for bases ");
    for (size_t i = 0; i < bases->size; i++) {
        if (i > 0)
            text_put(&t, ", ");
        text_str(&t, ((struct cls *)bases->items[i])->name);
    }
    ref message = text_finish(&t);
    raise_value(TypeError, message);
    drop(message);
    return NULL;
}

/* C3: the mros of the bases and the bases themselves, merged. */
static ref linearize(struct cls *cls, struct tuple *bases) {
    size_t n = bases->size + 1, at[64] = {0};
    struct tuple *lists[64];
    if (n > 64)
        return raise_error(TypeError, "too many bases");
    for (size_t i = 0; i + 1 < n; i++)
        lists[i] = ((struct cls *)bases->items[i])->mro;
    lists[n - 1] = bases;
    ref list = list_from((ref[]){cls}, 1);
    while (list) {
        ref next = NULL;
        bool left = false;
        for (size_t i = 0; i < n && !next; i++)
            if (at[i] < lists[i]->size) {
                left = true;
                if (!is_in_tail(lists, at, n, lists[i]->items[at[i]]))
                    next = lists[i]->items[at[i]];
            }
        if (!next) {
            ref mro = left ? no_order(bases) : tuple_from_list(list);
            drop(list);
            return mro;
        }
        list_append(list, next);
        for (size_t i = 0; i < n; i++)
            if (at[i] < lists[i]->size && lists[i]->items[at[i]] == next)
                at[i]++;
    }
    return NULL;
}

static int add_subclass(struct cls *base, struct cls *cls) {
    ref weak = tarn_weak_new(cls, TARN_WEAK_SHORT, NULL, NULL);
    if (!weak)
        return -1;
    if (!base->subclasses)
        base->subclasses = list_new();
    return list_append_owned(base->subclasses, weak);
}

ref class_subclasses(struct cls *cls) {
    ref list = list_new(), weak;
    for (size_t i = 0; cls->subclasses && (weak = list_get(cls->subclasses, i)); i++) {
        ref sub = tarn_weak_get(weak);
        if (sub)
            list_append_owned(list, sub);
        drop(weak);
    }
    return list;
}

/* --- making classes --- */

static struct cls *class_blank(struct cls *meta) {
    struct cls *cls = object_new(class_type, meta);
    if (cls)
        new_version(cls);
    return cls;
}

#define INHERIT(op)                                                                                \
    if (!cls->ops.op)                                                                              \
    cls->ops.op = base->ops.op

static void inherit_ops(struct cls *cls, const struct cls *base) {
    INHERIT(repr);
    INHERIT(str);
    INHERIT(hash);
    INHERIT(call);
    INHERIT(getattr);
    INHERIT(setattr);
    INHERIT(iter);
    INHERIT(next);
    INHERIT(binary);
    INHERIT(unary);
    INHERIT(compare);
    INHERIT(getitem);
    INHERIT(setitem);
    INHERIT(length);
    INHERIT(contains);
    INHERIT(truth);
    INHERIT(get);
    INHERIT(set);
    INHERIT(init);
}

/* Classes that others need before they can be made: type, str and so on. */
static const struct {
    const char *name;
    struct cls **cls;
} roots[] = {
    {"object", &object_class},
    {"type", &type_class},
    {"str", &str_class},
    {"tuple", &tuple_class},
    {"list", &list_class},
    {"dict", &dict_class},
    {"builtin_function_or_method", &native_class},
    {"method_descriptor", &native_method_class},
    {"getset_descriptor", &getset_class},
    {"classmethod", &classmethod_class},
    {"staticmethod", &staticmethod_class},
};

static void roots_start(void) {
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        *roots[i].cls = class_blank(NULL);
        (*roots[i].cls)->solid = *roots[i].cls;
    }
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        (*roots[i].cls)->object.cls = keep(type_class);
}

static struct cls *all_classes[256];
static size_t class_count;

void class_special_all(void) {
    for (size_t i = 0; i < class_count; i++)
        class_add_special(all_classes[i]);
}

struct cls *class_make(const char *name, struct cls *base, const struct ops *ops, unsigned flags) {
    struct cls *cls = NULL;
    for (size_t i = 0; i < sizeof roots / sizeof *roots && !cls; i++)
        cls = strcmp(roots[i].name, name) == 0 ? *roots[i].cls : NULL;
    cls = cls ? cls : class_blank(keep(type_class));
    all_classes[class_count++] = cls;
    cls->ops = ops ? *ops : (struct ops){0};
    cls->name = keep(str_intern(name));
    cls->qualname = keep(cls->name);
    cls->module = keep(str_intern("builtins"));
    cls->solid = cls;
    cls->flags = flags;
    cls->dict = dict_new();
    ref mro = list_new();
    list_append(mro, cls);
    if (base) {
        inherit_ops(cls, base);
        for (size_t i = 0; i < tuple_size(base->mro); i++)
            list_append(mro, tuple_items(base->mro)[i]);
        cls->dict_offset = base->dict_offset;
        cls->flags |= base->flags & CLASS_ERROR;
        add_subclass(base, cls);
    }
    cls->mro = tuple_from_list(mro);
    cls->bases = base ? tuple_pack(1, base) : tuple_new(0);
    drop(mro);
    heap_settle(cls);
    return cls;
}

/* Which base decides the layout: the one whose class of the program is most derived. */
static struct cls *best_solid(struct tuple *bases) {
    struct cls *best = object_class;
    for (size_t i = 0; i < bases->size; i++) {
        struct cls *base = bases->items[i], *solid = base->solid;
        if (base->flags & CLASS_FINAL)
            return raise_error(TypeError, "type '%N' is not an acceptable base type", base);
        if (class_is_sub(solid, best))
            best = solid;
        else if (!class_is_sub(best, solid))
            return raise_error(TypeError, "multiple bases have instance lay-out conflict");
    }
    return best;
}

static int add_member(struct cls *cls, ref name) {
    if (!str_is(name))
        return raise_int(TypeError, "__slots__ items must be strings, not '%T'", name);
    if (str_is_text(name, "__dict__")) {
        cls->flags |= CLASS_DICT;
        return 0;
    }
    if (str_is_text(name, "__weakref__")) {
        cls->flags &= ~(unsigned)CLASS_NO_WEAK;
        return 0;
    }
    if (cls->slots >= KEYS_MAX)
        return raise_int(TypeError, "too many __slots__");
    if (dict_peek_str(cls->dict, name))
        return raise_int(ValueError, "%R in __slots__ conflicts with class variable", name);
    ref member = member_new(cls, str_intern_ref(name), cls->slots++);
    int result = member ? dict_set(cls->dict, name, member) : -1;
    drop(member);
    return result;
}

static bool has_weak_base(struct cls *cls) {
    struct tuple *bases = cls->bases;
    for (size_t i = 0; i < bases->size; i++) {
        struct cls *base = bases->items[i];
        if (base->flags & CLASS_HEAP && !(base->flags & CLASS_NO_WEAK))
            return true;
    }
    return false;
}

/* __slots__ of the class body; without it instances take any attribute. */
static int set_slots(struct cls *cls) {
    ref slots = dict_get_str(cls->dict, special.slots);
    if (!slots) {
        cls->flags |= CLASS_DICT;
        return 0;
    }
    int result = 0;
    if (!has_weak_base(cls))
        cls->flags |= CLASS_NO_WEAK;
    ref names = str_is(slots) ? tuple_pack(1, slots) : tuple_from_iterable(slots);
    for (size_t i = 0; names && result == 0 && i < tuple_size(names); i++)
        result = add_member(cls, tuple_items(names)[i]);
    drop(names);
    drop(slots);
    return names ? result : -1;
}

static int set_layout(struct cls *cls, struct tuple *bases) {
    cls->solid = best_solid(bases);
    if (!cls->solid)
        return -1;
    for (size_t i = 0; i < bases->size; i++) {
        struct cls *base = bases->items[i];
        cls->flags |= base->flags & (CLASS_DICT | CLASS_ERROR | CLASS_DEL);
        if (base->slots && cls->slots)
            return raise_int(TypeError, "multiple bases have instance lay-out conflict");
        cls->slots += base->slots;
        cls->room = base->room > cls->room ? base->room : cls->room;
    }
    if (cls->solid == object_class) {
        cls->flags |= CLASS_INSTANCE;
        if (set_slots(cls) < 0)
            return -1;
        cls->dict_offset = cls->flags & CLASS_DICT ? offsetof(struct instance, dict) : 0;
        if (cls->flags & CLASS_DICT && cls->slots)
            cls->room = cls->slots; /* slots first, then attributes in the dict */
    } else {
        cls->dict_offset =
            cls->solid->derived_offset ? cls->solid->derived_offset : cls->solid->dict_offset;
    }
    return 0;
}

static int fill_class(struct cls *cls, ref name, struct tuple *bases, ref namespace) {
    ref module = dict_get_str(namespace, special.module);
    ref qualname = dict_get_str(namespace, special.qualname);
    cls->flags = CLASS_HEAP;
    cls->name = keep(name);
    cls->qualname = qualname ? qualname : keep(name);
    cls->module = module ? module : keep(str_intern("__main__"));
    cls->bases = keep(bases);
    cls->dict = dict_copy(namespace);
    if (!cls->dict)
        return -1;
    dict_remove(cls->dict, special.qualname, NULL);
    cls->mro = linearize(cls, bases);
    if (!cls->mro || set_layout(cls, bases) < 0)
        return -1;
    if (cls->flags & CLASS_DICT && cls->flags & CLASS_INSTANCE && cls->slots == 0) {
        cls->keys = tarn_calloc(1, sizeof *cls->keys);
        if (!cls->keys)
            return raise_no_memory(), -1;
        if (cls->room == 0)
            cls->room = 4;
    }
    if (dict_peek_str(cls->dict, special.eq) && !dict_peek_str(cls->dict, special.hash))
        dict_set(cls->dict, special.hash, NONE);
    for (size_t i = 0; i < bases->size; i++)
        if (add_subclass(bases->items[i], cls) < 0)
            return -1;
    class_set_ops(cls);
    return self.error ? -1 : 0;
}

static int wrap_implicit(struct cls *cls, ref name, ref (*wrap)(ref)) {
    ref function = dict_get_str(cls->dict, name);
    int result = 0;
    if (function && class_of(function) == function_class) {
        ref wrapped = wrap(function);
        result = wrapped ? dict_set(cls->dict, name, wrapped) : -1;
        drop(wrapped);
    }
    drop(function);
    return result;
}

static int set_names(struct cls *cls) {
    ref key, value;
    for (size_t at = 0; dict_next(cls->dict, &at, &key, &value);) {
        bool found;
        ref r = call_special(value, special.set_name, (ref[]){cls, key}, 2, &found);
        drop(key);
        drop(value);
        drop(r);
        if (self.error)
            return -1;
    }
    return 0;
}

static int init_subclass(struct cls *cls, ref *kwargs, ref kwnames) {
    struct tuple *mro = cls->mro;
    for (size_t i = 1; i < mro->size; i++) {
        struct cls *c = mro->items[i];
        ref method = dict_get_str(c->dict, special.init_subclass);
        if (!method)
            continue;
        ref bound = class_of(method)->ops.get ? class_of(method)->ops.get(method, NULL, cls) : NULL;
        ref r = bound ? call(bound, kwargs, 0, kwnames) : NULL;
        drop(method);
        drop(bound);
        drop(r);
        return r ? 0 : -1;
    }
    if (kwnames && tuple_size(kwnames))
        return raise_int(TypeError, "%N.__init_subclass__() takes no keyword arguments", cls);
    return 0;
}

ref class_new(struct cls *meta, ref name, ref bases, ref namespace, ref *kwargs, ref kwnames) {
    ref all = tuple_size(bases) ? keep(bases) : tuple_pack(1, object_class);
    for (size_t i = 0; i < tuple_size(all); i++) {
        ref base = tuple_items(all)[i];
        if (!class_is(base)) {
            drop(all);
            return raise_error(TypeError, "bases must be types");
        }
        for (size_t j = 0; j < i; j++)
            if (tuple_items(all)[j] == base) {
                drop(all);
                return raise_error(TypeError, "duplicate base class %N", base);
            }
    }
    struct cls *cls = class_blank(keep(meta));
    int result = cls ? fill_class(cls, name, all, namespace) : -1;
    if (result == 0)
        result = wrap_implicit(cls, special.init_subclass, classmethod_new);
    if (result == 0)
        result = wrap_implicit(cls, special.class_getitem, classmethod_new);
    if (result == 0)
        result = wrap_implicit(cls, special.new, staticmethod_new);
    if (result == 0)
        result = set_names(cls);
    if (result == 0)
        result = init_subclass(cls, kwargs, kwnames);
    drop(all);
    if (result == 0)
        return cls;
    drop(cls);
    return NULL;
}

/* A class keeps its table of keys in a raw block. */
static void dispose(void *object) {
    tarn_free(((struct cls *)object)->keys);
}

static void finalize(void *object) {
    instance_del(object);
}

static void instance_types_start(void) {
    size_t offsets[KEYS_MAX + 3] = {offsetof(struct object, cls), offsetof(struct instance, dict)};
    for (int i = 0; i <= KEYS_MAX; i++) {
        struct tarn_type_spec spec = {
            .name = "instance",
            .size = sizeof(struct instance) + (size_t)i * sizeof(tarn_slot),
            .offsets = offsets,
            .offset_count = (size_t)i + 2,
            .flags = TARN_TYPE_HELD_READS,
        };
        instance_types[0][i] = heap_type_spec(&spec);
        spec.name = "instance with a __del__";
        spec.finalize = finalize;
        instance_types[1][i] = heap_type_spec(&spec);
        offsets[i + 2] = offsetof(struct instance, slot) + (size_t)i * sizeof(tarn_slot);
    }
}

void class_start(void) {
    static const size_t offsets[] = {
        offsetof(struct object, cls),   offsetof(struct cls, name),
        offsetof(struct cls, qualname), offsetof(struct cls, module),
        offsetof(struct cls, bases),    offsetof(struct cls, mro),
        offsetof(struct cls, dict),     offsetof(struct cls, subclasses)};
    class_type = heap_type_spec(&(struct tarn_type_spec){
        .name = "type",
        .size = sizeof(struct cls),
        .offsets = offsets,
        .offset_count = 8,
        .dispose = dispose,
        .flags = TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_HELD_READS,
    });
    instance_types_start();
    roots_start();
}
