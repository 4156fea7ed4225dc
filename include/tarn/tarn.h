/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * tarn: a concurrent object heap. This header is the manual.
 *
 * Conventions
 *   results     int: 0 or a negative errno. ptrdiff_t: a count >= 0 or a
 *               negative errno. bool: a predicate. Allocating functions return
 *               NULL with errno set. Out-parameters are untouched on failure.
 *   objects     are passed as void *, and begin with a struct tarn_object.
 *               NULL is not an object: where it is allowed, the text says so.
 *   threads     "attached": the caller holds a seat and is not inside a
 *               blocking region. "any": every thread, attached or not.
 *   safepoints  the functions marked "Safepoint: yes" may stop the caller, run
 *               a collection or user code, and end every borrow of the caller.
 *               No other function does. tarn_safepoint, tarn_decref and
 *               tarn_free preserve errno.
 *   signals     no function may be called from a signal handler.
 *   misuse      what would corrupt the heap stops the program with a message
 *               that names the function, the object, its type and the rule, where
 *               a function can see it. The inline peek, poll and counts of objects
 *               that live see nothing, and no one sees a plain `=` to a reference
 *               field but tarn_heap_verify: call that in tests.
 *
 * Limits: 65,534 seats in the process, over all heaps; 8,388,606 types; objects
 * and raw blocks of up to 2^46 bytes; 2^30 - 1 references to one object, after
 * which it is immortal; heaps as many as memory allows.
 */
#ifndef TARN_TARN_H
#define TARN_TARN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tarn/layout.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TARN_API __attribute__((visibility("default")))

#define TARN_VERSION_MAJOR 0
#define TARN_VERSION_MINOR 1
#define TARN_VERSION_PATCH 0
#define TARN_VERSION ((TARN_VERSION_MAJOR << 16) | (TARN_VERSION_MINOR << 8) | TARN_VERSION_PATCH)

typedef struct tarn_heap tarn_heap;
typedef struct tarn_type tarn_type;

/* The library's TARN_VERSION at run time. Threads: any, lock-free. Safepoint: no. */
TARN_API uint32_t tarn_version(void);

/* ---------------------------------------------------------------- heap ---- */

/* Where a collection that is due runs. */
enum tarn_collect_mode {
    TARN_COLLECT_INLINE = 0,     /* at a safepoint of the thread that found it due; a thread of
                                  * the heap's own only reminds others of what is unfinished */
    TARN_COLLECT_BACKGROUND = 1, /* on a thread of the heap's own */
    TARN_COLLECT_MANUAL = 2      /* only when tarn_gc_collect is called */
};

/* Where finalizers, calling disposes and weak callbacks run. */
enum tarn_dispatch {
    TARN_DISPATCH_SAFEPOINT = 0, /* at a safepoint of the dropping or collecting thread, or of
                                  * any other once that blocks or detaches */
    TARN_DISPATCH_DRAIN = 1,     /* in tarn_drain, on the thread that calls it */
    TARN_DISPATCH_THREAD = 2     /* on a thread of the heap's own */
};

enum tarn_log_level { TARN_LOG_ERROR = 0, TARN_LOG_WARNING = 1, TARN_LOG_INFO = 2 };

/*
 * What tarn_heap_create takes. Start from zeroes: every zero means the default.
 */
struct tarn_config {
    enum tarn_collect_mode collect;
    enum tarn_dispatch dispatch;
    unsigned threshold[3];   /* all zero: 700, 10, 10 */
    size_t drop_budget;      /* objects torn down per drop or safepoint; 0: all at once */
    unsigned drop_budget_us; /* or as many as take so long, in microseconds; 0: no matter */
    unsigned pause_us;       /* aim of one stop of an automatic full collection; 0: 500 */
    unsigned collect_share;  /* of the collecting threads' time, in percent to 100; 0: 10 */
    unsigned watchdog_ms;    /* log who holds a stop or a grace period up for longer; 0: 1000 */
    /* A signal that the host leaves to this: a late thread is asked for its stack with it.
     * 0: late threads are named without one. One for the process. */
    int watchdog_signal;
    bool checked; /* stop the program that stores what is no living object */
    /* Receives a misuse message just before the process aborts. Process-wide:
     * the last heap created with a hook sets it. NULL: standard error. */
    void (*fatal)(void *arg, const char *message);
    /* Receives one-line messages, without a newline. NULL: errors and warnings
     * go to standard error, the rest nowhere. Called from any thread of the heap. */
    void (*log)(void *arg, enum tarn_log_level level, const char *message);
    /* Receives what the watchdog logs: the kernel's number of the late thread and its frames,
     * innermost first; none, if it did not answer. Called by who waits for the thread, perhaps
     * in the middle of a stop: use no object and nothing that a thread of the heap may lock. */
    void (*late)(void *arg, unsigned thread, void *const *frame, unsigned count);
    void *arg; /* passed to the hooks */
};

