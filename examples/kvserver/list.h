/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A list: elements in a ring, so that both ends are cheap and any place is one step.
 * All of it, reading too, is guarded by the stripe of its key.
 */
#ifndef KVSERVER_LIST_H
#define KVSERVER_LIST_H

#include <stdint.h>
#include <tarn/tarn.h>

#include "slice.h"

struct element {
    tarn_object header;
    size_t length;
    char bytes[];
};

struct ring {
    tarn_object header;
    size_t room; /* a power of two */
    struct element *item[];
};

struct list {
    tarn_object header;
    struct ring *ring;
    size_t first; /* where the first element stands */
    size_t count;
};

/* An empty list, and an element of its own reference; NULL: no memory. */
struct list *list_new(void);
struct element *element_new(struct slice text);

static inline struct element *list_at(const struct list *list, size_t index) {
    return list->ring->item[(list->first + index) & (list->ring->room - 1)];
}

static inline struct slice element_text(const struct element *e) {
    return (struct slice){e->bytes, e->length};
}

/* Room for so many elements more; false: no memory. */
bool list_reserve(struct list *list, size_t more);

/* Puts the caller's reference to an element at an end; there is room. */
void list_push(struct list *list, struct element *e, bool front);

/* Takes the element at an end out: a reference of the caller's, NULL: it is empty. */
struct element *list_pop(struct list *list, bool front);

/* Replaces, inserts before `index` (there is room), removes. */
void list_set(struct list *list, size_t index, struct element *e);
void list_insert(struct list *list, size_t index, struct element *e);
void list_remove(struct list *list, size_t index);

/* Bytes that an element takes, its place in the ring included. */
size_t element_bytes(const struct element *e);

#endif
