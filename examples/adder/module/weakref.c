/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module _weakref: weakref.ref over tarn's weak references.
 *
 * A ref with a callback has two of tarn's: one to its target, whose callback tarn runs
 * at a safepoint, and one back to the ref itself, which that callback passes on. So the
 * ref is held by nobody but the script, and one that was dropped calls nobody.
 *
 * A table by the target's address finds the refs of an object; what it names is held
 * weakly too, and is looked at only if it still has that target.
 */
#include <pthread.h>

#include "module/modules.h"
#include "object/class.h"

struct weak {
    struct object object;
    ref weak, callback;         /* a weak reference of tarn's; a callable or NULL */
    TARN__ATOMIC(int64_t) hash; /* of the target, -1: not known */
};

static tarn_type *weak_type;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ref table; /* address: list of tarn's weak references to refs */
static size_t sweep_at = 1024;

static bool may_be_weak(ref v) {
    struct cls *cls = is_object(v) ? class_of(v) : NULL;
    if (!cls)
        return false;
    if (cls->flags & CLASS_HEAP)
        return !(cls->flags & CLASS_NO_WEAK);
    return cls == function_class || cls == native_class || cls == method_class ||
           cls == module_class || cls == generator_class || cls == set_class ||
           cls == frozenset_class || cls == file_class || cls == weak_class || class_is(v);
}

static void run_callback(void *tarn_weak, void *back) {
    (void)tarn_weak;
    struct weak *w = tarn_weak_get(back);
    if (!w)
        return;
    ref waiting = error_take(), callback = keep(w->callback);
    ref r = callback ? call_1(callback, w) : NONE;
    if (!r)
        error_unraisable(NULL, callback);
    drop(r);
    drop(callback);
    drop(w);
    error_restore(waiting);
}

/* --- the table --- */

static ref key_of(ref target) {
    return int_new((intptr_t)((uintptr_t)target >> 4));
}

/* The refs of the target that live; lists what is left of the row without the dead. */
static ref living(ref row, ref target) {
    ref list = list_new(), back;
    for (size_t i = 0; list && row && (back = list_get(row, i)); i++) {
        struct weak *w = tarn_weak_get(back);
        ref held = w ? tarn_weak_get(w->weak) : NULL;
        if (held && held == target)
            list_append(list, w);
        drop(held);
        drop(w);
        drop(back);
    }
    return list;
}

static ref weaks_of(ref target) {
    ref key = key_of(target), row = NULL;
    if (table)
        dict_find(table, key, &row);
    ref list = living(row, target);
    drop(row);
    drop(key);
    return list;
}

static void sweep(void) {
    ref keys = dict_keys_list(table), key, row;
    for (size_t i = 0; keys && (key = list_get(keys, i)); i++) {
        bool used = false;
        if (dict_find(table, key, &row) == 1) {
            ref back;
            for (size_t k = 0; !used && (back = list_get(row, k)); k++) {
                ref w = tarn_weak_get(back);
                used = w != NULL;
                drop(w);
                drop(back);
            }
            drop(row);
        }
        if (!used)
            dict_remove(table, key, NULL);
        drop(key);
    }
    drop(keys);
    sweep_at = 2 * dict_count(table) + 1024;
}

static bool enter(ref target, ref back) {
    ref key = key_of(target), row = list_new(), alive, w;
    bool done = false;
    pthread_mutex_lock(&lock);
    if (!table)
        table = dict_new();
    if (table && dict_count(table) > sweep_at)
        sweep();
    alive = table ? weaks_of(target) : NULL;
    for (size_t i = 0; row && alive && (w = list_get(alive, i)); i++) {
        ref again = tarn_weak_new(w, TARN_WEAK_SHORT, NULL, NULL);
        if (again)
            list_append_owned(row, again);
        drop(w);
    }
    if (row && alive && list_append(row, back) == 0)
        done = dict_set(table, key, row) == 0;
    pthread_mutex_unlock(&lock);
    drop(alive);
    drop(row);
    drop(key);
    return done;
}

/* --- ref --- */

