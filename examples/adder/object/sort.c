/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * list.sort: a stable merge sort over a copy, by the keys, which runs that are in order
 * already make short. While it sorts the list is empty, as in CPython.
 */
#include "object/list.h"

struct sorted {
    ref key, item;
};

/* Whether b comes before a; -1: an exception waits. */
static int before(ref b, ref a) {
    if (is_int(a) && is_int(b))
        return (intptr_t)b < (intptr_t)a;
    ref r = compare(b, a, OP_LT);
    int t = r ? truth(r) : -1;
    drop(r);
    return t;
}

static int insertion(struct sorted *a, size_t n) {
    for (size_t i = 1; i < n; i++) {
        struct sorted x = a[i];
        size_t j = i;
        int less = 0;
        while (j > 0 && (less = before(x.key, a[j - 1].key)) == 1) {
            a[j] = a[j - 1];
            j--;
        }
        a[j] = x;
        if (less < 0)
            return -1;
    }
    return 0;
}

static int merge(struct sorted *a, size_t half, size_t n, struct sorted *room) {
    int less = before(a[half].key, a[half - 1].key);
    if (less <= 0)
        return less;
    memcpy(room, a, half * sizeof *room);
    size_t i = 0, j = half, k = 0;
    while (i < half && j < n) {
        less = before(a[j].key, room[i].key);
        if (less < 0)
            break;
        a[k++] = less ? a[j++] : room[i++];
    }
    memcpy(&a[k], &room[i], (half - i) * sizeof *room);
    return less < 0 ? -1 : 0;
}

static int sort(struct sorted *a, size_t n, struct sorted *room) {
    enum { SHORT = 12 };
    if (n <= SHORT)
        return insertion(a, n);
    size_t half = n / 2;
    if (sort(a, half, room) < 0 || sort(a + half, n - half, room) < 0)
        return -1;
    return merge(a, half, n, room);
}

static void reverse_all(struct sorted *a, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        struct sorted t = a[i];
        a[i] = a[n - 1 - i];
        a[n - 1 - i] = t;
    }
}

static int fill(struct sorted *a, ref *items, size_t n, ref key) {
    for (size_t i = 0; i < n; i++) {
        a[i] = (struct sorted){items[i], items[i]};
        if (key != NONE && !(a[i].key = call_1(key, items[i]))) {
            for (size_t j = 0; j < i; j++)
                drop(a[j].key);
            return -1;
        }
    }
    return 0;
}

int list_sort(ref list, ref key, bool reverse) {
    size_t n;
    ref *items = list_snapshot(list, &n);
    if (!items)
        return -1;
    struct sorted *a = block_new((n + n / 2 + 2) * sizeof *a);
    int result = a && list_clear(list) == 0 ? fill(a, items, n, key) : -1;
    if (result == 0) {
        if (reverse)
            reverse_all(a, n);
        result = sort(a, n, a + n);
        if (reverse)
            reverse_all(a, n);
        for (size_t i = 0; i < n; i++) {
            items[i] = a[i].item;
            if (key != NONE)
                drop(a[i].key);
        }
    }
    if (list_size(list) > 0 && result == 0)
        result = raise_int(ValueError, "list modified during sort");
    ref waiting = error_take();
    list_replace(list, 0, SIZE_MAX, items, n);
    if (waiting)
        error_restore(waiting);
    for (size_t i = 0; i < n; i++)
        drop(items[i]);
    tarn_free(items);
    tarn_free(a);
    return result;
}
