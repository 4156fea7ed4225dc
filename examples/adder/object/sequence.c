/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Indices, slices, comparison of sequences; tuples.
 *
 * A tuple's items never change, and whoever reads them holds the tuple: they are plain
 * fields.
 */
#include <stdlib.h>

#include "object/list.h"
#include "object/start.h"

static tarn_type *tuple_type, *tuple_sub_type, *slice_type;
static ref empty;

/* --- indices --- */

ptrdiff_t index_resolve(ref index, size_t length, const char *message) {
    intptr_t i;
    if (tarn__likely(is_int(index)))
        i = small_value(index);
    else if (!int_get(index, &i)) {
        if (error_clear_if(OverflowError))
            raise_error(IndexError, "cannot fit '%T' into an index-sized integer", index);
        return -1;
    }
    if (i < 0)
        i += (ptrdiff_t)length;
    if (i < 0 || (size_t)i >= length)
        return raise_int(IndexError, "%s", message);
    return i;
}

ref slice_new(ref start, ref stop, ref step) {
    struct slice *s = object_new(slice_type, slice_class);
    if (s) {
        s->start = keep(start);
        s->stop = keep(stop);
        s->step = keep(step);
    }
    return s;
}

static bool bound_of(ref v, ptrdiff_t length, ptrdiff_t low, ptrdiff_t high, ptrdiff_t *out) {
    intptr_t i;
    if (v == NONE)
        return true;
    if (!has_index(v))
        return raise_error(TypeError,
                           "slice indices must be integers or None or have an __index__ method");
    if (!int_get_clipped(v, &i))
        return false;
    if (i < 0)
        i += length;
    *out = i < low ? low : i > high ? high : i;
    return true;
}

ptrdiff_t slice_resolve(ref v, ptrdiff_t length, ptrdiff_t *start, ptrdiff_t *step) {
    struct slice *s = v;
    *step = 1;
    if (s->step != NONE && !int_get_clipped(s->step, step))
        return -1;
    if (*step == 0)
        return raise_int(ValueError, "slice step cannot be zero");
    if (*step < -INTPTR_MAX)
        *step = -INTPTR_MAX;
    ptrdiff_t low = *step < 0 ? -1 : 0, high = *step < 0 ? length - 1 : length;
    ptrdiff_t stop = *step < 0 ? -1 : length;
    *start = *step < 0 ? length - 1 : 0;
    if (!bound_of(s->start, length, low, high, start) ||
        !bound_of(s->stop, length, low, high, &stop))
        return -1;
    if (*step < 0)
        return stop < *start ? (*start - stop - 1) / -*step + 1 : 0;
    return *start < stop ? (stop - *start - 1) / *step + 1 : 0;
}

static ref slice_repr(ref v) {
    struct slice *s = v;
    return str_format("slice(%R, %R, %R)", s->start, s->stop, s->step);
}

static ref slice_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)cls, (void)kwnames;
    if (n < 1 || n > 3)
        return raise_error(TypeError, "slice expected at %s, got %zd",
                           n < 1 ? "least 1 argument" : "most 3 arguments", n);
    return n == 1 ? slice_new(NONE, args[0], NONE)
                  : slice_new(args[0], args[1], n > 2 ? args[2] : NONE);
}

static ref slice_compare(ref a, ref b, unsigned op) {
    struct slice *x = a, *y = b;
    if (class_of(b) != slice_class)
        return NOT_IMPLEMENTED;
    ref p[] = {x->start, x->stop, x->step}, q[] = {y->start, y->stop, y->step};
    return sequence_compare(p, 3, q, 3, op);
}

static ref slice_indices(ref *args, size_t n, ref kwnames) {
    intptr_t length;
    ptrdiff_t start, step;
    (void)n, (void)kwnames;
    if (!int_get(args[1], &length))
        return NULL;
    ptrdiff_t count = slice_resolve(args[0], length, &start, &step);
    if (count < 0)
        return NULL;
    ptrdiff_t stop = step > 0 ? length : -1;
    struct slice *s = args[0];
    if (!bound_of(s->stop, length, step < 0 ? -1 : 0, step < 0 ? length - 1 : length, &stop))
        return NULL;
    return tuple_pack(3, int_small(start), int_small(stop), int_small(step));
}

static ref slice_start_of(ref v) {
    return keep(((struct slice *)v)->start);
}

static ref slice_stop_of(ref v) {
    return keep(((struct slice *)v)->stop);
}

static ref slice_step_of(ref v) {
    return keep(((struct slice *)v)->step);
}

/* --- comparison of any two rows of items --- */

