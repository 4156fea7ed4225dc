/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The shared map inside (docs/design/contain.md [MAP-1] to [MAP-8]).
 *
 * All nodes stand in one list that is sorted by `order`, a 64-bit mix of the key's
 * hash. Buckets are entrances to it, links like any other: bucket (prefix p, level k)
 * stands before the first node of order p << (64 - k) or more. Doubling the number
 * of buckets moves nothing: entrances are added as writers come by.
 *
 *   buckets.c  where an entrance is found, how it is made, growth, tracing
 *   chain.c    the list: searching, inserting, unlinking
 *   map.c      what users call
 *   cursor.c   walks
 */
#ifndef TARN_CONTAIN_MAP_H
#define TARN_CONTAIN_MAP_H

#include "contain/contain.h"

/*
 * A link: the address of what comes next, and
 *   REMOVED  the node that this link is in is removed: the link stays as it is
 *   BUCKET   what comes next is a bucket's link; NULL with it is the list's end
 *   LINKING  (in a bucket) not an entrance yet
 * 0 in a bucket: nobody has made it an entrance.
 */
typedef TARN__ATOMIC(uintptr_t) tarn__map_link;

#define TARN__LINK_REMOVED ((uintptr_t)1)
#define TARN__LINK_BUCKET ((uintptr_t)2)
#define TARN__LINK_LINKING ((uintptr_t)4)
#define TARN__LINK_FLAGS ((uintptr_t)7)
#define TARN__LINK_END TARN__LINK_BUCKET

struct tarn_map_node {
    tarn_object header;
    tarn__map_link next;
    uint64_t order;  /* constant */
    void *key;       /* constant; NULL in maps of entries and of weak keys */
    tarn_slot value; /* NULL: dead; never alive again */
};

static_assert(sizeof(struct tarn_map_node) == 48, "an entry costs a node of 48 bytes");

/* Buckets [0, 8) stand in the map, those of level k, [2^(k-1), 2^k), in one object
 * up to level 6, above it in a table of objects of 512 bytes: the end of one is a step
 * of the map's, and drops the hundred or two hundred nodes behind its buckets. */
#define TARN_MAP_ROOT_LEVEL 3u
#define TARN_MAP_SEGMENT_LEVEL 6u
#define TARN_MAP_SEGMENT_BUCKETS 60u
#define TARN_MAP_LEVEL_MAX 42u
#define TARN_MAP_LEVELS (TARN_MAP_LEVEL_MAX - TARN_MAP_ROOT_LEVEL)
/* Nodes a bucket, above which the map grows. */
#define TARN_MAP_LOAD 2u

struct tarn_map_buckets {
    tarn_object header;
    size_t length;
    uint64_t first; /* constant: number of its first bucket */
    tarn__map_link links[];
};

static_assert(sizeof(struct tarn_map_buckets) + TARN_MAP_SEGMENT_BUCKETS * sizeof(tarn__map_link) ==
                  512,
              "buckets fill a size class");

struct tarn_map_table {
    tarn_object header;
    size_t length;
    tarn__inner_cell segments[];
};

struct tarn_map_directory {
    tarn_object header;
    tarn__inner_cell levels[TARN_MAP_LEVELS]; /* buckets of a level, or a table of them */
};

struct tarn_map {
    tarn_object header;

    /* constant */
    uint64_t (*hash)(const void *key, void *arg);
    bool (*equal)(const void *held, const void *key, void *arg);
    void *arg;
    enum tarn_map_kind kind;
    bool acyclic;

    /* any thread */
    TARN__ATOMIC(uint32_t) level; /* 2^level buckets are in use; only grows */
    tarn__inner_cell directory;
    tarn__map_link root[1u << TARN_MAP_ROOT_LEVEL];

    /* behind what readers look at */
    TARN__ATOMIC(int64_t) count;
    TARN__ATOMIC(uint64_t) swept; /* order of the node that puts looked at last */
};

/* Where a search begins. */
struct tarn_map_entrance {
    tarn__map_link *link;
    uint32_t level;
    bool exact; /* the key's bucket at that level, not a coarser one */
};

/* A link and what it was, between two neighbours in the order. */
struct tarn_map_place {
    tarn__map_link *link;
    uintptr_t word;
};

static inline uintptr_t tarn__map_load(tarn__map_link *link) {
    /* acquire: pairs with the release of whoever linked; the target is complete. */
    return tarn__load(link, acquire);
}

static inline struct tarn_map_node *tarn__link_node(uintptr_t word) {
    return (struct tarn_map_node *)(word & ~TARN__LINK_FLAGS);
}

static inline tarn__map_link *tarn__link_bucket(uintptr_t word) {
    return (tarn__map_link *)(word & ~TARN__LINK_FLAGS);
}

/* --- buckets.c --- */

/* The entrance nearest before `order`; a read of the map. */
struct tarn_map_entrance tarn__map_enter(struct tarn_map *map, uint64_t order);

/* The key's own bucket, entrance or not; NULL: it has no memory yet. */
tarn__map_link *tarn__map_bucket(struct tarn_map *map, uint64_t order);

/* The same for a writer, who makes the entrance if memory allows. */
struct tarn_map_entrance tarn__map_enter_writing(struct tarn_mutator *m, struct tarn_map *map,
                                                 uint64_t order);

/* Whether the BUCKET in `word` stands behind every node of `order`. */
bool tarn__map_ends_before(struct tarn_map *map, const struct tarn_map_entrance *entrance,
                           uintptr_t word, uint64_t order);

/* There are so many nodes now: more buckets, if need be and memory allows. */
void tarn__map_grow(struct tarn_mutator *m, struct tarn_map *map, int64_t count);

/* --- chain.c --- */

/* The place before the first node of `order` or more (`through`: of more), all removed
 * nodes on the way unlinked. */
struct tarn_map_place tarn__map_search(struct tarn_map *map,
                                       const struct tarn_map_entrance *entrance, uint64_t order,
                                       bool through);

/* The first node of exactly that order, removed ones included, or NULL. */
struct tarn_map_node *tarn__map_find(struct tarn_map *map, uint64_t order);

/* The first node of `order` or more, removed ones included, or NULL. */
struct tarn_map_node *tarn__map_first(struct tarn_map *map, uint64_t order);

/* The node that a link leads to, over buckets, or NULL. */
struct tarn_map_node *tarn__map_follow(uintptr_t word);

/* The node behind a node, or NULL. */
struct tarn_map_node *tarn__map_after(struct tarn_map_node *node);

/* Puts the map's own reference to `node` at a place; false: the place is no more. */
bool tarn__map_insert(struct tarn_map_place *place, struct tarn_map_node *node);

/* A node whose value this thread has taken out leaves the list. */
void tarn__map_unlink(struct tarn_map *map, struct tarn_map_node *node);

/* --- map.c --- */

/* Where a key stands. */
uint64_t tarn__map_order(struct tarn_map *map, const void *key);

/* Key and value of a node, as new references; false: it is dead. */
bool tarn__map_take(struct tarn_map *map, struct tarn_map_node *node, void **key, void **value);

#endif
