/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Strings: leaf objects, which the collector never looks at. UTF-8; the number of
 * characters is kept, so that a string of ASCII is indexed at once and another by
 * walking. Interned strings are found by their text and stay for ever: names are
 * compared by address first.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/function.h"
#include "object/start.h"

static tarn_type *str_type, *bytes_type;
static ref empty, chars[128];

static struct {
    pthread_mutex_t lock;
    ref *places;
    size_t mask, count;
} interned = {.lock = PTHREAD_MUTEX_INITIALIZER};

ref str_room(size_t size) {
    struct str *s = object_new_array(str_type, str_class, size + 1);
    return s;
}

void str_count(ref v) {
    struct str *s = v;
    size_t n = 0;
    for (size_t i = 0; i + 1 < s->room; i++)
        n += ((unsigned char)s->text[i] & 0xc0) != 0x80;
    s->length = n;
}

ref str_new(const char *text, size_t size) {
    if (size <= 1 && empty) {
        if (size == 0)
            return keep(empty);
        if ((unsigned char)*text < 128)
            return keep(chars[(unsigned char)*text]);
    }
    struct str *s = str_room(size);
    if (!s)
        return NULL;
    memcpy(s->text, text, size);
    str_count(s);
    return s;
}

ref str_from(const char *text) {
    return str_new(text, strlen(text));
}

