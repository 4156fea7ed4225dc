/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The class str: its operators and methods.
 */
#include <ctype.h>
#include <wctype.h>

#include "object/format.h"
#include "object/start.h"

static ref str_str(ref v) {
    return class_of(v) == str_class ? keep(v) : str_new(str_c(v), str_size(v));
}

static ref str_compare(ref a, ref b, unsigned op) {
    if (!str_is(a) || !str_is(b))
        return NOT_IMPLEMENTED;
    if (op == OP_EQ || op == OP_NE)
        return bool_ref(str_equals(a, b) == (op == OP_EQ));
    size_t n = str_size(a), m = str_size(b);
    int c = memcmp(str_c(a), str_c(b), n < m ? n : m);
    c = c ? c : (n > m) - (n < m);
    return bool_ref(op == OP_LT ? c < 0 : op == OP_LE ? c <= 0 : op == OP_GT ? c > 0 : c >= 0);
}

static ref str_getitem(ref v, ref key) {
    if (is_object(key) && class_of(key) == slice_class) {
        ptrdiff_t start, step, n = slice_resolve(key, (ptrdiff_t)str_length(v), &start, &step);
        if (n < 0)
            return NULL;
        if (step == 1)
            return str_slice(v, (size_t)start, (size_t)(start + n));
        struct text t = {0};
        for (ptrdiff_t i = 0; i < n; i++) {
            const char *p = str_c(v) + str_offset(v, (size_t)(start + i * step)), *end = p;
            utf8_get(&end);
            text_add(&t, p, (size_t)(end - p));
        }
        return text_finish(&t);
    }
    if (!has_index(key))
        return raise_error(TypeError, "string indices must be integers, not '%T'", key);
    ptrdiff_t i = index_resolve(key, str_length(v), "string index out of range");
    if (i < 0)
        return NULL;
    const char *p = str_c(v) + str_offset(v, (size_t)i), *end = p;
    utf8_get(&end);
    return str_new(p, (size_t)(end - p));
}

static ptrdiff_t str_length_op(ref v) {
    return (ptrdiff_t)str_length(v);
}

static int str_contains(ref v, ref item) {
    if (!str_is(item))
        return raise_int(TypeError, "'in <string>' requires string as left operand, not %T", item);
    return str_find(str_c(v), str_size(v), str_c(item), str_size(item)) != NULL;
}

static ref repeat(ref s, ref by) {
    intptr_t times;
    if (!int_get(by, &times))
        return NULL;
    size_t n = str_size(s), total;
    if (times <= 0 || n == 0)
        return str_from("");
    if (__builtin_mul_overflow(n, (size_t)times, &total))
        return raise_no_memory();
    struct str *r = str_room(total);
    if (!r)
        return NULL;
    for (intptr_t i = 0; i < times; i++)
        memcpy(r->text + (size_t)i * n, str_c(s), n);
    r->length = str_length(s) * (size_t)times;
    return r;
}

static ref str_binary(ref a, ref b, unsigned op) {
    op &= ~(unsigned)OP_INPLACE;
    if (op == OP_MOD && str_is(a))
        return percent_format(a, b);
    if (op == OP_ADD && str_is(a) && str_is(b))
        return str_concat(a, b);
    if (op == OP_ADD && str_is(a))
        return raise_error(TypeError, "can only concatenate str (not \"%T\") to str", b);
    if (op == OP_MUL && str_is(a) && int_is(b))
        return repeat(a, b);
    if (op == OP_MUL && str_is(b) && int_is(a))
        return repeat(b, a);
    return NOT_IMPLEMENTED;
}

/* A class derived from str has the text in an object of its own. */
static tarn_type *str_sub_type;

static ref make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref object = n ? args[0] : keyword(args, n, kwnames, "object");
    ref s = !object ? str_from("")
            : class_of(object) == bytes_class && n > 1
                ? str_new(((struct bytes *)object)->data, ((struct bytes *)object)->room - 1)
                : to_str(object);
    if (!s || cls == str_class)
        return s;
    if (!str_sub_type) {
        static const size_t offsets[] = {offsetof(struct object, cls)};
        str_sub_type =
            heap_type_spec(&(struct tarn_type_spec){.name = "object derived from str",
                                                    .size = offsetof(struct str, text),
                                                    .offsets = offsets,
                                                    .offset_count = 1,
                                                    .element_size = 1,
                                                    .length_offset = offsetof(struct str, room),
                                                    .flags = TARN_TYPE_HELD_READS});
    }
    struct str *sub = object_new_array(str_sub_type, keep(cls), str_size(s) + 1);
    if (sub) {
        memcpy(sub->text, str_c(s), str_size(s));
        sub->length = str_length(s);
    }
    drop(s);
    return sub;
}

