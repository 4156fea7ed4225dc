/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The concrete objects: numbers, strings, sequences.
 */
#ifndef ADDER_OBJECT_BUILTIN_H
#define ADDER_OBJECT_BUILTIN_H

#include <gmp.h>

#include "object/error.h"

/* X(variable, name): classes of the program; the variables end in _class. */
/* clang-format off */
#define BUILTIN_CLASSES(X)                                                                         \
    X(object, "object") X(type, "type") X(int, "int") X(bool, "bool") X(float, "float")            \
    X(none, "NoneType") X(not_implemented, "NotImplementedType") X(ellipsis, "ellipsis")           \
    X(str, "str") X(bytes, "bytes") X(list, "list") X(tuple, "tuple") X(dict, "dict")              \
    X(set, "set") X(frozenset, "frozenset") X(slice, "slice") X(range, "range")                    \
    X(function, "function") X(native, "builtin_function_or_method") X(method, "method")            \
    X(native_method, "method_descriptor") X(cell, "cell") X(module, "module") X(code, "code")      \
    X(property, "property") X(classmethod, "classmethod") X(staticmethod, "staticmethod")          \
    X(member, "member_descriptor") X(getset, "getset_descriptor") X(super, "super")                \
    X(generator, "generator") X(traceback, "traceback") X(file, "TextIOWrapper")                   \
    X(iterator, "iterator") X(list_iterator, "list_iterator") X(tuple_iterator, "tuple_iterator")  \
    X(range_iterator, "range_iterator") X(str_iterator, "str_iterator")                            \
    X(dict_keyiterator, "dict_keyiterator") X(dict_valueiterator, "dict_valueiterator")            \
    X(dict_itemiterator, "dict_itemiterator") X(set_iterator, "set_iterator")                      \
    X(dict_keys, "dict_keys") X(dict_values, "dict_values") X(dict_items, "dict_items")            \
    X(callable_iterator, "callable_iterator") X(enumerate, "enumerate") X(zip, "zip")              \
    X(map, "map") X(filter, "filter") X(reversed, "reversed") X(list_reversed,                     \
                                                              "list_reverseiterator")              \
    X(mappingproxy, "mappingproxy") X(weak, "weakref") X(lock, "lock") X(rlock, "RLock")           \
    X(local, "_thread._local") X(wrapper, "method-wrapper") X(dict_reversed,                       \
                                                              "dict_reversekeyiterator")
/* clang-format on */

#define X(n, text) extern struct cls *n##_class;
BUILTIN_CLASSES(X)
#undef X

/* ---------------------------------------------------------------- numbers ---- */

#define INT_MAX_SMALL (((intptr_t)1 << 60) - 1)
#define INT_MIN_SMALL (-((intptr_t)1 << 60))

static inline bool int_fits(intptr_t n) {
    return n >= INT_MIN_SMALL && n <= INT_MAX_SMALL;
}

static inline ref int_small(intptr_t n) {
    return (ref)((uintptr_t)n << 3 | 1);
}

static inline intptr_t small_value(ref v) {
    return (intptr_t)v >> 3;
}

/* A large integer; a small one too if its class is derived from int. */
struct bigint {
    struct object object;
    mpz_t z;
    tarn_slot dict;
};

/* A float that is no flonum. */
struct boxed {
    struct object object;
    double d;
    tarn_slot dict;
};

ref int_new(intptr_t n);
ref int_from_mpz(mpz_t z); /* the number may be changed */
ref int_from_double(double d);
ref int_parse(const char *text, size_t size, int base); /* NULL without an exception: no number */
ref int_to_str(ref v, int base);
bool int_is(ref v);                       /* int or bool or derived */
bool int_get(ref v, intptr_t *n);         /* false: OverflowError or TypeError waits */
bool int_get_clipped(ref v, intptr_t *n); /* by __index__; too large: the limit */
void int_to_mpz(mpz_t z, ref v);          /* z gets initialised */
double int_to_double(ref v);              /* -1 with OverflowError */
bool int_is_true(ref v);
int int_sign(ref v);
ref int_binary(ref a, ref b, unsigned op);
ref int_compare(ref a, ref b, unsigned op);
ref index_of(ref v); /* by __index__: an int */

ref float_new_boxed(double d);
double float_boxed_value(ref v);
bool float_is(ref v);
bool float_get(ref v, double *d); /* of an int too; false: no number, or an exception waits */
ref float_to_str(double d);
ref float_parse(const char *text, size_t size); /* NULL: no number */
int64_t hash_double(double d);

/* Between a double and its immediate form: Sasada's flonum, with the tag 11. */
static inline ref float_new(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    unsigned top = (unsigned)(bits >> 60) & 7;
    if (tarn__likely((top == 3 || top == 4) && bits != 0x3000000000000000))
        return (ref)(uintptr_t)((bits << 3 | bits >> 61) | 3);
    return bits == 0 ? (ref)(uintptr_t)0x8000000000000003 : float_new_boxed(d);
}

static inline double flonum_value(ref v) {
    uint64_t word = (uintptr_t)v;
    double d;
    if (tarn__unlikely(word == 0x8000000000000003))
        return 0.0;
    word = (2 - (word >> 63)) | (word & ~(uint64_t)3);
    word = word >> 3 | word << 61;
    memcpy(&d, &word, sizeof d);
    return d;
}