/*
 * Creates a heap.
 * config: NULL for the defaults; copied. Returns NULL with errno EINVAL (a value
 * out of range), EBUSY (the watchdog's signal has a handler) or ENOMEM (also: a background thread
 * could not be started). Threads: any. Safepoint: no.
 */
TARN_API tarn_heap *tarn_heap_create(const struct tarn_config *config);

/*
 * Destroys a heap: stops its background threads, reports live objects by type
 * through the log (one warning a type), and gives all its memory back. Neither
 * finalizers nor callbacks of what is still live run. Types end with their heap.
 * Returns how many objects were live, or -EBUSY if a thread is attached (user code
 * of the heap's on a thread of its own, too): the heap is then unchanged. heap: NULL is
 * allowed and returns 0.
 * Threads: unattached ones, and attached to another heap. Safepoint: yes.
 */
TARN_API ptrdiff_t tarn_heap_destroy(tarn_heap *heap);

/*
 * Gives free memory back to the system: empty pools of the calling thread (of
 * objects too, if it is attached to `heap`), empty arenas, cached large blocks, and
 * whole pages of blocks that other threads freed, whose owner has not looked yet.
 * Returns the bytes given back. heap: NULL trims raw memory alone.
 * Threads: any. Safepoint: no.
 */
TARN_API ptrdiff_t tarn_heap_trim(tarn_heap *heap);

/*
 * Limits what is held, in bytes; 0: no limit.
 *   heap   soft: when its pools grow beyond it a collection of all generations is due,
 *          and again when they have grown by a quarter since. hard: the allocation
 *          that would go beyond it fails with ENOMEM; tarn_new does not collect.
 *   NULL   the process: pools of all kinds, raw ones too, and large blocks. soft:
 *          beyond it nothing that is free is kept. hard: as above.
 * Memory is counted by pools, an arena (256 KiB) at a time for the process.
 * Returns 0, or -EINVAL (soft above hard). Threads: any. Safepoint: no.
 */
TARN_API int tarn_heap_limit(tarn_heap *heap, size_t soft, size_t hard);

struct tarn_memory_policy {
    int purge_delay_ms; /* how long free pages are kept; 0: 1000; negative: for ever */
    bool huge_pages;    /* transparent huge pages for what is reserved from now on */
};

/*
 * Sets the process's memory policy; so do the environment variables TARN_PURGE_DELAY
 * (milliseconds) and TARN_HUGE_PAGES=1 at start. Pages are given back when memory is
 * next claimed or freed in bulk, when a collection ends, or by a trim.
 * policy: copied; NULL: the defaults. Threads: any. Safepoint: no.
 */
TARN_API void tarn_memory_set_policy(const struct tarn_memory_policy *policy);

/* Figures of a heap, each read on its own: not one instant's picture. */
struct tarn_heap_stats {
    size_t seats;                /* seats made so far */
    size_t attached;             /* threads attached now */
    size_t reserved_bytes;       /* address space held, the whole process */
    size_t committed_bytes;      /* of it, in arenas in use and large blocks, the whole process */
    size_t pool_bytes;           /* in pools of this heap's objects */
    uint64_t allocated;          /* objects made since creation */
    uint64_t freed;              /* objects freed since creation */
    uint64_t freed_by_collector; /* of those, found by collections */
    uint64_t merged_mail;        /* counts merged from mailboxes */
    size_t retired;              /* objects that wait for a grace period */
    size_t retired_bytes;
    uint64_t grace_periods;
    uint64_t stops; /* times the world was stopped */
    uint64_t finalizers_run;
    uint64_t callbacks_run;
};

/* Threads: any. Safepoint: no. */
TARN_API void tarn_heap_get_stats(tarn_heap *heap, struct tarn_heap_stats *stats);

/* A histogram of durations: bucket i counts those in [2^i, 2^(i+1)) ns. */
struct tarn_histogram {
    uint64_t bucket[40];
    uint64_t count;
    uint64_t total_ns;
    uint64_t max_ns;
};

/* The two halves of every world stop: how long the threads took to stop, and
 * how long they then stood. Either may be NULL. Threads: any. Safepoint: no. */
TARN_API void tarn_heap_get_pauses(tarn_heap *heap, struct tarn_histogram *time_to_stop,
                                   struct tarn_histogram *time_stopped);

/* Upper bound, in ns, of the bucket that holds the given share (0..1) of a
 * histogram; 0 if it is empty. Threads: any. Safepoint: no. */
TARN_API uint64_t tarn_histogram_quantile(const struct tarn_histogram *histogram, double share);

/* -------------------------------------------------------------- threads ---- */

/* tarn_thread_attach with the caller's layout number spelled out. */
TARN_API int tarn__thread_attach(tarn_heap *heap, unsigned layout);

