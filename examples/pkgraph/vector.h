/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* A growable array of one type, in raw memory of tarn. */
#ifndef PKGRAPH_VECTOR_H
#define PKGRAPH_VECTOR_H

#include <tarn/tarn.h>

#include "need.h"

#define VECTOR(T)                                                                                  \
    struct {                                                                                       \
        T *item;                                                                                   \
        size_t count;                                                                              \
        size_t room;                                                                               \
    }

/* Room for one more; ends the program when there is no memory. */
#define vector_push(v, ...)                                                                        \
    do {                                                                                           \
        if ((v)->count == (v)->room) {                                                             \
            (v)->room = (v)->room ? (v)->room * 2 : 8;                                             \
            (v)->item = need(tarn_realloc((v)->item, (v)->room * sizeof *(v)->item));              \
        }                                                                                          \
        (v)->item[(v)->count++] = __VA_ARGS__;                                                     \
    } while (0)

#define vector_free(v) tarn_free((v)->item)

#endif
