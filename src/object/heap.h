/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The heap and the mutator: what a world and a seat become with objects.
 *
 * struct tarn_heap begins with its world, struct tarn_mutator with its seat, so
 * that each is found from the other by a cast.
 */
#ifndef TARN_OBJECT_HEAP_H
#define TARN_OBJECT_HEAP_H

#include "thread/service.h"
#include "thread/world.h"

struct tarn_collector;

/* What the collector plugs in; set before the first thread attaches. */
struct tarn_heap_hooks {
    /* A container pool was made, is empty, is given up. */
    bool (*pool_added)(struct tarn_heap *heap, struct tarn_pool *pool);
    /* The collection that was found due runs, or is handed to its thread. */
    void (*collect_due)(struct tarn_heap *heap, struct tarn_seat *seat);
    /* A thread gives its seat up. */
    void (*seat_left)(struct tarn_heap *heap, struct tarn_seat *seat);
    /* Around a fork, with the world stopped: locks; in the child, threads that
     * collected are gone. */
    void (*fork_prepare)(struct tarn_heap *heap);
    void (*fork_done)(struct tarn_heap *heap, bool child);
    /* A convict whose finalizers run died by counts. Any thread. */
    void (*convict_died)(struct tarn_object *object);
    /* User code ran out: convicts may be judged a second time. */
    void (*pending_done)(struct tarn_heap *heap, struct tarn_seat *seat);
};

#define TARN_WEAK_STRIPES 16
#define TARN_CONTAIN_TYPES 12

struct tarn_heap {
    struct tarn_world world; /* first */

    /* constant */
    struct tarn_config config;
    const struct tarn_heap_hooks *hooks;
    struct tarn_collector *collector;
    struct tarn_type *weak_plain;
    struct tarn_type *weak_callback;
    struct tarn_type *ephemeron;
    struct tarn_type *contain[TARN_CONTAIN_TYPES]; /* of the layer of containers */

    /* under TYPES */
    struct tarn_lock types_lock;
    struct tarn_type *types;

    /* under POOLS; pools leave only with the world stopped */
    struct tarn_lock pools_lock;
    struct tarn_list_node pools[TARN_KINDS];
    size_t pool_bytes;
    size_t soft_limit; /* 0: none; as are the next two */
    size_t soft_next;  /* pools beyond this make a collection due */
    size_t hard_limit;
    size_t leaf_bytes;  /* of pool_bytes, in pools of leaves */
    size_t weight_left; /* leaves and external bytes after the last full collection */

    /* under HANDED: retired objects of seats that block or are vacant [GP-4] */
    struct tarn_lock handed_lock;
    struct tarn_batch handed_filling;
    struct tarn_batch handed_waiting;
    TARN__ATOMIC(uint32_t) handed; /* 1: there may be some */

    TARN__ATOMIC(uint32_t) forked; /* 1: the mail of threads that are gone is unread */

    struct tarn_lock weak_locks[TARN_WEAK_STRIPES];

    /* any thread */
    struct tarn_inbox pending;        /* objects whose user code waits [FIN-1] */
    TARN__ATOMIC(int64_t) young;      /* containers made less freed since the last collection */
    TARN__ATOMIC(uint32_t) young_max; /* threshold[0]; 0: never due */
    TARN__ATOMIC(uint32_t) due;       /* 1: a collection is due */
    TARN__ATOMIC(uint32_t) pressed;   /* it is to be a full one: TARN_PRESSED_* */
    TARN__ATOMIC(int64_t) external;   /* bytes that objects hold elsewhere */
    TARN__ATOMIC(uint32_t) searched;  /* 1: a search looks at containers that die [SUS-4] */
    TARN__ATOMIC(uint32_t) round_reserved; /* the seat that runs convicts' finalizers, or 0 */
    TARN__ATOMIC(uint64_t) finalizers_run;
    TARN__ATOMIC(uint64_t) callbacks_run;
    TARN__ATOMIC(uint64_t) freed_by_collector;

    struct tarn_service reclaimer; /* grace periods */
    struct tarn_service finalizer; /* with TARN_DISPATCH_THREAD */
};

/* Where an interrupted round of user code stands, so that a thread that exits
 * inside a finalizer leaves the rest to others. */
struct tarn_round {
    struct tarn_post *posts; /* not looked at yet */
    struct tarn_pool *pool;
    unsigned word;
    uint64_t mask; /* objects of that word still to run */
};

