/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Where another thread of the process stands: its call stack, by a signal to it. */
#ifndef TARN_OS_LATE_H
#define TARN_OS_LATE_H

/* Gives the signal to this purpose, for the life of the process. 0, -EINVAL (it cannot be
 * handled) or -EBUSY (the host handles it, or another one was given before). */
int tarn__os_late_prepare(int signal);

/* The frames of a thread that is not the caller, innermost first; how many. 0: no signal was
 * prepared, the thread is gone or blocks it, or another thread asks at the moment. Takes up
 * to a tenth of a second. */
unsigned tarn__os_late_stack(unsigned tid, void **frame, unsigned most);

#endif
