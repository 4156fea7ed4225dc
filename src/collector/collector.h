/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The collector's state and the steps of a collection.
 *
 * Every container pool has a slot: bitmaps and trial counts, made with the pool
 * so that a judgement asks for no memory (docs/memory-model.md [GC-6]). The
 * slots' contents belong to the collecting thread; membership in `convict`
 * lasts from one judgement to the end of its freeing.
 *
 *   collect.c     one collection from start to end, who may run it
 *   judge.c       which members of a set are held from outside
 *   convict.c     what is not: finalizers, second judgement, death, freeing
 *   generation.c  counters, thresholds, what is due
 *   freeze.c      setting containers aside
 *   search.h      suspects found while mutators run, for automatic full collections
 *   garbage.c     what is kept to be looked at instead (TARN_GC_DEBUG_SAVE_ALL)
 *   pace.c        the share of time that young collections take
 *   candidate.c   objects that their user suspects
 *   explain.c     why collections ran, what the next ones wait for
 *   slot.c        the slots
 *   verify.c      the heap against itself
 */
#ifndef TARN_COLLECTOR_COLLECTOR_H
#define TARN_COLLECTOR_COLLECTOR_H

#include "object/ephemeron.h"
#include "object/heap.h"
#include "object/type.h"

#define TARN_GENERATIONS 3
#define TARN_POOL_WORDS (TARN_POOL_BLOCKS_MAX / 64)
#define TARN_GC_CHUNK_SLOTS 128u

struct tarn_gc_slot {
    struct tarn_pool *pool;
    struct tarn_gc_slot *next;         /* in the set being judged, or free */
    struct tarn_gc_slot *next_grey;    /* pools with grey objects */
    struct tarn_gc_slot *next_convict; /* pools with convicts */
    struct tarn_gc_slot *next_middle;  /* pools that a collection of 1 looks through */
    struct tarn_gc_slot *next_saved;   /* pools with kept garbage */
    struct tarn_gc_slot *next_candidate;
    bool has_saved;
    bool in_set;
    bool is_whole; /* in the set: every member that takes part, found as it is visited */
    bool is_grey;
    bool has_convicts;
    bool is_middle;
    bool is_special;                /* some member has more to its end than DEAD [GC-6] */
    uint8_t ages;                   /* of the members: bit by age, TARN_GC_AGE_CONVICT */
    unsigned words;                 /* of the bitmaps that are in use */
    uint64_t set[TARN_POOL_WORDS];  /* members of the set */
    uint64_t held[TARN_POOL_WORDS]; /* of them, reachable from outside */
    uint64_t grey[TARN_POOL_WORDS]; /* of them, not traced yet */

    /* the search for suspects (suspect.h) */
    struct tarn_gc_slot *next_searched;
    struct tarn_gc_slot *next_frontier;
    bool is_searched;
    bool is_frontier;
    uint32_t number;                    /* of the slot, for references in 32 bits */
    uint64_t suspect[TARN_POOL_WORDS];  /* counted, and not found held yet */
    uint64_t frontier[TARN_POOL_WORDS]; /* held, not traced yet; then: in a slice already */

    /* Condemned by a judgement. Written with the world stopped, and by threads
     * under whose hands a convict dies while finalizers run. */
    TARN__ATOMIC(uint64_t) convict[TARN_POOL_WORDS];
    uint64_t saved[TARN_POOL_WORDS]; /* garbage kept to be looked at: garbage.c */
    /* Set by running threads, taken with the world stopped: candidate.c. */
    TARN__ATOMIC(uint32_t) has_candidates;
    TARN__ATOMIC(uint64_t) candidate[TARN_POOL_WORDS];
    /* Arrays of as many as the pool has blocks, side by side: counts not explained yet;
     * the same of a search, then its groups; its lists. */
    uint32_t trial[3 * TARN_POOL_BLOCKS_MAX];
};

/* Position of an object in its pool's slot. */
struct tarn_gc_place {
    struct tarn_gc_slot *slot;
    unsigned index;
};

/* A search's counts of a slot. */
static inline uint32_t *tarn__gc_tally(struct tarn_gc_slot *slot) {
    return slot->trial + slot->pool->capacity;
}

/* A search's links of a slot. */
static inline uint32_t *tarn__gc_links(struct tarn_gc_slot *slot) {
    return slot->trial + 2 * slot->pool->capacity;
}

