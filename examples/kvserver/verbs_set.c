/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Sets: maps of entries that have no value. Asking for one member takes no lock. */
#include "set.h"

#include "draw.h"
#include "number.h"
#include "verbs.h"

/* --- members ---- */

int set_add(struct entry *e, struct slice member) {
    struct entry *new = string_new(member, (struct slice){"", 0}, NEVER);
    int added = new ? tarn_map_add(entry_object(e), new, new, NULL) : -1;
    if (added > 0)
        key_grew(e, (int64_t)entry_bytes(new));
    if (new)
        tarn_decref(new);
    return added < 0 ? -1 : added;
}

bool set_take(struct entry *e, struct slice member) {
    struct probe probe = probe_of(member);
    struct entry *old = tarn_map_remove(entry_object(e), &probe);
    if (!old)
        return false;
    key_grew(e, -(int64_t)entry_bytes(old));
    tarn_decref(old);
    return true;
}

bool set_has(struct entry *e, struct slice member) {
    struct probe probe = probe_of(member);
    return e && tarn_map_peek(entry_object(e), &probe);
}

void set_remove_if_empty(const struct probe *key, struct entry *e) {
    if (tarn_map_count(entry_object(e)) == 0)
        key_remove(key);
}

/* --- writing ---- */

void verb_sadd(struct call *call) {
    struct probe key = key_lock(call, 1);
    struct entry *e = find_or_make(call, &key, KIND_SET);
    long long new = 0;
    for (int i = 2; e && i < call->count && new >= 0; i++) {
        int added = set_add(e, call->word[i]);
        new = added < 0 ? -1 : new + added;
    }
    if (e && new >= 0)
        reply_integer(call->out, new);
    else if (e)
        reply_no_memory(call->out);
    if (e)
        set_remove_if_empty(&key, e);
    key_unlock(&key);
}

void verb_srem(struct call *call) {
    bool wrong;
    long long removed = 0;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_SET, &wrong);
    for (int i = 2; e && i < call->count; i++)
        removed += set_take(e, call->word[i]);
    if (e)
        set_remove_if_empty(&key, e);
    key_unlock(&key);
    if (!wrong)
        reply_integer(call->out, removed);
}

/* Both stripes are held: the member is in one of them at every moment that others see. */
static void move_member(struct call *call) {
    struct probe from = probe_of(call->word[1]);
    struct probe to = probe_of(call->word[2]);
    struct slice member = call->word[3];
    bool wrong;
    struct entry *source = find_kind(call, &from, KIND_SET, &wrong);
    if (!source) {
        if (!wrong)
            reply_integer(call->out, 0);
        return;
    }
    struct entry *target = find_kind(call, &to, KIND_SET, &wrong);
    if (wrong)
        return;
    if (source == target || !set_has(source, member)) {
        reply_integer(call->out, set_has(source, member));
        return;
    }
    target = target ? target : find_or_make(call, &to, KIND_SET);
    if (!target)
        return;
    if (set_add(target, member) < 0) {
        set_remove_if_empty(&to, target);
        reply_no_memory(call->out);
        return;
    }
    set_take(source, member);
    set_remove_if_empty(&from, source);
    reply_integer(call->out, 1);
}

void verb_smove(struct call *call) {
    struct stripe_set locks = keys_lock(call, 1, 3, 1);
    move_member(call);
    stripe_set_release(&locks);
}

/* --- asking for members ---- */

static struct entry *peek_set(struct call *call, bool *wrong) {
    struct probe key = probe_of(call->word[1]);
    struct entry *e = key_peek(&key);
    *wrong = !entry_is(call, e, KIND_SET);
    return *wrong ? NULL : e;
}

void verb_sismember(struct call *call) {
    bool wrong;
    struct entry *e = peek_set(call, &wrong);
    if (!wrong)
        reply_integer(call->out, set_has(e, call->word[2]));
}

/* The stripe is taken: a count goes through values that no command leaves it with. */
void verb_scard(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_SET, &wrong);
    if (!wrong)
        reply_integer(call->out, e ? (long long)tarn_map_count(entry_object(e)) : 0);
    key_unlock(&key);
}

void verb_smismember(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_SET, &wrong);
    if (!wrong)
        reply_array(call->out, (size_t)call->count - 2);
    for (int i = 2; !wrong && i < call->count; i++)
        reply_integer(call->out, set_has(e, call->word[i]));
    key_unlock(&key);
}

void verb_smembers(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_SET, &wrong);
    if (e)
        reply_entries(call->out, entry_object(e), true, false);
    else if (!wrong)
        reply_array(call->out, 0);
    key_unlock(&key);
}

/* --- drawing ---- */

void verb_srandmember(struct call *call) {
    long long count = 1;
    bool wrong;
    if (call->count > 3) {
        reply_syntax(call->out);
        return;
    }
    if (call->count == 3 && !call_integer_within(call, 2, -INT64_MAX, INT64_MAX, &count))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_SET, &wrong);
    if (e && call->count == 2)
        reply_bulk(call->out, entry_key(draw_entry(entry_object(e))));
    else if (e)
        reply_random(call->out, entry_object(e), count, false);
    else if (!wrong && call->count == 2)
        reply_nil(call->out);
    else if (!wrong)
        reply_array(call->out, 0);
    key_unlock(&key);
}

struct popping {
    struct reply *out;
    struct entry *e;
};

/* A walk may go on when what it met is removed. */
static void pop_member(struct entry *member, void *arg) {
    struct popping *p = arg;
    reply_bulk(p->out, entry_key(member));
    set_take(p->e, entry_key(member));
}

void verb_spop(struct call *call) {
    long long count = 1;
    bool wrong;
    if (call->count > 3) {
        reply_syntax(call->out);
        return;
    }
    if (call->count == 3 && !count_read(call, 2, &count))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_SET, &wrong);
    if (e) {
        struct popping p = {call->out, e};
        size_t mark = reply_defer(call->out);
        size_t popped = draw_distinct(entry_object(e), (size_t)count, pop_member, &p);
        if (call->count == 3)
            reply_settle(call->out, mark, popped);
        set_remove_if_empty(&key, e);
    } else if (!wrong && call->count == 2) {
        reply_nil(call->out);
    } else if (!wrong) {
        reply_array(call->out, 0);
    }
    key_unlock(&key);
}
