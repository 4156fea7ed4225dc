/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The books: a byte for every object ever made in a round.
 *
 * The bytes change by relaxed operations, so that they order nothing between
 * threads: a race in the library is as visible to ThreadSanitizer as without.
 * An object found without CREATED, or with DISPOSED where it must be alive, was
 * lost or freed under its holder.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stress.h"

#define KIND_BITS 3
#define TABLE_SIZE ((uint64_t)1 << 28)
#define FAULTS_MAX 20

enum {
    CREATED = 1,
    FINALIZED = 2,
    DISPOSED = 4,
    IMMORTAL = 8,
    CALLED = 16, /* as the data of a weak reference: its callback ran */
    UNHOOKED = 32
};

typedef TARN__ATOMIC(uint8_t) shadow_byte;
static shadow_byte *table;
static TARN__ATOMIC(uint64_t) next;
static TARN__ATOMIC(uint32_t) faults;

void fault(const char *format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    dprintf(STDERR_FILENO, "tarn-stress: fault (seed %llu): %s\n",
            (unsigned long long)settings.seed, text);
    /* relaxed: a counter. */
    if (tarn__fetch_add(&faults, 1, relaxed) >= FAULTS_MAX)
        abort();
}

unsigned fault_count(void) {
    /* relaxed: read when the threads that raise it have ended. */
    return tarn__load(&faults, relaxed);
}

void shadow_reset(void) {
    if (table)
        munmap(table, TABLE_SIZE);
    table = mmap(NULL, TABLE_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED) {
        perror("tarn-stress: the table of objects");
        exit(2);
    }
    /* relaxed: no other thread runs. */
    tarn__store(&next, 0, relaxed);
}

/* relaxed, here and below: see the head of the file. */
static unsigned mark(uint64_t id, unsigned bits) {
    return tarn__fetch_or(&table[id >> KIND_BITS], (uint8_t)bits, relaxed);
}

uint64_t shadow_create(enum kind kind) {
    /* relaxed: a number of its own is all that is wanted. */
    uint64_t number = tarn__fetch_add(&next, 1, relaxed);
    if (number >= TABLE_SIZE) {
        fault("more than %llu objects in a round", (unsigned long long)TABLE_SIZE);
        abort();
    }
    uint64_t id = number << KIND_BITS | kind;
    mark(id, CREATED);
    return id;
}

uint64_t shadow_canary(uint64_t id) {
    return (id + settings.seed) * UINT64_C(0x9e3779b97f4a7c15) ^ UINT64_C(0x7461726e);
}

enum kind shadow_kind(uint64_t id) {
    return (enum kind)(id & ((1u << KIND_BITS) - 1));
}

uint64_t shadow_check_borrowed(const void *object, const char *where) {
    const struct item *item = object;
    if (item->canary != shadow_canary(item->id)) {
        fault("%s: object %p: id %#llx, canary %#llx do not agree", where, object,
              (unsigned long long)item->id, (unsigned long long)item->canary);
        abort();
    }
    return item->id;
}

void shadow_check_same(const void *object, uint64_t id, const char *where) {
    const struct item *item = object;
    if (item->id != id) {
        fault("%s: object %p was id %#llx, and is id %#llx now", where, object,
              (unsigned long long)id, (unsigned long long)item->id);
        abort();
    }
}

void shadow_check(const void *object, const char *where) {
    const struct item *item = object;
    shadow_check_borrowed(object, where);
    /* relaxed: the holder's reference orders its object's birth. */
    unsigned state = tarn__load(&table[item->id >> KIND_BITS], relaxed);
    bool disposing = shadow_kind(item->id) == KIND_CALLING;
    if (!(state & CREATED) || ((state & DISPOSED) && !disposing))
        fault("%s: object %p (id %#llx) is held, but its state is %#x", where, object,
              (unsigned long long)item->id, state);
}

void shadow_finalized(const struct item *item) {
    shadow_check(item, "finalize");
    unsigned old = mark(item->id, FINALIZED);
    if (old & FINALIZED)
        fault("object id %#llx is finalized twice", (unsigned long long)item->id);
}

void shadow_disposed(const struct item *item) {
    shadow_check_borrowed(item, "dispose");
    unsigned old = mark(item->id, DISPOSED);
    if (old & DISPOSED)
        fault("object id %#llx is disposed of twice", (unsigned long long)item->id);
    if (old & IMMORTAL)
        fault("object id %#llx is immortal and disposed of", (unsigned long long)item->id);
    if (shadow_kind(item->id) == KIND_FINAL && !(old & FINALIZED))
        fault("object id %#llx died without its finalizer", (unsigned long long)item->id);
    /* relaxed: a counter. */
    tarn__fetch_sub(&item->place->live, 1, relaxed);
}

void shadow_immortal(const struct item *item) {
    if (!(mark(item->id, IMMORTAL) & IMMORTAL))
        /* relaxed: a counter. */
        tarn__fetch_add(&item->place->immortals, 1, relaxed);
}

void shadow_callback(const struct item *data) {
    shadow_check(data, "weak callback");
    unsigned old = mark(data->id, CALLED);
    if (old & CALLED)
        fault("weak callback with data id %#llx runs twice", (unsigned long long)data->id);
    if (old & UNHOOKED)
        fault("weak callback with data id %#llx runs after its removal",
              (unsigned long long)data->id);
}

void shadow_callback_removed(uint64_t data) {
    if (mark(data, UNHOOKED) & CALLED)
        fault("weak callback with data id %#llx was removed, but has run",
              (unsigned long long)data);
}

bool shadow_is_destroyed(uint64_t id) {
    /* relaxed: asked by whoever knows it by other means. */
    return tarn__load(&table[id >> KIND_BITS], relaxed) & DISPOSED;
}

uint64_t shadow_created(void) {
    /* relaxed: a statistic. */
    return tarn__load(&next, relaxed);
}

static bool is_left(uint64_t number) {
    /* relaxed: the threads that made the objects have ended. */
    return !(tarn__load(&table[number], relaxed) & (DISPOSED | IMMORTAL));
}

uint64_t shadow_left(void) {
    uint64_t left = 0;
    for (uint64_t i = 0; i < shadow_created(); i++)
        left += is_left(i);
    return left;
}

void shadow_report_left(unsigned most) {
    for (uint64_t i = 0; i < shadow_created() && most > 0; i++)
        if (is_left(i)) {
            /* relaxed: as above. */
            fault("object number %llu was never destroyed: state %#x", (unsigned long long)i,
                  tarn__load(&table[i], relaxed));
            most--;
        }
}
