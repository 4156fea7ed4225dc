/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The programs, over operations that the including file defines, inline, so that no
 * collector pays for being called through a table:
 *
 *   NODE_HEADER                       first in each object
 *   op_node(), op_hub(n)              one reference, owned by the caller
 *   op_set(field, value)              a field gets a reference of its own
 *   op_give(field, value)             a field gets the caller's reference
 *   op_drop(value)                    the caller's reference goes
 *   op_poll()                         between operations
 *   op_enter(), op_leave()            around a thread's use
 *   op_quiet(bool)                    no collections while a graph is built
 *   op_collect()                      everything; what was freed, if it is known
 *   op_outstanding()                  objects that are not freed; negative: not known
 *   op_wait_begin(), op_wait_end()    around a wait for other threads
 */
#ifndef BENCH_GC_PROGRAMS_H
#define BENCH_GC_PROGRAMS_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "part.h"
#include "rss.h"

struct node {
    NODE_HEADER
    struct node *a;
    struct node *b;
    int i, j;
};

struct hub {
    NODE_HEADER
    size_t length;
    struct node *item[];
};

static inline struct node *op_node(void);
static inline struct hub *op_hub(size_t n);
static inline void op_set(struct node **field, struct node *value);
static inline void op_give(struct node **field, struct node *value);
static inline void op_drop(void *value);
static inline void op_poll(void);
static inline void op_enter(void);
static inline void op_leave(void);
static inline void op_quiet(bool quiet);
static inline ptrdiff_t op_collect(void);
static inline double op_outstanding(void);
static inline void op_wait_begin(void);
static inline void op_wait_end(void);

static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1du >> 16;
}

/* ------------------------------------------------------------------- graphs ---- */

/* Each is garbage as a whole when its one root goes, by no count. */
struct shape {
    struct node **all; /* in address order, for building only */
    size_t n;
};

/* A hub of n that refer to it. */
static void *build_flat(const struct shape *s) {
    struct hub *hub = op_hub(s->n);
    for (size_t i = 0; i < s->n; i++) {
        op_set(&hub->item[i], s->all[i]);
        op_set(&s->all[i]->a, (struct node *)hub);
    }
    return hub;
}

/* A binary tree, whose last leaf refers to the root. */
static void *build_tree(const struct shape *s) {
    for (size_t i = 1; i < s->n; i++)
        op_set(i % 2 ? &s->all[(i - 1) / 2]->a : &s->all[(i - 1) / 2]->b, s->all[i]);
    op_set(&s->all[s->n - 1]->a, s->all[0]);
    return s->all[0];
}

/* Pairs, each referring to the one before. */
static void *build_pairs(const struct shape *s) {
    for (size_t i = 0; i + 1 < s->n; i += 2) {
        op_set(&s->all[i]->a, s->all[i + 1]);
        op_set(&s->all[i + 1]->a, s->all[i]);
        if (i > 0)
            op_set(&s->all[i + 1]->b, s->all[i - 1]);
    }
    return s->all[s->n - 1];
}