/* --- searching --- */

/* A part of a str by optional bounds, as bytes. False: an exception waits. */
struct part {
    const char *from;
    size_t size, first; /* first: the character that it begins with */
    bool valid;
};

static bool part_of(ref s, ref *args, size_t n, size_t at, struct part *out) {
    intptr_t from = 0, to = (intptr_t)str_length(s), length = to;
    if (n > at && args[at] != NONE && !int_get_clipped(args[at], &from))
        return false;
    if (n > at + 1 && args[at + 1] != NONE && !int_get_clipped(args[at + 1], &to))
        return false;
    from = from < 0 ? (from + length < 0 ? 0 : from + length) : from;
    to = to < 0 ? (to + length < 0 ? 0 : to + length) : to > length ? length : to;
    out->valid = from <= to && from <= length;
    out->first = (size_t)from;
    if (!out->valid)
        return true;
    size_t begin = str_offset(s, (size_t)from);
    size_t end = to == length ? str_size(s) : str_offset(s, (size_t)to);
    out->from = str_c(s) + begin;
    out->size = end - begin;
    return true;
}

static bool need_str(ref v, const char *what) {
    return str_is(v) ||
           raise_error(TypeError, "%s%smust be str, not %T", what, *what ? " " : "", v);
}

static ptrdiff_t index_of_match(ref s, const struct part *part, const char *match) {
    if (str_is_ascii(s))
        return match - str_c(s);
    ptrdiff_t n = (ptrdiff_t)part->first;
    for (const char *p = part->from; p < match; p++)
        n += ((unsigned char)*p & 0xc0) != 0x80;
    return n;
}

static ptrdiff_t find(ref *args, size_t n, bool last) {
    struct part part;
    if (!need_str(args[1], "") || !part_of(args[0], args, n, 2, &part))
        return -2;
    if (!part.valid)
        return -1;
    const char *what = str_c(args[1]), *match = NULL;
    size_t size = str_size(args[1]);
    if (!last) {
        match = str_find(part.from, part.size, what, size);
    } else if (size <= part.size) {
        for (const char *p = part.from + part.size - size; p >= part.from && !match; p--)
            match = memcmp(p, what, size) == 0 ? p : NULL;
    }
    return match ? index_of_match(args[0], &part, match) : -1;
}

static ref m_find(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ptrdiff_t i = find(args, n, false);
    return i == -2 ? NULL : int_small(i);
}

static ref m_rfind(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ptrdiff_t i = find(args, n, true);
    return i == -2 ? NULL : int_small(i);
}

static ref m_index(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ptrdiff_t i = find(args, n, false);
    return i >= 0 ? int_small(i) : i == -2 ? NULL : raise_error(ValueError, "substring not found");
}

static ref m_rindex(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ptrdiff_t i = find(args, n, true);
    return i >= 0 ? int_small(i) : i == -2 ? NULL : raise_error(ValueError, "substring not found");
}

static ref m_count(ref *args, size_t n, ref kwnames) {
    struct part part;
    (void)kwnames;
    if (!need_str(args[1], "") || !part_of(args[0], args, n, 2, &part))
        return NULL;
    size_t size = str_size(args[1]);
    intptr_t count = 0;
    if (!part.valid)
        return int_small(0);
    if (size == 0) {
        for (size_t i = 0; i < part.size; i++)
            count += ((unsigned char)part.from[i] & 0xc0) != 0x80;
        return int_small(count + 1);
    }
    const char *end = part.from + part.size, *p = part.from;
    while ((p = str_find(p, (size_t)(end - p), str_c(args[1]), size))) {
        count++;
        p += size;
    }
    return int_small(count);
}

