/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The class dict and its views.
 */
#include "object/dict.h"
#include "object/start.h"

struct view {
    struct object object;
    ref dict;
};

static tarn_type *view_type;

static ref dict_repr(ref v) {
    struct text t = {0};
    ref key, value;
    bool first = true, done = true;
    if (!repr_enter(v))
        return self.error ? NULL : str_from("{...}");
    text_char(&t, '{');
    for (size_t at = 0; done && dict_next(v, &at, &key, &value); first = false) {
        if (!first)
            text_put(&t, ", ");
        done = text_repr(&t, key);
        text_put(&t, ": ");
        done = done && text_repr(&t, value);
        drop(key);
        drop(value);
    }
    text_char(&t, '}');
    repr_leave(v);
    if (done)
        return text_finish(&t);
    text_free(&t);
    return NULL;
}

static ref dict_compare(ref a, ref b, unsigned op) {
    ref key, value, other;
    if (!dict_is(a) || !dict_is(b) || (op != OP_EQ && op != OP_NE))
        return NOT_IMPLEMENTED;
    int same = dict_count(a) == dict_count(b);
    for (size_t at = 0; same == 1 && dict_next(a, &at, &key, &value);) {
        same = dict_find(b, key, &other);
        if (same == 1) {
            same = equals(value, other);
            drop(other);
        }
        drop(key);
        drop(value);
    }
    return same < 0 ? NULL : bool_ref(same == (op == OP_EQ));
}

static ref dict_getitem(ref v, ref key) {
    ref value;
    int found = dict_find(v, key, &value);
    if (found)
        return found < 0 ? NULL : value;
    if (class_of(v) != dict_class) {
        bool has;
        ref r = call_special(v, special.missing, &key, 1, &has);
        if (has)
            return r;
    }
    return raise_value(KeyError, key);
}

static int dict_setitem(ref v, ref key, ref value) {
    if (value)
        return dict_set(v, key, value);
    int there = dict_remove(v, key, NULL);
    if (there == 0)
        raise_value(KeyError, key);
    return there == 1 ? 0 : -1;
}

static ptrdiff_t dict_length(ref v) {
    return (ptrdiff_t)dict_count(v);
}

static int dict_contains(ref v, ref key) {
    ref value;
    int found = dict_find(v, key, &value);
    if (found == 1)
        drop(value);
    return found;
}

static int update_pairs(ref dict, ref iterable) {
    ref iterator = iterate(iterable), pair;
    if (!iterator)
        return -1;
    for (intptr_t i = 0; (pair = iter_next(iterator)); i++) {
        ref two = tuple_from_iterable(pair);
        if (!two && error_clear_if(TypeError))
            raise_error(TypeError,
                        "cannot convert dictionary update sequence element #%zd to a sequence", i);
        if (two && tuple_size(two) != 2)
            raise_error(ValueError,
                        "dictionary update sequence element #%zd has length %zd; 2 is required", i,
                        tuple_size(two));
        else if (two)
            dict_set(dict, tuple_items(two)[0], tuple_items(two)[1]);
        drop(two);
        drop(pair);
        if (self.error)
            break;
    }
    drop(iterator);
    return self.error ? -1 : 0;
}

static int update_mapping(ref dict, ref mapping, ref keys_method) {
    ref keys = call_0(keys_method), iterator = keys ? iterate(keys) : NULL, key;
    while (iterator && (key = iter_next(iterator))) {
        ref value = get_item(mapping, key);
        int done = value ? dict_set(dict, key, value) : -1;
        drop(value);
        drop(key);
        if (done < 0)
            break;
    }
    drop(keys);
    drop(iterator);
    return self.error ? -1 : 0;
}

int dict_update(ref dict, ref other) {
    ref key, value;
    if (is_object(other) && class_of(other) == dict_class) {
        for (size_t at = 0; dict_next(other, &at, &key, &value);) {
            int done = dict_set(dict, key, value);
            drop(key);
            drop(value);
            if (done < 0)
                return -1;
        }
        return 0;
    }
    ref keys = get_attribute_or_null(other, str_intern("keys"));
    int result = keys         ? update_mapping(dict, other, keys)
                 : self.error ? -1
                              : update_pairs(dict, other);
    drop(keys);
    return result;
}

ref dict_copy(ref dict) {
    ref copy = dict_new_sized(dict_count(dict)), key, value;
    for (size_t at = 0; copy && dict_next(dict, &at, &key, &value);) {
        if (dict_set(copy, key, value) < 0) {
            drop(copy);
            copy = NULL;
        }
        drop(key);
        drop(value);
    }
    return copy;
}

static ref dict_binary(ref a, ref b, unsigned op) {
    if ((op & ~(unsigned)OP_INPLACE) != OP_OR || !dict_is(a))
        return NOT_IMPLEMENTED;
    if (op & OP_INPLACE)
        return dict_update(a, b) < 0 ? NULL : keep(a);
    if (!dict_is(b))
        return NOT_IMPLEMENTED;
    ref d = dict_copy(a);
    if (d && dict_update(d, b) < 0) {
        drop(d);
        return NULL;
    }
    return d;
}

static ref make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return cls == dict_class ? dict_new() : object_new(dict_sub_type, keep(cls));
}

static int update_all(ref v, ref *args, size_t n, ref kwnames, const char *name) {
    if (n > 1)
        return raise_int(TypeError, "%s expected at most 1 argument, got %zd", name, n);
    if (n && dict_update(v, args[0]) < 0)
        return -1;
    for (size_t i = 0; kwnames && i < tuple_size(kwnames); i++)
        if (dict_set(v, tuple_items(kwnames)[i], args[n + i]) < 0)
            return -1;
    return 0;
}

static int init(ref v, ref *args, size_t n, ref kwnames) {
    return update_all(v, args, n, kwnames, "dict");
}

ref dict_keys_list(ref dict) {
    ref list = list_new(), key, value;
    for (size_t at = 0; list && dict_next(dict, &at, &key, &value);) {
        list_append_owned(list, key);
        drop(value);
    }
    return list;
}

/* --- methods --- */

static ref m_get(ref *args, size_t n, ref kwnames) {
    ref value;
    (void)kwnames;
    int found = dict_find(args[0], args[1], &value);
    return found == 1 ? value : found < 0 ? NULL : keep(n > 2 ? args[2] : NONE);
}

static ref m_pop(ref *args, size_t n, ref kwnames) {
    ref value;
    (void)kwnames;
    int there = dict_remove(args[0], args[1], &value);
    if (there)
        return there < 0 ? NULL : value;
    return n > 2 ? keep(args[2]) : raise_value(KeyError, args[1]);
}

static ref m_popitem(ref *args, size_t n, ref kwnames) {
    ref key, value;
    (void)n, (void)kwnames;
    if (!dict_pop_last(args[0], &key, &value))
        return raise_error(KeyError, "popitem(): dictionary is empty");
    ref pair = tuple_pack(2, key, value);
    drop(key);
    drop(value);
    return pair;
}

static ref m_setdefault(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return dict_add(args[0], args[1], n > 2 ? args[2] : NONE);
}

static ref m_update(ref *args, size_t n, ref kwnames) {
    return update_all(args[0], args + 1, n - 1, kwnames, "update") < 0 ? NULL : NONE;
}

static ref m_clear(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    dict_clear(args[0]);
    return NONE;
}

static ref m_copy(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return dict_copy(args[0]);
}

static ref m_fromkeys(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ref d = call_0(args[0]), iterator = d ? iterate(args[1]) : NULL, key;
    while (iterator && (key = iter_next(iterator))) {
        set_item(d, key, n > 2 ? args[2] : NONE);
        drop(key);
        if (self.error)
            break;
    }
    drop(iterator);
    if (!self.error)
        return d;
    drop(d);
    return NULL;
}

static ref view_new(ref dict, struct cls *cls) {
    struct view *view = object_new(view_type, cls);
    if (view)
        view->dict = keep(dict);
    return view;
}

static ref m_keys(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return view_new(args[0], dict_keys_class);
}

static ref m_values(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return view_new(args[0], dict_values_class);
}

static ref m_items(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return view_new(args[0], dict_items_class);
}

/* --- views --- */