/* Among a slot's ages: some member is a convict of an earlier judgement. */
#define TARN_GC_AGE_CONVICT 0x80u

/* The pool that a reference led to last: the next one mostly leads there too. */
struct tarn_gc_near {
    const char *base;
    size_t bytes;
    uint64_t reciprocal;
    struct tarn_gc_slot *slot;
};

#define TARN_GC_RING 32u

/* One judgement: pools and members go in, figures come out. */
struct tarn_judgement {
    struct tarn_heap *heap;
    bool has_suspects;          /* among members that were added one by one */
    unsigned generation;        /* whose members take part, of pools that are whole */
    struct tarn_gc_slot *slots; /* pools of the set */
    struct tarn_gc_slot *grey;
    struct tarn_gc_near near;
    /* Held objects to trace next, on their way into the cache; grey is what has no room. */
    struct tarn_object *ring[TARN_GC_RING];
    unsigned ring_first;
    unsigned ring_count;
    struct tarn_ephemerons waiting; /* held ones whose keys are not, so far [EPH-3] */
    uint64_t examined;
    uint64_t plain;     /* type and WEAK bit of the last member that was not special */
    uint64_t flat_word; /* type of the last held object whose type is fields alone */
    const struct tarn_type *flat;
};

/* Why a collection ran. */
enum tarn_gc_reason {
    TARN_REASON_NONE,
    TARN_REASON_ASKED,      /* tarn_gc_collect */
    TARN_REASON_THRESHOLD,  /* of its generation */
    TARN_REASON_LIMIT,      /* pools over the soft limit */
    TARN_REASON_WEIGHT,     /* leaves and external bytes */
    TARN_REASON_REQUEST,    /* tarn_gc_request */
    TARN_REASON_CANDIDATES, /* tarn_gc_suspect, often */
    TARN_REASON_DEBUG       /* TARN_GC_DEBUG_EVERY_SAFEPOINT */
};

enum tarn_search_stage {
    TARN_SEARCH_NONE,
    TARN_SEARCH_COUNT,    /* members and their counts */
    TARN_SEARCH_SUBTRACT, /* references between members */
    TARN_SEARCH_SEED,     /* members with counts left */
    TARN_SEARCH_HOLD,     /* what those reach is no suspect */
    TARN_SEARCH_PREPARE,  /* each suspect a group */
    TARN_SEARCH_UNITE,    /* by references */
    TARN_SEARCH_FLATTEN,  /* each knows its group */
    TARN_SEARCH_JUDGE,    /* slices of whole groups */
    TARN_SEARCH_RELEASE,  /* empty pools */
};

/* A search for suspects (collector/search.h). Under the right to collect. */
struct tarn_search {
    struct tarn_collector *collector;
    enum tarn_search_stage stage;
    bool stops; /* its steps need the world stopped: a member cannot be traced else */

    struct tarn_gc_slot *slots; /* that are searched, the last counted first */
    struct tarn_list_node *next_pool;
    struct tarn_list_node *last_pool;
    struct tarn_gc_slot *at; /* where the stage stands: slot, block, element */
    unsigned index;
    size_t element;               /* 0: the object's trace begins */
    struct tarn_gc_place partial; /* else: the held one that is traced in parts */
    int left;                     /* objects and elements until the clock is looked at */
    struct tarn_gc_slot *frontier;
    uint32_t ephemerons; /* held ones, linked as members: to look at; */
    uint32_t waiting;    /* looked at, their keys are suspects */
    bool key_was_held;   /* since the first of those was looked at */

    uint32_t slice; /* a member of it; the others are linked in a circle */
    uint32_t slice_count;
    uint32_t slice_max;

    uint64_t members;
    size_t weight;    /* of leaves and external bytes when it began */
    uint64_t last_ns; /* when the last step ended */
    uint64_t begun_ns;
    enum tarn_gc_reason reason;
    struct tarn_gc_info info;
};

/* The pace of young collections: pace.c. */
struct tarn_pace {
    uint64_t ended_ns;             /* the last one */
    unsigned barren;               /* so many in a row found next to nothing */
    unsigned between;              /* passed over between two that look; 0: none */
    unsigned left;                 /* of those, to come */
    bool full_was_barren;          /* the last full collection found next to nothing too */
    TARN__ATOMIC(uint32_t) share;  /* of the time that they take, in hundredths of a percent */
    TARN__ATOMIC(uint64_t) passed; /* over, so far */
};

