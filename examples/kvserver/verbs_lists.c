/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Lists by their elements, and from one list to another. */
#include "list.h"
#include "number.h"
#include "verbs.h"

static bool is_element(const struct list *list, size_t index, struct slice text) {
    return slice_equal(element_text(list_at(list, index)), text);
}

/* Removes up to `most` (0: all) elements of that text, from an end; returns how many. */
static long long remove_equal(struct entry *e, struct slice text, long long most, bool front) {
    struct list *list = entry_object(e);
    long long removed = 0;
    size_t left = list->count;
    while (left-- > 0) {
        /* Each element is taken off one end and, if it stays, put on the other: after
         * `count` steps the list is as it was but for those that are gone. */
        struct element *taken = list_pop(list, front);
        if ((most == 0 || removed < most) && slice_equal(element_text(taken), text)) {
            key_grew(e, -(int64_t)element_bytes(taken));
            tarn_decref(taken);
            removed++;
        } else {
            list_push(list, taken, !front);
        }
    }
    return removed;
}

void verb_lrem(struct call *call) {
    long long most;
    bool wrong;
    if (!call_integer(call, 2, &most))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    long long removed = 0;
    if (e) {
        bool front = most >= 0;
        most = most == INT64_MIN ? 0 : most < 0 ? -most : most;
        removed = remove_equal(e, call->word[3], most, front);
        if (((struct list *)entry_object(e))->count == 0)
            key_remove(&key);
    }
    if (!wrong)
        reply_integer(call->out, removed);
    key_unlock(&key);
}

static long long insert(struct entry *e, struct slice pivot, struct slice text, bool after) {
    struct list *list = entry_object(e);
    size_t at = 0;
    while (at < list->count && !is_element(list, at, pivot))
        at++;
    if (at == list->count)
        return -1;
    struct element *new = list_reserve(list, 1) ? element_new(text) : NULL;
    if (!new)
        return -2;
    list_insert(list, at + after, new);
    key_grew(e, (int64_t)element_bytes(new));
    return (long long)list->count;
}

void verb_linsert(struct call *call) {
    bool after = slice_is(call->word[2], "AFTER");
    bool wrong;
    if (!after && !slice_is(call->word[2], "BEFORE")) {
        reply_syntax(call->out);
        return;
    }
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (!wrong) {
        long long length = e ? insert(e, call->word[3], call->word[4], after) : 0;
        if (length == -2)
            reply_no_memory(call->out);
        else
            reply_integer(call->out, length);
    }
    key_unlock(&key);
}

/* --- LPOS ---- */

struct search {
    long long rank;
    long long count; /* -1: the first alone, and no array */
    long long most;  /* comparisons; 0: no limit */
};

static bool read_search(struct call *call, struct search *s) {
    *s = (struct search){1, -1, 0};
    for (int i = 3; i < call->count; i += 2) {
        long long *number = slice_is(call->word[i], "RANK")     ? &s->rank
                            : slice_is(call->word[i], "COUNT")  ? &s->count
                            : slice_is(call->word[i], "MAXLEN") ? &s->most
                                                                : NULL;
        if (!number || i + 1 == call->count) {
            reply_syntax(call->out);
            return false;
        }
        bool sound = number_read(call->word[i + 1], number);
        if (number == &s->rank) {
            if (!sound) {
                reply_not_integer(call->out);
                return false;
            }
            if (s->rank == 0) {
                reply_literal(call->out,
                              "-ERR RANK can't be zero: use 1 to start from the first match, 2 "
                              "from the second ... or use negative to start from the end of the "
                              "list\r\n");
                return false;
            }
        } else if (!sound || *number < 0) {
            reply_error(call->out, "ERR %s can't be negative",
                        number == &s->count ? "COUNT" : "MAXLEN");
            return false;
        }
    }
    return true;
}

static void find_elements(struct call *call, const struct list *list, const struct search *s) {
    struct reply *out = call->out;
    bool front = s->rank > 0;
    unsigned long long skip =
        (front ? (unsigned long long)s->rank : 0ull - (unsigned long long)s->rank) - 1;
    size_t mark = reply_defer(out);
    size_t found = 0;
    for (size_t i = 0; i < list->count && (!s->most || i < (size_t)s->most); i++) {
        size_t at = front ? i : list->count - 1 - i;
        if (!is_element(list, at, call->word[2]) || skip-- > 0)
            continue;
        skip = 0;
        reply_integer(out, (long long)at);
        found++;
        if (s->count < 0 || (s->count && found == (size_t)s->count))
            break;
    }
    if (s->count >= 0)
        reply_settle(out, mark, found);
    else if (!found)
        reply_nil(out);
}

void verb_lpos(struct call *call) {
    struct search s;
    bool wrong;
    if (!read_search(call, &s))
        return;
    struct probe key = key_lock(call, 1);
    struct entry *e = find_kind(call, &key, KIND_LIST, &wrong);
    if (e)
        find_elements(call, entry_object(e), &s);
    else if (!wrong && s.count >= 0)
        reply_array(call->out, 0);
    else if (!wrong)
        reply_nil(call->out);
    key_unlock(&key);
}

/* --- from one list to another ---- */

/* With both stripes held. What is moved keeps its reference: it never dies between. */
static void move_element(struct call *call, bool from_front, bool to_front) {
    struct probe from = probe_of(call->word[1]);
    struct probe to = probe_of(call->word[2]);
    bool wrong;
    struct entry *source = find_kind(call, &from, KIND_LIST, &wrong);
    if (!source) {
        if (!wrong)
            reply_nil(call->out);
        return;
    }
    struct entry *target = find_or_make(call, &to, KIND_LIST);
    if (!target)
        return;
    if (!list_reserve(entry_object(target), 1)) {
        if (((struct list *)entry_object(target))->count == 0)
            key_remove(&to);
        reply_no_memory(call->out);
        return;
    }
    struct element *moved = list_pop(entry_object(source), from_front);
    int64_t bytes = (int64_t)element_bytes(moved);
    reply_bulk(call->out, element_text(moved));
    list_push(entry_object(target), moved, to_front);
    key_grew(source, -bytes);
    key_grew(target, bytes);
    if (((struct list *)entry_object(source))->count == 0)
        key_remove(&from);
}

static bool read_side(struct slice word, bool *front) {
    *front = slice_is(word, "LEFT");
    return *front || slice_is(word, "RIGHT");
}

void verb_lmove(struct call *call) {
    bool from_front;
    bool to_front;
    if (!read_side(call->word[3], &from_front) || !read_side(call->word[4], &to_front)) {
        reply_syntax(call->out);
        return;
    }
    struct stripe_set locks = keys_lock(call, 1, 3, 1);
    move_element(call, from_front, to_front);
    stripe_set_release(&locks);
}

void verb_rpoplpush(struct call *call) {
    struct stripe_set locks = keys_lock(call, 1, 3, 1);
    move_element(call, false, true);
    stripe_set_release(&locks);
}
