/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Memory that the program cannot go on without. */
#ifndef PKGRAPH_NEED_H
#define PKGRAPH_NEED_H

#include <stdio.h>
#include <stdlib.h>

/* Returns the block, or ends the program if there is none. */
static inline void *need(void *block) {
    if (!block) {
        fputs("pkgraph: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return block;
}

#endif
