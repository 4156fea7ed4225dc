/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* CRC-64 of ECMA-182, bits reflected, as xz has it. */
#ifndef KVSERVER_CRC64_H
#define KVSERVER_CRC64_H

#include <stddef.h>
#include <stdint.h>

void crc64_begin(void);

/* Goes on from `crc`, 0 at first. */
uint64_t crc64(uint64_t crc, const void *bytes, size_t length);

#endif
