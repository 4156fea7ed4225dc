/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Writing a snapshot: a walk through the heap that changes nothing in it.
 *
 * Graphs come first: nodes are numbered in the order in which they are met, from the
 * keys on and along the edges, in an array that is also the queue of those whose edges
 * are still to be followed. Nodes that have no key any more, but are linked to, are
 * thus saved too.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "crc64.h"
#include "graph.h"
#include "keyspace.h"
#include "list.h"
#include "snapshot.h"

/* --- blocks ---- */

#define FRAME_HEAD 4u
#define FRAME_TAIL 8u

struct writer {
    int fd;
    bool failed;
    size_t used;
    unsigned char block[FRAME_HEAD + SNAPSHOT_BLOCK + FRAME_TAIL];
};

static void store_word(unsigned char *at, uint64_t word, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(word >> 8 * i);
}

static void write_all(struct writer *w, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length && !w->failed) {
        ssize_t written = write(w->fd, at, length);
        if (written < 0 && errno != EINTR)
            w->failed = true;
        if (written > 0) {
            at += written;
            length -= (size_t)written;
        }
    }
}

static void end_block(struct writer *w) {
    store_word(w->block, w->used, FRAME_HEAD);
    uint64_t sum = crc64(0, w->block, FRAME_HEAD + w->used);
    store_word(w->block + FRAME_HEAD + w->used, sum, FRAME_TAIL);
    write_all(w, w->block, FRAME_HEAD + w->used + FRAME_TAIL);
    w->used = 0;
}

static void put_bytes(struct writer *w, const char *bytes, size_t length) {
    while (length && !w->failed) {
        size_t room = SNAPSHOT_BLOCK - w->used;
        size_t part = length < room ? length : room;
        memcpy(w->block + FRAME_HEAD + w->used, bytes, part);
        w->used += part;
        bytes += part;
        length -= part;
        if (w->used == SNAPSHOT_BLOCK)
            end_block(w);
    }
}

static void put_byte(struct writer *w, char byte) {
    put_bytes(w, &byte, 1);
}

static void put_number(struct writer *w, uint64_t number) {
    char bytes[10];
    size_t length = 0;
    for (; number > 127; number >>= 7)
        bytes[length++] = (char)(number | 128);
    bytes[length++] = (char)number;
    put_bytes(w, bytes, length);
}

static void put_text(struct writer *w, struct slice text) {
    put_number(w, text.length);
    put_bytes(w, text.bytes, text.length);
}

/* --- graphs ---- */

/* Numbers of nodes: open addressing over the array of all. */
struct nodes {
    struct node **node; /* by number */
    size_t count;
    size_t room;
    size_t *slot; /* number + 1, or 0; twice as many as there is room */
    bool failed;
};

static size_t *slot_of(const struct nodes *n, const struct node *node) {
    size_t mask = n->room * 2 - 1;
    size_t at = (size_t)((uintptr_t)node / 16 * 0x9e3779b97f4a7c15u >> 20) & mask;
    while (n->slot[at] && n->node[n->slot[at] - 1] != node)
        at = (at + 1) & mask;
    return &n->slot[at];
}

static bool grow(struct nodes *n) {
    size_t room = n->room ? n->room * 2 : 1024;
    struct node **node = tarn_realloc(n->node, room * sizeof(*node));
    if (node)
        n->node = node;
    size_t *slot = node ? tarn_calloc(room * 2, sizeof *slot) : NULL;
    if (!slot)
        return false;
    tarn_free(n->slot);
    n->slot = slot;
    n->room = room;
    for (size_t i = 0; i < n->count; i++)
        *slot_of(n, n->node[i]) = i + 1;
    return true;
}

static size_t number_of(struct nodes *n, struct node *node) {
    if (n->failed || (n->count == n->room && !grow(n))) {
        n->failed = true;
        return 0;
    }
    size_t *slot = slot_of(n, node);
    if (!*slot) {
        n->node[n->count++] = node;
        *slot = n->count;
    }
    return *slot - 1;
}