/*
 * Attaches the calling thread to a heap: it takes a seat, one that an earlier
 * thread left or a new one, and runs. Waits while the world is stopped.
 * Returns 0, -EPROTO (compiled against a header with another layout), -EALREADY
 * (attached to this heap), -EBUSY (attached to another), -ENOMEM, or -EAGAIN
 * (no seat number is free).
 * A thread that exits attached is detached by a thread-exit destructor, from a
 * blocking region too; a warning is logged.
 * Threads: unattached. Safepoint: yes, but runs no user code.
 */
static inline int tarn_thread_attach(tarn_heap *heap) {
    return tarn__thread_attach(heap, TARN_LAYOUT);
}

/*
 * Detaches the calling thread; its seat, with the pools, mail and counts in it,
 * waits for the next thread. User code still queued here moves to the heap.
 * Returns 0 or -EPERM (not attached). Threads: attached or blocking.
 * Safepoint: yes, but runs no user code.
 */
TARN_API int tarn_thread_detach(void);

/* The heap that the calling thread is attached to, or NULL. Threads: any.
 * Safepoint: no. */
TARN_API tarn_heap *tarn_thread_heap(void);

TARN_API extern __thread struct tarn__tls tarn__tls __attribute__((tls_model("initial-exec")));

TARN_API void tarn__safepoint_slow(void);

/*
 * The poll: lets a waiting stop, grace period, collection, mail or user code
 * happen here. Call it at least once a millisecond while attached and running:
 * on loop back edges, once per request. Borrows end here. Preserves errno.
 * Threads: attached. Safepoint: yes. Cost: two loads and a branch.
 */
static inline void tarn_safepoint(void) {
    /* relaxed: the slow path reads the word again with acquire. */
    if (tarn__unlikely(tarn__load(&tarn__tls.seat->state, relaxed) != TARN__SEAT_RUNNING))
        tarn__safepoint_slow();
}

/*
 * Runs everything that waits for this thread or, from any thread, for the heap:
 * mail, finalizers, disposes, callbacks, torn-down batches that are ready.
 * Returns how many pieces of user code ran. Threads: attached. Safepoint: yes.
 */
TARN_API ptrdiff_t tarn_drain(void);

/*
 * Brackets a wait (a lock held long, I/O, sleep): between them the thread
 * counts as stopped, holds no borrow and calls nothing of tarn but the raw
 * calls, statistics and tarn_is_heap_pointer. Does not nest.
 * Threads: attached; blocking. Safepoint: yes, but neither runs user code. Preserve errno.
 */
TARN_API void tarn_blocking_begin(void);
TARN_API void tarn_blocking_end(void);

/*
 * Stops every other attached thread, and starts them again. In between the
 * caller may allocate, drop references and walk; safepoints are misuse.
 * Stops of several threads follow one another. tarn_world_stop returns 0 or
 * -EDEADLK (the caller has the world stopped already).
 * A stopped thread may hold any lock of the program's: one that took it in a
 * blocking region waits in tarn_blocking_end with it. So while the world is
 * stopped take no lock that attached threads take; take it before the stop, in a
 * blocking region, or only try it. (malloc and stdio give theirs back in there.)
 * Threads: attached. Safepoint: yes (stop), no (start).
 */
TARN_API int tarn_world_stop(void);
TARN_API void tarn_world_start(void);

/* --------------------------------------------------------------- memory ---- */

/*
 * Raw memory, with malloc's contracts, from the pools that objects come from.
 * size 0 gives a unique pointer; sizes beyond the limit and products that
 * overflow give NULL with ENOMEM. Blocks are aligned to 16 bytes, those of
 * tarn_aligned_alloc to `alignment`, a power of two (EINVAL if not).
 * tarn_free and tarn_realloc take any live raw block from any thread; another
 * pointer, or a block freed twice, stops the program. NULL: free does nothing,
 * realloc allocates. tarn_realloc(p, 0) gives a block of size 0.
 * Threads: any. Safepoint: no. Lock-free but where an arena is claimed.
 */
TARN_API void *tarn_malloc(size_t size);
TARN_API void *tarn_calloc(size_t count, size_t size);
TARN_API void *tarn_realloc(void *block, size_t size);
TARN_API void *tarn_aligned_alloc(size_t alignment, size_t size);
TARN_API void tarn_free(void *block);

/*
 * tarn_free after every thread of the caller's heap has passed a safepoint: for
 * memory that other threads may be reading by borrowing. Needs no memory: from
 * the call on the block's first 16 bytes are the library's, as an rcu_head would
 * be; the rest stays as it is until it is freed.
 * block: a live raw block, not aligned to 256 KiB or more; NULL does nothing.
 * Threads: attached. Safepoint: no.
 */
TARN_API void tarn_free_deferred(void *block);

/* Bytes that may be used at `block`, at least those asked for; 0 for NULL.
 * Threads: any. Safepoint: no. */
TARN_API size_t tarn_usable_size(const void *block);

/* Whether `address` points into memory that tarn handed out or may hand out:
 * an arena or a large block of this process. Threads: any, lock-free. Safepoint: no. */
