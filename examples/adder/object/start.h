/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The steps of the start, in the order of objects_start().
 */
#ifndef ADDER_OBJECT_START_H
#define ADDER_OBJECT_START_H

#include "object/function.h"

void objects_start(void);

void str_start(void);
void tuple_start(void);
void list_type_start(void);
void dict_type_start(void);
void native_types_start(void);
void attribute_types_start(void);
void native_start(void);
void attribute_start(void);
void class_ops_start(void);
void str_class_start(void);
void sequence_start(void);
void dict_start(void);
void list_start(void);
void int_start(void);
void float_start(void);
void bytes_start(void);
void set_start(void);
void iterators_start(void);
void range_start(void);
void super_start(void);

extern tarn_type *plain_object_type;

#endif
