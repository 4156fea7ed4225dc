/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The class list.
 */
#include <stdlib.h>

#include "object/list.h"
#include "object/start.h"

static ref list_repr(ref v) {
    struct text t = {0};
    ref item;
    if (!repr_enter(v))
        return self.error ? NULL : str_from("[...]");
    text_char(&t, '[');
    for (size_t i = 0; (item = list_get(v, i)); i++) {
        if (i > 0)
            text_put(&t, ", ");
        bool done = text_repr(&t, item);
        drop(item);
        if (!done) {
            text_free(&t);
            repr_leave(v);
            return NULL;
        }
    }
    text_char(&t, ']');
    repr_leave(v);
    return text_finish(&t);
}

static ref list_compare(ref a, ref b, unsigned op) {
    if (!list_is(a) || !list_is(b))
        return NOT_IMPLEMENTED;
    if (list_size(a) != list_size(b) && (op == OP_EQ || op == OP_NE))
        return bool_ref(op == OP_NE);
    ref x = tuple_from_list(a), y = x ? tuple_from_list(b) : NULL;
    ref r = y ? sequence_compare(tuple_items(x), tuple_size(x), tuple_items(y), tuple_size(y), op)
              : NULL;
    drop(x);
    drop(y);
    return r;
}

static bool is_slice(ref key) {
    return is_object(key) && class_of(key) == slice_class;
}

static ref get_slice(ref v, ref key) {
    ptrdiff_t start, step, n = slice_resolve(key, (ptrdiff_t)list_size(v), &start, &step);
    ref list = n < 0 ? NULL : list_new(), item;
    for (ptrdiff_t i = 0; list && i < n && (item = list_get(v, (size_t)(start + i * step))); i++)
        if (list_append_owned(list, item) < 0) {
            drop(list);
            return NULL;
        }
    return list;
}

static ref list_getitem(ref v, ref key) {
    if (is_slice(key))
        return get_slice(v, key);
    if (!has_index(key))
        return raise_error(TypeError, "list indices must be integers or slices, not %T", key);
    ptrdiff_t i = index_resolve(key, list_size(v), "list index out of range");
    ref item = i < 0 ? NULL : list_get(v, (size_t)i);
    return item || self.error ? item : raise_error(IndexError, "list index out of range");
}

/* A slice with a step: items one by one, deleted from the back. */
static int set_steps(ref v, ptrdiff_t start, ptrdiff_t step, ptrdiff_t n, ref with) {
    if (!with) {
        int result = 0;
        for (ptrdiff_t i = 0; i < n && result == 0; i++) {
            ptrdiff_t at = step > 0 ? start + (n - 1 - i) * step : start + i * step;
            result = list_replace(v, (size_t)at, 1, NULL, 0);
        }
        return result;
    }
    if ((ptrdiff_t)tuple_size(with) != n)
        return raise_int(ValueError,
                         "attempt to assign sequence of size %zd to extended slice of size %zd",
                         tuple_size(with), n);
    for (ptrdiff_t i = 0; i < n; i++)
        if (list_set(v, (size_t)(start + i * step), tuple_items(with)[i]) < 0)
            return -1;
    return 0;
}

static int set_slice(ref v, ref key, ref value) {
    ptrdiff_t start, step, n = slice_resolve(key, (ptrdiff_t)list_size(v), &start, &step);
    ref with = NULL;
    if (n < 0)
        return -1;
    if (value && !class_of(value)->ops.iter && !class_of(value)->ops.getitem)
        return raise_int(TypeError, step == 1 ? "can only assign an iterable"
                                              : "must assign iterable to extended slice");
    if (value && !(with = tuple_from_iterable(value)))
        return -1;
    int result = step != 1
                     ? set_steps(v, start, step, n, with)
                     : list_replace(v, (size_t)start, (size_t)n, with ? tuple_items(with) : NULL,
                                    with ? tuple_size(with) : 0);
    drop(with);
    return result;
}

