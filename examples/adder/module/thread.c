/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module _thread: threads that attach to the heap and run scripts' functions at
 * once, and the locks that threading.py builds the rest of.
 *
 * A thread that waits does so in a blocking region: a stop of the world claims its seat
 * instead of waking it. Waits of the main thread are cut into slices, so that Ctrl-C is
 * seen.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "module/modules.h"
#include "vm/import.h"
#include "vm/run.h"
#include "vm/start.h"

struct lock {
    struct object object;
    TARN__ATOMIC(uint32_t) held;
    TARN__ATOMIC(uint32_t) waiters;
    TARN__ATOMIC(uint64_t) owner; /* of an RLock */
    uint64_t count;               /* its owner's */
    pthread_mutex_t mutex;        /* for those that wait */
    pthread_cond_t freed;
};

static tarn_type *lock_type, *local_type;
static TARN__ATOMIC(uint64_t) numbers = {1};
static TARN__ATOMIC(uint64_t) running;

/* --- locks --- */

static ref lock_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    pthread_condattr_t kind;
    (void)args, (void)n, (void)kwnames;
    struct lock *l = object_new(lock_type, cls);
    if (!l)
        return NULL;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_condattr_init(&kind);
    pthread_condattr_setclock(&kind, CLOCK_MONOTONIC);
    pthread_cond_init(&l->freed, &kind);
    return l;
}

static void dispose(void *object) {
    struct lock *l = object;
    pthread_mutex_destroy(&l->mutex);
    pthread_cond_destroy(&l->freed);
}

static bool take(struct lock *l) {
    uint32_t free = 0;
    /* seq_cst: load/store pair with lock_free(): a waiter has counted itself before. */
    return tarn__cas(&l->held, &free, 1, seq_cst, relaxed);
}

