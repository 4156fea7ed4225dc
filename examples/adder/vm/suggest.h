/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * "Did you mean" for names and attributes.
 */
#ifndef ADDER_VM_SUGGEST_H
#define ADDER_VM_SUGGEST_H

#include "object/error.h"
#include "object/function.h"

/* Adds the suggestion for a NameError or AttributeError, if there is one. */
void put_suggestion(struct text *out, ref exception);

#endif
