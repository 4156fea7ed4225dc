/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * See os/late.h.
 *
 * One thread asks at a time. It names the thread it wants and sends the signal; the handler
 * claims the wish with a compare-and-swap, writes the frames and says so. The asker looks
 * every millisecond and then takes the wish back, unless it was claimed: a claim is followed
 * by the answer, whose writing waits for nothing. A signal that comes late, or from
 * elsewhere, finds no wish for its thread and does nothing.
 *
 * The handler is async-signal-safe: backtrace() has loaded the unwinder before, which finds
 * its tables without a lock in glibc from 2.35 on; before, it takes the loader's lock, for
 * which a thread inside dlopen would wait for itself. That is why no signal is used unless
 * the host names one.
 */
#include "os/late.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <tarn/atomic.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/thread.h"

#define FRAMES_MAX 32
#define FRAMES_OF_HANDLER 2 /* the handler, and the kernel's way into it */
#define LOOKS 100
#define LOOK_NS 1000000u

enum { NOTHING, ASKED, CLAIMED, ANSWERED };

static struct {
    TARN__ATOMIC(uint32_t) given;  /* the signal, from the first call on */
    TARN__ATOMIC(uint32_t) signal; /* the same, once it is handled */
    TARN__ATOMIC(uint32_t) asking;
    TARN__ATOMIC(uint32_t) wanted; /* the thread */
    TARN__ATOMIC(uint32_t) state;
    void *frame[FRAMES_MAX];
    int count;
} late;

static void answer(int signal) {
    int saved = errno;
    uint32_t asked = ASKED;
    (void)signal;
    /* acquire: pairs with the release in ask(); `wanted` belongs to this wish. */
    if (tarn__load(&late.state, acquire) == ASKED &&
        /* relaxed: as above. */
        tarn__load(&late.wanted, relaxed) == tarn__os_tid() &&
        /* acquire: the wish is still the same one, or another of this thread. */
        tarn__cas(&late.state, &asked, CLAIMED, acquire, relaxed)) {
        late.count = backtrace(late.frame, FRAMES_MAX);
        /* release: pairs with the acquire in ask(); the frames are written. */
        tarn__store(&late.state, ANSWERED, release);
    }
    errno = saved;
}

int tarn__os_late_prepare(int signal) {
    void *frame[4];
    struct sigaction old;
    struct sigaction action = {.sa_handler = answer, .sa_flags = SA_RESTART | SA_ONSTACK};
    uint32_t none = 0;
    if (sigaction(signal, NULL, &old) != 0)
        return -EINVAL;
    backtrace(frame, 4); /* loads the unwinder */
    /* relaxed: who comes second finds the number, and needs nothing else of the first. */
    if (!tarn__cas(&late.given, &none, (uint32_t)signal, relaxed, relaxed))
        return none == (uint32_t)signal ? 0 : -EBUSY;
    sigemptyset(&action.sa_mask);
    if (!(old.sa_flags & SA_SIGINFO) && (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN) &&
        sigaction(signal, &action, NULL) == 0) {
        /* release: pairs with the acquire in tarn__os_late_stack(); it is handled. */
        tarn__store(&late.signal, (uint32_t)signal, release);
        return 0;
    }
    /* relaxed: as above. */
    tarn__store(&late.given, 0, relaxed);
    return old.sa_handler == SIG_DFL ? -EINVAL : -EBUSY;
}

/* Waits for the answer. Whether it came. */
static bool ask(unsigned tid, int signal) {
    uint32_t asked = ASKED;
    /* relaxed: the next store publishes it. */
    tarn__store(&late.wanted, tid, relaxed);
    /* release: pairs with the acquire in answer(). */
    tarn__store(&late.state, ASKED, release);
    bool sent = syscall(SYS_tgkill, getpid(), (pid_t)tid, signal) == 0;
    for (int i = 0; sent && i < LOOKS; i++) {
        /* acquire: pairs with the release in answer(). */
        if (tarn__load(&late.state, acquire) == ANSWERED)
            return true;
        tarn__sleep_ns(LOOK_NS);
    }
    /* acquire: as above, should it have been claimed. */
    if (tarn__cas(&late.state, &asked, NOTHING, acquire, acquire))
        return false;
    /* acquire: as above. */
    while (tarn__load(&late.state, acquire) != ANSWERED)
        tarn__os_yield();
    return true;
}

unsigned tarn__os_late_stack(unsigned tid, void **frame, unsigned most) {
    /* acquire: pairs with the release in tarn__os_late_prepare(). */
    int signal = (int)tarn__load(&late.signal, acquire);
    unsigned count = 0;
    uint32_t nobody = 0;
    /* acquire: pairs with the release below; the frames are this thread's to read. */
    if (!signal || !tarn__cas(&late.asking, &nobody, 1, acquire, relaxed))
        return 0;
    if (ask(tid, signal) && late.count > FRAMES_OF_HANDLER) {
        count = (unsigned)late.count - FRAMES_OF_HANDLER;
        count = count < most ? count : most;
        memcpy(frame, late.frame + FRAMES_OF_HANDLER, count * sizeof *frame);
    }
    /* relaxed: nobody else asks. */
    tarn__store(&late.state, NOTHING, relaxed);
    /* release: pairs with the acquire above. */
    tarn__store(&late.asking, 0, release);
    return count;
}