/* A ring through all, in address order or shuffled; beside it references at random. */
static void *build_ring(const struct shape *s, bool shuffled, bool random) {
    uint64_t state = 88172645463325252u;
    uint32_t *order = malloc(s->n * sizeof *order);
    for (size_t i = 0; i < s->n; i++)
        order[i] = (uint32_t)i;
    for (size_t i = s->n; shuffled && i-- > 1;) {
        size_t k = next_random(&state) % (i + 1);
        uint32_t other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
    for (size_t i = 0; i < s->n; i++) {
        op_set(&s->all[order[i]]->a, s->all[order[(i + 1) % s->n]]);
        if (random)
            op_set(&s->all[i]->b, s->all[next_random(&state) % s->n]);
    }
    free(order);
    return s->all[0];
}

static void *build(const struct shape *s, const char *name) {
    if (strcmp(name, "flat") == 0)
        return build_flat(s);
    if (strcmp(name, "tree") == 0)
        return build_tree(s);
    if (strcmp(name, "pairs") == 0)
        return build_pairs(s);
    if (strcmp(name, "ring") == 0)
        return build_ring(s, false, false);
    if (strcmp(name, "random") == 0)
        return build_ring(s, false, true);
    return build_ring(s, true, false);
}

static void *make_graph(const char *name, size_t n) {
    struct shape s = {malloc(n * sizeof *s.all), n};
    if (!s.all)
        abort();
    for (size_t i = 0; i < n; i++)
        s.all[i] = op_node();
    void *root = build(&s, name);
    for (size_t i = 0; i < n; i++)
        if (s.all[i] != root)
            op_drop(s.all[i]);
    free(s.all);
    return root;
}

static double collect_ns(size_t n, ptrdiff_t *freed) {
    double begun = now_ns();
    *freed = op_collect();
    return (now_ns() - begun) / (double)n;
}

static bool run_graph(const char *name, size_t n, struct results *out) {
    ptrdiff_t freed;
    op_enter();
    op_quiet(true);
    void *volatile root = make_graph(name, n);
    op_quiet(false);
    op_collect(); /* all are old from here on */
    out->value[GRAPH_LIVE] = collect_ns(n, &freed);
    op_drop(root);
    root = NULL;
    double dead = collect_ns(n, &freed);
    out->value[GRAPH_DEAD] = freed >= (ptrdiff_t)n ? dead : -1;
    op_leave();
    return true;
}

/* -------------------------------------------------------------------- trees ---- */

#define TREES_THREADS 8

/* After Ellis, Kovac and Boehm's GCBench: trees built downwards and upwards, of growing
 * depth, beside a long-lived tree and array. */
struct trees {
    int deepest;
    int lasting;
};

static int tree_size(int depth) {
    return (1 << (depth + 1)) - 1;
}

static struct node *tree_up(int depth) {
    struct node *root = op_node();
    op_poll();
    if (depth > 0) {
        op_give(&root->a, tree_up(depth - 1));
        op_give(&root->b, tree_up(depth - 1));
    }
    return root;
}

static void tree_down(struct node *root, int depth) {
    op_poll();
    if (depth == 0)
        return;
    op_give(&root->a, op_node());
    op_give(&root->b, op_node());
    tree_down(root->a, depth - 1);
    tree_down(root->b, depth - 1);
}

static void *run_trees_of_thread(void *arg) {
    const struct trees *t = arg;
    op_enter();
    for (int depth = 4; depth <= t->deepest; depth += 2) {
        int times = 2 * tree_size(t->lasting) / tree_size(depth);
        for (int i = 0; i < times; i++) {
            struct node *volatile down = op_node();
            tree_down(down, depth);
            op_drop(down);
        }
        for (int i = 0; i < times; i++)
            op_drop(tree_up(depth));
    }
    op_leave();
    return NULL;
}

static bool run_trees(unsigned threads, struct results *out) {
    struct trees t = {.deepest = harness.quick ? 6 : 16, .lasting = harness.quick ? 8 : 18};
    pthread_t thread[TREES_THREADS];
    op_enter();
    double begun = now_ns();
    op_drop(tree_up(t.lasting)); /* stretches the heap */
    struct node *volatile lasting = tree_up(t.deepest);
    struct hub *volatile array = op_hub(500000);
    op_wait_begin();
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, run_trees_of_thread, &t) != 0)
            abort();
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    op_wait_end();
    out->value[TREES_SECONDS] = (now_ns() - begun) / 1e9;
    out->value[TREES_PEAK] = rss_peak() / (1 << 20);
    op_drop(lasting);
    op_drop(array);
    op_leave();
    return true;
}

/* --------------------------------------------------------------------- list ---- */

/* Containers that all stay, in one array. */
static bool run_list(size_t n, struct results *out) {
    op_enter();
    double begun = now_ns();
    struct hub *volatile list = op_hub(n);
    for (size_t i = 0; i < n; i++) {
        op_give(&list->item[i], op_node());
        op_poll();
    }
    out->value[LIST_SECONDS] = (now_ns() - begun) / 1e9;
    op_quiet(true);
    op_drop(list);
    op_leave();
    return true;
}

/* ------------------------------------------------------------------- server ---- */

#define SERVER_THREADS 8
#define SESSION 6u       /* objects of a request, in a ring: garbage at its end */
#define REPLACE_EVERY 4u /* requests to one that replaces a cached entry of two objects */
#define OPEN_SHARE 0.5   /* of the closed loop's rate, that arrive in the open loop */

