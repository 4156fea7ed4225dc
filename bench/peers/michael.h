/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A hash table after M. M. Michael (SPAA 2002) and Treiber's stack, of nodes with an
 * atomic count, for whoever frees nodes by another way than counting: a link's
 * lowest bit says that its node is removed.
 *
 * The includer defines MICHAEL_NODE_EXTRA (fields), node_make(), node_retire(node),
 * to be called by whoever unlinked it, and read_begin(), read_end(). A reader takes
 * a reference as RCU by hand does: an increment, which fails if the node was dead.
 */
#ifndef BENCH_MICHAEL_H
#define BENCH_MICHAEL_H

#include <stdint.h>
#include <tarn/atomic.h>

#include "ref.h"

#define NODE_DEAD ((int64_t)1 << 62)

typedef TARN__ATOMIC(uintptr_t) node_link;

struct node {
    node_link next; /* lowest bit: this node is removed */
    TARN__ATOMIC(int64_t) count;
    uint64_t key;
    MICHAEL_NODE_EXTRA
};

static struct node *node_make(uint64_t key);
static void node_retire(struct node *node);

static inline struct node *node_at(uintptr_t link) {
    return (struct node *)(link & ~(uintptr_t)1);
}

/* A reference more, unless the node is dead. */
static inline bool node_take(struct node *node) {
    /* relaxed: found by an acquire. */
    return !(tarn__fetch_add(&node->count, 1, relaxed) & NODE_DEAD);
}

static inline void node_drop(struct node *node) {
    int64_t zero = 0;
    /* acq_rel: the last one sees all that the others did. relaxed: taken again. */
    if (tarn__fetch_sub(&node->count, 1, acq_rel) == 1 &&
        tarn__cas(&node->count, &zero, NODE_DEAD, acq_rel, relaxed))
        node_retire(node);
}

/* ----------------------------------------------------------------------- table ---- */

struct place {
    node_link *link; /* leads to `node` */
    struct node *node;
};

/* Steps over removed nodes, unlinking them; false: begin anew. */
static bool table_step(struct place *p, uint64_t key, bool *found) {
    /* acquire: pairs with the release of an insertion. */
    p->node = node_at(tarn__load(p->link, acquire));
    while (p->node) {
        uintptr_t next = tarn__load(&p->node->next, acquire);
        if (next & 1) {
            uintptr_t expected = (uintptr_t)p->node;
            /* acq_rel: the node is not found any more. relaxed: begin anew. */
            if (!tarn__cas(p->link, &expected, next & ~(uintptr_t)1, acq_rel, relaxed))
                return false;
            node_drop(p->node);
            p->node = node_at(next);
            continue;
        }
        if (p->node->key >= key)
            break;
        p->link = &p->node->next;
        p->node = node_at(next);
    }
    *found = p->node && p->node->key == key;
    return true;
}

static bool table_seek(node_link *bucket, uint64_t key, struct place *p) {
    bool found;
    do
        p->link = bucket;
    while (!table_step(p, key, &found));
    return found;
}

static inline bool table_find(node_link *bucket, uint64_t key) {
    struct place p;
    if (!table_seek(bucket, key, &p) || !node_take(p.node))
        return false;
    node_drop(p.node);
    return true;
}

static inline bool table_insert(node_link *bucket, uint64_t key) {
    struct node *made = NULL;
    struct place p;
    while (!table_seek(bucket, key, &p)) {
        uintptr_t expected = (uintptr_t)p.node;
        made = made ? made : node_make(key);
        /* relaxed: published below. */
        tarn__store(&made->next, expected, relaxed);
        /* release: pairs with the acquire in table_step(). relaxed: looked for again. */
        if (tarn__cas(p.link, &expected, (uintptr_t)made, release, relaxed))
            return true;
    }
    if (made)
        node_drop(made);
    return false;
}

static inline bool table_remove(node_link *bucket, uint64_t key) {
    struct place p;
    while (table_seek(bucket, key, &p)) {
        /* acquire: the successor is handed on. */
        uintptr_t next = tarn__load(&p.node->next, acquire);
        if (next & 1)
            continue;
        /* acq_rel: from here on the node is removed. relaxed: looked at again. */
        if (!tarn__cas(&p.node->next, &next, next | 1, acq_rel, relaxed))
            continue;
        uintptr_t expected = (uintptr_t)p.node;
        /* acq_rel, relaxed: as in table_step(). */
        if (tarn__cas(p.link, &expected, next, acq_rel, relaxed))
            node_drop(p.node);
        else
            table_seek(bucket, key, &p);
        return true;
    }
    return false;
}

/* ----------------------------------------------------------------------- stack ---- */

static inline bool stack_top(node_link *head) {
    for (;;) {
        /* acquire: pairs with the release in stack_push(). */
        struct node *node = node_at(tarn__load(head, acquire));
        if (!node)
            return false;
        if (node_take(node)) {
            node_drop(node);
            return true;
        }
    }
}

static inline void stack_push(node_link *head, uint64_t value) {
    struct node *node = node_make(value);
    /* relaxed: a first guess. */
    uintptr_t top = tarn__load(head, relaxed);
    do
        /* relaxed: published below. */
        tarn__store(&node->next, top, relaxed);
    /* release: publishes the node. relaxed: tried again. */
    while (!tarn__cas_weak(head, &top, (uintptr_t)node, release, relaxed));
}

static inline bool stack_pop(node_link *head) {
    /* acquire: pairs with the release in stack_push(), here and below. */
    uintptr_t top = tarn__load(head, acquire);
    while (top) {
        /* relaxed: constant once it is on the stack. */
        uintptr_t next = tarn__load(&node_at(top)->next, relaxed);
        if (tarn__cas_weak(head, &top, next, acquire, acquire)) {
            node_drop(node_at(top));
            return true;
        }
    }
    return false;
}

#endif
