/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Lists, at their ends and by index. All of it holds the stripe. */
#include "list.h"
#include "number.h"
#include "verbs.h"

/* Adds the words from `from` on at an end; false: no memory, nothing was added. */
static bool push_words(struct call *call, struct entry *e, int from, bool front) {
    struct list *list = entry_object(e);
    size_t count = (size_t)(call->count - from);
    int64_t bytes = 0;
    bool made = list_reserve(list, count);
    for (size_t i = 0; i < count && made; i++) {
        struct element *added = element_new(call->word[from + (int)i]);
        made = added != NULL;
        if (made) {
            bytes += (int64_t)element_bytes(added);
            list_push(list, added, front);
        }
        for (size_t j = i; !made && j > 0; j--)
            tarn_decref(list_pop(list, front));
    }
    if (made)
        key_grew(e, bytes);
    return made;
}

/* The key goes with its last element. */
static void remove_if_empty(const struct probe *key, struct entry *e) {
    if (((struct list *)entry_object(e))->count == 0)
        key_remove(key);
}

static void push(struct call *call, bool front, bool only_if_there) {
    struct probe key = key_lock(call, 1);
    bool wrong = false;
    struct entry *e = only_if_there ? find_kind(call, &key, KIND_LIST, &wrong)
                                    : find_or_make(call, &key, KIND_LIST);
    if (e) {
        if (push_words(call, e, 2, front)) {
            reply_integer(call->out, (long long)((struct list *)entry_object(e))->count);
        } else {
            remove_if_empty(&key, e);
            reply_no_memory(call->out);
        }
    } else if (only_if_there && !wrong) {
        reply_integer(call->out, 0);
    }
    key_unlock(&key);
}

void verb_lpush(struct call *call) {
    push(call, true, false);
}

void verb_rpush(struct call *call) {
    push(call, false, false);
}

void verb_lpushx(struct call *call) {
    push(call, true, true);
}

void verb_rpushx(struct call *call) {
    push(call, false, true);
}

static void pop_elements(struct call *call, struct entry *e, size_t count, bool front) {
    struct list *list = entry_object(e);
    int64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        struct element *taken = list_pop(list, front);
        bytes -= (int64_t)element_bytes(taken);
        reply_bulk(call->out, element_text(taken));
        tarn_decref(taken);
    }
    key_grew(e, bytes);
}

static void pop(struct call *call, bool front) {
    long long count = 1;
    bool counted = call->count == 3;
    bool wrong;
    if (call->count > 3) {
        call_wrong_count(call);
        return;
    }
    if (counted && !count_read(call, 2, &count))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (e) {
        size_t there = ((struct list *)entry_object(e))->count;
        size_t taken = (size_t)count < there ? (size_t)count : there;
        if (counted)
            reply_array(call->out, taken);
        pop_elements(call, e, taken, front);
        remove_if_empty(&key, e);
    } else if (!wrong && counted) {
        reply_nil_array(call->out);
    } else if (!wrong) {
        reply_nil(call->out);
    }
    key_unlock(&key);
}

void verb_lpop(struct call *call) {
    pop(call, true);
}

void verb_rpop(struct call *call) {
    pop(call, false);
}

void verb_llen(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (!wrong)
        reply_integer(call->out, e ? (long long)((struct list *)entry_object(e))->count : 0);
    key_unlock(&key);
}

/* --- by index ---- */

/* Which element an index means, from either end; false: none. */
static bool resolve(const struct list *list, long long index, size_t *at) {
    if (index < 0)
        index += (long long)list->count;
    *at = (size_t)index;
    return index >= 0 && *at < list->count;
}

void verb_lindex(struct call *call) {
    long long index;
    size_t at;
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (!e && !wrong)
        reply_nil(call->out);
    else if (e && call_integer(call, 2, &index)) {
        if (resolve(entry_object(e), index, &at))
            reply_bulk(call->out, element_text(list_at(entry_object(e), at)));
        else
            reply_nil(call->out);
    }
    key_unlock(&key);
}

static void set_element(struct call *call, struct entry *e) {
    struct list *list = entry_object(e);
    long long index;
    size_t at;
    if (!call_integer(call, 2, &index))
        return;
    if (!resolve(list, index, &at)) {
        reply_literal(call->out, "-ERR index out of range\r\n");
        return;
    }
    struct element *new = element_new(call->word[3]);
    if (!new) {
        reply_no_memory(call->out);
        return;
    }
    key_grew(e, (int64_t)element_bytes(new) - (int64_t)element_bytes(list_at(list, at)));
    list_set(list, at, new);
    reply_ok(call->out);
}

void verb_lset(struct call *call) {
    bool wrong;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (e)
        set_element(call, e);
    else if (!wrong)
        reply_literal(call->out, "-ERR no such key\r\n");
    key_unlock(&key);
}

/* The elements that first and last mean: how many, and *first is where they begin. */
static size_t resolve_range(const struct list *list, long long *first, long long last) {
    long long count = (long long)list->count;
    *first = *first < 0 ? *first + count : *first;
    *first = *first < 0 ? 0 : *first;
    last = last < 0 ? last + count : last;
    last = last >= count ? count - 1 : last;
    return *first > last || *first >= count ? 0 : (size_t)(last - *first + 1);
}

void verb_lrange(struct call *call) {
    long long first;
    long long last;
    bool wrong;
    if (!call_integer(call, 2, &first) || !call_integer(call, 3, &last))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (!wrong) {
        size_t count = e ? resolve_range(entry_object(e), &first, last) : 0;
        reply_array(call->out, count);
        for (size_t i = 0; i < count; i++)
            reply_bulk(call->out, element_text(list_at(entry_object(e), (size_t)first + i)));
    }
    key_unlock(&key);
}

/* Takes so many elements off an end. */
static void drop_elements(struct entry *e, size_t count, bool front) {
    int64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        struct element *taken = list_pop(entry_object(e), front);
        bytes -= (int64_t)element_bytes(taken);
        tarn_decref(taken);
    }
    key_grew(e, bytes);
}

void verb_ltrim(struct call *call) {
    long long first;
    long long last;
    bool wrong;
    if (!call_integer(call, 2, &first) || !call_integer(call, 3, &last))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (e) {
        size_t count = ((struct list *)entry_object(e))->count;
        size_t kept = resolve_range(entry_object(e), &first, last);
        size_t before = kept ? (size_t)first : count;
        drop_elements(e, before, true);
        drop_elements(e, count - before - kept, false);
        remove_if_empty(&key, e);
    }
    if (!wrong)
        reply_ok(call->out);
    key_unlock(&key);
}
