/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Breadth-first searches, and Tarjan's algorithm without recursion. */
#include "query.h"

#include <string.h>

#include "need.h"

void workspace_free(struct workspace *w) {
    tarn_free(w->mark);
    tarn_free(w->from);
    tarn_free(w->queue);
    tarn_free(w->frame);
    *w = (struct workspace){0};
}

void workspace_fit(struct workspace *w, const struct graph *graph) {
    size_t n = graph_size(graph);
    if (n <= w->size)
        return;
    workspace_free(w);
    w->size = n;
    w->mark = need(tarn_calloc(n, sizeof *w->mark));
    w->from = need(tarn_calloc(n, sizeof *w->from));
    w->queue = need(tarn_calloc(n, sizeof *w->queue));
    w->frame = need(tarn_calloc(2 * n, sizeof *w->frame));
}

static void begin(struct workspace *w, const struct graph *g) {
    workspace_fit(w, g);
    if (++w->stamp == 0) {
        memset(w->mark, 0, w->size * sizeof *w->mark);
        w->stamp = 1;
    }
    w->found = 0;
}

/* An edge was followed to p. Some packages have 30,000: it polls at each. */
static void see(struct workspace *w, uint32_t p, uint32_t from) {
    tarn_safepoint();
    if (w->mark[p] == w->stamp)
        return;
    w->mark[p] = w->stamp;
    w->from[p] = from;
    w->queue[w->found++] = p;
}

/* Turns the way back from b into the path from a, in w->queue. */
static size_t unwind(struct workspace *w, uint32_t a, uint32_t b) {
    size_t length = 1;
    for (uint32_t p = b; p != a; p = w->from[p])
        length++;
    uint32_t p = b;
    for (size_t i = length; i-- > 0; p = w->from[p])
        w->queue[i] = p;
    return w->found = length;
}

size_t query_path(const struct graph *g, struct workspace *w, uint32_t a, uint32_t b) {
    begin(w, g);
    see(w, a, a);
    for (size_t i = 0; i < w->found; i++) {
        uint32_t p = w->queue[i];
        if (p == b)
            return unwind(w, a, b);
        const struct array *out = graph_package(g, p)->dependencies;
        for (size_t e = 0; e < out->length; e++)
            see(w, ((const struct package *)out->item[e])->number, p);
    }
    return w->found = 0;
}

size_t query_reverse(const struct graph *g, struct workspace *w, uint32_t a) {
    begin(w, g);
    see(w, a, a);
    for (size_t i = 0; i < w->found; i++) {
        const struct array *in = graph_package(g, w->queue[i])->dependents;
        for (size_t e = 0; e < in->length; e++)
            see(w, ((const struct package *)in->item[e])->number, 0);
    }
    return w->found;
}

/* The package that satisfies a group, or NULL. */
static const struct package *choose(const struct group *group) {
    for (size_t i = 0; i < group->length; i++) {
        const struct package *p = group->item[i].target;
        if (!p)
            continue;
        if (p->versions->length)
            return p;
        if (p->providers->length)
            return p->providers->item[0];
    }
    return NULL;
}

size_t query_closure(const struct graph *g, struct workspace *w, uint32_t a) {
    begin(w, g);
    see(w, a, a);
    for (size_t i = 0; i < w->found; i++) {
        const struct package *p = graph_package(g, w->queue[i]);
        const struct array *groups =
            p->versions->length ? ((const struct version *)p->versions->item[0])->groups : NULL;
        for (size_t e = 0; groups && e < groups->length; e++) {
            const struct package *chosen = choose(groups->item[e]);
            if (chosen)
                see(w, chosen->number, 0);
        }
    }
    return w->found;
}

/*
 * Tarjan, 1972. mark: order of discovery + 1 (0: not yet; UINT32_MAX: its group is
 * done); from: low link; queue: the stack of open packages; frame: pairs of a
 * package and its next edge.
 */
struct tarjan {
    const struct graph *g;
    struct workspace *w;
    uint32_t next;
    size_t open;
    size_t depth;
    size_t groups;
    group_visitor visit;
    void *arg;
};

static void discover(struct tarjan *t, uint32_t p) {
    struct workspace *w = t->w;
    w->mark[p] = w->from[p] = ++t->next;
    w->queue[t->open++] = p;
    w->frame[2 * t->depth] = p;
    w->frame[2 * t->depth + 1] = 0;
    t->depth++;
}

static void lower(uint32_t *low, uint32_t to) {
    if (to < *low)
        *low = to;
}

/* All edges of the innermost package are done. */
static void finish(struct tarjan *t, uint32_t p) {
    struct workspace *w = t->w;
    t->depth--;
    if (t->depth)
        lower(&w->from[w->frame[2 * (t->depth - 1)]], w->from[p]);
    if (w->from[p] != w->mark[p])
        return;
    size_t first = t->open;
    do
        first--;
    while (w->queue[first] != p);
    size_t count = t->open - first;
    t->open = first;
    for (size_t i = 0; i < count; i++)
        w->mark[w->queue[first + i]] = UINT32_MAX;
    if (count < 2)
        return;
    t->groups++;
    if (t->visit)
        t->visit(t->g, &w->queue[first], count, t->arg);
}

static void explore(struct tarjan *t, uint32_t root) {
    struct workspace *w = t->w;
    discover(t, root);
    while (t->depth) {
        tarn_safepoint();
        uint32_t p = w->frame[2 * (t->depth - 1)];
        uint32_t *edge = &w->frame[2 * (t->depth - 1) + 1];
        const struct array *out = graph_package(t->g, p)->dependencies;
        if (*edge == out->length) {
            finish(t, p);
            continue;
        }
        uint32_t to = ((const struct package *)out->item[(*edge)++])->number;
        if (w->mark[to] == 0)
            discover(t, to);
        else if (w->mark[to] != UINT32_MAX)
            lower(&w->from[p], w->mark[to]);
    }
}

size_t query_groups(const struct graph *g, struct workspace *w, group_visitor visit, void *arg) {
    struct tarjan t = {.g = g, .w = w, .visit = visit, .arg = arg};
    workspace_fit(w, g);
    memset(w->mark, 0, w->size * sizeof *w->mark);
    w->stamp = 0;
    for (uint32_t p = 0; p < graph_size(g); p++) {
        if (w->mark[p] == 0)
            explore(&t, p);
    }
    memset(w->mark, 0, w->size * sizeof *w->mark);
    return t.groups;
}