TARN_API bool tarn_is_heap_pointer(const void *address);

/* ---------------------------------------------------------------- types ---- */

/* Receives one reference, NULL never. */
typedef void (*tarn_visitor)(void *reference, void *arg);

enum tarn_type_flags {
    TARN_TYPE_SHARED = 1,           /* objects count atomically from birth (see tarn_share) */
    TARN_TYPE_DISPOSE_PLAIN = 2,    /* dispose calls nothing of tarn but tarn_free */
    TARN_TYPE_TRACE_CONCURRENT = 4, /* trace may run while the object changes */
    TARN_TYPE_UNTRACKED = 8, /* has references, but never part of a cycle: the collector skips it */
    TARN_TYPE_DISPOSE_LAST = 16, /* the plain dispose runs when the references have been dropped:
                                  * it frees the raw memory that trace found them in */
    TARN_TYPE_HELD_READS = 32    /* nobody looks into an object of the type that he only borrows:
                                  * a dead one drops its references at once, and its block alone
                                  * waits for a grace period. Not with a calling dispose */
};

/*
 * Describes a type. A reference is a pointer-sized field that holds NULL or
 * owns one count: a plain field (tarn_field_set) or a tarn_slot.
 * The library zeroes every byte of a new object, traces references for the
 * collector, and drops them when the object dies.
 */
struct tarn_type_spec {
    const char *name; /* copied; not empty */
    size_t size;      /* of the fixed part, header included; >= sizeof(tarn_object) */
    /* Byte offsets of the references in the fixed part, ascending, aligned. */
    const size_t *offsets;
    size_t offset_count;
    /* A trailing array of tarn_new_array's n elements, at `size` from the
     * start (which must then be a multiple of 8 if elements hold references):
     * element_size 0 means none. length_offset: where the fixed part keeps n,
     * a size_t that the library writes once. element_offsets: byte offsets of
     * the references inside one element. */
    size_t element_size;
    size_t length_offset;
    const size_t *element_offsets;
    size_t element_offset_count;
    /* For references that no offset names: reports every reference that the
     * object owns, once each, offsets' ones left out; the library calls it to
     * trace and to drop. May not call tarn. */
    void (*trace)(void *object, tarn_visitor visit, void *arg);
    /* Runs once, with the world running, when the object has become garbage
     * and before any reference in it is dropped; may use tarn freely and bring
     * the object back to life by storing it. */
    void (*finalize)(void *object);
    /* Runs once, when the object is certainly dying, to release what lies
     * outside the heap. Plain ones (flag) may run inside a drop. */
    void (*dispose)(void *object);
    unsigned flags;
};

/*
 * Registers a type. Returns NULL with errno EINVAL (and an error in the log
 * that says which field is wrong and why), ENOMEM, or ENOSPC (too many types).
 * The type lives as long as the heap. Threads: any. Safepoint: no.
 */
TARN_API tarn_type *tarn_type_register(tarn_heap *heap, const struct tarn_type_spec *spec);

/* Threads: any. Safepoint: no. */
TARN_API const char *tarn_type_name(const tarn_type *type);

/* -------------------------------------------------------------- objects ---- */

/*
 * Makes an object: all zero but for its header (and length), one reference,
 * owned by the caller. tarn_new is for types without a trailing array or with
 * one of length 0. Returns NULL with ENOMEM (also: n elements overflow).
 * Never collects: a collection that comes due runs at the next safepoint.
 * Threads: attached to the type's heap. Safepoint: no.
 */
TARN_API void *tarn_new(tarn_type *type);
TARN_API void *tarn_new_array(tarn_type *type, size_t n);

TARN_API void tarn__incref_slow(tarn_object *object);
TARN_API void tarn__decref_slow(tarn_object *object);

/*
 * Adds a reference to an object that the caller holds one to, or borrows from
 * a holder that cannot let go meanwhile (for a borrow that can: tarn_try_incref).
 * Threads: attached. Safepoint: no. Wait-free; the owner's path has no atomic
 * read-modify-write. Source: Choi, Shull, Torrellas, PACT 2018.
 */
static inline void tarn_incref(void *object) {
    tarn_object *o = (tarn_object *)object;
    /* relaxed: while the word names this seat, only this thread writes it. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    if (tarn__likely((bias & TARN__BIAS_SEAT_MASK) == tarn__tls.id) &&
        tarn__likely((int64_t)bias < (int64_t)((uint64_t)INT32_MAX << TARN__COUNT_SHIFT)))
        /* relaxed: as above; other threads only compare the seat number. */
        tarn__store(&o->bias, bias + TARN__COUNT_ONE, relaxed);
    else
        tarn__incref_slow(o);
}

/*
 * Drops a reference of the caller. The object dies with its last one: at once,
 * at its owner's next safepoint, or after a grace period (docs/memory-model.md).
 * Runs no user code but a plain dispose. Preserves errno.
 * Threads: attached. Safepoint: no. Lock-free; needs no memory.
 */
