/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The modules of the program that scripts import by name.
 */
#include "module/modules.h"

#include "vm/import.h"

void modules_start(void) {
    threads_start();
    module_register("gc", gc_make);
    module_register("_weakref", weakref_make);
    module_register("_thread", thread_make);
    module_register("time", time_make);
    module_register("math", math_make);
}
