/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Ranges, of integers of any size.
 */
#include "object/iter.h"
#include "object/start.h"

static tarn_type *range_type, *range_iterator_type;

/* How many: max(0, ceil((stop - start) / step)). */
static ref count(ref start, ref stop, ref step) {
    int sign = int_sign(step);
    ref low = sign > 0 ? start : stop, high = sign > 0 ? stop : start;
    if (int_compare(low, high, OP_LT) != TRUE)
        return int_small(0);
    ref span = int_binary(high, low, OP_SUB), one = int_binary(span, int_small(1), OP_SUB);
    ref size = sign > 0 ? keep(step) : class_of(step)->ops.unary(step, OP_NEG);
    ref q = int_binary(one, size, OP_FLOORDIV), n = int_binary(q, int_small(1), OP_ADD);
    drop(span);
    drop(one);
    drop(size);
    drop(q);
    return n;
}

static ref range_new(ref start, ref stop, ref step) {
    struct range *r = object_new(range_type, range_class);
    if (!r)
        return NULL;
    r->start = keep(start);
    r->stop = keep(stop);
    r->step = keep(step);
    r->length = count(start, stop, step);
    return r;
}

static ref range_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref part[3] = {int_small(0), int_small(0), int_small(1)};
    (void)cls;
    if (kwnames)
        return raise_error(TypeError, "range() takes no keyword arguments");
    if (n < 1 || n > 3)
        return raise_error(TypeError, "range expected at %s, got %zd",
                           n < 1 ? "least 1 argument" : "most 3 arguments", n);
    for (size_t i = 0; i < n; i++)
        if (!(part[n == 1 ? 1 : i] = index_of(args[i])))
            return NULL;
    ref r = int_sign(part[2]) == 0 ? raise_error(ValueError, "range() arg 3 must not be zero")
                                   : range_new(part[0], part[1], part[2]);
    for (size_t i = 0; i < 3; i++)
        drop(part[i]);
    return r;
}

static ref range_repr(ref v) {
    struct range *r = v;
    return r->step == int_small(1) ? str_format("range(%R, %R)", r->start, r->stop)
                                   : str_format("range(%R, %R, %R)", r->start, r->stop, r->step);
}

static ptrdiff_t range_length(ref v) {
    intptr_t n;
    return int_get(((struct range *)v)->length, &n) ? n : -1;
}

static ref item_at(struct range *r, ref index) {
    ref offset = int_binary(index, r->step, OP_MUL);
    ref item = offset ? int_binary(r->start, offset, OP_ADD) : NULL;
    drop(offset);
    return item;
}

static ref range_slice(struct range *r, ref key) {
    ptrdiff_t start, step, size = range_length(r);
    ptrdiff_t n = size < 0 ? -1 : slice_resolve(key, size, &start, &step);
    if (n < 0)
        return NULL;
    ref first = item_at(r, int_small(start)), end = item_at(r, int_small(start + n * step));
    ref by = int_binary(r->step, int_small(step), OP_MUL);
    ref out = first && end && by ? range_new(first, end, by) : NULL;
    drop(first);
    drop(end);
    drop(by);
    return out;
}

static ref range_getitem(ref v, ref key) {
    struct range *r = v;
    if (is_object(key) && class_of(key) == slice_class)
        return range_slice(r, key);
    ref index = index_of(key);
    if (!index)
        return NULL;
    if (int_sign(index) < 0) {
        ref moved = int_binary(index, r->length, OP_ADD);
        drop(index);
        index = moved;
    }
    bool inside = int_sign(index) >= 0 && int_compare(index, r->length, OP_LT) == TRUE;
    ref item =
        inside ? item_at(r, index) : raise_error(IndexError, "range object index out of range");
    drop(index);
    return item;
}

static int range_contains(ref v, ref item) {
    struct range *r = v;
    if (!int_is(item)) {
        ref it = iterate(v), next;
        int found = it ? 0 : -1;
        while (found == 0 && (next = iter_next(it))) {
            found = equals(next, item);
            drop(next);
        }
        drop(it);
        return self.error ? -1 : found;
    }
    ref offset = int_binary(item, r->start, OP_SUB), rest = int_binary(offset, r->step, OP_MOD);
    ref index = int_binary(offset, r->step, OP_FLOORDIV);
    int inside =
        int_sign(rest) == 0 && int_sign(index) >= 0 && int_compare(index, r->length, OP_LT) == TRUE;
    drop(offset);
    drop(rest);
    drop(index);
    return inside;
}

