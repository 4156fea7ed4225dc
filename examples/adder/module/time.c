/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module time.
 */
#include <errno.h>
#include <time.h>

#include "module/modules.h"
#include "vm/run.h"

static ref clock_of(clockid_t id, bool whole) {
    struct timespec t;
    clock_gettime(id, &t);
    if (whole)
        return int_new((intptr_t)t.tv_sec * 1000000000 + t.tv_nsec);
    return float_new((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

#define CLOCK(name, id, whole)                                                                     \
    static ref name(ref *args, size_t n, ref kwnames) {                                            \
        (void)args, (void)n, (void)kwnames;                                                        \
        return clock_of(id, whole);                                                                \
    }
CLOCK(t_time, CLOCK_REALTIME, false)
CLOCK(t_time_ns, CLOCK_REALTIME, true)
CLOCK(t_monotonic, CLOCK_MONOTONIC, false)
CLOCK(t_monotonic_ns, CLOCK_MONOTONIC, true)
CLOCK(t_process_time, CLOCK_PROCESS_CPUTIME_ID, false)
CLOCK(t_process_time_ns, CLOCK_PROCESS_CPUTIME_ID, true)
CLOCK(t_thread_time, CLOCK_THREAD_CPUTIME_ID, false)

static ref t_sleep(ref *args, size_t n, ref kwnames) {
    double seconds;
    (void)n, (void)kwnames;
    if (!float_get(args[0], &seconds))
        return self.error ? NULL
                          : raise_error(TypeError,
                                        "'%T' object cannot be interpreted as an integer", args[0]);
    if (seconds < 0)
        return raise_error(ValueError, "sleep length must be non-negative");
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)seconds;
    end.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    int result = EINTR;
    while (result == EINTR) {
        tarn_blocking_begin();
        result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
        tarn_blocking_end();
        if (!poll())
            return NULL;
    }
    return NONE;
}

static const struct method functions[] = {
    {"time", t_time, 0, 0, NULL, 0},
    {"time_ns", t_time_ns, 0, 0, NULL, 0},
    {"monotonic", t_monotonic, 0, 0, NULL, 0},
    {"monotonic_ns", t_monotonic_ns, 0, 0, NULL, 0},
    {"perf_counter", t_monotonic, 0, 0, NULL, 0},
    {"perf_counter_ns", t_monotonic_ns, 0, 0, NULL, 0},
    {"process_time", t_process_time, 0, 0, NULL, 0},
    {"process_time_ns", t_process_time_ns, 0, 0, NULL, 0},
    {"thread_time", t_thread_time, 0, 0, NULL, 0},
    {"sleep", t_sleep, 1, 1, NULL, 0},
    {0},
};

ref time_make(void) {
    ref module = module_new("time");
    module_add_methods(module, functions);
    return module;
}
