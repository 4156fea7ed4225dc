/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Random object graphs against a collector that recomputes reachability from scratch
 * (tests/graph.h), operation by operation: counts, what each generation's collection
 * finds and answers, ages, freezing, weak references and their callbacks, finalizers.
 *
 * Without finalizers the model says exactly what must live. With them it says what
 * may not die, and that repeated collections leave exactly what is reachable.
 *
 * TARN_GRAPHS: how many graphs; TARN_SEED: the first one's seed. A fault names its seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "graph.h"

#define OPERATIONS 60
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GRAPHS 2000
#else
#define GRAPHS 20000
#endif

static struct {
    uint64_t seed;
    bool user_code;
    const char *fault; /* what callbacks found: they may not leave by a jump */
} run;

static void expect(bool good, const char *fault) {
    if (!good && !run.fault)
        run.fault = fault;
}

/* ---------------------------------------------------------------- the model ---- */

/* Alive, but without a reference, or held by such only: published ones, which wait
 * for a grace period. */
static void find_dying(bool *dying) {
    memset(dying, 0, GRAPH_NODES * sizeof *dying);
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < graph.count; i++) {
            long count = graph.roots[i];
            for (unsigned from = 0; from < graph.count; from++)
                for (unsigned e = 0; graph.alive[from] && !dying[from] && e < GRAPH_EDGES; e++)
                    count += graph.edge[from][e] == (int)i;
            if (graph.alive[i] && !dying[i] && count == 0)
                more = dying[i] = true;
        }
    }
}

static bool some(const bool *set) {
    for (unsigned i = 0; i < graph.count; i++)
        if (set[i])
            return true;
    return false;
}

/* What the program can get at. */
static void find_reachable(bool *reachable) {
    bool set[GRAPH_NODES];
    for (unsigned i = 0; i < graph.count; i++)
        set[i] = graph.alive[i];
    graph_reach(set, reachable);
}

static int pick(const bool *set) {
    unsigned start = (unsigned)graph_random(GRAPH_NODES);
    for (unsigned k = 0; k < GRAPH_NODES; k++) {
        unsigned i = (start + k) % GRAPH_NODES;
        if (i < graph.count && set[i])
            return (int)i;
    }
    return -1;
}

/* ---------------------------------------------------------------- user code ---- */

static void called_back(void *weak, void *data) {
    (void)data;
    for (unsigned i = 0; i < graph.count; i++)
        if (graph.weak[i][TARN_WEAK_SHORT] == weak)
            graph.called[i]++;
}

/* One of what finalizers are known to do, to itself and to what it can reach. */
static void finalize(void *object) {
    unsigned self = (unsigned)((struct vertex *)object)->number;
    bool reachable[GRAPH_NODES];
    graph.finalized[self]++;
    expect(graph.alive[self], "a finalizer ran after dispose");
    find_reachable(reachable);
    int other = pick(reachable);
    unsigned edge = (unsigned)graph_random(GRAPH_EDGES);
    switch (graph_random(8)) {
    case 0: /* comes back */
        graph_root(self);
        break;
    case 1: /* comes back, into an object that lives */
        if (other >= 0)
            graph_link((unsigned)other, edge, (int)self);
        break;
    case 2: /* breaks the cycle, if it is in one */
        for (unsigned e = 0; e < GRAPH_EDGES; e++)
            graph_link(self, e, -1);
        break;
    case 3:
        graph_link(self, edge, other);
        break;
    case 4: {
        int made = graph_make((unsigned)graph_random(3));
        if (made >= 0) {
            graph_link(self, edge, made);
            graph_unroot((unsigned)made);
        }
        break;
    }
    case 5:
        if (other >= 0 && graph.roots[other] > 0)
            graph_unroot((unsigned)other);
        break;
    case 6:
        expect(tarn_gc_collect(fixture.heap, 2) == 0, "a collection inside a finalizer found some");
        break;
    default:
        break;
    }
}

/* --------------------------------------------------------------- operations ---- */

/* Ages after a collection; those that wait for a grace period have none. */
static void grow_older(int generation) {
    bool members[GRAPH_NODES];
    graph_members((unsigned)generation, members);
    for (unsigned i = 0; i < graph.count; i++)
        if (members[i])
            graph.age[i] = generation < 2 ? (unsigned)generation + 1 : 2;
}