/* The last collection of a generation, for those who ask what happened. */
struct tarn_gc_last {
    enum tarn_gc_reason reason;
    struct tarn_gc_info info;
    uint64_t ended_ns;
};

struct tarn_gc_callback_entry {
    tarn_gc_callback function;
    void *arg;
};

#define TARN_GC_CALLBACKS_MAX 64

struct tarn_collector {
    /* constant */
    struct tarn_heap *heap;
    struct tarn_gc_slot **chunks; /* directory of slot chunks */

    /* under POOLS */
    struct tarn_gc_slot *free_slots;
    uint32_t chunk_count;

    /* any thread */
    TARN__ATOMIC(uint32_t) collecting; /* seat that collects, or 0; others sleep on it */
    TARN__ATOMIC(uint32_t) waiting;    /* threads that may be asleep on it */
    TARN__ATOMIC(uint32_t) enabled;
    TARN__ATOMIC(uint32_t) debug; /* enum tarn_gc_debug */
    TARN__ATOMIC(uint32_t) threshold[TARN_GENERATIONS];
    TARN__ATOMIC(uint32_t) count[TARN_GENERATIONS]; /* [0] unused: heap->young */

    TARN__ATOMIC(struct tarn_gc_slot *) candidates; /* pools with some */
    TARN__ATOMIC(uint32_t) candidate_count;

    /* the collecting thread */
    struct tarn_gc_slot *convicts;
    struct tarn_gc_slot *middle; /* every pool with objects of age 1 that is not frozen */
    struct tarn_object *kept;    /* ephemerons of convicts' keys, with a reference [EPH-4] */
    struct tarn_gc_slot *saved;  /* pools with kept garbage */
    enum tarn_gc_reason reason;  /* of the collection that runs */
    bool awaiting_user_code;     /* convicts whose finalizers are queued */
    int convict_generation;
    bool leaf_pools_stayed; /* while a search was on; some may be empty */
    uint64_t long_lived_total;
    uint64_t long_lived_pending;
    uint64_t population; /* objects of the heap when the last full collection began anew */

    /* under CALLBACKS */
    struct tarn_lock callbacks_lock;
    struct tarn_gc_callback_entry callbacks[TARN_GC_CALLBACKS_MAX];
    unsigned callback_count;
    struct tarn_gc_stats stats[TARN_GENERATIONS];
    struct tarn_gc_last last[TARN_GENERATIONS];
    uint64_t last_long_lived_total; /* as the last of them left the two above */
    uint64_t last_long_lived_pending;

    struct tarn_pace pace;
    struct tarn_search search;
    unsigned search_work; /* objects in a step, whatever the time: for schedules; 0: off */
    struct tarn_service background; /* collects, or sees that searches go on */
};

static inline struct tarn_gc_near tarn__gc_near(const struct tarn_pool *pool) {
    return (struct tarn_gc_near){pool->base, tarn__pool_bytes(pool), pool->reciprocal, pool->gc};
}

/* The block `offset` bytes into the pool, as tarn__pool_index() has it. */
static inline unsigned tarn__gc_near_index(const struct tarn_gc_near *near, uint64_t offset) {
    return (unsigned)(((unsigned __int128)offset * near->reciprocal) >> 64);
}

static inline bool tarn__bit_test(const uint64_t *bits, unsigned i) {
    return (bits[i / 64] >> (i % 64)) & 1;
}

/* The convicts of one word of a slot. */
static inline uint64_t tarn__convict_word(struct tarn_gc_slot *slot, unsigned w) {
    /* relaxed: looked at with the world stopped, or when all of them are DEAD. */
    return tarn__load(&slot->convict[w], relaxed);
}

static inline void tarn__bit_set(uint64_t *bits, unsigned i) {
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}

/* Where an object's collector data is; slot NULL: it has none (a leaf, or an
 * object of another heap). */
static inline struct tarn_gc_place tarn__gc_place(const struct tarn_heap *heap,
                                                  struct tarn_object *o) {
    struct tarn_pool *pool = tarn__pool_of(o);
    if (pool->kind != TARN_KIND_CONTAINER || pool->heap != heap)
        return (struct tarn_gc_place){NULL, 0};
    return (struct tarn_gc_place){pool->gc, tarn__pool_index(pool, o)};
}

