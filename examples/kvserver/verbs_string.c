/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Strings. GET borrows: no lock, no count, from the map's link to the reply's buffer.
 * Whatever changes a string makes a new entry under the key's stripe.
 */
#include "number.h"
#include "verbs.h"

#define STRING_MAX ((size_t)BULK_MAX)

void verb_get(struct call *call) {
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    if (!e)
        reply_nil(call->out);
    else if (entry_is(call, e, KIND_STRING))
        reply_bulk(call->out, entry_value(e));
}

void verb_strlen(struct call *call) {
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    if (entry_is(call, e, KIND_STRING))
        reply_integer(call->out, e ? (long long)entry_value(e).length : 0);
}

/* --- SET and its kin ---- */

struct set_options {
    bool if_new;
    bool if_old;
    bool get;
    bool keep_expiry;
    bool persist;
    struct slice time; /* bytes NULL: none */
    bool seconds;
    bool absolute;
    int64_t expiry;
};

/* The word that a time to live follows: EX, PX, EXAT, PXAT. */
static bool is_expiry_word(struct slice word, bool *seconds, bool *absolute) {
    *seconds = slice_is(word, "EX") || slice_is(word, "EXAT");
    *absolute = slice_is(word, "EXAT") || slice_is(word, "PXAT");
    return *seconds || *absolute || slice_is(word, "PX");
}

/* Reads the words from `from` on; `set`: those of SET, else those of GETEX. */
static bool read_options(struct call *call, int from, bool set, struct set_options *o) {
    *o = (struct set_options){.expiry = NEVER};
    for (int i = from; i < call->count; i++) {
        struct slice word = call->word[i];
        bool seconds;
        bool absolute;
        bool timed = is_expiry_word(word, &seconds, &absolute);
        if (set && slice_is(word, "NX") && !o->if_old) {
            o->if_new = true;
        } else if (set && slice_is(word, "XX") && !o->if_new) {
            o->if_old = true;
        } else if (set && slice_is(word, "GET")) {
            o->get = true;
        } else if (set && slice_is(word, "KEEPTTL") && !o->time.bytes) {
            o->keep_expiry = true;
        } else if (!set && slice_is(word, "PERSIST") && !o->time.bytes) {
            o->persist = true;
        } else if (timed && !o->time.bytes && !o->keep_expiry && !o->persist &&
                   i + 1 < call->count) {
            o->time = call->word[++i];
            o->seconds = seconds;
            o->absolute = absolute;
        } else {
            reply_syntax(call->out);
            return false;
        }
    }
    return true;
}

/* Finds out when the key will expire, if the words say so. */
static bool read_expiry(struct call *call, struct set_options *o) {
    return !o->time.bytes || expiry_read(call, o->time, o->seconds, o->absolute, &o->expiry);
}

/* With the stripe held: what SET does to the entry that is there, or NULL. */
static void set_locked(struct call *call, const struct probe *key, const struct set_options *o) {
    struct entry *old = o->get || o->if_new || o->if_old || o->keep_expiry ? key_find(key) : NULL;
    if (o->get && !entry_is(call, old, KIND_STRING))
        return;
    bool refused = (o->if_new && old) || (o->if_old && !old);
    int64_t expiry = o->keep_expiry && old ? entry_expiry(old) : o->expiry;
    struct entry *e = refused ? NULL : string_new(key->key, call->word[2], expiry);
    /* `old` stays readable after it is replaced: borrows end with the command. */
    bool stored = e && key_store(e);
    if (!refused && !stored)
        reply_no_memory(call->out);
    else if (o->get && old)
        reply_bulk(call->out, entry_value(old));
    else if (refused || o->get)
        reply_nil(call->out);
    else
        reply_ok(call->out);
}

void verb_set(struct call *call) {
    struct set_options o = {.expiry = NEVER};
    if (call->count > 3 && !(read_options(call, 3, true, &o) && read_expiry(call, &o)))
        return;
    struct probe key = key_lock(call, 1);
    set_locked(call, &key, &o);
    key_unlock(&key);
}

