/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The mark of classes whose operators are methods of a script.
 */
#ifndef ADDER_OBJECT_CLASS_OPS_H
#define ADDER_OBJECT_CLASS_OPS_H

#include "object/class.h"

ref user_binary(ref a, ref b, unsigned op);

/* A method of a class of the program, got from an object: how it is shown. */
ref wrapper_bound_repr(ref wrapper, ref owner);

#endif