static inline void tarn_decref(void *object) {
    tarn_object *o = (tarn_object *)object;
    /* relaxed: while the word names this seat, only this thread writes it. */
    uint64_t bias = tarn__load(&o->bias, relaxed);
    if (tarn__likely((bias & TARN__BIAS_SEAT_MASK) == tarn__tls.id) &&
        tarn__likely(bias >= 2 * TARN__COUNT_ONE))
        /* relaxed: as above; the last local reference goes the slow way. */
        tarn__store(&o->bias, bias - TARN__COUNT_ONE, relaxed);
    else
        tarn__decref_slow(o);
}

/*
 * Adds a reference to an object that the caller only borrows (tarn_slot_peek)
 * unless it is dying. Returns whether it did. Threads: attached. Safepoint: no.
 * Wait-free.
 */
TARN_API bool tarn_try_incref(void *object);

/* The sum of both halves of the count: exact if no other thread changes it.
 * Immortal objects answer PTRDIFF_MAX. Threads: attached. Safepoint: no. */
TARN_API ptrdiff_t tarn_refcount(const void *object);

/* Ends the caller's bias, so that other threads' last drop frees the object
 * without mail: call it before handing an object over. Does nothing to objects
 * that have none. Threads: attached, the owner (another thread: no effect).
 * Safepoint: no. */
TARN_API void tarn_share(void *object);

/* Keeps the object for the heap's life; counts on it stop. Threads: attached.
 * Safepoint: no. */
TARN_API void tarn_immortalize(void *object);

/* Threads: attached. Safepoint: no. */
TARN_API tarn_type *tarn_typeof(const void *object);

/* Elements of the trailing array. Threads: attached. Safepoint: no. */
TARN_API size_t tarn_length(const void *object);

/* ---------------------------------------------------------- immediate values ---- */

/*
 * Objects are aligned to 16 bytes. Wherever a reference may stand (fields, slots, what
 * is stored in either) a word whose lowest bit is set may stand too: it is a value of
 * the caller's own and is no object. The library passes it over: it has no count, and
 * neither death nor collections follow it. So an interpreter keeps small integers and
 * flags in the very slots that hold objects. Counting functions other than the two
 * below want an object. Threads: any; attached for the counting ones. Safepoint: no.
 */
static inline bool tarn_is_immediate(const void *value) {
    return (uintptr_t)value & 1;
}

/* An integer of 63 bits (of 31 where pointers have 32) as an immediate value. */
static inline void *tarn_immediate(intptr_t number) {
    return (void *)((uintptr_t)number << 1 | 1);
}

static inline intptr_t tarn_immediate_number(const void *value) {
    return (intptr_t)value >> 1;
}

/* tarn_incref and tarn_decref of whatever a slot may hold: NULL and immediate values
 * are let through. */
static inline void tarn_incref_value(void *value) {
    if (value && !tarn_is_immediate(value))
        tarn_incref(value);
}

static inline void tarn_decref_value(void *value) {
    if (value && !tarn_is_immediate(value))
        tarn_decref(value);
}

/* ------------------------------------------------- plain fields and slots ---- */

/*
 * Replaces a plain reference field: takes a new reference to `value` (NULL
 * allowed), drops the one it held. `field`: the address of a reference field of
 * an object that the caller holds, or of a pointer outside the heap (a global, say),
 * guarded by the caller against other writers and readers.
 * Threads: attached. Safepoint: no.
 */
TARN_API void tarn_field_set(void *field, void *value);

/* The same, but the field takes over the caller's own reference to `value`. */
TARN_API void tarn_field_give(void *field, void *value);

/* What is not the address of a pointer's size, the field itself for one, does not compile.
 * Where the address is a void *, put the function's name in parentheses. */
#define TARN__FIELD(field) ((void)sizeof(char[sizeof(*(field)) == sizeof(void *) ? 1 : -1]))
#define tarn_field_set(field, value) (TARN__FIELD(field), (tarn_field_set)((field), (value)))
#define tarn_field_give(field, value) (TARN__FIELD(field), (tarn_field_give)((field), (value)))

/*
 * A reference that several threads read and write. Lives in an object (list it
 * among the type's offsets) or outside (then tarn_slot_destroy it).
 */
typedef struct tarn_slot {
    TARN__ATOMIC(tarn_object *) object;
} tarn_slot;

/* Makes a slot that no other thread sees yet; takes a new reference to `value`
 * (NULL allowed), which is then published. Threads: attached. Safepoint: no. */
TARN_API void tarn_slot_init(tarn_slot *slot, void *value);

/* Drops what the slot holds and leaves NULL. Threads: attached. Safepoint: no. */
TARN_API void tarn_slot_destroy(tarn_slot *slot);

/* A new strong reference to the slot's object, or NULL. Safe against any
 * concurrent store. Threads: attached. Safepoint: no. Lock-free: it repeats
 * only when the object read died, that is, when a store came between. */
