/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Weak references.
 *
 * A target's control block is made with its first weak reference and found
 * through a table beside its pool, by block index. A weak reference is an
 * object that holds its control block; reading it is a load and a
 * try-increment, without locks. The protocol is object/weak_kernel.h,
 * docs/memory-model.md [WK-1] to [WK-5].
 *
 * Weak references with a callback stand on their control's list, under one of a
 * few locks per heap that are held for a few instructions. They are born
 * PUBLISHED, so that whoever walks the list may try to increment them: they die
 * by DEAD and a grace period, never on the owner's private path.
 */
#include "object/weak_kernel.h"

#include <errno.h>

#include "base/check.h"
#include "object/death.h"
#include "object/ephemeron.h"
#include "object/object.h"
#include "object/trace.h"

struct ephemeron;

struct control {
    struct tarn_control shared;
    struct tarn_list_node callbacks; /* under the control's lock */

    /* world stopped [EPH-3] */
    struct ephemeron *waiting; /* until the target is found held */
    struct control *next_waited;
    bool is_waited;
};

struct weak {
    tarn_object header;
    struct control *control; /* constant */
    enum tarn_weak_kind kind;
    uint32_t epoch; /* constant: the control's when this was made [WK-4] */
    struct tarn_callback hook;
    tarn_weak_callback callback;
    tarn_slot data;             /* an ephemeron's value [EPH-1] */
    struct tarn_list_node node; /* on control->callbacks */
};

/* A weak reference to its key, which lets go of its value when the key has died. */
struct ephemeron {
    struct weak weak;

    /* world stopped */
    struct ephemeron *next_waiting; /* at the key's control */
    struct ephemeron *next_kept;    /* from judgement to judgement */
    bool kept;
};

typedef TARN__ATOMIC(struct control *) control_cell;

static struct tarn_lock *lock_of(struct tarn_heap *heap, struct control *control) {
    return &heap->weak_locks[((uintptr_t)control >> 6) % TARN_WEAK_STRIPES];
}

static void put_control(struct control *control) {
    if (tarn__control_put(&control->shared))
        tarn_free(control);
}

/* The pool's table, made if need be; NULL: no memory. */
static control_cell *table_of(struct tarn_pool *pool) {
    struct tarn_pool_side *side = tarn__pool_side(pool);
    /* acquire: pairs with the release below; the table is zeroed. */
    control_cell *table = tarn__load(&side->weak, acquire);
    if (table)
        return table;
    void *made = tarn_calloc(pool->capacity, sizeof *table);
    void *found = NULL;
    if (!made)
        return NULL;
    /* acq_rel: publishes the table, or acquires the winner's. */
    if (tarn__cas(&side->weak, &found, made, acq_rel, acquire))
        return made;
    tarn_free(made);
    return found;
}

static struct control *make_control(struct tarn_object *target) {
    struct control *control = tarn_calloc(1, sizeof *control);
    if (!control)
        return NULL;
    tarn__list_init(&control->callbacks);
    tarn__control_init(&control->shared, target);
    return control;
}

/* The target's control, with a reference more; the caller holds the target. */
static struct control *get_control(struct tarn_object *target) {
    struct tarn_pool *pool = tarn__pool_of(target);
    control_cell *table = table_of(pool);
    if (!table)
        return NULL;
    control_cell *cell = &table[tarn__pool_index(pool, target)];
    struct control *control = tarn__control_find(cell);
    if (!control) {
        struct control *made = make_control(target);
        if (!made)
            return NULL;
        if (tarn__control_publish(cell, &control, made))
            control = made;
        else
            put_control(made);
    }
    tarn__weak_mark(target);
    tarn__control_hold(&control->shared);
    return control;
}

