/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Walks in steps: KEYS, SCAN, HSCAN, SSCAN.
 *
 * A map's order is that of its keys' hashes and never changes, so a client's cursor is
 * nothing but the place that the last step ended at: the server remembers nothing, any
 * worker can go on, and what is there from the first step to the last is met once.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "glob.h"
#include "number.h"
#include "verbs.h"

struct scan {
    struct call *call;
    bool matching;
    struct slice pattern;
    struct slice type; /* length 0: any */
    long long count;
    bool values; /* of each entry, after its key */
};

static bool place_read(struct call *call, struct slice word, uint64_t *place) {
    char digits[32] = "";
    char *end = digits;
    errno = 0;
    if (word.length < sizeof digits) {
        memcpy(digits, word.bytes, word.length);
        *place = strtoull(digits, &end, 10); /* no digits at all are 0, as in Redis */
    }
    if (!isspace((unsigned char)digits[0]) && (size_t)(end - digits) == word.length && errno == 0)
        return true;
    reply_literal(call->out, "-ERR invalid cursor\r\n");
    return false;
}

static bool read_scan(struct call *call, int from, struct scan *s) {
    *s = (struct scan){.call = call, .count = 10};
    for (int i = from; i < call->count; i += 2) {
        bool more = i + 1 < call->count;
        if (more && slice_is(call->word[i], "COUNT")) {
            if (!call_integer(call, i + 1, &s->count))
                return false;
            if (s->count < 1) {
                reply_syntax(call->out);
                return false;
            }
        } else if (more && slice_is(call->word[i], "MATCH")) {
            s->pattern = call->word[i + 1];
            s->matching = true;
        } else if (more && slice_is(call->word[i], "TYPE") && from == 2) {
            s->type = call->word[i + 1];
        } else {
            reply_syntax(call->out);
            return false;
        }
    }
    return true;
}

static bool is_wanted(const struct scan *s, const struct entry *e, bool keys) {
    static const char *const names[] = {"string", "list", "hash", "set", "graph"};
    if (keys && e->expires && entry_expiry(e) <= time_ms)
        return false;
    if (s->type.length && !slice_is(s->type, names[e->kind]))
        return false;
    return !s->matching || glob_match(s->pattern, entry_key(e), false);
}

/* Looks at `count` entries behind a place; answers the place it came to and those that
 * are wanted. keys: the map is the keyspace's. */
static void step(struct scan *s, void *map, uint64_t place, bool keys) {
    struct reply *out = s->call->out;
    struct tarn_map_cursor cursor;
    struct entry *e;
    char digits[32];
    size_t found = 0;
    struct reply list = {.limit = out->limit};
    bool ended = false;
    tarn_map_cursor_begin(&cursor, map);
    tarn_map_cursor_seek(&cursor, place);
    for (long long i = 0; i < s->count && !ended; i++) {
        ended = tarn_map_cursor_peek(&cursor, NULL, (void **)&e) != 1;
        if (ended || !is_wanted(s, e, keys))
            continue;
        reply_bulk(&list, entry_key(e));
        if (s->values)
            reply_bulk(&list, entry_value(e));
        found += s->values ? 2 : 1;
    }
    place = ended ? 0 : tarn_map_cursor_place(&cursor);
    tarn_map_cursor_end(&cursor);
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)place);
    reply_array(out, 2);
    reply_bulk(out, (struct slice){digits, (size_t)length});
    reply_array(out, found);
    if (found)
        reply_raw(out, list.bytes, list.length);
    out->failed |= list.failed;
    tarn_free(list.bytes);
}

void verb_scan(struct call *call) {
    struct scan s;
    uint64_t place;
    if (place_read(call, call->word[1], &place) && read_scan(call, 2, &s))
        step(&s, keyspace_now()->keys, place, true);
}

static void scan_object(struct call *call, enum kind kind) {
    struct scan s;
    uint64_t place;
    bool wrong;
    if (!place_read(call, call->word[2], &place))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, kind, &wrong);
    if (!e && !wrong) {
        reply_literal(call->out, "*2\r\n$1\r\n0\r\n*0\r\n");
    } else if (e && read_scan(call, 3, &s)) {
        s.values = kind == KIND_HASH;
        step(&s, entry_object(e), place, false);
    }
    key_unlock(&key);
}

void verb_hscan(struct call *call) {
    scan_object(call, KIND_HASH);
}

void verb_sscan(struct call *call) {
    scan_object(call, KIND_SET);
}

/* --- KEYS ---- */

#define KEYS_A_STEP 1000

/* All that match; in steps, with safepoints between, so that it delays nobody. What other
 * clients change meanwhile may be in it or not. */
void verb_keys(struct call *call) {
    struct reply *out = call->out;
    struct scan s = {.call = call, .matching = true, .pattern = call->word[1]};
    struct tarn_map_cursor cursor;
    struct entry *e;
    size_t mark = reply_defer(out);
    size_t found = 0;
    size_t met = 0;
    tarn_map_cursor_begin(&cursor, keyspace_now()->keys);
    while (tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1) {
        if (is_wanted(&s, e, true)) {
            reply_bulk(out, entry_key(e));
            found++;
        }
        if (++met % KEYS_A_STEP == 0)
            tarn_safepoint();
    }
    tarn_map_cursor_end(&cursor);
    reply_settle(out, mark, found);
}
