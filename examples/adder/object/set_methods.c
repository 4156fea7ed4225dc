/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The classes set and frozenset.
 */
#include "object/set.h"
#include "object/start.h"

static bool is_view(ref v) {
    return is_object(v) && (class_of(v) == dict_keys_class || class_of(v) == dict_items_class);
}

int set_update(ref set, ref iterable) {
    ref key;
    if (set_is(iterable)) {
        if (set == iterable || !set_reserve(set, set_count(iterable)))
            return set == iterable ? 0 : -1;
        for (size_t at = 0; set_next(iterable, &at, &key);) {
            int added = set_add(set, key);
            drop(key);
            if (added < 0)
                return -1;
        }
        return 0;
    }
    ref iterator = iterate(iterable);
    if (!iterator)
        return -1;
    while ((key = iter_next(iterator))) {
        int added = set_add(set, key);
        drop(key);
        if (added < 0)
            break;
    }
    drop(iterator);
    return self.error ? -1 : 0;
}

static ref result_class(ref v) {
    return set_is(v) && solid_of(v) == frozenset_class ? frozenset_class : set_class;
}

static ref from_iterable(struct cls *cls, ref iterable) {
    ref set = set_new(cls);
    if (set && iterable && set_update(set, iterable) < 0) {
        drop(set);
        return NULL;
    }
    return set;
}

/* The keys of a that are in b, or that are not. */
static ref filtered(ref a, ref b, bool wanted) {
    ref set = set_new(result_class(a)), key;
    for (size_t at = 0; set && set_next(a, &at, &key);) {
        int has = set_has(b, key);
        if (has < 0 || (has == wanted && set_add(set, key) < 0)) {
            drop(set);
            set = NULL;
        }
        drop(key);
    }
    return set;
}

static ref join(ref a, ref b) {
    ref set = from_iterable(result_class(a), a);
    if (set && set_update(set, b) < 0) {
        drop(set);
        return NULL;
    }
    return set;
}

static ref symmetric(ref a, ref b) {
    ref left = filtered(a, b, false), right = left ? filtered(b, a, false) : NULL;
    if (right && set_update(left, right) < 0) {
        drop(left);
        left = NULL;
    }
    drop(right);
    return left;
}

/* As CPython: the smaller one is walked. */
static ref intersect(ref a, ref b) {
    if (set_count(b) <= set_count(a))
        return filtered(a, b, true);
    ref r = filtered(b, a, true);
    if (r && result_class(a) != result_class(b)) {
        ref converted = from_iterable(result_class(a), r);
        drop(r);
        return converted;
    }
    return r;
}

static ref combine(ref a, ref b, unsigned op) {
    switch (op) {
    case OP_OR:
        return join(a, b);
    case OP_AND:
        return set_count(b) < set_count(a) ? intersect(a, b) : filtered(a, b, true);
    case OP_SUB:
        return filtered(a, b, false);
    case OP_XOR:
        return symmetric(a, b);
    default:
        return NOT_IMPLEMENTED;
    }
}

static int replace(ref set, ref with) {
    set_clear(set);
    return set_update(set, with);
}

static ref set_binary(ref a, ref b, unsigned op) {
    bool in_place = op & OP_INPLACE && is_object(a) && solid_of(a) == set_class;
    if ((!set_is(a) && !is_view(a)) || (!set_is(b) && !is_view(b)))
        return NOT_IMPLEMENTED;
    ref x = set_is(a) ? keep(a) : from_iterable(set_class, a);
    ref y = x && !set_is(b) ? from_iterable(set_class, b) : keep(b);
    ref r = x && y ? combine(x, y, op & ~(unsigned)OP_INPLACE) : NULL;
    drop(x);
    drop(y);
    if (!r || r == NOT_IMPLEMENTED || !in_place)
        return r;
    int done = (op & ~(unsigned)OP_INPLACE) == OP_OR ? set_update(a, b) : replace(a, r);
    drop(r);
    return done < 0 ? NULL : keep(a);
}