static inline unsigned tarn__object_age(uint64_t bias) {
    return (unsigned)((bias & TARN__BIAS_AGE_MASK) >> TARN__BIAS_AGE_SHIFT);
}

/* slot.c */
bool tarn__gc_pool_added(struct tarn_heap *heap, struct tarn_pool *pool);
void tarn__gc_pool_removed(struct tarn_collector *c, struct tarn_pool *pool);
/* World stopped: gives a container pool back if it is empty and on nobody's list. */
bool tarn__gc_release_if_empty(struct tarn_heap *heap, struct tarn_pool *pool);
/* The same for a leaf pool that was emptied while none could go. */
void tarn__gc_release_leaf_if_empty(struct tarn_heap *heap, struct tarn_pool *pool);
/* The same for all. */
void tarn__gc_release_empty_pools(struct tarn_heap *heap);
struct tarn_collector *tarn__collector_make(struct tarn_heap *heap);
void tarn__collector_release(struct tarn_collector *c);

/* pace.c: with the right to collect. */
/* The share of time that collecting aims at, in percent. Any thread. */
unsigned tarn__pace_limit(const struct tarn_heap *heap);
/* Whether the young collection that is due passes over. */
bool tarn__pace_passes_over(struct tarn_collector *c);
/* World stopped: the young are old from now on. Returns how many. */
uint64_t tarn__pace_pass_over(struct tarn_collector *c);
/* After a collection of a younger generation that came by itself. */
void tarn__pace_note(struct tarn_collector *c, const struct tarn_gc_info *info, bool passed,
                     uint64_t begun);

/* After a full collection. */
void tarn__pace_note_full(struct tarn_collector *c, const struct tarn_gc_info *info);
/* Whether too much has grown old since the search began for it to keep to its share. */
bool tarn__pace_is_behind(const struct tarn_collector *c);

/* candidate.c */
/* So many make a collection due. */
#define TARN_GC_CANDIDATES_DUE 128u
/* Any thread: the object may be a root of garbage. */
void tarn__candidate_note(struct tarn_mutator *m, struct tarn_object *o);
/* Judges those there are, in a stop of its own; adds to the figures. */
void tarn__candidates_judge(struct tarn_collector *c, struct tarn_mutator *m,
                            struct tarn_gc_info *info);
/* World stopped: a full judgement knows all that they would tell. */
void tarn__candidates_forget(struct tarn_collector *c);

/* judge.c: world stopped. */
/* Whether an object may be a member of a judgement of all generations. */
bool tarn__judge_takes_part(const struct tarn_object *o);
/* Adds the members that a pool has of j->generation and younger. */
void tarn__judge_add_pool(struct tarn_judgement *j, struct tarn_pool *pool);
void tarn__judge_add_convicts(struct tarn_judgement *j, struct tarn_collector *c);
/* A member of a full collection, if it still takes part in one. */
void tarn__judge_add_suspect(struct tarn_judgement *j, struct tarn_gc_place place);
void tarn__judge_add_kept(struct tarn_judgement *j, struct tarn_object *kept);
/* Leaves in `held` what is reachable from outside the set. */
void tarn__judge(struct tarn_judgement *j);

/* convict.c */
/* World stopped: a collection of generation 1 must look through the pool. */
void tarn__gc_note_middle(struct tarn_collector *c, struct tarn_gc_slot *slot);
/* World stopped: what the judgement did not find held becomes convict; the held
 * move to `age`, unless it is TARN_GC_SAME_AGE. Returns how many were condemned; *survivors, if not
 * NULL, grows. */
uint64_t tarn__convict(struct tarn_collector *c, struct tarn_judgement *j, unsigned age,
                       uint64_t *survivors);
#define TARN_GC_SAME_AGE 8u
/* World stopped: ends the convicts if no user code stands before it. Returns
 * whether it did; otherwise (always with `postpone`) they must be settled. */
bool tarn__convicts_kill(struct tarn_collector *c, bool postpone);
/* World stopped: forgets which pools have convicts; tarn__convict finds them again. */
void tarn__convicts_unlist(struct tarn_collector *c);
/* World stopped: queues the convicts' user code. */
void tarn__convicts_pend(struct tarn_collector *c);
/* Any thread: a convict died by counts; it is one no more. */
void tarn__convict_died(struct tarn_object *object);
/* World running: frees convicts that are dead. Returns how many. */
uint64_t tarn__convicts_free(struct tarn_collector *c, struct tarn_mutator *m);

