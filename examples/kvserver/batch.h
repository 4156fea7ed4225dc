/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Requests that have been parsed and not carried out yet: a part of a pipeline. Before
 * the first one runs, the keys of all are looked for at once, for the caches' sake.
 */
#ifndef KVSERVER_BATCH_H
#define KVSERVER_BATCH_H

#include "command.h"

#define BATCH 16u

struct batch {
    size_t count;
    struct {
        const struct command *command;
        size_t first; /* word of the client's array */
        int count;
    } request[BATCH];
};

/* Has what the requests will look for brought to the caches: see tarn_map_prefetch.
 * word: the array that their words are in. */
void batch_look_ahead(const struct batch *batch, const struct slice *word);

#endif
