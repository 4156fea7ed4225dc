/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Numbers as Redis reads and writes them. */
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t number_print(char *out, long long number) {
    char digits[NUMBER_ROOM];
    size_t at = sizeof digits;
    unsigned long long left =
        number < 0 ? 0ull - (unsigned long long)number : (unsigned long long)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (number < 0)
        digits[--at] = '-';
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

bool number_read(struct slice text, long long *number) {
    bool negative = text.length && text.bytes[0] == '-';
    unsigned long long most = negative ? (unsigned long long)LLONG_MAX + 1 : LLONG_MAX;
    unsigned long long value = 0;
    size_t i = negative;
    if (text.length == i || text.length > 20 || (text.bytes[i] == '0' && text.length > 1))
        return false;
    for (; i < text.length; i++) {
        unsigned digit = (unsigned char)text.bytes[i] - (unsigned)'0';
        if (digit > 9 || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = (long long)(negative ? 0 - value : value);
    return true;
}

bool float_read(struct slice text, long double *number) {
    char copy[FLOAT_ROOM];
    char *end;
    if (text.length == 0 || text.length >= sizeof copy)
        return false;
    memcpy(copy, text.bytes, text.length);
    copy[text.length] = 0;
    errno = 0;
    long double value = strtold(copy, &end);
    if (isspace((unsigned char)copy[0]) || (size_t)(end - copy) != text.length || isnan(value) ||
        (errno == ERANGE && (fabsl(value) == HUGE_VALL || value == 0)))
        return false;
    *number = value;
    return true;
}

size_t float_print(char *out, long double number) {
    int length = snprintf(out, FLOAT_ROOM, "%.17Lf", number);
    while (length > 0 && out[length - 1] == '0')
        length--;
    if (length > 0 && out[length - 1] == '.')
        length--;
    if (length == 2 && memcmp(out, "-0", 2) == 0) {
        out[0] = '0';
        length = 1;
    }
    return (size_t)length;
}
