/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Sets: open addressing as in CPython's setobject.c (a short linear walk, then a jump),
 * with its growth, so that sets of integers show the same order. Readers take no lock;
 * a place whose key was removed is not used again in that table.
 */
#include <stdlib.h>

#include "object/set.h"

tarn_type *set_type, *set_sub_type;

enum { LINEAR = 9, FIRST_SIZE = 8 };
enum { ABSENT = -1, FAILED = -2, CHANGED = -3 };

/* A removed key leaves an immediate value behind that is none of a script's. */
#define REMOVED SPECIAL(7)

static struct set_table *table_of(struct set *s) {
    /* acquire: pairs with the release in resize(). */
    return tarn__load(&s->table, acquire);
}

static ptrdiff_t same_key(struct set *s, struct set_table *t, struct set_entry *e, ref key) {
    ref held;
    if (!slot_read(&e->key, &held))
        return CHANGED;
    if (!held || held == REMOVED)
        return 0;
    int same = str_is(held) && str_is(key) ? str_equals(held, key) : equals(held, key);
    bool changed = table_of(s) != t || slot_peek(&e->key) != held;
    drop(held);
    return same < 0 ? FAILED : changed ? CHANGED : same;
}

/* The key's place, ABSENT (*free: where it would go), FAILED or CHANGED. */
static ptrdiff_t lookup(struct set *s, struct set_table *t, ref key, int64_t h, size_t *free) {
    size_t i = (size_t)h & t->mask;
    for (uint64_t perturb = (uint64_t)h;;) {
        size_t walk = i + LINEAR <= t->mask ? LINEAR : 0;
        for (size_t at = i; at <= i + walk; at++) {
            struct set_entry *e = &t->entries[at];
            ref held = slot_peek(&e->key);
            if (!held) {
                *free = at;
                return ABSENT;
            }
            if (held == key)
                return (ptrdiff_t)at;
            if (e->hash != h || held == REMOVED)
                continue;
            ptrdiff_t same = same_key(s, t, e, key);
            if (same)
                return same < 0 ? same : (ptrdiff_t)at;
        }
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & t->mask;
    }
}

static struct set_table *table_new(size_t size) {
    size_t bytes = sizeof(struct set_table) + size * sizeof(struct set_entry);
    struct set_table *t = memory_get(bytes);
    if (t)
        memset(t, 0, bytes);
    if (t)
        t->mask = size - 1;
    return t;
}

static void insert_clean(struct set_table *t, struct set_entry *from) {
    size_t i = (size_t)from->hash & t->mask;
    for (uint64_t perturb = (uint64_t)from->hash;;) {
        size_t walk = i + LINEAR <= t->mask ? LINEAR : 0;
        for (size_t at = i; at <= i + walk; at++)
            if (!t->entries[at].key.object.value) {
                t->entries[at] = *from;
                return;
            }
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & t->mask;
    }
}

static void set_fill(struct set *s, size_t n) {
    /* relaxed: read again with the lock. */
    tarn__store(&s->fill, n, relaxed);
}

/* With the lock: a larger table that takes the keys over. */
static bool resize(struct set *s, size_t least) {
    size_t size = FIRST_SIZE;
    while (size <= least)
        size *= 2;
    struct set_table *old = s->table.value, *t = table_new(size);
    if (!t)
        return false;
    for (size_t i = 0; old && i <= old->mask; i++) {
        ref key = slot_peek(&old->entries[i].key);
        if (key && key != REMOVED)
            insert_clean(t, &old->entries[i]);
    }
    set_fill(s, s->count.value);
    /* release: pairs with the acquire in table_of(). */
    tarn__store(&s->table, t, release);
    return true;
}

static void add_count(struct set *s, ptrdiff_t n) {
    /* relaxed: one number. */
    tarn__store(&s->count, s->count.value + (size_t)n, relaxed);
}

/* With the lock, at a free place: the key, and room for the next ones. */
static struct set_table *insert(struct set *s, struct set_table *t, size_t at, ref key, int64_t h) {
    t->entries[at].hash = h;
    if (heap_shared)
        tarn_slot_store(&t->entries[at].key, key);
    else
        t->entries[at].key.object.value = keep(key);
    set_fill(s, s->fill.value + 1);
    add_count(s, 1);
    if (s->fill.value * 5 < t->mask * 3)
        return NULL;
    size_t count = s->count.value;
    return resize(s, count > 50000 ? count * 2 : count * 4) ? t : NULL;
}

