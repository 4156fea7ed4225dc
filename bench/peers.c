/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* dlopen with local scope: a peer's malloc does not become the process's. */
#include "peers.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "harness.h"

void *peer_function(const char *library, const char *name) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    return handle ? dlsym(handle, name) : NULL;
}

int allocator_open(struct allocator *a) {
    if (a->allocate)
        return 1;
    if (!a->library) {
        a->allocate = malloc;
        a->release = free;
        return 1;
    }
    void *allocate = peer_function(a->library, a->malloc_name);
    void *release = peer_function(a->library, a->free_name);
    if (!allocate || !release)
        return 0;
    a->allocate = (void *(*)(size_t))allocate;
    a->release = (void (*)(void *))release;
    return 1;
}

double peer_atomic_pair(void *unused) {
    static int count = 1;
    (void)unused;
    uint64_t n = loops_for(8);
    double begun = now_ns();
    for (uint64_t i = 0; i < n; i++) {
        __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
        if (__atomic_fetch_sub(&count, 1, __ATOMIC_ACQ_REL) == 1)
            return -1;
    }
    return (now_ns() - begun) / (double)n;
}
