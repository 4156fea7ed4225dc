/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Saving and loading the keyspace.
 *
 * BGSAVE forks. fork() stops the world: every other worker stands between two commands
 * or waits, so the child's copy of the heap is one moment's, and no stripe in it is
 * held. The child walks it by borrowing and writes to no object, and the collector is
 * told to leave what lives now alone (tarn_gc_freeze), so that the pages stay shared
 * but for those that the server itself changes meanwhile. INFO persistence says how
 * much of the child's memory was its own at the end (rdb_last_cow_size).
 *
 * The file is written beside the old one, synced, and renamed over it: whoever is
 * killed at whatever moment leaves the old file or the new.
 */
#ifndef KVSERVER_SAVE_H
#define KVSERVER_SAVE_H

#include <stdbool.h>
#include <stdint.h>

/* Loads the last snapshot, if there is one; false, with a message: it is damaged. */
bool load_last(void);

/* Saves now; nobody else may run. false, with a message: not possible. */
bool save_now(void);

enum save_result { SAVE_STARTED, SAVE_BUSY, SAVE_FAILED };

/* Forks a child that saves. Safepoint. */
enum save_result save_start(void);

/* Saves on this thread, with the world stopped. Safepoint. */
enum save_result save_stopped(void);

/* The main thread: a child has ended. The end: a child that still saves is killed. */
void save_reap(void);
void save_end(void);

struct save_report {
    bool running;
    bool failed;          /* the last one did */
    uint64_t saves;       /* that succeeded */
    int64_t last_ms;      /* when */
    int64_t last_took_ms; /* of a child */
    uint64_t copied;      /* bytes of the child's that were not shared at its end */
    uint64_t shared;      /* and those that were */
    uint64_t fork_us;     /* how long fork() took */
};
void save_read(struct save_report *report);

#endif
