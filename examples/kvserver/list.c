/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Lists. The ring's references are written as plain words and moved without counts: a
 * list is untracked and guarded, so nobody reads it meanwhile; when it dies the library
 * drops what stands in the ring.
 */
#include "list.h"

#include "entry.h"

#define RING_FIRST 4u

struct list *list_new(void) {
    struct list *list = tarn_new(types.list);
    if (list && !list_reserve(list, RING_FIRST)) {
        tarn_decref(list);
        list = NULL;
    }
    return list;
}

struct element *element_new(struct slice text) {
    struct element *e = tarn_new_array(types.element, text.length);
    if (e)
        memcpy(e->bytes, text.bytes, text.length);
    return e;
}

size_t element_bytes(const struct element *e) {
    return block_bytes(sizeof *e + e->length) + sizeof e;
}

static struct element **place(struct list *list, size_t index) {
    return &list->ring->item[(list->first + index) & (list->ring->room - 1)];
}

bool list_reserve(struct list *list, size_t more) {
    size_t room = list->ring ? list->ring->room : RING_FIRST;
    if (list->ring && list->count + more <= room)
        return true;
    while (room < list->count + more)
        room *= 2;
    struct ring *ring = tarn_new_array(types.ring, room);
    if (!ring)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        struct element **from = place(list, i);
        ring->item[i] = *from;
        *from = NULL; /* the reference has moved */
    }
    tarn_field_give(&list->ring, ring);
    list->first = 0;
    return true;
}

void list_push(struct list *list, struct element *e, bool front) {
    list->first -= front;
    list->count++;
    *place(list, front ? 0 : list->count - 1) = e;
}

struct element *list_pop(struct list *list, bool front) {
    if (!list->count)
        return NULL;
    struct element **at = place(list, front ? 0 : list->count - 1);
    struct element *e = *at;
    *at = NULL;
    list->first += front;
    list->count--;
    return e;
}

void list_set(struct list *list, size_t index, struct element *e) {
    tarn_field_give(place(list, index), e);
}

void list_insert(struct list *list, size_t index, struct element *e) {
    list_push(list, NULL, false);
    for (size_t i = list->count - 1; i > index; i--)
        *place(list, i) = *place(list, i - 1);
    *place(list, index) = e;
}

void list_remove(struct list *list, size_t index) {
    struct element *e = *place(list, index);
    for (size_t i = index; i + 1 < list->count; i++)
        *place(list, i) = *place(list, i + 1);
    *place(list, list->count - 1) = NULL;
    list->count--;
    tarn_decref(e);
}
