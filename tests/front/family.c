/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The contracts of malloc(3), called as any program calls them: this file knows
 * nothing of tarn and is run with libtarn-malloc preloaded, or linked before libc.
 * Prints TAP lines.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

static void check(int holds, const char *what) {
    printf("%s - %s\n", holds ? "ok" : "not ok", what);
    failures += !holds;
}

/* Opaque, so that no call is optimised away. */
static void *volatile sink;

static int is_aligned(const void *p, size_t alignment) {
    return (uintptr_t)p % alignment == 0;
}

static void blocks(void) {
    char *p = malloc(0);
    char *q = malloc(0);
    check(p && q && p != q, "malloc(0) gives blocks of their own");
    free(p);
    free(q);
    free(NULL);
    int good = 1;
    for (size_t size = 1; size < 3000000; size = size * 5 / 4 + 1) {
        p = malloc(size);
        good &= p && is_aligned(p, 16) && malloc_usable_size(p) >= size;
        memset(p, 0x5a, malloc_usable_size(p));
        q = calloc(size, 1);
        for (size_t i = 0; i < size; i += 61)
            good &= q[i] == 0;
        free(q);
        q = realloc(p, size * 2);
        for (size_t i = 0; i < size; i += 61)
            good &= q[i] == 0x5a;
        free(q);
    }
    check(good, "blocks of every size are aligned, usable, zeroed, moved");
    check(malloc_usable_size(NULL) == 0, "the usable size of NULL is 0");
}

static void limits(void) {
    volatile size_t half = SIZE_MAX / 2 + 2;
    errno = 0;
    check(!malloc(half) && errno == ENOMEM, "too much sets errno");
    errno = 0;
    check(!calloc(half, 2) && errno == ENOMEM, "calloc overflows into an error");
    char *p = malloc(100);
    memset(p, 1, 100);
    errno = 0;
    check(!reallocarray(p, half, 2) && errno == ENOMEM && p[99] == 1,
          "reallocarray overflows into an error and keeps the block");
    errno = 7;
    free(p);
    check(errno == 7, "free leaves errno");
    check(!realloc(malloc(10), 0), "realloc to 0 frees");
}

static void alignments(void) {
    int good = 1;
    for (size_t alignment = 8; alignment <= (size_t)4 << 20; alignment *= 2)
        for (size_t size = 1; size < 400000; size = size * 7 + 5) {
            void *p = NULL;
            good &= posix_memalign(&p, alignment, size) == 0 && is_aligned(p, alignment);
            memset(p, 1, size);
            free(p);
            p = aligned_alloc(alignment, size);
            good &= p && is_aligned(p, alignment);
            free(p);
            p = memalign(alignment, size);
            good &= p && is_aligned(p, alignment) && malloc_usable_size(p) >= size;
            p = realloc(p, size + 1000);
            good &= p != NULL;
            free(p);
        }
    check(good, "every alignment from 8 to 4 MiB");
    sink = (void *)1;
    void *p = sink;
    check(posix_memalign(&p, 24, 8) == EINVAL && posix_memalign(&p, 4, 8) == EINVAL && p == sink,
          "posix_memalign refuses other alignments and leaves the pointer");
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    p = valloc(10);
    void *q = pvalloc(page + 1);
    check(is_aligned(p, page) && is_aligned(q, page) && malloc_usable_size(q) >= 2 * page,
          "valloc and pvalloc give pages");
    free(p);
    free(q);
}

/* --- threads, and what runs as they end --- */

static pthread_key_t early_key;
static pthread_key_t late_key;

static void free_and_allocate(void *value) {
    free(value);
    char *p = strdup("made while a thread's data is destroyed");
    sink = realloc(p, 5000);
    free(sink);
}

static void *use_keys(void *arg) {
    pthread_setspecific(early_key, malloc(1000));
    pthread_setspecific(late_key, strdup("late"));
    return arg;
}

static void *free_it(void *block) {
    free(block);
    return NULL;
}

static void run(void *(*body)(void *), void *arg) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, arg) != 0)
        abort();
    pthread_join(thread, NULL);
}

static void thread_ends(void) {
    pthread_key_create(&late_key, free_and_allocate);
    for (int i = 0; i < 2000; i++)
        run(use_keys, NULL);
    check(1, "2,000 threads allocate while their data is destroyed");
    for (size_t size = 8; size < 1000000; size *= 3)
        run(free_it, malloc(size));
    check(1, "threads that never allocated free");
}

static volatile int stop;

static void *churn(void *arg) {
    unsigned seed = (unsigned)(uintptr_t)arg;
    void *live[64] = {0};
    while (!stop) {
        seed = seed * 1664525 + 1013904223;
        unsigned i = seed >> 8 & 63;
        free(live[i]);
        live[i] = malloc(1 + (seed >> 16 & 0xfff));
    }
    for (int i = 0; i < 64; i++)
        free(live[i]);
    return NULL;
}

static int child(void) {
    run(churn, (void *)5); /* `stop` is set: it starts, and ends */
    for (int i = 0; i < 10000; i++) {
        void *p = malloc((size_t)i);
        sink = p;
        free(sink);
    }
    return 0;
}

static void forks(void) {
    pthread_t thread[3];
    int good = 1;
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, churn, (void *)i);
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        int status = -1;
        if (pid == 0) {
            stop = 1;
            alarm(20);
            _exit(child());
        }
        waitpid(pid, &status, 0);
        good &= status == 0;
    }
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    check(good, "100 children of a process whose threads allocate");
}

static void libraries(void) {
    int good = 1;
    for (int i = 0; i < 50; i++) {
        void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
        good &= library != NULL;
        dlclose(library);
        library = dlopen("there is no such library", RTLD_NOW);
        good &= !library && dlerror() != NULL;
    }
    check(good, "dlopen and dlclose");
}

static __attribute__((constructor)) void before_main(void) {
    pthread_key_create(&early_key, free_and_allocate);
    sink = malloc(100);
    free(sink);
}

int main(void) {
    blocks();
    limits();
    alignments();
    thread_ends();
    forks();
    libraries();
    check(malloc_trim(0) >= 0, "malloc_trim");
    return failures != 0;
}
