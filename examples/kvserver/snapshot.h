/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A snapshot's file.
 *
 *   file      "TARNKV01", blocks, a block of length 0, the end
 *   block     length (4 bytes, little-endian), that many bytes, CRC-64 of both (8)
 *   records   the blocks' bytes in a row; numbers are 7 bits a byte, the lowest first,
 *             the eighth bit says that more follow; texts are a length and bytes
 *
 *   'N' name                              a node of the graphs; they are numbered from 0
 *   'E' from, count, to ...               a node's edges
 *   'S' expiry, key, value                a key; expiry 0: never, else milliseconds
 *   'L' expiry, key, count, element ...
 *   'H' expiry, key, count, (field, value) ...
 *   'T' expiry, key, count, member ...
 *   'G' expiry, key, node
 *   '.' keys                              how many there were
 *
 * A block is looked at only when its sum is right. So whatever byte of a file is
 * damaged, lost or added, loading says at what offset, and refuses the file.
 */
#ifndef KVSERVER_SNAPSHOT_H
#define KVSERVER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_MAGIC "TARNKV01"
#define SNAPSHOT_BLOCK ((size_t)64 << 10)

enum record {
    RECORD_NODE = 'N',
    RECORD_EDGES = 'E',
    RECORD_STRING = 'S',
    RECORD_LIST = 'L',
    RECORD_HASH = 'H',
    RECORD_SET = 'T',
    RECORD_GRAPH = 'G',
    RECORD_END = '.'
};

/* Writes the keyspace to a descriptor, while nobody changes it. It borrows throughout,
 * and writes to no object. Returns how many keys, or -1 with errno. */
long long snapshot_write(int fd);

/* Loads a file of that name into the empty keyspace. false, with a message: not
 * possible. */
bool snapshot_load(int fd, const char *name, size_t *keys);

#endif
