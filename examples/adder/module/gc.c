/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module gc: tarn's collector by the names that Python has for it. What scripts see
 * are the heap's objects themselves; the library's own (weak references' inside) are
 * left out.
 */
#include <errno.h>

#include "module/modules.h"

static ref callbacks, garbage, gc_dict;
static unsigned debug_flags;

enum { DEBUG_SAVEALL = 32 };

static ref g_collect(ref *args, size_t n, ref kwnames) {
    intptr_t generation = 2;
    (void)n, (void)kwnames;
    if (args[0] && !int_get(args[0], &generation))
        return NULL;
    if (generation < 0 || generation > 2)
        return raise_error(ValueError, "invalid generation");
    ptrdiff_t found = tarn_gc_collect(heap, (int)generation);
    if (found == -ENOMEM) { /* to collect takes memory too, and is what helps */
        limit_suspend();
        found = tarn_gc_collect(heap, (int)generation);
        limit_resume();
    }
    if (found == -ENOMEM)
        return raise_no_memory();
    return int_new(found < 0 ? 0 : found);
}

static ref g_enable(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    tarn_gc_enable(heap);
    return NONE;
}

static ref g_disable(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    tarn_gc_disable(heap);
    return NONE;
}

static ref g_isenabled(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return bool_ref(tarn_gc_is_enabled(heap));
}

static ref g_get_threshold(ref *args, size_t n, ref kwnames) {
    unsigned t[3];
    (void)args, (void)n, (void)kwnames;
    tarn_gc_get_threshold(heap, t);
    return tuple_pack(3, int_small(t[0]), int_small(t[1]), int_small(t[2]));
}

static ref g_set_threshold(ref *args, size_t n, ref kwnames) {
    unsigned t[3];
    (void)kwnames;
    tarn_gc_get_threshold(heap, t);
    for (size_t i = 0; i < n; i++) {
        intptr_t value;
        if (!int_get(args[i], &value))
            return NULL;
        t[i] = value < 0 ? 0 : (unsigned)value;
    }
    tarn_gc_set_threshold(heap, t);
    return NONE;
}

static ref g_get_count(ref *args, size_t n, ref kwnames) {
    size_t count[3];
    (void)args, (void)n, (void)kwnames;
    tarn_gc_get_count(heap, count);
    return tuple_pack(3, int_new((intptr_t)count[0]), int_new((intptr_t)count[1]),
                      int_new((intptr_t)count[2]));
}

static void put(ref dict, const char *name, uint64_t value) {
    ref v = int_new((intptr_t)value);
    dict_set(dict, str_intern(name), v);
    drop(v);
}

static ref g_get_stats(ref *args, size_t n, ref kwnames) {
    ref list = list_new();
    (void)args, (void)n, (void)kwnames;
    for (int generation = 0; list && generation < 3; generation++) {
        struct tarn_gc_stats stats;
        ref dict = dict_new();
        tarn_gc_stats(heap, generation, &stats);
        put(dict, "collections", stats.collections);
        put(dict, "collected", stats.collected);
        put(dict, "uncollectable", stats.uncollectable);
        list_append_owned(list, dict);
    }
    return list;
}

/* --- looking at objects --- */

static bool is_script_object(void *object) {
    return strncmp(tarn_type_name(tarn_typeof(object)), "tarn ", 5) != 0;
}

/* Lists of the program's own that hold tarn's weak references, and the dict of such. */
static bool holds_weak(ref v) {
    ref key, first = NULL;
    size_t at = 0;
    bool holds = false;
    if (class_of(v) == list_class) {
        first = list_get(v, 0);
        holds = is_object(first) && !is_script_object(first);
    } else if (class_of(v) == dict_class && dict_next(v, &at, &key, &first)) {
        holds = is_object(first) && is_script_object(first) && class_of(first) == list_class &&
                holds_weak(first);
        drop(key);
    }
    drop(first);
    return holds;
}

static bool gather(void *object, void *arg) {
    if (!is_script_object(object) || object == *(ref *)arg || holds_weak(object))
        return true;
    return list_append(*(ref *)arg, object) == 0;
}

static ref g_get_objects(ref *args, size_t n, ref kwnames) {
    intptr_t generation = TARN_GENERATION_ANY;
    (void)n, (void)kwnames;
    if (args[0] && args[0] != NONE) {
        if (!int_get(args[0], &generation))
            return NULL;
        if (generation >= 3)
            return raise_error(ValueError, "generation parameter must be less than the number of "
                                           "available generations (3)");
        if (generation < 0)
            return raise_error(ValueError, "generation parameter cannot be negative");
    }
    ref list = list_new();
    if (list && tarn_heap_walk(heap, (int)generation, gather, &list) == -ENOMEM)
        return raise_no_memory();
    return list;
}

static ref each(ref *args, size_t n, ptrdiff_t (*walk)(void *, tarn_walker, void *)) {
    ref list = list_new();
    for (size_t i = 0; list && i < n; i++)
        if (is_object(args[i]) && walk(args[i], gather, &list) == -ENOMEM)
            return raise_no_memory();
    return list;
}

static ref g_get_referrers(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return each(args, n, tarn_referrers);
}

static bool gather_value(void *object, void *arg) {
    return gather(object, arg);
}

static ref g_get_referents(ref *args, size_t n, ref kwnames) {
    ref list = list_new();
    (void)kwnames;
    for (size_t i = 0; list && i < n; i++)
        if (is_object(args[i]) && tarn_referents(args[i], gather_value, &list) == -ENOMEM)
            return raise_no_memory();
    return list;
}

static ref g_is_tracked(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return bool_ref(is_object(args[0]) && tarn_gc_is_tracked(args[0]));
}

static ref g_is_finalized(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return bool_ref(is_object(args[0]) && tarn_gc_is_finalized(args[0]));
}

/* --- freezing and debugging --- */

static ref g_freeze(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    tarn_gc_freeze(heap);
    return NONE;
}

static ref g_unfreeze(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    tarn_gc_unfreeze(heap);
    return NONE;
}

static ref g_get_freeze_count(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return int_new((intptr_t)tarn_gc_freeze_count(heap));
}

static ref g_set_debug(ref *args, size_t n, ref kwnames) {
    intptr_t flags;
    (void)n, (void)kwnames;
    if (!int_get(args[0], &flags))
        return NULL;
    debug_flags = (unsigned)flags;
    tarn_gc_set_debug(heap, flags & DEBUG_SAVEALL ? TARN_GC_DEBUG_SAVE_ALL : 0);
    return NONE;
}

static ref g_get_debug(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return int_small((intptr_t)debug_flags);
}

static bool save(void *object, void *arg) {
    ref list = arg;
    return !is_script_object(object) || list_append(list, object) == 0;
}

/* What the collector kept goes into gc.garbage, which holds it from then on. */
static void take_garbage(void) {
    ref list = dict_get_str(gc_dict, str_intern("garbage"));
    if (list && list_is(list) && tarn_gc_garbage(heap, save, list) > 0)
        tarn_gc_garbage_clear(heap);
    drop(list);
}

static ref info_dict(const struct tarn_gc_info *info) {
    ref dict = dict_new();
    if (dict) {
        put(dict, "generation", (uint64_t)info->generation);
        put(dict, "collected", info->collected);
        put(dict, "uncollectable", info->uncollectable);
    }
    return dict;
}

static void tell_callbacks(tarn_heap *of, enum tarn_gc_phase phase, const struct tarn_gc_info *info,
                           void *arg) {
    ref all = dict_get_str(gc_dict, str_intern("callbacks")), callback;
    ref waiting = error_take();
    (void)of, (void)arg;
    if (phase == TARN_GC_STOP && debug_flags & DEBUG_SAVEALL)
        take_garbage();
    for (size_t i = 0; all && list_is(all) && (callback = list_get(all, i)); i++) {
        ref name = str_from(phase == TARN_GC_START ? "start" : "stop"), dict = info_dict(info);
        ref r = name && dict ? call_2(callback, name, dict) : NULL;
        if (!r)
            error_unraisable(NULL, callback);
        drop(r);
        drop(name);
        drop(dict);
        drop(callback);
    }
    drop(all);
    error_restore(waiting);
}

static const struct method functions[] = {
    {"collect", g_collect, 0, 1, "generation", 0},
    {"enable", g_enable, 0, 0, NULL, 0},
    {"disable", g_disable, 0, 0, NULL, 0},
    {"isenabled", g_isenabled, 0, 0, NULL, 0},
    {"get_threshold", g_get_threshold, 0, 0, NULL, 0},
    {"set_threshold", g_set_threshold, 1, 3, NULL, 0},
    {"get_count", g_get_count, 0, 0, NULL, 0},
    {"get_stats", g_get_stats, 0, 0, NULL, 0},
    {"get_objects", g_get_objects, 0, 1, "generation", 0},
    {"get_referrers", g_get_referrers, 0, -1, NULL, METHOD_POSITIONAL},
    {"get_referents", g_get_referents, 0, -1, NULL, METHOD_POSITIONAL},
    {"is_tracked", g_is_tracked, 1, 1, NULL, 0},
    {"is_finalized", g_is_finalized, 1, 1, NULL, 0},
    {"freeze", g_freeze, 0, 0, NULL, 0},
    {"unfreeze", g_unfreeze, 0, 0, NULL, 0},
    {"get_freeze_count", g_get_freeze_count, 0, 0, NULL, 0},
    {"set_debug", g_set_debug, 1, 1, NULL, 0},
    {"get_debug", g_get_debug, 0, 0, NULL, 0},
    {0},
};

ref gc_make(void) {
    static const struct {
        const char *name;
        intptr_t value;
    } flags[] = {{"DEBUG_STATS", 1},
                 {"DEBUG_COLLECTABLE", 2},
                 {"DEBUG_UNCOLLECTABLE", 4},
                 {"DEBUG_SAVEALL", DEBUG_SAVEALL},
                 {"DEBUG_LEAK", 38}};
    ref module = module_new("gc");
    if (!module)
        return NULL;
    gc_dict = keep(((struct module *)module)->dict);
    callbacks = list_new();
    garbage = list_new();
    module_add_methods(module, functions);
    module_add(module, "callbacks", keep(callbacks));
    module_add(module, "garbage", keep(garbage));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        module_add(module, flags[i].name, int_small(flags[i].value));
    tarn_gc_callback_add(heap, tell_callbacks, NULL);
    return module;
}
