/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the files about dicts share.
 */
#ifndef ADDER_OBJECT_DICT_H
#define ADDER_OBJECT_DICT_H

#include "object/function.h"

extern tarn_type *dict_type, *dict_sub_type;

void dict_type_start(void);

#endif