ref sequence_compare(ref *a, size_t n, ref *b, size_t m, unsigned op) {
    size_t i = 0;
    if (n != m && (op == OP_EQ || op == OP_NE))
        return bool_ref(op == OP_NE);
    for (; i < n && i < m; i++) {
        int same = equals(a[i], b[i]);
        if (same < 0)
            return NULL;
        if (!same)
            break;
    }
    if (i < n && i < m) {
        if (op == OP_EQ || op == OP_NE)
            return bool_ref(op == OP_NE);
        return compare(a[i], b[i], op);
    }
    ptrdiff_t c = (ptrdiff_t)n - (ptrdiff_t)m;
    return bool_ref(op == OP_LT   ? c < 0
                    : op == OP_LE ? c <= 0
                    : op == OP_EQ ? c == 0
                    : op == OP_NE ? c != 0
                    : op == OP_GT ? c > 0
                                  : c >= 0);
}

/* --- tuples --- */

ref tuple_new(size_t n) {
    if (n == 0 && empty)
        return keep(empty);
    return object_new_array(tuple_type, tuple_class, n);
}

ref tuple_from(ref *items, size_t n) {
    struct tuple *t = tuple_new(n);
    for (size_t i = 0; t && i < n; i++)
        t->items[i] = keep(items[i]);
    return t;
}

ref tuple_pack(size_t n, ...) {
    va_list list;
    struct tuple *t = tuple_new(n);
    va_start(list, n);
    for (size_t i = 0; t && i < n; i++)
        t->items[i] = keep(va_arg(list, ref));
    va_end(list);
    return t;
}

ref tuple_from_iterable(ref iterable) {
    if (is_object(iterable) && class_of(iterable) == tuple_class)
        return keep(iterable);
    if (is_object(iterable) && class_of(iterable) == list_class)
        return tuple_from_list(iterable);
    ref list = list_from_iterable(iterable);
    ref t = list ? tuple_from_list(list) : NULL;
    drop(list);
    return t;
}

static ref tuple_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n > 1)
        return raise_error(TypeError, "tuple expected at most 1 argument, got %zd", n);
    ref t = n ? tuple_from_iterable(args[0]) : tuple_new(0);
    if (!t || cls == tuple_class)
        return t;
    struct tuple *sub = object_new_array(tuple_sub_type, keep(cls), tuple_size(t));
    for (size_t i = 0; sub && i < sub->size; i++)
        sub->items[i] = keep(tuple_items(t)[i]);
    drop(t);
    return sub;
}

static ref tuple_repr(ref v) {
    struct text t = {0};
    if (!repr_enter(v))
        return self.error ? NULL : str_from("(...)");
    text_char(&t, '(');
    for (size_t i = 0; i < tuple_size(v); i++) {
        if (i > 0)
            text_put(&t, ", ");
        if (!text_repr(&t, tuple_items(v)[i])) {
            text_free(&t);
            repr_leave(v);
            return NULL;
        }
    }
    text_put(&t, tuple_size(v) == 1 ? ",)" : ")");
    repr_leave(v);
    return text_finish(&t);
}

/* CPython's mix (xxHash), so that sets of tuples show the same order. */
static int64_t tuple_hash(ref v) {
    uint64_t h = 2870177450012600261u;
    for (size_t i = 0; i < tuple_size(v); i++) {
        int64_t lane = hash(tuple_items(v)[i]);
        if (lane == -1)
            return -1;
        h += (uint64_t)lane * 14029467366897019727u;
        h = h << 31 | h >> 33;
        h *= 11400714785074694791u;
    }
    h += tuple_size(v) ^ (2870177450012600261u ^ 3527539u);
    return h == UINT64_MAX ? 1546275796 : (int64_t)h;
}

static ref tuple_compare(ref a, ref b, unsigned op) {
    if (!tuple_is(a) || !tuple_is(b))
        return NOT_IMPLEMENTED;
    return sequence_compare(tuple_items(a), tuple_size(a), tuple_items(b), tuple_size(b), op);
}

static ref tuple_getitem(ref v, ref key) {
    if (!is_object(key) || class_of(key) != slice_class) {
        if (!has_index(key))
            return raise_error(TypeError, "tuple indices must be integers or slices, not %T", key);
        ptrdiff_t i = index_resolve(key, tuple_size(v), "tuple index out of range");
        return i < 0 ? NULL : keep(tuple_items(v)[i]);
    }
    ptrdiff_t start, step, n = slice_resolve(key, (ptrdiff_t)tuple_size(v), &start, &step);
    if (n < 0)
        return NULL;
    if (n == (ptrdiff_t)tuple_size(v) && step == 1 && class_of(v) == tuple_class)
        return keep(v);
    struct tuple *t = tuple_new((size_t)n);
    for (ptrdiff_t i = 0; t && i < n; i++)
        t->items[i] = keep(tuple_items(v)[start + i * step]);
    return t;
}

static ptrdiff_t tuple_length(ref v) {
    return (ptrdiff_t)tuple_size(v);
}

static ref tuple_binary(ref a, ref b, unsigned op) {
    op &= ~(unsigned)OP_INPLACE;
    if (op == OP_ADD && tuple_is(a) && tuple_is(b)) {
        size_t n = tuple_size(a), m = tuple_size(b);
        struct tuple *t = tuple_new(n + m);
        for (size_t i = 0; t && i < n + m; i++)
            t->items[i] = keep(i < n ? tuple_items(a)[i] : tuple_items(b)[i - n]);
        return t;
    }
    if (op == OP_ADD && tuple_is(a))
        return raise_error(TypeError, "can only concatenate tuple (not \"%T\") to tuple", b);
    if (op != OP_MUL)
        return NOT_IMPLEMENTED;
    intptr_t times;
    ref from = tuple_is(a) ? a : b, by = tuple_is(a) ? b : a;
    if (!int_is(by))
        return NOT_IMPLEMENTED;
    if (!int_get(by, &times))
        return NULL;
    size_t n = tuple_size(from), total;
    if (__builtin_mul_overflow(n, (size_t)(times < 0 ? 0 : times), &total))
        return raise_no_memory();
    struct tuple *t = tuple_new(total);
    for (size_t i = 0; t && i < total; i++)
        t->items[i] = keep(tuple_items(from)[i % n]);
    return t;
}

static int tuple_contains(ref v, ref item) {
    int found = 0;
    for (size_t i = 0; i < tuple_size(v) && !found; i++)
        found = equals(tuple_items(v)[i], item);
    return found;
}

static ref tuple_count(ref *args, size_t n, ref kwnames) {
    intptr_t count = 0;
    (void)n, (void)kwnames;
    for (size_t i = 0; i < tuple_size(args[0]); i++) {
        int same = equals(tuple_items(args[0])[i], args[1]);
        if (same < 0)
            return NULL;
        count += same;
    }
    return int_small(count);
}

static ref tuple_index(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    for (size_t i = 0; i < tuple_size(args[0]); i++) {
        int same = equals(tuple_items(args[0])[i], args[1]);
        if (same != 0)
            return same < 0 ? NULL : int_small((intptr_t)i);
    }
    return raise_error(ValueError, "tuple.index(x): x not in tuple");
}

static const struct method tuple_methods[] = {
    {"count", tuple_count, 1, 1, NULL, 0},
    {"index", tuple_index, 1, 3, NULL, 0},
    {0},
};

static const struct method slice_methods[] = {{"indices", slice_indices, 1, 1, NULL, 0}, {0}};

void tuple_start(void) {
    static const size_t element[] = {0};
    static const size_t class_offset[] = {offsetof(struct object, cls)};
    struct tarn_type_spec spec = {
        .name = "tuple",
        .size = sizeof(struct tuple),
        .element_size = sizeof(ref),
        .length_offset = offsetof(struct tuple, size),
        .element_offsets = element,
        .element_offset_count = 1,
        .flags = TARN_TYPE_HELD_READS,
    };
    tuple_type = heap_type_spec(&spec);
    spec.name = "object derived from tuple";
    spec.offsets = class_offset;
    spec.offset_count = 1;
    tuple_sub_type = heap_type_spec(&spec);
}

void sequence_start(void) {
    static const size_t offsets[] = {offsetof(struct slice, start), offsetof(struct slice, stop),
                                     offsetof(struct slice, step), 0};
    static const struct ops ops = {
        .repr = tuple_repr,
        .hash = tuple_hash,
        .compare = tuple_compare,
        .getitem = tuple_getitem,
        .length = tuple_length,
        .binary = tuple_binary,
        .contains = tuple_contains,
        .new = tuple_make,
    };
    static const struct ops slice_ops = {
        .repr = slice_repr,
        .new = slice_make,
        .compare = slice_compare,
        .hash = unhashable,
    };
    tuple_class = class_make("tuple", object_class, &ops, 0);
    empty = tuple_new(0);
    heap_settle(empty);
    class_add_methods(tuple_class, tuple_methods);
    slice_type = heap_type("slice", sizeof(struct slice), offsets, false);
    slice_class = class_make("slice", object_class, &slice_ops, CLASS_FINAL);
    class_add_methods(slice_class, slice_methods);
    class_add_getset(slice_class, "start", slice_start_of, NULL);
    class_add_getset(slice_class, "stop", slice_stop_of, NULL);
    class_add_getset(slice_class, "step", slice_step_of, NULL);
}
