/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Numbers as Redis reads and writes them. */
#ifndef KVSERVER_NUMBER_H
#define KVSERVER_NUMBER_H

#include "slice.h"

#define NUMBER_ROOM 24
#define FLOAT_ROOM 5400 /* the longest double with 17 digits behind the point */

/* Decimal digits, without a terminator; returns how many. */
size_t number_print(char *out, long long number);

/* An integer written the one way that number_print would: no blanks, plus signs or
 * leading zeroes. */
bool number_read(struct slice text, long long *number);

/* A floating-point number that takes all of the text and is not NaN. */
bool float_read(struct slice text, long double *number);

/* With up to 17 digits behind the point, trailing zeroes left out. */
size_t float_print(char *out, long double number);

#endif
