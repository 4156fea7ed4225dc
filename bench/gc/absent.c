/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Stands in for a collector that is not installed: its rows say "not present". */
#include "part.h"

__attribute__((weak)) const struct gc_kind gc_boehm = {.name = "boehm"};
__attribute__((weak)) const struct gc_kind gc_boehm_incremental = {.name = "boehm-incremental"};