static struct timespec after(double seconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    double whole = (double)(time_t)seconds;
    t.tv_sec += (time_t)whole;
    t.tv_nsec += (long)((seconds - whole) * 1e9);
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

static bool is_later(struct timespec a, struct timespec b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Waits until the lock is taken, the time is over (negative: never), or a signal came. */
static bool wait_for(struct lock *l, double seconds) {
    bool taken = false;
    struct timespec end = after(seconds < 0 ? 1e9 : seconds > 1e9 ? 1e9 : seconds);
    bool is_main = self.number == 1;
    tarn_blocking_begin();
    pthread_mutex_lock(&l->mutex);
    /* seq_cst: store/load pair with lock_free(). */
    tarn__fetch_add(&l->waiters, 1, seq_cst);
    while (!(taken = take(l)) && !(is_main && interrupted)) {
        struct timespec slice = after(0.05);
        bool last = !is_main || is_later(slice, end);
        int result = pthread_cond_timedwait(&l->freed, &l->mutex, last ? &end : &slice);
        if (result == ETIMEDOUT && last && seconds >= 0) {
            taken = take(l);
            break;
        }
    }
    tarn__fetch_sub(&l->waiters, 1, relaxed); /* relaxed: one signal too many does no harm. */
    pthread_mutex_unlock(&l->mutex);
    tarn_blocking_end();
    return taken;
}

static void lock_free(struct lock *l) {
    /* seq_cst: store/load pair with wait_for(). */
    tarn__store(&l->held, 0, seq_cst);
    /* seq_cst: as above; one that counted itself is woken or finds the lock free. */
    if (!tarn__load(&l->waiters, seq_cst))
        return;
    pthread_mutex_lock(&l->mutex);
    pthread_cond_signal(&l->freed);
    pthread_mutex_unlock(&l->mutex);
}

static bool timeout_of(ref *args, bool *blocking, double *seconds) {
    *blocking = !args[1] || truth(args[1]) == 1;
    *seconds = -1;
    if (args[2] && !float_get(args[2], seconds))
        return self.error ? false
                          : raise_error(TypeError,
                                        "'%T' object cannot be interpreted as an integer", args[2]);
    if (!*blocking && *seconds != -1)
        return raise_error(ValueError, "can't specify a timeout for a non-blocking call");
    if (*seconds < 0 && *seconds != -1)
        return raise_error(ValueError, "timeout value must be a non-negative number");
    return true;
}

/* TRUE, FALSE, or NULL with KeyboardInterrupt. */
static ref acquire(struct lock *l, bool blocking, double seconds) {
    for (;;) {
        if (take(l) || (blocking && wait_for(l, seconds)))
            return TRUE;
        if (!poll())
            return NULL;
        if (!blocking || seconds >= 0)
            return FALSE;
    }
}

static ref l_acquire(ref *args, size_t n, ref kwnames) {
    bool blocking;
    double seconds;
    (void)n, (void)kwnames;
    return timeout_of(args, &blocking, &seconds) ? acquire(args[0], blocking, seconds) : NULL;
}

static ref l_release(ref *args, size_t n, ref kwnames) {
    struct lock *l = args[0];
    (void)n, (void)kwnames;
    if (!tarn__load(&l->held, relaxed)) /* relaxed: a check for misuse. */
        return raise_error(RuntimeError, "release unlocked lock");
    lock_free(l);
    return NONE;
}

static ref l_locked(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    /* relaxed: a look. */
    return bool_ref(tarn__load(&((struct lock *)args[0])->held, relaxed));
}

static ref l_enter(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return acquire(args[0], true, -1);
}

static ref lock_repr(ref v) {
    struct lock *l = v;
    return str_format("<%s _thread.lock object at %p>",
                      tarn__load(&l->held, relaxed) ? "locked" : "unlocked",
                      v); /* relaxed: a look. */
}

/* --- locks of a thread that may take them again --- */

static bool is_mine(struct lock *l) {
    /* relaxed: only this thread writes its own number there. */
    return tarn__load(&l->owner, relaxed) == self.number;
}

static ref acquire_again(struct lock *l, bool blocking, double seconds) {
    if (is_mine(l)) {
        l->count++;
        return TRUE;
    }
    ref r = acquire(l, blocking, seconds);
    if (r == TRUE) {
        tarn__store(&l->owner, self.number, relaxed); /* relaxed: see is_mine(). */
        l->count = 1;
    }
    return r;
}

static ref r_acquire(ref *args, size_t n, ref kwnames) {
    bool blocking;
    double seconds;
    (void)n, (void)kwnames;
    return timeout_of(args, &blocking, &seconds) ? acquire_again(args[0], blocking, seconds) : NULL;
}

static ref r_enter(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return acquire_again(args[0], true, -1);
}

static ref r_release(ref *args, size_t n, ref kwnames) {
    struct lock *l = args[0];
    (void)n, (void)kwnames;
    if (!is_mine(l))
        return raise_error(RuntimeError, "cannot release un-acquired lock");
    if (--l->count == 0) {
        tarn__store(&l->owner, 0, relaxed); /* relaxed: see is_mine(). */
        lock_free(l);
    }
    return NONE;
}

static ref r_is_owned(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return bool_ref(is_mine(args[0]));
}

/* For Condition.wait: gives the lock up however often it is held, and takes it back. */
static ref r_release_save(ref *args, size_t n, ref kwnames) {
    struct lock *l = args[0];
    (void)n, (void)kwnames;
    if (!is_mine(l))
        return raise_error(RuntimeError, "cannot release un-acquired lock");
    ref count = int_new((intptr_t)l->count);
    tarn__store(&l->owner, 0, relaxed); /* relaxed: see is_mine(). */
    lock_free(l);
    return count;
}

static ref r_acquire_restore(ref *args, size_t n, ref kwnames) {
    struct lock *l = args[0];
    (void)n, (void)kwnames;
    ref r = acquire_again(l, true, -1);
    if (r)
        l->count = (uint64_t)small_value(args[1]);
    return r ? NONE : NULL;
}

/* --- threads --- */

struct start {
    ref function, args, kwargs;
    uint64_t number;
};

static void run_function(struct start *s) {
    ref base[4] = {s->function, NULL, s->args, s->kwargs};
    ref r = call_spread(base);
    if (!r && error_is(SystemExit))
        error_clear();
    else if (!r)
        error_unraisable("Exception ignored in thread started by", s->function);
    drop(r);
}

static void *thread_main(void *arg) {
    struct start *s = arg;
    if (tarn_thread_attach(heap) != 0)
        return NULL;
    memset(&self, 0, sizeof self);
    self.number = s->number;
    run_function(s);
    drop(s->function);
    drop(s->args);
    drop(s->kwargs);
    free(s);
    drop(self.locals);
    drop(self.handled);
    drop(self.reprs);
    for (size_t i = 0; i < 4; i++)
        drop(self.places[i].text);
    tarn_safepoint();
    thread_stack_free();
    tarn_thread_detach();
    /* relaxed: a number to look at. */
    tarn__fetch_sub(&running, 1, relaxed);
    return NULL;
}

static bool can_start(ref *args, size_t n) {
    if (!is_callable(args[0]))
        raise_error(TypeError, "first arg must be callable");
    else if (!tuple_is(args[1]))
        raise_error(TypeError, "2nd arg must be a tuple");
    else if (n > 2 && !dict_is(args[2]))
        raise_error(TypeError, "optional 3rd arg must be a dictionary");
    else
        return true;
    return false;
}

static ref t_start_new_thread(ref *args, size_t n, ref kwnames) {
    pthread_attr_t attributes;
    pthread_t thread;
    (void)kwnames;
    if (!can_start(args, n))
        return NULL;
    struct start *s = heap_become_shared() ? malloc(sizeof *s) : NULL;
    if (!s)
        return self.error ? NULL : raise_no_memory();
    /* relaxed: only that numbers differ matters. */
    *s = (struct start){keep(args[0]), keep(args[1]), n > 2 ? keep(args[2]) : NULL,
                        tarn__fetch_add(&numbers, 1, relaxed) + 1};
    uint64_t number = s->number;
    tarn__fetch_add(&running, 1, relaxed); /* relaxed: a number to look at. */
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, (size_t)64 << 20);
    int result = pthread_create(&thread, &attributes, thread_main, s);
    pthread_attr_destroy(&attributes);
    if (result == 0)
        return int_new((intptr_t)number);
    drop(s->function);
    drop(s->args);
    drop(s->kwargs);
    free(s);
    return raise_error(RuntimeError, "can't start new thread");
}

static ref t_get_ident(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return int_new((intptr_t)self.number);
}

static ref t_print_exception(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!is_instance(args[0], BaseException))
        return raise_error(TypeError, "print_exception() takes an exception, not %T", args[0]);
    traceback_print(args[0], true);
    return NONE;
}

