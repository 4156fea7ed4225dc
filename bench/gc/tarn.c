/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The programs with tarn: its collections as they come by themselves, and none. */
#include <sys/resource.h>
#include <tarn/tarn.h>
#include <unistd.h>

#define NODE_HEADER tarn_object header;
#include "programs.h"

static struct {
    tarn_heap *heap;
    tarn_type *node;
    tarn_type *hub;
} ours;

static inline struct node *op_node(void) {
    return tarn_new(ours.node);
}

static inline struct hub *op_hub(size_t n) {
    return tarn_new_array(ours.hub, n);
}

static inline void op_set(struct node **field, struct node *value) {
    tarn_field_set(field, value);
}

static inline void op_give(struct node **field, struct node *value) {
    tarn_field_give(field, value);
}

static inline void op_drop(void *value) {
    tarn_decref(value);
}

static inline void op_poll(void) {
    tarn_safepoint();
}

static inline void op_enter(void) {
    if (tarn_thread_attach(ours.heap) != 0)
        abort();
}

static inline void op_leave(void) {
    tarn_thread_detach();
}

static inline void op_quiet(bool quiet) {
    (quiet ? tarn_gc_disable : tarn_gc_enable)(ours.heap);
}

static inline ptrdiff_t op_collect(void) {
    return tarn_gc_collect(ours.heap, 2);
}

static inline double op_outstanding(void) {
    struct tarn_heap_stats stats;
    tarn_heap_get_stats(ours.heap, &stats);
    return (double)stats.allocated - (double)stats.freed;
}

static inline void op_wait_begin(void) {
    tarn_blocking_begin();
}

static inline void op_wait_end(void) {
    tarn_blocking_end();
}

/* Objects that are left when a run without collections ends are no news. */
static void ignore_log(void *arg, enum tarn_log_level level, const char *message) {
    (void)arg;
    (void)level;
    (void)message;
}

static void open_heap(enum tarn_collect_mode mode) {
    static const size_t fields[] = {offsetof(struct node, a), offsetof(struct node, b)};
    static const size_t element[] = {0};
    struct tarn_config config = {.collect = mode, .log = ignore_log};
    ours.heap = tarn_heap_create(&config);
    if (!ours.heap)
        abort();
    ours.node = tarn_type_register(ours.heap, &(struct tarn_type_spec){.name = "node",
                                                                       .size = sizeof(struct node),
                                                                       .offsets = fields,
                                                                       .offset_count = 2});
    ours.hub = tarn_type_register(
        ours.heap, &(struct tarn_type_spec){.name = "hub",
                                            .size = sizeof(struct hub),
                                            .element_size = sizeof(void *),
                                            .length_offset = offsetof(struct hub, length),
                                            .element_offsets = element,
                                            .element_offset_count = 1});
}

/* ---------------------------------------------------------------- programs ---- */

static bool graph(const char *shape, size_t n, struct results *out) {
    open_heap(TARN_COLLECT_MANUAL);
    bool done = run_graph(shape, n, out);
    tarn_heap_destroy(ours.heap);
    return done;
}

static bool trees_with(enum tarn_collect_mode mode, unsigned threads, struct results *out) {
    struct tarn_histogram stopped;
    open_heap(mode);
    bool done = run_trees(threads, out);
    tarn_heap_get_pauses(ours.heap, NULL, &stopped);
    out->value[TREES_STOP_MAX] = (double)stopped.max_ns / 1000;
    tarn_heap_destroy(ours.heap);
    return done;
}

static bool trees(unsigned threads, struct results *out) {
    return trees_with(TARN_COLLECT_INLINE, threads, out);
}

static bool trees_off(unsigned threads, struct results *out) {
    return trees_with(TARN_COLLECT_MANUAL, threads, out);
}

static void add_pauses(struct results *out) {
    struct tarn_histogram reached;
    struct tarn_histogram stopped;
    tarn_heap_get_pauses(ours.heap, &reached, &stopped);
    out->value[SERVER_STOP_P99] = (double)tarn_histogram_quantile(&stopped, 0.99) / 1000;
    out->value[SERVER_STOP_MAX] = (double)stopped.max_ns / 1000;
    out->value[SERVER_REACH_P50] = (double)tarn_histogram_quantile(&reached, 0.5) / 1000;
    out->value[SERVER_REACH_P99] = (double)tarn_histogram_quantile(&reached, 0.99) / 1000;
    out->value[SERVER_REACH_MAX] = (double)reached.max_ns / 1000;
}

/*
 * Stops, those apart that a thread was preempted beside. The callbacks of collections divide
 * time into intervals with a stop in them, or a few; in a calm one no thread of the process
 * was switched away against its will. With one stop in an interval its duration is the
 * difference of the totals, exactly; with more, each is the share of all.
 */
static struct {
    struct tarn_histogram reached, stopped; /* as the interval began */
    long switches;
    struct tally calm_reached, calm_stopped;
    uint64_t switched;
} calm;

static void add_interval(struct tally *to, const struct tarn_histogram *was,
                         const struct tarn_histogram *is) {
    uint64_t n = is->count - was->count;
    for (uint64_t i = 0; i < n; i++)
        tally_add(to, (is->total_ns - was->total_ns) / n);
}

