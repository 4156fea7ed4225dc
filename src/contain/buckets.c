/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The entrances of a map: numbering, making, growth, tracing.
 *
 * A bucket is a prefix of orders. Of those at level k the even ones were there at
 * level k - 1, so each bucket is numbered by the level at which it first appears:
 * odd prefix p of k bits is number 2^(k-1) + p/2, and the number stays.
 *
 * A bucket becomes an entrance when a writer first needs it: it claims it (0 ->
 * LINKING), puts it into the list, and lets LINKING go. Until then everybody takes
 * the next coarser one that is an entrance, so a writer that is slow, or has no
 * memory, delays nobody [MAP-5].
 */
#include "base/bits.h"
#include "contain/map.h"

/* The number of the bucket of a prefix of `level` bits. */
static inline uint64_t number_of(uint64_t prefix, uint32_t level) {
    if (!prefix)
        return 0;
    unsigned zeros = (unsigned)__builtin_ctzll(prefix);
    return ((uint64_t)1 << (level - zeros - 1)) + (prefix >> (zeros + 1));
}

static inline uint32_t level_of(uint64_t number) {
    return 64u - (uint32_t)__builtin_clzll(number);
}

/* The least order that belongs behind a bucket. */
static inline uint64_t boundary_of(uint64_t number) {
    if (!number)
        return 0;
    uint32_t level = level_of(number);
    uint64_t half = number - ((uint64_t)1 << (level - 1));
    return (2 * half + 1) << (64 - level);
}

static inline void *inner(tarn__inner_cell *cell) {
    /* acquire: pairs with the release in tarn__inner_install(). */
    return tarn__load(cell, acquire);
}

/* A bucket's link, or NULL if it has no memory yet. */
static tarn__map_link *find_bucket(struct tarn_map *map, uint64_t number) {
    if (number < 1u << TARN_MAP_ROOT_LEVEL)
        return &map->root[number];
    uint32_t level = level_of(number);
    uint64_t offset = number - ((uint64_t)1 << (level - 1));
    struct tarn_map_directory *directory = inner(&map->directory);
    struct tarn_map_buckets *buckets =
        directory ? inner(&directory->levels[level - TARN_MAP_ROOT_LEVEL - 1]) : NULL;
    if (buckets && level > TARN_MAP_SEGMENT_LEVEL) {
        struct tarn_map_table *table = (struct tarn_map_table *)buckets;
        buckets = inner(&table->segments[offset / TARN_MAP_SEGMENT_BUCKETS]);
        offset %= TARN_MAP_SEGMENT_BUCKETS;
    }
    return buckets ? &buckets->links[offset] : NULL;
}

static struct tarn_map_buckets *make_buckets(struct tarn_mutator *m, const struct tarn_map *map,
                                             uint64_t first, size_t length) {
    enum tarn_contain_type type =
        map->acyclic ? TARN_CONTAIN_MAP_LEAF_BUCKETS : TARN_CONTAIN_MAP_BUCKETS;
    struct tarn_map_buckets *buckets = tarn_new_array(tarn__contain_type(m, type), length);
    if (buckets)
        buckets->first = first;
    return buckets;
}

/* The same as find_bucket(), of a level in use, with memory if there is some. */
static tarn__map_link *make_bucket(struct tarn_mutator *m, struct tarn_map *map, uint64_t number) {
    tarn__map_link *found = find_bucket(map, number);
    if (found)
        return found;
    uint32_t level = level_of(number);
    if (level <= TARN_MAP_SEGMENT_LEVEL)
        return NULL;
    struct tarn_map_directory *directory = inner(&map->directory);
    struct tarn_map_table *table =
        directory ? inner(&directory->levels[level - TARN_MAP_ROOT_LEVEL - 1]) : NULL;
    if (!table)
        return NULL;
    uint64_t offset = number - ((uint64_t)1 << (level - 1));
    uint64_t first = number - offset % TARN_MAP_SEGMENT_BUCKETS;
    tarn__inner_install(&table->segments[offset / TARN_MAP_SEGMENT_BUCKETS],
                        make_buckets(m, map, first, TARN_MAP_SEGMENT_BUCKETS));
    return find_bucket(map, number);
}

/* The number of the bucket that a link is. */
static uint64_t number_of_link(const struct tarn_map *map, const tarn__map_link *link) {
    if (link >= map->root && link < map->root + (1u << TARN_MAP_ROOT_LEVEL))
        return (uint64_t)(link - map->root);
    struct tarn_pool *pool = tarn__pool_of(link);
    const struct tarn_map_buckets *buckets = tarn__pool_block(pool, tarn__pool_index(pool, link));
    return buckets->first + (uint64_t)(link - buckets->links);
}

static inline bool is_entrance(tarn__map_link *link) {
    uintptr_t word = link ? tarn__map_load(link) : 0;
    return word && !(word & TARN__LINK_LINKING);
}

static inline uint64_t prefix_of(uint64_t order, uint32_t level) {
    return order >> (64 - level);
}