/* A weak reference whose callback is off; NULL with ENOMEM. */
static struct weak *make_weak(struct tarn_type *type, struct tarn_object *target,
                              enum tarn_weak_kind kind, tarn_weak_callback callback) {
    struct weak *weak = tarn_new(type);
    if (!weak)
        return NULL;
    struct control *control = get_control(target);
    if (!control) {
        tarn_decref(weak);
        errno = ENOMEM;
        return NULL;
    }
    weak->control = control;
    weak->kind = kind;
    /* relaxed: changes only with the world stopped. */
    weak->epoch = tarn__load(&control->shared.epoch, relaxed);
    if (!callback)
        return weak;
    weak->callback = callback;
    /* relaxed: this thread's, until it is on the list. */
    tarn__fetch_or(&weak->header.shared, TARN__PUBLISHED, relaxed);
    return weak;
}

/* From here on the callback runs when the target dies. */
static void arm(struct tarn_heap *heap, struct weak *weak) {
    struct tarn_lock *lock = lock_of(heap, weak->control);
    tarn__callback_arm(&weak->hook);
    tarn__lock_acquire(lock);
    tarn__list_append(&weak->control->callbacks, &weak->node);
    tarn__lock_release(lock);
}

void *tarn_weak_new(void *target, enum tarn_weak_kind kind, tarn_weak_callback callback,
                    void *data) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_weak_new");
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct tarn_type *type = callback || data ? heap->weak_callback : heap->weak_plain;
    struct weak *weak = make_weak(type, target, kind, callback);
    if (!weak)
        return NULL;
    tarn_field_set(&weak->data, data);
    if (callback)
        arm(heap, weak);
    return weak;
}

void *tarn_weak_get(void *object) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_weak_get");
    struct weak *weak = object;
    struct tarn_control *control = &weak->control->shared;
    struct tarn_object *target = tarn__control_target(control);
    if (!target)
        return NULL;
    if (weak->kind == TARN_WEAK_SHORT && !tarn__control_is_current(control, weak->epoch))
        return NULL;
    return tarn__object_try_incref(m, target) ? target : NULL;
}

enum tarn_weak_removal tarn_weak_callback_remove(void *object) {
    struct weak *weak = object;
    tarn__mutator_expect("tarn_weak_callback_remove");
    switch (tarn__callback_remove(&weak->hook)) {
    case TARN_CALLBACK_ARMED:
    case TARN_CALLBACK_QUEUED:
        return TARN_WEAK_REMOVED;
    case TARN_CALLBACK_RUNNING:
        return TARN_WEAK_RUNNING;
    default:
        return TARN_WEAK_RAN;
    }
}

/* The weak reference itself dies: it leaves its control. */
static void dispose_weak(void *object) {
    struct weak *weak = object;
    if (!weak->control)
        return;
    if (weak->callback) { /* it is on the list, whose neighbours write in its node */
        struct tarn_lock *lock = lock_of(tarn__type_of(object)->heap, weak->control);
        tarn__lock_acquire(lock);
        tarn__list_remove(&weak->node);
        tarn__lock_release(lock);
    }
    put_control(weak->control);
}

/* Queues one callback, if the weak reference lives and the callback is on. One
 * that is removed meanwhile is queued all the same and skipped by its runner:
 * its last reference must not be dropped under the lock held here. */
static void queue_callback(struct tarn_mutator *m, struct weak *weak) {
    if (!tarn__callback_is_armed(&weak->hook) || !tarn__object_try_incref(m, &weak->header))
        return;
    tarn__callback_queue(&weak->hook);
    tarn__pending_post(tarn__seat_heap(&m->seat), &weak->header);
    tarn__seat_call(&m->seat);
}

