/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Accepting connections, on the main thread's loop. */
#ifndef KVSERVER_LISTEN_H
#define KVSERVER_LISTEN_H

#include <stdbool.h>

#include "turn.h"

/* Listens where the options say; false, with a message: it cannot. */
bool listen_begin(struct turn *turn);
void listen_end(void);

/* "127.0.0.1:6379, /run/x.sock" */
const char *listen_addresses(void);

#endif