static void number_nodes(struct nodes *n, void *keys) {
    struct tarn_map_cursor cursor;
    struct entry *e;
    tarn_map_cursor_begin(&cursor, keys);
    while (tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1)
        if (e->kind == KIND_GRAPH)
            number_of(n, entry_object(e));
    tarn_map_cursor_end(&cursor);
    for (size_t i = 0; i < n->count; i++) {
        struct edges *edges = node_edges_of(n->node[i]);
        size_t count = edges_count(edges);
        for (size_t j = 0; j < count; j++)
            number_of(n, edges->to[j]);
    }
}

static void put_graphs(struct writer *w, struct nodes *n) {
    for (size_t i = 0; i < n->count; i++) {
        put_byte(w, RECORD_NODE);
        put_text(w, node_name(n->node[i]));
    }
    for (size_t i = 0; i < n->count; i++) {
        struct edges *edges = node_edges_of(n->node[i]);
        size_t count = edges_count(edges);
        if (!count)
            continue;
        put_byte(w, RECORD_EDGES);
        put_number(w, i);
        put_number(w, count);
        for (size_t j = 0; j < count; j++)
            put_number(w, number_of(n, edges->to[j]));
    }
}

/* --- keys ---- */

static void put_list(struct writer *w, const struct list *list) {
    put_number(w, list->count);
    for (size_t i = 0; i < list->count; i++)
        put_text(w, element_text(list_at(list, i)));
}

static void put_entries(struct writer *w, void *map, bool values) {
    struct tarn_map_cursor cursor;
    struct entry *e;
    put_number(w, tarn_map_count(map));
    tarn_map_cursor_begin(&cursor, map);
    while (tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1) {
        put_text(w, entry_key(e));
        if (values)
            put_text(w, entry_value(e));
    }
    tarn_map_cursor_end(&cursor);
}

static void put_entry(struct writer *w, struct nodes *n, struct entry *e) {
    static const char records[] = {RECORD_STRING, RECORD_LIST, RECORD_HASH, RECORD_SET,
                                   RECORD_GRAPH};
    put_byte(w, records[e->kind]);
    put_number(w, e->expires ? (uint64_t)entry_expiry(e) : 0);
    put_text(w, entry_key(e));
    if (e->kind == KIND_STRING)
        put_text(w, entry_value(e));
    else if (e->kind == KIND_LIST)
        put_list(w, entry_object(e));
    else if (e->kind == KIND_GRAPH)
        put_number(w, number_of(n, entry_object(e)));
    else
        put_entries(w, entry_object(e), e->kind == KIND_HASH);
}

static long long put_keys(struct writer *w, struct nodes *n, void *keys) {
    struct tarn_map_cursor cursor;
    struct entry *e;
    long long count = 0;
    tarn_map_cursor_begin(&cursor, keys);
    while (!w->failed && tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1) {
        if (e->expires && entry_expiry(e) <= time_ms)
            continue;
        put_entry(w, n, e);
        count++;
    }
    tarn_map_cursor_end(&cursor);
    return count;
}

long long snapshot_write(int fd) {
    static struct writer writer; /* one at a time: save.c sees to it */
    struct writer *w = &writer;
    struct nodes nodes = {0};
    void *keys = keyspace_now()->keys;
    w->fd = fd;
    w->failed = false;
    w->used = 0;
    write_all(w, SNAPSHOT_MAGIC, strlen(SNAPSHOT_MAGIC));
    number_nodes(&nodes, keys);
    if (!nodes.failed)
        put_graphs(w, &nodes);
    long long count = put_keys(w, &nodes, keys);
    put_byte(w, RECORD_END);
    put_number(w, (uint64_t)count);
    if (w->used)
        end_block(w);
    end_block(w); /* an empty one */
    if (nodes.failed)
        errno = ENOMEM;
    bool failed = w->failed || nodes.failed;
    tarn_free(nodes.node);
    tarn_free(nodes.slot);
    return failed ? -1 : count;
}
