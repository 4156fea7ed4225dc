/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Dicts: see table.h. Reading takes no lock; a writer looks for the key without the
 * lock too, for comparing keys may run a script's code, takes it, and starts again if
 * the table or the number of entries begun has changed meanwhile.
 */
#include "object/dict.h"

#include <stdlib.h>

tarn_type *dict_type, *dict_sub_type;

typedef TARN__ATOMIC(uint8_t) index8;
typedef TARN__ATOMIC(uint16_t) index16;
typedef TARN__ATOMIC(uint32_t) index32;

enum { ABSENT = -1, FAILED = -2, CHANGED = -3 };
enum { PLACE_EMPTY = -1, PLACE_REMOVED = -2 };

static struct table *table_of(struct dict *d) {
    /* acquire: pairs with the release in grow(); the table is filled. */
    return tarn__load(&d->table, acquire);
}

/* acquire: pairs with the release in place_set(); the entry is written. */
static inline ptrdiff_t place_get(const struct table *t, size_t place) {
    const void *index = t + 1;
    if (t->width == 1) {
        uint8_t at = tarn__load(&((const index8 *)index)[place], acquire);
        return at >= 0xfe ? (ptrdiff_t)at - 0x100 : at;
    }
    if (t->width == 2) {
        uint16_t at = tarn__load(&((const index16 *)index)[place], acquire);
        return at >= 0xfffe ? (ptrdiff_t)at - 0x10000 : at;
    }
    uint32_t at = tarn__load(&((const index32 *)index)[place], acquire);
    return at >= 0xfffffffe ? (ptrdiff_t)at - 0x100000000 : at;
}

/* release: pairs with the acquire in place_get(). */
static void place_set(struct table *t, size_t place, ptrdiff_t at) {
    void *index = t + 1;
    if (t->width == 1)
        tarn__store(&((index8 *)index)[place], (uint8_t)at, release);
    else if (t->width == 2)
        tarn__store(&((index16 *)index)[place], (uint16_t)at, release);
    else
        tarn__store(&((index32 *)index)[place], (uint32_t)at, release);
}

static struct table *table_new(size_t entries) {
    uint8_t bits = 3;
    while (((size_t)2 << bits) / 3 < entries)
        bits++;
    size_t places = (size_t)1 << bits, room = 2 * places / 3;
    uint8_t width = room < 0xfe ? 1 : room < 0xfffe ? 2 : 4;
    size_t index = (places * width + 7) & ~(size_t)7;
    struct table *t = memory_get(sizeof *t + index + room * sizeof(struct entry));
    if (!t)
        return NULL;
    *t = (struct table){.bits = bits, .width = width, .room = (uint32_t)room};
    t->entries = (struct entry *)((char *)(t + 1) + index);
    memset(t + 1, 0xff, index);
    memset(t->entries, 0, room * sizeof(struct entry));
    return t;
}

/* The places of a hash, in the order in which they are tried. */
struct probe {
    size_t place, mask;
    uint64_t perturb;
};

static inline struct probe probe_begin(const struct table *t, int64_t hash) {
    size_t mask = ((size_t)1 << t->bits) - 1;
    return (struct probe){(size_t)hash & mask, mask, (uint64_t)hash};
}

static inline void probe_next(struct probe *p) {
    p->perturb >>= 5;
    p->place = (p->place * 5 + p->perturb + 1) & p->mask;
}

/* Whether the entry's key, of the same hash, is the key: 1, 0, FAILED or CHANGED. */
static ptrdiff_t same_key(struct dict *d, struct table *t, struct entry *e, ref key) {
    ref held;
    if (!slot_read(&e->key, &held))
        return CHANGED;
    if (!held)
        return 0;
    bool both_str = is_object(held) && class_of(held) == str_class && class_of(key) == str_class;
    int same = both_str ? str_equals(held, key) : equals(held, key);
    bool changed = !both_str && (table_of(d) != t || slot_peek(&e->key) != held);
    drop(held);
    return same < 0 ? FAILED : changed ? CHANGED : same;
}

