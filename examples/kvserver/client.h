/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A client's connection. It belongs to one worker, on whose thread all of this runs.
 *
 * Idle, it is this struct and a few words of its requests' array: what is read goes to
 * the worker's scratch buffer, and only what has not come whole is kept here; so with
 * replies.
 */
#ifndef KVSERVER_CLIENT_H
#define KVSERVER_CLIENT_H

#include <stdint.h>
#include <uv.h>

#include "request.h"
#include "worker.h"

struct client {
    uv_poll_t poll;
    struct worker *worker;
    struct client *next; /* the worker's ring */
    struct client *previous;
    int fd;
    int events; /* that the loop is asked for */
    uint64_t id;
    bool known;   /* has said the password, or there is none */
    bool closing; /* after the replies so far */
    bool closed;
    bool killed;
    int64_t begun_ms;
    int64_t heard_ms; /* when it last sent something */
    struct request request;
    size_t taken; /* bytes of the buffer that whole requests took */

    char *in; /* the beginning of a request that has not come whole */
    size_t in_length;
    size_t in_room;

    char *unsent; /* replies that the socket did not take */
    size_t unsent_at;
    size_t unsent_length;
    size_t unsent_room;

    const char *command; /* the last one's name */
    char *name;          /* as the client says; NULL: none */
    char address[64];
};

void client_begin(struct worker *w, const struct arrival *arrival);

/* Sends the replies of a turn: at its end. */
void clients_flush(struct worker *w);

/* Closes those that are idle too long or have been killed; all of them. */
void clients_sweep(struct worker *w);
void clients_end(struct worker *w);

#endif
