/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The containers' types, which every heap is born with. */
#include "contain/contain.h"

bool tarn__contain_register_types(struct tarn_heap *heap) {
    return tarn__vec_register_types(heap) && tarn__map_register_types(heap);
}
