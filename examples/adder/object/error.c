/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Exceptions: the classes, raising, what their methods show.
 */
#include "object/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/class.h"

static tarn_type *exception_type, *traceback_type;
static ref no_memory; /* made at start: raising it needs nothing */

#define X(n, base) struct cls *n;
ERROR_CLASSES(X)
#undef X

ref exception_new(struct cls *cls, ref args) {
    struct exception *e = tarn_new(exception_type);
    if (!e)
        return keep(no_memory);
    e->object.cls = keep(cls);
    slot_init(&e->args, args);
    return e;
}

/* The one being handled becomes the context, unless it is this one or leads to it. */
static void set_context(struct exception *e) {
    struct exception *handled = self.handled;
    if (!handled || handled == e || (ref)e == no_memory)
        return;
    for (struct exception *o = handled; o;) {
        struct exception *next = slot_peek(&o->context);
        if (next == e) {
            slot_set(&o->context, NULL);
            break;
        }
        o = next;
    }
    slot_set(&e->context, handled);
}

void *raise_owned(ref exception) {
    set_context(exception);
    error_restore(exception);
    return NULL;
}

void *raise_value(struct cls *cls, ref value) {
    ref args = value ? tuple_pack(1, value) : tuple_new(0);
    if (!args)
        return NULL;
    ref e = exception_new(cls, args);
    drop(args);
    return raise_owned(e);
}

void *raise_no_memory(void) {
    if (!no_memory) {
        fputs("adder: no memory to start\n", stderr);
        exit(1);
    }
    limit_suspend();
    raise_owned(exception_new(MemoryError, slot_peek(&((struct exception *)no_memory)->args)));
    limit_resume();
    return NULL;
}

void *raise_error(struct cls *cls, const char *format, ...) {
    va_list list;
    va_start(list, format);
    ref message = str_vformat(format, list);
    va_end(list);
    if (!message)
        return NULL;
    raise_value(cls, message);
    drop(message);
    return NULL;
}

int raise_int(struct cls *cls, const char *format, ...) {
    va_list list;
    va_start(list, format);
    ref message = str_vformat(format, list);
    va_end(list);
    if (message)
        raise_value(cls, message);
    drop(message);
    return -1;
}

bool error_clear_if(const struct cls *cls) {
    if (!error_is(cls))
        return false;
    error_clear();
    return true;
}

bool depth_enter(const char *where) {
    if (tarn__likely(++self.depth <= recursion_limit))
        return true;
    if (self.depth > recursion_limit + 50) {
        self.depth--;
        raise_value(RecursionError, NULL);
        return false;
    }
    self.depth += 20; /* room to say so */
    raise_error(RecursionError, "maximum recursion depth exceeded%s", where);
    self.depth -= 21;
    return false;
}

void traceback_add(ref code, int at) {
    struct exception *e = self.error;
    if (!e || (ref)e == no_memory)
        return;
    bool starved = is_instance(e, MemoryError);
    if (starved)
        limit_suspend();
    struct traceback *t = tarn_new(traceback_type);
    if (starved)
        limit_resume();
    if (!t)
        return;
    t->object.cls = traceback_class;
    t->next = slot_get(&e->traceback);
    t->code = keep(code);
    t->at = at;
    slot_give(&e->traceback, t);
}

/* --- the classes --- */

/* The class of OSErrors with this number. */
static struct cls *class_of_errno(ref number) {
    const struct {
        int number;
        struct cls *cls;
    } all[] = {{ENOENT, FileNotFoundError}, {EEXIST, FileExistsError},
               {EACCES, PermissionError},   {EPERM, PermissionError},
               {EISDIR, IsADirectoryError}, {ENOTDIR, NotADirectoryError},
               {ETIMEDOUT, TimeoutError},   {EPIPE, BrokenPipeError}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (number == int_small(all[i].number))
            return all[i].cls;
    return OSError;
}

static ref make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (cls == OSError && n >= 2)
        cls = class_of_errno(args[0]);
    ref tuple = tuple_from(args, n);
    ref e = tuple ? exception_new(cls, tuple) : NULL;
    drop(tuple);
    return e;
}

static int set_own(ref v, const char *name, ref value) {
    ref dict = object_dict(v);
    int result = dict ? dict_set(dict, str_intern(name), value) : -1;
    drop(dict);
    return result;
}

static int init(ref v, ref *args, size_t n, ref kwnames) {
    struct exception *e = v;
    bool takes =
        is_instance(v, ImportError) || is_instance(v, AttributeError) || is_instance(v, NameError);
    if (kwnames && tuple_size(kwnames) && !takes)
        return raise_int(TypeError, "%T() takes no keyword arguments", v);
    for (size_t i = 0; kwnames && i < tuple_size(kwnames); i++)
        set_own(v, str_c(tuple_items(kwnames)[i]), args[n + i]);
    ref tuple = tuple_from(args, n);
    if (!tuple)
        return -1;
    slot_give(&e->args, tuple);
    if (is_instance(v, OSError) && n >= 2) {
        set_own(v, "errno", args[0]);
        set_own(v, "strerror", args[1]);
        if (n > 2)
            set_own(v, "filename", args[2]);
    }
    return 0;
}

void *raise_about(ref object, ref name) {
    ref e = error_take();
    if (is_instance(e, AttributeError) || is_instance(e, NameError)) {
        set_own(e, "name", name);
        if (object)
            set_own(e, "obj", object);
    }
    error_restore(e);
    return NULL;
}

static ref args_of(ref v) {
    return slot_get(&((struct exception *)v)->args);
}

