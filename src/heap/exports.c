/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The inline functions of tarn.h as exported ones, for callers that cannot
 * compile the header: other languages, dlsym. The header is read with the inline
 * functions under other names, so that theirs are free for these.
 */
#define tarn_safepoint tarn__inline_safepoint
#define tarn_incref tarn__inline_incref
#define tarn_decref tarn__inline_decref
#define tarn_slot_peek tarn__inline_slot_peek
#include <tarn/tarn.h>
#undef tarn_safepoint
#undef tarn_incref
#undef tarn_decref
#undef tarn_slot_peek

TARN_API void tarn_safepoint(void);
TARN_API void tarn_incref(void *object);
TARN_API void tarn_decref(void *object);
TARN_API void *tarn_slot_peek(const tarn_slot *slot);

void tarn_safepoint(void) {
    tarn__inline_safepoint();
}

void tarn_incref(void *object) {
    tarn__inline_incref(object);
}

void tarn_decref(void *object) {
    tarn__inline_decref(object);
}

void *tarn_slot_peek(const tarn_slot *slot) {
    return tarn__inline_slot_peek(slot);
}