static int is_subset(ref a, ref b) {
    ref key;
    int has = 1;
    if (set_count(a) > set_count(b))
        return 0;
    for (size_t at = 0; has == 1 && set_next(a, &at, &key);) {
        has = set_has(b, key);
        drop(key);
    }
    return has;
}

static ref set_compare(ref a, ref b, unsigned op) {
    if (!set_is(a) || !set_is(b))
        return NOT_IMPLEMENTED;
    bool same_size = set_count(a) == set_count(b);
    if (op == OP_EQ || op == OP_NE) {
        int same = same_size ? is_subset(a, b) : 0;
        return same < 0 ? NULL : bool_ref(same == (op == OP_EQ));
    }
    if ((op == OP_LT || op == OP_GT) && same_size)
        return FALSE;
    int r = op == OP_LT || op == OP_LE ? is_subset(a, b) : is_subset(b, a);
    return r < 0 ? NULL : bool_ref(r);
}

static ref set_repr(ref v) {
    struct text t = {0};
    ref key;
    bool bare = class_of(v) == set_class;
    if (set_count(v) == 0)
        return str_format("%T()", v);
    if (!repr_enter(v))
        return self.error ? NULL : str_format("%T(...)", v);
    if (!bare) {
        text_str(&t, class_of(v)->name);
        text_char(&t, '(');
    }
    bool first = true, done = true;
    text_char(&t, '{');
    for (size_t at = 0; done && set_next(v, &at, &key); first = false) {
        if (!first)
            text_put(&t, ", ");
        done = text_repr(&t, key);
        drop(key);
    }
    text_put(&t, bare ? "}" : "})");
    repr_leave(v);
    if (done)
        return text_finish(&t);
    text_free(&t);
    return NULL;
}

static ptrdiff_t set_length(ref v) {
    return (ptrdiff_t)set_count(v);
}

static int64_t frozenset_hash(ref v) {
    uint64_t h = 0;
    ref key;
    for (size_t at = 0; set_next(v, &at, &key);) {
        uint64_t k = (uint64_t)hash(key);
        h ^= ((k ^ 89869747u) ^ (k << 16)) * 3644798167u;
        drop(key);
    }
    h ^= (set_count(v) + 1) * 1927868237u;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    return h == UINT64_MAX ? 590923713 : (int64_t)h;
}

static ref make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (cls->solid == set_class)
        return set_new(cls);
    if (n > 1)
        return raise_error(TypeError, "frozenset expected at most 1 argument, got %zd", n);
    if (n && cls == frozenset_class && class_of(args[0]) == frozenset_class)
        return keep(args[0]);
    return from_iterable(cls, n ? args[0] : NULL);
}

static int init(ref v, ref *args, size_t n, ref kwnames) {
    if (kwnames)
        return raise_int(TypeError, "set() takes no keyword arguments");
    if (n > 1)
        return raise_int(TypeError, "set expected at most 1 argument, got %zd", n);
    if (set_count(v))
        set_clear(v);
    return n ? set_update(v, args[0]) : 0;
}

/* --- methods --- */

static ref m_add(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return set_add(args[0], args[1]) < 0 ? NULL : NONE;
}

static ref m_discard(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return set_discard(args[0], args[1]) < 0 ? NULL : NONE;
}

static ref m_remove(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int there = set_discard(args[0], args[1]);
    return there > 0 ? NONE : there < 0 ? NULL : raise_value(KeyError, args[1]);
}

static ref m_pop(ref *args, size_t n, ref kwnames) {
    ref key;
    (void)n, (void)kwnames;
    while ((key = set_pop(args[0]))) {
        int there = set_discard(args[0], key);
        if (there > 0)
            return key;
        drop(key);
        if (there < 0)
            return NULL;
    }
    return raise_error(KeyError, "pop from an empty set");
}

static ref m_clear(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    set_clear(args[0]);
    return NONE;
}

static ref m_copy(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return from_iterable(result_class(args[0]), args[0]);
}

/* One operation after the other with each argument, as a set. */
static ref fold(ref *args, size_t n, unsigned op) {
    ref r = m_copy(args, 1, NULL);
    for (size_t i = 1; r && i < n; i++) {
        ref other = set_is(args[i]) ? keep(args[i]) : from_iterable(set_class, args[i]);
        ref next = other ? combine(r, other, op) : NULL;
        drop(other);
        drop(r);
        r = next;
    }
    return r;
}