void tarn__weak_detach(struct tarn_mutator *m, struct tarn_object *o) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct tarn_pool *pool = tarn__pool_of(o);
    /* acquire: pairs with the publication in table_of(). */
    control_cell *table = tarn__load(&tarn__pool_side(pool)->weak, acquire);
    control_cell *cell = table ? &table[tarn__pool_index(pool, o)] : NULL;
    struct control *control = cell ? tarn__control_find(cell) : NULL;
    if (!control)
        return;
    tarn__control_clear(&control->shared);
    /* relaxed: the dead object's cell is this thread's alone. */
    tarn__store(cell, NULL, relaxed);
    tarn__lock_acquire(lock_of(heap, control));
    for (struct tarn_list_node *n = control->callbacks.next; n != &control->callbacks; n = n->next)
        queue_callback(m, TARN__CONTAINER_OF(n, struct weak, node));
    tarn__lock_release(lock_of(heap, control));
    put_control(control);
}

/* The callback of every ephemeron: its key has died. */
static void let_go(void *weak, void *value) {
    (void)value;
    tarn_slot_store(&((struct weak *)weak)->data, NULL);
}

void tarn__weak_run_callback(struct tarn_heap *heap, struct tarn_object *object) {
    struct weak *weak = (struct weak *)object;
    if (!tarn__callback_begin(&weak->hook))
        return;
    weak->callback(weak, tarn_slot_peek(&weak->data));
    tarn__callback_end(&weak->hook);
    if (weak->callback != let_go)
        /* relaxed: a statistic, of users' callbacks. */
        tarn__fetch_add(&heap->callbacks_run, 1, relaxed);
}

/* World stopped. */
static struct control *control_of(struct tarn_object *o) {
    struct tarn_pool *pool = tarn__pool_of(o);
    /* relaxed: the world is stopped. */
    control_cell *table = tarn__load(&tarn__pool_side(pool)->weak, relaxed);
    return table ? tarn__load(&table[tarn__pool_index(pool, o)], relaxed) : NULL;
}

void tarn__weak_condemn(struct tarn_object *o) {
    struct control *control = control_of(o);
    if (control)
        /* relaxed: the world is stopped. */
        tarn__fetch_add(&control->shared.epoch, 1, relaxed);
}

void tarn__weak_kill(struct tarn_object *o) {
    struct control *control = control_of(o);
    if (control)
        /* relaxed: the world is stopped; starting it publishes this. */
        tarn__store(&control->shared.target, NULL, relaxed);
}

void tarn__weak_disarm(struct tarn_object *object) {
    struct weak *weak = (struct weak *)object;
    /* relaxed: the world is stopped. */
    if (tarn__load(&weak->hook.state, relaxed) == TARN_CALLBACK_ARMED)
        tarn__store(&weak->hook.state, TARN_CALLBACK_NONE, relaxed);
}

/* --- ephemerons [EPH-1] to [EPH-4] --- */

void *tarn__ephemeron_new(struct tarn_mutator *m, void *key, void *value) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    struct weak *weak = make_weak(heap->ephemeron, key, TARN_WEAK_LONG, let_go);
    if (!weak)
        return NULL;
    tarn_slot_init(&weak->data, value);
    arm(heap, weak);
    return weak;
}

bool tarn__weak_is_dead(const void *weak) {
    return !tarn__control_target(&((const struct weak *)weak)->control->shared);
}

void *tarn__ephemeron_value(void *ephemeron) {
    void *value = tarn_slot_load(&((struct weak *)ephemeron)->data);
    if (!value || !tarn__weak_is_dead(ephemeron))
        return value;
    tarn_decref_value(value); /* it will be let go at a safepoint */
    return NULL;
}

struct tarn_object *tarn__ephemeron_key(struct tarn_object *e) {
    struct weak *weak = (struct weak *)e;
    /* acquire: pairs with the release that made it, after `control`: a search may come
     * between. Without a value it holds nothing, whatever its key. */
    if (!tarn__load(&weak->data.object, acquire))
        return NULL;
    return tarn__control_target(&weak->control->shared);
}

/* relaxed, in all that follows: the world is stopped. */

