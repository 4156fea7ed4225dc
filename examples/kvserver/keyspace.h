/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The keyspace that all workers share.
 *
 * One map of entries, read without locks: a reader borrows the entry it finds until
 * its command ends. A second map holds those entries that expire, for the cycle that
 * looks for them. Both hang on one object in a slot, so FLUSHALL is one store, and the
 * old maps, however big, die in slices at the workers' safepoints.
 *
 * Atomicity. Commands are atomic, as Redis's are. A command that writes holds the
 * *stripe* of its key (one of 256 small locks, by hash), or the stripes of all its keys,
 * taken in ascending order. A command that reads one word of one key, which each
 * command changes once (GET, HGET, SISMEMBER), takes no lock; it *passes* the stripe: it waits for
 * whoever writes there now, then reads. A writer that changes several things (MSET, HSET of two
 * fields) has all its stripes before it changes the first; so a reader that saw one change either
 * began before the writer had its stripes, and takes place before it, or began later, waited, and
 * sees all. A command that reads several things, or what changes in steps (MGET, HGETALL, LRANGE,
 * HLEN), takes the stripes. (One that names a key twice, MSET a 1 a 2, does change a word
 * twice, and a GET that began before it may see the first.)
 *
 * Rejected: compare-and-swap of the entry alone. It is enough for INCR; but a list that
 * becomes empty takes its key along, and MSET and RENAME change two places at once.
 */
#ifndef KVSERVER_KEYSPACE_H
#define KVSERVER_KEYSPACE_H

#include <tarn/contain.h>

#include "entry.h"
#include "figure.h"
#include "lock.h"

struct keyspace {
    tarn_object header;
    void *keys;     /* of entries */
    void *expiring; /* those of them that expire */
};

#define STRIPES 256u

struct stripe {
    _Alignas(64) struct lock lock;
};

extern struct stripe stripes[STRIPES];
extern tarn_slot current_keyspace; /* holds a struct keyspace, never NULL */

/* Makes the empty keyspace; false: no memory. */
bool keyspace_begin(void);
void keyspace_end(void);

/* A borrow. */
static inline struct keyspace *keyspace_now(void) {
    return tarn_slot_peek(&current_keyspace);
}

static inline struct lock *stripe_of(const struct probe *key) {
    return &stripes[key->hash % STRIPES].lock;
}

/* A set of stripes, locked in ascending order. */
struct stripe_set {
    uint64_t word[STRIPES / 64];
};

static inline void stripe_set_add(struct stripe_set *set, uint64_t hash) {
    set->word[hash % STRIPES / 64] |= (uint64_t)1 << hash % 64;
}
void stripe_set_acquire(const struct stripe_set *set);
void stripe_set_release(const struct stripe_set *set);

/* The entry of a key, borrowed, or NULL if there is none or it has expired. peek is for
 * readers without the stripe, which it passes; find for those who hold it. */
struct entry *key_peek(const struct probe *key);
struct entry *key_find(const struct probe *key);

/* With the stripe held: puts the caller's reference to an entry in, in place of what
 * stands under its key. Returns false if there is no memory: the entry is dropped, the
 * keyspace unchanged. */
bool key_store(struct entry *e);

/* With the stripe held: whether it removed the key. */
bool key_remove(const struct probe *key);

/* With the stripe held: `e`, which is stored, grew or shrank by so many bytes. */
void key_grew(struct entry *e, int64_t bytes);

/* Empties the keyspace; false: no memory. */
bool keyspace_flush(void);

size_t keyspace_count(void);

/* Removes a key that was seen to have expired, if it still has. Takes its stripe. */
bool key_expire(const struct probe *key);

/* Time in milliseconds since the epoch, as of this command or loop turn. */
extern __thread int64_t time_ms;
void time_update(void);

/* Bytes of all entries and what they hold, as far as the keyspace has them. */
int64_t keyspace_bytes(void);

extern figure keys_expired;
extern figure keys_evicted;

#endif
