/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The containers' types, which every heap is born with; ephemerons. */
#include "contain/contain.h"

#include <errno.h>

bool tarn__contain_register_types(struct tarn_heap *heap) {
    heap->contain[TARN_CONTAIN_EPHEMERON] = heap->ephemeron;
    return tarn__vec_register_types(heap) && tarn__map_register_types(heap);
}

void *tarn_ephemeron_new(void *key, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_ephemeron_new");
    if (key && value && !tarn_is_immediate(key))
        return tarn__ephemeron_new(m, key, value);
    errno = EINVAL;
    return NULL;
}

void *tarn_ephemeron_key(void *ephemeron) {
    tarn__contain_expect("tarn_ephemeron_key", ephemeron, TARN_CONTAIN_EPHEMERON);
    return tarn_weak_get(ephemeron);
}

void *tarn_ephemeron_value(void *ephemeron) {
    tarn__contain_expect("tarn_ephemeron_value", ephemeron, TARN_CONTAIN_EPHEMERON);
    return tarn__ephemeron_value(ephemeron);
}
