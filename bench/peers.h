/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Peers that are shared libraries, opened when they are there. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

/* What a count by hand costs: a C11 increment and decrement of one word. */
double peer_atomic_pair(void *unused);

/* A function of a library, or NULL. */
void *peer_function(const char *library, const char *name);

#endif
