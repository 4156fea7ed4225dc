/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The questions of --query. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    uint32_t *sorted = malloc(count * sizeof *sorted);
    (void)arg;
    if (!sorted)
        abort();
    memcpy(sorted, member, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_number);
    print_names(g, sorted, count, " ");
    free(sorted);
}

static enum exit_status ask_about(const struct graph *g, const struct options *o,
                                  const struct package *a, const struct package *b) {
    struct workspace w = {0};
    workspace_fit(&w, g);
    if (strcmp(o->query, "path") == 0) {
        if (query_path(g, &w, a->number, b->number))
            print_names(g, w.queue, w.found, "\n");
        else
            printf("no path\n");
    } else if (strcmp(o->query, "closure") == 0) {
        query_closure(g, &w, a->number);
        print_sorted(g, &w);
    } else if (strcmp(o->query, "reverse") == 0) {
        query_reverse(g, &w, a->number);
        print_sorted(g, &w);
    } else {
        print_array(strcmp(o->query, "depends") == 0 ? a->dependencies : a->dependents);
    }
    workspace_free(&w);
    return EXIT_FINE;
}

enum exit_status ask(const struct graph *g, const struct options *o) {
    const struct package *about[2] = {NULL, NULL};
    struct workspace w = {0};
    if (strcmp(o->query, "count") == 0) {
        printf("%zu packages, %llu edges\n", graph_size(g), (unsigned long long)g->edges);
        return EXIT_FINE;
    }
    if (strcmp(o->query, "groups") == 0) {
        workspace_fit(&w, g);
        query_groups(g, &w, print_group, NULL);
        workspace_free(&w);
        return EXIT_FINE;
    }
    for (int i = 0; i < 2 && o->name[i]; i++) {
        about[i] = graph_find(g, o->name[i]);
        if (about[i])
            continue;
        fprintf(stderr, "pkgraph: there is no package '%s'\n", o->name[i]);
        return EXIT_TROUBLE;
    }
    return ask_about(g, o, about[0], about[1]);
}
