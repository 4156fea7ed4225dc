/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the files about lists share.
 */
#ifndef ADDER_OBJECT_LIST_H
#define ADDER_OBJECT_LIST_H

#include "object/function.h"

extern tarn_type *list_type, *list_sub_type;

struct items *list_items(struct list *list);

/* Replaces `removed` items from `at` on by n others. */
int list_replace(ref list, size_t at, size_t removed, ref *with, size_t n);

/* The items as of one moment: owned references in a block to be freed. NULL: no memory. */
ref *list_snapshot(ref list, size_t *count);

void list_type_start(void);

#endif
