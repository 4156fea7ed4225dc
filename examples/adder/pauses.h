/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
#ifndef ADDER_PAUSES_H
#define ADDER_PAUSES_H

/* With ADDER_PAUSES in the environment: watches collections from now on. */
void pauses_start(void);

/* Says on stderr what it saw, if it was asked to: before the program's end is collected. */
void pauses_print(void);

#endif
