/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Hashes: maps of entries, as the keyspace is one. Reading one field takes no lock; it
 * borrows the key's entry, then the field's. Reading several takes the stripe.
 */
#include <math.h>

#include "draw.h"
#include "number.h"
#include "verbs.h"

/* Gives a field its value; returns 1 (it is new), 0, or -1 (no memory). */
static int put(struct entry *e, struct slice field, struct slice value) {
    struct entry *old = NULL;
    struct entry *new = string_new(field, value, NEVER);
    int put = new ? tarn_map_put(entry_object(e), new, new, (void **)&old) : -1;
    int64_t bytes = put >= 0 ? (int64_t)entry_bytes(new) : 0;
    if (old) {
        bytes -= (int64_t)entry_bytes(old);
        tarn_decref(old);
    }
    if (new)
        tarn_decref(new);
    key_grew(e, bytes);
    return put < 0 ? -1 : put;
}

static bool take(struct entry *e, struct slice field) {
    struct probe probe = probe_of(field);
    struct entry *old = tarn_map_remove(entry_object(e), &probe);
    if (!old)
        return false;
    key_grew(e, -(int64_t)entry_bytes(old));
    tarn_decref(old);
    return true;
}

static void remove_if_empty(const struct probe *key, struct entry *e) {
    if (tarn_map_count(entry_object(e)) == 0)
        key_remove(key);
}

/* A field's entry, borrowed, or NULL. */
static struct entry *field_of(struct entry *e, struct slice field) {
    struct probe probe = probe_of(field);
    return e ? tarn_map_peek(entry_object(e), &probe) : NULL;
}

/* --- writing ---- */

/* Stores all pairs; how many fields are new, or -1, with an answer. */
static long long put_pairs(struct call *call) {
    if (call->count % 2) {
        call_wrong_count(call);
        return -1;
    }
    struct probe key = key_lock(call, 1);
    struct entry *e = find_or_make(call, &key, KIND_HASH);
    long long new = e ? 0 : -1;
    for (int i = 2; i < call->count && new >= 0; i += 2) {
        int added = put(e, call->word[i], call->word[i + 1]);
        new = added < 0 ? -1 : new + added;
        if (added < 0) {
            remove_if_empty(&key, e);
            reply_no_memory(call->out);
        }
    }
    key_unlock(&key);
    return new;
}

void verb_hset(struct call *call) {
    long long new = put_pairs(call);
    if (new >= 0)
        reply_integer(call->out, new);
}

void verb_hmset(struct call *call) {
    if (put_pairs(call) >= 0)
        reply_ok(call->out);
}

void verb_hsetnx(struct call *call) {
    struct probe key = key_lock(call, 1);
    struct entry *e = find_or_make(call, &key, KIND_HASH);
    if (e) {
        int added = field_of(e, call->word[2]) ? 0 : put(e, call->word[2], call->word[3]);
        if (added >= 0)
            reply_integer(call->out, added);
        else
            reply_no_memory(call->out);
        remove_if_empty(&key, e);
    }
    key_unlock(&key);
}

void verb_hdel(struct call *call) {
    bool wrong;
    long long removed = 0;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_HASH, &wrong);
    for (int i = 2; e && i < call->count; i++)
        removed += take(e, call->word[i]);
    if (e)
        remove_if_empty(&key, e);
    key_unlock(&key);
    if (!wrong)
        reply_integer(call->out, removed);
}

/* --- reading one field ---- */

/* The key's entry without its stripe; *wrong, with an answer: it is no hash. */
static struct entry *peek_hash(struct call *call, bool *wrong) {
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    *wrong = !entry_is(call, e, KIND_HASH);
    return *wrong ? NULL : e;
}

static void reply_field(struct call *call, struct entry *field) {
    if (field)
        reply_bulk(call->out, entry_value(field));
    else
        reply_nil(call->out);
}

void verb_hget(struct call *call) {
    bool wrong;
    struct entry *e = peek_hash(call, &wrong);
    if (!wrong)
        reply_field(call, field_of(e, call->word[2]));
}

void verb_hexists(struct call *call) {
    bool wrong;
    struct entry *e = peek_hash(call, &wrong);
    if (!wrong)
        reply_integer(call->out, field_of(e, call->word[2]) != NULL);
}

void verb_hstrlen(struct call *call) {
    bool wrong;
    struct entry *e = peek_hash(call, &wrong);
    struct entry *field = field_of(e, call->word[2]);
    if (!wrong)
        reply_integer(call->out, field ? (long long)entry_value(field).length : 0);
}

/* --- reading several ---- */

/* The stripe is taken: a count goes through values that no command leaves it with. */
void verb_hlen(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_HASH, &wrong);
    if (!wrong)
        reply_integer(call->out, e ? (long long)tarn_map_count(entry_object(e)) : 0);
    key_unlock(&key);
}

void verb_hmget(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_HASH, &wrong);
    if (!wrong)
        reply_array(call->out, (size_t)call->count - 2);
    for (int i = 2; !wrong && i < call->count; i++)
        reply_field(call, field_of(e, call->word[i]));
    key_unlock(&key);
}

