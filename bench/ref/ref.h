/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * References: what each contender can do, so that every row of the comparison is
 * the same loop for all of them.
 *
 *   peer        a contender: how its threads begin, end, and pass a quiet point
 *   peer_count  a count: pairs of increment and decrement
 *   peer_slot   a shared reference: load, peek, store, compare-exchange, publish
 *   peer_weak   a weak reference: upgrade and drop
 *   peer_table  a hash table, and a map
 *   peer_stack  Treiber's stack; its reading is of the top
 *   peer_list   a long list that is dropped at once
 *   peer_pipe   objects that one thread makes and another drops
 *   peer_vec    a vector that grows
 *
 * The functions that take `n` do so many operations, inline in one loop: what is
 * measured is not a call. NULL where a contender has no such thing; one that is
 * not here at all has a name and nothing else (bench/peers/absent.c).
 */
#ifndef BENCH_REF_H
#define BENCH_REF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct peer {
    const char *name;
    void (*enter)(void);
    void (*leave)(void);
    void (*poll)(void); /* every few dozen operations */
};

struct peer_count {
    struct peer peer;
    void *(*open)(void);
    void (*close)(void *object);
    void (*pairs)(void *object, uint64_t n);
};

struct peer_slot {
    struct peer peer;
    void *(*open)(void);
    void (*close)(void *slot);
    void (*load)(void *slot, uint64_t n); /* takes and drops a reference */
    void (*peek)(void *slot, uint64_t n);
    void (*store)(void *slot, uint64_t n);   /* two objects in turn */
    void (*swap)(void *slot, uint64_t n);    /* the same by compare-exchange */
    void (*publish)(void *slot, uint64_t n); /* a new object each */
};

struct peer_weak {
    struct peer peer;
    void *(*open)(void);
    void (*close)(void *weak);
    void (*upgrade)(void *weak, uint64_t n);
};

struct peer_table {
    struct peer peer;
    void *(*open)(void);
    void (*close)(void *table);
    bool (*find)(void *table, uint64_t key); /* takes and drops a reference */
    bool (*insert)(void *table, uint64_t key);
    bool (*remove)(void *table, uint64_t key); /* a map that is only put into: NULL */
};

struct peer_stack {
    struct peer peer;
    void *(*open)(void);
    void (*close)(void *stack);
    bool (*top)(void *stack); /* takes and drops a reference */
    void (*push)(void *stack, uint64_t value);
    bool (*pop)(void *stack);
};

struct peer_list {
    struct peer peer;
    void *(*build)(size_t n);
    double (*drop)(void *list, size_t n); /* all of it; returns the longest stop in ns */
};

struct peer_pipe {
    struct peer peer;
    void *(*make)(void);
    void (*drop)(void *object);
};

struct peer_vec {
    struct peer peer;
    void *(*open)(void);
    void (*close)(void *vec);
    void (*read)(void *vec, uint64_t n); /* elements 0 to VEC_LENGTH - 1 in turn */
    void (*append)(void *vec, uint64_t n);
};

#define POLL_EVERY 64u
#define TABLE_BUCKETS 1024u
#define TABLE_KEYS 2048u /* half of them are in */
#define STACK_DEPTH 1000u
#define VEC_LENGTH 1024u

/* Scatters keys over buckets, the same for all. */
static inline uint64_t hash_key(uint64_t key) {
    uint64_t x = key * 0x9e3779b97f4a7c15u;
    return x ^ x >> 32;
}

/* --- contenders ---- */

extern const struct peer_count tarn_owner, tarn_foreign, tarn_immortal, tarn_shared;
extern const struct peer_count peer_int, peer_atomic, peer_shared_ptr, peer_rc_box, peer_gobject;

extern const struct peer_slot tarn_slot_own, tarn_slot_shared;
extern const struct peer_slot peer_slot_plain, peer_slot_qsbr, peer_slot_bp, peer_slot_atomic_ptr;

extern const struct peer_weak tarn_weak_own, tarn_weak_shared;
extern const struct peer_weak peer_weak_ptr, peer_weak_gobject;

extern const struct peer_table tarn_table, tarn_map_table;
extern const struct peer_table peer_table_qsbr, peer_table_bp, peer_table_locked, peer_table_boehm;

extern const struct peer_stack tarn_stack;
extern const struct peer_stack peer_stack_qsbr, peer_stack_bp, peer_stack_atomic_ptr,
    peer_stack_boehm;

extern const struct peer_list tarn_list;
extern const struct peer_list peer_list_malloc, peer_list_shared_ptr, peer_list_boehm;

extern const struct peer_pipe tarn_pipe, tarn_pipe_given, tarn_pipe_shared, tarn_pipe_raw;
extern const struct peer_pipe peer_pipe_malloc, peer_pipe_atomic, peer_pipe_shared_ptr,
    peer_pipe_gobject, peer_pipe_boehm;

extern const struct peer_vec tarn_vec_peer;
extern const struct peer_vec peer_vec_ptr_array, peer_vec_shared_ptr;

extern const struct peer_table tarn_map_peer;
extern const struct peer_table peer_map_glib, peer_map_lfht;

/* --- machinery ---- */

/* Threads that work until they are told to stop. */
struct crew {
    const struct peer *peer;
    unsigned threads;
    unsigned counted;                    /* the first so many; 0: all */
    void (*body)(void *arg, unsigned k); /* POLL_EVERY operations of thread k */
    void *arg;
};

/* ns per operation, the counted threads taken together. */
double crew_run(const struct crew *crew);

/* The main thread, attached to our heap, does a peer's work itself. */
void here_begin(const struct peer *peer);
void here_end(const struct peer *peer);

/* A thread that runs what it is told, attached, and is blocking otherwise. */
void owner_start(void);
void owner_run(void (*work)(void *arg), void *arg);
void owner_begin(void (*work)(void *arg), void *arg); /* does not wait for the end */
void owner_wait(void);
void owner_stop(void);

/* Instructions of one of the operations that `run(object, n)` does, found once for
 * `key`; 0: not known. Another process does them, step by step. */
double steps_of(const void *key, void (*run)(void *object, uint64_t n), void *object);

/* Whether a process can be traced here. */
bool steps_are_known(void);

/* --- rows ---- */

void ref_count(void);
void ref_slot(void);
void ref_weak(void);
void ref_table(void);
void ref_death(void);
void ref_contain(void);

/* One row of tables: so many updates in a hundred operations. */
void ref_compare_tables(const char *what, const struct peer_table *const *peer, unsigned count,
                        unsigned updates, unsigned threads);

/* The targets: measured, spread, met or missed. */
void ref_judge(void);

#ifdef __cplusplus
}
#endif

#endif