static inline double float_value(ref v) {
    return is_flonum(v) ? flonum_value(v) : float_boxed_value(v);
}

/* ------------------------------------------------------------------- text ---- */

/* UTF-8, ended by a NUL. Where length == size every character is one byte. */
struct str {
    struct object object;
    size_t room;                /* bytes, the NUL included: the array's length */
    TARN__ATOMIC(int64_t) hash; /* 0: not known yet */
    size_t length;              /* characters */
    char text[];
};

static inline const char *str_c(ref s) {
    return ((struct str *)s)->text;
}

static inline size_t str_size(ref s) {
    return ((struct str *)s)->room - 1;
}

static inline size_t str_length(ref s) {
    return ((struct str *)s)->length;
}

static inline bool str_is_ascii(ref s) {
    return str_length(s) == str_size(s);
}

static inline bool str_is(ref v) {
    return is_object(v) && solid_of(v) == str_class;
}

ref str_new(const char *text, size_t size);
ref str_from(const char *text);
ref str_room(size_t size); /* to be filled by the caller, then str_count() */
void str_count(ref s);
ref str_char(uint32_t code);
ref str_intern(const char *text);
ref str_intern_ref(ref s); /* borrowed: interned strings stay */
ref str_format(const char *format, ...);
ref str_vformat(const char *format, va_list list);
bool str_equals(ref a, ref b);
bool str_is_text(ref a, const char *text);
int64_t str_hash(ref s);
ref str_slice(ref s, size_t from, size_t to); /* in characters */
ref str_join(ref separator, ref *items, size_t n);
ref str_repr(ref s);
ref str_concat(ref a, ref b);
size_t str_offset(ref s, size_t index); /* the byte where a character begins */
const char *str_find(const char *in, size_t in_size, const char *what, size_t size);
uint32_t utf8_get(const char **p);
size_t utf8_put(char *to, uint32_t code);

/* Text that grows. */
struct text {
    char *bytes;
    size_t size, room;
    bool failed;
};

void text_add(struct text *t, const char *bytes, size_t size);
void text_put(struct text *t, const char *string);
void text_char(struct text *t, char c);
void text_str(struct text *t, ref s);
bool text_repr(struct text *t, ref v); /* false: an exception waits */
ref text_finish(struct text *t);       /* the str; the text is then empty */
void text_free(struct text *t);

struct bytes {
    struct object object;
    size_t room;
    char data[];
};

ref bytes_new(const char *data, size_t size);

/* -------------------------------------------------------------- sequences ---- */

struct tuple {
    struct object object;
    size_t size;
    ref items[];
};

ref tuple_new(size_t n); /* items NULL, to be filled */
ref tuple_from(ref *items, size_t n);
ref tuple_pack(size_t n, ...);
static inline bool tuple_is(ref v) {
    return is_object(v) && solid_of(v) == tuple_class;
}
static inline size_t tuple_size(ref v) {
    return ((struct tuple *)v)->size;
}
static inline ref *tuple_items(ref v) {
    return ((struct tuple *)v)->items;
}

/* A list's items: replaced by a larger one when they get too many. */
struct items {
    struct retired retired;
    size_t room;
    tarn_slot slot[];
};

struct list {
    struct object object;
    TARN__ATOMIC(size_t) size;
    TARN__ATOMIC(struct items *) items;
    tarn_slot dict;
};

static inline bool list_is(ref v) {
    return is_object(v) && solid_of(v) == list_class;
}

static inline size_t list_size(ref list) {
    /* acquire: pairs with the release of whoever appends; the items are visible. */
    return tarn__load(&((struct list *)list)->size, acquire);
}

/* A new reference, or NULL without an exception: there is no such item. Lock-free. */
ref list_get_shared(struct list *list, size_t index);

static inline ref list_get(ref v, size_t index) {
    struct list *list = v;
    if (tarn__unlikely(heap_shared))
        return list_get_shared(list, index);
    return index < list->size.value ? keep(list->items.value->slot[index].object.value) : NULL;
}

ref list_new(void);
ref list_from(ref *items, size_t n);
int list_append(ref list, ref item);
int list_append_owned(ref list, ref item);
int list_extend(ref list, ref iterable);
int list_insert(ref list, ptrdiff_t at, ref item);
ref list_pop(ref list, ptrdiff_t at); /* IndexError */
int list_set(ref list, size_t index, ref item);
int list_clear(ref list);
int list_sort(ref list, ref key, bool reverse);
ref list_from_iterable(ref iterable);
ref tuple_from_iterable(ref iterable);
ref tuple_from_list(ref list);

struct slice {
    struct object object;
    ref start, stop, step;
};

ref slice_new(ref start, ref stop, ref step);
/* Resolves a slice for a length. Returns how many items it names, or -1. */
ptrdiff_t slice_resolve(ref slice, ptrdiff_t length, ptrdiff_t *start, ptrdiff_t *step);
/* An index into something of that length; -1 with IndexError(message) if it is none. */
ptrdiff_t index_resolve(ref index, size_t length, const char *message);

struct range {
    struct object object;
    ref start, stop, step, length;
};

ref sequence_compare(ref *a, size_t n, ref *b, size_t m, unsigned op);

#endif
