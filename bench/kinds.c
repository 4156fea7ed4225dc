/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The kinds of calls: the process's malloc (the C library's or a preloaded one),
 * tarn's raw calls, tarn's objects, and a null kind, whose cost is that of the
 * work itself.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <tarn/tarn.h>

#include "worker.h"

static void do_nothing(void) {
}

/* For kinds without it: works that resize are not run by them. */
static void *resize_not(void *block, size_t size) {
    (void)size;
    return block;
}

/* ------------------------------------------------------------ the process's ---- */

/* Each peer's own name for "give back what is free", else malloc_trim, which
 * libtarn-malloc has too. */
static void trim_process(void) {
    void (*collect)(bool) = (void (*)(bool))dlsym(RTLD_DEFAULT, "mi_collect");
    int (*control)(const char *, void *, size_t *, void *, size_t) =
        (int (*)(const char *, void *, size_t *, void *, size_t))dlsym(RTLD_DEFAULT, "mallctl");
    void (*release)(void) =
        (void (*)(void))dlsym(RTLD_DEFAULT, "MallocExtension_ReleaseFreeMemory");
    if (collect)
        collect(true);
    else if (control)
        control("arena.4096.purge", NULL, NULL, NULL, 0); /* 4096: all arenas */
    else if (release)
        release();
    else
        malloc_trim(0);
}

/* Through pointers, as every kind: the compiler must not pair malloc and free. */
static const struct allocator process_kind = {.kind = "malloc",
                                              .allocate = malloc,
                                              .release = free,
                                              .resize = realloc,
                                              .enter = do_nothing,
                                              .leave = do_nothing,
                                              .poll = do_nothing,
                                              .wait_begin = do_nothing,
                                              .wait_end = do_nothing,
                                              .trim = trim_process};

/* ------------------------------------------------------------------- tarn's ---- */

static tarn_heap *heap;

static void trim_tarn(void) {
    tarn_heap_trim(heap);
}

static const struct allocator raw_kind = {.kind = "raw",
                                          .allocate = tarn_malloc,
                                          .release = tarn_free,
                                          .resize = tarn_realloc,
                                          .enter = do_nothing,
                                          .leave = do_nothing,
                                          .poll = do_nothing,
                                          .wait_begin = do_nothing,
                                          .wait_end = do_nothing,
                                          .trim = trim_tarn};

/* Leaves, a type for every 16 bytes of size. */
#define OBJECT_STEP 16u
#define OBJECT_TYPES (32768u / OBJECT_STEP)

static tarn_type *leaf[OBJECT_TYPES + 1];

static void *allocate_object(size_t size) {
    return tarn_new(leaf[(size + OBJECT_STEP - 1) / OBJECT_STEP]);
}

static void release_object(void *object) {
    tarn_decref(object);
}

static void enter_objects(void) {
    if (tarn_thread_attach(heap) != 0)
        abort();
}

static void leave_objects(void) {
    if (tarn_thread_detach() != 0)
        abort();
}

static const struct allocator object_kind = {.kind = "object",
                                             .allocate = allocate_object,
                                             .release = release_object,
                                             .resize = resize_not,
                                             .enter = enter_objects,
                                             .leave = leave_objects,
                                             .poll = tarn_safepoint,
                                             .wait_begin = tarn_blocking_begin,
                                             .wait_end = tarn_blocking_end,
                                             .trim = trim_tarn};

static void make_leaves(void) {
    heap = tarn_heap_create(NULL);
    for (size_t i = 1; i <= OBJECT_TYPES; i++)
        leaf[i] = tarn_type_register(
            heap, &(struct tarn_type_spec){.name = "leaf", .size = i * OBJECT_STEP});
    enter_objects();
}

/* -------------------------------------------------------------------- none ---- */

/* Two instructions on the common machines, which bench/instructions knows. */
static void *allocate_nothing(size_t size) {
    static uint64_t block[4096];
    (void)size;
    return block;
}

/* One. */
static void release_nothing(void *block) {
    (void)block;
}

static const struct allocator null_kind = {.kind = "none",
                                           .allocate = allocate_nothing,
                                           .release = release_nothing,
                                           .resize = resize_not,
                                           .enter = do_nothing,
                                           .leave = do_nothing,
                                           .poll = do_nothing,
                                           .wait_begin = do_nothing,
                                           .wait_end = do_nothing,
                                           .trim = do_nothing};

const struct allocator *kind_open(const char *kind) {
    static const struct allocator *const kinds[] = {&process_kind, &raw_kind, &object_kind,
                                                    &null_kind};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i]->kind, kind) == 0) {
            if (kinds[i] == &object_kind)
                make_leaves();
            return kinds[i];
        }
    return NULL;
}
