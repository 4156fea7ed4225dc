/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The commands' functions, by the file they are in, and what those files share. */
#ifndef KVSERVER_VERBS_H
#define KVSERVER_VERBS_H

#include "command.h"
#include "keyspace.h"

typedef void verb(struct call *call);

/* verbs_server.c */
verb verb_ping, verb_echo, verb_auth, verb_hello, verb_select, verb_quit, verb_reset, verb_time,
    verb_dbsize, verb_flush, verb_config, verb_command, verb_shutdown;

/* verbs_client.c */
verb verb_client;

/* verbs_info.c */
verb verb_info;

/* verbs_string.c */
verb verb_get, verb_set, verb_setnx, verb_setex, verb_psetex, verb_getset, verb_getdel, verb_getex,
    verb_append, verb_strlen, verb_getrange, verb_setrange, verb_mget, verb_mset, verb_msetnx;

/* verbs_number.c */
verb verb_incr, verb_decr, verb_incrby, verb_decrby, verb_incrbyfloat;

/* verbs_key.c */
verb verb_del, verb_exists, verb_type, verb_expire, verb_pexpire, verb_expireat, verb_pexpireat,
    verb_ttl, verb_pttl, verb_expiretime, verb_pexpiretime, verb_persist, verb_rename,
    verb_renamenx, verb_randomkey, verb_touch;

/* verbs_scan.c */
verb verb_keys, verb_scan, verb_hscan, verb_sscan;

/* verbs_list.c, verbs_lists.c */
verb verb_lpush, verb_rpush, verb_lpushx, verb_rpushx, verb_lpop, verb_rpop, verb_llen, verb_lindex,
    verb_lrange, verb_lset, verb_ltrim, verb_lrem, verb_linsert, verb_lmove, verb_rpoplpush,
    verb_lpos;

/* verbs_hash.c */
verb verb_hset, verb_hmset, verb_hsetnx, verb_hget, verb_hmget, verb_hdel, verb_hlen, verb_hexists,
    verb_hstrlen, verb_hgetall, verb_hkeys, verb_hvals, verb_hincrby, verb_hincrbyfloat,
    verb_hrandfield;

/* verbs_set.c, verbs_sets.c */
verb verb_sadd, verb_srem, verb_sismember, verb_smismember, verb_scard, verb_smembers, verb_spop,
    verb_srandmember, verb_smove, verb_sinter, verb_sunion, verb_sdiff, verb_sinterstore,
    verb_sunionstore, verb_sdiffstore, verb_sintercard;

/* verbs_graph.c */
verb verb_graph_link, verb_graph_unlink, verb_graph_neighbors, verb_graph_drop;

/* verbs_heap.c */
verb verb_gc, verb_memory, verb_object;

/* verbs_save.c */
verb verb_save, verb_bgsave, verb_lastsave;

/* The release of Redis whose replies these are. */
#define REDIS_VERSION "7.0.15"

/* CLIENT SETNAME: answers the error and returns false if it is none. */
bool client_set_name(struct call *call, struct slice name);

/* Whether an entry is of a kind; if not it answers WRONGTYPE. NULL is of every kind. */
static inline bool entry_is(struct call *call, const struct entry *e, enum kind kind) {
    if (!e || e->kind == kind)
        return true;
    reply_wrong_type(call->out);
    return false;
}

/* Locks and unlocks the stripe of a word, which is a key. */
static inline struct probe key_lock(const struct call *call, int index) {
    struct probe key = probe_of(call->word[index]);
    lock_acquire(stripe_of(&key));
    return key;
}

static inline void key_unlock(const struct probe *key) {
    lock_release(stripe_of(key));
}

/* The same for several words: first, first + step, ... before `end`. */
struct stripe_set keys_lock(const struct call *call, int first, int end, int step);

/* What a word's key holds, if it is of that kind; the caller holds the stripe. NULL: no
 * such key, or (with *wrong, and an answer) another kind. */
struct entry *find_kind(struct call *call, const struct probe *key, enum kind kind, bool *wrong);

/* The same, but makes the key, with an empty object of that kind, if there is none; NULL
 * also if there is no memory, which is answered. */
struct entry *find_or_make(struct call *call, const struct probe *key, enum kind kind);

/* Answers an array of all keys, values or both of a map's entries; or of some drawn: so
 * many different ones, or, below zero, so many that may repeat. */
void reply_entries(struct reply *out, void *map, bool keys, bool values);
void reply_random(struct reply *out, void *map, long long count, bool values);

/* Reads a count that is not negative; answers the error and returns false if it is. */
bool count_read(struct call *call, int index, long long *count);

/* Reads a time to live: a positive number of seconds or milliseconds, from now or from
 * the epoch. Answers the error and returns false if it is none. */
bool expiry_read(struct call *call, struct slice text, bool seconds, bool absolute,
                 int64_t *expiry);

#endif
