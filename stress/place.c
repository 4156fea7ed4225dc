/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A heap under stress: its types and configuration, and how it ends.
 *
 * Every type has a dispose, which tells the books. Finalizers do what a host's
 * may do: look at what the object holds, allocate, bring the object back.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/clock.h"
#include "stress.h"

#define END_ROUNDS 400

struct place places[PLACES_MAX];
unsigned place_count;

/* --------------------------------------------------------------- types ---- */

static void dispose(void *object) {
    shadow_disposed(object);
}

/* Not plain: runs on a strong reference, and may use the heap. */
static void dispose_calling(void *object) {
    struct node *node = object;
    shadow_disposed(&node->item);
    void *other = tarn_slot_load(&node->slots[0]);
    if (other) {
        shadow_check(other, "dispose's neighbour");
        tarn_decref(other);
    }
    tarn_safepoint(); /* other threads may stop the world here */
}

static void finalize(void *object) {
    struct node *node = object;
    struct place *place = node->item.place;
    uint64_t random = node->item.id ^ settings.seed;
    shadow_finalized(&node->item);
    for (unsigned i = 0; i < 2; i++) {
        void *other = tarn_slot_load(&node->slots[i]);
        if (!other)
            continue;
        shadow_check(other, "finalizer's neighbour");
        tarn_decref(other);
    }
    switch (random_below(&random, 5)) {
    case 0: /* comes back, seen by all */
        tarn_slot_store(&place->roots[random_below(&random, ROOTS)], object);
        break;
    case 1: /* comes back as a cycle that nobody holds */
        tarn_slot_store(&node->slots[0], object);
        break;
    case 2: { /* makes more work of its own kind */
        struct node *young = (struct node *)place_new(place, KIND_NODE, 0);
        tarn_slot_store(&young->slots[0], young);
        tarn_slot_store(&node->slots[1], young);
        tarn_decref(young);
        break;
    }
    case 3:
        if (tarn_gc_collect(place->heap, 0) != 0)
            fault("a collection runs inside a finalizer");
        break;
    default:
        break;
    }
}

static void register_types(struct place *place) {
    static const size_t node_offsets[] = {offsetof(struct node, field),
                                          offsetof(struct node, slots[0]),
                                          offsetof(struct node, slots[1])};
    static const size_t element_offset[] = {0};
    struct tarn_type_spec leaf = {.name = "leaf",
                                  .size = sizeof(struct item),
                                  .dispose = dispose,
                                  .flags = TARN_TYPE_DISPOSE_PLAIN};
    struct tarn_type_spec node = {.name = "node",
                                  .size = sizeof(struct node),
                                  .offsets = node_offsets,
                                  .offset_count = 3,
                                  .dispose = dispose,
                                  .flags = TARN_TYPE_DISPOSE_PLAIN};
    struct tarn_type_spec shared = node, final = node, calling = node;
    struct tarn_type_spec row = {.name = "row",
                                 .size = sizeof(struct row),
                                 .element_size = sizeof(tarn_slot),
                                 .length_offset = offsetof(struct row, length),
                                 .element_offsets = element_offset,
                                 .element_offset_count = 1,
                                 .dispose = dispose,
                                 .flags = TARN_TYPE_DISPOSE_PLAIN};
    shared.name = "shared";
    shared.flags |= TARN_TYPE_SHARED;
    final.name = "final";
    final.finalize = finalize;
    calling.name = "calling";
    calling.dispose = dispose_calling;
    calling.flags = 0;
    const struct tarn_type_spec *specs[KIND_COUNT] = {
        [KIND_LEAF] = &leaf, [KIND_NODE] = &node,   [KIND_SHARED] = &shared,
        [KIND_ROW] = &row,   [KIND_FINAL] = &final, [KIND_CALLING] = &calling,
    };
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if (!(place->types[i] = tarn_type_register(place->heap, specs[i])))
            fault("type %s is refused", specs[i]->name);
}

/* -------------------------------------------------------------- objects ---- */

struct item *place_new(struct place *place, enum kind kind, size_t length) {
    struct item *item = kind == KIND_ROW ? tarn_new_array(place->types[kind], length)
                                         : tarn_new(place->types[kind]);
    if (!item) {
        fault("no memory for an object of kind %d", kind);
        _exit(1);
    }
    tarn_slot *slots;
    bool clean = !item->id && !item->canary && !item->place;
    for (size_t i = item_slots(item, &slots); i > 0; i--)
        clean &= tarn_slot_peek(&slots[i - 1]) == NULL;
    if (!clean)
        fault("a new object of kind %d is not all zero", kind);
    item->id = shadow_create(kind);
    item->canary = shadow_canary(item->id);
    item->place = place;
    /* relaxed: a counter. */
    tarn__fetch_add(&place->live, 1, relaxed);
    return item;
}