static ref view_iter(ref v) {
    struct cls *cls = class_of(v);
    return dict_iterator(((struct view *)v)->dict, cls == dict_keys_class ? dict_keyiterator_class
                                                   : cls == dict_values_class
                                                       ? dict_valueiterator_class
                                                       : dict_itemiterator_class);
}

static ptrdiff_t view_length(ref v) {
    return dict_length(((struct view *)v)->dict);
}

static int view_contains(ref v, ref item) {
    ref dict = ((struct view *)v)->dict, value;
    if (class_of(v) == dict_keys_class)
        return dict_contains(dict, item);
    if (!tuple_is(item) || tuple_size(item) != 2)
        return 0;
    int found = dict_find(dict, tuple_items(item)[0], &value);
    if (found == 1) {
        found = equals(value, tuple_items(item)[1]);
        drop(value);
    }
    return found;
}

static ref view_repr(ref v) {
    ref list = list_from_iterable(v);
    ref r = list ? str_format("%T(%R)", v, list) : NULL;
    drop(list);
    return r;
}

static ref view_isdisjoint(ref *args, size_t n, ref kwnames) {
    ref it = iterate(args[1]), item;
    int found = 0;
    (void)n, (void)kwnames;
    while (it && found == 0 && (item = iter_next(it))) {
        found = view_contains(args[0], item);
        drop(item);
    }
    drop(it);
    return self.error ? NULL : bool_ref(!found);
}

static ref view_compare(ref a, ref b, unsigned op) {
    struct cls *with = class_of(b);
    if (!set_is(b) && with != dict_keys_class && with != dict_items_class)
        return NOT_IMPLEMENTED;
    ref x = set_new(set_class), y = x ? set_new(set_class) : NULL;
    ref r = NULL;
    if (y && set_update(x, a) == 0 && set_update(y, b) == 0)
        r = compare(x, y, op);
    drop(x);
    drop(y);
    return r;
}

static const struct method methods[] = {
    {"get", m_get, 1, 2, NULL, 0},         {"pop", m_pop, 1, 2, NULL, 0},
    {"popitem", m_popitem, 0, 0, NULL, 0}, {"setdefault", m_setdefault, 1, 2, NULL, 0},
    {"update", m_update, 0, -1, NULL, 0},  {"clear", m_clear, 0, 0, NULL, 0},
    {"copy", m_copy, 0, 0, NULL, 0},       {"fromkeys", m_fromkeys, 1, 2, NULL, METHOD_CLASS},
    {"keys", m_keys, 0, 0, NULL, 0},       {"values", m_values, 0, 0, NULL, 0},
    {"items", m_items, 0, 0, NULL, 0},     {0},
};

static const struct method view_methods[] = {
    {"isdisjoint", view_isdisjoint, 1, 1, NULL, 0},
    {0},
};

void dict_start(void) {
    static const size_t offsets[] = {offsetof(struct view, dict), 0};
    static const struct ops ops = {
        .repr = dict_repr,
        .compare = dict_compare,
        .hash = unhashable,
        .getitem = dict_getitem,
        .setitem = dict_setitem,
        .length = dict_length,
        .contains = dict_contains,
        .binary = dict_binary,
        .new = make,
        .init = init,
    };
    static const struct ops view_ops = {
        .repr = view_repr,
        .iter = view_iter,
        .length = view_length,
        .contains = view_contains,
        .compare = view_compare,
    };
    static struct ops values_ops;
    values_ops = view_ops;
    values_ops.contains = NULL;
    values_ops.compare = NULL;
    dict_class = class_make("dict", object_class, &ops, 0);
    dict_class->derived_offset = offsetof(struct dict, dict);
    class_add_methods(dict_class, methods);
    view_type = heap_type("dict view", sizeof(struct view), offsets, false);
    dict_keys_class = class_make("dict_keys", object_class, &view_ops, CLASS_FINAL);
    dict_items_class = class_make("dict_items", object_class, &view_ops, CLASS_FINAL);
    class_add_methods(dict_keys_class, view_methods);
    class_add_methods(dict_items_class, view_methods);
    dict_values_class = class_make("dict_values", object_class, &values_ops, CLASS_FINAL);
}