TARN_API void *tarn_slot_load(tarn_slot *slot);

/*
 * A borrow of the slot's object, or NULL: good until the caller's next
 * safepoint, whatever others store. Threads: attached (from any other, and inside
 * a blocking region, nothing keeps the object). Safepoint: no. One load.
 */
static inline void *tarn_slot_peek(const tarn_slot *slot) {
    /* acquire: pairs with the release in tarn_slot_store; the object's fields
     * are visible. */
    return tarn__load(&slot->object, acquire);
}

/* Stores a new reference to `value` (NULL allowed) and drops the old one.
 * Threads: attached. Safepoint: no. Wait-free but for the drop. */
TARN_API void tarn_slot_store(tarn_slot *slot, void *value);

/* The same, but the slot takes over the caller's own reference to `value`: what a
 * thread makes for others needs no second count of it. */
TARN_API void tarn_slot_give(tarn_slot *slot, void *value);

/* Stores a new reference to `value` (NULL allowed) and returns the slot's old
 * one, now the caller's. Threads: attached. Safepoint: no. Wait-free. */
TARN_API void *tarn_slot_exchange(tarn_slot *slot, void *value);

/* If the slot holds `expected` (a pointer, compared only), replaces it by a new
 * reference to `desired`, drops the slot's to `expected`, and returns true;
 * else changes nothing. NULL is allowed for both. Threads: attached. Safepoint: no. */
TARN_API bool tarn_slot_compare_exchange(tarn_slot *slot, void *expected, void *desired);

/* ------------------------------------------------------------------ weak ---- */

enum tarn_weak_kind {
    TARN_WEAK_SHORT = 0, /* reads NULL from the moment its target is condemned or dies */
    TARN_WEAK_LONG = 1   /* reads its target until finalizers have run and it dies */
};

enum tarn_weak_removal {
    TARN_WEAK_REMOVED = 0, /* it will not run */
    TARN_WEAK_RUNNING = 1, /* it runs on another thread, or further up this one, now */
    TARN_WEAK_RAN = 2,     /* it ran, or there was none */
};

/* Runs once after the target of `weak` died, where the configuration says. Both
 * arguments are borrowed for the call; tarn_weak_get(weak) answers NULL. */
typedef void (*tarn_weak_callback)(void *weak, void *data);

/*
 * Makes a weak reference: an object of its own, one reference of which is the
 * caller's. It can be stored, counted and dropped like any object; dropped
 * before its target dies, its callback never runs.
 * target: an object that the caller holds. callback: NULL for none. data: an
 * object that the weak reference holds strongly and passes on, or NULL; if it
 * leads back to the weak reference, that is a cycle.
 * Returns NULL with ENOMEM. Threads: attached. Safepoint: no.
 */
TARN_API void *tarn_weak_new(void *target, enum tarn_weak_kind kind, tarn_weak_callback callback,
                             void *data);

/* A new strong reference to the target, or NULL if it is dead (or condemned:
 * see tarn_weak_kind). Threads: attached. Safepoint: no. Wait-free. */
TARN_API void *tarn_weak_get(void *weak);

/* Unhooks the callback. Returns what became of it: see tarn_weak_removal.
 * Threads: attached. Safepoint: no. */
TARN_API enum tarn_weak_removal tarn_weak_callback_remove(void *weak);

/* ------------------------------------------------------------- collector ---- */

/*
 * Collects a generation (0, 1, 2) and all younger. 2 is exact: it finds every
 * unreachable container of the heap but immortal, frozen and held ones.
 * Finalizers and callbacks run as the configuration says; inline ones have run
 * when it returns. Returns how many objects were found unreachable and freed
 * (those that a finalizer brought back are not counted), 0 if the caller is
 * inside a finalizer, callback or another collection, -EINVAL (no such
 * generation) or -ENOMEM (the collector's own memory; nothing changed).
 * A caller that finds another thread collecting waits for it and collects then.
 * Threads: attached to `heap`. Safepoint: yes.
 */
TARN_API ptrdiff_t tarn_gc_collect(tarn_heap *heap, int generation);

/*
 * Makes a full collection due, one of those that run by themselves: where the heap is
 * large it searches for suspects with the other threads running. Does nothing while
 * automatic collections are off or with TARN_COLLECT_MANUAL. Threads: any. Safepoint: no.
 */
TARN_API void tarn_gc_request(tarn_heap *heap);

/*
 * Says that the object may be the root of garbage: the caller is about to drop a reference
 * that cycles through it may outlive. The next collection of any generation, automatic or
 * asked for, judges such objects and what they reach besides, young and old, in one more
 * stop of at most the pause aimed at (tarn_config.pause_us); 128 of them make an automatic
 * collection due. What they reach beyond that stop, or through arrays of more than 1,024
 * elements, is left to the ordinary collections. It is a hint: it owns no reference, one
 * object counts once, and the cost is that of setting a bit.
 * object: the caller owns a reference to it still; leaves and immediate values are let be.
 * Threads: attached, lock-free. Safepoint: no. Source: Bacon, Rajan, "Concurrent Cycle
 * Collection in Reference Counted Systems" (2001), with the user choosing the candidates.
 */
