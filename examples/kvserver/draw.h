/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Entries drawn from a map: a place in the map's order is drawn, and the first entry
 * behind it is the one. Hashes are spread evenly and gaps are not quite, so some are
 * drawn more often than others, as in Redis.
 */
#ifndef KVSERVER_DRAW_H
#define KVSERVER_DRAW_H

#include "entry.h"

/* One, borrowed, or NULL if the map is empty. */
struct entry *draw_entry(void *map);

/* Up to `count` different ones, which stand behind one another from a place drawn on;
 * returns how many were visited. */
size_t draw_distinct(void *map, size_t count, void (*visit)(struct entry *e, void *arg), void *arg);

#endif
