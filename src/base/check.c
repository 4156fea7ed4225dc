/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The end of a program that misused the heap. The hook is the only state of
 * this layer besides the fault counter: a double free in the raw calls knows no
 * heap whose configuration it could ask.
 */
#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_SIZE 1024

typedef void (*fatal_hook)(void *arg, const char *message);

static TARN__ATOMIC(fatal_hook) fatal_function;
static TARN__ATOMIC(void *) fatal_arg;

void tarn__fatal_set_hook(fatal_hook hook, void *arg) {
    /* relaxed: published by the function below. */
    tarn__store(&fatal_arg, arg, relaxed);
    /* release: pairs with the acquire in tarn__fatal(); publishes the argument. */
    tarn__store(&fatal_function, hook, release);
}

void tarn__fatal(const char *function, const char *format, ...) {
    char message[MESSAGE_SIZE];
    int used = snprintf(message, sizeof message, "tarn: %s: ", function);
    va_list args;
    va_start(args, format);
    vsnprintf(message + used, sizeof message - (size_t)used, format, args);
    va_end(args);
    /* acquire: pairs with the release in tarn__fatal_set_hook(). */
    fatal_hook hook = tarn__load(&fatal_function, acquire);
    if (hook) {
        /* relaxed: written before the function. */
        hook(tarn__load(&fatal_arg, relaxed), message);
    } else {
        size_t length = strlen(message);
        message[length++] = '\n'; /* in place of the terminator */
        ssize_t ignored = write(STDERR_FILENO, message, length);
        (void)ignored;
    }
    abort();
}
