/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * mmap and its kin. Nothing is overcommitted by us: address space is reserved
 * without access and becomes memory page by page as it is touched.
 */
#include "os/pages.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/fault.h"
#include <tarn/atomic.h>

size_t tarn__os_page_size(void) {
    static TARN__ATOMIC(size_t) cached;
    /* relaxed: every thread computes the same number. */
    size_t size = tarn__load(&cached, relaxed);
    if (!size) {
        size = (size_t)sysconf(_SC_PAGESIZE);
        tarn__store(&cached, size, relaxed);
    }
    return size;
}

static void *map(size_t size, int protection) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    if (tarn__fault_hit())
        return NULL;
    void *pages = mmap(NULL, size, protection, flags, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/* Maps more than asked for and gives the ends back. */
static void *map_aligned(size_t size, size_t alignment, int protection) {
    if (alignment <= tarn__os_page_size())
        return map(size, protection);
    size_t padded;
    if (__builtin_add_overflow(size, alignment, &padded))
        return NULL;
    char *base = map(padded, protection);
    if (!base)
        return NULL;
    char *start = (char *)tarn__round_up((uintptr_t)base, alignment);
    if (start > base)
        tarn__os_release(base, (size_t)(start - base));
    size_t tail = padded - size - (size_t)(start - base);
    if (tail)
        tarn__os_release(start + size, tail);
    return start;
}

void *tarn__os_reserve(size_t size, size_t alignment) {
    return map_aligned(size, alignment, PROT_NONE);
}

bool tarn__os_commit(void *pages, size_t size) {
    return !tarn__fault_hit() && mprotect(pages, size, PROT_READ | PROT_WRITE) == 0;
}

void tarn__os_decommit(void *pages, size_t size) {
    int saved = errno;
    /* Refused for locked pages: they stay, but read zero as promised. */
    if (madvise(pages, size, MADV_DONTNEED) != 0)
        memset(pages, 0, size);
    errno = saved;
}

/* Cutting a hole needs memory of the kernel: what must stay mapped for want of
 * it gives at least its pages back. */
void tarn__os_release(void *pages, size_t size) {
    int saved = errno;
    if (munmap(pages, size) != 0)
        madvise(pages, size, MADV_DONTNEED);
    errno = saved;
}

void *tarn__os_map(size_t size, size_t alignment) {
    return map_aligned(size, alignment, PROT_READ | PROT_WRITE);
}

void *tarn__os_map_sparse(size_t size) {
    int saved = errno;
    void *pages = tarn__os_map(size, tarn__os_page_size());
    /* A kernel without huge pages refuses the advice and needs none. */
    if (pages)
        madvise(pages, size, MADV_NOHUGEPAGE);
    errno = saved;
    return pages;
}

void tarn__os_advise_huge(void *pages, size_t size) {
    int saved = errno;
    madvise(pages, size, MADV_HUGEPAGE); /* refused where there are none */
    errno = saved;
}

bool tarn__os_resize(void *pages, size_t size, size_t new_size) {
    return mremap(pages, size, new_size, 0) != MAP_FAILED;
}