struct server {
    size_t entries; /* of each thread's cache */
    double closed_ns;
    double open_ns;
};

struct server_thread {
    const struct server *server;
    pthread_t id;
    double rate; /* of the closed loop */
    double most_outstanding;
    struct tally latency;
    uint64_t random;
};

/* An entry and its value refer to each other. */
static struct node *make_entry(void) {
    struct node *entry = op_node();
    struct node *value = op_node();
    op_set(&value->a, entry);
    op_give(&entry->a, value);
    return entry;
}

static void serve(struct server_thread *t, struct hub *cache, uint64_t request) {
    struct node *volatile first = op_node();
    struct node *last = first;
    for (unsigned i = 1; i < SESSION; i++) {
        op_give(&last->a, op_node());
        last = last->a;
    }
    op_set(&last->a, first);
    op_drop(first);
    if (cache->length && request % REPLACE_EVERY == 0)
        op_give(&cache->item[next_random(&t->random) % cache->length], make_entry());
    op_poll();
}

static void look_at_garbage(struct server_thread *t) {
    double outstanding = op_outstanding();
    if (outstanding > t->most_outstanding)
        t->most_outstanding = outstanding;
}

static void serve_closed(struct server_thread *t, struct hub *cache) {
    uint64_t n = 0;
    double begun = now_ns();
    double now;
    do {
        for (unsigned i = 0; i < 64; i++)
            serve(t, cache, n++);
        if (n % 4096 == 0)
            look_at_garbage(t);
        now = now_ns();
    } while (now - begun < t->server->closed_ns);
    t->rate = (double)n / (now - begun) * 1e9;
}

/* Arrivals at equal distances; a request that waits for the one before, or for a stop,
 * has arrived all the same. */
static void serve_open(struct server_thread *t, struct hub *cache) {
    double step = 1e9 / (t->rate * OPEN_SHARE);
    double begun = now_ns();
    uint64_t n = 0;
    for (double at = begun; at < begun + t->server->open_ns; at = begun + (double)n * step) {
        while (now_ns() < at)
            op_poll();
        serve(t, cache, n++);
        tally_add(&t->latency, (uint64_t)(now_ns() - at));
        if (n % 4096 == 0)
            look_at_garbage(t);
    }
}

static void *run_server_thread(void *arg) {
    struct server_thread *t = arg;
    op_enter();
    struct hub *volatile cache = op_hub(t->server->entries);
    for (size_t i = 0; i < t->server->entries; i++) {
        op_give(&cache->item[i], make_entry());
        op_poll();
    }
    serve_closed(t, cache);
    serve_open(t, cache);
    op_drop(cache);
    op_leave();
    return NULL;
}

static bool run_server(unsigned threads, size_t live, double seconds, struct results *out) {
    static struct server_thread thread[SERVER_THREADS];
    struct server server = {live / 2 / threads, seconds * 3e8, seconds * 7e8};
    struct tally *all = &thread[0].latency;
    op_enter();
    op_wait_begin();
    for (unsigned i = 0; i < threads; i++) {
        thread[i] =
            (struct server_thread){.server = &server, .random = i + 1, .most_outstanding = -1};
        if (pthread_create(&thread[i].id, NULL, run_server_thread, &thread[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i].id, NULL);
    op_wait_end();
    out->value[SERVER_RATE] = 0;
    for (unsigned i = 0; i < threads; i++) {
        out->value[SERVER_RATE] += thread[i].rate;
        if (i > 0)
            tally_join(all, &thread[i].latency);
        if (thread[i].most_outstanding > out->value[SERVER_GARBAGE])
            out->value[SERVER_GARBAGE] = thread[i].most_outstanding;
    }
    out->value[SERVER_GARBAGE] -= (double)(live / 2 / threads * threads * 2 + threads);
    out->value[SERVER_P50] = tally_us(all, 0.5);
    out->value[SERVER_P99] = tally_us(all, 0.99);
    out->value[SERVER_P999] = tally_us(all, 0.999);
    out->value[SERVER_WORST] = (double)all->max_ns / 1000;
    op_leave();
    return true;
}

#endif