/* The key's entry, ABSENT, FAILED or CHANGED. */
static ptrdiff_t lookup(struct dict *d, struct table *t, ref key, int64_t h) {
    for (struct probe p = probe_begin(t, h);; probe_next(&p)) {
        ptrdiff_t at = place_get(t, p.place);
        if (at == PLACE_EMPTY)
            return ABSENT;
        if (at == PLACE_REMOVED)
            continue;
        struct entry *e = &t->entries[at];
        if (slot_peek(&e->key) == key)
            return at;
        if (e->hash != h)
            continue;
        ptrdiff_t same = same_key(d, t, e, key);
        if (same)
            return same < 0 ? same : at;
    }
}

/* The same for a str; runs no script's code unless a key of the same hash is none. */
static inline ptrdiff_t lookup_str(struct dict *d, struct table *t, ref key, int64_t h) {
    for (struct probe p = probe_begin(t, h);; probe_next(&p)) {
        ptrdiff_t at = place_get(t, p.place);
        if (at >= 0) {
            struct entry *e = &t->entries[at];
            ref held = slot_peek(&e->key);
            if (held == key)
                return at;
            if (e->hash != h || !held)
                continue;
            if (!is_object(held) || class_of(held) != str_class)
                return lookup(d, t, key, h);
            if (str_equals(held, key))
                return at;
        } else if (at == PLACE_EMPTY) {
            return ABSENT;
        }
    }
}

static inline bool is_plain_str(ref key) {
    return is_object(key) && class_of(key) == str_class;
}

static int64_t hash_of(ref key) {
    return is_plain_str(key) ? str_hash(key) : hash(key);
}

static ptrdiff_t find(struct dict *d, struct table *t, ref key, int64_t h) {
    return is_plain_str(key) ? lookup_str(d, t, key, h) : lookup(d, t, key, h);
}

size_t dict_count(ref d) {
    /* relaxed: one number. */
    return tarn__load(&((struct dict *)d)->count, relaxed);
}

int dict_find(ref dict, ref key, ref *value) {
    struct dict *d = dict;
    int64_t h = hash_of(key);
    if (h == -1)
        return -1;
    for (;;) {
        struct table *t = table_of(d);
        ptrdiff_t at = t ? find(d, t, key, h) : ABSENT;
        if (at == FAILED)
            return -1;
        if (at == ABSENT)
            return 0;
        if (at != CHANGED && slot_read(&t->entries[at].value, value))
            return *value != NULL;
    }
}

ref dict_get_str(ref dict, ref key) {
    struct dict *d = dict;
    for (;;) {
        struct table *t = table_of(d);
        ref value;
        ptrdiff_t at = t ? lookup_str(d, t, key, str_hash(key)) : ABSENT;
        if (at < 0 && at != CHANGED)
            return NULL;
        if (at >= 0 && slot_read(&t->entries[at].value, &value))
            return value;
    }
}

ref dict_peek_str(ref dict, ref key) {
    struct table *t = table_of(dict);
    ptrdiff_t at = t ? lookup_str(dict, t, key, str_hash(key)) : ABSENT;
    return at < 0 ? NULL : slot_peek(&t->entries[at].value);
}

static void place_insert(struct table *t, int64_t h, ptrdiff_t at) {
    struct probe p = probe_begin(t, h);
    while (place_get(t, p.place) != PLACE_EMPTY)
        probe_next(&p);
    place_set(t, p.place, at);
}

/* A table with room for more, holding what the old one held; the old one's slots own
 * nothing from then on. The caller has the lock. */
