/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Modules and where they come from.
 */
#ifndef ADDER_VM_IMPORT_H
#define ADDER_VM_IMPORT_H

#include "object/function.h"

extern ref modules;     /* sys.modules */
extern ref search_path; /* sys.path */

void import_start(void);

/* A module of the program, made when it is imported first. */
void module_register(const char *name, ref (*make)(void));

/* The text of a file, to be freed, or NULL. */
char *read_file(const char *path);

#endif
