/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Threads, thread exit, fork handlers. */
#ifndef TARN_OS_THREAD_H
#define TARN_OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <tarn/atomic.h>

struct tarn_os_thread {
    pthread_t id;
    void (*body)(void *arg);
    void *arg;
    unsigned slot; /* the schedule baton's number for it */
};

/* Starts a thread that takes no signal but those of its own faults; `t` stays
 * where it is until joined. 0 or a negative errno. name: up to 15 characters. */
int tarn__os_thread_start(struct tarn_os_thread *t, const char *name, void (*body)(void *arg),
                          void *arg);
void tarn__os_thread_join(struct tarn_os_thread *t);

void tarn__os_yield(void);

/* The kernel's number of the calling thread, for messages. */
unsigned tarn__os_tid(void);

/* Calls `destructor` with the value that a thread last set, as it exits, unless
 * that is NULL. Made once; false if the process has no key left. */
struct tarn_os_exit_key {
    TARN__ATOMIC(uint32_t) number; /* the key's plus 1; 0: none yet */
};
bool tarn__os_exit_key_make(struct tarn_os_exit_key *key, void (*destructor)(void *));
void tarn__os_exit_key_set(struct tarn_os_exit_key *key, void *value);

/* 0 or a negative errno. */
int tarn__os_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

#endif
