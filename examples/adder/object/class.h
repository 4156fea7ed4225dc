/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * What the files about classes and attributes share.
 */
#ifndef ADDER_OBJECT_CLASS_H
#define ADDER_OBJECT_CLASS_H

#include "object/function.h"

ref member_new(struct cls *owner, ref name, unsigned index);
ref classmethod_new(ref function);
ref staticmethod_new(ref function);
ref class_abstract_names(struct cls *cls);
void class_special_all(void);
ref class_subclasses(struct cls *cls);

/* Calls the object's __del__; an exception is shown and dropped. */
void instance_del(ref v);

#endif
