/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * See memory/watch.h.
 *
 *   block   |  what was asked for  |  canary, 16 bytes or more  |  note, 16 bytes |
 *
 * Fill patterns (checked mode): 0xcd in what malloc returns, 0xfb in canaries, 0xdd in
 * what was freed. All that a tool must not see touched is opened to the library while
 * it works on it, and closed again.
 */
#include "memory/watch.h"

#include <string.h>

#include "base/check.h"
#include "base/tsan.h"
#include "memory/stack.h"
#include "memory/tools.h"
#include "os/env.h"

#define CANARY_SIZE 16
#define FILL_NEW 0xcd
#define FILL_CANARY 0xfb
#define FILL_FREED 0xdd
#define NOTE_LIVE 0x6c697665u
#define NOTE_FREED 0x66726565u

struct note {
    size_t size;
    uint32_t stack;
    uint32_t state;
};

unsigned tarn__watch = TARN_WATCH_UNDECIDED;
size_t tarn__watch_table_max;

/* --- deciding --- */

static unsigned what_to_watch(void) {
    char value[8];
    unsigned watch = 0;
    bool is_set = tarn__os_env("TARN_CHECK", value, sizeof value);
    if (is_set && *value == '0')
        return 0;
    if (is_set && *value == '1')
        watch |= TARN_WATCH_CHECK;
    if (__asan_poison_memory_region)
        watch |= TARN_WATCH_ASAN;
    if (RUNNING_ON_VALGRIND)
        watch |= TARN_WATCH_VALGRIND;
    if (!TARN__LIBRARY_HAS_TSAN && __tsan_acquire)
        watch |= TARN_WATCH_TSAN;
    return watch;
}

/* Every caller finds the same, so that it does not matter who is first. */
void tarn__watch_decide(void) {
    if (tarn__watch != TARN_WATCH_UNDECIDED)
        return;
    unsigned watch = what_to_watch();
    tarn__watch_table_max = watch ? 0 : TARN_TABLE_MAX;
    tarn__watch = watch;
}

/* Before main, while there is one thread; the first stack loads the unwinder. */
__attribute__((constructor(101))) static void decide_early(void) {
    tarn__watch_decide();
    if (tarn__watch & TARN_WATCH_CHECK)
        tarn__stack_capture();
}

/* --- what lies behind a block --- */

static bool has_note(void) {
    return tarn__watch & (TARN_WATCH_CHECK | TARN_WATCH_ASAN | TARN_WATCH_VALGRIND);
}

static struct note *note_of(const struct tarn_pool *pool, const void *block) {
    return (struct note *)((uintptr_t)block + pool->block_size - sizeof(struct note));
}

static void poison(void *start, size_t size) {
    if (tarn__watch & TARN_WATCH_ASAN)
        __asan_poison_memory_region(start, size);
    if (tarn__watch & TARN_WATCH_VALGRIND)
        VALGRIND_MAKE_MEM_NOACCESS(start, size);
}

static void unpoison(void *start, size_t size) {
    if (tarn__watch & TARN_WATCH_ASAN)
        __asan_unpoison_memory_region(start, size);
    if (tarn__watch & TARN_WATCH_VALGRIND)
        VALGRIND_MAKE_MEM_DEFINED(start, size);
}

size_t tarn__watch_room(size_t size) {
    size_t room = size + CANARY_SIZE + sizeof(struct note);
    return !has_note() || room < size ? size : room;
}

size_t tarn__watch_size(const struct tarn_pool *pool, const void *block) {
    if (!has_note())
        return pool->block_size;
    struct note *note = note_of(pool, block);
    unpoison(note, sizeof *note);
    size_t size = note->size;
    poison(note, sizeof *note);
    return size;
}

static _Noreturn void stop(const char *function, const struct tarn_pool *pool, const void *block,
                           const struct note *note, const char *rule) {
    static const char *const kinds[] = {"raw block", "leaf object", "container object"};
    char stack[600];
    tarn__stack_describe(note->stack, stack, sizeof stack);
    tarn__fatal(function, "%s %p of %zu bytes: %s%s%s", kinds[pool->kind], block, note->size, rule,
                *stack ? "; allocated by " : "", stack);
}

