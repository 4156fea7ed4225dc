/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The heap's start, the step from one thread to several, and the locks of writers.
 *
 * When the first thread starts there are objects in slots that were put there as in
 * plain fields. Each gets published, by passing through a slot of tarn, before another
 * thread can see it: one walk over the heap. What all threads count all the time
 * (functions, classes, constants) is made immortal then, or every call would have the
 * threads' caches fight for one count.
 */
#include "object/heap.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/function.h"

tarn_heap *heap;
bool heap_shared;

static ref *settled;
static size_t settled_count, settled_room;
static pthread_mutex_t settled_lock = PTHREAD_MUTEX_INITIALIZER;

enum { LOCKS = 512 };
static struct writer_lock {
    TARN__ATOMIC(uint32_t) held;
} __attribute__((aligned(64))) locks[LOCKS];

/* --- the limit --- */

static size_t memory_limit;
static unsigned suspended;
static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;

/* Beyond half of it a collection is due; objects and blocks together stay below it. */
static bool apply_limit(size_t hard) {
    return tarn_heap_limit(heap, memory_limit / 2, hard) == 0 &&
           tarn_heap_limit(NULL, memory_limit / 2, hard) == 0;
}

bool heap_start(size_t limit) {
    heap = tarn_heap_create(NULL);
    if (!heap || tarn_thread_attach(heap) != 0)
        return false;
    memory_limit = limit;
    return !limit || apply_limit(limit);
}

void limit_suspend(void) {
    if (!memory_limit)
        return;
    pthread_mutex_lock(&limit_lock);
    if (suspended++ == 0)
        apply_limit(SIZE_MAX / 2);
    pthread_mutex_unlock(&limit_lock);
}

void limit_resume(void) {
    if (!memory_limit)
        return;
    pthread_mutex_lock(&limit_lock);
    if (--suspended == 0)
        apply_limit(memory_limit);
    pthread_mutex_unlock(&limit_lock);
}

void *memory_get(size_t size) {
    void *block = tarn_malloc(size);
    if (tarn__likely(block != NULL))
        return block;
    tarn_heap_trim(heap);
    return tarn_malloc(size);
}

/* --- from one thread to several --- */

static void publish(void *reference) {
    tarn_slot passage;
    tarn_slot_init(&passage, reference);
    tarn_slot_destroy(&passage);
}

static bool publish_reference(void *object, void *arg) {
    (void)arg;
    publish(object);
    return true;
}

/* Functions and classes at hand for every thread; closures are one thread's mostly. */
static bool is_common(struct object *o) {
    if (o->cls == function_class)
        return !((struct function *)o)->closure;
    return o->cls == type_class || o->cls == module_class;
}

static bool publish_references(void *object, void *arg) {
    ptrdiff_t *result = arg;
    publish(object);
    if (is_common(object))
        tarn_immortalize(object);
    ptrdiff_t n = tarn_referents(object, publish_reference, NULL);
    if (n < 0)
        *result = n;
    return n >= 0;
}

bool heap_become_shared(void) {
    if (heap_shared)
        return true;
    ptrdiff_t result = 0;
    ptrdiff_t walked = tarn_heap_walk(heap, TARN_GENERATION_ANY, publish_references, &result);
    if (walked < 0 || result < 0) {
        raise_no_memory();
        return false;
    }
    for (size_t i = 0; i < settled_count; i++) {
        publish(settled[i]);
        tarn_immortalize(settled[i]);
    }
    heap_shared = true;
    return true;
}

void heap_settle_class(ref v) {
    if (heap_shared)
        tarn_immortalize(v);
}

void heap_settle(ref v) {
    if (!is_object(v))
        return;
    pthread_mutex_lock(&settled_lock);
    if (settled_count == settled_room) {
        settled_room = settled_room ? 2 * settled_room : 1024;
        settled = realloc(settled, settled_room * sizeof *settled);
        if (!settled)
            abort();
    }
    settled[settled_count++] = keep(v);
    if (heap_shared)
        tarn_immortalize(v);
    pthread_mutex_unlock(&settled_lock);
}

tarn_type *heap_type_spec(const struct tarn_type_spec *spec) {
    tarn_type *type = tarn_type_register(heap, spec);
    if (!type) {
        fprintf(stderr, "adder: type %s cannot be registered\n", spec->name);
        exit(1);
    }
    return type;
}

tarn_type *heap_type(const char *name, size_t size, const size_t *offsets, bool heap_class) {
    size_t all[16], n = 0;
    if (heap_class)
        all[n++] = offsetof(struct object, cls);
    while (offsets && *offsets)
        all[n++] = *offsets++;
    return heap_type_spec(&(struct tarn_type_spec){.name = name,
                                                   .size = size,
                                                   .offsets = all,
                                                   .offset_count = n,
                                                   .flags = n ? TARN_TYPE_HELD_READS : 0});
}

void *object_new(tarn_type *type, struct cls *cls) {
    struct object *o = tarn_new(type);
    if (tarn__unlikely(!o)) {
        tarn_heap_trim(heap);
        o = tarn_new(type);
        if (!o)
            return raise_no_memory();
    }
    o->cls = cls;
    return o;
}

void *object_new_array(tarn_type *type, struct cls *cls, size_t n) {
    struct object *o = tarn_new_array(type, n);
    if (tarn__unlikely(!o)) {
        tarn_heap_trim(heap);
        o = tarn_new_array(type, n);
        if (!o)
            return raise_no_memory();
    }
    o->cls = cls;
    return o;
}

void *block_new(size_t size) {
    void *block = memory_get(size);
    return block ? block : raise_no_memory();
}

static struct writer_lock *lock_of(const void *object) {
    uintptr_t address = (uintptr_t)object >> 4;
    return &locks[(address ^ address >> 9) % LOCKS];
}

void object_lock_shared(const void *object) {
    struct writer_lock *lock = lock_of(object);
    uint32_t free = 0;
    /* acquire: pairs with the release in object_unlock_shared(). relaxed on failure:
     * it is tried again. */
    for (int spins = 0; !tarn__cas_weak(&lock->held, &free, 1, acquire, relaxed); free = 0)
        if (++spins > 100)
            sched_yield();
}

void object_unlock_shared(const void *object) {
    /* release: pairs with the acquire in object_lock_shared(). */
    tarn__store(&lock_of(object)->held, 0, release);
}
