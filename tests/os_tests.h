/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What the tests of the lowest layers share. */
#ifndef TESTS_OS_TESTS_H
#define TESTS_OS_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/check.h"

/* How a child ended, and what it said on standard error. */
struct child_end {
    int status;
    char said[2048];
};

/* Runs `body` in a child, which leaves with status 0 when it returns. */
static inline struct child_end run_child(void (*body)(void)) {
    struct child_end end = {0};
    int ends[2];
    size_t used = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        body();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t n; used < sizeof end.said - 1 &&
                    (n = read(ends[0], end.said + used, sizeof end.said - 1 - used)) > 0;)
        used += (size_t)n;
    close(ends[0]);
    assert_int_equal(waitpid(child, &end.status, 0), child);
    return end;
}

/* The child must abort, with a message that contains `text`. */
static inline struct child_end expect_fatal(void (*body)(void), const char *text) {
    struct child_end end = run_child(body);
    if (!strstr(end.said, text))
        fail_msg("expected \"%s\", got \"%s\"", text, end.said);
    assert_true(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGABRT);
    return end;
}

static inline void expect_return(void (*body)(void)) {
    struct child_end end = run_child(body);
    if (end.status != 0)
        fail_msg("ended with status 0x%x, said \"%s\"", (unsigned)end.status, end.said);
}

#endif
