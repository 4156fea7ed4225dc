/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * An open hash table in a mapping of its own, which only grows: numbers stay good for
 * the life of the process. The C library's backtrace() loads the unwinder when it is
 * called first, which allocates: calls from within it get no stack.
 */
#include "memory/stack.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "os/lock.h"
#include "os/pages.h"

#define FRAMES 12
#define SKIPPED 3 /* this file's, and the library's that called it */
#define STACKS_MAX ((size_t)1 << 16)
#define PROBES_MAX 64

struct stack {
    uint64_t hash; /* 0: free */
    int count;
    void *frame[FRAMES];
};

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_STACKS);
static struct stack *stacks;
static __thread bool is_inside __attribute__((tls_model("initial-exec")));

static uint64_t hash_of(void *const *frame, int count) {
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < count; i++)
        hash = (hash ^ (uint64_t)(uintptr_t)frame[i]) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
    return hash ? hash : 1;
}

static bool is_same(const struct stack *s, uint64_t hash, void *const *frame, int count) {
    return s->hash == hash && s->count == count &&
           memcmp(s->frame, frame, (size_t)count * sizeof *frame) == 0;
}

/* Finds or enters a stack; the lock is held. */
static uint32_t enter(void *const *frame, int count) {
    uint64_t hash = hash_of(frame, count);
    if (!stacks)
        stacks = tarn__os_map_sparse(STACKS_MAX * sizeof *stacks);
    for (size_t i = hash; stacks && i < hash + PROBES_MAX; i++) {
        struct stack *s = &stacks[i & (STACKS_MAX - 1)];
        if (!s->hash) {
            s->hash = hash;
            s->count = count;
            memcpy(s->frame, frame, (size_t)count * sizeof *frame);
            return (uint32_t)(i & (STACKS_MAX - 1)) + 1;
        }
        if (is_same(s, hash, frame, count))
            return (uint32_t)(i & (STACKS_MAX - 1)) + 1;
    }
    return 0;
}

uint32_t tarn__stack_capture(void) {
    void *frame[FRAMES + SKIPPED];
    if (is_inside)
        return 0;
    is_inside = true;
    int count = backtrace(frame, FRAMES + SKIPPED) - SKIPPED;
    uint32_t number = 0;
    if (count > 0) {
        tarn__lock_acquire(&lock);
        number = enter(frame + SKIPPED, count);
        tarn__lock_release(&lock);
    }
    is_inside = false;
    return number;
}

static int describe_frame(void *frame, char *text, size_t size) {
    Dl_info info;
    const char *module = "?";
    if (!dladdr(frame, &info))
        return snprintf(text, size, "%p", frame);
    if (info.dli_sname)
        return snprintf(text, size, "%s+0x%zx", info.dli_sname,
                        (size_t)((char *)frame - (char *)info.dli_saddr));
    if (info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        module = slash ? slash + 1 : info.dli_fname;
    }
    return snprintf(text, size, "%s+0x%zx", module,
                    (size_t)((char *)frame - (char *)info.dli_fbase));
}

void tarn__stack_write(void *const *frame, int count, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count && used < size; i++) {
        if (i)
            used += (size_t)snprintf(text + used, size - used, " < ");
        if (used < size)
            used += (size_t)describe_frame(frame[i], text + used, size - used);
    }
}

void tarn__stack_describe(uint32_t number, char *text, size_t size) {
    const struct stack *s = number ? &stacks[number - 1] : NULL;
    tarn__stack_write(s ? s->frame : NULL, s ? s->count : 0, text, size);
}

void tarn__stack_lock(void) {
    tarn__lock_acquire(&lock);
}

void tarn__stack_unlock(void) {
    tarn__lock_release(&lock);
}
