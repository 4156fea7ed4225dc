/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Counts and cells made by hand, without any library. */
#include <stdlib.h>
#include <tarn/atomic.h>

#include "harness.h"
#include "ref.h"

struct counted {
    TARN__ATOMIC(int) atomic;
    int plain;
};

static void *open_counted(void) {
    struct counted *object = malloc(sizeof *object);
    if (!object)
        abort();
    /* relaxed: this thread's alone. */
    tarn__store(&object->atomic, 1, relaxed);
    object->plain = 1;
    return object;
}

/* Each half is a whole operation: what the compiler knows of the count is lost in
 * between, and the decrement looks whether it was the last. */
static void pair_plain(void *arg, uint64_t n) {
    struct counted *object = arg;
    for (uint64_t i = 0; i < n; i++) {
        object->plain++;
        KEEP(object);
        if (--object->plain == 0)
            abort();
        KEEP(object);
    }
}

static void pair_atomic(void *arg, uint64_t n) {
    struct counted *object = arg;
    for (uint64_t i = 0; i < n; i++) {
        /* relaxed: the caller has a reference. */
        tarn__fetch_add(&object->atomic, 1, relaxed);
        KEEP(object);
        /* acq_rel: the last one sees all that the others did. */
        if (tarn__fetch_sub(&object->atomic, 1, acq_rel) == 1)
            abort();
    }
}

const struct peer_count peer_int = {{.name = "plain int"}, open_counted, free, pair_plain};
const struct peer_count peer_atomic = {{.name = "C11 atomic"}, open_counted, free, pair_atomic};

/* ------------------------------------------------------------- a plain pointer ---- */

static void *open_cell(void) {
    return calloc(1, 64);
}

static void peek_cell(void *cell, uint64_t n) {
    void *volatile *pointer = cell;
    for (uint64_t i = 0; i < n; i++)
        KEEP(*pointer);
}

const struct peer_slot peer_slot_plain = {
    .peer.name = "plain load", .open = open_cell, .close = free, .peek = peek_cell};

/* ------------------------------------------------------------------------ pipe ---- */

static void *make_block(void) {
    struct counted *block = malloc(32);
    if (!block)
        abort();
    /* relaxed: handing it over publishes it. */
    tarn__store(&block->atomic, 1, relaxed);
    return block;
}

static void drop_counted(void *arg) {
    struct counted *block = arg;
    /* acq_rel: the last one sees all that the others did. */
    if (tarn__fetch_sub(&block->atomic, 1, acq_rel) == 1)
        free(block);
}

const struct peer_pipe peer_pipe_malloc = {{.name = "malloc, free"}, make_block, free};
const struct peer_pipe peer_pipe_atomic = {
    {.name = "malloc, C11 atomic count"}, make_block, drop_counted};

/* ------------------------------------------------------------------------ list ---- */

struct node {
    struct node *next;
    int count;
    char rest[16];
};

static void *build_list(size_t n) {
    struct node *first = NULL;
    for (size_t i = 0; i < n; i++) {
        struct node *node = malloc(sizeof *node);
        if (!node)
            abort();
        node->next = first;
        node->count = 1;
        first = node;
    }
    return first;
}

static double drop_list(void *list, size_t n) {
    double begun = now_ns();
    (void)n;
    for (struct node *node = list, *next; node; node = next) {
        next = node->next;
        if (--node->count == 0)
            free(node);
    }
    return now_ns() - begun;
}

const struct peer_list peer_list_malloc = {
    {.name = "malloc, plain counts, a loop by hand"}, build_list, drop_list};
