/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Pointers that are passed as objects and are none: what the library can tell of them. */
#ifndef TARN_OBJECT_MISUSE_H
#define TARN_OBJECT_MISUSE_H

#include "object/type.h"

/* Stops the program: `o` is no living object. */
__attribute__((noreturn, cold)) void
tarn__object_stop_not_live(const char *function, const struct tarn_object *o, uint64_t word);

/* `word` is what stands where an object keeps its shared word. */
static inline void tarn__object_expect_live(const char *function, const struct tarn_object *o,
                                            uint64_t word) {
    if (tarn__unlikely((word & TARN__DEAD) || !tarn__type_of_any_word(word)))
        tarn__object_stop_not_live(function, o, word);
}

/* Checked heaps: `o` must be a living object of this heap. */
void tarn__object_expect_of_heap(const char *function, const struct tarn_object *o,
                                 const struct tarn_heap *heap);

#endif