TARN_API void tarn_gc_suspect(const void *object);

/* Automatic collections on and off; they start on. Threads: any. Safepoint: no. */
TARN_API void tarn_gc_enable(tarn_heap *heap);
TARN_API void tarn_gc_disable(tarn_heap *heap);
TARN_API bool tarn_gc_is_enabled(tarn_heap *heap);

/*
 * Exempts the calling thread, until it detaches, from running collections that come due
 * in a heap that collects inline: one that is not exempt runs them when it polls. While
 * all that poll are exempt nothing is collected. Stops stop it like others, and what it
 * asks for by tarn_gc_collect runs on it. Threads: attached. Safepoint: no.
 */
TARN_API void tarn_gc_exempt(bool exempt);

/*
 * Generation 0 is due when containers made exceed containers freed since its
 * last collection by threshold[0] (0: never); generation n + 1 after
 * threshold[n + 1] collections of n. Source: CPython's gc, (700, 10, 10).
 * Return 0. Threads: any. Safepoint: no.
 */
TARN_API int tarn_gc_set_threshold(tarn_heap *heap, const unsigned threshold[3]);
TARN_API void tarn_gc_get_threshold(tarn_heap *heap, unsigned threshold[3]);

/* The counters that the thresholds are compared with; reading changes nothing.
 * Threads: any. Safepoint: no. */
TARN_API void tarn_gc_get_count(tarn_heap *heap, size_t count[3]);

/* Moves every container that lives now out of the collector's sight, for good
 * or until tarn_gc_unfreeze returns them to the oldest generation: call before
 * fork to keep pages shared. Return 0 or -EBUSY (inside a collection).
 * Threads: attached to `heap`. Safepoint: yes. */
TARN_API int tarn_gc_freeze(tarn_heap *heap);
TARN_API int tarn_gc_unfreeze(tarn_heap *heap);

/* Live frozen containers. Threads: attached to `heap`. Safepoint: yes. */
TARN_API size_t tarn_gc_freeze_count(tarn_heap *heap);

/* Whether the collector looks after the object (it is a container). Threads:
 * attached. Safepoint: no. */
TARN_API bool tarn_gc_is_tracked(const void *object);

/* Whether the object's finalizer has run or is about to. Threads: attached. Safepoint: no. */
TARN_API bool tarn_gc_is_finalized(const void *object);

/* Totals of one generation's collections; they only grow. */
struct tarn_gc_stats {
    uint64_t collections;
    uint64_t collected;     /* objects freed */
    uint64_t uncollectable; /* found unreachable, kept */
    uint64_t examined;      /* containers judged */
    uint64_t time_ns;       /* from start to end, running finalizers included */
    uint64_t stopped_ns;    /* of it, with the world stopped */
    uint64_t concurrent_ns; /* spent on finding suspects, other threads running */
    uint64_t suspects;      /* judged after they were found so */
    uint64_t slices;        /* stops that judged them */
    uint64_t oversize;      /* of those, for one group too large for the pause budget */
    uint64_t untraceable;   /* objects that only a stop could trace (no TRACE_CONCURRENT) */
};

/* Returns 0 or -EINVAL (no such generation). Threads: any. Safepoint: no. */
TARN_API int tarn_gc_stats(tarn_heap *heap, int generation, struct tarn_gc_stats *stats);

enum tarn_gc_phase { TARN_GC_START = 0, TARN_GC_STOP = 1 };

/* What a collection did; at TARN_GC_START only `generation` is set. */
struct tarn_gc_info {
    int generation;
    uint64_t collected;
    uint64_t uncollectable;
    uint64_t examined;
    uint64_t time_to_stop_ns;
    uint64_t stopped_ns;
    uint64_t time_ns;
    uint64_t concurrent_ns; /* these: see tarn_gc_stats */
    uint64_t suspects;
    uint64_t slices;
    uint64_t oversize;
    uint64_t untraceable;
};

typedef void (*tarn_gc_callback)(tarn_heap *heap, enum tarn_gc_phase phase,
                                 const struct tarn_gc_info *info, void *arg);

/*
 * Calls `callback` at the start and at the end of every collection, on the
 * collecting thread, with the world running. Add returns 0, -EEXIST (that pair
 * is there) or -ENOMEM; remove returns 0 or -ENOENT. A removed callback may
 * still be running on another thread. Threads: any. Safepoint: no.
 */
TARN_API int tarn_gc_callback_add(tarn_heap *heap, tarn_gc_callback callback, void *arg);
TARN_API int tarn_gc_callback_remove(tarn_heap *heap, tarn_gc_callback callback, void *arg);