void tarn__ephemeron_wait(struct tarn_ephemerons *all, struct tarn_object *e) {
    struct ephemeron *ephemeron = (struct ephemeron *)e;
    struct control *control = ephemeron->weak.control;
    if (!control->is_waited) {
        control->is_waited = true;
        control->next_waited = all->waited;
        all->waited = control;
    }
    ephemeron->next_waiting = control->waiting;
    control->waiting = ephemeron;
}

static struct tarn_object *take_waiting(struct control *control) {
    struct ephemeron *ephemeron = control->waiting;
    if (ephemeron)
        control->waiting = ephemeron->next_waiting;
    return (struct tarn_object *)ephemeron;
}

struct tarn_object *tarn__ephemeron_take(struct tarn_object *key) {
    struct control *control = control_of(key);
    return control ? take_waiting(control) : NULL;
}

struct tarn_object *tarn__ephemeron_take_any(struct tarn_ephemerons *all) {
    for (; all->waited; all->waited = all->waited->next_waited) {
        struct tarn_object *e = take_waiting(all->waited);
        if (e)
            return e;
        all->waited->is_waited = false;
    }
    return NULL;
}

void tarn__ephemeron_cut(struct tarn_object *e) {
    tarn_slot *slot = &((struct weak *)e)->data;
    struct tarn_object *value = tarn__reference_at(slot);
    if (value && (tarn__load(&value->shared, relaxed) & TARN__DEAD))
        tarn__store(&slot->object, NULL, relaxed);
}

void tarn__ephemeron_keep(struct tarn_object **list, struct tarn_object *e) {
    struct ephemeron *ephemeron = (struct ephemeron *)e;
    if (ephemeron->kept)
        return;
    ephemeron->kept = true;
    ephemeron->next_kept = (struct ephemeron *)*list;
    *list = e;
    tarn__fetch_add(&e->shared, TARN__COUNT_ONE, relaxed);
}

struct tarn_object *tarn__ephemeron_next_kept(struct tarn_object *e) {
    return (struct tarn_object *)((struct ephemeron *)e)->next_kept;
}

struct tarn_object *tarn__ephemeron_unkeep(struct tarn_object **list) {
    struct tarn_object *e = *list;
    if (e) {
        ((struct ephemeron *)e)->kept = false;
        *list = tarn__ephemeron_next_kept(e);
    }
    return e;
}

bool tarn__weak_is_weak(const struct tarn_heap *heap, const struct tarn_type *type) {
    return type == heap->weak_callback || type == heap->weak_plain || type == heap->ephemeron;
}

void tarn__weak_release_pool(struct tarn_pool *pool) {
    struct tarn_pool_side *side = tarn__pool_side(pool);
    /* relaxed: the pool is empty or its heap ends; nobody else looks. */
    control_cell *table = tarn__load(&side->weak, relaxed);
    if (!table)
        return;
    tarn__store(&side->weak, NULL, relaxed);
    for (unsigned i = 0; i < pool->capacity; i++) {
        struct control *control = tarn__load(&table[i], relaxed);
        if (control)
            put_control(control);
    }
    tarn_free(table);
}

bool tarn__weak_register_types(struct tarn_heap *heap) {
    static const size_t data_offset[] = {offsetof(struct weak, data)};
    struct tarn_type_spec spec = {
        .name = "tarn weak reference",
        .size = sizeof(struct weak),
        .dispose = dispose_weak,
        .flags = TARN_TYPE_DISPOSE_PLAIN,
    };
    heap->weak_plain = tarn__type_make(heap, &spec);
    spec.name = "tarn weak reference with callback";
    spec.offsets = data_offset;
    spec.offset_count = 1;
    heap->weak_callback = tarn__type_make(heap, &spec);
    spec.name = "tarn ephemeron";
    spec.size = sizeof(struct ephemeron);
    heap->ephemeron = tarn__type_make(heap, &spec);
    return heap->weak_plain && heap->weak_callback && heap->ephemeron;
}
