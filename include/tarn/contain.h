/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Containers that threads share without locks: the vector, the map, the
 * ephemeron. Each is an object: it is counted, stored, traced and dropped like any
 * other, belongs to the heap of the thread that made it, and is part of cycles that
 * the collector finds. The conventions are those of tarn.h; moreover:
 *
 *   ownership   what is passed in is borrowed, the container takes references of
 *               its own; what a call returns or puts into an out-parameter is a
 *               new reference of the caller's, but for the "peek" calls: a borrow,
 *               good until the caller's next safepoint.
 *   NULL        is never an element, key or value: it says "none". Immediate values
 *               may stand wherever an object may, unless it is held weakly.
 *   memory      a call that fails for want of memory changed nothing.
 *   misuse      passing something else than the object that a call is for stops
 *               the program with a message.
 *
 * The arguments are in docs/design/contain.md.
 */
#ifndef TARN_CONTAIN_H
#define TARN_CONTAIN_H

#include <tarn/tarn.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --------------------------------------------------------------- vector ---- */

/*
 * A growable array of references: elements 0 to length - 1, none of them NULL.
 * It grows at its end and never shrinks; an element keeps its place, so that
 * reading, replacing and growing go on at once. Every operation is atomic.
 */

/* Makes an empty vector. Returns NULL with ENOMEM. Threads: attached. Safepoint: no. */
TARN_API void *tarn_vec_new(void);

/* Elements. Threads: attached. Safepoint: no. Lock-free. */
TARN_API size_t tarn_vec_length(void *vec);

/*
 * Puts a reference to `value` behind the last element. Returns its index, -EINVAL
 * (NULL) or -ENOMEM. Threads: attached. Safepoint: no. Lock-free: it repeats only
 * when another push came first.
 */
TARN_API ptrdiff_t tarn_vec_push(void *vec, void *value);

/* A new reference to an element, or NULL if there is none at `index`. Threads:
 * attached. Safepoint: no. Lock-free, and never delayed by pushes. */
TARN_API void *tarn_vec_get(void *vec, size_t index);

/* A borrow of an element, or NULL. Threads: attached. Safepoint: no. Wait-free. */
TARN_API void *tarn_vec_peek(void *vec, size_t index);

/* Replaces an element by a new reference to `value`, and drops the old one. Returns
 * 0, -EINVAL (NULL) or -ERANGE (no such element). Threads: attached. Safepoint: no.
 * Wait-free but for the drop. */
TARN_API int tarn_vec_set(void *vec, size_t index, void *value);

/* The same, but returns the old element's reference, or NULL with errno as above
 * (EINVAL, ERANGE). Threads: attached. Safepoint: no. Wait-free. */
TARN_API void *tarn_vec_exchange(void *vec, size_t index, void *value);

/* If the element is `expected` (a pointer, compared only), replaces it by a new
 * reference to `desired` and returns true; else changes nothing: also if either is
 * NULL or there is no such element. Threads: attached. Safepoint: no. Wait-free. */
TARN_API bool tarn_vec_compare_exchange(void *vec, size_t index, void *expected, void *desired);

/* Makes room, so that pushes up to a length of `length` need no memory. Returns 0 or
 * -ENOMEM (some room may have been made). Threads: attached. Safepoint: no. Lock-free. */
TARN_API int tarn_vec_reserve(void *vec, size_t length);

/* ------------------------------------------------------------------ map ---- */

enum tarn_map_kind {
    TARN_MAP_STRONG = 0,      /* holds its keys and values */
    TARN_MAP_ENTRIES = 1,     /* a value carries its key: the callbacks take values for
                               * keys, and what is put is passed as key and as value */
    TARN_MAP_WEAK_VALUES = 2, /* an entry ends when its value dies */
    TARN_MAP_WEAK_KEYS = 3    /* an entry ends when its key dies, and the value with it,
                               * even if it leads back to the key: each is an ephemeron */
};

/*
 * How a map finds its keys. The callbacks see what the map holds and what a caller
 * looks for (an object, or anything else that they take for one, as a struct on the
 * stack with the key's fields set). They run inside map calls of any thread, at once:
 * they may read, and must not write or call tarn but tarn_typeof, tarn_length,
 * tarn_slot_peek and tarn_vec_peek. Equal keys have equal hashes, and a key does not
 * change while it is in a map. Both NULL: a key is equal to itself alone.
 */
struct tarn_map_spec {
    enum tarn_map_kind kind;
    uint64_t (*hash)(const void *key, void *arg);
    bool (*equal)(const void *held, const void *key, void *arg);
    void *arg; /* passed on; must stay valid as long as the map lives */
    /* Keys and values are objects that the collector does not look after, which
     * tarn_gc_is_tracked tells; others are refused (EINVAL). It then does not look at
     * the map's inside, and an entry takes ten bytes less. */
    bool acyclic;
};

/* Makes an empty map. spec: copied; NULL: strong, by identity. Returns NULL with errno
 * EINVAL (no such kind; one callback without the other; weak and acyclic) or ENOMEM. Threads:
 * attached. Safepoint: no. */
TARN_API void *tarn_map_new(const struct tarn_map_spec *spec);

/* Entries; exact if nobody changes the map meanwhile. In a weak map one that has ended
 * is counted until it is cleared away. Threads: attached. Safepoint: no. Wait-free. */
TARN_API size_t tarn_map_count(void *map);

/* A new reference to the value of `key`, or NULL. Threads: attached. Safepoint: no.
 * Lock-free, and never delayed by writers. Source: split-ordered lists, Shalev and
 * Shavit, J. ACM 53 (2006). */
