/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The shared vector (docs/design/contain.md [VEC-1] to [VEC-4]).
 *
 * Elements lie in segments of doubling size that never move, each a slot:
 *
 *   first       elements [0, 8)
 *   directory   cell k: elements [8 << k, 16 << k)
 *
 * A slot holds NULL until its element is pushed and never again after it; the
 * elements that are there are exactly those before the first NULL. `length` says
 * where that is, or where it was a moment ago.
 *
 *   push    from `length` on, the first NULL is swapped for the value: that is the
 *           push. Whoever finds the place taken moves `length` on for the other.
 *   get     the slot at `index`: what is in it was there, NULL is "not yet".
 *
 * Progress: reads and replacements are wait-free, but a load that finds its object
 * dead reads again [SLOT-2]; pushes are lock-free: one that repeats lost its place
 * to another that got it.
 */
#include "contain/contain.h"

#include <errno.h>

#include "base/tsan.h"

#define FIRST_LENGTH 8u
#define FIRST_SHIFT 3u
/* Segments beyond the first: the last one that an object can hold. */
#define DIRECTORY_CELLS 39u

#define LENGTH_MAX ((size_t)FIRST_LENGTH << DIRECTORY_CELLS)

struct segment {
    tarn_object header;
    size_t length;
    tarn_slot slots[];
};

struct directory {
    tarn_object header;
    tarn__inner_cell segments[DIRECTORY_CELLS];
};

struct vec {
    tarn_object header;
    TARN__ATOMIC(size_t) length; /* elements before it are there; there may be more */
    tarn__inner_cell first;
    tarn__inner_cell directory;
};

static_assert(((sizeof(tarn_slot) * FIRST_LENGTH) << (DIRECTORY_CELLS - 1)) <=
                  TARN_OBJECT_SIZE_MAX / 2,
              "the largest segment is an object");

/* Where an index lies: cell -1 is the first segment. */
struct place {
    int cell;
    size_t offset;
};

static inline struct place place_of(size_t index) {
    if (tarn__likely(index < FIRST_LENGTH))
        return (struct place){-1, index};
    unsigned top = 63u - (unsigned)__builtin_clzll(index);
    return (struct place){(int)(top - FIRST_SHIFT), index - ((size_t)1 << top)};
}

/* The index behind the last one of an index's segment. */
static inline size_t segment_end(size_t index) {
    return index < FIRST_LENGTH ? FIRST_LENGTH : (size_t)2 << (63 - __builtin_clzll(index));
}

static inline void *inner(tarn__inner_cell *cell) {
    /* acquire: pairs with the release in tarn__inner_install(). */
    return tarn__load(cell, acquire);
}

/* The slot of an index, or NULL if nothing was ever pushed there. */
static inline tarn_slot *find_slot(struct vec *vec, size_t index) {
    struct place at = place_of(index);
    struct segment *segment;
    if (tarn__likely(at.cell < 0)) {
        segment = inner(&vec->first);
    } else {
        struct directory *directory = inner(&vec->directory);
        if (!directory || at.cell >= (int)DIRECTORY_CELLS)
            return NULL;
        segment = inner(&directory->segments[at.cell]);
    }
    return segment ? &segment->slots[at.offset] : NULL;
}

static struct segment *make_segment(struct tarn_mutator *m, size_t length) {
    return tarn_new_array(tarn__contain_type(m, TARN_CONTAIN_VEC_SEGMENT), length);
}

/* The same, with room made if there is none; NULL: no memory. */
static tarn_slot *make_slot(struct tarn_mutator *m, struct vec *vec, size_t index) {
    struct place at = place_of(index);
    if (at.cell >= (int)DIRECTORY_CELLS)
        return NULL;
    if (at.cell < 0) {
        struct segment *first = tarn__inner_install(&vec->first, make_segment(m, FIRST_LENGTH));
        return first ? &first->slots[at.offset] : NULL;
    }
    struct directory *directory = inner(&vec->directory);
    if (!directory)
        directory = tarn__inner_install(
            &vec->directory, tarn_new(tarn__contain_type(m, TARN_CONTAIN_VEC_DIRECTORY)));
    if (!directory)
        return NULL;
    tarn__inner_cell *cell = &directory->segments[at.cell];
    struct segment *segment = inner(cell);
    if (!segment)
        segment = tarn__inner_install(cell, make_segment(m, (size_t)FIRST_LENGTH << at.cell));
    return segment ? &segment->slots[at.offset] : NULL;
}

static inline bool is_taken(const tarn_slot *slot) {
    return slot && tarn_slot_peek(slot) != NULL;
}

/* Element `index` is there: the length says so too. */
static void move_length(struct vec *vec, size_t index) {
    /* release: pairs with the acquire in seen_length(); the segments up to the
     * index are visible. relaxed on failure: another moved it, as far or farther. */
    tarn__cas(&vec->length, &index, index + 1, release, relaxed);
}

static inline size_t seen_length(struct vec *vec) {
    /* acquire: pairs with the release in move_length(). */
    return tarn__load(&vec->length, acquire);
}

void *tarn_vec_new(void) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_vec_new");
    return tarn_new(tarn__contain_type(m, TARN_CONTAIN_VEC));
}