static ref affix(ref *args, size_t n, bool at_end) {
    struct part part;
    if (!part_of(args[0], args, n, 2, &part))
        return NULL;
    size_t many = tuple_is(args[1]) ? tuple_size(args[1]) : 1;
    for (size_t i = 0; i < many; i++) {
        ref what = tuple_is(args[1]) ? tuple_items(args[1])[i] : args[1];
        if (!str_is(what))
            return raise_error(TypeError, "%s first arg must be str or a tuple of str, not %T",
                               at_end ? "endswith" : "startswith", what);
        size_t size = str_size(what);
        if (part.valid && size <= part.size &&
            memcmp(at_end ? part.from + part.size - size : part.from, str_c(what), size) == 0)
            return TRUE;
    }
    return FALSE;
}

static ref m_startswith(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return affix(args, n, false);
}

static ref m_endswith(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return affix(args, n, true);
}

/* --- taking apart and joining --- */

static ref m_join(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!class_of(args[1])->ops.iter && !class_of(args[1])->ops.getitem)
        return raise_error(TypeError, "can only join an iterable");
    ref all = tuple_from_iterable(args[1]);
    ref s = all ? str_join(args[0], tuple_items(all), tuple_size(all)) : NULL;
    drop(all);
    return s;
}

static bool add_part(ref list, const char *from, size_t size) {
    ref s = str_new(from, size);
    return s && list_append_owned(list, s) == 0;
}

static int is_space(uint32_t c);

/* Where the characters that are blanks, or are none, end. */
static const char *skip(const char *p, const char *end, bool blanks) {
    while (p < end) {
        const char *next = p;
        if ((is_space(utf8_get(&next)) != 0) != blanks)
            break;
        p = next;
    }
    return p;
}

/* The same from the end back: where the last of them begins. */
static const char *skip_back(const char *p, const char *end, bool blanks) {
    while (end > p) {
        const char *last = end - 1, *next;
        while (last > p && ((unsigned char)*last & 0xc0) == 0x80)
            last--;
        next = last;
        if ((is_space(utf8_get(&next)) != 0) != blanks)
            break;
        end = last;
    }
    return end;
}

static ref split_blank(ref s, intptr_t most) {
    ref list = list_new();
    const char *p = str_c(s), *end = p + str_size(s);
    while (list && (p = skip(p, end, true)) < end) {
        const char *from = p;
        p = most-- == 0 ? skip_back(from, end, true) : skip(p, end, false);
        add_part(list, from, (size_t)(p - from));
    }
    return list;
}

static ref split_blank_right(ref s, intptr_t most) {
    ref list = list_new();
    const char *p = str_c(s), *end = p + str_size(s);
    while (list && (end = skip_back(p, end, true)) > p) {
        const char *from = most-- == 0 ? skip(p, end, true) : skip_back(p, end, false);
        add_part(list, from, (size_t)(end - from));
        end = from;
    }
    return list;
}

static ref reversed_list(ref list) {
    ref done = list ? call_method(list, str_intern("reverse"), NULL, 0) : NULL;
    drop(done);
    return list;
}

static ref split(ref *args, bool from_right) {
    intptr_t most = -1;
    ref s = args[0], separator = args[1] ? args[1] : NONE;
    if (args[2] && !int_get(args[2], &most))
        return NULL;
    if (separator == NONE)
        return from_right ? reversed_list(split_blank_right(s, most)) : split_blank(s, most);
    if (!str_is(separator))
        return raise_error(TypeError, "must be str or None, not %T", separator);
    size_t size = str_size(separator);
    if (size == 0)
        return raise_error(ValueError, "empty separator");
    ref list = list_new();
    const char *p = str_c(s), *end = p + str_size(s), *match;
    while (!from_right && most-- != 0 &&
           (match = str_find(p, (size_t)(end - p), str_c(separator), size))) {
        add_part(list, p, (size_t)(match - p));
        p = match + size;
    }
    while (from_right && most-- != 0) {
        match = end - size;
        while (match >= p && memcmp(match, str_c(separator), size) != 0)
            match--;
        if (match < p)
            break;
        add_part(list, match + size, (size_t)(end - match) - size);
        end = match;
    }
    add_part(list, p, (size_t)(end - p));
    return from_right ? reversed_list(list) : list;
}

static ref m_split(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return split(args, false);
}

static ref m_rsplit(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return split(args, true);
}

