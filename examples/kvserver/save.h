/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Snapshots of the keyspace: by a forked child while the server goes on, or at its end.
 */
#ifndef KVSERVER_SAVE_H
#define KVSERVER_SAVE_H

#include <stdbool.h>

/* Loads the last snapshot; false, with a message: it is damaged or cannot be read. */
bool load_last(void);

/* Saves with nobody else running; false, with a message: not possible. */
bool save_now(void);

/* The main thread: a child has ended. The end: it is waited for, or killed. */
void save_reap(void);
void save_end(void);

#endif
