/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Patterns of KEYS and SCAN: ? * [abc] [^a] [a-z] and \ before a character. */
#ifndef KVSERVER_GLOB_H
#define KVSERVER_GLOB_H

#include "slice.h"

/* Takes time in proportion to the product of the lengths, at worst. */
bool glob_match(struct slice pattern, struct slice text, bool any_case);

#endif
