/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * One program in two languages: both parts compile the inline functions of
 * tarn.h, so that each has the layout of the installed header built in.
 */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <tarn/tarn.h>

#ifdef __cplusplus
extern "C" {
#endif

struct node {
    struct tarn_object header;
    struct node *next;
    uint64_t value;
};

/* The C++ part: counts, peeks and polls; 0 or the number of its failed step. */
int use_from_cpp(tarn_type *type);

#ifdef __cplusplus
}
#endif

#endif
