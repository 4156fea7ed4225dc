/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The list of a map: a sorted linked list after Harris (DISC 2001) and Michael (SPAA
 * 2002), with buckets standing in it (docs/design/contain.md [MAP-2], [MAP-3]).
 *
 * The list holds one reference to each node in it. Removal flags the node's own link,
 * which then stays as it is; whoever next comes by swings the link before it past the
 * node, and drops that reference. Nodes are published, so what a reader stands on
 * stays readable to the end of its operation.
 *
 * Progress: lock-free. A search begins again only if the node it stood on was removed.
 */
#include "contain/map.h"

#include "object/slot_kernel.h"

/* Takes a removed node out behind `place`, whose word becomes what is there now.
 * `next`: the node's link. */
static void unlink_after(struct tarn_map_place *place, struct tarn_map_node *node, uintptr_t next) {
    uintptr_t past = (next & ~TARN__LINK_REMOVED) | (place->word & TARN__LINK_LINKING);
    /* acq_rel: passes on what the node's link published. acquire on failure: the word
     * found is followed. */
    if (tarn__cas(place->link, &place->word, past, acq_rel, acquire)) {
        place->word = past;
        tarn_decref(node);
    }
}

static struct tarn_map_place begin(const struct tarn_map_entrance *entrance) {
    return (struct tarn_map_place){entrance->link, tarn__map_load(entrance->link)};
}

static void step(struct tarn_map_place *place, tarn__map_link *link, uintptr_t word) {
    place->link = link;
    place->word = word;
}

struct tarn_map_place tarn__map_search(struct tarn_map *map,
                                       const struct tarn_map_entrance *entrance, uint64_t order,
                                       bool through) {
    struct tarn_map_place place = begin(entrance);
    for (;;) {
        if (place.word & TARN__LINK_REMOVED) { /* the node stood on is gone */
            place = begin(entrance);
        } else if (place.word & TARN__LINK_BUCKET) {
            if (tarn__map_ends_before(map, entrance, place.word, order))
                return place;
            tarn__map_link *bucket = tarn__link_bucket(place.word);
            step(&place, bucket, tarn__map_load(bucket));
        } else {
            struct tarn_map_node *node = tarn__link_node(place.word);
            uintptr_t next = tarn__map_load(&node->next);
            if (next & TARN__LINK_REMOVED)
                unlink_after(&place, node, next);
            else if (node->order > order || (node->order == order && !through))
                return place;
            else
                step(&place, &node->next, next);
        }
    }
}

struct tarn_map_node *tarn__map_find(struct tarn_map *map, uint64_t order) {
    struct tarn_map_entrance entrance = tarn__map_enter(map, order);
    uintptr_t word = tarn__map_load(entrance.link);
    for (;;) {
        if (word & TARN__LINK_BUCKET) {
            if (tarn__map_ends_before(map, &entrance, word, order))
                return NULL;
            word = tarn__map_load(tarn__link_bucket(word));
        } else {
            struct tarn_map_node *node = tarn__link_node(word);
            if (node->order >= order)
                return node->order == order ? node : NULL;
            word = tarn__map_load(&node->next);
        }
    }
}

struct tarn_map_node *tarn__map_follow(uintptr_t word) {
    while ((word & TARN__LINK_BUCKET) && tarn__link_bucket(word))
        word = tarn__map_load(tarn__link_bucket(word));
    return word & TARN__LINK_BUCKET ? NULL : tarn__link_node(word);
}

struct tarn_map_node *tarn__map_first(struct tarn_map *map, uint64_t order) {
    struct tarn_map_entrance entrance = tarn__map_enter(map, order);
    struct tarn_map_node *node = tarn__map_follow(tarn__map_load(entrance.link));
    while (node && node->order < order)
        node = tarn__map_after(node);
    return node;
}

struct tarn_map_node *tarn__map_after(struct tarn_map_node *node) {
    return tarn__map_follow(tarn__map_load(&node->next));
}

bool tarn__map_insert(struct tarn_map_place *place, struct tarn_map_node *node) {
    uintptr_t linking = place->word & TARN__LINK_LINKING;
    /* relaxed: published with the node. */
    tarn__store(&node->next, place->word & ~TARN__LINK_LINKING, relaxed);
    /* release: pairs with the acquire in tarn__map_load(); publishes the node. relaxed
     * on failure: searched again. */
    return tarn__cas(place->link, &place->word, (uintptr_t)node | linking, release, relaxed);
}

void tarn__map_unlink(struct tarn_map *map, struct tarn_map_node *node) {
    uint64_t order = node->order;
    /* acq_rel: the flag orders this thread's use of the node before its end; the
     * acquire passes on what the link published. */
    tarn__fetch_or(&node->next, TARN__LINK_REMOVED, acq_rel);
    struct tarn_map_entrance entrance = tarn__map_enter(map, order);
    tarn__map_search(map, &entrance, order, true);
}
