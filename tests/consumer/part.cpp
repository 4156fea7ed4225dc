/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
#include "consumer.h"

extern "C" int use_from_cpp(tarn_type *type) {
    auto *object = static_cast<node *>(tarn_new(type));
    if (!object)
        return 1;
    tarn_incref(object);
    if (tarn_refcount(object) != 2)
        return 2;
    tarn_decref(object);

    tarn_slot slot{};
    tarn_slot_init(&slot, object);
    if (tarn_slot_peek(&slot) != object)
        return 3;
    tarn_slot_destroy(&slot);
    if (tarn_refcount(object) != 1)
        return 4;
    tarn_decref(object);
    tarn_safepoint();
    return 0;
}
