/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Counts under RCU, as they are written by hand: the slot, the table, the stack.
 * The includer has included a flavour of liburcu and defines RCU_NAME(thing), the
 * public name of a contender, and RCU_LABEL.
 */
#ifndef BENCH_RCU_HAND_H
#define BENCH_RCU_HAND_H

#include <stdlib.h>

#include "harness.h"

#define MICHAEL_NODE_EXTRA struct rcu_head rcu;
#include "michael.h"

static struct node *node_make(uint64_t key) {
    struct node *node = malloc(sizeof *node);
    if (!node)
        abort();
    node->key = key;
    /* relaxed: publishing orders it. */
    tarn__store(&node->count, 1, relaxed);
    tarn__store(&node->next, 0, relaxed);
    return node;
}

static void free_node(struct rcu_head *head) {
    free(caa_container_of(head, struct node, rcu));
}

static void node_retire(struct node *node) {
    call_rcu(&node->rcu, free_node);
}

#ifdef RCU_QUIESCENT
static void enter(void) {
    rcu_register_thread();
}

static void leave(void) {
    rcu_unregister_thread();
}

static void pass(void) {
    rcu_quiescent_state();
}

#define RCU_PEER                                                                                   \
    { .name = RCU_LABEL, .enter = enter, .leave = leave, .poll = pass }
#else
#define RCU_PEER                                                                                   \
    { .name = RCU_LABEL }
#endif

/* ------------------------------------------------------------------------ slot ---- */

struct fixture {
    _Alignas(128) TARN__ATOMIC(struct node *) slot;
    _Alignas(128) struct node *object[2];
};

static void *open_slot(void) {
    struct fixture *f = aligned_alloc(128, sizeof *f);
    if (!f)
        abort();
    f->object[0] = node_make(0);
    f->object[1] = node_make(1);
    node_take(f->object[0]);
    /* relaxed: no other thread yet. */
    tarn__store(&f->slot, f->object[0], relaxed);
    return f;
}

static void close_slot(void *slot) {
    struct fixture *f = slot;
    /* relaxed: no other thread any more. */
    node_drop(tarn__load(&f->slot, relaxed));
    node_drop(f->object[0]);
    node_drop(f->object[1]);
    free(f);
    settle();
}

static void load_slot(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++) {
        struct node *node;
        rcu_read_lock();
        do
            /* acquire: pairs with the release in put(). */
            node = tarn__load(&f->slot, acquire);
        while (!node_take(node));
        rcu_read_unlock();
        KEEP(node);
        node_drop(node);
    }
}

static void peek_slot(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++) {
        rcu_read_lock();
        /* acquire: pairs with the release in put(). */
        KEEP(tarn__load(&f->slot, acquire));
        rcu_read_unlock();
    }
}

/* Takes over the caller's reference to `node`. */
static inline void put(struct fixture *f, struct node *node) {
    /* acq_rel: pairs with the acquire in the readers; publishes the node. */
    node_drop(tarn__exchange(&f->slot, node, acq_rel));
}

static void store_slot(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++) {
        node_take(f->object[i % 2]);
        put(f, f->object[i % 2]);
    }
}

static void swap_slot(void *slot, uint64_t n) {
    struct fixture *f = slot;
    for (uint64_t i = 0; i < n; i++) {
        struct node *expected = f->object[i % 2];
        struct node *desired = f->object[(i + 1) % 2];
        node_take(desired);
        /* acq_rel: as in put(). relaxed: nothing is looked at. */
        if (tarn__cas(&f->slot, &expected, desired, acq_rel, relaxed))
            node_drop(f->object[i % 2]);
        else
            node_drop(desired);
    }
}

static void publish_slot(void *slot, uint64_t n) {
    for (uint64_t i = 0; i < n; i++)
        put(slot, node_make(i));
}

const struct peer_slot RCU_NAME(slot) = {RCU_PEER,  open_slot,  close_slot, load_slot,
                                         peek_slot, store_slot, swap_slot,  publish_slot};

/* ----------------------------------------------------------------------- table ---- */

static node_link *bucket_of(void *table, uint64_t key) {
    return (node_link *)table + hash_key(key) % TABLE_BUCKETS;
}

static void *open_table(void) {
    return calloc(TABLE_BUCKETS, sizeof(node_link));
}

static void close_table(void *table) {
    for (uint64_t key = 0; key < TABLE_KEYS; key++)
        table_remove(bucket_of(table, key), key);
    free(table);
    settle();
}

static bool find_key(void *table, uint64_t key) {
    rcu_read_lock();
    bool found = table_find(bucket_of(table, key), key);
    rcu_read_unlock();
    return found;
}

static bool insert_key(void *table, uint64_t key) {
    rcu_read_lock();
    bool done = table_insert(bucket_of(table, key), key);
    rcu_read_unlock();
    return done;
}

static bool remove_key(void *table, uint64_t key) {
    rcu_read_lock();
    bool done = table_remove(bucket_of(table, key), key);
    rcu_read_unlock();
    return done;
}

const struct peer_table RCU_NAME(table) = {RCU_PEER, open_table, close_table,
                                           find_key, insert_key, remove_key};

/* ----------------------------------------------------------------------- stack ---- */

static void *open_stack(void) {
    return calloc(1, 128);
}

static bool top_stack(void *stack) {
    rcu_read_lock();
    bool found = stack_top(stack);
    rcu_read_unlock();
    return found;
}

static void push_stack(void *stack, uint64_t value) {
    stack_push(stack, value);
}

static bool pop_stack(void *stack) {
    rcu_read_lock();
    bool found = stack_pop(stack);
    rcu_read_unlock();
    return found;
}

static void close_stack(void *stack) {
    while (pop_stack(stack))
        continue;
    free(stack);
    settle();
}

const struct peer_stack RCU_NAME(stack) = {RCU_PEER,  open_stack, close_stack,
                                           top_stack, push_stack, pop_stack};

#endif
