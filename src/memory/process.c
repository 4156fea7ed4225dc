/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the memory layer keeps for the process and its threads: raw caches, trim,
 * figures, fork.
 *
 * A thread's raw cache is taken from the process's free ones when the thread
 * first allocates, and given back by a thread-exit destructor, with all that it
 * holds, for the next thread. A later destructor that allocates again takes a
 * cache once more, and ours runs once more; the system ends that game after some
 * rounds, and a cache taken in the last one is lost with its pools.
 *
 * fork: the layer's locks are taken in rank order around it, by our own handlers
 * (a process without heaps) or, before them, by those of the layer above. In the
 * child the caches of the other threads are gone with them: they may have been
 * in the middle of anything. The forking thread's own is repaired: a thread that
 * was about to announce a pool in its inbox never will.
 *
 * Locks: CACHES guards the list of free caches.
 */
#include "base/check.h"
#include "memory/arena.h"
#include "memory/large.h"
#include "memory/memory.h"
#include "memory/raw.h"
#include "memory/watch.h"
#include "os/lock.h"
#include "os/pages.h"
#include "os/thread.h"
#include <tarn/tarn.h>

/* What an unattached thread's seat pointer shows: never RUNNING. */
static struct tarn__seat_head nobody = {.state = {TARN__SEAT_VACANT}};

__thread struct tarn__tls tarn__tls
    __attribute__((tls_model("initial-exec"))) = {&nobody, TARN__SEAT_NONE, 0};

struct tarn_raw tarn__raw_nobody;

__thread struct tarn_raw *tarn__raw __attribute__((tls_model("initial-exec"))) = &tarn__raw_nobody;

static struct tarn_lock lock = TARN__LOCK_INIT(TARN_RANK_CACHES);
static struct tarn_cache *free_caches;
static struct tarn_os_exit_key exit_key;

void tarn__thread_forget_seat(void) {
    tarn__tls = (struct tarn__tls){&nobody, TARN__SEAT_NONE, 0};
}

/* --- raw caches --- */

static void give_cache(void *value) {
    struct tarn_raw *raw = value;
    tarn__raw_flush(raw);
    tarn__cache_collect_remote(&raw->cache);
    tarn__room_let_go(&raw->cache.room);
    tarn__raw = &tarn__raw_nobody;
    tarn__lock_acquire(&lock);
    raw->cache.next_free = free_caches;
    free_caches = &raw->cache;
    tarn__lock_release(&lock);
}

static struct tarn_raw *make_raw(void) {
    size_t size = tarn__round_up(sizeof(struct tarn_raw), tarn__os_page_size());
    struct tarn_raw *raw = tarn__os_map(size, tarn__os_page_size());
    if (raw)
        tarn__raw_init(raw);
    return raw;
}

bool tarn__raw_take(void) {
    if (tarn__raw != &tarn__raw_nobody)
        return true;
    if (!tarn__os_exit_key_make(&exit_key, give_cache))
        return false;
    tarn__lock_acquire(&lock);
    struct tarn_cache *cache = free_caches;
    if (cache)
        free_caches = cache->next_free;
    tarn__lock_release(&lock);
    struct tarn_raw *raw = cache ? TARN__CONTAINER_OF(cache, struct tarn_raw, cache) : make_raw();
    if (!raw)
        return false;
    tarn__raw = raw;
    tarn__os_exit_key_set(&exit_key, raw);
    return true;
}

/* --- trim and figures --- */

/* What threads left behind: nobody else looks at it before the next takes it. */
static void trim_free_caches(void) {
    tarn__lock_acquire(&lock);
    struct tarn_cache *list = free_caches;
    free_caches = NULL;
    tarn__lock_release(&lock);
    struct tarn_cache *last = NULL;
    for (struct tarn_cache *c = list; c; last = c, c = c->next_free)
        tarn__cache_trim(c);
    if (!last)
        return;
    tarn__lock_acquire(&lock);
    last->next_free = free_caches;
    free_caches = list;
    tarn__lock_release(&lock);
}

size_t tarn__memory_trim(void) {
    tarn__raw_empty_quarantine();
    if (tarn__raw != &tarn__raw_nobody) {
        tarn__raw_flush(tarn__raw);
        tarn__cache_trim(&tarn__raw->cache);
    }
    trim_free_caches();
    return tarn__remote_purge() + tarn__large_trim() + tarn__arenas_trim();
}

void tarn__memory_stats(size_t *reserved, size_t *committed) {
    size_t arenas;
    size_t arenas_used;
    size_t large;
    size_t large_used;
    tarn__arenas_stats(&arenas, &arenas_used);
    tarn__large_stats(&large, &large_used);
    *reserved = arenas + large;
    *committed = arenas_used + large_used;
}

/* --- fork --- */

/* Whether the calling thread, which forks, holds the locks. */
static __thread bool fork_holds __attribute__((tls_model("initial-exec")));

void tarn__memory_fork_prepare(void) {
    if (fork_holds)
        return;
    tarn__remote_purge_lock();
    tarn__lock_acquire(&lock);
    tarn__large_lock();
    tarn__arenas_lock();
    tarn__watch_lock();
    fork_holds = true;
}

void tarn__memory_fork_done(void) {
    if (!fork_holds)
        return;
    fork_holds = false;
    tarn__watch_unlock();
    tarn__arenas_unlock();
    tarn__large_unlock();
    tarn__lock_release(&lock);
    tarn__remote_purge_unlock();
}

void tarn__memory_fork_child(void) {
    if (!fork_holds)
        return;
    tarn__memory_fork_done();
    if (tarn__raw != &tarn__raw_nobody)
        tarn__cache_repair(&tarn__raw->cache);
    for (struct tarn_cache *c = free_caches; c; c = c->next_free)
        tarn__cache_repair(c);
}

/* First of all handlers, so that prepare runs last, when the layers above have
 * stopped their threads, and the others first. */
__attribute__((constructor(101))) static void handle_fork(void) {
    tarn__os_atfork(tarn__memory_fork_prepare, tarn__memory_fork_done, tarn__memory_fork_child);
}
