/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the main program's files share.
 */
#ifndef ADDER_ADDER_H
#define ADDER_ADDER_H

#include "object/function.h"

/* The status of a program that Ctrl-C ended: it dies of the signal. */
enum { STATUS_INTERRUPTED = 256 + 2 };

/* Shows the exception that waits, as at the end of a program. Returns its status. */
int show_uncaught(void);

/* Ends what the main module holds, and collects. */
void finish(ref globals);

/* Where the modules written in Python are. */
const char *library_path(void);

/* Reads and runs statements until the end of input. Returns the status. */
int prompt(void);

#endif
