/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * C++'s operators new and delete, under their names of the Itanium C++ ABI, written
 * in C so that no C++ runtime is needed. What they must do when memory runs out, to
 * call the new handler and to throw, is the runtime's: it is asked through weak
 * symbols, which every program that calls these operators resolves. This file is
 * compiled with -fexceptions, so that the exception passes through it.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "base/check.h"
#include <tarn/tarn.h>

#define EXPORT __attribute__((visibility("default")))

typedef void (*new_handler)(void);

/* std::get_new_handler() and std::__throw_bad_alloc(). */
__attribute__((weak)) new_handler _ZSt15get_new_handlerv(void);
__attribute__((weak, noreturn)) void _ZSt17__throw_bad_allocv(void);

/* After a failure: true if the program's handler may have made room. */
static bool handler_made_room(void) {
    new_handler handler = _ZSt15get_new_handlerv ? _ZSt15get_new_handlerv() : NULL;
    if (!handler)
        return false;
    handler();
    return true;
}

static __attribute__((noinline)) void *new_slow(size_t size, size_t alignment, bool may_throw) {
    void *block;
    do
        block = alignment ? tarn_aligned_alloc(alignment, size) : tarn_malloc(size);
    while (!block && handler_made_room());
    if (block || !may_throw)
        return block;
    if (!_ZSt17__throw_bad_allocv)
        tarn__fatal("operator new", "no memory for %zu bytes", size);
    _ZSt17__throw_bad_allocv();
}

static inline void *new_block(size_t size, bool may_throw) {
    void *block = tarn_malloc(size);
    return tarn__likely(block != NULL) ? block : new_slow(size, 0, may_throw);
}

/* operator new(size_t) */
EXPORT void *_Znwm(size_t size);
void *_Znwm(size_t size) {
    return new_block(size, true);
}

/* operator new(size_t, const std::nothrow_t &) */
EXPORT void *_ZnwmRKSt9nothrow_t(size_t size);
void *_ZnwmRKSt9nothrow_t(size_t size) {
    return new_block(size, false);
}

/* operator new(size_t, std::align_val_t) */
EXPORT void *_ZnwmSt11align_val_t(size_t size, size_t alignment);
void *_ZnwmSt11align_val_t(size_t size, size_t alignment) {
    return new_slow(size, alignment, true);
}

/* operator new(size_t, std::align_val_t, const std::nothrow_t &) */
EXPORT void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment);
void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment) {
    return new_slow(size, alignment, false);
}

/* operator delete(void *) */
EXPORT void _ZdlPv(void *block);
void _ZdlPv(void *block) {
    tarn_free(block);
}

/*
 * The others do the same. Arguments that they get beyond these (sizes, alignments,
 * tags) are passed behind the first ones, where nobody looks.
 */
#define SAME(name, as) EXPORT extern __typeof__(as) name __attribute__((alias(#as)))

SAME(_Znam, _Znwm); /* new[] */
SAME(_ZnamRKSt9nothrow_t, _ZnwmRKSt9nothrow_t);
SAME(_ZnamSt11align_val_t, _ZnwmSt11align_val_t);
SAME(_ZnamSt11align_val_tRKSt9nothrow_t, _ZnwmSt11align_val_tRKSt9nothrow_t);

SAME(_ZdaPv, _ZdlPv);  /* delete[] */
SAME(_ZdlPvm, _ZdlPv); /* sized */
SAME(_ZdaPvm, _ZdlPv);
SAME(_ZdlPvRKSt9nothrow_t, _ZdlPv);
SAME(_ZdaPvRKSt9nothrow_t, _ZdlPv);
SAME(_ZdlPvSt11align_val_t, _ZdlPv); /* aligned */
SAME(_ZdaPvSt11align_val_t, _ZdlPv);
SAME(_ZdlPvmSt11align_val_t, _ZdlPv); /* aligned and sized */
SAME(_ZdaPvmSt11align_val_t, _ZdlPv);
SAME(_ZdlPvSt11align_val_tRKSt9nothrow_t, _ZdlPv);
SAME(_ZdaPvSt11align_val_tRKSt9nothrow_t, _ZdlPv);