static ref exception_repr(ref v) {
    ref args = args_of(v);
    ref r = tuple_size(args) == 1 ? str_format("%T(%R)", v, tuple_items(args)[0])
                                  : str_format("%T%R", v, args);
    drop(args);
    return r;
}

static ref exception_str(ref v) {
    ref args = args_of(v), r;
    size_t n = tuple_size(args);
    if (n == 1 && is_instance(v, KeyError))
        r = repr(tuple_items(args)[0]);
    else if (n >= 2 && n <= 3 && is_instance(v, OSError))
        r = n == 3 ? str_format("[Errno %S] %S: %R", tuple_items(args)[0], tuple_items(args)[1],
                                tuple_items(args)[2])
                   : str_format("[Errno %S] %S", tuple_items(args)[0], tuple_items(args)[1]);
    else
        r = n == 0 ? str_from("") : n == 1 ? to_str(tuple_items(args)[0]) : repr(args);
    drop(args);
    return r;
}

static ref first_arg(ref v) {
    ref args = args_of(v);
    ref r = keep(tuple_size(args) ? tuple_items(args)[0] : NONE);
    drop(args);
    return r;
}

/* SystemExit.code: all arguments if there are several. */
static ref exit_code(ref v) {
    ref args = args_of(v);
    if (tuple_size(args) > 1)
        return args;
    drop(args);
    return first_arg(v);
}

static ref get_suppress(ref v) {
    return bool_ref(((struct exception *)v)->suppress_context);
}

static int set_suppress(ref v, ref value) {
    int t = value ? truth(value) : 0;
    ((struct exception *)v)->suppress_context = t > 0;
    return t < 0 ? -1 : 0;
}

static int set_cause(ref v, ref value) {
    struct exception *e = v;
    if (value != NONE && !is_instance(value, BaseException))
        return raise_int(TypeError, "exception cause must be None or derive from BaseException");
    slot_set(&e->cause, value == NONE ? NULL : value);
    e->suppress_context = true;
    return 0;
}

static ref get_cause(ref v) {
    ref cause = slot_get(&((struct exception *)v)->cause);
    return cause ? cause : NONE;
}

static int set_context_attr(ref v, ref value) {
    slot_set(&((struct exception *)v)->context, value == NONE ? NULL : value);
    return 0;
}

static ref get_context(ref v) {
    ref context = slot_get(&((struct exception *)v)->context);
    return context ? context : NONE;
}

static int set_traceback(ref v, ref value) {
    slot_set(&((struct exception *)v)->traceback, value == NONE ? NULL : value);
    return 0;
}

static ref get_traceback(ref v) {
    ref traceback = slot_get(&((struct exception *)v)->traceback);
    return traceback ? traceback : NONE;
}

static int set_args(ref v, ref value) {
    ref tuple = tuple_from_iterable(value);
    if (tuple)
        slot_give(&((struct exception *)v)->args, tuple);
    return tuple ? 0 : -1;
}

static ref with_traceback(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    set_traceback(args[0], args[1]);
    return keep(args[0]);
}

static ref add_note(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!str_is(args[1]))
        return raise_error(TypeError, "note must be a str, not '%T'", args[1]);
    ref notes = get_attribute_or_null(args[0], special.notes);
    if (!notes) {
        notes = list_new();
        if (!notes || set_attribute(args[0], special.notes, notes) < 0)
            return NULL;
    }
    int done = list_append(notes, args[1]);
    drop(notes);
    return done < 0 ? NULL : NONE;
}

static const struct method methods[] = {
    {"with_traceback", with_traceback, 1, 1, NULL, 0},
    {"add_note", add_note, 1, 1, NULL, 0},
    {0},
};

static void types_start(void) {
    static const size_t offsets[] = {
        offsetof(struct exception, args),      offsetof(struct exception, dict),
        offsetof(struct exception, cause),     offsetof(struct exception, context),
        offsetof(struct exception, traceback), 0};
    static const size_t traceback_offsets[] = {offsetof(struct traceback, next),
                                               offsetof(struct traceback, code), 0};
    exception_type = heap_type("exception", sizeof(struct exception), offsets, true);
    traceback_type = heap_type("traceback", sizeof(struct traceback), traceback_offsets, false);
}

void error_start(void) {
    static const struct ops ops = {
        .repr = exception_repr, .str = exception_str, .new = make, .init = init};
    struct cls *const object = object_class; /* the base of BaseException, as the list has it */
    types_start();
#define X(n, base)                                                                                 \
    n = class_make(#n, base, &ops, CLASS_ERROR);                                                   \
    n->solid = BaseException;                                                                      \
    n->dict_offset = offsetof(struct exception, dict);
    ERROR_CLASSES(X)
#undef X
    traceback_class = class_make("traceback", object_class, NULL, CLASS_FINAL);
    ref empty = tuple_new(0);
    no_memory = exception_new(MemoryError, empty);
    drop(empty);
    heap_settle(no_memory);
    class_add_methods(BaseException, methods);
    class_add_getset(BaseException, "args", args_of, set_args);
    class_add_getset(BaseException, "__cause__", get_cause, set_cause);
    class_add_getset(BaseException, "__context__", get_context, set_context_attr);
    class_add_getset(BaseException, "__traceback__", get_traceback, set_traceback);
    class_add_getset(BaseException, "__suppress_context__", get_suppress, set_suppress);
    class_add_getset(StopIteration, "value", first_arg, NULL);
    class_add_getset(SystemExit, "code", exit_code, NULL);
}
