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
 *   NULL        is never an element, key or value: it says "none".
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

#ifdef __cplusplus
}
#endif

#endif
