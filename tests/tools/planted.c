/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* A program with one fault, named by its argument, that a tool is to report. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tarn/tarn.h>

struct thing {
    tarn_object header;
    long value[4];
};

static tarn_heap *heap;
static struct thing *thing;
static volatile long sink;

static void open_heap(void) {
    heap = tarn_heap_create(NULL);
    tarn_thread_attach(heap);
    tarn_type *type =
        tarn_type_register(heap, &(struct tarn_type_spec){.name = "thing", .size = sizeof *thing});
    thing = tarn_new(type);
}

static void read_freed(void) {
    long *p = tarn_malloc(100);
    p[3] = 1;
    tarn_free(p);
    sink = p[3];
}

static void read_beyond(void) {
    char *volatile p = tarn_malloc(100);
    memset(p, 1, 100);
    sink = p[100];
    tarn_free(p);
}

static void read_dead_object(void) {
    open_heap();
    tarn_decref(thing);
    sink = thing->value[1];
}

static void leak(void) {
    static void *kept;
    kept = tarn_malloc(100); /* the first block of a pool is known to its header */
    void *volatile p = tarn_malloc(100);
    p = kept;
    (void)p;
}

/* Two threads count in one object; nothing orders them. */
static pthread_barrier_t both;

static void *count_up(void *arg) {
    tarn_thread_attach(arg);
    tarn_blocking_begin();
    pthread_barrier_wait(&both);
    tarn_blocking_end();
    for (int i = 0; i < 100000; i++)
        thing->value[2]++;
    tarn_thread_detach();
    return NULL;
}

static void race_in_an_object(void) {
    pthread_t thread[2];
    open_heap();
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, count_up, heap);
    tarn_blocking_begin();
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    tarn_blocking_end();
    tarn_decref(thing);
    tarn_thread_detach();
    tarn_heap_destroy(heap);
}

static long *block;

static void *write_block(void *arg) {
    for (int i = 0; i < 1000; i++)
        block[1] += (long)arg;
    return NULL;
}

static void race_in_a_block(void) {
    pthread_t thread[2];
    block = tarn_calloc(1, 64);
    for (long i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, write_block, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    tarn_free(block);
}

static const struct {
    const char *name;
    void (*run)(void);
} faults[] = {
    {"read-freed", read_freed},
    {"read-beyond", read_beyond},
    {"read-dead-object", read_dead_object},
    {"leak", leak},
    {"race-in-an-object", race_in_an_object},
    {"race-in-a-block", race_in_a_block},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 1 && i < sizeof faults / sizeof *faults; i++)
        if (strcmp(argv[1], faults[i].name) == 0) {
            faults[i].run();
            puts("the fault ran to its end");
            return 0;
        }
    fputs("which fault?\n", stderr);
    return 2;
}