/* One collection runs at a time. */
static void note_interval(tarn_heap *heap, enum tarn_gc_phase phase,
                          const struct tarn_gc_info *info, void *arg) {
    struct tarn_histogram reached;
    struct tarn_histogram stopped;
    struct rusage usage;
    (void)phase;
    (void)info;
    (void)arg;
    getrusage(RUSAGE_SELF, &usage);
    tarn_heap_get_pauses(heap, &reached, &stopped);
    if (usage.ru_nivcsw == calm.switches) {
        add_interval(&calm.calm_reached, &calm.reached, &reached);
        add_interval(&calm.calm_stopped, &calm.stopped, &stopped);
    } else {
        calm.switched += stopped.count - calm.stopped.count;
    }
    calm.reached = reached;
    calm.stopped = stopped;
    calm.switches = usage.ru_nivcsw;
}

static void add_calm(struct results *out) {
    out->value[SERVER_CALM_P99] = tally_us(&calm.calm_stopped, 0.99);
    out->value[SERVER_CALM_MAX] = (double)calm.calm_stopped.max_ns / 1000;
    out->value[SERVER_CALM_REACH_P50] = tally_us(&calm.calm_reached, 0.5);
    out->value[SERVER_CALM_REACH_P99] = tally_us(&calm.calm_reached, 0.99);
    out->value[SERVER_SWITCHED] =
        (double)calm.switched * 100 / (double)(calm.calm_stopped.count + calm.switched + 1);
}

/* A full one lies in many steps: what they took, not how long it was until the last. */
static double collecting_ns(double *oversize) {
    double ns = 0;
    for (int g = 0; g < 3; g++) {
        struct tarn_gc_stats s;
        tarn_gc_stats(ours.heap, g, &s);
        ns += (double)(s.concurrent_ns ? s.concurrent_ns + s.stopped_ns : s.time_ns);
        *oversize += (double)s.oversize;
    }
    return ns;
}

static bool server_with(enum tarn_collect_mode mode, unsigned threads, size_t live, double seconds,
                        struct results *out) {
    open_heap(mode);
    tarn_gc_callback_add(ours.heap, note_interval, NULL);
    double begun = now_ns();
    bool done = run_server(threads, live, seconds, out);
    double took = (now_ns() - begun) * threads;
    if (mode == TARN_COLLECT_MANUAL) {
        tarn_heap_destroy(ours.heap);
        return done;
    }
    add_pauses(out);
    add_calm(out);
    out->value[SERVER_OVERSIZE] = 0;
    out->value[SERVER_SHARE] = collecting_ns(&out->value[SERVER_OVERSIZE]) / took * 100;
    tarn_heap_destroy(ours.heap);
    return done;
}

static bool server(unsigned threads, size_t live, struct results *out) {
    return server_with(TARN_COLLECT_INLINE, threads, live, harness.quick ? 0.05 : 3, out);
}

/* Not for long: memory only grows. */
static bool server_off(unsigned threads, size_t live, struct results *out) {
    return server_with(TARN_COLLECT_MANUAL, threads, live, harness.quick ? 0.05 : 1, out);
}

static bool list_with(enum tarn_collect_mode mode, size_t n, struct results *out) {
    open_heap(mode);
    bool done = run_list(n, out);
    tarn_heap_destroy(ours.heap);
    return done;
}

static bool list(size_t n, struct results *out) {
    return list_with(TARN_COLLECT_INLINE, n, out);
}

static bool list_off(size_t n, struct results *out) {
    return list_with(TARN_COLLECT_MANUAL, n, out);
}

/* ------------------------------------------------------------------- crowd ---- */

#define CROWD_MOST 2000u
#define CROWD_STOPS 1000u

static int crowd_over;

static void *run_blocking(void *arg) {
    op_enter();
    op_wait_begin();
    while (!__atomic_load_n(&crowd_over, __ATOMIC_RELAXED))
        usleep(200000);
    op_wait_end();
    op_leave();
    return arg;
}

/* Threads that all block, and one that stops them again and again. */
static bool crowd(unsigned threads, struct results *out) {
    static pthread_t id[CROWD_MOST];
    static struct tally reached;
    struct tarn_heap_stats stats;
    open_heap(TARN_COLLECT_MANUAL);
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&id[i], NULL, run_blocking, NULL) != 0)
            abort();
    do {
        usleep(10000);
        tarn_heap_get_stats(ours.heap, &stats);
    } while (stats.attached < threads);
    op_enter();
    for (unsigned i = 0; i < CROWD_STOPS; i++) {
        double begun = now_ns();
        tarn_world_stop();
        tally_add(&reached, (uint64_t)(now_ns() - begun));
        tarn_world_start();
        op_poll();
    }
    __atomic_store_n(&crowd_over, 1, __ATOMIC_RELAXED);
    op_wait_begin();
    for (unsigned i = 0; i < threads; i++)
        pthread_join(id[i], NULL);
    op_wait_end();
    op_leave();
    tarn_heap_destroy(ours.heap);
    out->value[CROWD_P50] = tally_us(&reached, 0.5);
    out->value[CROWD_P99] = tally_us(&reached, 0.99);
    out->value[CROWD_MAX] = (double)reached.max_ns / 1000;
    return true;
}

const struct gc_kind gc_tarn = {
    .name = "tarn", .graph = graph, .trees = trees, .server = server, .list = list, .crowd = crowd};
const struct gc_kind gc_tarn_off = {
    .name = "tarn-off", .trees = trees_off, .server = server_off, .list = list_off};