/* --- threading.local --- */

struct local {
    struct object object;
    ref number; /* its key in each thread's table */
};

static ref local_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    static TARN__ATOMIC(uint64_t) made;
    (void)args, (void)n, (void)kwnames;
    struct local *l = object_new(local_type, keep(cls));
    if (l) /* relaxed: only that numbers differ matters. */
        l->number = int_new((intptr_t)tarn__fetch_add(&made, 1, relaxed));
    return l;
}

static ref local_dict(struct local *l) {
    ref dict;
    if (!self.locals && !(self.locals = dict_new()))
        return NULL;
    int found = dict_find(self.locals, l->number, &dict);
    if (found)
        return found > 0 ? dict : NULL;
    dict = dict_new();
    if (dict)
        dict_set(self.locals, l->number, dict);
    return dict;
}

static ref local_getattr(ref v, ref name) {
    ref dict = local_dict(v);
    if (!dict || name == special.dict)
        return dict;
    ref value = dict_get_str(dict, name);
    drop(dict);
    return value ? value : object_getattr(v, name);
}

static int local_setattr(ref v, ref name, ref value) {
    ref dict = local_dict(v);
    int result = !dict ? -1 : value ? dict_set(dict, name, value) : dict_remove(dict, name, NULL);
    drop(dict);
    if (!value && result == 0)
        return raise_int(AttributeError, "'%T' object has no attribute '%S'", v, name);
    return result < 0 ? -1 : 0;
}

/* --- the module --- */

static const struct method lock_methods[] = {
    {"acquire", l_acquire, 0, 2, "blocking timeout", 0},
    {"release", l_release, 0, 0, NULL, 0},
    {"locked", l_locked, 0, 0, NULL, 0},
    {"__enter__", l_enter, 0, 0, NULL, 0},
    {"__exit__", l_release, 0, 3, NULL, 0},
    {0},
};

static const struct method rlock_methods[] = {
    {"acquire", r_acquire, 0, 2, "blocking timeout", 0},
    {"release", r_release, 0, 0, NULL, 0},
    {"_is_owned", r_is_owned, 0, 0, NULL, 0},
    {"_release_save", r_release_save, 0, 0, NULL, 0},
    {"_acquire_restore", r_acquire_restore, 1, 1, NULL, 0},
    {"__enter__", r_enter, 0, 0, NULL, 0},
    {"__exit__", r_release, 0, 3, NULL, 0},
    {0},
};

static ref t_allocate_lock(ref *args, size_t n, ref kwnames) {
    return lock_make(lock_class, args, n, kwnames);
}

static const struct method functions[] = {
    {"start_new_thread", t_start_new_thread, 2, 3, NULL, 0},
    {"get_ident", t_get_ident, 0, 0, NULL, 0},
    {"allocate_lock", t_allocate_lock, 0, 0, NULL, 0},
    {"print_exception", t_print_exception, 1, 1, NULL, 0},
    {0},
};

void threads_start(void) {
    static const size_t local_offsets[] = {offsetof(struct local, number), 0};
    static const struct ops lock_ops = {.new = lock_make, .repr = lock_repr};
    static const struct ops local_ops = {
        .new = local_make, .getattr = local_getattr, .setattr = local_setattr};
    lock_type = heap_type_spec(&(struct tarn_type_spec){.name = "lock",
                                                        .size = sizeof(struct lock),
                                                        .dispose = dispose,
                                                        .flags = TARN_TYPE_DISPOSE_PLAIN});
    local_type = heap_type("local", sizeof(struct local), local_offsets, true);
    lock_class = class_make("lock", object_class, &lock_ops, CLASS_FINAL);
    rlock_class = class_make("RLock", object_class, &lock_ops, CLASS_FINAL);
    local_class = class_make("local", object_class, &local_ops, CLASS_FINAL);
    class_add_methods(lock_class, lock_methods);
    class_add_methods(rlock_class, rlock_methods);
}

ref thread_make(void) {
    ref module = module_new("_thread");
    module_add_methods(module, functions);
    module_add(module, "LockType", keep(lock_class));
    module_add(module, "RLock", keep(rlock_class));
    module_add(module, "_local", keep(local_class));
    module_add(module, "error", keep(RuntimeError));
    return module;
}

void threads_join_all(void) {
    ref threading = dict_get_str(modules, str_intern("threading"));
    ref r = threading ? call_method(threading, str_intern("_shutdown"), NULL, 0) : NONE;
    if (!r)
        error_unraisable("Exception ignored in", threading);
    drop(r);
    drop(threading);
}