/*
 * Says that objects of the heap hold so many bytes more (or, negative, less) that are
 * none of its memory: buffers of malloc, maps, pictures on a card. Call it where they
 * are taken and where they are given back. These bytes and those of leaves, which the
 * collector never looks at, make a full collection due when they have doubled since the
 * last one, and grown by 64 MiB at least; soft limits do not count external ones.
 * Threads: any. Safepoint: no.
 */
TARN_API void tarn_gc_external(tarn_heap *heap, ptrdiff_t bytes);

/*
 * Writes a text of a few lines for people: why the last collections ran and what they
 * did, what the next ones wait for. Its form may change. text: of `size` bytes; what
 * does not fit is left out, and the text ends with a zero byte if size is not 0.
 * Returns how long the whole text is, without that byte. Threads: any. Safepoint: no.
 */
TARN_API size_t tarn_gc_explain(tarn_heap *heap, char *text, size_t size);

enum tarn_gc_debug {
    TARN_GC_DEBUG_STATS = 1,          /* a line in the log (information) after each collection */
    TARN_GC_DEBUG_SAVE_ALL = 2,       /* what is found unreachable is kept as it is, unfinalized,
                                       * counted as uncollectable; see tarn_gc_garbage */
    TARN_GC_DEBUG_EVERY_SAFEPOINT = 4 /* while automatic collections are on, every safepoint
                                       * collects all generations: to find what lives by luck */
};

/*
 * Sets the debug flags; a heap begins with those that the environment variable
 * TARN_GC_DEBUG gives as a number, or none. Every safepoint: of threads that are attached, to a
 * heap that collects inline; those that attach later join after some tens of containers.
 * Returns 0 or -EINVAL (an unknown flag). Threads: any. Safepoint: no.
 * Source: CPython's gc.set_debug.
 */
TARN_API int tarn_gc_set_debug(tarn_heap *heap, unsigned flags);
TARN_API unsigned tarn_gc_get_debug(tarn_heap *heap);

/* Sees one object of a walk, which the walk holds for the time of the call; false ends
 * the walk. May do what any code may. */
typedef bool (*tarn_walker)(void *object, void *arg);

/*
 * Calls `visit` for every object that TARN_GC_DEBUG_SAVE_ALL kept, as tarn_heap_walk
 * does, with its results. Clearing lets go of them: the next collection of the oldest
 * generation frees what is still unreachable (if the flag is off by then); it returns
 * how many there were, and may be called inside collection callbacks.
 * Threads: attached to `heap`. Safepoint: yes; only `visit` runs user code.
 */
TARN_API ptrdiff_t tarn_gc_garbage(tarn_heap *heap, tarn_walker visit, void *arg);
TARN_API ptrdiff_t tarn_gc_garbage_clear(tarn_heap *heap);

/* --------------------------------------------------------------- looking ---- */

#define TARN_GENERATION_ANY (-1)
#define TARN_GENERATION_FROZEN 3

/*
 * Calls `visit` for every container that lived at one instant: those of a generation
 * (0 to 2), frozen ones (TARN_GENERATION_FROZEN), or all (TARN_GENERATION_ANY). What is
 * found is found in one stop whose length grows with the heap, and shown with the world
 * running, unless the caller has it stopped. For tools: garbage that nobody has
 * collected yet is shown too, and what is shown lives until the walk ends.
 * Returns how many were shown, -EINVAL (no such generation) or -ENOMEM (for the list:
 * nothing was shown). Threads: attached to `heap`. Safepoint: yes, but only `visit`
 * runs user code. Source: CPython's gc.get_objects.
 */
TARN_API ptrdiff_t tarn_heap_walk(tarn_heap *heap, int generation, tarn_walker visit, void *arg);

/*
 * The same for the containers that refer to `object`, each once, and for the objects
 * that `object` refers to, once for each reference. Threads: attached. Safepoint: as
 * above. Source: CPython's gc.get_referrers and gc.get_referents.
 */
TARN_API ptrdiff_t tarn_referrers(void *object, tarn_walker visit, void *arg);
TARN_API ptrdiff_t tarn_referents(void *object, tarn_walker visit, void *arg);

/* Says how many references to `object` the caller knows to be held outside the
 * heap's objects, or -1 if it does not know. */
typedef ptrdiff_t (*tarn_outside)(const void *object, void *arg);

/*
 * Checks the whole heap in one stop: every object's count against the
 * references to it from objects plus those from outside (at least, where
 * `outside` is NULL or answers -1; exactly, where it answers), and bitmaps,
 * lists and counters against one another. Returns how many faults it found;
 * each goes to the log as an error that names the object and its type.
 * Threads: attached to `heap`. Safepoint: yes, but runs no user code.
 */
TARN_API ptrdiff_t tarn_heap_verify(tarn_heap *heap, tarn_outside outside, void *arg);

#ifdef __cplusplus
}
#endif

#endif
