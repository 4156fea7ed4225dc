/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Strings that are numbers: read, add, swap in a new entry, all under the stripe. */
#include <math.h>

#include "number.h"
#include "verbs.h"

static void add(struct call *call, const struct probe *key, long long by) {
    struct entry *old = key_find(key);
    long long number = 0;
    char digits[NUMBER_ROOM];
    if (!entry_is(call, old, KIND_STRING))
        return;
    if (old && !number_read(entry_value(old), &number)) {
        reply_not_integer(call->out);
        return;
    }
    if (__builtin_add_overflow(number, by, &number)) {
        reply_literal(call->out, "-ERR increment or decrement would overflow\r\n");
        return;
    }
    struct slice value = {digits, number_print(digits, number)};
    struct entry *e = string_new(key->key, value, old ? entry_expiry(old) : NEVER);
    if (e && key_store(e))
        reply_integer(call->out, number);
    else
        reply_no_memory(call->out);
}

static void add_to_key(struct call *call, long long by) {
    struct probe key = key_lock(call, 1);
    add(call, &key, by);
    key_unlock(&key);
}

void verb_incr(struct call *call) {
    add_to_key(call, 1);
}

void verb_decr(struct call *call) {
    add_to_key(call, -1);
}

void verb_incrby(struct call *call) {
    long long by;
    if (call_integer(call, 2, &by))
        add_to_key(call, by);
}

void verb_decrby(struct call *call) {
    long long by;
    if (!call_integer(call, 2, &by))
        return;
    if (by == INT64_MIN)
        reply_literal(call->out, "-ERR decrement would overflow\r\n");
    else
        add_to_key(call, -by);
}

static void add_float(struct call *call, const struct probe *key) {
    char digits[FLOAT_ROOM];
    long double number = 0;
    long double by;
    struct entry *old = key_find(key);
    if (!entry_is(call, old, KIND_STRING))
        return;
    if ((old && !float_read(entry_value(old), &number)) || !float_read(call->word[2], &by)) {
        reply_literal(call->out, "-ERR value is not a valid float\r\n");
        return;
    }
    number += by;
    if (isnan(number) || isinf(number)) {
        reply_literal(call->out, "-ERR increment would produce NaN or Infinity\r\n");
        return;
    }
    struct slice value = {digits, float_print(digits, number)};
    struct entry *e = string_new(key->key, value, old ? entry_expiry(old) : NEVER);
    if (e && key_store(e))
        reply_bulk(call->out, value);
    else
        reply_no_memory(call->out);
}

void verb_incrbyfloat(struct call *call) {
    struct probe key = key_lock(call, 1);
    add_float(call, &key);
    key_unlock(&key);
}
