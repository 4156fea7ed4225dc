/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The cycle that removes what has expired and nobody asks for: the main thread walks
 * the map of expiring entries, a slice at a time, for ever.
 */
#ifndef KVSERVER_EXPIRE_H
#define KVSERVER_EXPIRE_H

/* One slice: some milliseconds at most, safepoints within. */
void expire_some(void);

#endif
