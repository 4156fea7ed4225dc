/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Slots and plain fields: reference fields that may change.
 *
 * The slot's protocol is object/slot_kernel.h, docs/memory-model.md [SLOT]. A
 * value is published, and owned by the slot, before it can be seen in it.
 */
#include "object/slot_kernel.h"

#include <errno.h>

#include "base/tsan.h"
#include "object/death.h"
#include "object/misuse.h"
#include "object/object.h"

/* Checked heaps: what is stored must be a living object of the caller's heap. */
static void check_reference(const char *function, struct tarn_mutator *m,
                            struct tarn_object *value) {
    struct tarn_heap *heap = tarn__seat_heap(&m->seat);
    if (tarn__likely(!heap->config.checked) || !value || tarn_is_immediate(value))
        return;
    tarn__object_expect_of_heap(function, value, heap);
}

/* The caller's reference to `value` becomes the slot's: others may see it next. */
static struct tarn_object *publish_own(const tarn_slot *slot, struct tarn_object *value) {
    if (value && !tarn_is_immediate(value))
        tarn__slot_publish(value);
    TARN__USER_EDGE_FOR(slot);
    return value;
}

/* A reference of the slot's own to `value`. */
static struct tarn_object *publish(const char *function, struct tarn_mutator *m,
                                   const tarn_slot *slot, struct tarn_object *value) {
    check_reference(function, m, value);
    return publish_own(slot, tarn__object_hold(value));
}

static void drop(struct tarn_mutator *m, struct tarn_object *old) {
    if (!old || tarn_is_immediate(old))
        return;
    int saved = errno;
    tarn__object_drop(m, old);
    if (m->dying)
        tarn__object_run_dying(m);
    errno = saved;
}

void tarn_slot_init(tarn_slot *slot, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_init");
    /* release: pairs with the acquire in tarn_slot_load(), should the slot
     * become visible by other means. */
    tarn__store(&slot->object, publish("tarn_slot_init", m, slot, value), release);
}

/* What stood in the slot before: the slot's reference is now the caller's. */
static struct tarn_object *swap(tarn_slot *slot, struct tarn_object *value) {
    struct tarn_object *old = tarn__slot_swap_kernel(slot, value);
    TARN__USER_EDGE_FROM(slot);
    return old;
}

void tarn_slot_destroy(tarn_slot *slot) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_destroy");
    drop(m, swap(slot, NULL));
}

void *tarn_slot_load(tarn_slot *slot) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_load");
    struct tarn_object *o;
    tarn__slot_load_kernel(slot, o, tarn_is_immediate(o) || tarn__object_try_incref(m, o));
    TARN__USER_EDGE_FROM(slot);
    return o;
}

void tarn_slot_store(tarn_slot *slot, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_store");
    drop(m, swap(slot, publish("tarn_slot_store", m, slot, value)));
}

void tarn_slot_give(tarn_slot *slot, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_give");
    check_reference("tarn_slot_give", m, value);
    drop(m, swap(slot, publish_own(slot, value)));
}

void *tarn_slot_exchange(tarn_slot *slot, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_exchange");
    return swap(slot, publish("tarn_slot_exchange", m, slot, value));
}

bool tarn_slot_compare_exchange(tarn_slot *slot, void *expected, void *desired) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_slot_compare_exchange");
    struct tarn_object *found = expected;
    struct tarn_object *value = publish("tarn_slot_compare_exchange", m, slot, desired);
    bool done = tarn__slot_cas_kernel(slot, &found, value);
    TARN__USER_EDGE_FROM(slot);
    drop(m, done ? expected : value);
    return done;
}

static void replace_field(struct tarn_mutator *m, void *field, struct tarn_object *value) {
    TARN__ATOMIC(struct tarn_object *) *cell = field;
    /* relaxed: the caller's guard orders writers; the collector looks while the
     * world is stopped. */
    struct tarn_object *old = tarn__load(cell, relaxed);
    /* release: pairs with the acquire or dependency of whoever traces it while
     * mutators run; the value's fields are visible. */
    tarn__store(cell, value, release);
    drop(m, old);
}

void(tarn_field_set)(void *field, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_field_set");
    check_reference("tarn_field_set", m, value);
    replace_field(m, field, tarn__object_hold(value));
}

void(tarn_field_give)(void *field, void *value) {
    struct tarn_mutator *m = tarn__mutator_expect("tarn_field_give");
    check_reference("tarn_field_give", m, value);
    replace_field(m, field, value);
}
