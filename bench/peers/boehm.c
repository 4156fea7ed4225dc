/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The Boehm-Demers-Weiser collector: no counts, so that only what makes and drops
 * objects applies. It looks at the stacks of the threads that it is told of, and at
 * its own blocks: our data is none of its business.
 */
#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc.h>
#include <stdlib.h>

#include "harness.h"

#define MICHAEL_NODE_EXTRA
#include "michael.h"

/* By the main thread, which is known from then on. */
static void open_collector(void) {
    static bool is_open;
    if (is_open)
        return;
    is_open = true;
    GC_set_no_dls(1);
    GC_INIT();
    GC_clear_roots();
    GC_allow_register_threads();
}

static void enter(void) {
    struct GC_stack_base base;
    open_collector();
    GC_get_stack_base(&base);
    GC_register_my_thread(&base);
}

static void leave(void) {
    GC_unregister_my_thread();
}

static struct node *node_make(uint64_t key) {
    struct node *node = GC_malloc(sizeof *node);
    if (!node)
        abort();
    node->key = key;
    /* relaxed: publishing orders it. */
    tarn__store(&node->count, 1, relaxed);
    return node;
}

static void node_retire(struct node *node) {
    (void)node; /* the collector finds it */
}

#define BOEHM_PEER                                                                                 \
    { .name = "Boehm GC", .enter = enter, .leave = leave }

static node_link *bucket_of(void *table, uint64_t key) {
    return (node_link *)table + hash_key(key) % TABLE_BUCKETS;
}

static void *open_table(void) {
    open_collector();
    return GC_malloc_uncollectable(TABLE_BUCKETS * sizeof(node_link));
}

static void close_block(void *block) {
    GC_free(block);
    GC_gcollect();
}

static bool find_key(void *table, uint64_t key) {
    return table_find(bucket_of(table, key), key);
}

static bool insert_key(void *table, uint64_t key) {
    return table_insert(bucket_of(table, key), key);
}

static bool remove_key(void *table, uint64_t key) {
    return table_remove(bucket_of(table, key), key);
}

const struct peer_table peer_table_boehm = {BOEHM_PEER, open_table, close_block,
                                            find_key,   insert_key, remove_key};

static void *open_stack(void) {
    open_collector();
    return GC_malloc_uncollectable(128);
}

static bool top_stack(void *stack) {
    return stack_top(stack);
}

static void push_stack(void *stack, uint64_t value) {
    stack_push(stack, value);
}

static bool pop_stack(void *stack) {
    return stack_pop(stack);
}

const struct peer_stack peer_stack_boehm = {BOEHM_PEER, open_stack, close_block,
                                            top_stack,  push_stack, pop_stack};

/* ------------------------------------------------------------------ list, pipe ---- */

static void *build_list(size_t n) {
    open_collector();
    void **anchor = GC_malloc_uncollectable(64);
    for (size_t i = 0; i < n; i++) {
        void **node = GC_malloc(32);
        if (!node)
            abort();
        node[0] = *anchor;
        *anchor = node;
    }
    return anchor;
}

/* Finding the garbage is one stop; what sweeping costs later is not seen here. */
static double drop_list(void *list, size_t n) {
    double begun = now_ns();
    (void)n;
    GC_free(list);
    GC_gcollect();
    return now_ns() - begun;
}

const struct peer_list peer_list_boehm = {BOEHM_PEER, build_list, drop_list};

static void *make_object(void) {
    return GC_malloc(32);
}

static void drop_object(void *object) {
    (void)object;
}

const struct peer_pipe peer_pipe_boehm = {BOEHM_PEER, make_object, drop_object};
