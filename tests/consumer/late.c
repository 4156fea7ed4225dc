/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Loads the library after the program has started, when only the spare static
 * TLS is left, with a thread that is older than the library; both threads
 * allocate. Uses the exported counterparts of the inline functions.
 * Usage: late LIBTARN.SO   Prints "ok" and exits with 0.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <tarn/tarn.h>

#define FUNCTIONS(X)                                                                               \
    X(tarn_heap *, tarn_heap_create, (const struct tarn_config *))                                 \
    X(ptrdiff_t, tarn_heap_destroy, (tarn_heap *))                                                 \
    X(int, tarn__thread_attach, (tarn_heap *, unsigned))                                           \
    X(int, tarn_thread_detach, (void))                                                             \
    X(tarn_type *, tarn_type_register, (tarn_heap *, const struct tarn_type_spec *))               \
    X(void *, tarn_new, (tarn_type *))                                                             \
    X(void, tarn_incref, (void *))                                                                 \
    X(void, tarn_decref, (void *))                                                                 \
    X(void, tarn_safepoint, (void))                                                                \
    X(void *, tarn_slot_peek, (const tarn_slot *))                                                 \
    X(ptrdiff_t, tarn_refcount, (const void *))                                                    \
    X(void *, tarn_malloc, (size_t))                                                               \
    X(void, tarn_free, (void *))

static struct {
#define DECLARE(result, name, parameters) result(*name) parameters;
    FUNCTIONS(DECLARE)
#undef DECLARE
} lib;

static tarn_heap *heap;
static tarn_type *type;
static sem_t loaded;

static void expect(int condition, const char *step) {
    if (condition)
        return;
    fprintf(stderr, "late: failed: %s\n", step);
    exit(1);
}

static void load(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    expect(handle != NULL, handle ? "" : dlerror());
#define RESOLVE(result, name, parameters)                                                          \
    *(void **)&lib.name = dlsym(handle, #name);                                                    \
    expect(lib.name != NULL, "dlsym " #name);
    FUNCTIONS(RESOLVE)
#undef RESOLVE
}

static void use_heap(void) {
    void *raw = lib.tarn_malloc(100); /* before attaching: through a raw seat */
    expect(raw != NULL, "tarn_malloc, unattached");
    lib.tarn_free(raw);
    expect(lib.tarn__thread_attach(heap, TARN_LAYOUT) == 0, "tarn__thread_attach");
    void *object = lib.tarn_new(type);
    expect(object != NULL, "tarn_new");
    lib.tarn_incref(object);
    expect(lib.tarn_refcount(object) == 2, "exported tarn_incref");
    lib.tarn_decref(object);
    lib.tarn_decref(object);
    lib.tarn_safepoint();
    const tarn_slot empty = {{NULL}};
    expect(lib.tarn_slot_peek(&empty) == NULL, "exported tarn_slot_peek");
    expect(lib.tarn_thread_detach() == 0, "tarn_thread_detach");
}

static void *run_older_thread(void *arg) {
    (void)arg;
    sem_wait(&loaded);
    use_heap();
    return NULL;
}

int main(int argc, char **argv) {
    const struct tarn_type_spec spec = {.name = "leaf", .size = sizeof(tarn_object) + 8};
    pthread_t older;
    expect(argc == 2, "usage: late LIBTARN.SO");
    sem_init(&loaded, 0, 0);
    expect(pthread_create(&older, NULL, run_older_thread, NULL) == 0, "pthread_create");
    load(argv[1]);
    heap = lib.tarn_heap_create(NULL);
    expect(heap != NULL, "tarn_heap_create");
    type = lib.tarn_type_register(heap, &spec);
    expect(type != NULL, "tarn_type_register");
    use_heap();
    sem_post(&loaded);
    pthread_join(older, NULL);
    expect(lib.tarn_heap_destroy(heap) == 0, "tarn_heap_destroy");
    puts("ok");
    return 0;
}
