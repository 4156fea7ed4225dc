/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * How this program uses its heap: making objects, slots, locks, one thread or many.
 *
 * As long as there is one thread, nobody else reads a slot: slots are then written as
 * plain fields, what dies is freed on the spot, and locks are not taken. The first
 * thread that starts (heap_become_shared) publishes every object that a slot holds;
 * from then on slots are stored to with tarn_slot_store, loaded with tarn_slot_load,
 * and writers of an object take its lock. Both ways follow one branch on `heap_shared`,
 * which changes once.
 *
 * Readers hold the container that they read (TARN_TYPE_HELD_READS) and borrow what they
 * find in it, or a block that a writer may replace, until their next safepoint only.
 */
#ifndef ADDER_OBJECT_HEAP_H
#define ADDER_OBJECT_HEAP_H

#include "object/object.h"

extern tarn_heap *heap;
extern bool heap_shared;

/* Makes the heap, attaches the calling thread. Returns whether there was memory. */
bool heap_start(size_t limit);

/* Before the first thread starts: see above. False: no memory, an exception waits. */
bool heap_become_shared(void);

/* Registers a type whose references are at the offsets given, ended by 0; ends the
 * program if it cannot. The cls field is counted if `heap_class`. */
tarn_type *heap_type(const char *name, size_t size, const size_t *offsets, bool heap_class);
tarn_type *heap_type_spec(const struct tarn_type_spec *spec);

/* A new object with its class set, or NULL with MemoryError. */
void *object_new(tarn_type *type, struct cls *cls);
void *object_new_array(tarn_type *type, struct cls *cls, size_t n);

/* Raw memory; before NULL is returned, what is kept free is given back. */
void *memory_get(size_t size);

/* Between the two the limit does not hold: to say that memory has run out takes some. */
void limit_suspend(void);
void limit_resume(void);

/* Raw memory, or NULL with MemoryError. */
void *block_new(size_t size);

/* What a block begins with that others may be reading when it is retired: from then on
 * these bytes are the library's. */
struct retired {
    uintptr_t words[2];
};

/* Frees a block that begins with struct retired and that others may be reading until their next
 * safepoints. */
static inline void block_retire(void *block) {
    if (heap_shared)
        tarn_free_deferred(block);
    else
        tarn_free(block);
}

/* Lets the slot keep `value`, owned by the caller until now. */
static inline void slot_give(tarn_slot *slot, ref value) {
    if (tarn__likely(!heap_shared)) {
        ref old = slot->object.value;
        slot->object.value = (tarn_object *)value;
        drop(old);
    } else {
        tarn_slot_give(slot, value);
    }
}

static inline void slot_set(tarn_slot *slot, ref value) {
    slot_give(slot, keep(value));
}

/* The same for a slot that holds nothing yet and that nobody else reads. */
static inline void slot_init(tarn_slot *slot, ref value) {
    if (tarn__likely(!heap_shared))
        slot->object.value = (tarn_object *)keep(value);
    else
        tarn_slot_init(slot, value);
}

static inline ref slot_get(tarn_slot *slot) {
    if (tarn__likely(!heap_shared))
        return keep(slot->object.value);
    return tarn_slot_load(slot);
}

/* Puts another value in; what the slot held is now the caller's. For slots whose every
 * writer holds their object's lock: a value that is no object needs no publication then,
 * and no exchange. */
static inline ref slot_swap_locked(tarn_slot *slot, ref value) {
    if (tarn__unlikely(heap_shared) && is_object(value))
        return tarn_slot_exchange(slot, value);
    ref old = slot->object.value;
    /* relaxed: nobody else reads it, or it points to nothing. */
    tarn__store(&slot->object, (tarn_object *)keep(value), relaxed);
    return old;
}

/* What the slot held, now the caller's; it then holds nothing. */
static inline ref slot_take(tarn_slot *slot) {
    if (tarn__likely(!heap_shared)) {
        ref old = slot->object.value;
        slot->object.value = NULL;
        return old;
    }
    return tarn_slot_exchange(slot, NULL);
}

/* Reads a slot in a block that a writer may have replaced, whose slots then own nothing
 * any more. False: what it held has died, so there is a newer block: look again. */
static inline bool slot_read(const tarn_slot *slot, ref *out) {
    ref v = tarn_slot_peek(slot);
    if (tarn__unlikely(heap_shared) && v && !tarn_is_immediate(v)) {
        *out = v;
        return tarn_try_incref(v);
    }
    *out = keep(v);
    return true;
}

static inline ref slot_peek(const tarn_slot *slot) {
    return tarn_slot_peek(slot);
}

/* Writers of one object exclude one another, for a few instructions: no safepoint, no
 * script's code and no allocation of objects in between. */
void object_lock_shared(const void *object);
void object_unlock_shared(const void *object);

static inline void object_lock(const void *object) {
    if (tarn__unlikely(heap_shared))
        object_lock_shared(object);
}

static inline void object_unlock(const void *object) {
    if (tarn__unlikely(heap_shared))
        object_unlock_shared(object);
}

/* The same for a class when it is made: only once there are several threads. */
void heap_settle_class(ref v);

/* Keeps an object that every thread counts (functions, classes, constants) out of
 * counting: at once if there are several threads, else when the first one starts. */
void heap_settle(ref v);

#endif
