/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the system knows of this process's memory. */
#ifndef KVSERVER_RSS_H
#define KVSERVER_RSS_H

#include <stddef.h>

/* Resident bytes. */
size_t rss_now(void);

/* Resident bytes that this process alone has written, and those that it shares. */
void rss_shared(size_t *own, size_t *shared);

#endif
