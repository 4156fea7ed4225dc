/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Members of a set, whose entry in the keyspace is `e` and whose stripe is held. */
#ifndef KVSERVER_SET_H
#define KVSERVER_SET_H

#include "keyspace.h"

/* 1, 0 (it was there) or -1 (no memory). */
int set_add(struct entry *e, struct slice member);
bool set_take(struct entry *e, struct slice member);

/* e: NULL is an empty set. Needs no stripe. */
bool set_has(struct entry *e, struct slice member);

void set_remove_if_empty(const struct probe *key, struct entry *e);

#endif