static ref weak_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    ref callback = n > 1 && args[1] != NONE ? args[1] : NULL, w;
    (void)kwnames;
    if (n < 1 || n > 2)
        return raise_error(TypeError, "ref expected at %s, got %zd",
                           n < 1 ? "least 1 argument" : "most 2 arguments", n);
    if (!may_be_weak(args[0]))
        return raise_error(TypeError, "cannot create weak reference to '%T' object", args[0]);
    ref known = callback ? NULL : weaks_of(args[0]);
    for (size_t i = 0; known && (w = list_get(known, i)); i++) {
        if (!((struct weak *)w)->callback && class_of(w) == cls) {
            drop(known);
            return w;
        }
        drop(w);
    }
    drop(known);
    struct weak *made = object_new(weak_type, keep(cls));
    if (!made)
        return NULL;
    made->hash.value = -1;
    made->callback = keep(callback);
    ref back = tarn_weak_new(made, TARN_WEAK_SHORT, NULL, NULL);
    if (back)
        made->weak = tarn_weak_new(args[0], TARN_WEAK_SHORT, callback ? run_callback : NULL, back);
    if (!made->weak)
        raise_no_memory();
    else
        enter(args[0], back);
    drop(back);
    if (!self.error)
        return made;
    drop(made);
    return NULL;
}

static int weak_init(ref v, ref *args, size_t n, ref kwnames) {
    (void)v, (void)args, (void)n, (void)kwnames;
    return 0;
}

static ref weak_call(ref v, ref *args, size_t n, ref kwnames) {
    (void)args, (void)kwnames;
    if (n)
        return raise_error(TypeError, "weakref expected 0 arguments, got %zd", n);
    ref target = tarn_weak_get(((struct weak *)v)->weak);
    return target ? target : NONE;
}

static int64_t weak_hash(ref v) {
    struct weak *w = v;
    int64_t known = tarn__load(&w->hash, relaxed); /* relaxed: all compute the same. */
    if (known != -1)
        return known;
    ref target = tarn_weak_get(w->weak);
    if (!target)
        return raise_int(TypeError, "weak object has gone away");
    known = hash(target);
    drop(target);
    tarn__store(&w->hash, known, relaxed); /* relaxed: as above. */
    return known;
}

static ref weak_compare(ref a, ref b, unsigned op) {
    if ((op != OP_EQ && op != OP_NE) || !is_instance(a, weak_class) || !is_instance(b, weak_class))
        return NOT_IMPLEMENTED;
    ref x = tarn_weak_get(((struct weak *)a)->weak), y = tarn_weak_get(((struct weak *)b)->weak);
    ref r = x && y ? compare(x, y, op) : bool_ref((a == b) == (op == OP_EQ));
    drop(x);
    drop(y);
    return r;
}

static ref weak_repr(ref v) {
    ref target = tarn_weak_get(((struct weak *)v)->weak);
    ref r = target ? str_format("<weakref at %p; to '%T' at %p>", v, target, target)
                   : str_format("<weakref at %p; dead>", v);
    drop(target);
    return r;
}

static ref weak_callback_of(ref v) {
    struct weak *w = v;
    ref target = tarn_weak_get(w->weak);
    ref r = target && w->callback ? keep(w->callback) : NONE;
    drop(target);
    return r;
}

static ref w_getweakrefs(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return is_object(args[0]) ? weaks_of(args[0]) : list_new();
}

static ref w_getweakrefcount(ref *args, size_t n, ref kwnames) {
    ref list = w_getweakrefs(args, n, kwnames);
    ref r = list ? int_small((intptr_t)list_size(list)) : NULL;
    drop(list);
    return r;
}

static const struct method functions[] = {
    {"getweakrefs", w_getweakrefs, 1, 1, NULL, 0},
    {"getweakrefcount", w_getweakrefcount, 1, 1, NULL, 0},
    {0},
};

ref weakref_make(void) {
    static const size_t offsets[] = {offsetof(struct weak, weak), offsetof(struct weak, callback),
                                     0};
    static const struct ops ops = {.call = weak_call,
                                   .hash = weak_hash,
                                   .compare = weak_compare,
                                   .repr = weak_repr,
                                   .new = weak_make,
                                   .init = weak_init};
    ref module = module_new("_weakref");
    weak_type = heap_type("weakref", sizeof(struct weak), offsets, true);
    weak_class = class_make("weakref", object_class, &ops, 0);
    tarn_field_set(&weak_class->name, str_intern("ReferenceType"));
    class_add_getset(weak_class, "__callback__", weak_callback_of, NULL);
    class_add_special(weak_class);
    module_add(module, "ref", keep(weak_class));
    module_add_methods(module, functions);
    return module;
}