static ref m_union(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return fold(args, n, OP_OR);
}

static ref m_intersection(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return fold(args, n, OP_AND);
}

static ref m_difference(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return fold(args, n, OP_SUB);
}

static ref m_symmetric(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return fold(args, n, OP_XOR);
}

static ref update_by(ref *args, size_t n, unsigned op) {
    ref r = fold(args, n, op);
    int done = r ? replace(args[0], r) : -1;
    drop(r);
    return done < 0 ? NULL : NONE;
}

static ref m_update(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    for (size_t i = 1; i < n; i++)
        if (set_update(args[0], args[i]) < 0)
            return NULL;
    return NONE;
}

static ref m_difference_update(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return update_by(args, n, OP_SUB);
}

static ref m_intersection_update(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return update_by(args, n, OP_AND);
}

static ref m_symmetric_update(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return update_by(args, n, OP_XOR);
}

static ref relate(ref *args, unsigned op) {
    ref other = set_is(args[1]) ? keep(args[1]) : from_iterable(set_class, args[1]);
    ref r = other ? set_compare(args[0], other, op) : NULL;
    drop(other);
    return r;
}

static ref m_issubset(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return relate(args, OP_LE);
}

static ref m_issuperset(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return relate(args, OP_GE);
}

static ref m_isdisjoint(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref other = set_is(args[1]) ? keep(args[1]) : from_iterable(set_class, args[1]);
    ref both = other ? filtered(args[0], other, true) : NULL;
    ref r = both ? bool_ref(set_count(both) == 0) : NULL;
    drop(other);
    drop(both);
    return r;
}

#define READING                                                                                    \
    {"copy", m_copy, 0, 0, NULL, 0}, {"union", m_union, 0, -1, NULL, METHOD_POSITIONAL},           \
        {"intersection", m_intersection, 0, -1, NULL, METHOD_POSITIONAL},                          \
        {"difference", m_difference, 0, -1, NULL, METHOD_POSITIONAL},                              \
        {"symmetric_difference", m_symmetric, 1, 1, NULL, 0},                                      \
        {"issubset", m_issubset, 1, 1, NULL, 0}, {"issuperset", m_issuperset, 1, 1, NULL, 0}, {    \
        "isdisjoint", m_isdisjoint, 1, 1, NULL, 0                                                  \
    }

static const struct method frozenset_methods[] = {READING, {0}};
static const struct method set_methods[] = {
    READING,
    {"add", m_add, 1, 1, NULL, 0},
    {"discard", m_discard, 1, 1, NULL, 0},
    {"remove", m_remove, 1, 1, NULL, 0},
    {"pop", m_pop, 0, 0, NULL, 0},
    {"clear", m_clear, 0, 0, NULL, 0},
    {"update", m_update, 0, -1, NULL, METHOD_POSITIONAL},
    {"difference_update", m_difference_update, 0, -1, NULL, METHOD_POSITIONAL},
    {"intersection_update", m_intersection_update, 0, -1, NULL, METHOD_POSITIONAL},
    {"symmetric_difference_update", m_symmetric_update, 1, 1, NULL, 0},
    {0},
};

void set_start(void) {
    static struct ops frozen;
    static const struct ops ops = {
        .repr = set_repr,
        .compare = set_compare,
        .hash = unhashable,
        .length = set_length,
        .contains = set_has,
        .binary = set_binary,
        .new = make,
        .init = init,
    };
    set_type_start();
    set_class = class_make("set", object_class, &ops, 0);
    frozen = ops;
    frozen.init = NULL;
    frozen.hash = frozenset_hash;
    frozenset_class = class_make("frozenset", object_class, &frozen, 0);
    set_class->derived_offset = frozenset_class->derived_offset = offsetof(struct set, dict);
    class_add_methods(set_class, set_methods);
    class_add_methods(frozenset_class, frozenset_methods);
    dict_keys_class->ops.binary = set_binary;
    dict_items_class->ops.binary = set_binary;
}
