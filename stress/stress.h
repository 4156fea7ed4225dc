/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * tarn-stress: what its files share.
 *
 * A round makes one or two places, each a heap with roots and types, and lets
 * workers do random actions there; then everything is let go, and each object
 * must have been destroyed exactly once. shadow.c keeps the books.
 */
#ifndef STRESS_STRESS_H
#define STRESS_STRESS_H

#include "os/thread.h"
#include <tarn/tarn.h>

#define ROOTS 48
#define WEAK_ROOTS 16
#define BOXES 16
#define HELD_MAX 24
#define WEAKS_MAX 6
#define PLACES_MAX 2

struct settings {
    uint64_t seed;
    unsigned threads;
    unsigned seconds;
    uint64_t ops; /* per worker and round; 0: until the time is over */
    const char *mix;
    unsigned mix_groups;
    unsigned depth; /* of the schedules, with the baton */
    bool depth_given;
    unsigned schedules; /* seeds a scenario; 0: no scenarios */
    const char *scenario;
    unsigned jobs; /* processes that share the scenarios */
    bool verbose;
};
extern struct settings settings;

/* ------------------------------------------------------------- objects ---- */

enum kind { KIND_LEAF, KIND_NODE, KIND_SHARED, KIND_ROW, KIND_FINAL, KIND_CALLING, KIND_COUNT };

/* Every object begins with one. The low bits of an id are the object's kind. */
struct item {
    tarn_object object;
    uint64_t id;
    uint64_t canary;
    struct place *place;
};

struct node {
    struct item item;
    void *field; /* set before another thread knows the node, then constant */
    tarn_slot slots[2];
};

struct row {
    struct item item;
    size_t length;
    tarn_slot slots[];
};

struct place {
    tarn_heap *heap;
    tarn_type *types[KIND_COUNT];
    tarn_slot roots[ROOTS];
    tarn_slot weak_roots[WEAK_ROOTS];
    TARN__ATOMIC(void *) boxes[BOXES]; /* references handed from thread to thread */
    TARN__ATOMIC(int64_t) live;
    TARN__ATOMIC(int64_t) immortals;
    TARN__ATOMIC(uint32_t) verifying;
    struct tarn_config config;
    unsigned threshold;
};

/* A heap of the round, with a configuration drawn from `random`. */
void place_open(struct place *place, uint64_t *random);

/* A heap that collects when told to, and runs user code as given. */
void place_open_as(struct place *place, enum tarn_dispatch dispatch);

/* Lets go of all, collects, and checks that nothing is left. */
void place_close(struct place *place);

/* A new object, entered in the books. length: of a row. */
struct item *place_new(struct place *place, enum kind kind, size_t length);

/* The slots of an object, 0 of them if it has none. */
size_t item_slots(struct item *item, tarn_slot **slots);

/* -------------------------------------------------------------- shadow ---- */

/* Counts and prints a fault; too many end the program. */
void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
unsigned fault_count(void);

void shadow_reset(void);
uint64_t shadow_create(enum kind kind);
uint64_t shadow_canary(uint64_t id);
enum kind shadow_kind(uint64_t id);

/* What the caller holds must be alive; what it borrows must be intact. */
void shadow_check(const void *object, const char *where);
uint64_t shadow_check_borrowed(const void *object, const char *where);

/* What was borrowed as `id` must still be that object. */
void shadow_check_same(const void *object, uint64_t id, const char *where);

void shadow_finalized(const struct item *item);
void shadow_disposed(const struct item *item);
void shadow_immortal(const struct item *item);
void shadow_callback(const struct item *data);
void shadow_callback_removed(uint64_t data);

bool shadow_is_destroyed(uint64_t id);

/* Objects created, and those of them that are neither destroyed nor immortal. */
uint64_t shadow_created(void);
uint64_t shadow_left(void);
void shadow_report_left(unsigned most);

/* -------------------------------------------------------------- workers ---- */

struct weak_held {
    void *weak;
    uint64_t target;
    uint64_t data; /* the id of what its callback is given */
    bool hooked;   /* it may have a callback */
};

struct worker {
    struct tarn_os_thread thread;
    struct place *place;
    uint64_t random;
    uint64_t ops;   /* left, where they are counted */
    unsigned index; /* for messages */
    bool visitor;   /* started by another worker: starts none itself */
    bool leaves;    /* exits attached */
    const char *doing;
    void *held[HELD_MAX];
    unsigned held_count;
    struct weak_held weaks[WEAKS_MAX];
    unsigned weak_count;
};

enum group {
    GROUP_BASE = 1,
    GROUP_COUNTS = 2,
    GROUP_SLOTS = 4,
    GROUP_WEAK = 8,
    GROUP_GC = 16,
    GROUP_CHURN = 32,
    GROUP_MEMORY = 64,
    GROUP_FORK = 128,
    GROUP_ALL = 255
};

struct action {
    const char *name;
    void (*run)(struct worker *w);
    unsigned groups;
    unsigned weight;
};

/* Tables that a NULL name ends. */
extern const struct action object_actions[];
extern const struct action slot_actions[];
extern const struct action weak_actions[];
extern const struct action heap_actions[];
extern const struct action thread_actions[];
extern const struct action memory_actions[];

/* splitmix64: Steele, Lea and Flood, OOPSLA 2014. */
uint64_t random_next(uint64_t *state);
uint64_t random_below(uint64_t *state, uint64_t bound);
bool chance(struct worker *w, unsigned percent);

/* One of the references that the worker holds, or NULL; and the reference itself. */
struct item *held_any(struct worker *w);
void *held_remove(struct worker *w, unsigned at);
void held_add(struct worker *w, void *object);
void held_drop_all(struct worker *w);

void workers_prepare(unsigned groups);
void worker_run(void *worker);
struct place *place_any(struct worker *w);

/* The round's places, and whether its workers shall end. */
extern struct place places[PLACES_MAX];
extern unsigned place_count;
typedef TARN__ATOMIC(uint32_t) stress_flag;
extern stress_flag round_over;

/* Raw blocks that pass from thread to thread. */
void memory_clear_boxes(void);

#ifdef TARN__SCHED
/* Small programs under the baton, many seeds each; 0 or 1. */
int schedules_run(void);
#endif

#endif
