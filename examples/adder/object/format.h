/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Format specifications: [[fill]align][sign][#][0][width][,][.precision][type].
 */
#ifndef ADDER_OBJECT_FORMAT_H
#define ADDER_OBJECT_FORMAT_H

#include "object/function.h"

struct spec {
    uint32_t fill;
    char align, sign, grouping, type;
    bool alternate, zero;
    int width, precision; /* -1: none */
};

bool spec_parse(const char *text, size_t size, struct spec *spec, ref of);
ref format_int(ref v, const struct spec *spec);
ref format_float(double d, const struct spec *spec);
ref format_str(ref s, const struct spec *spec);
ref percent_format(ref format, ref args);
ref str_format_method(ref format, ref *args, size_t n, ref kwnames);

#endif