size_t utf8_put(char *to, uint32_t code) {
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

uint32_t utf8_get(const char **p) {
    const unsigned char *s = (const unsigned char *)*p;
    int more = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? *s : *s & (0x3f >> more);
    for (int i = 1; i <= more; i++)
        code = code << 6 | (s[i] & 0x3f);
    *p += more + 1;
    return code;
}

ref str_char(uint32_t code) {
    char text[4];
    return str_new(text, utf8_put(text, code));
}

/* FNV-1a with a last stir, for the index takes the low bits. */
static int64_t hash_bytes(const char *text, size_t size) {
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    h ^= h >> 29;
    return (int64_t)h == 0 || (int64_t)h == -1 ? 7 : (int64_t)h;
}

int64_t str_hash(ref v) {
    struct str *s = v;
    /* relaxed: every thread computes the same number. */
    int64_t h = tarn__load(&s->hash, relaxed);
    if (tarn__unlikely(h == 0)) {
        h = hash_bytes(s->text, s->room - 1);
        /* relaxed: as above. */
        tarn__store(&s->hash, h, relaxed);
    }
    return h;
}

bool str_equals(ref a, ref b) {
    return a == b || (str_size(a) == str_size(b) && memcmp(str_c(a), str_c(b), str_size(a)) == 0);
}

bool str_is_text(ref a, const char *text) {
    return strcmp(str_c(a), text) == 0 && strlen(text) == str_size(a);
}

/* --- interning --- */

static ref *interned_place(const char *text, size_t size, int64_t h) {
    size_t i = (size_t)h & interned.mask;
    while (interned.places[i] && (str_size(interned.places[i]) != size ||
                                  memcmp(str_c(interned.places[i]), text, size) != 0))
        i = (i + 1) & interned.mask;
    return &interned.places[i];
}

static void interned_grow(void) {
    size_t old = interned.places ? interned.mask + 1 : 0;
    ref *places = interned.places;
    interned.mask = old ? 2 * old - 1 : 1023;
    interned.places = calloc(interned.mask + 1, sizeof(ref));
    if (!interned.places)
        abort();
    for (size_t i = 0; i < old; i++)
        if (places[i])
            *interned_place(str_c(places[i]), str_size(places[i]), str_hash(places[i])) = places[i];
    free(places);
}

/* The interned string of this text, borrowed; `s` if it is the first (or NULL: made). */
static ref intern(const char *text, size_t size, ref s) {
    int64_t h = hash_bytes(text, size);
    pthread_mutex_lock(&interned.lock);
    if (2 * interned.count >= interned.mask)
        interned_grow();
    ref *place = interned_place(text, size, h);
    if (!*place) {
        s = s ? keep(s) : str_new(text, size);
        if (s) {
            str_hash(s);
            heap_settle(s);
            *place = s;
            interned.count++;
        }
    }
    ref found = *place;
    pthread_mutex_unlock(&interned.lock);
    return found;
}

ref str_intern(const char *text) {
    return intern(text, strlen(text), NULL);
}

ref str_intern_ref(ref s) {
    return intern(str_c(s), str_size(s), class_of(s) == str_class ? s : NULL);
}

/* --- parts --- */

static bool begins_character(char c) {
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* From one character's place to another's, whichever way it lies. */
static size_t walk(const char *text, size_t offset, size_t from, size_t to) {
    for (; from < to; from++)
        for (offset++; !begins_character(text[offset]); offset++) {
        }
    for (; from > to; from--)
        for (offset--; !begins_character(text[offset]); offset--) {
        }
    return offset;
}

static struct text_place *place_of(ref s) {
    for (size_t i = 0; i < 4; i++)
        if (self.places[i].text == s)
            return &self.places[i];
    struct text_place *p = &self.places[self.next_place++ % 4];
    drop(p->text);
    *p = (struct text_place){keep(s), 0, 0};
    return p;
}

size_t str_offset(ref s, size_t index) {
    enum { SHORT = 128 };
    if (str_is_ascii(s))
        return index;
    if (str_size(s) < SHORT)
        return walk(str_c(s), 0, 0, index);
    struct text_place *p = place_of(s);
    bool from_start = index < p->index / 2;
    p->offset = walk(str_c(s), from_start ? 0 : p->offset, from_start ? 0 : p->index, index);
    p->index = index;
    return p->offset;
}

ref str_slice(ref s, size_t from, size_t to) {
    if (to <= from)
        return keep(empty);
    if (from == 0 && to == str_length(s) && class_of(s) == str_class)
        return keep(s);
    size_t begin = str_offset(s, from);
    size_t end = str_is_ascii(s) ? to : begin;
    if (!str_is_ascii(s))
        end = to == str_length(s) ? str_size(s) : walk(str_c(s), begin, from, to);
    return str_new(str_c(s) + begin, end - begin);
}

ref str_concat(ref a, ref b) {
    size_t n = str_size(a), m = str_size(b);
    if (m == 0 && class_of(a) == str_class)
        return keep(a);
    if (n == 0 && class_of(b) == str_class)
        return keep(b);
    struct str *s = str_room(n + m);
    if (!s)
        return NULL;
    memcpy(s->text, str_c(a), n);
    memcpy(s->text + n, str_c(b), m);
    s->length = str_length(a) + str_length(b);
    return s;
}

ref str_join(ref separator, ref *items, size_t n) {
    size_t size = n ? (n - 1) * str_size(separator) : 0;
    size_t length = n ? (n - 1) * str_length(separator) : 0;
    for (size_t i = 0; i < n; i++) {
        if (!str_is(items[i]))
            return raise_error(TypeError, "sequence item %zd: expected str instance, %T found", i,
                               items[i]);
        size += str_size(items[i]);
        length += str_length(items[i]);
    }
    if (n == 1 && class_of(items[0]) == str_class)
        return keep(items[0]);
    if (size == 0)
        return keep(empty);
    struct str *s = str_room(size);
    if (!s)
        return NULL;
    char *p = s->text;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            p = mempcpy(p, str_c(separator), str_size(separator));
        p = mempcpy(p, str_c(items[i]), str_size(items[i]));
    }
    s->length = length;
    return s;
}

const char *str_find(const char *in, size_t in_size, const char *what, size_t size) {
    return size == 0 ? in : memmem(in, in_size, what, size);
}

/* --- text that grows --- */

void text_add(struct text *t, const char *bytes, size_t size) {
    if (t->size + size + 1 > t->room && !t->failed) {
        size_t room = 2 * t->room + size + 64;
        char *grown = realloc(t->bytes, room);
        if (!grown)
            t->failed = true;
        else
            t->bytes = grown, t->room = room;
    }
    if (t->failed)
        return;
    memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
    t->bytes[t->size] = 0;
}

void text_put(struct text *t, const char *string) {
    text_add(t, string, strlen(string));
}

void text_char(struct text *t, char c) {
    text_add(t, &c, 1);
}

void text_str(struct text *t, ref s) {
    text_add(t, str_c(s), str_size(s));
}

bool text_repr(struct text *t, ref v) {
    ref r = repr(v);
    if (r)
        text_str(t, r);
    drop(r);
    return r != NULL;
}

void text_free(struct text *t) {
    free(t->bytes);
    *t = (struct text){0};
}

ref text_finish(struct text *t) {
    ref s = t->failed ? raise_no_memory() : str_new(t->bytes ? t->bytes : "", t->size);
    text_free(t);
    return s;
}

/* --- repr --- */

static bool is_printable(uint32_t c) {
    return c >= 0xa1
               ? c != 0xad && !(c >= 0xd800 && c <= 0xdfff) && !(c >= 0x2028 && c <= 0x202e) &&
                     !(c >= 0x2000 && c <= 0x200f) && c != 0x3000 && c != 0xfeff
               : c >= 0x20 && c < 0x7f;
}

static void put_escaped(struct text *t, uint32_t c, char quote) {
    char buffer[16];
    if (c == (uint32_t)quote || c == '\\')
        snprintf(buffer, sizeof buffer, "\\%c", (char)c);
    else if (c == '\n' || c == '\r' || c == '\t')
        snprintf(buffer, sizeof buffer, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (is_printable(c))
        buffer[utf8_put(buffer, c)] = 0;
    else
        snprintf(buffer, sizeof buffer,
                 c < 0x100     ? "\\x%02x"
                 : c < 0x10000 ? "\\u%04x"
                               : "\\U%08x",
                 c);
    text_put(t, buffer);
}

ref str_repr(ref s) {
    struct text t = {0};
    const char *p = str_c(s), *end = p + str_size(s);
    char quote = memchr(p, '\'', str_size(s)) && !memchr(p, '"', str_size(s)) ? '"' : '\'';
    text_char(&t, quote);
    while (p < end)
        put_escaped(&t, utf8_get(&p), quote);
    text_char(&t, quote);
    return text_finish(&t);
}

/* --- bytes: only made and shown --- */

ref bytes_new(const char *data, size_t size) {
    struct bytes *b = object_new_array(bytes_type, bytes_class, size + 1);
    if (b)
        memcpy(b->data, data, size);
    return b;
}

static ref bytes_repr(ref v) {
    struct bytes *b = v;
    struct text t = {0};
    size_t size = b->room - 1;
    char quote = memchr(b->data, '\'', size) && !memchr(b->data, '"', size) ? '"' : '\'';
    text_char(&t, 'b');
    text_char(&t, quote);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)b->data[i];
        char buffer[8];
        if (c >= 0x7f) {
            snprintf(buffer, sizeof buffer, "\\x%02x", c);
            text_put(&t, buffer);
        } else {
            put_escaped(&t, c, quote);
        }
    }
    text_char(&t, quote);
    return text_finish(&t);
}

