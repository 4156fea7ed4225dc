/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Types: what the library knows of an object's shape.
 *
 * A type number stands in every object's header; 0 marks a free block. Numbers
 * are the process's, so that a header alone tells the type.
 */
#ifndef TARN_OBJECT_TYPE_H
#define TARN_OBJECT_TYPE_H

#include "object/count_kernel.h"
#include "object/heap.h"

struct tarn_type {
    /* constant after registration */
    struct tarn_heap *heap;
    uint32_t number;
    enum tarn_kind kind;
    unsigned size_class; /* of an object without trailing elements; TARN_CLASSES if large */
    unsigned flags;      /* enum tarn_type_flags */
    unsigned stages;     /* enum tarn_stage: user code before death */
    bool is_simple;      /* fixed fields, and nobody's code runs at an object's end */
    uint32_t shelf;      /* where in a cache the pool for it is found, see tarn_new() */
    unsigned small_size; /* of an object with a shelf, to the next 16 bytes */
    uint64_t bias;       /* a new object's words, but for its owner */
    uint64_t bias_owner; /* what of the owner's number goes into the first */
    uint64_t shared;
    size_t size;
    size_t element_size;
    size_t length_offset;
    uint32_t offset_count;
    uint32_t element_offset_count;
    const size_t *offsets; /* fixed part's, then one element's */
    const size_t *element_offsets;
    void (*trace)(void *object, tarn_visitor visit, void *arg);
    void (*finalize)(void *object);
    void (*dispose)(void *object);
    char *name;

    /* under TYPES */
    struct tarn_type *next;
};

#define TARN_TYPE_CHUNK_BITS 12
#define TARN_TYPE_CHUNKS (1u << (TARN__TYPE_BITS - TARN_TYPE_CHUNK_BITS))

typedef TARN__ATOMIC(struct tarn_type *) tarn__type_cell;
typedef TARN__ATOMIC(tarn__type_cell *) tarn__type_chunk;
extern tarn__type_chunk tarn__types[TARN_TYPE_CHUNKS];

/* The type that a header's shared word names. */
static inline struct tarn_type *tarn__type_of_word(uint64_t shared) {
    uint32_t number = (uint32_t)((shared & TARN__TYPE_MASK) >> TARN__TYPE_SHIFT);
    /* acquire: pairs with the release in tarn__type_make(). */
    tarn__type_cell *chunk = tarn__load(&tarn__types[number >> TARN_TYPE_CHUNK_BITS], acquire);
    /* acquire: as above. */
    return tarn__load(&chunk[number & ((1u << TARN_TYPE_CHUNK_BITS) - 1)], acquire);
}

/* The same, of a word that may be anything: NULL if there is no such type. */
static inline struct tarn_type *tarn__type_of_any_word(uint64_t shared) {
    uint32_t number = (uint32_t)((shared & TARN__TYPE_MASK) >> TARN__TYPE_SHIFT);
    /* acquire: as above. */
    bool known = tarn__load(&tarn__types[number >> TARN_TYPE_CHUNK_BITS], acquire) != NULL;
    return number && known ? tarn__type_of_word(shared) : NULL;
}

static inline struct tarn_type *tarn__type_of(const struct tarn_object *o) {
    /* relaxed: an object's type never changes; who has the object sees it. */
    return tarn__type_of_word(tarn__load(&o->shared, relaxed));
}

/* Elements of the trailing array; written once by tarn_new_array. */
static inline size_t tarn__object_length(const struct tarn_type *type,
                                         const struct tarn_object *o) {
    return type->element_size ? *(const size_t *)((const char *)o + type->length_offset) : 0;
}

/* Makes a type from a checked spec, or NULL with errno. */
struct tarn_type *tarn__type_make(struct tarn_heap *heap, const struct tarn_type_spec *spec);

/* Whether a spec keeps the rules; if not, `text` says which one it breaks, and where. */
bool tarn__type_spec_check(const struct tarn_type_spec *spec, char *text, size_t size);

/* enum tarn_stage of the types that a checked spec makes. */
unsigned tarn__type_spec_stages(const struct tarn_type_spec *spec);

/* Ends all types of a heap. */
void tarn__types_release(struct tarn_heap *heap);

#endif
