/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the keyspace holds: entries, each a key with its value in one object.
 *
 * A string's bytes stand behind its key. Such an entry never changes: every command
 * that changes a string makes a new one and swaps it in, so that readers may borrow
 * whatever they find, and INCR costs what SET costs. Its type has no references: the
 * collector never sees it.
 *
 * Other kinds change in place, so their entry (a holder) has a reference to the object
 * that does. An entry's expiry time is part of it; EXPIRE swaps in a new entry.
 *
 * Hashes and sets are made of the same entries: a field with its value, a member with
 * nothing.
 */
#ifndef KVSERVER_ENTRY_H
#define KVSERVER_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <tarn/tarn.h>

#include "slice.h"

enum kind {
    KIND_STRING,
    KIND_LIST,
    KIND_HASH,
    KIND_SET,
    KIND_GRAPH,
    KIND_PROBE /* a key on the stack, to be looked for */
};

#define KEY_LENGTH_MAX (((size_t)1 << 24) - 1)

/* The fields that all kinds have; a string's text begins right behind them. */
struct entry {
    tarn_object header;
    size_t length; /* of the trailing text: [expiry, 8 bytes] key [value] */
    uint32_t key_length : 24;
    uint32_t kind : 4;
    uint32_t expires : 1;
    TARN__ATOMIC(uint8_t) clock; /* when it was read last, if keys are evicted by age */
    char text[];
};

struct holder {
    tarn_object header;
    size_t length;
    uint32_t key_length : 24;
    uint32_t kind : 4;
    uint32_t expires : 1;
    TARN__ATOMIC(uint8_t) clock;
    void *object;  /* plain: constant, set before the entry is shared */
    int64_t bytes; /* of the object's parts; guarded by the key's stripe */
    char text[];
};

/* What is looked for: as an entry, as far as the map's callbacks see. */
struct probe {
    tarn_object header;
    size_t length;
    uint32_t key_length : 24;
    uint32_t kind : 4;
    uint32_t expires : 1;
    struct slice key;
    uint64_t hash;
};

#define ENTRY_TEXT (offsetof(struct entry, text))
#define HOLDER_TEXT (offsetof(struct holder, text))

/* The types, registered once. */
struct types {
    tarn_type *entry;
    tarn_type *holder;
    tarn_type *element;
    tarn_type *ring;
    tarn_type *list;
    tarn_type *node;
    tarn_type *edges;
    tarn_type *keyspace;
};
extern struct types types;
bool types_register(tarn_heap *heap);

static inline const char *entry_text(const struct entry *e) {
    return (const char *)e + (e->kind == KIND_STRING ? ENTRY_TEXT : HOLDER_TEXT);
}

static inline struct slice entry_key(const struct entry *e) {
    return (struct slice){entry_text(e) + (e->expires ? 8 : 0), e->key_length};
}

/* A string's value. */
static inline struct slice entry_value(const struct entry *e) {
    size_t before = (e->expires ? 8u : 0u) + e->key_length;
    return (struct slice){e->text + before, e->length - before};
}

static inline void *entry_object(const struct entry *e) {
    return ((const struct holder *)e)->object;
}

/* Milliseconds since the epoch; INT64_MAX: never. */
static inline int64_t entry_expiry(const struct entry *e) {
    int64_t at = INT64_MAX;
    if (e->expires)
        memcpy(&at, entry_text(e), sizeof at);
    return at;
}

#define NEVER INT64_MAX

/* New entries, one reference of the caller's; NULL: no memory. string_new leaves the
 * value's bytes to the caller if `value.bytes` is NULL. A holder takes over the
 * caller's reference to `object`, unless it returns NULL. */
struct entry *string_new(struct slice key, struct slice value, int64_t expiry);
struct entry *holder_new(struct slice key, enum kind kind, void *object, int64_t expiry);

/* Another entry with the same value: of that key, expiring then. */
struct entry *entry_copy(struct entry *e, struct slice key, int64_t expiry);

/* The place for a new string's bytes. */
static inline char *string_bytes(struct entry *e) {
    return e->text + (e->expires ? 8 : 0) + e->key_length;
}

/* Bytes of memory that an object of `size` takes; and an entry with its place in a map. */
size_t block_bytes(size_t size);
size_t entry_bytes(const struct entry *e);

/* Maps of entries, and keys to look for in them. */
void *entries_new(void);
void hash_seed(void);
uint64_t hash_bytes(const char *bytes, size_t length);

static inline struct probe probe_of(struct slice key) {
    return (struct probe){
        .kind = KIND_PROBE, .key = key, .hash = hash_bytes(key.bytes, key.length)};
}

#endif