static inline uint32_t seen_level(struct tarn_map *map) {
    /* acquire: pairs with the release in tarn__map_grow(); the level's buckets are
     * there. */
    return tarn__load(&map->level, acquire);
}

/* The nearest entrance at or before a prefix. */
static struct tarn_map_entrance enter_at(struct tarn_map *map, uint64_t prefix, uint32_t level) {
    bool exact = true;
    for (;; prefix &= prefix - 1, exact = false) {
        tarn__map_link *link = find_bucket(map, number_of(prefix, level));
        if (!prefix || is_entrance(link))
            return (struct tarn_map_entrance){link, level, exact};
    }
}

struct tarn_map_entrance tarn__map_enter(struct tarn_map *map, uint64_t order) {
    uint32_t level = seen_level(map);
    return enter_at(map, prefix_of(order, level), level);
}

tarn__map_link *tarn__map_bucket(struct tarn_map *map, uint64_t order) {
    uint32_t level = seen_level(map);
    return find_bucket(map, number_of(prefix_of(order, level), level));
}

/* Puts a bucket that this thread has claimed into the list. */
static void link_bucket(struct tarn_map *map, tarn__map_link *bucket, uint64_t prefix,
                        uint32_t level) {
    uint64_t boundary = prefix << (64 - level);
    uintptr_t self = (uintptr_t)bucket | TARN__LINK_BUCKET;
    struct tarn_map_place place;
    do {
        struct tarn_map_entrance entrance = enter_at(map, prefix & (prefix - 1), level);
        entrance.exact = false;
        place = tarn__map_search(map, &entrance, boundary, false);
        /* relaxed: the claim is this thread's; published by the release below. */
        tarn__store(bucket, place.word | TARN__LINK_LINKING, relaxed);
        /* release: pairs with the acquire in tarn__map_load(). relaxed on failure:
         * searched again. */
    } while (!tarn__cas(place.link, &place.word, self | (place.word & TARN__LINK_LINKING), release,
                        relaxed));
    /* release: as above, for those who enter here. */
    tarn__fetch_and(bucket, ~TARN__LINK_LINKING, release);
}

struct tarn_map_entrance tarn__map_enter_writing(struct tarn_mutator *m, struct tarn_map *map,
                                                 uint64_t order) {
    uint32_t level = seen_level(map);
    uint64_t prefix = prefix_of(order, level);
    tarn__map_link *bucket = make_bucket(m, map, number_of(prefix, level));
    uintptr_t unmade = 0;
    /* relaxed: the claim alone publishes nothing. */
    if (bucket && !tarn__load(bucket, relaxed) &&
        tarn__cas(bucket, &unmade, TARN__LINK_LINKING, relaxed, relaxed))
        link_bucket(map, bucket, prefix, level);
    return enter_at(map, prefix, level);
}

bool tarn__map_ends_before(struct tarn_map *map, const struct tarn_map_entrance *entrance,
                           uintptr_t word, uint64_t order) {
    if (!tarn__link_bucket(word)) /* the end of the list */
        return true;
    /* A bucket inside the range of the one entered is of a finer level, linked by a
     * thread that had seen it; so if the level is the same as before, it is not. */
    if (entrance->exact && seen_level(map) == entrance->level)
        return true;
    return boundary_of(number_of_link(map, tarn__link_bucket(word))) > order;
}

/* Memory for the buckets of a level; false: there is none. */
static bool prepare_level(struct tarn_mutator *m, struct tarn_map *map, uint32_t level) {
    struct tarn_map_directory *directory = inner(&map->directory);
    if (!directory)
        directory = tarn__inner_install(
            &map->directory, tarn_new(tarn__contain_type(m, TARN_CONTAIN_MAP_DIRECTORY)));
    if (!directory)
        return false;
    tarn__inner_cell *cell = &directory->levels[level - TARN_MAP_ROOT_LEVEL - 1];
    size_t buckets = (size_t)1 << (level - 1);
    if (inner(cell))
        return true;
    void *made = level <= TARN_MAP_SEGMENT_LEVEL
                     ? (void *)make_buckets(m, map, buckets, buckets)
                     : tarn_new_array(tarn__contain_type(m, TARN_CONTAIN_MAP_TABLE),
                                      buckets / TARN_MAP_SEGMENT_BUCKETS + 1);
    return tarn__inner_install(cell, made) != NULL;
}

void tarn__map_grow(struct tarn_mutator *m, struct tarn_map *map, int64_t count) {
    uint32_t level = seen_level(map);
    if (count <= (int64_t)TARN_MAP_LOAD << level || level == TARN_MAP_LEVEL_MAX ||
        !prepare_level(m, map, level + 1))
        return;
    /* release: pairs with the acquire in seen_level(). relaxed on failure: another
     * thread grew it. */
    tarn__cas(&map->level, &level, level + 1, release, relaxed);
}

/* --- tracing: each node is reported by the bucket that it stands behind --- */