static ref range_compare(ref a, ref b, unsigned op) {
    struct range *x = a, *y = b;
    if (class_of(b) != range_class || (op != OP_EQ && op != OP_NE))
        return NOT_IMPLEMENTED;
    bool same = equals(x->length, y->length);
    if (same && x->length != int_small(0)) {
        same = equals(x->start, y->start);
        if (same && x->length != int_small(1))
            same = equals(x->step, y->step);
    }
    return bool_ref(same == (op == OP_EQ));
}

static int64_t range_hash(ref v) {
    struct range *r = v;
    bool none = r->length == int_small(0), one = r->length == int_small(1);
    ref t = tuple_pack(3, r->length, none ? NONE : r->start, none || one ? NONE : r->step);
    int64_t h = t ? hash(t) : -1;
    drop(t);
    return h;
}

static ref range_iter(ref v) {
    struct range *r = v;
    if (!is_int(r->start) || !is_int(r->stop) || !is_int(r->step) || !is_int(r->length))
        return iterator_new(iterator_class, v, NULL);
    struct range_iterator *it = object_new(range_iterator_type, range_iterator_class);
    if (it) {
        it->next.value = small_value(r->start);
        it->step = small_value(r->step);
        it->left.value = (size_t)small_value(r->length);
    }
    return it;
}

static ref range_next(ref v) {
    struct range_iterator *it = v;
    size_t left = tarn__load(&it->left, relaxed); /* relaxed: one number; see iter.c. */
    if (left == 0)
        return NULL;
    intptr_t next = tarn__load(&it->next, relaxed);   /* relaxed: as above. */
    tarn__store(&it->left, left - 1, relaxed);        /* relaxed: as above. */
    tarn__store(&it->next, next + it->step, relaxed); /* relaxed: as above. */
    return int_new(next);
}

static ref same(ref v) {
    return keep(v);
}

static ref range_reversed(ref *args, size_t n, ref kwnames) {
    struct range *r = args[0];
    (void)n, (void)kwnames;
    ref last_index = int_binary(r->length, int_small(1), OP_SUB), last = item_at(r, last_index);
    ref back = class_of(r->step)->ops.unary(r->step, OP_NEG);
    ref end = int_binary(r->start, r->step, OP_SUB), out = range_new(last, end, back);
    ref it = out ? range_iter(out) : NULL;
    drop(last_index);
    drop(last);
    drop(back);
    drop(end);
    drop(out);
    return it;
}

static ref range_index(ref *args, size_t n, ref kwnames) {
    struct range *r = args[0];
    (void)n, (void)kwnames;
    int there = range_contains(r, args[1]);
    if (there <= 0)
        return there < 0 ? NULL : raise_error(ValueError, "%R is not in range", args[1]);
    ref offset = int_binary(args[1], r->start, OP_SUB);
    ref index = int_binary(offset, r->step, OP_FLOORDIV);
    drop(offset);
    return index;
}

static ref range_count(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int there = range_contains(args[0], args[1]);
    return there < 0 ? NULL : int_small(there);
}

static const struct method methods[] = {
    {"__reversed__", range_reversed, 0, 0, NULL, 0},
    {"index", range_index, 1, 1, NULL, 0},
    {"count", range_count, 1, 1, NULL, 0},
    {0},
};

void range_start(void) {
    static const size_t offsets[] = {offsetof(struct range, start), offsetof(struct range, stop),
                                     offsetof(struct range, step), offsetof(struct range, length),
                                     0};
    static const struct ops ops = {
        .repr = range_repr,
        .length = range_length,
        .getitem = range_getitem,
        .contains = range_contains,
        .compare = range_compare,
        .hash = range_hash,
        .iter = range_iter,
        .new = range_make,
    };
    static const struct ops iterator_ops = {.iter = same, .next = range_next};
    range_type = heap_type("range", sizeof(struct range), offsets, false);
    range_iterator_type = heap_type("range iterator", sizeof(struct range_iterator), NULL, false);
    range_class = class_make("range", object_class, &ops, CLASS_FINAL);
    range_iterator_class = class_make("range_iterator", object_class, &iterator_ops, CLASS_FINAL);
    class_add_methods(range_class, methods);
    class_add_slot(range_class, "start", offsetof(struct range, start), false);
    class_add_slot(range_class, "stop", offsetof(struct range, stop), false);
    class_add_slot(range_class, "step", offsetof(struct range, step), false);
}