static ptrdiff_t bytes_length(ref v) {
    return (ptrdiff_t)((struct bytes *)v)->room - 1;
}

static ref bytes_compare(ref a, ref b, unsigned op) {
    struct bytes *x = a, *y = b;
    if (class_of(a) != bytes_class || class_of(b) != bytes_class || (op != OP_EQ && op != OP_NE))
        return NOT_IMPLEMENTED;
    bool same = x->room == y->room && memcmp(x->data, y->data, x->room) == 0;
    return bool_ref(same == (op == OP_EQ));
}

static int64_t bytes_hash(ref v) {
    return hash_bytes(((struct bytes *)v)->data, ((struct bytes *)v)->room - 1);
}

static ref bytes_getitem(ref v, ref key) {
    ptrdiff_t i = index_resolve(key, ((struct bytes *)v)->room - 1, "index out of range");
    return i < 0 ? NULL : int_small((unsigned char)((struct bytes *)v)->data[i]);
}

static ref bytes_decode(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return str_new(((struct bytes *)args[0])->data, ((struct bytes *)args[0])->room - 1);
}

static const struct method bytes_methods[] = {
    {"decode", bytes_decode, 0, 2, "encoding errors", 0},
    {0},
};

void str_start(void) {
    str_type = heap_type_spec(&(struct tarn_type_spec){
        .name = "str",
        .size = offsetof(struct str, text),
        .element_size = 1,
        .length_offset = offsetof(struct str, room),
    });
    bytes_type = heap_type_spec(&(struct tarn_type_spec){
        .name = "bytes",
        .size = offsetof(struct bytes, data),
        .element_size = 1,
        .length_offset = offsetof(struct bytes, room),
    });
    ref first = str_room(0);
    for (int c = 0; c < 128; c++) {
        struct str *s = str_room(1);
        s->text[0] = (char)c;
        s->length = 1;
        chars[c] = s;
        heap_settle(s);
    }
    heap_settle(first);
    empty = first;
}

void bytes_start(void) {
    static const struct ops ops = {
        .repr = bytes_repr,
        .length = bytes_length,
        .compare = bytes_compare,
        .hash = bytes_hash,
        .getitem = bytes_getitem,
    };
    bytes_class = class_make("bytes", object_class, &ops, CLASS_FINAL);
    class_add_methods(bytes_class, bytes_methods);
}
