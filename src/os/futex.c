/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Private futexes. The word is re-read by the kernel before the sleep, so a wake
 * between the caller's look and the sleep is not lost. */
#include "os/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/sched.h"

bool tarn__futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout_ns) {
    if (tarn__sched_wait(word, expected))
        return true;
    int saved = errno;
    struct timespec t = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
    long result =
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns ? &t : NULL, NULL, 0);
    bool timed_out = result == -1 && errno == ETIMEDOUT;
    errno = saved;
    return !timed_out;
}

void tarn__futex_wake(uint32_t *word, int count) {
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = saved;
}
