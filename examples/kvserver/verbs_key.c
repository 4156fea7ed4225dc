/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Keys of any kind: whether they are there, how long, under what name. */
#include "draw.h"
#include "graph.h"
#include "list.h"
#include "number.h"
#include "verbs.h"

struct stripe_set keys_lock(const struct call *call, int first, int end, int step) {
    struct stripe_set set = {{0}};
    for (int i = first; i < end; i += step)
        stripe_set_add(&set, hash_bytes(call->word[i].bytes, call->word[i].length));
    stripe_set_acquire(&set);
    return set;
}

void verb_del(struct call *call) {
    long long removed = 0;
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    for (int i = 1; i < call->count; i++) {
        struct probe key = probe_of(call->word[i]);
        removed += key_find(&key) && key_remove(&key);
    }
    stripe_set_release(&locks);
    reply_integer(call->out, removed);
}

void verb_exists(struct call *call) {
    long long found = 0;
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    for (int i = 1; i < call->count; i++) {
        struct probe key = probe_of(call->word[i]);
        found += key_find(&key) != NULL;
    }
    stripe_set_release(&locks);
    reply_integer(call->out, found);
}

void verb_touch(struct call *call) {
    verb_exists(call); /* which finds them, and that is what touches */
}

void verb_type(struct call *call) {
    static const char *const names[] = {"string", "list", "hash", "set", "graph"};
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    reply_status(call->out, e ? names[e->kind] : "none");
}

/* --- time to live ---- */

static bool bad_expiry(struct call *call) {
    reply_error(call->out, "ERR invalid expire time in '%s' command", call->client->command);
    return false;
}

static bool to_milliseconds(struct call *call, long long number, bool seconds, bool absolute,
                            int64_t *expiry) {
    if (seconds && (number > INT64_MAX / 1000 || number < INT64_MIN / 1000))
        return bad_expiry(call);
    number = seconds ? number * 1000 : number;
    if (!absolute && number > INT64_MAX - 1 - time_ms)
        return bad_expiry(call);
    *expiry = absolute ? number : number + time_ms;
    if (*expiry == NEVER) /* in three hundred million years */
        --*expiry;
    return true;
}

bool expiry_read(struct call *call, struct slice text, bool seconds, bool absolute,
                 int64_t *expiry) {
    long long number;
    if (!number_read(text, &number)) {
        reply_not_integer(call->out);
        return false;
    }
    return number <= 0 ? bad_expiry(call)
                       : to_milliseconds(call, number, seconds, absolute, expiry);
}

struct conditions {
    bool if_none; /* NX */
    bool if_some; /* XX */
    bool if_later;
    bool if_earlier;
};

static bool read_conditions(struct call *call, struct conditions *c) {
    *c = (struct conditions){false, false, false, false};
    for (int i = 3; i < call->count; i++) {
        struct slice word = call->word[i];
        if (slice_is(word, "NX")) {
            c->if_none = true;
        } else if (slice_is(word, "XX")) {
            c->if_some = true;
        } else if (slice_is(word, "GT")) {
            c->if_later = true;
        } else if (slice_is(word, "LT")) {
            c->if_earlier = true;
        } else {
            reply_error(call->out, "ERR Unsupported option %.*s", (int)word.length, word.bytes);
            return false;
        }
    }
    if (c->if_none && (c->if_some || c->if_later || c->if_earlier)) {
        reply_literal(call->out, "-ERR NX and XX, GT or LT options at the same time are not "
                                 "compatible\r\n");
        return false;
    }
    if (c->if_later && c->if_earlier) {
        reply_literal(call->out, "-ERR GT and LT options at the same time are not compatible\r\n");
        return false;
    }
    return true;
}

static bool conditions_hold(const struct conditions *c, const struct entry *e, int64_t expiry) {
    int64_t now = entry_expiry(e); /* NEVER is later than any */
    return !(c->if_none && e->expires) && !(c->if_some && !e->expires) &&
           !(c->if_later && expiry <= now) && !(c->if_earlier && expiry >= now);
}

/* With the stripe held: swaps in an entry that expires then. */
static void expire_at(struct call *call, const struct probe *key, const struct conditions *c,
                      int64_t expiry) {
    struct entry *e = key_find(key);
    if (!e || !conditions_hold(c, e, expiry)) {
        reply_integer(call->out, 0);
    } else if (expiry <= time_ms) {
        key_remove(key);
        reply_integer(call->out, 1);
    } else {
        struct entry *copy = entry_copy(e, key->key, expiry);
        if (copy && key_store(copy))
            reply_integer(call->out, 1);
        else
            reply_no_memory(call->out);
    }
}

static void expire(struct call *call, bool seconds, bool absolute) {
    struct conditions conditions;
    long long number;
    int64_t expiry;
    if (!read_conditions(call, &conditions) || !call_integer(call, 2, &number) ||
        !to_milliseconds(call, number, seconds, absolute, &expiry))
        return;
    struct probe key = key_lock(call, 1);
    expire_at(call, &key, &conditions, expiry);
    key_unlock(&key);
}

