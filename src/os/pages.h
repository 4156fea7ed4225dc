/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Pages from the operating system. Sizes are multiples of the page size. */
#ifndef TARN_OS_PAGES_H
#define TARN_OS_PAGES_H

#include <stdbool.h>
#include <stddef.h>

size_t tarn__os_page_size(void);

/* Address space without memory behind it, aligned to a power of two; NULL if
 * refused. */
void *tarn__os_reserve(size_t size, size_t alignment);

/* Makes reserved pages readable and writable, zero when first touched; false:
 * no memory. */
bool tarn__os_commit(void *pages, size_t size);

/* Gives the memory behind pages back; they read zero when touched again. */
void tarn__os_decommit(void *pages, size_t size);

/* Gives pages back, address space and all. */
void tarn__os_release(void *pages, size_t size);

/* Reserve and commit at once. */
void *tarn__os_map(size_t size, size_t alignment);

/* As tarn__os_map, for a table of which little will be touched: huge pages stay off. */
void *tarn__os_map_sparse(size_t size);

/* Asks for transparent huge pages. */
void tarn__os_advise_huge(void *pages, size_t size);

/* Grows or shrinks a committed mapping where it stands; false if it cannot. */
bool tarn__os_resize(void *pages, size_t size, size_t new_size);

#endif