void verb_setnx(struct call *call) {
    struct probe key = key_lock(call, 1);
    struct entry *e = NULL;
    bool there = key_find(&key) != NULL;
    bool stored = !there && (e = string_new(key.key, call->word[2], NEVER)) && key_store(e);
    key_unlock(&key);
    if (!there && !stored)
        reply_no_memory(call->out);
    else
        reply_integer(call->out, stored);
}

static void set_expiring(struct call *call, bool seconds) {
    int64_t expiry;
    if (!expiry_read(call, call->word[2], seconds, false, &expiry))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = string_new(key.key, call->word[3], expiry);
    bool stored = e && key_store(e);
    key_unlock(&key);
    if (stored)
        reply_ok(call->out);
    else
        reply_no_memory(call->out);
}

void verb_setex(struct call *call) {
    set_expiring(call, true);
}

void verb_psetex(struct call *call) {
    set_expiring(call, false);
}

void verb_getset(struct call *call) {
    struct set_options o = {.get = true, .expiry = NEVER};
    struct probe key = key_lock(call, 1);
    set_locked(call, &key, &o);
    key_unlock(&key);
}

/* Answers a string, or nil, or WRONGTYPE, and whether it was a string. */
static bool reply_string(struct call *call, struct entry *e) {
    if (!e)
        reply_nil(call->out);
    else if (entry_is(call, e, KIND_STRING))
        reply_bulk(call->out, entry_value(e));
    return e && e->kind == KIND_STRING;
}

void verb_getdel(struct call *call) {
    struct probe key = key_lock(call, 1);
    if (reply_string(call, key_find(&key)))
        key_remove(&key);
    key_unlock(&key);
}

/* With the stripe held: what GETEX does to a string that is there. */
static void set_expiry(struct call *call, const struct probe *key, struct entry *e,
                       const struct set_options *o) {
    if (o->time.bytes && o->expiry <= time_ms) {
        reply_bulk(call->out, entry_value(e));
        key_remove(key);
        return;
    }
    bool changes = o->time.bytes || (o->persist && e->expires);
    struct entry *copy = changes ? entry_copy(e, key->key, o->expiry) : NULL;
    if (changes && !(copy && key_store(copy)))
        reply_no_memory(call->out);
    else
        reply_bulk(call->out, entry_value(e));
}

void verb_getex(struct call *call) {
    struct set_options o;
    if (!read_options(call, 2, false, &o))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = key_find(&key);
    if (!e)
        reply_nil(call->out);
    else if (entry_is(call, e, KIND_STRING) && read_expiry(call, &o))
        set_expiry(call, &key, e, &o);
    key_unlock(&key);
}

/* --- parts of strings ---- */

void verb_append(struct call *call) {
    struct slice more = call->word[2];
    struct probe key = key_lock(call, 1);
    struct entry *old = key_find(&key);
    if (entry_is(call, old, KIND_STRING)) {
        struct slice before = old ? entry_value(old) : (struct slice){"", 0};
        struct entry *e = NULL;
        if (before.length + more.length > STRING_MAX) {
            reply_literal(call->out, "-ERR string exceeds maximum allowed size "
                                     "(proto-max-bulk-len)\r\n");
        } else {
            size_t length = before.length + more.length;
            e = string_new(key.key, (struct slice){NULL, length}, old ? entry_expiry(old) : NEVER);
            if (e) {
                memcpy(string_bytes(e), before.bytes, before.length);
                memcpy(string_bytes(e) + before.length, more.bytes, more.length);
            }
            if (e && key_store(e))
                reply_integer(call->out, (long long)length);
            else
                reply_no_memory(call->out);
        }
    }
    key_unlock(&key);
}