TARN_API void *tarn_map_get(void *map, const void *key);

/*
 * Says that these keys will be looked for: what finding them reads is brought to the
 * caller's caches, for all of them at once, where one after the other would wait for
 * memory. Changes nothing. For whoever has several keys at hand, as a server has that
 * reads a pipeline of requests. Threads: attached. Safepoint: no. Wait-free.
 */
TARN_API void tarn_map_prefetch(void *map, const void *const *keys, size_t count);

/* A borrow of the value of `key`, or NULL. Threads: attached. Safepoint: no. */
TARN_API void *tarn_map_peek(void *map, const void *key);

/*
 * Gives `key` the value, whether it had one or not. Returns 1 (it had none: the map
 * takes references to key and value) or 0 (it had one: to the value only; with weak
 * keys the entry is this key's from now on, should the one before be another object),
 * -EINVAL
 * (NULL; a key that is not the value in a map of entries; an object that the collector
 * looks after in a map that is `acyclic`; no object where one is held weakly) or
 * -ENOMEM. old, if not
 * NULL, receives the reference to the value before, or NULL; else it is dropped.
 * Threads: attached. Safepoint: no. Lock-free.
 */
TARN_API int tarn_map_put(void *map, void *key, void *value, void **old);

/* The same if the key has no value; else it returns 0, changes nothing, and `found`,
 * if not NULL, receives a new reference to the value it has (NULL with 1). */
TARN_API int tarn_map_add(void *map, void *key, void *value, void **found);

/* Replaces the value of `key` if it is `expected` (a pointer, compared only): by a new
 * reference to `desired`, or by none (NULL: the key is removed). Returns whether it
 * did; false too if expected is NULL, or `desired` is no value for this key: see
 * tarn_map_put; and with errno ENOMEM in a weak map. Threads: attached. Safepoint: no. Lock-free.
 */
TARN_API bool tarn_map_compare_exchange(void *map, const void *key, void *expected, void *desired);

/* Clears ended entries of a weak map away, all that there are now; puts and additions
 * clear two each, so that without this call too there are hardly more of them than of
 * others. Returns how many. Threads: attached. Safepoint: no. Lock-free. */
TARN_API ptrdiff_t tarn_map_sweep(void *map);

/* Removes a key with its value. Returns the value's reference, now the caller's, or
 * NULL if the key has none. Threads: attached. Safepoint: no. Lock-free. */
TARN_API void *tarn_map_remove(void *map, const void *key);

/*
 * A walk through a map that others may change, from tarn_map_cursor_begin to
 * tarn_map_cursor_end, with safepoints in between if the caller likes. A key that has
 * a value all the time is met exactly once, one that comes or goes at most once for
 * each time that it comes; its value is the one it had when it was met. The fields
 * are the library's.
 */
struct tarn_map_cursor {
    void *map;      /* a reference */
    uint64_t order; /* of the last key met */
    bool begun;
    void **ties; /* what has the same order, to be met next: references */
    size_t tie_count;
};

/* Sets a cursor before all keys; it holds the map. Threads: attached. Safepoint: no. */
TARN_API void tarn_map_cursor_begin(struct tarn_map_cursor *cursor, void *map);

/* Goes on. Returns 1, with new references in *key and *value (each may be NULL: not
 * wanted); 0: there are no more keys; -ENOMEM: only where several keys have the same
 * hash; it may be called again. Threads: attached. Safepoint: no. Lock-free. */
TARN_API int tarn_map_cursor_next(struct tarn_map_cursor *cursor, void **key, void **value);

/* The same with borrows, which write nothing to what is met: for a process that shares
 * its pages with the one it was forked from. -EINVAL in a weak map. Threads: attached.
 * Safepoint: no. Lock-free. */
TARN_API int tarn_map_cursor_peek(struct tarn_map_cursor *cursor, void **key, void **value);

/*
 * Where a walk is, as a number that outlasts the cursor, and going on from there, with
 * any cursor of the same map: what was met before is not met again, unless it shares
 * its 64-bit hash with what is still to come. 0 is before all keys; any other number is
 * a place too, so a number drawn finds a key at random, or none if it is behind the last.
 * Threads: attached. Safepoint: no.
 */
TARN_API uint64_t tarn_map_cursor_place(const struct tarn_map_cursor *cursor);
TARN_API void tarn_map_cursor_seek(struct tarn_map_cursor *cursor, uint64_t place);

/* Ends a walk, at any point. Threads: attached. Safepoint: no. */
TARN_API void tarn_map_cursor_end(struct tarn_map_cursor *cursor);

/* ------------------------------------------------------------ ephemerons ---- */

/*
 * Makes an object that holds `value` as long as `key` lives, and does not hold `key`:
 * not through the value either, if the collector looks after the key (see
 * tarn_gc_is_tracked; another key lives as long as anything refers to it). When the
 * key has died the value is let go where weak callbacks run. key: an object; value: an
 * object or an immediate value. Returns NULL with errno EINVAL or ENOMEM. Source: Hayes,
 * Ephemerons, OOPSLA 1997. Threads: attached. Safepoint: no.
 */
TARN_API void *tarn_ephemeron_new(void *key, void *value);

/* New references to key and value, or NULL once the key is dead. Threads: attached.
 * Safepoint: no. Wait-free (key), lock-free (value). */
TARN_API void *tarn_ephemeron_key(void *ephemeron);
TARN_API void *tarn_ephemeron_value(void *ephemeron);

#ifdef __cplusplus
}
#endif

#endif
