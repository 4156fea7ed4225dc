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
#include <tarn/atomic.h>

typedef TARN__ATOMIC(uint32_t) futex_word;

/* As the kernel does it: between the look and the sleep nobody else runs. */
static bool wait_in_schedule(uint32_t *word, uint32_t expected, uint64_t timeout_ns) {
    /* relaxed: the caller looks again, with the order it needs. */
    if (tarn__load((futex_word *)word, relaxed) != expected)
        return true;
    return tarn__sched_block("futex", word, timeout_ns);
}

bool tarn__futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout_ns) {
    if (tarn__sched_is_on())
        return wait_in_schedule(word, expected, timeout_ns);
    int saved = errno;
    struct timespec t = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
    long result =
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns ? &t : NULL, NULL, 0);
    bool timed_out = result == -1 && errno == ETIMEDOUT;
    errno = saved;
    return !timed_out;
}

void tarn__futex_wake(uint32_t *word, int count) {
    if (tarn__sched_is_on()) {
        tarn__sched_wake(word, count);
        return;
    }
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = saved;
}
