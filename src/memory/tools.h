/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The tools that may run a program: what they are told of memory. The sanitizers'
 * functions are weak symbols, there when the program is instrumented; Valgrind's
 * requests are instructions that do nothing elsewhere.
 */
#ifndef TARN_MEMORY_TOOLS_H
#define TARN_MEMORY_TOOLS_H

#include <stddef.h>

__attribute__((weak)) void __asan_poison_memory_region(void const volatile *start, size_t size);
__attribute__((weak)) void __asan_unpoison_memory_region(void const volatile *start, size_t size);

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_MALLOCLIKE_BLOCK(start, size, redzone, zeroed) ((void)0)
#define VALGRIND_FREELIKE_BLOCK(start, redzone) ((void)0)
#define VALGRIND_MAKE_MEM_NOACCESS(start, size) ((void)0)
#define VALGRIND_MAKE_MEM_UNDEFINED(start, size) ((void)0)
#define VALGRIND_MAKE_MEM_DEFINED(start, size) ((void)0)
#endif

#endif
