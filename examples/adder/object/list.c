/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Lists: a block of slots that is replaced by a larger one when it is full.
 *
 * Writers take the list's lock. Readers take none: they read the size, then the block,
 * then the slot, and may so see a list as it was a moment ago, never one that was not.
 * A block that was replaced is freed when no reader can be in it any more; the
 * references in it moved to the new one as they are. Trace reports what the block
 * holds, and the dispose, which runs last, frees it.
 */
#include "object/list.h"

tarn_type *list_type, *list_sub_type;

static void trace(void *object, tarn_visitor visit, void *arg) {
    struct list *list = object;
    /* relaxed: the world is stopped, or the list is dead. */
    struct items *items = tarn__load(&list->items, relaxed);
    size_t size = tarn__load(&list->size, relaxed);
    for (size_t i = 0; i < size; i++)
        visit(slot_peek(&items->slot[i]), arg);
}

static void dispose(void *object) {
    /* relaxed: the list is dead. */
    tarn_free(tarn__load(&((struct list *)object)->items, relaxed));
}

struct items *list_items(struct list *list) {
    /* acquire: pairs with the release in list_reserve(); the block is filled. */
    return tarn__load(&list->items, acquire);
}

/* A size read after the block was replaced by a smaller one may be too large for it. */
ref list_get_shared(struct list *list, size_t index) {
    for (;;) {
        size_t size = list_size(list);
        struct items *items = list_items(list);
        if (index >= size)
            return NULL;
        ref item;
        if (items && index < items->room && slot_read(&items->slot[index], &item) && item)
            return item;
    }
}

ref list_new(void) {
    return object_new(list_type, list_class);
}

static struct items *items_new(size_t room) {
    struct items *items = block_new(sizeof *items + room * sizeof(tarn_slot));
    if (items)
        items->room = room;
    return items;
}

/* Makes room for `size` items; the caller has the lock. False: no memory. The old block
 * is to be retired once the lock is given back. */
static bool reserve(struct list *list, size_t size, struct items **old) {
    struct items *items = list_items(list);
    size_t room = items ? items->room : 0;
    *old = NULL;
    if (size <= room)
        return true;
    size_t more = room == 0 && size <= 4 ? size : (size + (size >> 3) + 6) & ~(size_t)3;
    struct items *grown = memory_get(sizeof *grown + more * sizeof(tarn_slot));
    if (!grown)
        return false;
    size_t used = list->size.value;
    if (used)
        memcpy(grown->slot, items->slot, used * sizeof(tarn_slot));
    memset(&grown->slot[used], 0, (more - used) * sizeof(tarn_slot));
    grown->room = more;
    /* release: pairs with the acquire in list_items(). */
    tarn__store(&list->items, grown, release);
    *old = items;
    return true;
}

static void set_size(struct list *list, size_t size) {
    /* release: pairs with the acquire in list_size(). */
    tarn__store(&list->size, size, release);
}

ref list_from(ref *from, size_t n) {
    struct list *list = list_new();
    struct items *items = list && n ? items_new(n) : NULL;
    if (!items) {
        if (list && n)
            drop(list);
        return n ? NULL : list;
    }
    for (size_t i = 0; i < n; i++)
        slot_init(&items->slot[i], from[i]);
    list->items.value = items;
    list->size.value = n;
    return list;
}

int list_append_owned(ref v, ref item) {
    struct list *list = v;
    struct items *old;
    object_lock(list);
    size_t size = list->size.value;
    bool done = reserve(list, size + 1, &old);
    if (done) {
        slot_give(&list->items.value->slot[size], item);
        set_size(list, size + 1);
    }
    object_unlock(list);
    if (old)
        block_retire(old);
    if (done)
        return 0;
    drop(item);
    raise_no_memory();
    return -1;
}

int list_append(ref list, ref item) {
    return list_append_owned(list, keep(item));
}

int list_set(ref v, size_t index, ref item) {
    struct list *list = v;
    ref old = NULL;
    object_lock(list);
    bool there = index < list->size.value;
    if (there)
        old = slot_swap_locked(&list->items.value->slot[index], item);
    object_unlock(list);
    drop(old);
    return there ? 0 : raise_int(IndexError, "list assignment index out of range");
}

/*
 * Replaces items from `at` on, `removed` of them, by n others. Into a fresh block, where
 * other threads might read the old one while it is moved.
 */
