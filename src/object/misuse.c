/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Says what a pointer is that was passed as an object. */
#include "object/misuse.h"

#include "base/check.h"
#include "memory/pool.h"
#include <tarn/tarn.h>

static void expect_object_pointer(const char *function, const struct tarn_object *o) {
    if (!tarn_is_heap_pointer(o))
        tarn__fatal(function, "%p is no object: no tarn call returned it", (const void *)o);
    if (tarn__pool_of(o)->kind == TARN_KIND_RAW)
        tarn__fatal(function, "%p is no object but a raw block, which tarn_free takes",
                    (const void *)o);
}

void tarn__object_stop_not_live(const char *function, const struct tarn_object *o, uint64_t word) {
    const struct tarn_type *type = tarn__type_of_any_word(word);
    expect_object_pointer(function, o);
    if (type)
        tarn__fatal(function, "object %p of type '%s': used after its last reference was dropped",
                    (const void *)o, type->name);
    tarn__fatal(function, "object %p: used after its last reference was dropped, and freed",
                (const void *)o);
}

void tarn__object_expect_of_heap(const char *function, const struct tarn_object *o,
                                 const struct tarn_heap *heap) {
    expect_object_pointer(function, o);
    /* relaxed: the caller holds the object, if it is one. */
    uint64_t word = tarn__load(&o->shared, relaxed);
    tarn__object_expect_live(function, o, word);
    if (tarn__pool_of(o)->heap != heap)
        tarn__fatal(function,
                    "object %p of type '%s' belongs to another heap: references never cross heaps",
                    (const void *)o, tarn__type_of_word(word)->name);
}