/* The collection must free exactly the members that are not held, and with them dies
 * what only they refer to. */
static void collect_exactly(int generation, const bool *dying) {
    bool members[GRAPH_NODES];
    bool held[GRAPH_NODES];
    bool alive[GRAPH_NODES];
    bool orphans[GRAPH_NODES];
    ptrdiff_t garbage = 0;
    for (unsigned i = 0; i < graph.count; i++)
        graph.alive[i] &= !dying[i]; /* they hold nothing; dispose would say so later */
    graph_members((unsigned)generation, members);
    graph_reach(members, held);
    memcpy(alive, graph.alive, sizeof alive);
    for (unsigned i = 0; i < graph.count; i++) {
        graph.alive[i] &= !members[i] || held[i];
        garbage += members[i] && !held[i];
    }
    find_dying(orphans);
    memcpy(held, graph.alive, sizeof held);
    memcpy(graph.alive, alive, sizeof alive);
    expect(tarn_gc_collect(fixture.heap, generation) == garbage,
           "a collection answers another number than the model");
    for (unsigned i = 0; i < graph.count; i++)
        expect(orphans[i] || held[i] == graph.alive[i], "a collection freed others than the model");
}

static void collect_safely(int generation) {
    bool reachable[GRAPH_NODES];
    find_reachable(reachable);
    expect(tarn_gc_collect(fixture.heap, generation) >= 0, "a collection failed");
    for (unsigned i = 0; !run.user_code && i < graph.count; i++)
        expect(!reachable[i] || graph.alive[i], "a collection freed what was reachable");
}

static void collect(void) {
    int generation = (int)graph_random(3);
    bool dying[GRAPH_NODES];
    find_dying(dying);
    if (run.user_code || (generation < 2 && some(dying)))
        collect_safely(generation);
    else
        collect_exactly(generation, dying);
    if (!run.user_code)
        grow_older(generation);
}

static void freeze_or_thaw(void) {
    bool thaw = graph_random(2);
    expect((thaw ? tarn_gc_unfreeze : tarn_gc_freeze)(fixture.heap) == 0, "freezing failed");
    for (unsigned i = 0; i < graph.count; i++) {
        if (thaw && graph.frozen[i])
            graph.age[i] = 2;
        graph.frozen[i] = thaw ? false : graph.alive[i];
    }
}

static void make_weak(unsigned i) {
    enum tarn_weak_kind kind = graph_random(2) ? TARN_WEAK_LONG : TARN_WEAK_SHORT;
    if (graph.weak[i][kind])
        return;
    graph.weak[i][kind] =
        tarn_weak_new(graph.object[i], kind, kind == TARN_WEAK_SHORT ? called_back : NULL, NULL);
    assert_non_null(graph.weak[i][kind]);
    graph.published[i] = true;
}

static void link_two(const bool *reachable) {
    int from = pick(reachable);
    int to = graph_random(4) ? pick(reachable) : -1;
    unsigned e = (unsigned)graph_random(GRAPH_EDGES);
    if (e == 2 && graph_random(4)) /* what was in a slot dies late: rather rarely */
        e = 0;
    if (from >= 0)
        graph_link((unsigned)from, e, to);
}

static void act(void) {
    bool reachable[GRAPH_NODES];
    find_reachable(reachable);
    int some_one = pick(reachable);
    switch (graph_random(16)) {
    case 0:
    case 1:
    case 2:
        graph_make(graph_random(2) ? 0 : run.user_code ? 1 + (unsigned)graph_random(2) : 2);
        break;
    case 3:
    case 4:
    case 5:
        if (some_one >= 0 && graph.roots[some_one] > 0)
            graph_unroot((unsigned)some_one);
        break;
    case 6:
        if (some_one >= 0)
            graph_root((unsigned)some_one);
        break;
    case 7:
        if (some_one >= 0)
            make_weak((unsigned)some_one);
        break;
    case 8:
        collect();
        break;
    case 9:
        if (graph_random(4) == 0)
            freeze_or_thaw();
        break;
    default:
        link_two(reachable);
    }
}

/* -------------------------------------------------------------------- checks ---- */

