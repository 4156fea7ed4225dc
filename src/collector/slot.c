/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The collector's slots: one for every container pool, from chunks that are
 * mapped as needed and kept until the heap ends. Untouched trial counts cost
 * address space only.
 */
#include "base/check.h"
#include "collector/collector.h"
#include "object/death.h"
#include "os/pages.h"

#define CHUNK_SLOTS TARN_GC_CHUNK_SLOTS
#define CHUNKS_MAX (1u << 18)
#define CHUNK_BYTES (CHUNK_SLOTS * sizeof(struct tarn_gc_slot))
#define DIRECTORY_BYTES (CHUNKS_MAX * sizeof(struct tarn_gc_slot *))

static size_t page_round(size_t bytes) {
    return tarn__round_up(bytes, tarn__os_page_size());
}

/* Called with POOLS held. */
static bool add_chunk(struct tarn_collector *c) {
    if (c->chunk_count == CHUNKS_MAX)
        return false;
    struct tarn_gc_slot *chunk = tarn__os_map(page_round(CHUNK_BYTES), tarn__os_page_size());
    if (!chunk)
        return false;
    c->chunks[c->chunk_count++] = chunk;
    for (unsigned i = CHUNK_SLOTS; i-- > 0;) {
        chunk[i].number = (c->chunk_count - 1) * CHUNK_SLOTS + i;
        chunk[i].next = c->free_slots;
        c->free_slots = &chunk[i];
    }
    return true;
}

bool tarn__gc_pool_added(struct tarn_heap *heap, struct tarn_pool *pool) {
    struct tarn_collector *c = heap->collector;
    tarn__lock_acquire(&heap->pools_lock);
    struct tarn_gc_slot *slot = c->free_slots || add_chunk(c) ? c->free_slots : NULL;
    if (slot)
        c->free_slots = slot->next;
    tarn__lock_release(&heap->pools_lock);
    if (!slot)
        return false;
    slot->pool = pool;
    slot->next = NULL;
    slot->words = (pool->capacity + 63u) / 64u;
    pool->gc = slot;
    return true;
}

void tarn__gc_pool_removed(struct tarn_collector *c, struct tarn_pool *pool) {
    struct tarn_gc_slot *slot = pool->gc;
    TARN_ASSERT(!slot->in_set && !slot->has_convicts && !slot->is_middle && !slot->is_searched &&
                !slot->has_saved && !tarn__load(&slot->has_candidates, relaxed));
    pool->gc = NULL;
    slot->pool = NULL;
    slot->next = c->free_slots;
    c->free_slots = slot;
}

bool tarn__gc_release_if_empty(struct tarn_heap *heap, struct tarn_pool *pool) {
    struct tarn_gc_slot *slot = pool->gc;
    if (tarn__pool_used(pool) > 0 || pool->has_young || slot->has_convicts || slot->is_middle ||
        slot->is_searched || slot->has_saved ||
        /* relaxed: the world is stopped. */
        tarn__load(&slot->has_candidates, relaxed))
        return false;
    tarn__list_remove(&pool->heap_node);
    heap->pool_bytes -= tarn__pool_bytes(pool);
    tarn__weak_release_pool(pool);
    tarn__gc_pool_removed(heap->collector, pool);
    tarn__cache_release_pool(pool->owner, pool);
    return true;
}

void tarn__gc_release_leaf_if_empty(struct tarn_heap *heap, struct tarn_pool *pool) {
    if (tarn__pool_used(pool) > 0 || pool->kept ||
        (pool->slices && pool->state != TARN_POOL_PARTIAL))
        return;
    tarn__heap_remove_leaf_pool(heap, pool);
    tarn__cache_release_pool(pool->owner, pool);
}

static void for_each_pool(struct tarn_heap *heap, enum tarn_kind kind,
                          void (*body)(struct tarn_heap *heap, struct tarn_pool *pool)) {
    struct tarn_list_node *head = &heap->pools[kind];
    struct tarn_list_node *next;
    for (struct tarn_list_node *n = head->next; n != head; n = next) {
        next = n->next;
        body(heap, TARN__CONTAINER_OF(n, struct tarn_pool, heap_node));
    }
}

static void release_container_pool(struct tarn_heap *heap, struct tarn_pool *pool) {
    tarn__gc_release_if_empty(heap, pool);
}

void tarn__gc_release_empty_pools(struct tarn_heap *heap) {
    struct tarn_collector *c = heap->collector;
    for (struct tarn_seat *s = tarn__world_first(&heap->world); s; s = s->next)
        tarn__cache_collect_remote(&s->cache);
    for_each_pool(heap, TARN_KIND_CONTAINER, release_container_pool);
    if (!c->leaf_pools_stayed || c->search.stage != TARN_SEARCH_NONE)
        return;
    for_each_pool(heap, TARN_KIND_LEAF, tarn__gc_release_leaf_if_empty);
    c->leaf_pools_stayed = false;
}

struct tarn_collector *tarn__collector_make(struct tarn_heap *heap) {
    struct tarn_collector *c = tarn__os_map(page_round(sizeof *c), tarn__os_page_size());
    if (!c)
        return NULL;
    c->chunks = tarn__os_map(page_round(DIRECTORY_BYTES), tarn__os_page_size());
    if (!c->chunks) {
        tarn__os_release(c, page_round(sizeof *c));
        return NULL;
    }
    c->heap = heap;
    tarn__lock_init(&c->callbacks_lock, TARN_RANK_CALLBACKS);
    return c;
}

void tarn__collector_release(struct tarn_collector *c) {
    if (!c)
        return;
    for (uint32_t i = 0; i < c->chunk_count; i++)
        tarn__os_release(c->chunks[i], page_round(CHUNK_BYTES));
    tarn__os_release(c->chunks, page_round(DIRECTORY_BYTES));
    tarn__os_release(c, page_round(sizeof *c));
}
