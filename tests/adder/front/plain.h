/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
#ifndef ADDER_TEST_PLAIN_H
#define ADDER_TEST_PLAIN_H

#include "front/error.h"
#include "front/parse.h"
#include "front/value.h"

/* kind: a name n, text s, bytes b, an integer i (hexadecimal), a float f, a negative one m. */
struct plain {
    struct plain *next;
    size_t size;
    char kind;
    char bytes[];
};

/* Prints a tree in the words of Python's ast module. */
void dump_tree(const struct node *module);

#endif
