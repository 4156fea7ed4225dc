/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module sys. getrefcount shows what tarn counts: the sum of both halves, of which
 * one reference is the argument's own.
 */
#include <stdio.h>

#include "module/modules.h"
#include "vm/import.h"
#include "vm/run.h"

static ref sys_dict, standard_out;

ref sys_stdout(void) {
    ref out = dict_get_str(sys_dict, str_intern("stdout"));
    if (out == standard_out || out == NONE) {
        drop(out);
        return NULL;
    }
    return out;
}

static ref s_getrefcount(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!is_object(args[0]))
        return int_small(1000000000);
    ptrdiff_t count = tarn_refcount(args[0]);
    return int_new(count > 1000000000 ? 1000000000 : count);
}

static ref s_getsizeof(ref *args, size_t n, ref kwnames) {
    ref v = args[0];
    (void)n, (void)kwnames;
    if (!is_object(v))
        return int_small(is_flonum(v) ? 24 : 28);
    if (str_is(v))
        return int_small((intptr_t)str_size(v) + 49);
    if (list_is(v))
        return int_small(56 + 8 * (intptr_t)list_size(v));
    if (tuple_is(v))
        return int_small(40 + 8 * (intptr_t)tuple_size(v));
    if (dict_is(v))
        return int_small(dict_count(v) ? 232 : 64);
    return int_small((intptr_t)(set_is(v) ? 216 : 48));
}

static ref s_intern(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!str_is(args[0]))
        return raise_error(TypeError, "intern() argument must be str, not %T", args[0]);
    return keep(str_intern_ref(args[0]));
}

static ref s_exit(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return raise_value(SystemExit, n ? args[0] : NULL);
}

static ref s_getrecursionlimit(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return int_small(recursion_limit);
}

static ref s_setrecursionlimit(ref *args, size_t n, ref kwnames) {
    intptr_t limit;
    (void)n, (void)kwnames;
    if (!int_get(args[0], &limit))
        return NULL;
    if (limit < 1)
        return raise_error(ValueError, "recursion limit must be greater or equal than 1");
    recursion_limit = limit > 1000000000 ? 1000000000 : (unsigned)limit;
    return NONE;
}

static double switch_interval = 0.005;

static ref s_setswitchinterval(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    double d;
    if (!float_get(args[0], &d))
        return self.error ? NULL : raise_error(TypeError, "must be real number, not %T", args[0]);
    if (d <= 0)
        return raise_error(ValueError, "switch interval must be strictly positive");
    switch_interval = d;
    return NONE;
}

static ref s_getswitchinterval(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return float_new(switch_interval);
}

static ref s_exc_info(ref *args, size_t n, ref kwnames) {
    struct exception *e = self.handled;
    (void)args, (void)n, (void)kwnames;
    if (!e)
        return tuple_pack(3, NONE, NONE, NONE);
    ref traceback = slot_get(&e->traceback);
    ref r = tuple_pack(3, class_of(e), e, traceback ? traceback : NONE);
    drop(traceback);
    return r;
}

static ref s_exception(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return keep(self.handled ? self.handled : NONE);
}

static const struct method functions[] = {
    {"getrefcount", s_getrefcount, 1, 1, NULL, 0},
    {"getsizeof", s_getsizeof, 1, 2, NULL, 0},
    {"intern", s_intern, 1, 1, NULL, 0},
    {"exit", s_exit, 0, 1, NULL, 0},
    {"getrecursionlimit", s_getrecursionlimit, 0, 0, NULL, 0},
    {"setrecursionlimit", s_setrecursionlimit, 1, 1, NULL, 0},
    {"setswitchinterval", s_setswitchinterval, 1, 1, NULL, 0},
    {"getswitchinterval", s_getswitchinterval, 0, 0, NULL, 0},
    {"exc_info", s_exc_info, 0, 0, NULL, 0},
    {"exception", s_exception, 0, 0, NULL, 0},
    {0},
};

void sys_start(int argc, char **argv) {
    ref module = module_new("sys"), list = list_new();
    sys_dict = keep(((struct module *)module)->dict);
    dict_set(modules, str_intern("sys"), module);
    module_add_methods(module, functions);
    for (int i = 0; i < argc; i++)
        list_append_owned(list, str_from(argv[i]));
    module_add(module, "argv", list);
    module_add(module, "path", keep(search_path));
    module_add(module, "modules", keep(modules));
    module_add(module, "stdin", file_standard(0));
    standard_out = file_standard(1);
    module_add(module, "stdout", keep(standard_out));
    module_add(module, "stderr", file_standard(2));
    module_add(module, "maxsize", int_new(INTPTR_MAX));
    module_add(module, "maxunicode", int_small(0x10ffff));
    module_add(module, "platform", str_from("linux"));
    module_add(module, "byteorder", str_from("little"));
    module_add(module, "executable", str_from(""));
    module_add(module, "version", str_from("3.11.2 (adder)"));
    module_add(module, "version_info",
               tuple_pack(5, int_small(3), int_small(11), int_small(2), str_intern("final"),
                          int_small(0)));
    drop(module);
}
