/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the inline functions of tarn.h must know: the object header, the seat's
 * state word and the thread-local. Not an interface: a program that reads these
 * fields itself breaks with the next TARN_LAYOUT.
 *
 * The header's two words (counts, flags and who may write what) are explained
 * in docs/memory-model.md, sections [CNT-1] to [CNT-6].
 */
#ifndef TARN_LAYOUT_H
#define TARN_LAYOUT_H

#include <tarn/atomic.h>

/* Changes whenever a struct or constant of this file does; tarn_thread_attach
 * refuses a caller compiled with another number. */
#define TARN_LAYOUT 2

/*
 * word 0, `bias`: the owner's half. Written by the owner seat alone while
 * bits 0-15 name a seat; by whoever merges (who excludes the owner) to clear
 * them; by the collector with the world stopped.
 *
 *   bits 63..32  local count, signed, >= 1 while biased
 *   bits 31..16  flags: TARN__BIAS_*
 *   bits 15..0   owner seat; 0 = merged or shared from birth
 *
 * word 1, `shared`: everybody's half, changed by atomic read-modify-write.
 *
 *   bits 63..32  shared count, signed: fetch_add(TARN__COUNT_ONE) never
 *                disturbs what is below it
 *   bits 31..9   type number; 0 = free block
 *   bits  8..0   flags
 */
typedef struct tarn_object {
    TARN__ATOMIC(uint64_t) bias;
    TARN__ATOMIC(uint64_t) shared;
} tarn_object;

#define TARN__COUNT_SHIFT 32
#define TARN__COUNT_ONE ((uint64_t)1 << TARN__COUNT_SHIFT)

#define TARN__BIAS_SEAT_MASK ((uint64_t)0xffff)
#define TARN__BIAS_AGE_SHIFT 16
#define TARN__BIAS_AGE_MASK ((uint64_t)3 << 16) /* generation 0, 1 or 2 */
#define TARN__BIAS_CONVICT ((uint64_t)1 << 18)  /* condemned, not yet DEAD [GC-4] */
#define TARN__BIAS_PLAIN ((uint64_t)1 << 19)    /* a leaf without user code: dies alone */
#define TARN__BIAS_FLAGS_MASK ((uint64_t)0xffff << 16)

#define TARN__TYPE_SHIFT 9
#define TARN__TYPE_BITS 23
#define TARN__TYPE_MASK ((((uint64_t)1 << TARN__TYPE_BITS) - 1) << TARN__TYPE_SHIFT)

#define TARN__MERGED ((uint64_t)1 << 0)    /* the bias is gone; shared is the count */
#define TARN__QUEUED ((uint64_t)1 << 1)    /* in its owner's mail, which owns a reference */
#define TARN__PUBLISHED ((uint64_t)1 << 2) /* was stored in a slot: dies through a grace period */
#define TARN__WEAK ((uint64_t)1 << 3)      /* has a weak control block */
#define TARN__FINALIZED ((uint64_t)1 << 4) /* its finalizer has run or is about to */
#define TARN__PENDING ((uint64_t)1 << 5)   /* waits for user code; the queue owns a reference */
#define TARN__IMMORTAL ((uint64_t)1 << 6)  /* counts are no longer kept */
#define TARN__DEAD ((uint64_t)1 << 7)      /* sticky: no increment revives it */
#define TARN__DISPOSED ((uint64_t)1 << 8)  /* its calling dispose has run or is about to */

/*
 * A seat's state word (docs/memory-model.md, [SP-1]). The low bits are the
 * state; any other bit set means "come to the slow path", so that the poll is
 * one comparison.
 */
#define TARN__SEAT_RUNNING 0u
#define TARN__SEAT_PARKED 1u
#define TARN__SEAT_BLOCKING 2u
#define TARN__SEAT_CLAIMED 3u
#define TARN__SEAT_VACANT 4u
#define TARN__SEAT_STATE_MASK 7u
#define TARN__SEAT_STOP 0x08u  /* a world stop wants or holds this seat */
#define TARN__SEAT_WANT 0x10u  /* a thread waits on this word to become RUNNING */
#define TARN__SEAT_GRACE 0x20u /* a grace period wants a fresh read section */
#define TARN__SEAT_WORK 0x40u  /* mail, retired batches, user code or a collection wait */

/* The part of a seat that inline functions see; the rest is the library's. */
struct tarn__seat_head {
    TARN__ATOMIC(uint32_t) state;
};

/*
 * The calling thread's seat. `id` is the seat's number, never 0, while the
 * thread runs attached, and TARN__SEAT_NONE while it is blocking or unattached:
 * every inline fast path then misses, and the slow path names the misuse.
 * `seat` is never NULL: an unattached thread points to a seat whose state is
 * not RUNNING.
 */
struct tarn__tls {
    struct tarn__seat_head *seat;
    uint32_t id;
    uint32_t holds_seat; /* 1 from attach to detach, blocking regions included */
};

#define TARN__SEAT_NONE 0x10000u

#endif
