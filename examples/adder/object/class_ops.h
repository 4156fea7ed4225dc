/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The mark of classes whose operators are methods of a script.
 */
#ifndef ADDER_OBJECT_CLASS_OPS_H
#define ADDER_OBJECT_CLASS_OPS_H

#include "object/class.h"

ref user_binary(ref a, ref b, unsigned op);

#endif