size_t tarn_vec_length(void *object) {
    struct vec *vec = object;
    tarn__contain_expect("tarn_vec_length", vec, TARN_CONTAIN_VEC);
    for (;;) {
        size_t length = seen_length(vec);
        if (!is_taken(find_slot(vec, length)))
            return length;
        move_length(vec, length);
    }
}

ptrdiff_t tarn_vec_push(void *object, void *value) {
    struct vec *vec = object;
    struct tarn_mutator *m = tarn__contain_expect("tarn_vec_push", vec, TARN_CONTAIN_VEC);
    if (!value)
        return -EINVAL;
    for (;;) {
        size_t index = seen_length(vec);
        tarn_slot *slot = find_slot(vec, index);
        if (!slot)
            slot = make_slot(m, vec, index);
        if (!slot)
            return -ENOMEM;
        bool pushed = !is_taken(slot) && tarn_slot_compare_exchange(slot, NULL, value);
        move_length(vec, index);
        if (pushed)
            return (ptrdiff_t)index;
    }
}

void *tarn_vec_get(void *vec, size_t index) {
    tarn__contain_expect("tarn_vec_get", vec, TARN_CONTAIN_VEC);
    tarn_slot *slot = find_slot(vec, index);
    return slot ? tarn_slot_load(slot) : NULL;
}

void *tarn_vec_peek(void *vec, size_t index) {
    tarn__contain_expect("tarn_vec_peek", vec, TARN_CONTAIN_VEC);
    tarn_slot *slot = find_slot(vec, index);
    void *element = slot ? tarn_slot_peek(slot) : NULL;
    TARN__USER_EDGE_FROM(slot);
    return element;
}

void *tarn_vec_exchange(void *vec, size_t index, void *value) {
    tarn__contain_expect("tarn_vec_exchange", vec, TARN_CONTAIN_VEC);
    tarn_slot *slot = find_slot(vec, index);
    if (value && is_taken(slot))
        return tarn_slot_exchange(slot, value);
    errno = value ? ERANGE : EINVAL;
    return NULL;
}

int tarn_vec_set(void *vec, size_t index, void *value) {
    tarn__contain_expect("tarn_vec_set", vec, TARN_CONTAIN_VEC);
    tarn_slot *slot = find_slot(vec, index);
    if (!value)
        return -EINVAL;
    if (!is_taken(slot))
        return -ERANGE;
    tarn_slot_store(slot, value);
    return 0;
}

bool tarn_vec_compare_exchange(void *vec, size_t index, void *expected, void *desired) {
    tarn__contain_expect("tarn_vec_compare_exchange", vec, TARN_CONTAIN_VEC);
    tarn_slot *slot = find_slot(vec, index);
    return expected && desired && slot && tarn_slot_compare_exchange(slot, expected, desired);
}

int tarn_vec_reserve(void *object, size_t length) {
    struct vec *vec = object;
    struct tarn_mutator *m = tarn__contain_expect("tarn_vec_reserve", vec, TARN_CONTAIN_VEC);
    if (length > LENGTH_MAX)
        return -ENOMEM;
    size_t index = seen_length(vec);
    while (index < length) {
        if (!find_slot(vec, index) && !make_slot(m, vec, index))
            return -ENOMEM;
        index = segment_end(index);
    }
    return 0;
}

static struct tarn_type *make_vec_type(struct tarn_heap *heap) {
    static const size_t offsets[] = {offsetof(struct vec, first), offsetof(struct vec, directory)};
    return tarn__type_make(heap, &(struct tarn_type_spec){.name = "tarn vector",
                                                          .size = sizeof(struct vec),
                                                          .offsets = offsets,
                                                          .offset_count = 2});
}

static struct tarn_type *make_segment_type(struct tarn_heap *heap) {
    static const size_t element[] = {0};
    return tarn__type_make(
        heap, &(struct tarn_type_spec){.name = "tarn vector segment",
                                       .size = sizeof(struct segment),
                                       .element_size = sizeof(tarn_slot),
                                       .length_offset = offsetof(struct segment, length),
                                       .element_offsets = element,
                                       .element_offset_count = 1,
                                       .flags = TARN_TYPE_SHARED});
}

static struct tarn_type *make_directory_type(struct tarn_heap *heap) {
    size_t offsets[DIRECTORY_CELLS];
    for (unsigned i = 0; i < DIRECTORY_CELLS; i++)
        offsets[i] = offsetof(struct directory, segments) + i * sizeof(tarn__inner_cell);
    return tarn__type_make(heap, &(struct tarn_type_spec){.name = "tarn vector directory",
                                                          .size = sizeof(struct directory),
                                                          .offsets = offsets,
                                                          .offset_count = DIRECTORY_CELLS,
                                                          .flags = TARN_TYPE_SHARED});
}

bool tarn__vec_register_types(struct tarn_heap *heap) {
    heap->contain[TARN_CONTAIN_VEC] = make_vec_type(heap);
    heap->contain[TARN_CONTAIN_VEC_SEGMENT] = make_segment_type(heap);
    heap->contain[TARN_CONTAIN_VEC_DIRECTORY] = make_directory_type(heap);
    return heap->contain[TARN_CONTAIN_VEC] && heap->contain[TARN_CONTAIN_VEC_SEGMENT] &&
           heap->contain[TARN_CONTAIN_VEC_DIRECTORY];
}