size_t item_slots(struct item *item, tarn_slot **slots) {
    tarn_type *type = tarn_typeof(item);
    const char *name = tarn_type_name(type);
    if (strcmp(name, "leaf") == 0)
        return 0;
    if (strcmp(name, "row") == 0) {
        *slots = ((struct row *)item)->slots;
        return ((struct row *)item)->length;
    }
    *slots = ((struct node *)item)->slots;
    return 2;
}

/* --------------------------------------------------------------- opening ---- */

static void on_log(void *arg, enum tarn_log_level level, const char *message) {
    (void)arg;
    if (level == TARN_LOG_ERROR)
        fault("the heap says: %s", message);
    else if (settings.verbose)
        dprintf(STDERR_FILENO, "heap: %s\n", message);
}

static void on_fatal(void *arg, const char *message) {
    (void)arg;
    dprintf(STDERR_FILENO, "tarn-stress: the library stops (seed %llu): %s\n",
            (unsigned long long)settings.seed, message);
}

static void create(struct place *place) {
    place->config.watchdog_ms = 20000;
    place->config.fatal = on_fatal;
    place->config.log = on_log;
    place->heap = tarn_heap_create(&place->config);
    if (!place->heap) {
        fault("no heap");
        _exit(1);
    }
    register_types(place);
}

void place_open(struct place *place, uint64_t *random) {
    static const unsigned thresholds[] = {20, 100, 700, 3000};
    *place = (struct place){0};
    place->threshold = thresholds[random_below(random, 4)];
    place->config = (struct tarn_config){
        .collect = (enum tarn_collect_mode)random_below(random, 3),
        .dispatch = (enum tarn_dispatch)random_below(random, 3),
        .threshold = {place->threshold, 3, 3},
        .drop_budget = random_below(random, 2) ? 0 : 50,
        .checked = random_below(random, 3) == 0,
    };
    create(place);
}

void place_open_as(struct place *place, enum tarn_dispatch dispatch) {
    *place = (struct place){.config = {.collect = TARN_COLLECT_MANUAL, .dispatch = dispatch}};
    create(place);
}

/* --------------------------------------------------------------- closing ---- */

static void let_go(struct place *place) {
    for (unsigned i = 0; i < ROOTS; i++)
        tarn_slot_destroy(&place->roots[i]);
    for (unsigned i = 0; i < WEAK_ROOTS; i++)
        tarn_slot_destroy(&place->weak_roots[i]);
    for (unsigned i = 0; i < BOXES; i++) {
        /* acq_rel: takes over what another thread held. */
        void *object = tarn__exchange(&place->boxes[i], NULL, acq_rel);
        if (object)
            tarn_decref(object);
    }
}

static int64_t live_of(struct place *place) {
    /* relaxed: counters; the other threads of the place are the heap's own. */
    return tarn__load(&place->live, relaxed) - tarn__load(&place->immortals, relaxed);
}

/* Finalizers bring objects back into the roots, so it takes several turns, and
 * the heap's own threads take their time. */
static void collect_all(struct place *place) {
    for (unsigned i = 0; i < END_ROUNDS && (i < 2 || live_of(place) > 0); i++) {
        let_go(place);
        tarn_gc_collect(place->heap, 2);
        tarn_drain();
        if (i > 8) {
            tarn_blocking_begin();
            tarn__sleep_ns(5000000);
            tarn_blocking_end();
        }
    }
}

static ptrdiff_t none_outside(const void *object, void *arg) {
    (void)object;
    (void)arg;
    return 0;
}

void place_close(struct place *place) {
    tarn_thread_attach(place->heap);
    tarn_gc_unfreeze(place->heap);
    collect_all(place);
    if (live_of(place) != 0)
        fault("%lld objects are left, collect %d dispatch %d", (long long)live_of(place),
              place->config.collect, place->config.dispatch);
    tarn_outside outside = tarn__load(&place->immortals, relaxed) ? NULL : none_outside;
    ptrdiff_t faults = tarn_heap_verify(place->heap, outside, NULL);
    if (faults != 0)
        fault("at the end, the verifier finds %td faults", faults);
    tarn_thread_detach();
    ptrdiff_t live = tarn_heap_destroy(place->heap);
    if (live != tarn__load(&place->immortals, relaxed))
        fault("the heap is destroyed with %td live objects, %lld of them immortal", live,
              (long long)tarn__load(&place->immortals, relaxed));
}
