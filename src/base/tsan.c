/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* See base/tsan.h. */
#include "base/tsan.h"

#if !TARN__LIBRARY_HAS_TSAN

bool tarn__tsan_user;

__attribute__((constructor(101))) static void look_for_tsan(void) {
    tarn__tsan_user = __tsan_acquire != NULL;
}

#endif
