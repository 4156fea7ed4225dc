/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The commands' functions, by the file they are in, and what those files share. */
#ifndef KVSERVER_VERBS_H
#define KVSERVER_VERBS_H

#include "command.h"
#include "keyspace.h"

#define VERB(name) void verb_##name(struct call *call)

/* verbs_server.c */
VERB(ping);
VERB(echo);
VERB(auth);
VERB(hello);
VERB(select);
VERB(quit);
VERB(reset);
VERB(time);
VERB(dbsize);
VERB(flush);
VERB(config);
VERB(command);
VERB(shutdown);
/* verbs_client.c */
VERB(client);
/* verbs_info.c */
VERB(info);
/* verbs_string.c */
VERB(get);
VERB(set);
VERB(setnx);
VERB(setex);
VERB(psetex);
VERB(getset);
VERB(getdel);
VERB(getex);
VERB(append);
VERB(strlen);
VERB(getrange);
VERB(setrange);
VERB(mget);
VERB(mset);
VERB(msetnx);
/* verbs_number.c */
VERB(incr);
VERB(decr);
VERB(incrby);
VERB(decrby);
VERB(incrbyfloat);
/* verbs_key.c */
VERB(del);
VERB(exists);
VERB(type);
VERB(expire);
VERB(pexpire);
VERB(expireat);
VERB(pexpireat);
VERB(ttl);
VERB(pttl);
VERB(expiretime);
VERB(pexpiretime);
VERB(persist);
VERB(rename);
VERB(renamenx);
VERB(randomkey);
VERB(copy);
VERB(touch);
/* verbs_scan.c */
VERB(keys);
VERB(scan);
VERB(hscan);
VERB(sscan);
/* verbs_list.c, verbs_lists.c */
VERB(lpush);
VERB(rpush);
VERB(lpushx);
VERB(rpushx);
VERB(lpop);
VERB(rpop);
VERB(llen);
VERB(lindex);
VERB(lrange);
VERB(lset);
VERB(ltrim);
VERB(lrem);
VERB(linsert);
VERB(lmove);
VERB(rpoplpush);
VERB(lpos);
/* verbs_hash.c */
VERB(hset);
VERB(hmset);
VERB(hsetnx);
VERB(hget);
VERB(hmget);
VERB(hdel);
VERB(hlen);
VERB(hexists);
VERB(hstrlen);
VERB(hgetall);
VERB(hkeys);
VERB(hvals);
VERB(hincrby);
VERB(hincrbyfloat);
VERB(hrandfield);
/* verbs_set.c, verbs_sets.c */
VERB(sadd);
VERB(srem);
VERB(sismember);
VERB(smismember);
VERB(scard);
VERB(smembers);
VERB(spop);
VERB(srandmember);
VERB(smove);
VERB(sinter);
VERB(sunion);
VERB(sdiff);
VERB(sinterstore);
VERB(sunionstore);
VERB(sdiffstore);
VERB(sintercard);
/* verbs_graph.c */
VERB(graph_link);
VERB(graph_unlink);
VERB(graph_neighbors);
VERB(graph_drop);
/* verbs_heap.c */
VERB(gc);
VERB(memory);
VERB(object);
/* verbs_save.c */
VERB(save);
VERB(bgsave);
VERB(lastsave);

#undef VERB

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
