/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Iterators. One struct serves most: what it goes through, how far it is, and what else
 * it needs. An iterator that two threads share may give one item to both, or skip one;
 * it never gives what was not there.
 */
#include "object/iter.h"

#include "object/dict.h"
#include "object/start.h"

static tarn_type *iterator_type;

ref iterator_new(struct cls *cls, ref source, ref extra) {
    struct iterator *it = object_new(iterator_type, cls);
    if (it) {
        slot_init(&it->source, source);
        slot_init(&it->extra, extra);
    }
    return it;
}

static ref same(ref v) {
    return keep(v);
}

static size_t step_of(struct iterator *it) {
    /* relaxed: see above. */
    size_t at = tarn__load(&it->at, relaxed);
    tarn__store(&it->at, at + 1, relaxed);
    return at;
}

static void finish(struct iterator *it) {
    slot_set(&it->source, NULL);
}

/* --- iterate and next --- */

ref iterate(ref v) {
    struct cls *cls = class_of(v);
    if (cls->ops.iter)
        return cls->ops.iter(v);
    if (cls->ops.getitem)
        return iterator_new(iterator_class, v, NULL);
    return raise_error(TypeError, "'%T' object is not iterable", v);
}

ref iter_next(ref iterator) {
    struct cls *cls = class_of(iterator);
    return cls->ops.next ? cls->ops.next(iterator)
                         : raise_error(TypeError, "'%T' object is not an iterator", iterator);
}

ptrdiff_t length_hint(ref v) {
    return class_of(v)->ops.length ? class_of(v)->ops.length(v) : 0;
}

static ref sequence_next(ref v) {
    struct iterator *it = v;
    ref source = slot_get(&it->source);
    if (!source)
        return NULL;
    ref item = get_item(source, int_small((intptr_t)step_of(it)));
    if (!item && (error_clear_if(IndexError) || error_clear_if(StopIteration)))
        finish(it);
    drop(source);
    return item;
}

static ref list_iter(ref v) {
    return iterator_new(list_iterator_class, v, NULL);
}

static ref list_next(ref v) {
    struct iterator *it = v;
    ref source = slot_peek(&it->source);
    if (!source)
        return NULL;
    ref item = list_get(source, step_of(it));
    if (!item)
        finish(it);
    return item;
}

static ref tuple_iter(ref v) {
    return iterator_new(tuple_iterator_class, v, NULL);
}

static ref tuple_next(ref v) {
    struct iterator *it = v;
    ref source = slot_peek(&it->source);
    if (!source)
        return NULL;
    size_t at = step_of(it);
    if (at < tuple_size(source))
        return keep(tuple_items(source)[at]);
    finish(it);
    return NULL;
}

static ref str_iter(ref v) {
    return iterator_new(str_iterator_class, v, NULL);
}

/* Here `at` counts bytes. */
static ref str_next(ref v) {
    struct iterator *it = v;
    ref source = slot_peek(&it->source);
    if (!source)
        return NULL;
    size_t at = tarn__load(&it->at, relaxed); /* relaxed: see above. */
    if (at >= str_size(source)) {
        finish(it);
        return NULL;
    }
    const char *p = str_c(source) + at, *end = p;
    utf8_get(&end);
    tarn__store(&it->at, at + (size_t)(end - p), relaxed); /* relaxed: see above. */
    return str_new(p, (size_t)(end - p));
}

static ref reversed_next(ref v) {
    struct iterator *it = v;
    ref source = slot_get(&it->source);
    if (!source)
        return NULL;
    ptrdiff_t at = (ptrdiff_t)tarn__load(&it->at, relaxed); /* relaxed: see above. */
    ref item = NULL;
    if (at > 0) {
        tarn__store(&it->at, (size_t)at - 1, relaxed); /* relaxed: see above. */
        item = list_is(source) ? list_get(source, (size_t)at - 1)
                               : get_item(source, int_small(at - 1));
    }
    if (!item && !self.error)
        finish(it);
    drop(source);
    return item;
}

static ref reversed_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    bool found;
    (void)kwnames;
    if (n != 1)
        return raise_error(TypeError, "reversed expected 1 argument, got %zd", n);
    if (dict_is(args[0]) || class_of(args[0]) == dict_keys_class)
        return dict_iterator(dict_is(args[0]) ? args[0] : *(ref *)((struct object *)args[0] + 1),
                             dict_reversed_class);
    ref r = call_special(args[0], special.reversed, NULL, 0, &found);
    if (found)
        return r;
    if (!class_of(args[0])->ops.getitem || !class_of(args[0])->ops.length || set_is(args[0]))
        return raise_error(TypeError, "'%T' object is not reversible", args[0]);
    ptrdiff_t size = length(args[0]);
    if (size < 0)
        return NULL;
    struct iterator *it = iterator_new(list_is(args[0]) ? list_reversed_class : cls, args[0], NULL);
    if (it)
        it->at.value = (size_t)size;
    return it;
}

/* --- dicts and sets --- */

