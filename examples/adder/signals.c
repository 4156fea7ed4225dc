/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Ctrl-C: the handler only sets a flag, which the main thread's next safepoint sees.
 */
#include "signals.h"

#include <signal.h>
#include <string.h>

volatile int interrupted;

static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

/* Calls that wait are interrupted, so that the flag is seen. */
void signals_start(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);
}

void die_interrupted(void) {
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
}