static ref m_splitlines(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int keep_ends = args[1] ? truth(args[1]) : 0;
    ref list = list_new();
    const char *p = str_c(args[0]), *end = p + str_size(args[0]);
    while (p < end && list) {
        size_t size = 0;
        while (p + size < end && p[size] != '\n' && p[size] != '\r')
            size++;
        size_t line = p + size < end
                          ? (p[size] == '\r' && p + size + 1 < end && p[size + 1] == '\n') + 1u
                          : 0;
        add_part(list, p, size + (keep_ends > 0 ? line : 0));
        p += size + line;
    }
    return list;
}

static ref partition(ref *args, bool last) {
    if (!need_str(args[1], ""))
        return NULL;
    if (str_size(args[1]) == 0)
        return raise_error(ValueError, "empty separator");
    ptrdiff_t at = find(args, 2, last);
    if (at == -2)
        return NULL;
    ref empty = str_from(""), r;
    if (at < 0) {
        r = last ? tuple_pack(3, empty, empty, args[0]) : tuple_pack(3, args[0], empty, empty);
    } else {
        ref before = str_slice(args[0], 0, (size_t)at);
        ref after = str_slice(args[0], (size_t)at + str_length(args[1]), str_length(args[0]));
        r = tuple_pack(3, before, args[1], after);
        drop(before);
        drop(after);
    }
    drop(empty);
    return r;
}

static ref m_partition(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return partition(args, false);
}

static ref m_rpartition(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return partition(args, true);
}

static ref m_replace(ref *args, size_t n, ref kwnames) {
    intptr_t most = -1;
    (void)kwnames;
    if (!need_str(args[1], "replace() argument 1") || !need_str(args[2], "replace() argument 2") ||
        (n > 3 && !int_get(args[3], &most)))
        return NULL;
    const char *p = str_c(args[0]), *end = p + str_size(args[0]), *match;
    size_t size = str_size(args[1]);
    struct text t = {0};
    if (size == 0) {
        for (; most != 0; most--) {
            text_str(&t, args[2]);
            if (p == end)
                break;
            const char *from = p;
            utf8_get(&p);
            text_add(&t, from, (size_t)(p - from));
        }
    }
    while (size && most-- != 0 && (match = str_find(p, (size_t)(end - p), str_c(args[1]), size))) {
        text_add(&t, p, (size_t)(match - p));
        text_str(&t, args[2]);
        p = match + size;
    }
    text_add(&t, p, (size_t)(end - p));
    return text_finish(&t);
}

static ref strip(ref *args, size_t n, bool left, bool right) {
    const char *p = str_c(args[0]), *end = p + str_size(args[0]);
    ref set = n > 1 && args[1] != NONE ? args[1] : NULL;
    if (set && !str_is(set))
        return raise_error(TypeError, "strip arg must be None or str");
    while (left && p < end) {
        const char *next = p;
        utf8_get(&next);
        if (set ? !str_find(str_c(set), str_size(set), p, (size_t)(next - p))
                : skip(p, end, true) == p)
            break;
        p = next;
    }
    while (right && end > p) {
        const char *last = end - 1;
        while (last > p && ((unsigned char)*last & 0xc0) == 0x80)
            last--;
        if (set ? !str_find(str_c(set), str_size(set), last, (size_t)(end - last))
                : skip_back(p, end, true) == end)
            break;
        end = last;
    }
    if ((size_t)(end - p) == str_size(args[0]) && class_of(args[0]) == str_class)
        return keep(args[0]);
    return str_new(p, (size_t)(end - p));
}

static ref m_strip(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return strip(args, n, true, true);
}

static ref m_lstrip(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return strip(args, n, true, false);
}

static ref m_rstrip(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return strip(args, n, false, true);
}

static ref m_removeprefix(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!need_str(args[1], "removeprefix() argument"))
        return NULL;
    size_t size = str_size(args[1]);
    bool has = size <= str_size(args[0]) && memcmp(str_c(args[0]), str_c(args[1]), size) == 0;
    return has ? str_new(str_c(args[0]) + size, str_size(args[0]) - size) : keep(args[0]);
}

static ref m_removesuffix(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!need_str(args[1], "removesuffix() argument"))
        return NULL;
    size_t size = str_size(args[1]), all = str_size(args[0]);
    bool has =
        size && size <= all && memcmp(str_c(args[0]) + all - size, str_c(args[1]), size) == 0;
    return has ? str_new(str_c(args[0]), all - size) : keep(args[0]);
}

