/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * adder FILE.py [ARGS]: runs a script. adder: the prompt.
 */
#include <libgen.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adder.h"
#include "compile/compile.h"
#include "module/modules.h"
#include "object/start.h"
#include "pauses.h"
#include "signals.h"
#include "vm/import.h"
#include "vm/run.h"
#include "vm/start.h"

bool interrupt_raise(void) {
    if (self.number != 1)
        return true;
    interrupted = 0;
    return raise_value(KeyboardInterrupt, NULL);
}

static void start(int argc, char **argv) {
    const char *limit = getenv("ADDER_MEMORY_LIMIT");
    setlocale(LC_CTYPE, "C.UTF-8");
    if (!heap_start(limit ? strtoull(limit, NULL, 10) : 0)) {
        fputs("adder: the heap cannot be made\n", stderr);
        exit(1);
    }
    pauses_start();
    self.number = 1;
    objects_start();
    frame_start();
    generator_start();
    file_start();
    import_start();
    builtins_start();
    sys_start(argc, argv);
    modules_start();
    signals_start();
}

/* What the program exits with after an exception nobody caught; shows it. */
int show_uncaught(void) {
    ref e = error_take();
    int status = 1;
    if (is_instance(e, SystemExit)) {
        ref code = get_attribute(e, str_intern("code"));
        if (code == NONE)
            status = 0;
        else if (is_int(code))
            status = (int)small_value(code) & 255;
        else if (is_bool(code))
            status = code == TRUE;
        else {
            ref s = to_str(code);
            fflush(stdout);
            fprintf(stderr, "%s\n", s ? str_c(s) : "");
            drop(s);
        }
        drop(code);
    } else {
        traceback_print(e, true);
        status = is_instance(e, KeyboardInterrupt) ? STATUS_INTERRUPTED : 1;
    }
    drop(e);
    return status;
}

/* Tracebacks name the script by its whole path. */
static ref full_path(const char *path) {
    char *folder = *path == '/' ? NULL : getcwd(NULL, 0);
    ref full = folder ? str_format("%s/%s", folder, path) : str_from(path);
    free(folder);
    return full;
}

static int run_script(const char *path) {
    char *text = read_file(path);
    if (!text) {
        fprintf(stderr, "adder: can't open file '%s': [Errno 2] No such file or directory\n", path);
        return 2;
    }
    ref module = module_new("__main__"), file = full_path(path);
    char *copy = strdup(str_c(file));
    list_append_owned(search_path, str_from(dirname(copy)));
    free(copy);
    list_append_owned(search_path, str_from(library_path()));
    struct module *m = module;
    dict_set(modules, str_intern("__main__"), module);
    dict_set(m->dict, special.file, file);
    struct code *code = compile_program(text, file, false, NULL);
    free(text);
    if (code && code->doc)
        dict_set(m->dict, special.doc, code->doc);
    ref r = code ? run_body(code, m->dict, NULL) : NULL;
    drop(r);
    int status = r ? 0 : show_uncaught();
    threads_join_all();
    pauses_print();
    finish(m->dict);
    drop(file);
    drop(module);
    return status;
}

static void run_at_exit(void) {
    ref module = dict_get_str(modules, str_intern("atexit"));
    ref r = module ? call_method(module, str_intern("_run"), NULL, 0) : NONE;
    if (!r)
        error_unraisable("Exception ignored in atexit callback", module);
    drop(r);
    drop(module);
}

/* What the main module's names hold ends before the program does, in CPython's order:
 * names that begin with an underscore first. */
void finish(ref globals) {
    ref key, value;
    run_at_exit();
    for (int round = 0; round < 2; round++) {
        ref keys = dict_keys_list(globals);
        for (size_t i = 0; keys && (key = list_get(keys, i)); i++) {
            bool underscored = str_is(key) && *str_c(key) == '_';
            bool mine = round == 0 ? underscored && str_c(key)[1] != '_' : str_c(key)[0] != '_';
            if (mine && dict_find(globals, key, &value) == 1) {
                drop(value);
                if (class_of(value) != module_class)
                    dict_set(globals, key, NONE);
                tarn_safepoint();
            }
            drop(key);
        }
        drop(keys);
    }
    tarn_gc_collect(heap, 2);
    fflush(stdout);
}

int main(int argc, char **argv) {
    start(argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : (char *[]){""});
    int status = argc > 1 ? run_script(argv[1]) : prompt();
    fflush(stdout);
    if (status == STATUS_INTERRUPTED)
        die_interrupted();
    _Exit(status);
}
