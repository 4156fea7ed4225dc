/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the whole program shares, set before the first worker starts; and its end. */
#ifndef KVSERVER_SERVER_H
#define KVSERVER_SERVER_H

#include <stdint.h>
#include <tarn/tarn.h>

#include "figure.h"
#include "options.h"

struct server {
    tarn_heap *heap;
    int64_t begun_ms;
    char run_id[41];
    figure connections; /* accepted so far; also the last client's id */
    figure rejected;    /* over maxclients */
    figure clients;
};
extern struct server server;

/* Asks the main thread to end the program, with or without saving first. */
void server_stop(bool save);

#endif
