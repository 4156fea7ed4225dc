/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The registry of types: numbers are handed out process-wide, under one lock that
 * is only taken inside a heap's TYPES (so that a fork, which holds all of those,
 * finds it free), and looked up without. The table is a root of chunks that are never freed, so
 * a look-up needs no care; numbers of destroyed heaps are used again.
 */
#include "object/type.h"

#include <errno.h>
#include <string.h>

#include "memory/watch.h"
#include "os/pages.h"

#define CHUNK_CELLS (1u << TARN_TYPE_CHUNK_BITS)
#define NUMBERS ((1u << TARN__TYPE_BITS) - 1)
/* Bytes of the largest object that is zeroed in line. */
#define SMALL_MAX 144

tarn__type_chunk tarn__types[TARN_TYPE_CHUNKS];

static struct tarn_lock numbers_lock = TARN__LOCK_INIT(TARN_RANK_NUMBERS);
static uint32_t next_number = 1; /* lowest that may be free */

/* The cell of a number, its chunk made if need be; NULL: no memory. */
static tarn__type_cell *cell_of(uint32_t number) {
    uint32_t index = number >> TARN_TYPE_CHUNK_BITS;
    /* relaxed: written under the lock that the caller holds. */
    tarn__type_cell *chunk = tarn__load(&tarn__types[index], relaxed);
    if (!chunk) {
        chunk = tarn__os_map(CHUNK_CELLS * sizeof *chunk, tarn__os_page_size());
        if (!chunk)
            return NULL;
        /* release: pairs with the acquire in tarn__type_of_word(). */
        tarn__store(&tarn__types[index], chunk, release);
    }
    return &chunk[number & (CHUNK_CELLS - 1)];
}

/* Gives the type a free number and enters it. 0, -ENOMEM or -ENOSPC. */
static int enter(struct tarn_type *type) {
    int error = -ENOSPC;
    tarn__lock_acquire(&numbers_lock);
    for (uint32_t n = next_number; n < NUMBERS; n++) {
        tarn__type_cell *cell = cell_of(n);
        if (!cell) {
            error = -ENOMEM;
            break;
        }
        /* relaxed: written under this lock. */
        if (tarn__load(cell, relaxed))
            continue;
        type->number = n;
        next_number = n + 1;
        /* release: pairs with the acquire in tarn__type_of_word(). */
        tarn__store(cell, type, release);
        error = 0;
        break;
    }
    tarn__lock_release(&numbers_lock);
    return error;
}

static void leave(struct tarn_type *type) {
    tarn__lock_acquire(&numbers_lock);
    /* release: nobody looks a type up whose objects are gone. */
    tarn__store(cell_of(type->number), NULL, release);
    if (type->number < next_number)
        next_number = type->number;
    tarn__lock_release(&numbers_lock);
}

static bool has_references(const struct tarn_type_spec *spec) {
    return spec->offset_count || spec->element_offset_count || spec->trace;
}

static enum tarn_kind kind_of(const struct tarn_type_spec *spec) {
    return has_references(spec) && !(spec->flags & TARN_TYPE_UNTRACKED) ? TARN_KIND_CONTAINER
                                                                        : TARN_KIND_LEAF;
}

/* One block holds the type, its two offset tables and its name. */
static struct tarn_type *copy_spec(const struct tarn_type_spec *spec) {
    size_t offsets = (spec->offset_count + spec->element_offset_count) * sizeof(size_t);
    size_t name = strlen(spec->name) + 1;
    struct tarn_type *type = tarn_calloc(1, sizeof *type + offsets + name);
    if (!type)
        return NULL;
    size_t *table = (size_t *)(type + 1);
    if (spec->offset_count)
        memcpy(table, spec->offsets, spec->offset_count * sizeof *table);
    if (spec->element_offset_count)
        memcpy(table + spec->offset_count, spec->element_offsets,
               spec->element_offset_count * sizeof *table);
    type->offsets = table;
    type->element_offsets = table + spec->offset_count;
    type->name = memcpy((char *)(type + 1) + offsets, spec->name, name);
    return type;
}

/* What a new object's header will be, and whose pool it comes from. */
static void prepare_birth(struct tarn_type *type, const struct tarn_type_spec *spec) {
    bool plain = !has_references(spec) && !spec->finalize && !spec->dispose && !tarn__watch;
    type->shared = (uint64_t)type->number << TARN__TYPE_SHIFT;
    if (type->flags & TARN_TYPE_SHARED) {
        type->shared |= TARN__COUNT_ONE | TARN__MERGED;
    } else {
        type->bias = TARN__COUNT_ONE | (plain ? TARN__BIAS_PLAIN : 0);
        type->bias_owner = TARN__BIAS_SEAT_MASK;
    }
    bool is_small =
        type->size > sizeof(struct tarn_object) && type->size <= SMALL_MAX && !type->element_size;
    type->shelf =
        (uint32_t)(is_small && !tarn__watch ? tarn__cache_shelf(type->kind, type->size_class)
                                            : offsetof(struct tarn_cache, no_pool));
    type->small_size = (unsigned)((type->size + 15) & ~(size_t)15);
}

struct tarn_type *tarn__type_make(struct tarn_heap *heap, const struct tarn_type_spec *spec) {
    struct tarn_type *type = copy_spec(spec);
    if (!type)
        return NULL;
    type->heap = heap;
    type->kind = kind_of(spec);
    type->size = spec->size;
    type->size_class =
        spec->size <= TARN_POOL_BLOCK_MAX ? tarn__class_of(spec->size) : TARN_CLASSES;
    type->flags = spec->flags;
    type->stages = tarn__type_spec_stages(spec);
    type->element_size = spec->element_size;
    type->length_offset = spec->length_offset;
    type->offset_count = (uint32_t)spec->offset_count;
    type->element_offset_count = (uint32_t)spec->element_offset_count;
    type->trace = spec->trace;
    type->finalize = spec->finalize;
    type->dispose = spec->dispose;
    type->is_simple =
        !type->stages && !spec->dispose && !spec->trace && !spec->element_offset_count;
    tarn__lock_acquire(&heap->types_lock);
    int error = enter(type);
    if (error == 0) {
        prepare_birth(type, spec);
        type->next = heap->types;
        heap->types = type;
    }
    tarn__lock_release(&heap->types_lock);
    if (error == 0)
        return type;
    tarn_free(type);
    errno = -error;
    return NULL;
}

void tarn__types_release(struct tarn_heap *heap) {
    struct tarn_type *next;
    tarn__lock_acquire(&heap->types_lock);
    for (struct tarn_type *t = heap->types; t; t = next) {
        next = t->next;
        leave(t);
        tarn_free(t);
    }
    heap->types = NULL;
    tarn__lock_release(&heap->types_lock);
}
