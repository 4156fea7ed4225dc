/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The machine's start.
 */
#ifndef ADDER_VM_START_H
#define ADDER_VM_START_H

void frame_start(void);
void generator_start(void);

/* Gives back what the thread's frames stood on. */
void thread_stack_free(void);

#endif
