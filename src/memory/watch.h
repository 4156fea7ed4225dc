/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Watching blocks: the checked mode, and what sanitizers and Valgrind are told.
 *
 * Whether blocks are watched is decided once, before the first is handed out, and
 * costs nothing when they are not: the fast paths' own limits (the largest small
 * size, the mask of the pool map, the shelf of a type) then let nothing through, and
 * every call comes to the slow paths that ask here.
 *
 * A watched block is larger than what was asked for. Behind that lie a canary, and in
 * the last 16 bytes the size asked for and the number of the caller's stack. Freed raw
 * blocks spend some time in quarantine before they may be used again.
 */
#ifndef TARN_MEMORY_WATCH_H
#define TARN_MEMORY_WATCH_H

#include "memory/pool.h"

enum tarn_watch {
    TARN_WATCH_UNDECIDED = 1,
    TARN_WATCH_CHECK = 2, /* TARN_CHECK=1: canaries, fill patterns, stacks; =0: nothing
                             at all is watched, whatever runs the program */
    TARN_WATCH_ASAN = 4,  /* the program runs under AddressSanitizer */
    TARN_WATCH_VALGRIND = 8,
    TARN_WATCH_TSAN = 16 /* the program is instrumented, this library is not */
};

/* enum tarn_watch, 0: blocks are not watched. Constant once decided. */
extern unsigned tarn__watch TARN_HIDDEN;

/* TARN_TABLE_MAX, or 0 while blocks are or may be watched. */
extern size_t tarn__watch_table_max TARN_HIDDEN;

static inline bool tarn__is_watching(void) {
    return tarn__unlikely(tarn__watch != 0);
}

/* Decides, if nobody has. Any thread, before its first block. */
void tarn__watch_decide(void);

/* What to ask for so that `size` bytes can be watched. */
size_t tarn__watch_room(size_t size);

/* The size that a live block was made with. */
size_t tarn__watch_size(const struct tarn_pool *pool, const void *block);

/* A block has been made, of any kind. */
void tarn__watch_made(struct tarn_pool *pool, void *block, size_t size);

/* A block is being freed: stops the program if it was freed or is damaged. The first
 * two words of an object stay readable; a raw block is not to be touched. */
void tarn__watch_freed(const char *function, struct tarn_pool *pool, void *block);

/* A raw block is to be freed later: its first 16 bytes are the library's from now on,
 * however few were asked for. Stops the program as the free would. */
void tarn__watch_deferred(struct tarn_pool *pool, void *block);

/* A raw block leaves quarantine for its pool: stops the program if it was written to. */
void tarn__watch_left(struct tarn_pool *pool, void *block);

/* The memory of a pool, or of a large block, is nobody's any more. */
void tarn__watch_pool_gone(struct tarn_pool *pool);

/* Quarantine: puts a block in, and returns the oldest if there was no place; takes the
 * oldest out if they are too large together, or `all`: NULL if there is none. */
void *tarn__quarantine_put(void *block, size_t size);
void *tarn__quarantine_take(bool all);

/* Around a fork. */
void tarn__watch_lock(void);
void tarn__watch_unlock(void);

#endif
