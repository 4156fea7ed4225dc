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
#define tarn_decref_value tarn__inline_decref_value
#define tarn_incref_value tarn__inline_incref_value
#define tarn_immediate_number tarn__inline_immediate_number
#define tarn_immediate tarn__inline_immediate
#define tarn_is_immediate tarn__inline_is_immediate
#include <tarn/tarn.h>
#undef tarn_safepoint
#undef tarn_incref
#undef tarn_decref
#undef tarn_slot_peek
#undef tarn_decref_value
#undef tarn_incref_value
#undef tarn_immediate_number
#undef tarn_immediate
#undef tarn_is_immediate

TARN_API void tarn_safepoint(void);
TARN_API void tarn_incref(void *object);
TARN_API void tarn_decref(void *object);
TARN_API void *tarn_slot_peek(const tarn_slot *slot);
TARN_API bool tarn_is_immediate(const void *value);
TARN_API void *tarn_immediate(intptr_t number);
TARN_API intptr_t tarn_immediate_number(const void *value);
TARN_API void tarn_incref_value(void *value);
TARN_API void tarn_decref_value(void *value);

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

bool tarn_is_immediate(const void *value) {
    return tarn__inline_is_immediate(value);
}

void *tarn_immediate(intptr_t number) {
    return tarn__inline_immediate(number);
}

intptr_t tarn_immediate_number(const void *value) {
    return tarn__inline_immediate_number(value);
}

void tarn_incref_value(void *value) {
    tarn__inline_incref_value(value);
}

void tarn_decref_value(void *value) {
    tarn__inline_decref_value(value);
}
