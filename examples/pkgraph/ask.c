/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The questions of --query. */
#include "ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "need.h"
#include "query.h"

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print_names(const struct graph *g, const uint32_t *number, size_t count,
                        const char *between) {
    for (size_t i = 0; i < count; i++)
        printf("%s%s", graph_package(g, number[i])->name->bytes, i + 1 < count ? between : "\n");
}

/* The answer in w->queue, in order of names: numbers are given in that order. */
static void print_sorted(const struct graph *g, struct workspace *w) {
    qsort(w->queue, w->found, sizeof *w->queue, by_number);
    print_names(g, w->queue, w->found, "\n");
}

static void print_array(const struct array *array) {
    for (size_t i = 0; i < array->length; i++)
        printf("%s\n", ((const struct package *)array->item[i])->name->bytes);
}

static void print_group(const struct graph *g, const uint32_t *member, size_t count, void *arg) {
    uint32_t *sorted = need(malloc(count * sizeof *sorted));
    (void)arg;
    memcpy(sorted, member, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_number);
    print_names(g, sorted, count, " ");
    free(sorted);
}

static void ask_about(const struct graph *g, struct workspace *w, const char *verb,
                      const struct package *a, const struct package *b) {
    if (strcmp(verb, "path") == 0) {
        if (query_path(g, w, a->number, b->number))
            print_names(g, w->queue, w->found, "\n");
        else
            printf("no path\n");
    } else if (strcmp(verb, "closure") == 0) {
        query_closure(g, w, a->number);
        print_sorted(g, w);
    } else if (strcmp(verb, "reverse") == 0) {
        query_reverse(g, w, a->number);
        print_sorted(g, w);
    } else {
        print_array(strcmp(verb, "depends") == 0 ? a->dependencies : a->dependents);
    }
}

static bool ask_one(const struct graph *g, struct workspace *w, const struct inquiry *q) {
    const struct package *about[2] = {NULL, NULL};
    if (strcmp(q->verb, "count") == 0) {
        printf("%zu packages, %" PRIu64 " edges\n", graph_size(g), g->edges);
        return true;
    }
    if (strcmp(q->verb, "groups") == 0) {
        query_groups(g, w, print_group, NULL);
        return true;
    }
    for (int i = 0; i < 2 && q->name[i]; i++) {
        about[i] = graph_find(g, q->name[i]);
        if (about[i])
            continue;
        fprintf(stderr, "pkgraph: there is no package '%s'\n", q->name[i]);
        return false;
    }
    ask_about(g, w, q->verb, about[0], about[1]);
    return true;
}

bool ask(const struct graph *g, const struct options *o) {
    struct workspace w = {0};
    bool done = true;
    for (size_t i = 0; i < o->inquiry_count; i++) {
        if (o->inquiry_count > 1)
            printf("# %s\n", o->inquiries[i].text);
        done = ask_one(g, &w, &o->inquiries[i]) && done;
        tarn_safepoint();
    }
    workspace_free(&w);
    return done;
}
