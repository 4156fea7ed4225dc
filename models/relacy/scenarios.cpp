/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Short programs of two or three threads over the kernels, for Relacy.
 *
 * Compiled with -DSCENARIO=name and one or more of -DFULL, -DBOUND and -DRANDOM,
 * for a search is a large template:
 *
 *   name full       every interleaving and every value a load may see, one store
 *                   back
 *   name bound N    those with up to N switches that nothing forces
 *   name random N   N at random, loads seeing older stores too
 *
 * Prints how many executions that were and ends with 0, or prints what went wrong
 * and in which execution and ends with 1; the history goes to the file `history`.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "count_scenarios.h"
#include "post_scenarios.h"
#include "seat_scenarios.h"
#include "slot_scenarios.h"
#include "weak_scenarios.h"

/* --- the search --- */

static const rl::thread_id_t thread_count = SCENARIO::params::thread_count;

/* Runs; what fails runs once more, with its history. */
template <typename scheduler> static rl::test_result_e search(rl::test_params &params) {
    rl::ostringstream end;
    rl::test_result_e result = rl::run_test<SCENARIO, scheduler>(params, end, false);
    if (result != rl::test_result_success) {
        params.initial_state = end.str();
        params.collect_history = true;
        rl::run_test<SCENARIO, scheduler>(params, end, true);
    }
    return result;
}

int main(int argc, char **argv) {
    const char *kind = argc > 1 ? argv[1] : "";
    unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], 0, 10) : 0;
    std::ofstream history("history");
    rl::test_params params;
    params.output_stream = &history;
    params.progress_stream = &history;
    params.execution_depth_limit = 4000;
    params.context_bound = n;
    rl::test_result_e result = rl::test_result_inconsistent_test_suite;
#ifdef FULL
    if (!strcmp(kind, "full")) {
        params.search_type = rl::sched_full;
        result = search<rl::full_search_scheduler<thread_count>>(params);
    }
#endif
#ifdef BOUND
    if (!strcmp(kind, "bound")) {
        params.search_type = rl::sched_bound;
        result = search<rl::context_bound_scheduler<thread_count>>(params);
    }
#endif
#ifdef RANDOM
    if (!strcmp(kind, "random")) {
        params.search_type = rl::sched_random;
        params.iteration_count = n;
        result = search<rl::random_scheduler<thread_count>>(params);
    }
#endif
    bool good = result == rl::test_result_success;
    unsigned long long executions = params.stop_iteration;
    if (good)
        printf("%llu executions\n", executions);
    else
        printf("%s, execution %llu\n", rl::test_result_str(result), executions);
    return !good;
}