static bool grow(struct dict *d, struct table *old) {
    size_t count = d->count.value, used = 0;
    struct table *t = table_new(count < 5 ? 5 : count * 2);
    if (!t)
        return false;
    for (size_t i = 0; old && i < old->used.value; i++)
        if (old->entries[i].key.object.value) {
            t->entries[used] = old->entries[i];
            place_insert(t, old->entries[i].hash, (ptrdiff_t)used++);
        }
    t->used.value = (uint32_t)used;
    /* release: pairs with the acquire in table_of(). */
    tarn__store(&d->table, t, release);
    return true;
}

static void insert(struct dict *d, struct table *t, ref key, int64_t h, ref value) {
    uint32_t at = t->used.value;
    struct entry *e = &t->entries[at];
    e->hash = h;
    slot_init(&e->value, value);
    slot_init(&e->key, key);
    /* release: pairs with the acquire in used_of(); the entry is written. */
    tarn__store(&t->used, at + 1, release);
    place_insert(t, h, at);
    /* relaxed: one number. */
    tarn__store(&d->count, d->count.value + 1, relaxed);
}

static uint32_t used_of(struct table *t) {
    /* acquire: pairs with the release in insert(). */
    return t ? tarn__load(&t->used, acquire) : 0;
}

/* Stores the value where the key has none or, if `replace`, one too. *found, if not
 * NULL, receives what there was. Returns 1: it was new, 0, or -1. */
static int store(struct dict *d, ref key, int64_t h, ref value, bool replace, ref *found) {
    for (;;) {
        struct table *t = table_of(d);
        uint32_t used = used_of(t);
        ptrdiff_t at = t ? find(d, t, key, h) : ABSENT;
        if (at == FAILED)
            return -1;
        object_lock(d);
        bool valid = at != CHANGED && table_of(d) == t && used_of(t) == used &&
                     (at < 0 || slot_peek(&t->entries[at].key));
        if (!valid) {
            object_unlock(d);
            continue;
        }
        ref old = NULL;
        struct table *retired = NULL;
        if (at >= 0 && found)
            *found = slot_get(&t->entries[at].value);
        if (at >= 0 && replace) {
            tarn_slot *slot = &t->entries[at].value;
            old = slot_swap_locked(slot, value);
        } else if (at < 0) {
            if (!t || used == t->room) {
                retired = t;
                if (!grow(d, t)) {
                    object_unlock(d);
                    raise_no_memory();
                    return -1;
                }
                t = d->table.value;
            }
            insert(d, t, key, h, value);
        }
        object_unlock(d);
        drop(old);
        if (retired)
            block_retire(retired);
        return at < 0;
    }
}

int dict_set(ref dict, ref key, ref value) {
    int64_t h = hash_of(key);
    return h == -1 || store(dict, key, h, value, true, NULL) < 0 ? -1 : 0;
}

int dict_set_str(ref dict, ref key, ref value) {
    return store(dict, key, str_hash(key), value, true, NULL) < 0 ? -1 : 0;
}

ref dict_add(ref dict, ref key, ref value) {
    ref found = NULL;
    int64_t h = hash_of(key);
    if (h == -1 || store(dict, key, h, value, false, &found) < 0)
        return NULL;
    return found ? found : keep(value);
}

/* Takes an entry out, whose key was seen; the caller has the lock. */
static void take(struct dict *d, struct table *t, size_t at, ref *key, ref *value) {
    struct entry *e = &t->entries[at];
    struct probe p = probe_begin(t, e->hash);
    while (place_get(t, p.place) != (ptrdiff_t)at)
        probe_next(&p);
    place_set(t, p.place, PLACE_REMOVED);
    *key = slot_take(&e->key);
    *value = slot_take(&e->value);
    /* relaxed: one number. */
    tarn__store(&d->count, d->count.value - 1, relaxed);
}