ref dict_iterator(ref dict, struct cls *cls) {
    struct iterator *it = iterator_new(cls, dict, NULL);
    if (it) {
        it->count = dict_count(dict);
        if (cls == dict_reversed_class)
            it->at.value = SIZE_MAX;
    }
    return it;
}

static ref dict_iter(ref v) {
    return dict_iterator(v, dict_keyiterator_class);
}

static ref dict_next_item(ref v) {
    struct iterator *it = v;
    ref source = slot_get(&it->source), key, value, item;
    if (!source)
        return NULL;
    if (dict_count(source) != it->count && !heap_shared) {
        it->count = SIZE_MAX;
        drop(source);
        return raise_error(RuntimeError, "dictionary changed size during iteration");
    }
    size_t at = tarn__load(&it->at, relaxed); /* relaxed: see above. */
    bool there = class_of(v) == dict_reversed_class ? dict_previous(source, &at, &key, &value)
                                                    : dict_next(source, &at, &key, &value);
    tarn__store(&it->at, at, relaxed); /* relaxed: see above. */
    if (!there) {
        finish(it);
        drop(source);
        return NULL;
    }
    drop(source);
    if (class_of(v) == dict_itemiterator_class)
        item = tuple_pack(2, key, value);
    else
        item = keep(class_of(v) == dict_valueiterator_class ? value : key);
    drop(key);
    drop(value);
    return item;
}

static ref set_iter(ref v) {
    struct iterator *it = iterator_new(set_iterator_class, v, NULL);
    if (it)
        it->count = set_count(v);
    return it;
}

static ref set_next_item(ref v) {
    struct iterator *it = v;
    ref source = slot_get(&it->source), key;
    if (!source)
        return NULL;
    if (set_count(source) != it->count && !heap_shared) {
        it->count = SIZE_MAX;
        drop(source);
        return raise_error(RuntimeError, "Set changed size during iteration");
    }
    size_t at = tarn__load(&it->at, relaxed); /* relaxed: see above. */
    bool there = set_next(source, &at, &key);
    tarn__store(&it->at, at, relaxed); /* relaxed: see above. */
    if (!there)
        finish(it);
    drop(source);
    return there ? key : NULL;
}

/* --- iterators over iterators --- */

static ref enumerate_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref start = n > 1 ? args[1] : keyword(args, n, kwnames, "start");
    if (n < 1 || n > 2)
        return raise_error(TypeError, "enumerate() missing required argument 'iterable' (pos 1)");
    ref inner = iterate(args[0]), first = start ? index_of(start) : int_small(0);
    ref it = inner && first ? iterator_new(cls, inner, first) : NULL;
    drop(inner);
    drop(first);
    return it;
}

static ref enumerate_next(ref v) {
    struct iterator *it = v;
    ref inner = slot_peek(&it->source), item = iter_next(inner);
    if (!item)
        return NULL;
    ref number = slot_get(&it->extra), next = int_binary(number, int_small(1), OP_ADD);
    slot_give(&it->extra, next);
    ref pair = tuple_pack(2, number, item);
    drop(number);
    drop(item);
    return pair;
}

static ref many_make(struct cls *cls, ref *args, size_t n, ref kwnames, ref extra) {
    (void)kwnames;
    struct tuple *inner = tuple_new(n);
    for (size_t i = 0; inner && i < n; i++) {
        if (!(inner->items[i] = iterate(args[i]))) {
            drop(inner);
            return NULL;
        }
    }
    ref it = inner ? iterator_new(cls, inner, extra) : NULL;
    drop(inner);
    return it;
}

static ref zip_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref strict = keyword(args, n, kwnames, "strict");
    int is_strict = strict ? truth(strict) : 0;
    return is_strict < 0 ? NULL : many_make(cls, args, n, kwnames, bool_ref(is_strict));
}

static ref zip_ended(ref inner, size_t at) {
    if (self.error)
        return NULL;
    if (at > 0)
        return raise_error(ValueError, "zip() argument %zd is shorter than argument%s%zd", at + 1,
                           at == 1 ? " " : "s 1-", at);
    for (size_t i = 1; i < tuple_size(inner); i++) {
        ref item = iter_next(tuple_items(inner)[i]);
        drop(item);
        if (self.error)
            return NULL;
        if (item)
            return raise_error(ValueError, "zip() argument %zd is longer than argument%s%zd", i + 1,
                               i == 1 ? " " : "s 1-", i);
    }
    return NULL;
}

/* The next of each, as an array of n owned references. False: one has ended. */
static bool next_of_each(ref inner, ref *items, size_t *failed) {
    for (size_t i = 0; i < tuple_size(inner); i++)
        if (!(items[i] = iter_next(tuple_items(inner)[i]))) {
            for (size_t j = 0; j < i; j++)
                drop(items[j]);
            *failed = i;
            return false;
        }
    return true;
}

