/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The programs with the Boehm-Demers-Weiser collector, incremental and not. */
#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc.h>

#define NODE_HEADER
#include "programs.h"

static struct {
    struct tally stopped;
    struct tally reached;
    double asked_ns;
    double stopped_ns;
} events;

static inline struct node *op_node(void) {
    return GC_malloc(sizeof(struct node));
}

static inline struct hub *op_hub(size_t n) {
    struct hub *hub = GC_malloc(sizeof *hub + n * sizeof hub->item[0]);
    if (!hub)
        abort();
    hub->length = n;
    return hub;
}

/* An incremental collection learns of it from the pages. */
static inline void op_set(struct node **field, struct node *value) {
    *field = value;
}

static inline void op_give(struct node **field, struct node *value) {
    op_set(field, value);
}

static inline void op_drop(void *value) {
    (void)value; /* the collector finds out */
}

static inline void op_poll(void) {
}

/* The main thread is known from the start. */
static __thread bool is_registered;

static inline void op_enter(void) {
    struct GC_stack_base base;
    GC_get_stack_base(&base);
    is_registered = GC_register_my_thread(&base) == GC_SUCCESS;
}

static inline void op_leave(void) {
    if (is_registered)
        GC_unregister_my_thread();
}

static inline void op_quiet(bool quiet) {
    (quiet ? GC_disable : GC_enable)();
}

/* What it frees it finds out later, as it allocates. */
static inline ptrdiff_t op_collect(void) {
    GC_gcollect();
    return -1;
}

static inline double op_outstanding(void) {
    return -1;
}

static inline void op_wait_begin(void) {
}

static inline void op_wait_end(void) {
}

static void note_event(GC_EventType event) {
    double now = now_ns();
    if (event == GC_EVENT_PRE_STOP_WORLD) {
        events.asked_ns = now;
    } else if (event == GC_EVENT_POST_STOP_WORLD) {
        events.stopped_ns = now;
        tally_add(&events.reached, (uint64_t)(now - events.asked_ns));
    } else if (event == GC_EVENT_POST_START_WORLD) {
        tally_add(&events.stopped, (uint64_t)(now - events.stopped_ns));
    }
}

static void open_collector(bool incremental) {
    GC_INIT();
    GC_allow_register_threads();
    GC_set_on_collection_event(note_event);
    if (incremental)
        GC_enable_incremental();
}

static bool graph(const char *shape, size_t n, struct results *out) {
    open_collector(false);
    return run_graph(shape, n, out);
}

static bool trees_with(bool incremental, unsigned threads, struct results *out) {
    open_collector(incremental);
    bool done = run_trees(threads, out);
    out->value[TREES_STOP_MAX] = (double)events.stopped.max_ns / 1000;
    return done;
}

static bool trees(unsigned threads, struct results *out) {
    return trees_with(false, threads, out);
}

static bool trees_incremental(unsigned threads, struct results *out) {
    return trees_with(true, threads, out);
}

static bool server_with(bool incremental, unsigned threads, size_t live, struct results *out) {
    open_collector(incremental);
    bool done = run_server(threads, live, harness.quick ? 0.05 : 3, out);
    out->value[SERVER_STOP_P99] = tally_us(&events.stopped, 0.99);
    out->value[SERVER_STOP_MAX] = (double)events.stopped.max_ns / 1000;
    out->value[SERVER_REACH_P50] = tally_us(&events.reached, 0.5);
    out->value[SERVER_REACH_P99] = tally_us(&events.reached, 0.99);
    out->value[SERVER_REACH_MAX] = (double)events.reached.max_ns / 1000;
    out->value[SERVER_GARBAGE] = -1;
    return done;
}

static bool server(unsigned threads, size_t live, struct results *out) {
    return server_with(false, threads, live, out);
}

static bool server_incremental(unsigned threads, size_t live, struct results *out) {
    return server_with(true, threads, live, out);
}

static bool list(size_t n, struct results *out) {
    open_collector(false);
    return run_list(n, out);
}

const struct gc_kind gc_boehm = {
    .name = "boehm", .graph = graph, .trees = trees, .server = server, .list = list};
const struct gc_kind gc_boehm_incremental = {
    .name = "boehm-incremental", .trees = trees_incremental, .server = server_incremental};
