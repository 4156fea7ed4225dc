/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Dicts and sets. Reading is lock-free, writers of one dict take its lock.
 *
 * A dict's table is an array of entries in the order of insertion and an open-addressed
 * index into it, as CPython's; a table that gets full is replaced. An entry's key is
 * written once, and its place never used again in that table, so that a reader that
 * sees a key sees it with its hash.
 */
#ifndef ADDER_OBJECT_TABLE_H
#define ADDER_OBJECT_TABLE_H

#include "object/builtin.h"

struct entry {
    int64_t hash;
    tarn_slot key, value; /* both empty: removed */
};

struct table {
    struct retired retired;
    uint8_t bits;                /* the index has 1 << bits places */
    uint8_t width;               /* of one of them: 1, 2 or 4 bytes */
    uint32_t room;               /* entries that fit */
    TARN__ATOMIC(uint32_t) used; /* entries begun, removed ones too */
    struct entry *entries;
    /* the index, then the entries */
};

struct dict {
    struct object object;
    TARN__ATOMIC(size_t) count;
    TARN__ATOMIC(struct table *) table; /* NULL: empty */
    tarn_slot dict;
};

static inline bool dict_is(ref v) {
    return is_object(v) && solid_of(v) == dict_class;
}

ref dict_new(void);
ref dict_new_sized(size_t n);
size_t dict_count(ref dict);

/* 1 with a new reference in *value, 0: no such key, -1: an exception waits. */
int dict_find(ref dict, ref key, ref *value);
/* A new reference or NULL without an exception, for a key that is a str. */
ref dict_get_str(ref dict, ref key);
/* The same, borrowed until the next safepoint. */
ref dict_peek_str(ref dict, ref key);
int dict_set(ref dict, ref key, ref value);
int dict_set_str(ref dict, ref key, ref value); /* key: a str */
/* 1, 0: there was none, -1. old, if not NULL, receives what was there. */
int dict_remove(ref dict, ref key, ref *old);
/* setdefault: a new reference to what is there afterwards. */
ref dict_add(ref dict, ref key, ref value);
int dict_pop_last(ref dict, ref *key, ref *value);
int dict_clear(ref dict);
ref dict_copy(ref dict);
int dict_update(ref dict, ref other); /* a mapping or an iterable of pairs */
/* Walks: *at starts as 0. Returns whether there was another entry; new references. */
bool dict_next(ref dict, size_t *at, ref *key, ref *value);
bool dict_previous(ref dict, size_t *at, ref *key, ref *value); /* *at starts as SIZE_MAX */
ref dict_keys_list(ref dict);
ref dict_iterator(ref dict, struct cls *cls);

struct set_entry {
    int64_t hash;
    tarn_slot key;
};

struct set_table {
    struct retired retired;
    size_t mask;
    struct set_entry entries[];
};

struct set {
    struct object object;
    TARN__ATOMIC(size_t) count; /* living */
    TARN__ATOMIC(size_t) fill;  /* and removed */
    size_t finger;              /* where pop goes on */
    TARN__ATOMIC(struct set_table *) table;
    int64_t hash; /* of a frozenset, 0: not known */
    tarn_slot dict;
};

static inline bool set_is(ref v) {
    return is_object(v) && (solid_of(v) == set_class || solid_of(v) == frozenset_class);
}

ref set_new(struct cls *cls);
int set_add(ref set, ref key);
int set_has(ref set, ref key);
int set_discard(ref set, ref key); /* 1: it was there */
int set_update(ref set, ref iterable);
size_t set_count(ref set);
bool set_next(ref set, size_t *at, ref *key);

#endif
