/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* CRC-64, eight bytes a step: table k holds what a byte does that is followed by k more. */
#include "crc64.h"

#include <string.h>

static uint64_t table[8][256];

void crc64_begin(void) {
    for (unsigned i = 0; i < 256; i++) {
        uint64_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xc96c5795d7870f42u : 0);
        table[0][i] = crc;
    }
    for (unsigned k = 1; k < 8; k++)
        for (unsigned i = 0; i < 256; i++)
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
}

uint64_t crc64(uint64_t crc, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word = 0;
        for (unsigned i = 0; i < 8; i++)
            word |= (uint64_t)at[i] << 8 * i;
        word ^= crc;
        crc = 0;
        for (unsigned i = 0; i < 8; i++)
            crc ^= table[7 - i][word >> 8 * i & 255];
    }
    for (; length; length--)
        crc = crc >> 8 ^ table[0][(crc ^ *at++) & 255];
    return ~crc;
}
