/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The lock's slow half: waiting in the kernel. */
#include "lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void lock_wait(struct lock *lock) {
    /* acquire: pairs with the release in lock_release(). */
    while (tarn__exchange(&lock->word, 2, acquire) != 0)
        syscall(SYS_futex, &lock->word.value, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void lock_wake(struct lock *lock) {
    syscall(SYS_futex, &lock->word.value, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
