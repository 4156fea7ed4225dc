/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The types of objects, the making of entries, and how maps find them.
 *
 * Of all types only a graph's nodes and edges are tracked: only they can be part of a
 * cycle. Entries and lists are leaves, or are flagged as untracked, so the maps that
 * hold them are `acyclic`: the collector walks the graphs and not the keyspace.
 */
#include "entry.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <tarn/contain.h>

#include "graph.h"
#include "keyspace.h"
#include "list.h"

struct types types;

/* --- hashing: two multiplications for a key of up to 16 bytes, under a secret ---- */

static uint64_t secret[2];

void hash_seed(void) {
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        abort();
}

static inline uint64_t word8(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint32_t word4(const char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Both halves of a product: every bit of either factor reaches every bit. */
static inline uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(const char *bytes, size_t length) {
    uint64_t hash = secret[0] ^ length;
    uint64_t first = 0;
    uint64_t last = 0;
    for (; length > 16; bytes += 16, length -= 16)
        hash = fold(word8(bytes) ^ secret[1], word8(bytes + 8) ^ hash);
    if (length >= 8) {
        first = word8(bytes);
        last = word8(bytes + length - 8);
    } else if (length >= 4) {
        first = word4(bytes);
        last = word4(bytes + length - 4);
    } else if (length) {
        first = (uint64_t)(unsigned char)bytes[0] << 8 | (unsigned char)bytes[length / 2];
        last = (unsigned char)bytes[length - 1];
    }
    return fold(fold(first ^ secret[1], last ^ hash), secret[0] | 1);
}

/* --- what the maps ask ---- */

static uint64_t hash_entry(const void *key, void *arg) {
    (void)arg;
    if (((const struct entry *)key)->kind == KIND_PROBE)
        return ((const struct probe *)key)->hash;
    struct slice text = entry_key(key);
    return hash_bytes(text.bytes, text.length);
}

static bool equal_entries(const void *held, const void *key, void *arg) {
    (void)arg;
    const struct entry *e = key;
    struct slice text = e->kind == KIND_PROBE ? ((const struct probe *)key)->key : entry_key(e);
    return slice_equal(entry_key(held), text);
}

void *entries_new(void) {
    return tarn_map_new(&(struct tarn_map_spec){
        .kind = TARN_MAP_ENTRIES, .hash = hash_entry, .equal = equal_entries, .acyclic = true});
}

/* --- entries ---- */

static_assert(offsetof(struct entry, clock) == offsetof(struct holder, clock),
              "a holder is an entry");
static_assert(offsetof(struct entry, length) == offsetof(struct probe, length),
              "a probe looks like an entry");

/* Head and key of a new entry of either type. */
static struct entry *begin(tarn_type *type, enum kind kind, struct slice key, size_t value,
                           int64_t expiry) {
    size_t before = expiry == NEVER ? 0 : sizeof expiry;
    struct entry *e = tarn_new_array(type, before + key.length + value);
    if (!e)
        return NULL;
    e->key_length = (uint32_t)key.length & KEY_LENGTH_MAX;
    e->kind = kind;
    e->expires = expiry != NEVER;
    char *text = (char *)e + (kind == KIND_STRING ? ENTRY_TEXT : HOLDER_TEXT);
    if (before)
        memcpy(text, &expiry, sizeof expiry);
    memcpy(text + before, key.bytes, key.length);
    return e;
}

struct entry *string_new(struct slice key, struct slice value, int64_t expiry) {
    struct entry *e = begin(types.entry, KIND_STRING, key, value.length, expiry);
    if (e && value.bytes && value.length)
        memcpy(string_bytes(e), value.bytes, value.length);
    return e;
}

struct entry *holder_new(struct slice key, enum kind kind, void *object, int64_t expiry) {
    struct entry *e = begin(types.holder, kind, key, 0, expiry);
    if (e)
        tarn_field_give(&((struct holder *)e)->object, object);
    return e;
}

struct entry *entry_copy(struct entry *e, struct slice key, int64_t expiry) {
    if (e->kind == KIND_STRING)
        return string_new(key, entry_value(e), expiry);
    struct entry *copy = begin(types.holder, e->kind, key, 0, expiry);
    if (copy) {
        tarn_field_set(&((struct holder *)copy)->object, entry_object(e));
        ((struct holder *)copy)->bytes = ((struct holder *)e)->bytes;
    }
    return copy;
}

/* Size classes: 16 bytes apart up to 512, then four to a doubling. */
size_t block_bytes(size_t size) {
    size_t step = 16;
    while (size > step * 32)
        step *= 2;
    step = step > 16 ? step * 4 : step;
    return (size + step - 1) & ~(step - 1);
}

#define MAP_PLACE_BYTES 56 /* a node and its share of the buckets */

size_t entry_bytes(const struct entry *e) {
    size_t before = e->kind == KIND_STRING ? ENTRY_TEXT : HOLDER_TEXT;
    return block_bytes(before + e->length) + MAP_PLACE_BYTES;
}

/* --- types ---- */

static tarn_type *trailing(tarn_heap *heap, const char *name, size_t size, size_t element,
                           const size_t *offsets, size_t count, unsigned flags) {
    static const size_t itself[] = {0};
    bool references = element == sizeof(void *);
    return tarn_type_register(
        heap, &(struct tarn_type_spec){.name = name,
                                       .size = size,
                                       .offsets = offsets,
                                       .offset_count = count,
                                       .element_size = element,
                                       .length_offset = offsetof(struct entry, length),
                                       .element_offsets = references ? itself : NULL,
                                       .element_offset_count = references,
                                       .flags = flags});
}

static const size_t holder_object[] = {offsetof(struct holder, object)};
static const size_t list_ring[] = {offsetof(struct list, ring)};
static const size_t node_edges[] = {offsetof(struct node, edges)};
static const size_t keyspace_maps[] = {offsetof(struct keyspace, keys),
                                       offsetof(struct keyspace, expiring)};

bool types_register(tarn_heap *heap) {
    types.entry = trailing(heap, "string", ENTRY_TEXT, 1, NULL, 0, 0);
    types.holder = trailing(heap, "holder", HOLDER_TEXT, 1, holder_object, 1, TARN_TYPE_UNTRACKED);
    types.element = trailing(heap, "element", sizeof(struct element), 1, NULL, 0, 0);
    types.ring =
        trailing(heap, "ring", sizeof(struct ring), sizeof(void *), NULL, 0, TARN_TYPE_UNTRACKED);
    types.node = trailing(heap, "node", sizeof(struct node), 1, node_edges, 1, TARN_TYPE_SHARED);
    types.edges =
        trailing(heap, "edges", sizeof(struct edges), sizeof(void *), NULL, 0, TARN_TYPE_SHARED);
    types.list = tarn_type_register(heap, &(struct tarn_type_spec){.name = "list",
                                                                   .size = sizeof(struct list),
                                                                   .offsets = list_ring,
                                                                   .offset_count = 1,
                                                                   .flags = TARN_TYPE_UNTRACKED});
    types.keyspace =
        tarn_type_register(heap, &(struct tarn_type_spec){.name = "keyspace",
                                                          .size = sizeof(struct keyspace),
                                                          .offsets = keyspace_maps,
                                                          .offset_count = 2,
                                                          .flags = TARN_TYPE_UNTRACKED});
    return types.entry && types.holder && types.element && types.ring && types.list && types.node &&
           types.edges && types.keyspace;
}