/* Why a full collection is due: pools are over the soft limit; leaves and external bytes
 * have grown. */
enum { TARN_PRESSED_LIMIT = 1, TARN_PRESSED_WEIGHT = 2, TARN_PRESSED_REQUEST = 4 };

struct tarn_mutator {
    struct tarn_seat seat; /* first */

    /* owner, or whoever has it claimed or stopped */
    struct tarn_object *dying;      /* dead objects to tear down, linked by bias */
    struct tarn_object *dying_last; /* the end of that list, unless it is empty */
    bool dropping;                  /* a loop over `dying` is further up this stack */
    unsigned user_depth;            /* user code is further up this stack */
    struct tarn_round round;
    struct tarn_pool *young_pools; /* container pools allocated from since the last collection */

    /* owner writes, any thread reads */
    TARN__ATOMIC(uint64_t) allocated;
    TARN__ATOMIC(uint64_t) freed;
    TARN__ATOMIC(uint64_t) merged_mail;
    TARN__ATOMIC(uint64_t) retired; /* waiting for a grace period */
    TARN__ATOMIC(uint64_t) retired_bytes;
    TARN__ATOMIC(int32_t) young;   /* not yet added to heap->young */
    TARN__ATOMIC(uint32_t) exempt; /* 1: collections that are due run elsewhere */
};

/* How far a mutator's `young` may be off before it is added to the heap's. */
#define TARN_YOUNG_BATCH 32

static inline struct tarn_heap *tarn__seat_heap(struct tarn_seat *seat) {
    return (struct tarn_heap *)seat->world;
}

static inline struct tarn_mutator *tarn__mutator(struct tarn_seat *seat) {
    return (struct tarn_mutator *)seat;
}

/* The caller's mutator; stops the program if it has none that runs. */
static inline struct tarn_mutator *tarn__mutator_expect(const char *function) {
    return tarn__mutator(tarn__seat_expect_running(function));
}

/* A counter that one thread writes and others read. */
#define tarn__counter_add(counter, n)                                                              \
    /* relaxed: one writer; readers take a look. */                                                \
    tarn__store(counter, tarn__load(counter, relaxed) + (n), relaxed)

void tarn__heap_log(struct tarn_heap *heap, enum tarn_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An empty leaf pool leaves the heap's list. Its owner, or world stopped. */
void tarn__heap_remove_leaf_pool(struct tarn_heap *heap, struct tarn_pool *pool);

/* One container more or less; finds out whether a collection is due. */
void tarn__heap_count_flush(struct tarn_heap *heap, struct tarn_mutator *m);

/* The same, noted in the seat; returns whether the heap is to hear of it. */
static inline bool tarn__heap_young_add(struct tarn_mutator *m, int32_t by) {
    /* relaxed: one writer; readers take a look. */
    int32_t young = tarn__load(&m->young, relaxed) + by;
    tarn__store(&m->young, young, relaxed);
    return young >= TARN_YOUNG_BATCH || young <= -TARN_YOUNG_BATCH;
}

static inline void tarn__heap_count_young(struct tarn_mutator *m, int32_t by) {
    if (tarn__unlikely(tarn__heap_young_add(m, by)))
        tarn__heap_count_flush(tarn__seat_heap(&m->seat), m);
}

/* Sets the heap's limits; sees whether they are exceeded now. */
void tarn__heap_set_limits(struct tarn_heap *heap, size_t soft, size_t hard);

bool tarn__heap_has_limits(struct tarn_heap *heap);

/* A full collection has freed what it could. */
void tarn__heap_relieved(struct tarn_heap *heap);

/* Leaves and external bytes, and how many make a full collection due. */
struct tarn_weight {
    size_t now;
    size_t limit;
};
struct tarn_weight tarn__heap_weight(struct tarn_heap *heap);

/* A full collection has ended: what is left is weighed anew. */
void tarn__heap_weigh_anew(struct tarn_heap *heap);

/* Objects hold so many bytes more (or less) outside the heap. Any thread. */
void tarn__heap_add_external(struct tarn_heap *heap, ptrdiff_t bytes);

/* The world and cache hooks that make a world a heap. */
extern const struct tarn_world_hooks tarn__heap_world_hooks;
extern const struct tarn_cache_hooks tarn__heap_cache_hooks;

#endif
