/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * libtarn-malloc: the C library's malloc family over tarn's arenas, for LD_PRELOAD
 * and for linking before libc.
 *
 * It holds the layers base, os and memory and nothing else: no heap, no thread needs
 * to be attached, no library but libc is called. What the memory layer promises is
 * what makes this possible: it needs no constructor, keeps its thread-local in the
 * initial block, frees from threads that never allocated and in late thread-exit
 * destructors, and puts itself right in the child of a fork.
 *
 * Contracts are those of the manual pages malloc(3), posix_memalign(3) and
 * malloc_usable_size(3); where the standards leave a choice, glibc's is taken:
 * malloc(0) is a unique block, realloc(p, 0) frees p and returns NULL.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "memory/memory.h"
#include "os/pages.h"
#include <tarn/tarn.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void *malloc(size_t size) {
    return tarn_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size) {
    return tarn_calloc(count, size);
}

EXPORT void free(void *block) {
    tarn_free(block);
}

EXPORT void *realloc(void *block, size_t size) {
    if (size == 0 && block) {
        tarn_free(block);
        return NULL;
    }
    return tarn_realloc(block, size);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    return tarn_aligned_alloc(alignment, size);
}

/* An alignment that is no power of two is rounded up to one, as glibc's is. */
EXPORT void *memalign(size_t alignment, size_t size) {
    if (!tarn__is_pow2(alignment))
        alignment = alignment > 1 ? (size_t)2 << tarn__log2_floor(alignment - 1) : 1;
    return tarn_aligned_alloc(alignment, size);
}

/* Reports by its result alone: errno stays. */
EXPORT int posix_memalign(void **out, size_t alignment, size_t size) {
    int saved = errno;
    if (!tarn__is_pow2(alignment) || alignment % sizeof(void *) != 0)
        return EINVAL;
    void *block = tarn_aligned_alloc(alignment, size);
    errno = saved;
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

EXPORT void *valloc(size_t size) {
    return tarn_aligned_alloc(tarn__os_page_size(), size);
}

EXPORT void *pvalloc(size_t size) {
    size_t page = tarn__os_page_size();
    size_t rounded = tarn__round_up(size ? size : 1, page);
    if (rounded < size) {
        errno = ENOMEM;
        return NULL;
    }
    return tarn_aligned_alloc(page, rounded);
}

EXPORT size_t malloc_usable_size(void *block) {
    return tarn_usable_size(block);
}

/* What is unused goes back to the system, whatever `pad` asks to keep. */
EXPORT int malloc_trim(size_t pad) {
    (void)pad;
    return tarn__memory_trim() > 0;
}