static void check_weak(unsigned i, bool lives) {
    for (unsigned kind = 0; kind < 2; kind++) {
        if (!graph.weak[i][kind])
            continue;
        void *target = tarn_weak_get(graph.weak[i][kind]);
        bool cleared = run.user_code && kind == TARN_WEAK_SHORT; /* perhaps, by a condemnation */
        expect(target ? lives && target == graph.object[i] : !lives || cleared,
               "a weak reference does not say what became of its target");
        if (target)
            tarn_decref(target);
    }
    if (graph.weak[i][TARN_WEAK_SHORT])
        expect(graph.called[i] <= 1 && (run.user_code || graph.called[i] == !lives),
               "a weak callback ran too often, or not at all");
}

static void check(void) {
    bool reachable[GRAPH_NODES];
    find_reachable(reachable);
    for (unsigned i = 0; i < graph.count; i++) {
        /* One without references is DEAD, if not torn down; until then it holds others. */
        bool lives = graph.alive[i] && graph_count_of(i) > 0;
        expect(graph.disposed[i] == !graph.alive[i], "an object was disposed of twice");
        expect(graph.finalized[i] <= 1, "a finalizer ran twice");
        expect(graph.alive[i] || graph.finalized[i] == graph.has_finalizer[i],
               "an object died without its finalizer");
        expect(!reachable[i] || graph.alive[i], "a reachable object died");
        expect(lives || !graph.alive[i] || graph.published[i],
               "an object outlived its last reference");
        if (lives)
            expect(tarn_refcount(graph.object[i]) == graph_count_of(i),
                   "a count is not the references");
        check_weak(i, lives);
    }
}

/* Lets everything go; collections must leave exactly nothing. */
static void let_go(void) {
    expect(tarn_gc_unfreeze(fixture.heap) == 0, "thawing failed");
    for (unsigned round = 0; round < 8; round++) {
        for (unsigned i = 0; i < graph.count; i++)
            while (graph.roots[i] > 0)
                graph_unroot(i);
        tarn_gc_collect(fixture.heap, 2);
    }
    for (unsigned i = 0; i < graph.count; i++) {
        expect(!graph.alive[i] && graph.disposed[i] == 1, "an unreachable object was left");
        for (unsigned kind = 0; kind < 2; kind++)
            if (graph.weak[i][kind])
                tarn_decref(graph.weak[i][kind]);
    }
    memset(graph.weak, 0, sizeof graph.weak);
}

/* With user code in it: collections, repeated, leave what is reachable. */
static void settle(void) {
    bool reachable[GRAPH_NODES];
    expect(tarn_gc_unfreeze(fixture.heap) == 0, "thawing failed");
    for (unsigned round = 0; round < 2 * GRAPH_NODES; round++)
        if (tarn_gc_collect(fixture.heap, 2) == 0 && round > GRAPH_NODES)
            break;
    find_reachable(reachable);
    expect(memcmp(reachable, graph.alive, graph.count) == 0,
           "collections left other objects than the reachable ones");
}

static void run_graph(void) {
    unsigned operations = 10 + (unsigned)graph_random(OPERATIONS);
    for (unsigned i = 0; i < operations && !run.fault; i++) {
        act();
        tarn_drain();
        check();
    }
    if (run.user_code && !run.fault)
        settle();
    if (!run.fault)
        let_go();
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static void run_graphs(bool user_code, uint64_t share) {
    uint64_t first = setting("TARN_SEED", 1);
    uint64_t count = setting("TARN_GRAPHS", GRAPHS) / share;
    open_manual_heap();
    graph_open(first, finalize);
    run.user_code = user_code;
    for (run.seed = first; run.seed < first + count; run.seed++) {
        graph_restart(run.seed);
        run_graph();
        if (!run.fault && run.seed % 256 == 0)
            expect(tarn_heap_verify(fixture.heap, NULL, NULL) == 0, "the heap does not verify");
        if (run.fault)
            fail_msg("seed %llu: %s", (unsigned long long)run.seed, run.fault);
    }
    close_heap();
}

static void collections_find_what_the_model_finds(void **state) {
    (void)state;
    run_graphs(false, 1);
}

static void collections_with_finalizers_leave_what_is_reachable(void **state) {
    (void)state;
    run_graphs(true, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collections_find_what_the_model_finds),
        cmocka_unit_test(collections_with_finalizers_leave_what_is_reachable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
