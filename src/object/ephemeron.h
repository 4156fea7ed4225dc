/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Ephemerons: a value that lives only while its key does (docs/design/contain.md
 * [EPH-1] to [EPH-4]).
 *
 * An ephemeron is a weak reference to its key that owns a count on its value and lets
 * go of it when the key has died. What counts cannot see, a value that leads back to
 * its key, the judgement does: of a held ephemeron it follows the value only when the
 * key is held, and the functions for a stopped world are for it.
 */
#ifndef TARN_OBJECT_EPHEMERON_H
#define TARN_OBJECT_EPHEMERON_H

#include "object/type.h"

/* A new one of two objects that the caller holds; NULL with ENOMEM. */
void *tarn__ephemeron_new(struct tarn_mutator *m, void *key, void *value);

/* Whether the target of a weak reference, or an ephemeron's key, has died. */
bool tarn__weak_is_dead(const void *weak);

/* A new strong reference to the value, or NULL if the key has died. (The key's is
 * tarn_weak_get's.) */
void *tarn__ephemeron_value(void *ephemeron);

/* The key, or NULL if it is dead. World stopped, or where neither is followed. */
struct tarn_object *tarn__ephemeron_key(struct tarn_object *e);

/* --- world stopped --- */

struct control;

/* Ephemerons that wait for their keys to be found held. */
struct tarn_ephemerons {
    struct control *waited; /* keys' controls */
};

void tarn__ephemeron_wait(struct tarn_ephemerons *all, struct tarn_object *e);

/* Takes one of those that wait for `key`; NULL: there is none. */
struct tarn_object *tarn__ephemeron_take(struct tarn_object *key);

/* Takes one of all that wait; NULL: there is none. */
struct tarn_object *tarn__ephemeron_take_any(struct tarn_ephemerons *all);

/* The value is forgotten if it is dead, with the count that it had from here. */
void tarn__ephemeron_cut(struct tarn_object *e);

/* Puts it on a list, with a reference of the list's own; once. */
void tarn__ephemeron_keep(struct tarn_object **list, struct tarn_object *e);
struct tarn_object *tarn__ephemeron_next_kept(struct tarn_object *e);
/* Takes one off the list: its reference is the caller's. */
struct tarn_object *tarn__ephemeron_unkeep(struct tarn_object **list);

#endif
