/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Importing: modules of the program by name, others from files beside the main script
 * and from the library's folder. One thread imports a module, others wait for it.
 */
#include "vm/import.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "compile/compile.h"
#include "vm/run.h"

ref modules;
ref search_path;

static struct {
    const char *name;
    ref (*make)(void);
} built_in[32];

void module_register(const char *name, ref (*make)(void)) {
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
        if (!built_in[i].name) {
            built_in[i].name = name;
            built_in[i].make = make;
            return;
        }
}

/* One import at a time; the same thread may import while it imports. */
static pthread_mutex_t lock;

static void lock_take(void) {
    if (pthread_mutex_trylock(&lock) == 0)
        return;
    tarn_blocking_begin();
    pthread_mutex_lock(&lock);
    tarn_blocking_end();
}

char *read_file(const char *path) {
    FILE *f = fopen(path, "rb");
    size_t size = 0, room = 0, n;
    char *text = NULL;
    if (!f)
        return NULL;
    do {
        if (size + 4096 + 1 > room) {
            room = 2 * room + 8192;
            char *grown = realloc(text, room);
            if (!grown)
                break;
            text = grown;
        }
        n = fread(text + size, 1, room - size - 1, f);
        size += n;
    } while (n > 0);
    fclose(f);
    if (text)
        text[size] = 0;
    return text;
}

static ref run_module(ref name, const char *path, const char *text) {
    ref file = str_from(path), module = module_new(str_c(name));
    struct code *code = file && module ? compile_program(text, file, false, NULL) : NULL;
    if (code) {
        struct module *m = module;
        dict_set(m->dict, special.file, file);
        dict_set(m->dict, special.builtins, builtins);
        if (code->doc)
            dict_set(m->dict, special.doc, code->doc);
        dict_set(modules, name, module);
        ref r = run_body(code, m->dict, NULL);
        drop(r);
        if (!r) {
            ref waiting = error_take();
            dict_remove(modules, name, NULL);
            error_restore(waiting);
            code = NULL;
        }
    }
    drop(file);
    if (code)
        return module;
    drop(module);
    return NULL;
}

static ref from_path(ref name) {
    ref folder, found = NULL;
    for (size_t i = 0; !found && !self.error && (folder = list_get(search_path, i)); i++) {
        static const char *const forms[] = {"%s/%s.py", "%s/%s/__init__.py"};
        for (int form = 0; form < 2 && !found && !self.error && str_is(folder); form++) {
            char path[4096], base[1024];
            snprintf(base, sizeof base, "%s", str_c(name));
            for (char *p = base; *p; p++)
                *p = *p == '.' ? '/' : *p;
            snprintf(path, sizeof path, forms[form], *str_c(folder) ? str_c(folder) : ".", base);
            char *text = read_file(path);
            if (text)
                found = run_module(name, path, text);
            free(text);
        }
        drop(folder);
    }
    return found;
}

static ref from_program(ref name) {
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in && built_in[i].name; i++)
        if (str_is_text(name, built_in[i].name)) {
            ref module = built_in[i].make();
            if (module)
                dict_set(modules, name, module);
            return module;
        }
    return NULL;
}

static ref import_one(ref name) {
    ref module = dict_get_str(modules, name);
    if (module)
        return module;
    lock_take();
    module = dict_get_str(modules, name);
    if (!module)
        module = from_program(name);
    if (!module && !self.error)
        module = from_path(name);
    pthread_mutex_unlock(&lock);
    if (module || self.error)
        return module;
    raise_error(ModuleNotFoundError, "No module named %R", name);
    ref e = error_take();
    set_attribute(e, str_intern("name"), name);
    error_restore(e);
    return NULL;
}

/* a.b.c: each part in turn, each bound in the one before. */
ref import_module(ref name, bool top) {
    const char *text = str_c(name);
    ref first = NULL, last = NULL;
    for (size_t end = 0; text[end];) {
        end += strcspn(text + end, ".");
        ref part = str_new(text, end), interned = part ? str_intern_ref(part) : NULL;
        ref module = interned ? import_one(interned) : NULL;
        drop(part);
        if (!module) {
            drop(first);
            drop(last);
            return NULL;
        }
        if (last) {
            const char *dot = strrchr(str_c(interned), '.');
            if (class_of(last) == module_class)
                dict_set(((struct module *)last)->dict, str_intern(dot + 1), module);
        }
        drop(last);
        last = module;
        first = first ? first : keep(module);
        end += text[end] == '.';
    }
    drop(top ? last : first);
    return top ? first : last;
}

ref import_from(ref module, ref name) {
    ref v = get_attribute_or_null(module, name);
    if (v || self.error)
        return v;
    ref own = get_attribute_or_null(module, special.name);
    ref file = get_attribute_or_null(module, special.file);
    ref full = own ? str_format("%S.%S", own, name) : NULL;
    ref sub = full ? dict_get_str(modules, full) : NULL;
    if (!sub)
        raise_error(ImportError, "cannot import name %R from %R (%S)", name, own ? own : NONE,
                    file ? file : str_intern("unknown location"));
    drop(own);
    drop(file);
    drop(full);
    return sub;
}

int import_star(ref module, ref names) {
    if (class_of(module) != module_class)
        return raise_int(ImportError, "cannot import * from a %T", module);
    ref dict = ((struct module *)module)->dict, all = dict_get_str(dict, special.all), key, value;
    if (all) {
        ref row = tuple_from_iterable(all);
        for (size_t i = 0; row && i < tuple_size(row); i++) {
            ref v = get_attribute(module, str_intern_ref(tuple_items(row)[i]));
            if (v)
                dict_set(names, tuple_items(row)[i], v);
            drop(v);
        }
        drop(row);
        drop(all);
        return self.error ? -1 : 0;
    }
    for (size_t at = 0; dict_next(dict, &at, &key, &value);) {
        if (str_is(key) && str_c(key)[0] != '_')
            dict_set(names, key, value);
        drop(key);
        drop(value);
    }
    return self.error ? -1 : 0;
}

void import_start(void) {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &kind);
    modules = dict_new();
    search_path = list_new();
}
