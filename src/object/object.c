/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Making objects.
 *
 * A block comes with word 1 zero (no type: free). The body is zeroed and the
 * length written before one release store of word 1 makes the object visible to
 * whoever walks its pool (DESIGN rule S1).
 */
#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "memory/watch.h"
#include "object/death.h"
#include "object/object.h"

static struct tarn_object *allocate_watched(struct tarn_mutator *m, const struct tarn_type *type,
                                            size_t size) {
    struct tarn_cache *cache = &m->seat.cache;
    size_t room = tarn__watch_room(size);
    void *o = room <= TARN_POOL_BLOCK_MAX
                  ? tarn__block_alloc(cache, type->kind, tarn__class_of(room))
                  : tarn__block_alloc_large(cache, type->kind, room);
    if (o)
        tarn__watch_made(tarn__pool_of(o), o, size);
    return o;
}

static struct tarn_object *allocate(struct tarn_mutator *m, const struct tarn_type *type,
                                    size_t size) {
    struct tarn_cache *cache = &m->seat.cache;
    if (tarn__is_watching())
        return allocate_watched(m, type, size);
    if (tarn__likely(size == type->size && type->size_class < TARN_CLASSES))
        return tarn__block_alloc(cache, type->kind, type->size_class);
    if (size <= TARN_POOL_BLOCK_MAX)
        return tarn__block_alloc(cache, type->kind, tarn__class_of(size));
    return tarn__block_alloc_large(cache, type->kind, size);
}

/* What the birth of a container may bring: its pool enters the seat's list of those with
 * young objects, the heap hears of a batch. */
static void settle(struct tarn_mutator *m, struct tarn_pool *pool) {
    if (!pool->has_young) {
        pool->has_young = true;
        pool->young_next = m->young_pools;
        m->young_pools = pool;
    }
    tarn__heap_count_young(m, 0);
}

/* The header of a block whose body is ready: from here it is an object. */
static inline void *give_birth(struct tarn_mutator *m, const struct tarn_type *type,
                               struct tarn_object *o, uint64_t bias) {
    /* relaxed: the release below publishes it; age 0 is the youngest. */
    tarn__store(&o->bias, bias | (m->seat.cache.id & type->bias_owner), relaxed);
    /* release: pairs with the acquire of whoever walks the pool; the body is
     * zero and the length written. */
    tarn__store(&o->shared, type->shared, release);
    tarn__counter_add(&m->allocated, 1);
    return o;
}

static __attribute__((cold)) void *out_of_memory(void) {
    errno = ENOMEM;
    return NULL;
}

static void *make(struct tarn_type *type, size_t size, size_t length, const char *function) {
    struct tarn_mutator *m = tarn__mutator_expect(function);
    if (tarn__unlikely(&type->heap->world != m->seat.world))
        tarn__fatal(function,
                    "type '%s' belongs to another heap than the one the thread is attached to",
                    type->name);
    struct tarn_object *o = allocate(m, type, size);
    if (tarn__unlikely(!o))
        return out_of_memory();
    memset(o + 1, 0, size - sizeof *o);
    if (length)
        *(size_t *)((char *)o + type->length_offset) = length;
    /* What has a mapping of its own is not freed as a block of a pool. */
    give_birth(m, type, o,
               size <= TARN_POOL_BLOCK_MAX ? type->bias : type->bias & ~TARN__BIAS_PLAIN);
    if (type->kind == TARN_KIND_CONTAINER) {
        tarn__heap_young_add(m, 1);
        settle(m, tarn__pool_of(o));
    }
    return o;
}

static __attribute__((noinline)) void *make_fixed(struct tarn_type *type) {
    return make(type, type->size, 0, "tarn_new");
}

static __attribute__((noinline)) void *settle_new(struct tarn_mutator *m, struct tarn_pool *pool,
                                                  void *o) {
    settle(m, pool);
    return o;
}

/* Zeroes what is behind the header, one unit at least, in units of 16 bytes, of which
 * blocks are made. */
static inline void clear_small(struct tarn_object *o, size_t rounded) {
    uint64_t *end = (uint64_t *)((char *)o + rounded);
    uint64_t *unit = (uint64_t *)(o + 1);
    do
        unit[0] = unit[1] = 0;
    while ((unit += 2) != end);
}

/* Everything that make() looks for is found by one comparison each: a type that needs
 * more has a shelf without a pool. Nothing here but a last step is a call, so that no
 * register is saved. */
void *tarn_new(tarn_type *type) {
    struct tarn_mutator *m = tarn__mutator(tarn__seat_self());
    if (tarn__unlikely(!tarn__thread_is_running()) ||
        tarn__unlikely(m->seat.world != &type->heap->world))
        return make_fixed(type);
    struct tarn_pool *pool = tarn__cache_at(&m->seat.cache, type->shelf);
    if (tarn__unlikely(!pool->free))
        return make_fixed(type);
    if (tarn__fault_hit())
        return out_of_memory();
    struct tarn_object *o = tarn__pool_pop(pool);
    clear_small(o, type->small_size);
    give_birth(m, type, o, type->bias);
    if (type->kind == TARN_KIND_CONTAINER &&
        tarn__unlikely(tarn__heap_young_add(m, 1) | !pool->has_young))
        return settle_new(m, pool, o);
    return o;
}

void *tarn_new_array(tarn_type *type, size_t n) {
    size_t size;
    TARN_CHECK(type->element_size || n == 0, "type '%s' has no trailing array", type->name);
    if (__builtin_mul_overflow(n, type->element_size, &size) ||
        __builtin_add_overflow(size, type->size, &size) || size > TARN_OBJECT_SIZE_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    return make(type, size, n, "tarn_new_array");
}

void tarn_free_deferred(void *block) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_free_deferred");
    if (!block)
        return;
    TARN_CHECK((uintptr_t)block % TARN_ARENA_SIZE != 0 && tarn_is_heap_pointer(block) &&
                   tarn__pool_of(block)->kind == TARN_KIND_RAW,
               "%p is not a raw block of tarn", block);
    if (tarn__is_watching())
        tarn__watch_deferred(tarn__pool_of(block), block);
    tarn__object_retire(m, block);
}