/* generation.c */
/* The generation that is due, or -1, and why, in c->reason. With the right to collect. */
int tarn__generation_due(struct tarn_collector *c);
/* How many of the long-lived ones must be new for the oldest generation to be due. */
uint64_t tarn__generation_share(uint64_t long_lived_total);
/* What the thresholds are compared with. */
void tarn__generation_counts(struct tarn_collector *c, size_t count[TARN_GENERATIONS]);
/* Objects that the heap has now. */
uint64_t tarn__generation_population(struct tarn_heap *heap);
/* Puts thresholds and flags where seats compare with them. */
void tarn__generation_settings(struct tarn_collector *c);
/* World stopped: counters after a collection of `generation`. */
void tarn__generation_collected(struct tarn_collector *c, int generation, uint64_t survivors);

/* collect.c */
/* `exact`: everything that died by counts is out of the way first. */
ptrdiff_t tarn__collect(struct tarn_heap *heap, struct tarn_mutator *m, int generation, bool exact);
/* Takes the right to collect; `wait`: sleeps, as a stopped seat, while another
 * thread has it. */
bool tarn__collect_begin(struct tarn_collector *c, struct tarn_mutator *m, bool wait);
void tarn__collect_end(struct tarn_collector *c);
/* World stopped: merges every mailbox, and counts come to rest. */
void tarn__collect_merge_mail(struct tarn_heap *heap, struct tarn_mutator *m);
/* Everything that died by counts is torn down, as far as others let it. */
void tarn__collect_rest(struct tarn_heap *heap, struct tarn_mutator *m);
/* What a judgement leads to. */
struct tarn_sentence {
    uint64_t condemned;
    uint64_t saved; /* that would have been, but are kept */
    bool dead;      /* no user code stands before it */
};
/* World stopped: judges, and ends what is condemned or lets it wait for user code.
 * generation: TARN_GC_ANY_AGE, if survivors keep theirs. */
#define TARN_GC_ANY_AGE (-1)
struct tarn_sentence tarn__collect_judge(struct tarn_collector *c, struct tarn_mutator *m,
                                         struct tarn_judgement *j, int generation,
                                         uint64_t *survivors);
/* World running: frees the condemned. Returns how many. */
uint64_t tarn__collect_execute(struct tarn_collector *c, struct tarn_mutator *m,
                               struct tarn_sentence sentence);
/* Begins a search, in the stop of a collection of generation 1. */
void tarn__collect_search(struct tarn_heap *heap, struct tarn_mutator *m);
/* Collects the generation that is due, if one is and no other thread collects; then a step
 * of the search, if one is on. */
void tarn__collect_if_due(struct tarn_heap *heap, struct tarn_mutator *m);
/* Whether a search is on, or one was asked for in the course of the last. */
bool tarn__collect_goes_on(struct tarn_heap *heap);
/* Makes the next safepoint of every seat look whether a collection is due. */
void tarn__collect_look_again(struct tarn_heap *heap);
/* Ends convicts whose user code has run. Returns how many were freed. */
uint64_t tarn__collect_settle(struct tarn_collector *c, struct tarn_mutator *m);

extern const struct tarn_heap_hooks tarn__collector_hooks;

/* garbage.c */
/* World stopped: with TARN_GC_DEBUG_SAVE_ALL what the judgement did not find held is held
 * and kept. Returns how many objects are. */
uint64_t tarn__garbage_save(struct tarn_collector *c, struct tarn_judgement *j);
/* Lets go of it. Returns how many objects were kept. */
ptrdiff_t tarn__garbage_clear(struct tarn_heap *heap, struct tarn_mutator *m);

/* explain.c */
size_t tarn__explain(struct tarn_heap *heap, char *text, size_t size);
void tarn__explain_log(struct tarn_heap *heap, const struct tarn_gc_last *last);

/* freeze.c */
void tarn__freeze(struct tarn_heap *heap, struct tarn_mutator *m);
void tarn__unfreeze(struct tarn_heap *heap, struct tarn_mutator *m);
size_t tarn__frozen_count(struct tarn_heap *heap, struct tarn_mutator *m);

/* verify.c */
ptrdiff_t tarn__verify(struct tarn_heap *heap, struct tarn_mutator *m, tarn_outside outside,
                       void *arg);

#endif