static void trace_bucket(tarn__map_link *bucket, tarn_visitor visit, void *arg) {
    uintptr_t word = tarn__map_load(bucket);
    if (word & TARN__LINK_LINKING)
        return;
    while (word && !(word & TARN__LINK_BUCKET)) {
        struct tarn_map_node *node = tarn__link_node(word);
        word = tarn__map_load(&node->next); /* before the visit, which may end the node */
        visit(node, arg);
    }
}

static void trace_buckets(void *object, tarn_visitor visit, void *arg) {
    struct tarn_map_buckets *buckets = object;
    for (size_t i = 0; i < buckets->length; i++)
        trace_bucket(&buckets->links[i], visit, arg);
}

static void trace_root(void *object, tarn_visitor visit, void *arg) {
    struct tarn_map *map = object;
    for (unsigned i = 0; i < 1u << TARN_MAP_ROOT_LEVEL; i++)
        trace_bucket(&map->root[i], visit, arg);
}

static struct tarn_type *make_map_type(struct tarn_heap *heap) {
    static const size_t offsets[] = {offsetof(struct tarn_map, directory)};
    return tarn__type_make(heap, &(struct tarn_type_spec){.name = "tarn map",
                                                          .size = sizeof(struct tarn_map),
                                                          .offsets = offsets,
                                                          .offset_count = 1,
                                                          .trace = trace_root,
                                                          .flags = TARN_TYPE_TRACE_CONCURRENT});
}

static struct tarn_type *make_any_node_type(struct tarn_heap *heap, const char *name,
                                            unsigned flags) {
    static const size_t offsets[] = {offsetof(struct tarn_map_node, key),
                                     offsetof(struct tarn_map_node, value)};
    return tarn__type_make(heap, &(struct tarn_type_spec){.name = name,
                                                          .size = sizeof(struct tarn_map_node),
                                                          .offsets = offsets,
                                                          .offset_count = 2,
                                                          .flags = TARN_TYPE_SHARED | flags});
}

static struct tarn_type *make_node_type(struct tarn_heap *heap) {
    return make_any_node_type(heap, "tarn map node", 0);
}

static struct tarn_type *make_leaf_node_type(struct tarn_heap *heap) {
    return make_any_node_type(heap, "tarn map node of leaves", TARN_TYPE_UNTRACKED);
}

static struct tarn_type *make_any_buckets_type(struct tarn_heap *heap, const char *name,
                                               unsigned flags) {
    return tarn__type_make(
        heap,
        &(struct tarn_type_spec){.name = name,
                                 .size = sizeof(struct tarn_map_buckets),
                                 .element_size = sizeof(tarn__map_link),
                                 .length_offset = offsetof(struct tarn_map_buckets, length),
                                 .trace = trace_buckets,
                                 .flags = TARN_TYPE_SHARED | TARN_TYPE_TRACE_CONCURRENT | flags});
}

static struct tarn_type *make_buckets_type(struct tarn_heap *heap) {
    return make_any_buckets_type(heap, "tarn map buckets", 0);
}

static struct tarn_type *make_leaf_buckets_type(struct tarn_heap *heap) {
    return make_any_buckets_type(heap, "tarn map buckets of leaves", TARN_TYPE_UNTRACKED);
}

static struct tarn_type *make_table_type(struct tarn_heap *heap) {
    static const size_t element[] = {0};
    return tarn__type_make(
        heap, &(struct tarn_type_spec){.name = "tarn map table",
                                       .size = sizeof(struct tarn_map_table),
                                       .element_size = sizeof(tarn__inner_cell),
                                       .length_offset = offsetof(struct tarn_map_table, length),
                                       .element_offsets = element,
                                       .element_offset_count = 1,
                                       .flags = TARN_TYPE_SHARED});
}

static struct tarn_type *make_directory_type(struct tarn_heap *heap) {
    size_t offsets[TARN_MAP_LEVELS];
    for (unsigned i = 0; i < TARN_MAP_LEVELS; i++)
        offsets[i] = offsetof(struct tarn_map_directory, levels) + i * sizeof(tarn__inner_cell);
    return tarn__type_make(heap, &(struct tarn_type_spec){.name = "tarn map directory",
                                                          .size = sizeof(struct tarn_map_directory),
                                                          .offsets = offsets,
                                                          .offset_count = TARN_MAP_LEVELS,
                                                          .flags = TARN_TYPE_SHARED});
}

bool tarn__map_register_types(struct tarn_heap *heap) {
    static struct tarn_type *(*const make[])(struct tarn_heap *) = {
        make_map_type,       make_node_type,      make_buckets_type,     make_table_type,
        make_directory_type, make_leaf_node_type, make_leaf_buckets_type};
    for (unsigned i = 0; i < sizeof make / sizeof *make; i++) {
        heap->contain[TARN_CONTAIN_MAP + i] = make[i](heap);
        if (!heap->contain[TARN_CONTAIN_MAP + i])
            return false;
    }
    return true;
}