static int list_setitem(ref v, ref key, ref value) {
    if (is_slice(key))
        return set_slice(v, key, value);
    if (!has_index(key))
        return raise_int(TypeError, "list indices must be integers or slices, not %T", key);
    ptrdiff_t i = index_resolve(key, list_size(v), "list assignment index out of range");
    if (i < 0)
        return -1;
    return value ? list_set(v, (size_t)i, value) : list_replace(v, (size_t)i, 1, NULL, 0);
}

static ptrdiff_t list_length(ref v) {
    return (ptrdiff_t)list_size(v);
}

static int list_contains(ref v, ref item) {
    ref held;
    int found = 0;
    for (size_t i = 0; !found && (held = list_get(v, i)); i++) {
        found = equals(held, item);
        drop(held);
    }
    return found;
}

static ref repeat(ref v, ref by) {
    intptr_t times;
    if (!int_get(by, &times))
        return NULL;
    size_t n, total = 0;
    ref *items = list_snapshot(v, &n);
    if (!items)
        return NULL;
    struct list *list = list_new();
    bool failed = !list || __builtin_mul_overflow(n, (size_t)(times < 0 ? 0 : times), &total) ||
                  total > SIZE_MAX / 32;
    struct items *block = failed || !total ? NULL : memory_get(sizeof *block + total * sizeof(ref));
    if (block) {
        block->room = total;
        for (size_t i = 0; i < total; i++)
            slot_init(&block->slot[i], items[i % n]);
        list->items.value = block;
        list->size.value = total;
    } else if (failed || total) {
        drop(list);
        list = raise_no_memory();
    }
    for (size_t i = 0; i < n; i++)
        drop(items[i]);
    tarn_free(items);
    return list;
}

static ref list_binary(ref a, ref b, unsigned op) {
    if (op == (OP_ADD | OP_INPLACE) && list_is(a))
        return list_extend(a, b) < 0 ? NULL : keep(a);
    if (op == OP_ADD && list_is(a)) {
        if (!list_is(b))
            return raise_error(TypeError, "can only concatenate list (not \"%T\") to list", b);
        ref list = list_new();
        if (list && (list_extend(list, a) < 0 || list_extend(list, b) < 0)) {
            drop(list);
            return NULL;
        }
        return list;
    }
    if ((op & ~(unsigned)OP_INPLACE) != OP_MUL)
        return NOT_IMPLEMENTED;
    ref list = list_is(a) ? a : b, by = list_is(a) ? b : a;
    if (!int_is(by))
        return NOT_IMPLEMENTED;
    ref r = repeat(list, by);
    if (r && op & OP_INPLACE && list == a) {
        size_t n;
        ref *items = list_snapshot(r, &n);
        if (items) {
            list_replace(a, 0, SIZE_MAX, items, n);
            for (size_t i = 0; i < n; i++)
                drop(items[i]);
            tarn_free(items);
        }
        drop(r);
        return self.error ? NULL : keep(a);
    }
    return r;
}

static ref make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return cls == list_class ? list_new() : object_new(list_sub_type, keep(cls));
}

static int init(ref v, ref *args, size_t n, ref kwnames) {
    if (kwnames)
        return raise_int(TypeError, "list() takes no keyword arguments");
    if (n > 1)
        return raise_int(TypeError, "list expected at most 1 argument, got %zd", n);
    if (list_size(v) && list_clear(v) < 0)
        return -1;
    return n ? list_extend(v, args[0]) : 0;
}

/* --- methods --- */

static ref none_or_error(int result) {
    return result < 0 ? NULL : NONE;
}

static ref m_append(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return none_or_error(list_append(args[0], args[1]));
}

static ref m_extend(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return none_or_error(list_extend(args[0], args[1]));
}

static ref m_insert(ref *args, size_t n, ref kwnames) {
    intptr_t at;
    (void)n, (void)kwnames;
    return int_get_clipped(args[1], &at) ? none_or_error(list_insert(args[0], at, args[2])) : NULL;
}

static ref m_pop(ref *args, size_t n, ref kwnames) {
    intptr_t at = -1;
    (void)kwnames;
    return n > 1 && !int_get(args[1], &at) ? NULL : list_pop(args[0], at);
}

