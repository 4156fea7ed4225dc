/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A user's first program, against the installed library: attach, make a cycle,
 * collect it. Prints "ok" and exits with 0, or names the step that failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "consumer.h"

static void expect(int condition, const char *step) {
    if (condition)
        return;
    fprintf(stderr, "consumer: failed: %s\n", step);
    exit(1);
}

static void collect_cycle(tarn_heap *heap, tarn_type *type) {
    struct node *a = tarn_new(type);
    struct node *b = tarn_new(type);
    expect(a && b, "tarn_new");
    tarn_field_set(&a->next, b);
    tarn_field_set(&b->next, a);
    tarn_decref(b);
    tarn_decref(a);
    tarn_safepoint();
    expect(tarn_gc_collect(heap, 2) == 2, "a dropped cycle of two is collected");
}

int main(void) {
    static const size_t offsets[] = {offsetof(struct node, next)};
    const struct tarn_type_spec spec = {
        .name = "node", .size = sizeof(struct node), .offsets = offsets, .offset_count = 1};

    expect(tarn_version() == TARN_VERSION, "the library's version is the header's");
    tarn_heap *heap = tarn_heap_create(NULL);
    expect(heap != NULL, "tarn_heap_create");
    expect(tarn__thread_attach(heap, TARN_LAYOUT + 1) == -EPROTO, "another layout is refused");
    expect(tarn_thread_attach(heap) == 0, "tarn_thread_attach");
    tarn_type *type = tarn_type_register(heap, &spec);
    expect(type != NULL, "tarn_type_register");

    struct node *object = tarn_new(type);
    expect(object && object->value == 0, "a new object is zeroed");
    tarn_incref(object);
    expect(tarn_refcount(object) == 2, "tarn_incref");
    tarn_decref(object);
    tarn_decref(object);
    expect(use_from_cpp(type) == 0, "the C++ part");
    collect_cycle(heap, type);

    expect(tarn_thread_detach() == 0, "tarn_thread_detach");
    expect(tarn_heap_destroy(heap) == 0, "nothing is left alive");
    puts("ok");
    return 0;
}
