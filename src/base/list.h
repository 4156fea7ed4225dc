/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* An intrusive, circular, doubly linked list; the head is a node too. */
#ifndef TARN_BASE_LIST_H
#define TARN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct tarn_list_node {
    struct tarn_list_node *next;
    struct tarn_list_node *prev;
};

/* The struct that contains `member` at `node`. */
#define TARN__CONTAINER_OF(node, type, member)                                                     \
    ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void tarn__list_init(struct tarn_list_node *head) {
    head->next = head->prev = head;
}

static inline bool tarn__list_is_empty(const struct tarn_list_node *head) {
    return head->next == head;
}

static inline void tarn__list_append(struct tarn_list_node *head, struct tarn_list_node *node) {
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

static inline void tarn__list_prepend(struct tarn_list_node *head, struct tarn_list_node *node) {
    tarn__list_append(head->next, node);
}

/* The node is on no list afterwards: its links are NULL. */
static inline void tarn__list_remove(struct tarn_list_node *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

#endif
