/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the tests of the memory layer share. */
#ifndef TESTS_MEMORY_TESTS_H
#define TESTS_MEMORY_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "memory/arena.h"
#include "memory/memory.h"
#include "memory/raw.h"
#include "memory/watch.h"
#include <tarn/tarn.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

/* For tests that count blocks and bytes: nothing is watched, whatever runs them. Called
 * first of all. */
static inline void watch_nothing(void) {
    tarn__watch = 0;
    tarn__watch_table_max = TARN_TABLE_MAX;
}

/* Runs `misuse` in a child, which must abort with a message that contains `text`. */
static inline void expect_fatal(void (*misuse)(void), const char *text) {
    int ends[2];
    char message[1024] = "";
    size_t used = 0;
    int status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        misuse();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t n; used < sizeof message - 1 &&
                    (n = read(ends[0], message + used, sizeof message - 1 - used)) > 0;)
        used += (size_t)n;
    message[used] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!strstr(message, text))
        fail_msg("expected \"%s\", got \"%s\"", text, message);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Faults in the calling thread's cache and in the arena store. */
static inline size_t memory_faults(void) {
    size_t faults = tarn__arenas_verify();
    if (tarn__raw != &tarn__raw_nobody)
        faults += tarn__raw_verify(tarn__raw);
    return faults;
}

static inline size_t committed_bytes(void) {
    size_t reserved;
    size_t committed;
    tarn__memory_stats(&reserved, &committed);
    return committed;
}

static inline size_t resident_bytes(void) {
    unsigned long size = 0;
    unsigned long resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        int got = fscanf(f, "%lu %lu", &size, &resident);
        fclose(f);
        if (got != 2)
            return 0;
    }
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static inline uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif
