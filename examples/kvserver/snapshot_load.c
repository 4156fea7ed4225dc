/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Loading a snapshot. The first thing that is wrong ends it: the message names the
 * offset in the file, and the caller does not go on to serve what was loaded so far.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crc64.h"
#include "graph.h"
#include "keyspace.h"
#include "list.h"
#include "request.h"
#include "set.h"
#include "snapshot.h"

struct loader {
    int fd;
    const char *name;
    bool failed;
    bool ended;    /* the block of length 0 was read */
    uint64_t next; /* offset in the file behind the block */
    unsigned char *block;
    size_t length; /* of the block's bytes */
    size_t at;

    char *text; /* scratch for a key or name */
    size_t text_room;
    struct node **node;
    size_t nodes;
    size_t node_room;
};

/* --- what is wrong ---- */

static uint64_t offset_now(const struct loader *l) {
    return l->next - 8 - (l->length - l->at);
}

static bool fail_at(struct loader *l, uint64_t offset, const char *what) {
    if (!l->failed)
        fprintf(stderr, "kvserver: %s is damaged at offset %llu: %s\n", l->name,
                (unsigned long long)offset, what);
    l->failed = true;
    return false;
}

static bool fail(struct loader *l, const char *what) {
    return fail_at(l, offset_now(l), what);
}

static bool no_memory(struct loader *l) {
    if (!l->failed)
        fprintf(stderr, "kvserver: %s: no memory to load it\n", l->name);
    l->failed = true;
    return false;
}

/* --- blocks ---- */

/* Reads exactly so many bytes; fewer are there: how many. */
static size_t read_up_to(struct loader *l, void *into, size_t length) {
    size_t got = 0;
    while (got < length) {
        ssize_t some = read(l->fd, (char *)into + got, length - got);
        if (some == 0 || (some < 0 && errno != EINTR))
            break;
        if (some > 0)
            got += (size_t)some;
    }
    return got;
}

