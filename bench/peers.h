/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Peers that are shared libraries, opened when they are there. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <stddef.h>

struct allocator {
    const char *name;
    const char *library; /* NULL: the process's own malloc */
    const char *malloc_name;
    const char *free_name;
    void *(*allocate)(size_t size);
    void (*release)(void *block);
};

/* Opens the allocator's library once; false: not present. */
int allocator_open(struct allocator *allocator);

/* What a count by hand costs: a C11 increment and decrement of one word. */
double peer_atomic_pair(void *unused);

/* A function of a library, or NULL. */
void *peer_function(const char *library, const char *name);

#endif