static bool is_filled(const unsigned char *start, const unsigned char *end, unsigned char with) {
    for (; start < end; start++)
        if (*start != with)
            return false;
    return true;
}

/* --- the life of a block --- */

static void open_all(struct tarn_pool *pool, void *block) {
    unpoison(block, pool->block_size);
}

void tarn__watch_made(struct tarn_pool *pool, void *block, size_t size) {
    TARN__USER_EDGE_FROM(block);
    if (!has_note())
        return;
    struct note *note = note_of(pool, block);
    unsigned char *end = (unsigned char *)block + size;
    open_all(pool, block);
    *note = (struct note){.size = size, .state = NOTE_LIVE};
    if (tarn__watch & TARN_WATCH_CHECK) {
        note->stack = tarn__stack_capture();
        memset(end, FILL_CANARY, (size_t)((unsigned char *)note - end));
        if (pool->kind == TARN_KIND_RAW)
            memset(block, FILL_NEW, size);
    }
    poison(end, (size_t)((unsigned char *)(note + 1) - end));
    if ((tarn__watch & TARN_WATCH_VALGRIND) && pool->kind == TARN_KIND_RAW)
        VALGRIND_MALLOCLIKE_BLOCK(block, size, CANARY_SIZE, 0);
}

static void expect_whole(const char *function, struct tarn_pool *pool, void *block,
                         const struct note *note) {
    const unsigned char *end = (const unsigned char *)block + note->size;
    if (note->state == NOTE_FREED)
        stop(function, pool, block, note, "freed twice");
    if (note->state != NOTE_LIVE)
        stop(function, pool, block, &(struct note){.size = pool->block_size},
             "written to far beyond its end");
    if ((tarn__watch & TARN_WATCH_CHECK) &&
        !is_filled(end, (const unsigned char *)note, FILL_CANARY))
        stop(function, pool, block, note, "written to beyond its end");
}

void tarn__watch_freed(const char *function, struct tarn_pool *pool, void *block) {
    TARN__USER_EDGE_FROM(block); /* others dropped their references before */
    TARN__USER_EDGE_FOR(block);
    if (!has_note())
        return;
    struct note *note = note_of(pool, block);
    size_t header = pool->kind == TARN_KIND_RAW ? 0 : sizeof(struct tarn_free_block);
    unpoison(note, sizeof *note);
    unpoison((char *)block + note->size, CANARY_SIZE);
    if (tarn__watch & TARN_WATCH_CHECK)
        open_all(pool, block);
    expect_whole(function, pool, block, note);
    note->state = NOTE_FREED;
    if (tarn__watch & TARN_WATCH_CHECK)
        memset((char *)block + header, FILL_FREED, note->size - header);
    if ((tarn__watch & TARN_WATCH_VALGRIND) && !header)
        VALGRIND_FREELIKE_BLOCK(block, CANARY_SIZE);
    poison((char *)block + header, pool->block_size - header);
}

void tarn__watch_deferred(struct tarn_pool *pool, void *block) {
    if (!has_note())
        return;
    struct note *note = note_of(pool, block);
    unpoison(note, sizeof *note);
    if (tarn__watch & TARN_WATCH_CHECK)
        open_all(pool, block);
    expect_whole("tarn_free_deferred", pool, block, note);
    if (note->size < sizeof(struct tarn_free_block)) {
        note->size = sizeof(struct tarn_free_block);
        unpoison(block, note->size);
    }
    unsigned char *end = (unsigned char *)block + note->size;
    poison(end, (size_t)((unsigned char *)(note + 1) - end));
}

void tarn__watch_left(struct tarn_pool *pool, void *block) {
    if (!has_note())
        return;
    open_all(pool, block);
    struct note *note = note_of(pool, block);
    const unsigned char *start = block;
    if ((tarn__watch & TARN_WATCH_CHECK) && !is_filled(start, start + note->size, FILL_FREED))
        stop("tarn_free", pool, block, note, "written to after it was freed");
    poison((struct tarn_free_block *)block + 1, pool->block_size - sizeof(struct tarn_free_block));
}

void tarn__watch_pool_gone(struct tarn_pool *pool) {
    unpoison(pool->base, pool->slices ? pool->slices * TARN_SLICE_SIZE : pool->block_size);
}
