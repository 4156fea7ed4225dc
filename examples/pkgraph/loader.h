/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the threads of one load share. Private to parse.c, link.c and load.c.
 *
 * Loader i owns shard i of the names, those whose hash is i modulo the number of
 * loaders. A field says in which phase, and by whom, it is written; barriers
 * between the phases order everything, so nothing here needs a lock.
 */
#ifndef PKGRAPH_LOADER_H
#define PKGRAPH_LOADER_H

#include <pthread.h>

#include "control.h"
#include "graph.h"
#include "source.h"
#include "vector.h"

/* A piece of an input that begins and ends between records. */
struct segment {
    const struct source *source;
    struct reader reader;
};

/* A version that was read, on its way to its package. */
struct found {
    struct version *version;
    struct slice name; /* in the input's text */
    uint32_t hash;
    uint64_t order; /* of its record among all */
};

struct entry;
typedef VECTOR(struct version *) version_list;
typedef VECTOR(struct entry *) entry_list;

/* A name in its shard, and what is known of its package while loading. */
struct entry {
    struct entry *next; /* in its bucket */
    struct slice name;
    uint32_t hash;
    uint32_t number; /* number() */
    struct package *package;
    version_list versions;
    entry_list providers;
    entry_list dependents;
};

/* "target is provided by, or depended on by, from". */
struct link {
    struct entry *target;
    struct entry *from;
};
typedef VECTOR(struct link) link_list;

struct loader {
    struct load *load;
    unsigned index;
    pthread_t thread;
    /* parse: this loader */
    VECTOR(struct found) found;
    size_t records;
    size_t skipped;
    /* enter: this loader */
    entry_list entries; /* sorted by name */
    struct entry **buckets;
    size_t bucket_count;
    /* provide and resolve: this loader; read by the loader of the target's shard */
    link_list *provides; /* by shard of the target */
    link_list *depends;
    uint64_t edges;
};

struct load {
    tarn_heap *heap;
    unsigned threads;
    bool report; /* print what is malformed */
    struct loader *loaders;
    VECTOR(struct segment) segments;
    size_t next_segment; /* parse: any loader, atomically */
    pthread_barrier_t barrier;
    struct graph *graph; /* number(): loader 0 */
};

/* Cuts an input into segments. Long: called inside a blocking region. */
void segments_cut(struct load *load, const struct source *source);

/* The phases; each is run by every loader between two barriers. */
void phase_parse(struct loader *loader);
void phase_enter(struct loader *loader);
void phase_number(struct loader *loader);
void phase_provide(struct loader *loader);
void phase_resolve(struct loader *loader);
void phase_return(struct loader *loader);

#endif
