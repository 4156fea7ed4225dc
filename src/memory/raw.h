/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the raw calls need of the calling thread: its raw cache. */
#ifndef TARN_MEMORY_RAW_H
#define TARN_MEMORY_RAW_H

#include "memory/cache.h"

/* The calling thread's raw cache; tarn__raw_nobody while it has none. */
extern __thread struct tarn_cache *tarn__raw_cache TARN_HIDDEN
    __attribute__((tls_model("initial-exec")));

/* Has no pools, and owns none. */
extern struct tarn_cache tarn__raw_nobody TARN_HIDDEN;

/* Makes sure that the calling thread has a cache of its own; false: no memory. */
bool tarn__raw_cache_take(void);

#endif