static uint64_t load_word(const unsigned char *at, unsigned bytes) {
    uint64_t word = 0;
    for (unsigned i = 0; i < bytes; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

/* The next block, its sum checked. */
static bool read_block(struct loader *l) {
    uint64_t start = l->next;
    unsigned char *b = l->block;
    size_t got = read_up_to(l, b, 4);
    if (got < 4)
        return fail_at(l, start + got, "the file ends within a block's head");
    size_t length = (size_t)load_word(b, 4);
    if (length > SNAPSHOT_BLOCK)
        return fail_at(l, start, "a block of more than 65536 bytes");
    got = read_up_to(l, b + 4, length + 8);
    if (got < length + 8)
        return fail_at(l, start + 4 + got, "the file ends within a block");
    if (load_word(b + 4 + length, 8) != crc64(0, b, 4 + length))
        return fail_at(l, start, "the block that begins here has a wrong checksum");
    l->next = start + 4 + length + 8;
    l->length = length;
    l->at = 0;
    l->ended = length == 0;
    return true;
}

static bool get_bytes(struct loader *l, char *into, size_t length) {
    while (length) {
        if (l->ended)
            return fail(l, "the records end within one");
        if (l->at == l->length && !read_block(l))
            return false;
        size_t there = l->length - l->at;
        size_t part = length < there ? length : there;
        memcpy(into, l->block + 4 + l->at, part);
        l->at += part;
        into += part;
        length -= part;
    }
    return true;
}

static bool get_number(struct loader *l, uint64_t *number) {
    unsigned char byte;
    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!get_bytes(l, (char *)&byte, 1))
            return false;
        *number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return fail(l, "a number of more than 64 bits");
}

/* A length, which must be one that a text can have. */
static bool get_length(struct loader *l, size_t *length, uint64_t most) {
    uint64_t number;
    if (!get_number(l, &number))
        return false;
    if (number > most)
        return fail(l, "a text longer than texts can be");
    *length = (size_t)number;
    return true;
}

/* A text, in the loader's scratch memory. */
static bool get_text(struct loader *l, struct slice *text, uint64_t most) {
    size_t length;
    if (!get_length(l, &length, most))
        return false;
    if (length > l->text_room) {
        char *grown = tarn_realloc(l->text, length);
        if (!grown)
            return no_memory(l);
        l->text = grown;
        l->text_room = length;
    }
    *text = (struct slice){l->text, length};
    return get_bytes(l, l->text, length);
}

/* --- graphs ---- */

static bool load_node(struct loader *l) {
    struct slice name;
    if (!get_text(l, &name, KEY_LENGTH_MAX))
        return false;
    if (l->nodes == l->node_room) {
        size_t room = l->node_room ? l->node_room * 2 : 1024;
        struct node **grown = tarn_realloc(l->node, room * sizeof(*grown));
        if (!grown)
            return no_memory(l);
        l->node = grown;
        l->node_room = room;
    }
    struct node *node = node_new(name);
    if (!node)
        return no_memory(l);
    l->node[l->nodes++] = node;
    return true;
}

static bool get_node(struct loader *l, struct node **node) {
    uint64_t number;
    if (!get_number(l, &number))
        return false;
    if (number >= l->nodes)
        return fail(l, "a node that there is none of");
    *node = l->node[number];
    return true;
}

static bool load_edges(struct loader *l) {
    struct node *from;
    uint64_t count;
    if (!get_node(l, &from) || !get_number(l, &count))
        return false;
    if (count == 0 || count > l->nodes)
        return fail(l, "edges to more nodes than there are");
    struct node **to = tarn_malloc((size_t)count * sizeof(*to));
    if (!to)
        return no_memory(l);
    size_t got = 0;
    while (got < count && get_node(l, &to[got]))
        got++;
    ptrdiff_t linked = got == count ? node_link(from, to, got) : 0;
    tarn_free(to);
    if (linked < 0)
        return no_memory(l);
    return !l->failed && ((size_t)linked == got || fail(l, "an edge that is there already"));
}

/* --- keys ---- */

/* A text as a new string entry under that key. */
static struct entry *load_string(struct loader *l, struct slice key, int64_t expiry) {
    size_t length;
    if (!get_length(l, &length, BULK_MAX))
        return NULL;
    struct entry *e = string_new(key, (struct slice){NULL, length}, expiry);
    if (!e)
        no_memory(l);
    else if (!get_bytes(l, string_bytes(e), length)) {
        tarn_decref(e);
        e = NULL;
    }
    return e;
}

static int64_t load_elements(struct loader *l, struct list *list, uint64_t count) {
    int64_t bytes = 0;
    struct slice text;
    for (uint64_t i = 0; i < count && get_text(l, &text, BULK_MAX); i++) {
        struct element *e = list_reserve(list, 1) ? element_new(text) : NULL;
        if (!e) {
            no_memory(l);
            break;
        }
        list_push(list, e, false);
        bytes += (int64_t)element_bytes(e);
    }
    return bytes;
}

static int64_t load_entries(struct loader *l, void *map, uint64_t count, bool values) {
    int64_t bytes = 0;
    struct slice text;
    for (uint64_t i = 0; i < count && get_text(l, &text, BULK_MAX); i++) {
        struct entry *e =
            values ? load_string(l, text, NEVER) : string_new(text, (struct slice){"", 0}, NEVER);
        int put = e ? tarn_map_add(map, e, e, NULL) : -ENOMEM;
        if (put > 0)
            bytes += (int64_t)entry_bytes(e);
        if (e)
            tarn_decref(e);
        if (put < 0)
            no_memory(l);
        else if (put == 0)
            fail(l, "a field or member that is there already");
        if (put <= 0)
            break;
    }
    return bytes;
}

/* What a holder leads to, filled. */
static struct entry *load_holder(struct loader *l, enum kind kind, struct slice key,
                                 int64_t expiry) {
    struct node *node = NULL;
    uint64_t count = 0;
    if (kind == KIND_GRAPH ? !get_node(l, &node) : false)
        return NULL;
    if (node)
        tarn_incref(node);
    void *object = kind == KIND_GRAPH  ? (void *)node
                   : kind == KIND_LIST ? (void *)list_new()
                                       : entries_new();
    struct entry *e = object ? holder_new(key, kind, object, expiry) : NULL;
    if (!e) {
        tarn_decref_value(object);
        no_memory(l);
        return NULL;
    }
    /* The scratch memory that the key was in is used for the parts from here on. */
    int64_t *bytes = &((struct holder *)e)->bytes;
    if (kind != KIND_GRAPH && get_number(l, &count))
        *bytes = kind == KIND_LIST ? load_elements(l, object, count)
                                   : load_entries(l, object, count, kind == KIND_HASH);
    if (!l->failed && kind != KIND_GRAPH && count == 0)
        fail(l, "a key that holds nothing");
    if (l->failed) {
        tarn_decref(e);
        e = NULL;
    }
    return e;
}

static bool load_key(struct loader *l, enum kind kind) {
    struct slice key;
    uint64_t expiry;
    if (!get_number(l, &expiry) || !get_text(l, &key, KEY_LENGTH_MAX))
        return false;
    int64_t at = expiry ? (int64_t)expiry : NEVER;
    struct probe probe = probe_of(key);
    if (key_find(&probe))
        return fail(l, "a key that is there already");
    struct entry *e = kind == KIND_STRING ? load_string(l, key, at) : load_holder(l, kind, key, at);
    if (!e)
        return false;
    if (at <= time_ms) {
        tarn_decref(e);
        return true;
    }
    return key_store(e) || no_memory(l);
}

/* --- the file ---- */

static bool load_end(struct loader *l, size_t keys) {
    uint64_t count;
    char more;
    if (!get_number(l, &count))
        return false;
    if (count != keys)
        return fail(l, "not as many keys as it says");
    if (l->at < l->length || !read_block(l) || !l->ended)
        return fail(l, "records behind the last");
    if (read_up_to(l, &more, 1) != 0)
        return fail_at(l, l->next, "bytes behind the end");
    return true;
}

static bool load_record(struct loader *l, char record, size_t *keys) {
    static const char kinds[] = {RECORD_STRING, RECORD_LIST, RECORD_HASH, RECORD_SET, RECORD_GRAPH};
    const char *kind = memchr(kinds, record, sizeof kinds);
    if (record == RECORD_NODE)
        return load_node(l);
    if (record == RECORD_EDGES)
        return load_edges(l);
    if (!kind)
        return fail(l, "a record of no known kind");
    ++*keys;
    return load_key(l, (enum kind)(kind - kinds));
}

static bool load_records(struct loader *l, size_t *keys) {
    char magic[sizeof SNAPSHOT_MAGIC - 1];
    char record = 0;
    if (read_up_to(l, magic, sizeof magic) != sizeof magic ||
        memcmp(magic, SNAPSHOT_MAGIC, sizeof magic) != 0)
        return fail_at(l, 0, "it does not begin with " SNAPSHOT_MAGIC);
    l->next = sizeof magic;
    while (get_bytes(l, &record, 1)) {
        if (record == RECORD_END)
            return load_end(l, *keys);
        if (!load_record(l, record, keys))
            return false;
        tarn_safepoint();
    }
    return false;
}

bool snapshot_load(int fd, const char *name, size_t *keys) {
    struct loader l = {.fd = fd, .name = name, .block = tarn_malloc(4 + SNAPSHOT_BLOCK + 8)};
    *keys = 0;
    bool loaded = l.block ? load_records(&l, keys) : no_memory(&l);
    for (size_t i = 0; i < l.nodes; i++)
        tarn_decref(l.node[i]);
    tarn_free(l.node);
    tarn_free(l.text);
    tarn_free(l.block);
    return loaded;
}
