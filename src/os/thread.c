/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* See os/thread.h. */
#include "os/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/sched.h"

static void *enter(void *arg) {
    struct tarn_os_thread *t = arg;
    tarn__sched_thread_enter(t->slot);
    t->body(t->arg);
    return NULL;
}

/* The host's signals are for the host's threads; a fault in a finalizer still
 * reaches the host's handler. */
static void block_signals(sigset_t *saved) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_BLOCK, &set, saved);
}

int tarn__os_thread_start(struct tarn_os_thread *t, const char *name, void (*body)(void *arg),
                          void *arg) {
    sigset_t saved;
    t->body = body;
    t->arg = arg;
    t->slot = tarn__sched_thread_announce();
    block_signals(&saved);
    int error = pthread_create(&t->id, NULL, enter, t);
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    if (error != 0) {
        tarn__sched_thread_withdraw(t->slot);
        return -error;
    }
    pthread_setname_np(t->id, name);
    return 0;
}

void tarn__os_thread_join(struct tarn_os_thread *t) {
    tarn__sched_thread_join(t->slot);
    pthread_join(t->id, NULL);
}

void tarn__os_yield(void) {
    if (!tarn__sched_yield())
        sched_yield();
}

unsigned tarn__os_tid(void) {
    return (unsigned)syscall(SYS_gettid);
}

bool tarn__os_exit_key_make(struct tarn_os_exit_key *key, void (*destructor)(void *)) {
    uint32_t none = 0;
    pthread_key_t made;
    /* acquire: pairs with the compare-and-swap below. */
    if (tarn__load(&key->number, acquire))
        return true;
    if (pthread_key_create(&made, destructor) != 0)
        return false;
    /* acq_rel: one thread's key stays. */
    if (!tarn__cas(&key->number, &none, (uint32_t)made + 1, acq_rel, acquire))
        pthread_key_delete(made);
    return true;
}

void tarn__os_exit_key_set(struct tarn_os_exit_key *key, void *value) {
    /* acquire: as above. */
    pthread_setspecific((pthread_key_t)(tarn__load(&key->number, acquire) - 1), value);
}

int tarn__os_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    return -pthread_atfork(prepare, parent, child);
}