static ref zip_next(ref v) {
    struct iterator *it = v;
    ref inner = slot_peek(&it->source);
    size_t n = tuple_size(inner), failed;
    struct tuple *row = n ? tuple_new(n) : NULL;
    if (!row)
        return NULL;
    if (next_of_each(inner, row->items, &failed))
        return row;
    memset(row->items, 0, n * sizeof(ref));
    drop(row);
    return slot_peek(&it->extra) == TRUE ? zip_ended(inner, failed) : NULL;
}

static ref map_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    if (n < 2)
        return raise_error(TypeError, "map() must have at least two arguments.");
    return many_make(cls, args + 1, n - 1, kwnames, args[0]);
}

static ref map_next(ref v) {
    struct iterator *it = v;
    ref inner = slot_peek(&it->source), items[16];
    size_t n = tuple_size(inner), failed;
    if (n > 16)
        return raise_error(TypeError, "map() with more than 16 iterables");
    if (!next_of_each(inner, items, &failed))
        return NULL;
    ref r = call(slot_peek(&it->extra), items, n, NULL);
    for (size_t i = 0; i < n; i++)
        drop(items[i]);
    return r;
}

static ref filter_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n != 2)
        return raise_error(TypeError, "filter expected 2 arguments, got %zd", n);
    ref inner = iterate(args[1]);
    ref it = inner ? iterator_new(cls, inner, args[0]) : NULL;
    drop(inner);
    return it;
}

static ref filter_next(ref v) {
    struct iterator *it = v;
    ref function = slot_peek(&it->extra), item;
    while ((item = iter_next(slot_peek(&it->source)))) {
        ref r = function == NONE ? keep(item) : call_1(function, item);
        int t = r ? truth(r) : -1;
        drop(r);
        if (t == 1)
            return item;
        drop(item);
        if (t < 0)
            return NULL;
    }
    return NULL;
}

ref callable_iterator_new(ref function, ref sentinel) {
    return iterator_new(callable_iterator_class, function, sentinel);
}

static ref callable_next(ref v) {
    struct iterator *it = v;
    ref function = slot_get(&it->source);
    ref r = function ? call_0(function) : NULL;
    drop(function);
    if (!r) {
        if (error_clear_if(StopIteration))
            finish(it);
        return NULL;
    }
    int end = equals(r, slot_peek(&it->extra));
    if (end == 0)
        return r;
    drop(r);
    finish(it);
    return NULL;
}

/* What is left, for length_hint; only of lists and tuples. */
static ref m_length_hint(ref *args, size_t n, ref kwnames) {
    struct iterator *it = args[0];
    (void)n, (void)kwnames;
    ref source = slot_get(&it->source);
    ptrdiff_t size = source ? length_hint(source) - (ptrdiff_t)it->at.value : 0;
    drop(source);
    return int_small(size < 0 ? 0 : size);
}

static const struct method hint_methods[] = {
    {"__length_hint__", m_length_hint, 0, 0, NULL, 0},
    {0},
};

static struct cls *make_class(const char *name, ref (*next)(ref),
                              ref (*new)(struct cls *, ref *, size_t, ref)) {
    const struct ops ops = {.iter = same, .next = next, .new = new};
    return class_make(name, object_class, &ops, new ? 0 : CLASS_FINAL);
}

void iterators_start(void) {
    static const size_t offsets[] = {offsetof(struct iterator, source),
                                     offsetof(struct iterator, extra), 0};
    iterator_type = heap_type("iterator", sizeof(struct iterator), offsets, false);
    iterator_class = make_class("iterator", sequence_next, NULL);
    list_iterator_class = make_class("list_iterator", list_next, NULL);
    tuple_iterator_class = make_class("tuple_iterator", tuple_next, NULL);
    str_iterator_class = make_class("str_ascii_iterator", str_next, NULL);
    dict_keyiterator_class = make_class("dict_keyiterator", dict_next_item, NULL);
    dict_valueiterator_class = make_class("dict_valueiterator", dict_next_item, NULL);
    dict_itemiterator_class = make_class("dict_itemiterator", dict_next_item, NULL);
    dict_reversed_class = make_class("dict_reversekeyiterator", dict_next_item, NULL);
    set_iterator_class = make_class("set_iterator", set_next_item, NULL);
    callable_iterator_class = make_class("callable_iterator", callable_next, NULL);
    enumerate_class = make_class("enumerate", enumerate_next, enumerate_make);
    zip_class = make_class("zip", zip_next, zip_make);
    map_class = make_class("map", map_next, map_make);
    filter_class = make_class("filter", filter_next, filter_make);
    reversed_class = make_class("reversed", reversed_next, reversed_make);
    list_reversed_class = make_class("list_reverseiterator", reversed_next, NULL);
    list_class->ops.iter = list_iter;
    tuple_class->ops.iter = tuple_iter;
    str_class->ops.iter = str_iter;
    dict_class->ops.iter = dict_iter;
    set_class->ops.iter = frozenset_class->ops.iter = set_iter;
    class_add_methods(list_iterator_class, hint_methods);
    class_add_methods(tuple_iterator_class, hint_methods);
}