int list_replace(ref v, size_t at, size_t removed, ref *with, size_t n) {
    struct list *list = v;
    object_lock(list);
    size_t size = list->size.value;
    at = at > size ? size : at;
    removed = removed > size - at ? size - at : removed;
    struct items *items = list->items.value;
    size_t next = size - removed + n;
    size_t room = next + (next >> 3) + 2;
    bool in_place = items && !heap_shared && next <= items->room && next + 16 > items->room / 4;
    struct items *fresh = in_place ? items : memory_get(sizeof *fresh + room * sizeof(tarn_slot));
    ref *gone = removed ? memory_get(removed * sizeof(ref)) : NULL;
    if (!fresh || (removed && !gone)) {
        object_unlock(list);
        if (!in_place)
            tarn_free(fresh);
        raise_no_memory();
        return -1;
    }
    for (size_t i = 0; i < removed; i++)
        gone[i] = items->slot[at + i].object.value;
    if (size > at + removed)
        memmove(&fresh->slot[at + n], &items->slot[at + removed],
                (size - at - removed) * sizeof(tarn_slot));
    if (!in_place) {
        if (at)
            memcpy(fresh->slot, items->slot, at * sizeof(tarn_slot));
        memset(&fresh->slot[next], 0, (room - next) * sizeof(tarn_slot));
        fresh->room = room;
    } else if (next < size) {
        memset(&fresh->slot[next], 0, (size - next) * sizeof(tarn_slot));
    }
    for (size_t i = 0; i < n; i++)
        slot_init(&fresh->slot[at + i], with[i]);
    if (next < size)
        set_size(list, next);
    /* release: pairs with the acquire in list_items(). */
    tarn__store(&list->items, fresh, release);
    set_size(list, next);
    object_unlock(list);
    if (!in_place && items)
        block_retire(items);
    for (size_t i = 0; i < removed; i++)
        drop(gone[i]);
    tarn_free(gone);
    return 0;
}

int list_insert(ref list, ptrdiff_t at, ref item) {
    ptrdiff_t size = (ptrdiff_t)list_size(list);
    at = at < 0 ? (at + size < 0 ? 0 : at + size) : at > size ? size : at;
    return at == size ? list_append(list, item) : list_replace(list, (size_t)at, 0, &item, 1);
}

ref list_pop(ref v, ptrdiff_t at) {
    struct list *list = v;
    ref item = NULL;
    object_lock(list);
    ptrdiff_t size = (ptrdiff_t)list->size.value;
    bool last = at == -1 || at == size - 1;
    if (size > 0 && last) {
        set_size(list, (size_t)size - 1);
        item = slot_take(&list->items.value->slot[size - 1]);
    }
    object_unlock(list);
    if (item)
        return item;
    at = at < 0 ? at + size : at;
    if (size == 0 || at < 0 || at >= size)
        return raise_error(IndexError, size ? "pop index out of range" : "pop from empty list");
    item = list_get(list, (size_t)at);
    if (item && list_replace(list, (size_t)at, 1, NULL, 0) == 0)
        return item;
    drop(item);
    return item ? NULL : raise_error(IndexError, "pop index out of range");
}

/* Takes no memory: it is what a script does that ran out of it. */
int list_clear(ref v) {
    struct list *list = v;
    object_lock(list);
    struct items *items = list->items.value;
    size_t size = list->size.value;
    set_size(list, 0);
    /* release: pairs with the acquire in list_items(). */
    tarn__store(&list->items, NULL, release);
    object_unlock(list);
    for (size_t i = 0; i < size; i++)
        drop(items->slot[i].object.value);
    if (items)
        block_retire(items);
    return 0;
}

int list_extend(ref list, ref iterable) {
    if (is_object(iterable) && (class_of(iterable) == list_class || tuple_is(iterable))) {
        ref *items, copy = NULL;
        if (!tuple_is(iterable))
            copy = iterable = tuple_from_list(iterable);
        if (!iterable)
            return -1;
        items = tuple_items(iterable);
        int result = 0;
        for (size_t i = 0, n = tuple_size(iterable); i < n && result == 0; i++)
            result = list_append(list, items[i]);
        drop(copy);
        return result;
    }
    ref iterator = iterate(iterable), item;
    if (!iterator)
        return -1;
    while ((item = iter_next(iterator)))
        if (list_append_owned(list, item) < 0)
            break;
    drop(iterator);
    return self.error ? -1 : 0;
}

ref list_from_iterable(ref iterable) {
    ref list = list_new();
    if (list && list_extend(list, iterable) < 0) {
        drop(list);
        return NULL;
    }
    return list;
}

/* The items as a block of owned references, as of one moment. */
ref *list_snapshot(ref v, size_t *count) {
    struct list *list = v;
    object_lock(list);
    size_t n = list->size.value;
    ref *copy = memory_get(n * sizeof(ref) + 1);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = keep(list->items.value->slot[i].object.value);
    object_unlock(list);
    *count = n;
    return copy ? copy : raise_no_memory();
}

ref tuple_from_list(ref list) {
    size_t n;
    ref *items = list_snapshot(list, &n);
    if (!items)
        return NULL;
    struct tuple *tuple = tuple_new(n);
    for (size_t i = 0; i < n; i++)
        if (tuple)
            tuple->items[i] = items[i];
        else
            drop(items[i]);
    tarn_free(items);
    return tuple;
}

void list_type_start(void) {
    static const size_t offsets[] = {offsetof(struct object, cls), offsetof(struct list, dict)};
    struct tarn_type_spec spec = {
        .name = "list",
        .size = offsetof(struct list, dict),
        .trace = trace,
        .dispose = dispose,
        .flags = TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_DISPOSE_LAST | TARN_TYPE_HELD_READS,
    };
    list_type = heap_type_spec(&spec);
    spec.name = "object derived from list";
    spec.size = sizeof(struct list);
    spec.offsets = offsets;
    spec.offset_count = 2;
    list_sub_type = heap_type_spec(&spec);
}