/* --- case and kinds of characters --- */

enum casing { UPPER, LOWER, SWAP, TITLE, CAPITAL };

static ref recase(ref s, enum casing how) {
    struct text t = {0};
    bool first = true, in_word = false;
    for (const char *p = str_c(s), *end = p + str_size(s); p < end; first = false) {
        uint32_t c = utf8_get(&p);
        bool up = how == UPPER || (how == SWAP && iswlower(c)) || (how == TITLE && !in_word) ||
                  (how == CAPITAL && first);
        in_word = iswalpha(c) != 0;
        if (c == 0xdf && up) {
            text_put(&t, how == UPPER || how == SWAP ? "SS" : "Ss");
            continue;
        }
        char buffer[4];
        text_add(&t, buffer, utf8_put(buffer, up ? towupper(c) : towlower(c)));
    }
    return text_finish(&t);
}

#define CASE_METHOD(name, how)                                                                     \
    static ref name(ref *args, size_t n, ref kwnames) {                                            \
        (void)n, (void)kwnames;                                                                    \
        return recase(args[0], how);                                                               \
    }
CASE_METHOD(m_upper, UPPER)
CASE_METHOD(m_lower, LOWER)
CASE_METHOD(m_swapcase, SWAP)
CASE_METHOD(m_title, TITLE)
CASE_METHOD(m_capitalize, CAPITAL)

static int is_alnum(uint32_t c) {
    return iswalnum(c);
}

static int is_alpha(uint32_t c) {
    return iswalpha(c);
}

static int is_digit(uint32_t c) {
    return c >= '0' && c <= '9';
}

static int is_space(uint32_t c) {
    return c < 0x80 ? isspace((int)c) || (c >= 0x1c && c <= 0x1f)
                    : c == 0xa0 || c == 0x85 || iswspace(c);
}

static int is_ascii(uint32_t c) {
    return c < 0x80;
}

static int is_printable(uint32_t c) {
    return c < 0x80 ? isprint((int)c) : iswprint(c) != 0;
}

static ref every(ref s, int (*check)(uint32_t), bool empty) {
    const char *p = str_c(s), *end = p + str_size(s);
    if (p == end)
        return bool_ref(empty);
    while (p < end)
        if (!check(utf8_get(&p)))
            return FALSE;
    return TRUE;
}

#define KIND_METHOD(name, check, empty)                                                            \
    static ref name(ref *args, size_t n, ref kwnames) {                                            \
        (void)n, (void)kwnames;                                                                    \
        return every(args[0], check, empty);                                                       \
    }
KIND_METHOD(m_isalnum, is_alnum, false)
KIND_METHOD(m_isalpha, is_alpha, false)
KIND_METHOD(m_isdigit, is_digit, false)
KIND_METHOD(m_isspace, is_space, false)
KIND_METHOD(m_isascii, is_ascii, true)
KIND_METHOD(m_isprintable, is_printable, true)

static ref cased(ref s, bool upper) {
    bool any = false;
    for (const char *p = str_c(s), *end = p + str_size(s); p < end;) {
        uint32_t c = utf8_get(&p);
        if (upper ? iswlower(c) : iswupper(c))
            return FALSE;
        any |= upper ? iswupper(c) != 0 : iswlower(c) != 0;
    }
    return bool_ref(any);
}

static ref m_isupper(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return cased(args[0], true);
}

static ref m_islower(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return cased(args[0], false);
}

static ref m_istitle(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref t = recase(args[0], TITLE);
    ref r = t ? bool_ref(str_equals(t, args[0]) && str_size(t)) : NULL;
    drop(t);
    return r;
}

static ref m_isidentifier(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    const char *p = str_c(args[0]);
    if (!*p || isdigit((unsigned char)*p))
        return FALSE;
    for (; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && (unsigned char)*p < 0x80)
            return FALSE;
    return TRUE;
}

/* --- width --- */

static ref justify(ref *args, size_t n, char align) {
    struct spec s = {.fill = ' ', .align = align, .precision = -1};
    intptr_t width;
    if (!int_get(args[1], &width))
        return NULL;
    if (n > 2) {
        if (!str_is(args[2]) || str_length(args[2]) != 1)
            return raise_error(TypeError, "The fill character must be exactly one character long");
        const char *p = str_c(args[2]);
        s.fill = utf8_get(&p);
    }
    s.width = (int)(width > 1 << 30 ? 1 << 30 : width);
    return format_str(args[0], &s);
}

