/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Signals.
 */
#ifndef ADDER_SIGNALS_H
#define ADDER_SIGNALS_H

void signals_start(void);

/* Ends the program as an uncaught Ctrl-C does. */
void die_interrupted(void);

#endif