void verb_getrange(struct call *call) {
    long long first;
    long long last;
    if (!call_integer(call, 2, &first) || !call_integer(call, 3, &last))
        return;
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    if (!entry_is(call, e, KIND_STRING))
        return;
    struct slice value = e ? entry_value(e) : (struct slice){"", 0};
    long long length = (long long)value.length;
    bool none = first < 0 && last < 0 && first > last;
    first = first < 0 ? (first < -length ? 0 : first + length) : first;
    last = last < 0 ? (last < -length ? 0 : last + length) : last;
    last = last >= length ? length - 1 : last;
    if (none || first > last || length == 0)
        reply_literal(call->out, "$0\r\n\r\n");
    else
        reply_bulk(call->out, (struct slice){value.bytes + first, (size_t)(last - first + 1)});
}

static void set_range(struct call *call, const struct probe *key, size_t offset) {
    struct slice part = call->word[3];
    struct entry *old = key_find(key);
    if (!entry_is(call, old, KIND_STRING))
        return;
    struct slice before = old ? entry_value(old) : (struct slice){"", 0};
    if (part.length == 0) {
        reply_integer(call->out, (long long)before.length);
        return;
    }
    if (offset + part.length > STRING_MAX) {
        reply_literal(call->out,
                      "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n");
        return;
    }
    size_t length = offset + part.length;
    length = length < before.length ? before.length : length;
    struct entry *e =
        string_new(key->key, (struct slice){NULL, length}, old ? entry_expiry(old) : NEVER);
    if (e) {
        memcpy(string_bytes(e), before.bytes, before.length); /* the rest is zero */
        memcpy(string_bytes(e) + offset, part.bytes, part.length);
    }
    if (e && key_store(e))
        reply_integer(call->out, (long long)length);
    else
        reply_no_memory(call->out);
}

void verb_setrange(struct call *call) {
    long long offset;
    if (!call_integer(call, 2, &offset))
        return;
    if (offset < 0) {
        reply_literal(call->out, "-ERR offset is out of range\r\n");
        return;
    }
    if ((unsigned long long)offset > STRING_MAX)
        offset = (long long)STRING_MAX + 1;
    struct probe key = key_lock(call, 1);
    set_range(call, &key, (size_t)offset);
    key_unlock(&key);
}

/* --- several keys ---- */

void verb_mget(struct call *call) {
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    reply_array(call->out, (size_t)call->count - 1);
    for (int i = 1; i < call->count; i++) {
        struct probe key = probe_of(call->word[i]);
        struct entry *e = key_find(&key);
        if (e && e->kind == KIND_STRING)
            reply_bulk(call->out, entry_value(e));
        else
            reply_nil(call->out);
    }
    stripe_set_release(&locks);
}

/* Stores all pairs. Entries are made before the first is stored, and places are not
 * wanted for but those of new keys: if one of these fails, the pairs before it stay. */
static bool set_pairs(struct call *call) {
    bool stored = true;
    for (int i = 1; i < call->count && stored; i += 2) {
        struct entry *e = string_new(call->word[i], call->word[i + 1], NEVER);
        stored = e && key_store(e);
    }
    return stored;
}

void verb_mset(struct call *call) {
    if (call->count % 2 == 0) {
        call_wrong_count(call);
        return;
    }
    struct stripe_set locks = keys_lock(call, 1, call->count, 2);
    bool stored = set_pairs(call);
    stripe_set_release(&locks);
    if (stored)
        reply_ok(call->out);
    else
        reply_no_memory(call->out);
}

void verb_msetnx(struct call *call) {
    bool there = false;
    if (call->count % 2 == 0) {
        call_wrong_count(call);
        return;
    }
    struct stripe_set locks = keys_lock(call, 1, call->count, 2);
    for (int i = 1; i < call->count && !there; i += 2) {
        struct probe key = probe_of(call->word[i]);
        there = key_find(&key) != NULL;
    }
    bool stored = !there && set_pairs(call);
    stripe_set_release(&locks);
    if (there || stored)
        reply_integer(call->out, stored);
    else
        reply_no_memory(call->out);
}
