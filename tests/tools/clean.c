/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A correct program: raw blocks and objects pass between threads in every way that the
 * library orders. Run under a sanitizer or Valgrind it must be silent.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tarn/tarn.h>

enum { THREADS = 4 };

static long rounds = 3000;

struct node {
    tarn_object header;
    struct node *next;
    tarn_slot peer;
    long value;
    char text[24];
};

static tarn_heap *heap;
static tarn_type *type;
static tarn_type *leaf;
static tarn_slot shared;
static long destroyed;

static void count_destroyed(void *object) {
    struct node *n = object;
    n->value = -1;
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
}

static const size_t offsets[] = {offsetof(struct node, next), offsetof(struct node, peer)};

static struct node *make(long value) {
    struct node *n = tarn_new(type);
    n->value = value;
    snprintf(n->text, sizeof n->text, "node %ld", value);
    return n;
}

/* Readers and writers of one slot; some nodes become cycles. */
static void *work(void *arg) {
    long number = (long)arg;
    tarn_thread_attach(heap);
    for (long i = 0; i < rounds; i++) {
        struct node *seen = tarn_slot_load(&shared);
        if (seen) {
            char copy[24];
            memcpy(copy, seen->text, sizeof copy);
            if (i % 7 == 0)
                tarn_slot_store(&seen->peer, seen);
            tarn_decref(seen);
        }
        struct node *n = make(number * rounds + i);
        tarn_field_give(&n->next, make(-i));
        tarn_slot_store(&shared, n);
        tarn_decref(n);
        char *o = tarn_new(leaf);
        memset(o + sizeof(tarn_object), (int)i, 40 - sizeof(tarn_object));
        tarn_decref(o);
        tarn_safepoint();
    }
    tarn_thread_detach();
    return NULL;
}

/* --- raw blocks: made here, freed there --- */

static char *mailbox[64];

static void *consume(void *arg) {
    (void)arg;
    for (long taken = 0; taken < rounds; taken++) {
        char *block;
        while ((block = __atomic_exchange_n(&mailbox[taken % 64], NULL, __ATOMIC_ACQ_REL)) == NULL)
            sched_yield();
        block[0]++;
        tarn_free(block);
    }
    return NULL;
}

static void *produce(void *arg) {
    (void)arg;
    for (long made = 0; made < rounds; made++) {
        char *block = tarn_malloc((size_t)(made % 300) + 1);
        char *none = NULL;
        block[made % 300] = 1;
        while (!__atomic_compare_exchange_n(&mailbox[made % 64], &none, block, 0, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED))
            none = NULL, sched_yield();
    }
    return NULL;
}

/* With an argument, so many rounds instead. */
int main(int argc, char **argv) {
    pthread_t thread[THREADS + 2];
    if (argc > 1)
        rounds = atol(argv[1]);
    /* A tool may run one thread at a time: none is late for that. */
    heap = tarn_heap_create(&(struct tarn_config){.watchdog_ms = 100000});
    type = tarn_type_register(heap, &(struct tarn_type_spec){.name = "node",
                                                             .size = sizeof(struct node),
                                                             .offsets = offsets,
                                                             .offset_count = 2,
                                                             .finalize = count_destroyed});
    leaf = tarn_type_register(heap, &(struct tarn_type_spec){.name = "leaf", .size = 40});
    tarn_thread_attach(heap);
    tarn_slot_init(&shared, NULL);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, work, (void *)i);
    pthread_create(&thread[THREADS], NULL, produce, NULL);
    pthread_create(&thread[THREADS + 1], NULL, consume, NULL);
    tarn_blocking_begin();
    for (int i = 0; i < THREADS + 2; i++)
        pthread_join(thread[i], NULL);
    tarn_blocking_end();
    tarn_slot_destroy(&shared);
    while (tarn_gc_collect(heap, 2) > 0)
        continue;
    tarn_thread_detach();
    printf("%ld destroyed, %ld left\n", destroyed, (long)tarn_heap_destroy(heap));
    return 0;
}
