/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Short programs of two or three threads over the kernels, for Relacy.
 *
 * Compiled with -DSCENARIOS='X(name) X(name)...' and one or more of -DFULL, -DBOUND
 * and -DRANDOM, for a search is a large template:
 *
 *   name full       every interleaving and every value a load may see, one store
 *                   back
 *   name bound N    those with up to N switches that nothing forces
 *   name random N   N at random, loads seeing older stores too
 *
 * `all` for a name runs all, one after the other, up to the first that fails. Prints
 * how many executions that were and ends with 0, or prints what went wrong, where and
 * in which execution and ends with 1; the history goes to the file `history`.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "count_scenarios.h"
#include "edges.h"
#include "litmus_count.h"
#include "litmus_seat.h"
#include "litmus_slot.h"
#include "litmus_weak.h"
#include "post_scenarios.h"
#include "seat_scenarios.h"
#include "slot_scenarios.h"
#include "weak_scenarios.h"

/* --- the search --- */

/* Runs; what fails runs once more, with its history. */
template <typename suite, typename scheduler>
static rl::test_result_e search(rl::test_params &params) {
    rl::ostringstream end;
    rl::test_result_e result = rl::run_test<suite, scheduler>(params, end, false);
    if (result != rl::test_result_success) {
        params.initial_state = end.str();
        params.collect_history = true;
        rl::run_test<suite, scheduler>(params, end, true);
    }
    return result;
}

static const char *kind = "";
static unsigned n;
static unsigned long long executions;

/* Whether it holds; says what went wrong. */
template <typename suite> static bool holds(const char *name) {
    std::ofstream history("history");
    rl::test_params params;
    params.output_stream = &history;
    params.progress_stream = &history;
    params.execution_depth_limit = 4000;
    params.context_bound = n;
    rl::test_result_e result = rl::test_result_inconsistent_test_suite;
    litmus_begin();
#ifdef FULL
    if (!strcmp(kind, "full")) {
        params.search_type = rl::sched_full;
        result = search<suite, rl::full_search_scheduler<suite::params::thread_count>>(params);
    }
#endif
#ifdef BOUND
    if (!strcmp(kind, "bound")) {
        params.search_type = rl::sched_bound;
        result = search<suite, rl::context_bound_scheduler<suite::params::thread_count>>(params);
    }
#endif
#ifdef RANDOM
    if (!strcmp(kind, "random")) {
        params.search_type = rl::sched_random;
        params.iteration_count = n;
        result = search<suite, rl::random_scheduler<suite::params::thread_count>>(params);
    }
#endif
    unsigned long long here = params.stop_iteration;
    const char *unseen = litmus_unseen();
    executions += here;
    if (result != rl::test_result_success)
        printf("%s: %s, execution %llu\n", name, rl::test_result_str(result), here);
    else if (unseen)
        printf("%s: allowed, and never seen: %s\n", name, unseen);
    return result == rl::test_result_success && !unseen;
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    bool all = !strcmp(name, "all");
    bool known = false;
    kind = argc > 2 ? argv[2] : "";
    n = argc > 3 ? (unsigned)strtoul(argv[3], 0, 10) : 0;
#define X(suite)                                                                                   \
    if (all || !strcmp(name, #suite)) {                                                            \
        known = true;                                                                              \
        if (!holds<suite>(#suite))                                                                 \
            return 1;                                                                              \
    }
    SCENARIOS
#undef X
    if (known)
        printf("%llu executions\n", executions);
    return !known;
}