static ref m_ljust(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return justify(args, n, '<');
}

static ref m_rjust(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return justify(args, n, '>');
}

/* As CPython: the odd place goes left where the width is odd. */
static ref m_center(ref *args, size_t n, ref kwnames) {
    intptr_t width, length = (intptr_t)str_length(args[0]);
    (void)kwnames;
    if (!int_get(args[1], &width))
        return NULL;
    intptr_t room = width - length, left = room > 0 ? room / 2 + (room & width & 1) : 0;
    ref half[3] = {args[0], int_small(left + length), n > 2 ? args[2] : NULL};
    ref s = justify(half, n, '>');
    half[0] = s;
    half[1] = args[1];
    ref r = s ? justify(half, n, '<') : NULL;
    drop(s);
    return r;
}

static ref m_zfill(ref *args, size_t n, ref kwnames) {
    intptr_t width;
    (void)n, (void)kwnames;
    if (!int_get(args[1], &width))
        return NULL;
    struct text t = {0};
    const char *p = str_c(args[0]);
    if (*p == '+' || *p == '-')
        text_char(&t, *p++);
    for (intptr_t i = (intptr_t)str_length(args[0]); i < width; i++)
        text_char(&t, '0');
    text_put(&t, p);
    return text_finish(&t);
}

static ref m_expandtabs(ref *args, size_t n, ref kwnames) {
    intptr_t size = 8;
    struct text t = {0};
    (void)n, (void)kwnames;
    if (args[1] && !int_get(args[1], &size))
        return NULL;
    intptr_t column = 0;
    for (const char *p = str_c(args[0]); *p; p++) {
        if (*p == '\t') {
            for (intptr_t i = size > 0 ? size - column % size : 0; i > 0; i--, column++)
                text_char(&t, ' ');
        } else {
            text_char(&t, *p);
            column = *p == '\n' ? 0 : column + (((unsigned char)*p & 0xc0) != 0x80);
        }
    }
    return text_finish(&t);
}

static ref m_format(ref *args, size_t n, ref kwnames) {
    return str_format_method(args[0], args + 1, n - 1, kwnames);
}

static ref m_format_spec(ref *args, size_t n, ref kwnames) {
    struct spec s;
    (void)n, (void)kwnames;
    if (!need_str(args[1], "__format__() argument"))
        return NULL;
    return spec_parse(str_c(args[1]), str_size(args[1]), &s, args[0]) ? format_str(args[0], &s)
                                                                      : NULL;
}

static ref m_encode(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return bytes_new(str_c(args[0]), str_size(args[0]));
}

static ref m_translate(ref *args, size_t n, ref kwnames) {
    struct text t = {0};
    (void)n, (void)kwnames;
    for (const char *p = str_c(args[0]), *end = p + str_size(args[0]); p < end;) {
        const char *from = p;
        ref to = get_item(args[1], int_small((intptr_t)utf8_get(&p)));
        if (!to && error_clear_if(LookupError)) {
            text_add(&t, from, (size_t)(p - from));
        } else if (!to) {
            text_free(&t);
            return NULL;
        } else if (is_int(to)) {
            char buffer[4];
            text_add(&t, buffer, utf8_put(buffer, (uint32_t)small_value(to)));
        } else if (str_is(to)) {
            text_str(&t, to);
        }
        drop(to);
    }
    return text_finish(&t);
}

static ref m_maketrans(ref *args, size_t n, ref kwnames) {
    static const char *const places[] = {"", "maketrans() argument 2", "maketrans() argument 3"};
    (void)kwnames;
    if (n == 1 && !dict_is(args[0]))
        return raise_error(TypeError,
                           "if you give only one argument to maketrans it must be a dict");
    if (n > 1 && !str_is(args[0]))
        return raise_error(TypeError, "first maketrans argument must be a string if there is a "
                                      "second argument");
    for (size_t i = 1; i < n; i++)
        if (!need_str(args[i], places[i]))
            return NULL;
    ref d = dict_new(), key, value;
    if (n == 1) {
        for (size_t at = 0; d && dict_next(args[0], &at, &key, &value);) {
            const char *p = str_is(key) ? str_c(key) : "";
            dict_set(d, str_is(key) ? int_small((intptr_t)utf8_get(&p)) : key, value);
            drop(key);
            drop(value);
        }
        return d;
    }
    const char *p = str_c(args[0]), *q = n > 1 ? str_c(args[1]) : "";
    while (d && *p && *q) {
        uint32_t from = utf8_get(&p), to = utf8_get(&q);
        dict_set(d, int_small(from), int_small(to));
    }
    for (const char *r = n > 2 ? str_c(args[2]) : ""; *r;)
        dict_set(d, int_small((intptr_t)utf8_get(&r)), NONE);
    return d;
}