static ptrdiff_t find(ref list, ref item, ptrdiff_t from, ptrdiff_t to) {
    ref held;
    for (ptrdiff_t i = from; i < to && (held = list_get(list, (size_t)i)); i++) {
        int same = equals(held, item);
        drop(held);
        if (same)
            return same < 0 ? -2 : i;
    }
    return -1;
}

static ref m_remove(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ptrdiff_t at = find(args[0], args[1], 0, PTRDIFF_MAX);
    if (at < 0)
        return at == -2 ? NULL : raise_error(ValueError, "list.remove(x): x not in list");
    return none_or_error(list_replace(args[0], (size_t)at, 1, NULL, 0));
}

static ref m_index(ref *args, size_t n, ref kwnames) {
    intptr_t from = 0, to = PTRDIFF_MAX, size = (intptr_t)list_size(args[0]);
    (void)kwnames;
    if ((n > 2 && !int_get_clipped(args[2], &from)) || (n > 3 && !int_get_clipped(args[3], &to)))
        return NULL;
    from = from < 0 ? (from + size < 0 ? 0 : from + size) : from;
    to = to < 0 ? to + size : to;
    ptrdiff_t at = find(args[0], args[1], from, to);
    if (at < 0)
        return at == -2 ? NULL : raise_error(ValueError, "%R is not in list", args[1]);
    return int_small(at);
}

static ref m_count(ref *args, size_t n, ref kwnames) {
    ref held;
    intptr_t count = 0;
    (void)n, (void)kwnames;
    for (size_t i = 0; (held = list_get(args[0], i)); i++) {
        int same = equals(held, args[1]);
        drop(held);
        if (same < 0)
            return NULL;
        count += same;
    }
    return int_small(count);
}

static ref m_clear(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return none_or_error(list_clear(args[0]));
}

static ref m_copy(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return list_from_iterable(args[0]);
}

static ref m_reverse(ref *args, size_t n, ref kwnames) {
    size_t count;
    (void)n, (void)kwnames;
    ref *items = list_snapshot(args[0], &count);
    if (!items)
        return NULL;
    for (size_t i = 0; i < count / 2; i++) {
        ref t = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = t;
    }
    int result = list_replace(args[0], 0, count, items, count);
    for (size_t i = 0; i < count; i++)
        drop(items[i]);
    tarn_free(items);
    return none_or_error(result);
}

static ref m_sort(ref *args, size_t n, ref kwnames) {
    ref key = n > 1 && args[1] ? args[1] : NONE;
    (void)kwnames;
    int reverse = n > 2 && args[2] ? truth(args[2]) : 0;
    return reverse < 0 ? NULL : none_or_error(list_sort(args[0], key, reverse));
}

static const struct method methods[] = {
    {"append", m_append, 1, 1, NULL, 0},      {"extend", m_extend, 1, 1, NULL, 0},
    {"insert", m_insert, 2, 2, NULL, 0},      {"pop", m_pop, 0, 1, NULL, 0},
    {"remove", m_remove, 1, 1, NULL, 0},      {"index", m_index, 1, 3, NULL, 0},
    {"count", m_count, 1, 1, NULL, 0},        {"clear", m_clear, 0, 0, NULL, 0},
    {"copy", m_copy, 0, 0, NULL, 0},          {"reverse", m_reverse, 0, 0, NULL, 0},
    {"sort", m_sort, 0, 0, "key reverse", 0}, {0},
};

void list_start(void) {
    static const struct ops ops = {
        .repr = list_repr,
        .compare = list_compare,
        .hash = unhashable,
        .getitem = list_getitem,
        .setitem = list_setitem,
        .length = list_length,
        .contains = list_contains,
        .binary = list_binary,
        .new = make,
        .init = init,
    };
    list_type_start();
    list_class = class_make("list", object_class, &ops, 0);
    list_class->derived_offset = offsetof(struct list, dict);
    class_add_methods(list_class, methods);
}
