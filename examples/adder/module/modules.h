/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The modules of the program.
 */
#ifndef ADDER_MODULE_MODULES_H
#define ADDER_MODULE_MODULES_H

#include "object/function.h"

void builtins_start(void);
void sys_start(int argc, char **argv);
void file_start(void);
void modules_start(void); /* those that are made when they are imported */

ref sys_stdout(void); /* sys.stdout if a script has replaced it, or NULL */
int write_standard(ref s);
ref file_open(ref *args, size_t n, ref kwnames);
ref file_standard(int which); /* 0, 1, 2 */

ref gc_make(void);
ref weakref_make(void);
ref thread_make(void);
ref time_make(void);
ref math_make(void);

/* Waits for the threads that are not daemons; runs before the program ends. */
void threads_join_all(void);
void threads_start(void);

#endif