int dict_remove(ref dict, ref key, ref *old) {
    struct dict *d = dict;
    int64_t h = hash_of(key);
    if (h == -1)
        return -1;
    for (;;) {
        struct table *t = table_of(d);
        ptrdiff_t at = t ? find(d, t, key, h) : ABSENT;
        if (at == FAILED || at == ABSENT)
            return at == FAILED ? -1 : 0;
        ref held = NULL, value = NULL;
        object_lock(d);
        if (at >= 0 && table_of(d) == t && slot_peek(&t->entries[at].key))
            take(d, t, (size_t)at, &held, &value);
        object_unlock(d);
        if (!held)
            continue;
        drop(held);
        if (old)
            *old = value;
        else
            drop(value);
        return 1;
    }
}

int dict_pop_last(ref dict, ref *key, ref *value) {
    struct dict *d = dict;
    bool found = false;
    object_lock(d);
    struct table *t = table_of(d);
    size_t at = used_of(t);
    while (at > 0 && !t->entries[at - 1].key.object.value)
        at--;
    if (at > 0) {
        take(d, t, at - 1, key, value);
        found = true;
        if (!heap_shared)
            t->used.value = (uint32_t)at - 1;
    }
    object_unlock(d);
    return found;
}

int dict_clear(ref dict) {
    struct dict *d = dict;
    object_lock(d);
    struct table *t = d->table.value;
    /* release: pairs with the acquire in table_of(). */
    tarn__store(&d->table, NULL, release);
    tarn__store(&d->count, 0, relaxed); /* relaxed: one number. */
    object_unlock(d);
    for (size_t i = 0; t && i < t->used.value; i++) {
        drop(t->entries[i].key.object.value);
        drop(t->entries[i].value.object.value);
    }
    if (t)
        block_retire(t);
    return 0;
}

static bool read_entry(struct entry *e, ref *key, ref *value) {
    if (!slot_read(&e->key, key) || !*key)
        return false;
    if (slot_read(&e->value, value) && *value)
        return true;
    drop(*key);
    return false;
}

bool dict_next(ref dict, size_t *at, ref *key, ref *value) {
    struct table *t = table_of(dict);
    uint32_t used = used_of(t);
    while (*at < used)
        if (read_entry(&t->entries[(*at)++], key, value))
            return true;
    return false;
}

bool dict_previous(ref dict, size_t *at, ref *key, ref *value) {
    struct table *t = table_of(dict);
    uint32_t used = used_of(t);
    if (*at > used)
        *at = used;
    while (*at > 0)
        if (read_entry(&t->entries[--*at], key, value))
            return true;
    return false;
}

static void trace(void *object, tarn_visitor visit, void *arg) {
    /* relaxed: the world is stopped, or the dict is dead. */
    struct table *t = tarn__load(&((struct dict *)object)->table, relaxed);
    for (size_t i = 0; t && i < t->used.value; i++) {
        visit(slot_peek(&t->entries[i].key), arg);
        visit(slot_peek(&t->entries[i].value), arg);
    }
}

static void dispose(void *object) {
    /* relaxed: the dict is dead. */
    tarn_free(tarn__load(&((struct dict *)object)->table, relaxed));
}

ref dict_new(void) {
    return object_new(dict_type, dict_class);
}

ref dict_new_sized(size_t n) {
    struct dict *d = dict_new();
    if (d && n > 5 && !(d->table.value = table_new(n))) {
        drop(d);
        return raise_no_memory();
    }
    return d;
}

void dict_type_start(void) {
    static const size_t offsets[] = {offsetof(struct object, cls), offsetof(struct dict, dict)};
    struct tarn_type_spec spec = {
        .name = "dict",
        .size = offsetof(struct dict, dict),
        .trace = trace,
        .dispose = dispose,
        .flags = TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_DISPOSE_LAST | TARN_TYPE_HELD_READS,
    };
    dict_type = heap_type_spec(&spec);
    spec.name = "object derived from dict";
    spec.size = sizeof(struct dict);
    spec.offsets = offsets;
    spec.offset_count = 2;
    dict_sub_type = heap_type_spec(&spec);
}