void reply_entries(struct reply *out, void *map, bool keys, bool values) {
    struct tarn_map_cursor cursor;
    struct entry *e;
    size_t mark = reply_defer(out);
    size_t count = 0;
    tarn_map_cursor_begin(&cursor, map);
    while (tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1) {
        if (keys)
            reply_bulk(out, entry_key(e));
        if (values)
            reply_bulk(out, entry_value(e));
        count += (size_t)keys + values;
    }
    tarn_map_cursor_end(&cursor);
    reply_settle(out, mark, count);
}

static void read_all(struct call *call, bool keys, bool values) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_HASH, &wrong);
    if (e)
        reply_entries(call->out, entry_object(e), keys, values);
    else if (!wrong)
        reply_array(call->out, 0);
    key_unlock(&key);
}

void verb_hgetall(struct call *call) {
    read_all(call, true, true);
}

void verb_hkeys(struct call *call) {
    read_all(call, true, false);
}

void verb_hvals(struct call *call) {
    read_all(call, false, true);
}

/* --- numbers ---- */

static void add_integer(struct call *call, struct entry *e, long long by) {
    struct entry *field = field_of(e, call->word[2]);
    char digits[NUMBER_ROOM];
    long long number = 0;
    if (field && !number_read(entry_value(field), &number)) {
        reply_literal(call->out, "-ERR hash value is not an integer\r\n");
    } else if (__builtin_add_overflow(number, by, &number)) {
        reply_literal(call->out, "-ERR increment or decrement would overflow\r\n");
    } else {
        struct slice value = {digits, number_print(digits, number)};
        if (put(e, call->word[2], value) >= 0)
            reply_integer(call->out, number);
        else
            reply_no_memory(call->out);
    }
}

void verb_hincrby(struct call *call) {
    long long by;
    if (!call_integer(call, 3, &by))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_or_make(call, &key, KIND_HASH);
    if (e) {
        add_integer(call, e, by);
        remove_if_empty(&key, e);
    }
    key_unlock(&key);
}

static void add_float(struct call *call, struct entry *e, long double by) {
    struct entry *field = field_of(e, call->word[2]);
    char digits[FLOAT_ROOM];
    long double number = 0;
    if (field && !float_read(entry_value(field), &number)) {
        reply_literal(call->out, "-ERR hash value is not a float\r\n");
        return;
    }
    number += by;
    if (isnan(number) || isinf(number)) {
        reply_literal(call->out, "-ERR increment would produce NaN or Infinity\r\n");
        return;
    }
    struct slice value = {digits, float_print(digits, number)};
    if (put(e, call->word[2], value) >= 0)
        reply_bulk(call->out, value);
    else
        reply_no_memory(call->out);
}

void verb_hincrbyfloat(struct call *call) {
    long double by;
    if (!float_read(call->word[3], &by)) {
        reply_literal(call->out, "-ERR value is not a valid float\r\n");
        return;
    }
    if (isnan(by) || isinf(by)) {
        reply_literal(call->out, "-ERR value is NaN or Infinity\r\n");
        return;
    }
    struct probe key = key_lock(call, 1);
    struct entry *e = find_or_make(call, &key, KIND_HASH);
    if (e) {
        add_float(call, e, by);
        remove_if_empty(&key, e);
    }
    key_unlock(&key);
}

/* --- drawing ---- */

struct drawing {
    struct reply *out;
    bool values;
};

static void reply_drawn(struct entry *e, void *arg) {
    struct drawing *d = arg;
    reply_bulk(d->out, entry_key(e));
    if (d->values)
        reply_bulk(d->out, entry_value(e));
}

void reply_random(struct reply *out, void *map, long long count, bool values) {
    struct drawing d = {out, values};
    size_t each = values ? 2 : 1;
    if (count >= 0) {
        size_t mark = reply_defer(out);
        size_t drawn = draw_distinct(map, (size_t)count, reply_drawn, &d);
        reply_settle(out, mark, drawn * each);
        return;
    }
    size_t repeated = 0 - (size_t)count;
    reply_array(out, repeated * each);
    for (size_t i = 0; i < repeated && !out->failed; i++)
        reply_drawn(draw_entry(map), &d);
}

void verb_hrandfield(struct call *call) {
    long long count = 1;
    bool values = call->count == 4;
    bool wrong;
    if (call->count > 2 && !call_integer_within(call, 2, -INT64_MAX, INT64_MAX, &count))
        return;
    if (call->count > 4 || (values && !slice_is(call->word[3], "WITHVALUES"))) {
        reply_syntax(call->out);
        return;
    }
    if (values && (count < -(INT64_MAX / 2) || count > INT64_MAX / 2)) {
        reply_literal(call->out, "-ERR value is out of range\r\n");
        return;
    }
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_HASH, &wrong);
    if (e && call->count == 2)
        reply_bulk(call->out, entry_key(draw_entry(entry_object(e))));
    else if (e)
        reply_random(call->out, entry_object(e), count, values);
    else if (!wrong && call->count == 2)
        reply_nil(call->out);
    else if (!wrong)
        reply_array(call->out, 0);
    key_unlock(&key);
}
