/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Several sets at once: what is in all, in any, in the first alone. The stripes of all
 * keys are held, the target's too, so it may be one of the sources: its new set is made
 * beside the old one and replaces it at the end.
 */
#include "number.h"
#include "set.h"
#include "verbs.h"

enum operation { IN_ALL, IN_ANY, IN_FIRST_ALONE };

struct sets {
    struct call *call;
    enum operation operation;
    int first; /* words that are keys */
    int end;
    long long most; /* members wanted; 0: all */
    bool wrong;

    /* what becomes of a member that belongs */
    bool reply;
    struct entry *into; /* or NULL */
    size_t found;
    bool failed;
};

static struct entry *set_at(const struct sets *s, int index) {
    struct probe key = probe_of(s->call->word[index]);
    return key_find(&key);
}

/* Whether all keys are sets or nothing; answers if not. */
static bool are_sets(struct sets *s) {
    for (int i = s->first; i < s->end && !s->wrong; i++)
        s->wrong = !entry_is(s->call, set_at(s, i), KIND_SET);
    return !s->wrong;
}

static bool belongs(const struct sets *s, struct slice member, int of) {
    for (int i = s->first; i < s->end; i++) {
        if (i == of)
            continue;
        bool in = set_has(set_at(s, i), member);
        if (s->operation == IN_ALL ? !in : in && (s->operation == IN_FIRST_ALONE || i < of))
            return false; /* of any: counted in the first set that has it */
    }
    return true;
}

static void found(struct sets *s, struct slice member) {
    s->found++;
    if (s->reply)
        reply_bulk(s->call->out, member);
    if (s->into && set_add(s->into, member) < 0)
        s->failed = true;
}

static void walk(struct sets *s, int of) {
    struct tarn_map_cursor cursor;
    struct entry *set = set_at(s, of);
    struct entry *e;
    if (!set)
        return;
    tarn_map_cursor_begin(&cursor, entry_object(set));
    while ((!s->most || s->found < (size_t)s->most) && !s->failed &&
           tarn_map_cursor_peek(&cursor, NULL, (void **)&e) == 1)
        if (belongs(s, entry_key(e), of))
            found(s, entry_key(e));
    tarn_map_cursor_end(&cursor);
}

/* The smallest of the sets: what is in all is in it. */
static int smallest(const struct sets *s) {
    int best = s->first;
    size_t least = SIZE_MAX;
    for (int i = s->first; i < s->end; i++) {
        struct entry *set = set_at(s, i);
        size_t count = set ? tarn_map_count(entry_object(set)) : 0;
        if (count < least) {
            least = count;
            best = i;
        }
    }
    return best;
}

static void combine(struct sets *s) {
    if (s->operation == IN_ALL)
        walk(s, smallest(s));
    else if (s->operation == IN_FIRST_ALONE)
        walk(s, s->first);
    else
        for (int i = s->first; i < s->end; i++)
            walk(s, i);
}

/* --- answered ---- */

static void answer(struct call *call, enum operation operation) {
    struct sets s = {
        .call = call, .operation = operation, .first = 1, .end = call->count, .reply = true};
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    if (are_sets(&s)) {
        size_t mark = reply_defer(call->out);
        combine(&s);
        reply_settle(call->out, mark, s.found);
    }
    stripe_set_release(&locks);
}

void verb_sinter(struct call *call) {
    answer(call, IN_ALL);
}

void verb_sunion(struct call *call) {
    answer(call, IN_ANY);
}

void verb_sdiff(struct call *call) {
    answer(call, IN_FIRST_ALONE);
}

/* --- stored ---- */

/* Builds the set in an entry of its own, which then takes the target's place. */
static void store_combined(struct call *call, struct sets *s) {
    struct probe target = probe_of(call->word[1]);
    void *map = entries_new();
    s->into = map ? holder_new(target.key, KIND_SET, map, NEVER) : NULL;
    if (!s->into) {
        if (map)
            tarn_decref(map);
        reply_no_memory(call->out);
        return;
    }
    combine(s);
    key_grew(s->into, 0 - ((struct holder *)s->into)->bytes); /* nobody has it yet */
    ((struct holder *)s->into)->bytes = 0;
    if (s->failed || !s->found) {
        tarn_decref(s->into);
        if (!s->failed)
            key_remove(&target);
    } else {
        s->failed = !key_store(s->into);
    }
    if (s->failed)
        reply_no_memory(call->out);
    else
        reply_integer(call->out, (long long)s->found);
}

static void store(struct call *call, enum operation operation) {
    struct sets s = {.call = call, .operation = operation, .first = 2, .end = call->count};
    struct stripe_set locks = keys_lock(call, 1, call->count, 1);
    if (are_sets(&s))
        store_combined(call, &s);
    stripe_set_release(&locks);
}

void verb_sinterstore(struct call *call) {
    store(call, IN_ALL);
}

void verb_sunionstore(struct call *call) {
    store(call, IN_ANY);
}

void verb_sdiffstore(struct call *call) {
    store(call, IN_FIRST_ALONE);
}

/* --- counted ---- */

static bool read_card(struct call *call, struct sets *s) {
    long long keys;
    if (!number_read(call->word[1], &keys) || keys <= 0) {
        reply_literal(call->out, "-ERR numkeys should be greater than 0\r\n");
        return false;
    }
    if (keys > call->count - 2) {
        reply_literal(call->out, "-ERR Number of keys can't be greater than number of args\r\n");
        return false;
    }
    s->end = 2 + (int)keys;
    for (int i = s->end; i < call->count; i += 2) {
        if (!slice_is(call->word[i], "LIMIT") || i + 1 == call->count) {
            reply_syntax(call->out);
            return false;
        }
        if (!number_read(call->word[i + 1], &s->most) || s->most < 0) {
            reply_literal(call->out, "-ERR LIMIT can't be negative\r\n");
            return false;
        }
    }
    return true;
}

void verb_sintercard(struct call *call) {
    struct sets s = {.call = call, .operation = IN_ALL, .first = 2};
    if (!read_card(call, &s))
        return;
    struct stripe_set locks = keys_lock(call, 2, s.end, 1);
    if (are_sets(&s)) {
        combine(&s);
        reply_integer(call->out, (long long)s.found);
    }
    stripe_set_release(&locks);
}
