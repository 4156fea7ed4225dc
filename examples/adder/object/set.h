/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the files about sets share.
 */
#ifndef ADDER_OBJECT_SET_H
#define ADDER_OBJECT_SET_H

#include "object/function.h"

extern tarn_type *set_type, *set_sub_type;

void set_type_start(void);
void set_clear(ref set);
/* Some key, a new reference, or NULL: there is none. It stays in the set. */
ref set_pop(ref set);
/* Room for as many keys more, as CPython makes it before two sets are joined. */
bool set_reserve(ref set, size_t more);

#endif
