/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A hash table of lists after M. M. Michael (SPAA 2002) and Treiber's stack, out of
 * slots. A slot has no bit for "removed": a removed node's link leads to a marker, a
 * node of its own that leads on (as in Java's ConcurrentSkipListMap). Nodes are found
 * by peeking, which holds to the next safepoint; only what a caller asked for is
 * counted.
 */
#include <stdlib.h>

#include "harness.h"
#include "ours.h"

struct node {
    tarn_object header;
    tarn_slot next;
    uint64_t key;
    bool marker; /* constant */
};

struct table {
    tarn_type *type;
    tarn_slot bucket[TABLE_BUCKETS];
};

static tarn_type *node_type(void) {
    static tarn_type *type;
    static const size_t next[] = {offsetof(struct node, next)};
    if (!type)
        type = tarn_type_register(ours.heap, &(struct tarn_type_spec){.name = "node",
                                                                      .size = sizeof(struct node),
                                                                      .offsets = next,
                                                                      .offset_count = 1,
                                                                      .flags = TARN_TYPE_SHARED});
    return type;
}

/* Takes over a reference to `next`, which has been in a slot. */
static struct node *make_node(uint64_t key, struct node *next, bool marker) {
    struct node *node = tarn_new(node_type());
    if (!node)
        abort();
    node->key = key;
    node->marker = marker;
    tarn_slot_give(&node->next, next);
    return node;
}

static void *open_table(void) {
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        abort();
    node_type();
    return table;
}

static void close_table(void *arg) {
    struct table *table = arg;
    for (unsigned i = 0; i < TABLE_BUCKETS; i++)
        tarn_slot_destroy(&table->bucket[i]);
    free(table);
    tarn_safepoint();
}

static tarn_slot *bucket_of(void *table, uint64_t key) {
    return &((struct table *)table)->bucket[hash_key(key) % TABLE_BUCKETS];
}

struct place {
    tarn_slot *link; /* leads to `node` */
    struct node *node;
};

/* Steps over removed nodes, unlinking them; false: begin anew. */
static bool step(struct place *p, uint64_t key) {
    p->node = tarn_slot_peek(p->link);
    while (p->node && !p->node->marker) {
        struct node *next = tarn_slot_peek(&p->node->next);
        if (next && next->marker) {
            next = tarn_slot_peek(&next->next);
            if (!tarn_slot_compare_exchange(p->link, p->node, next))
                return false;
            p->node = next;
            continue;
        }
        if (p->node->key >= key)
            return true;
        p->link = &p->node->next;
        p->node = next;
    }
    return !p->node; /* at a marker: what leads here is removed */
}

static bool seek(tarn_slot *bucket, uint64_t key, struct place *p) {
    do
        p->link = bucket;
    while (!step(p, key));
    return p->node && p->node->key == key;
}

static bool find_key(void *table, uint64_t key) {
    struct place p;
    if (!seek(bucket_of(table, key), key, &p) || !tarn_try_incref(p.node))
        return false;
    tarn_decref(p.node);
    return true;
}

static bool insert_key(void *table, uint64_t key) {
    tarn_slot *bucket = bucket_of(table, key);
    struct place p;
    while (!seek(bucket, key, &p)) {
        if (p.node && !tarn_try_incref(p.node))
            continue; /* it was only borrowed, and has gone */
        struct node *made = make_node(key, p.node, false);
        bool done = tarn_slot_compare_exchange(p.link, p.node, made);
        tarn_decref(made);
        if (done)
            return true;
    }
    return false;
}

static bool remove_key(void *table, uint64_t key) {
    tarn_slot *bucket = bucket_of(table, key);
    struct place p;
    while (seek(bucket, key, &p)) {
        struct node *next = tarn_slot_peek(&p.node->next);
        if (next && (next->marker || !tarn_try_incref(next)))
            continue;
        struct node *marker = make_node(0, next, true);
        bool done = tarn_slot_compare_exchange(&p.node->next, next, marker);
        tarn_decref(marker);
        if (!done)
            continue;
        if (!tarn_slot_compare_exchange(p.link, p.node, next))
            seek(bucket, key, &p);
        return true;
    }
    return false;
}

const struct peer_table tarn_table = {
    OURS("tarn, a list of slots"), open_table, close_table, find_key, insert_key, remove_key};

/* ----------------------------------------------------------------------- stack ---- */

static void *open_stack(void) {
    void *stack = aligned_alloc(128, 128);
    if (!stack)
        abort();
    tarn_slot_init(stack, NULL);
    node_type();
    return stack;
}

static void close_stack(void *stack) {
    tarn_slot_destroy(stack);
    free(stack);
    tarn_safepoint();
}

static bool top_stack(void *stack) {
    void *top = tarn_slot_load(stack);
    if (top)
        tarn_decref(top);
    return top;
}

static void push_stack(void *stack, uint64_t value) {
    struct node *node = make_node(value, NULL, false);
    struct node *top;
    do {
        top = tarn_slot_load(stack);
        tarn_slot_give(&node->next, top);
    } while (!tarn_slot_compare_exchange(stack, top, node));
    tarn_decref(node);
}

/* What follows the top is held by it, and it is borrowed. */
static bool pop_stack(void *stack) {
    struct node *top;
    do
        top = tarn_slot_peek(stack);
    while (top && !tarn_slot_compare_exchange(stack, top, tarn_slot_peek(&top->next)));
    return top;
}

const struct peer_stack tarn_stack = {OURS("tarn, slots"), open_stack, close_stack,
                                      top_stack,           push_stack, pop_stack};