static const struct method methods[] = {
    {"find", m_find, 1, 3, NULL, 0},
    {"rfind", m_rfind, 1, 3, NULL, 0},
    {"index", m_index, 1, 3, NULL, 0},
    {"rindex", m_rindex, 1, 3, NULL, 0},
    {"count", m_count, 1, 3, NULL, 0},
    {"startswith", m_startswith, 1, 3, NULL, 0},
    {"endswith", m_endswith, 1, 3, NULL, 0},
    {"join", m_join, 1, 1, NULL, 0},
    {"split", m_split, 0, 2, "sep maxsplit", 0},
    {"rsplit", m_rsplit, 0, 2, "sep maxsplit", 0},
    {"splitlines", m_splitlines, 0, 1, "keepends", 0},
    {"partition", m_partition, 1, 1, NULL, 0},
    {"rpartition", m_rpartition, 1, 1, NULL, 0},
    {"replace", m_replace, 2, 3, NULL, 0},
    {"strip", m_strip, 0, 1, NULL, 0},
    {"lstrip", m_lstrip, 0, 1, NULL, 0},
    {"rstrip", m_rstrip, 0, 1, NULL, 0},
    {"removeprefix", m_removeprefix, 1, 1, NULL, 0},
    {"removesuffix", m_removesuffix, 1, 1, NULL, 0},
    {"upper", m_upper, 0, 0, NULL, 0},
    {"lower", m_lower, 0, 0, NULL, 0},
    {"casefold", m_lower, 0, 0, NULL, 0},
    {"swapcase", m_swapcase, 0, 0, NULL, 0},
    {"title", m_title, 0, 0, NULL, 0},
    {"capitalize", m_capitalize, 0, 0, NULL, 0},
    {"isalnum", m_isalnum, 0, 0, NULL, 0},
    {"isalpha", m_isalpha, 0, 0, NULL, 0},
    {"isdigit", m_isdigit, 0, 0, NULL, 0},
    {"isdecimal", m_isdigit, 0, 0, NULL, 0},
    {"isnumeric", m_isdigit, 0, 0, NULL, 0},
    {"isspace", m_isspace, 0, 0, NULL, 0},
    {"isascii", m_isascii, 0, 0, NULL, 0},
    {"isprintable", m_isprintable, 0, 0, NULL, 0},
    {"isupper", m_isupper, 0, 0, NULL, 0},
    {"islower", m_islower, 0, 0, NULL, 0},
    {"istitle", m_istitle, 0, 0, NULL, 0},
    {"isidentifier", m_isidentifier, 0, 0, NULL, 0},
    {"ljust", m_ljust, 1, 2, NULL, 0},
    {"rjust", m_rjust, 1, 2, NULL, 0},
    {"center", m_center, 1, 2, NULL, 0},
    {"zfill", m_zfill, 1, 1, NULL, 0},
    {"expandtabs", m_expandtabs, 0, 1, "tabsize", 0},
    {"format", m_format, 0, -1, NULL, 0},
    {"__format__", m_format_spec, 1, 1, NULL, 0},
    {"encode", m_encode, 0, 2, "encoding errors", 0},
    {"translate", m_translate, 1, 1, NULL, 0},
    {"maketrans", m_maketrans, 1, 3, NULL, METHOD_STATIC},
    {0},
};

void str_class_start(void) {
    static const struct ops ops = {
        .repr = str_repr,
        .str = str_str,
        .hash = str_hash,
        .compare = str_compare,
        .getitem = str_getitem,
        .length = str_length_op,
        .contains = str_contains,
        .binary = str_binary,
        .new = make,
    };
    str_class = class_make("str", object_class, &ops, 0);
    class_add_methods(str_class, methods);
}
