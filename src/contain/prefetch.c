/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Looking several keys up at once, for the caches' sake alone.
 *
 * Finding a key in a large map is a chain of loads, each of which waits for memory: the
 * bucket, the nodes before the key's, the node, the value. The chains of different keys
 * have nothing to do with one another. So each round takes one step in all of them and
 * asks for what the next will read; by the time that the last chain has taken its step
 * the first one's line has come. Source: Chen, Ailamaki, Gibbons and Mowry, Improving
 * hash join performance through prefetching, ICDE 2004 (group prefetching).
 *
 * Guarantees: nothing is changed, and nothing is promised: a chain that meets something
 * unusual, or is longer than a few nodes, is left where it is. Wait-free.
 */
#include "contain/map.h"
#include "object/slot_kernel.h"

#define GROUP 16u
/* Nodes stepped over: a bucket holds two at most, on the average. */
#define STEPS 3u

struct chain {
    uint64_t order;
    tarn__map_link *link; /* to be read next; NULL: the chain has ended */
    struct tarn_map_node *node;
};

static void ask(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

/* Reads the chain's link and asks for the node that it leads to. */
static void step(struct chain *c) {
    uintptr_t word = c->link ? tarn__map_load(c->link) : TARN__LINK_END;
    c->node = word & (TARN__LINK_BUCKET | TARN__LINK_REMOVED) ? NULL : tarn__link_node(word);
    c->link = NULL;
    if (c->node)
        ask(c->node);
}

/* Looks at the node: asks for its value if it is the one, else goes on behind it. */
static void look(struct chain *c) {
    if (!c->node)
        return;
    if (c->node->order < c->order) {
        c->link = &c->node->next;
    } else if (c->node->order == c->order) {
        const char *value = tarn_slot_peek(&c->node->value);
        if (value && !tarn_is_immediate(value)) {
            ask(value);
            ask(value + 47); /* short objects stand in one line or two */
        }
    }
}

static void look_ahead(struct tarn_map *map, const void *const *keys, unsigned count) {
    struct chain chain[GROUP];
    for (unsigned i = 0; i < count; i++) {
        chain[i].order = tarn__map_order(map, keys[i]);
        chain[i].link = tarn__map_bucket(map, chain[i].order);
        if (chain[i].link)
            ask(chain[i].link);
    }
    for (unsigned round = 0; round < STEPS; round++) {
        for (unsigned i = 0; i < count; i++)
            step(&chain[i]);
        for (unsigned i = 0; i < count; i++)
            look(&chain[i]);
    }
}

void tarn_map_prefetch(void *map, const void *const *keys, size_t count) {
    tarn__contain_expect("tarn_map_prefetch", map, TARN_CONTAIN_MAP);
    while (count) {
        unsigned group = count < GROUP ? (unsigned)count : GROUP;
        look_ahead(map, keys, group);
        keys += group;
        count -= group;
    }
}