void verb_expire(struct call *call) {
    expire(call, true, false);
}

void verb_pexpire(struct call *call) {
    expire(call, false, false);
}

void verb_expireat(struct call *call) {
    expire(call, true, true);
}

void verb_pexpireat(struct call *call) {
    expire(call, false, true);
}

/* -2: no such key; -1: it does not expire; else milliseconds, left or since the epoch. */
static long long time_to_live(struct call *call, bool absolute) {
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    if (!e || !e->expires)
        return e ? -1 : -2;
    return absolute ? entry_expiry(e) : entry_expiry(e) - time_ms;
}

/* Rounded as Redis does; unsigned, for the last milliseconds there are. */
static long long rounded_seconds(long long milliseconds) {
    return (long long)(((uint64_t)milliseconds + 500) / 1000);
}

void verb_ttl(struct call *call) {
    long long left = time_to_live(call, false);
    reply_integer(call->out, left < 0 ? left : rounded_seconds(left));
}

void verb_pttl(struct call *call) {
    reply_integer(call->out, time_to_live(call, false));
}

void verb_expiretime(struct call *call) {
    long long at = time_to_live(call, true);
    reply_integer(call->out, at < 0 ? at : rounded_seconds(at));
}

void verb_pexpiretime(struct call *call) {
    reply_integer(call->out, time_to_live(call, true));
}

void verb_persist(struct call *call) {
    struct probe key = key_lock(call, 1);
    struct entry *e = key_find(&key);
    if (!e || !e->expires) {
        reply_integer(call->out, 0);
    } else {
        struct entry *copy = entry_copy(e, key.key, NEVER);
        if (copy && key_store(copy))
            reply_integer(call->out, 1);
        else
            reply_no_memory(call->out);
    }
    key_unlock(&key);
}

/* --- names ---- */

enum rename_result { RENAME_DONE, RENAME_NONE, RENAME_TAKEN, RENAME_NO_MEMORY };

static enum rename_result rename_key(struct call *call, bool only_if_new) {
    struct stripe_set locks = keys_lock(call, 1, 3, 1);
    struct probe from = probe_of(call->word[1]);
    struct probe to = probe_of(call->word[2]);
    struct entry *e = key_find(&from);
    enum rename_result result = RENAME_DONE;
    bool same = slice_equal(from.key, to.key);
    if (!e) {
        result = RENAME_NONE;
    } else if (only_if_new && key_find(&to)) {
        result = RENAME_TAKEN;
    } else if (!same) {
        struct entry *copy = entry_copy(e, to.key, entry_expiry(e));
        if (copy && key_store(copy))
            key_remove(&from);
        else
            result = RENAME_NO_MEMORY;
    }
    stripe_set_release(&locks);
    return result;
}

static void rename_reply(struct call *call, bool only_if_new) {
    enum rename_result result = rename_key(call, only_if_new);
    if (result == RENAME_NONE)
        reply_literal(call->out, "-ERR no such key\r\n");
    else if (result == RENAME_NO_MEMORY)
        reply_no_memory(call->out);
    else if (only_if_new)
        reply_integer(call->out, result == RENAME_DONE);
    else
        reply_ok(call->out);
}

void verb_rename(struct call *call) {
    rename_reply(call, false);
}

void verb_renamenx(struct call *call) {
    rename_reply(call, true);
}

void verb_randomkey(struct call *call) {
    struct entry *e;
    while ((e = draw_entry(keyspace_now()->keys))) {
        struct probe key = probe_of(entry_key(e));
        if (!key_expire(&key)) {
            reply_bulk(call->out, entry_key(e));
            return;
        }
    }
    reply_nil(call->out);
}

/* --- what commands of one kind begin with ---- */

struct entry *find_kind(struct call *call, const struct probe *key, enum kind kind, bool *wrong) {
    struct entry *e = key_find(key);
    *wrong = !entry_is(call, e, kind);
    return *wrong ? NULL : e;
}

static void *object_new(enum kind kind, struct slice name) {
    if (kind == KIND_LIST)
        return list_new();
    return kind == KIND_GRAPH ? (void *)node_new(name) : entries_new();
}

struct entry *find_or_make(struct call *call, const struct probe *key, enum kind kind) {
    bool wrong;
    struct entry *e = find_kind(call, key, kind, &wrong);
    if (e || wrong)
        return e;
    void *object = object_new(kind, key->key);
    e = object ? holder_new(key->key, kind, object, NEVER) : NULL;
    if (object && !e)
        tarn_decref(object);
    if (e && key_store(e)) /* which the keyspace now holds, and the stripe keeps there */
        return e;
    reply_no_memory(call->out);
    return NULL;
}

bool count_read(struct call *call, int index, long long *count) {
    if (number_read(call->word[index], count) && *count >= 0)
        return true;
    reply_literal(call->out, "-ERR value is out of range, must be positive\r\n");
    return false;
}
