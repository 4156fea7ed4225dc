/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Our objects that die: a long list within a budget, objects of another thread's. */
#include <stdlib.h>

#include "harness.h"
#include "ours.h"
#include "rows.h"

/* ------------------------------------------------------------------------ list ---- */

struct link {
    tarn_object header;
    struct link *next;
};

static tarn_heap *list_heap;
static tarn_type *link_type;

static void enter_list(void) {
    static const size_t next[] = {offsetof(struct link, next)};
    struct tarn_config config = {.collect = TARN_COLLECT_MANUAL, .drop_budget_us = DROP_BUDGET_US};
    list_heap = tarn_heap_create(&config);
    if (!list_heap || tarn_thread_attach(list_heap) != 0)
        abort();
    link_type = tarn_type_register(
        list_heap,
        &(struct tarn_type_spec){.name = "link", .size = 32, .offsets = next, .offset_count = 1});
}

static void leave_list(void) {
    tarn_thread_detach();
    if (tarn_heap_destroy(list_heap) != 0)
        abort();
}

static void *build_list(size_t n) {
    struct link *first = NULL;
    for (size_t i = 0; i < n; i++) {
        struct link *link = tarn_new(link_type);
        if (!link)
            abort();
        tarn_field_give(&link->next, first);
        first = link;
    }
    return first;
}

static size_t freed(void) {
    struct tarn_heap_stats stats;
    tarn_heap_get_stats(list_heap, &stats);
    return stats.freed;
}

/* The drop is one stop, each safepoint another. */
static double drop_list(void *list, size_t n) {
    double longest = 0;
    size_t before = freed();
    for (bool first = true; first || freed() - before < n; first = false) {
        double begun = now_ns();
        if (first)
            tarn_decref(list);
        else
            tarn_safepoint();
        double ns = now_ns() - begun;
        longest = ns > longest ? ns : longest;
    }
    return longest;
}

const struct peer_list tarn_list = {
    {.name = "tarn", .enter = enter_list, .leave = leave_list}, build_list, drop_list};

/* ------------------------------------------------------------------------ pipe ---- */

static void *make_leaf(void) {
    return tarn_new(ours.leaf);
}

static void *make_given(void) {
    void *object = tarn_new(ours.leaf);
    tarn_share(object);
    return object;
}

static void *make_shared(void) {
    return tarn_new(ours.shared);
}

static void *make_raw(void) {
    return tarn_malloc(32);
}

const struct peer_pipe tarn_pipe = {OURS("tarn"), make_leaf, tarn_decref};
const struct peer_pipe tarn_pipe_given = {OURS("tarn, tarn_share before it is given"), make_given,
                                          tarn_decref};
const struct peer_pipe tarn_pipe_shared = {OURS("tarn, shared from birth"), make_shared,
                                           tarn_decref};
const struct peer_pipe tarn_pipe_raw = {OURS("tarn_malloc, tarn_free"), make_raw, tarn_free};