int set_add(ref v, ref key) {
    struct set *s = v;
    int64_t h = hash(key);
    if (h == -1)
        return -1;
    for (;;) {
        size_t at = 0;
        struct set_table *t = table_of(s), *retired = NULL;
        size_t fill = tarn__load(&s->fill, relaxed); /* relaxed: looked at again with the lock. */
        ptrdiff_t found = t ? lookup(s, t, key, h, &at) : ABSENT;
        if (found == FAILED || found >= 0)
            return found == FAILED ? -1 : 0;
        object_lock(s);
        if (!s->table.value && !resize(s, 0)) {
            object_unlock(s);
            raise_no_memory();
            return -1;
        }
        bool valid = t && found == ABSENT && table_of(s) == t && s->fill.value == fill &&
                     !slot_peek(&t->entries[at].key);
        if (valid)
            retired = insert(s, t, at, key, h);
        object_unlock(s);
        if (retired)
            block_retire(retired);
        if (valid)
            return 1;
    }
}

int set_has(ref v, ref key) {
    struct set *s = v;
    size_t at;
    int64_t h = hash(key);
    if (h == -1)
        return -1;
    for (;;) {
        struct set_table *t = table_of(s);
        ptrdiff_t found = t ? lookup(s, t, key, h, &at) : ABSENT;
        if (found != CHANGED)
            return found == FAILED ? -1 : found >= 0;
    }
}

int set_discard(ref v, ref key) {
    struct set *s = v;
    size_t at;
    int64_t h = hash(key);
    if (h == -1)
        return -1;
    for (;;) {
        struct set_table *t = table_of(s);
        ptrdiff_t found = t ? lookup(s, t, key, h, &at) : ABSENT;
        if (found == FAILED || found == ABSENT)
            return found == FAILED ? -1 : 0;
        ref old = NULL;
        object_lock(s);
        if (found >= 0 && table_of(s) == t) {
            tarn_slot *slot = &t->entries[found].key;
            old = slot_peek(slot);
            if (old && old != REMOVED) {
                if (heap_shared)
                    old = tarn_slot_exchange(slot, REMOVED);
                else
                    slot->object.value = REMOVED;
                add_count(s, -1);
            }
        }
        object_unlock(s);
        if (old && old != REMOVED) {
            drop(old);
            return 1;
        }
    }
}

size_t set_count(ref v) {
    /* relaxed: one number. */
    return tarn__load(&((struct set *)v)->count, relaxed);
}

bool set_next(ref v, size_t *at, ref *key) {
    struct set_table *t = table_of(v);
    while (t && *at <= t->mask)
        if (slot_read(&t->entries[(*at)++].key, key) && *key && *key != REMOVED)
            return true;
    return false;
}

void set_clear(ref v) {
    struct set *s = v;
    object_lock(s);
    struct set_table *t = s->table.value;
    /* release: pairs with the acquire in table_of(). */
    tarn__store(&s->table, NULL, release);
    set_fill(s, 0);
    tarn__store(&s->count, 0, relaxed); /* relaxed: one number. */
    object_unlock(s);
    for (size_t i = 0; t && i <= t->mask; i++)
        drop(t->entries[i].key.object.value);
    if (t)
        block_retire(t);
}

ref set_pop(ref v) {
    struct set *s = v;
    size_t at = s->finger;
    ref key, first = NULL;
    for (int turn = 0; turn < 2 && !first; turn++, at = 0)
        if (set_next(v, &at, &key))
            first = key;
    s->finger = at;
    return first;
}

bool set_reserve(ref v, size_t more) {
    struct set *s = v;
    struct set_table *old = NULL;
    bool done = true;
    object_lock(s);
    size_t mask = s->table.value ? s->table.value->mask : FIRST_SIZE - 1;
    if ((s->fill.value + more) * 5 >= mask * 3) {
        old = s->table.value;
        done = resize(s, (s->count.value + more) * 2);
    }
    object_unlock(s);
    if (!done)
        raise_no_memory();
    else if (old)
        block_retire(old);
    return done;
}

static void trace(void *object, tarn_visitor visit, void *arg) {
    /* relaxed: the world is stopped, or the set is dead. */
    struct set_table *t = tarn__load(&((struct set *)object)->table, relaxed);
    for (size_t i = 0; t && i <= t->mask; i++)
        visit(slot_peek(&t->entries[i].key), arg);
}

static void dispose(void *object) {
    /* relaxed: the set is dead. */
    tarn_free(tarn__load(&((struct set *)object)->table, relaxed));
}

ref set_new(struct cls *cls) {
    bool derived = cls->flags & CLASS_HEAP;
    return object_new(derived ? set_sub_type : set_type, derived ? keep(cls) : cls);
}

void set_type_start(void) {
    static const size_t offsets[] = {offsetof(struct object, cls), offsetof(struct set, dict)};
    struct tarn_type_spec spec = {
        .name = "set",
        .size = offsetof(struct set, dict),
        .trace = trace,
        .dispose = dispose,
        .flags = TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_DISPOSE_LAST | TARN_TYPE_HELD_READS,
    };
    set_type = heap_type_spec(&spec);
    spec.name = "object derived from set";
    spec.size = sizeof(struct set);
    spec.offsets = offsets;
    spec.offset_count = 2;
    set_sub_type = heap_type_spec(&spec);
}
