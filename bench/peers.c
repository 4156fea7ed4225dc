/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* dlopen with local scope: a peer's malloc does not become the process's. */
#include "peers.h"

#include <dlfcn.h>

#include "harness.h"

void *peer_function(const char *library, const char *name) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    return handle ? dlsym(handle, name) : NULL;
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
