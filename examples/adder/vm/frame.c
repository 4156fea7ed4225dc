/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Frames on the thread's stack, and functions: how arguments find their registers.
 */
#include "vm/frame.h"

#include <stdlib.h>

#include "vm/run.h"
#include "vm/start.h"

static tarn_type *function_type, *code_type;

ref builtins;
__thread struct thread self __attribute__((tls_model("initial-exec")));
unsigned recursion_limit = 1000;

/* --- the stack: chunks, of which the last is in use --- */

struct chunk {
    struct chunk *back;
    char *top; /* of this chunk while a later one is in use */
    char *end;
};

enum { CHUNK_SIZE = 128 * 1024 };

static bool chunk_add(size_t size) {
    size_t room =
        size + sizeof(struct chunk) > CHUNK_SIZE ? size + sizeof(struct chunk) : CHUNK_SIZE;
    struct chunk *chunk = block_new(room), *old = (struct chunk *)self.stack;
    if (!chunk)
        return false;
    if (old)
        old->top = self.stack_top;
    *chunk = (struct chunk){.back = old, .end = (char *)chunk + room};
    self.stack = (char *)chunk;
    self.stack_top = (char *)(chunk + 1);
    self.stack_end = chunk->end;
    return true;
}

struct frame *frame_push(struct code *code) {
    size_t size = sizeof(struct frame) + code->register_count * sizeof(ref);
    if (tarn__unlikely(self.stack_top + size > self.stack_end || !self.stack) && !chunk_add(size))
        return NULL;
    struct frame *f = (struct frame *)self.stack_top;
    self.stack_top += size;
    f->code = code;
    f->pc = code->instrs;
    f->regs = (ref *)(f + 1);
    f->function = NULL;
    f->globals = f->names = f->made = NULL;
    f->flags = 0;
    memset(f->regs, 0, code->register_count * sizeof(ref));
    return f;
}

static void stack_pop(struct frame *f) {
    self.stack_top = (char *)f;
    struct chunk *chunk = (struct chunk *)self.stack;
    if (tarn__unlikely(self.stack_top == (char *)(chunk + 1)) && chunk->back) {
        self.stack = (char *)chunk->back;
        self.stack_top = chunk->back->top;
        self.stack_end = chunk->back->end;
        tarn_free(chunk);
    }
}

void frame_release(struct frame *f) {
    for (size_t i = 0, n = f->code->register_count; i < n; i++)
        drop(f->regs[i]);
    if (f->function)
        tarn_decref(f->function);
    drop(f->made);
    stack_pop(f);
}

void thread_stack_free(void) {
    while (self.stack) {
        struct chunk *chunk = (struct chunk *)self.stack;
        self.stack = (char *)chunk->back;
        tarn_free(chunk);
    }
}

/* --- arguments --- */

static int parameter_index(const struct code *code, ref name) {
    size_t n = (size_t)code->positional + code->keyword_only;
    for (size_t i = code->positional_only; i < n; i++)
        if (code->variables[i] == name)
            return (int)i;
    for (size_t i = code->positional_only; i < n; i++)
        if (str_equals(code->variables[i], name))
            return (int)i;
    return -1;
}

static bool too_many(struct function *f, ref *regs, size_t given) {
    struct code *code = f->code;
    size_t defaults = f->defaults ? tuple_size(f->defaults) : 0, n = code->positional;
    size_t named = 0;
    for (size_t i = 0; i < code->keyword_only; i++)
        named += regs[n + i] != NULL;
    ref also = named ? str_format(" positional argument%s (and %zd keyword-only argument%s)",
                                  given == 1 ? "" : "s", named, named == 1 ? "" : "s")
                     : str_from("");
    ref range = defaults ? str_format("from %zd to %zd", n - defaults, n) : str_format("%zd", n);
    raise_error(TypeError, "%S() takes %S positional argument%s but %zd%S %s given", f->qualname,
                range, n == 1 && !defaults ? "" : "s", given, also,
                given == 1 && !named ? "was" : "were");
    drop(range);
    drop(also);
    return false;
}

static bool missing(struct function *f, ref *regs, size_t from, size_t to, const char *kind) {
    struct code *code = f->code;
    struct text t = {0};
    size_t n = 0, seen = 0;
    for (size_t i = from; i < to; i++)
        n += !regs[i];
    for (size_t i = from; i < to; i++) {
        if (regs[i])
            continue;
        if (seen++ > 0)
            text_put(&t, n == 2 ? " and " : seen == n ? ", and " : ", ");
        text_repr(&t, code->variables[i]);
    }
    ref names = text_finish(&t);
    raise_error(TypeError, "%S() missing %zd required %s argument%s: %S", f->qualname, n, kind,
                n == 1 ? "" : "s", names);
    drop(names);
    return false;
}

/* A keyword that no parameter takes: those given only by position are named. */
static bool unexpected(struct function *f, ref kwnames, ref name) {
    struct code *code = f->code;
    struct text t = {0};
    for (size_t i = 0; i < code->positional_only; i++)
        for (size_t k = 0; k < tuple_size(kwnames); k++)
            if (str_equals(code->variables[i], tuple_items(kwnames)[k])) {
                text_put(&t, t.size ? ", " : "");
                text_str(&t, code->variables[i]);
            }
    if (!t.size)
        return raise_error(TypeError, "%S() got an unexpected keyword argument '%S'", f->qualname,
                           name);
    ref names = text_finish(&t);
    raise_error(TypeError,
                "%S() got some positional-only arguments passed as keyword arguments: '%S'",
                f->qualname, names);
    drop(names);
    return false;
}

static bool bind_keywords(struct function *f, ref *regs, ref *values, ref kwnames) {
    struct code *code = f->code;
    size_t parameters = (size_t)code->positional + code->keyword_only;
    ref rest = NULL;
    if (code->flags & CODE_VARKEYWORDS) {
        rest = dict_new();
        regs[parameters + (code->flags & CODE_VARARGS)] = rest;
        if (!rest)
            return false;
    }
    for (size_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        ref name = tuple_items(kwnames)[i];
        int at = parameter_index(code, name);
        if (at >= 0 && regs[at])
            return raise_error(TypeError, "%S() got multiple values for argument '%S'", f->qualname,
                               name);
        if (at >= 0)
            regs[at] = keep(values[i]);
        else if (!rest)
            return unexpected(f, kwnames, name);
        else if (dict_set(rest, name, values[i]) < 0)
            return false;
    }
    return true;
}

static bool fill_defaults(struct function *f, ref *regs) {
    struct code *code = f->code;
    size_t defaults = f->defaults ? tuple_size(f->defaults) : 0, n = code->positional;
    bool lacks = false;
    for (size_t i = 0; i < n; i++) {
        if (!regs[i] && i >= n - defaults)
            regs[i] = keep(tuple_items(f->defaults)[i - (n - defaults)]);
        lacks |= !regs[i];
    }
    if (lacks)
        return missing(f, regs, 0, n, "positional");
    for (size_t i = n; i < n + code->keyword_only; i++) {
        if (!regs[i] && f->kwdefaults)
            regs[i] = dict_get_str(f->kwdefaults, code->variables[i]);
        lacks |= !regs[i];
    }
    return !lacks || missing(f, regs, n, n + code->keyword_only, "keyword-only");
}

bool arguments_bind(struct function *f, ref *regs, ref *args, size_t n, ref kwnames) {
    struct code *code = f->code;
    size_t direct = n < code->positional ? n : code->positional;
    size_t keywords = kwnames ? tuple_size(kwnames) : 0;
    bool done = true;
    for (size_t i = 0; i < direct; i++) {
        regs[i] = args[i];
        args[i] = NULL;
    }
    if (code->flags & CODE_VARARGS) {
        struct tuple *rest = tuple_new(n - direct);
        regs[code->positional + code->keyword_only] = rest;
        done = rest != NULL;
        for (size_t i = direct; rest && i < n; i++) {
            rest->items[i - direct] = args[i];
            args[i] = NULL;
        }
    }
    if (done && (keywords || code->flags & CODE_VARKEYWORDS))
        done = bind_keywords(f, regs, args + n, kwnames);
    if (done && n > direct && !(code->flags & CODE_VARARGS))
        done = too_many(f, regs, n);
    if (done)
        done = fill_defaults(f, regs);
    for (size_t i = 0; i < n + keywords; i++) {
        drop(args[i]);
        args[i] = NULL;
    }
    return done;
}

/* --- functions --- */

void cells_take(struct frame *frame) {
    struct code *code = frame->code;
    for (size_t i = 0; i < code->free_count; i++)
        frame->regs[code->first_free + i] = keep(tuple_items(frame->function->closure)[i]);
}

ref function_call(ref callee, ref *args, size_t n, ref kwnames) {
    struct function *f = callee;
    struct code *code = f->code;
    struct frame *frame = frame_push(code);
    size_t all = n + (kwnames ? tuple_size(kwnames) : 0);
    ref row[16], *owned = all <= 16 ? row : block_new(all * sizeof *owned);
    if (!frame || !owned)
        return NULL;
    for (size_t i = 0; i < all; i++)
        owned[i] = keep(args[i]);
    frame->function = keep(f);
    frame->globals = f->globals;
    frame->flags = FRAME_ENTRY;
    bool bound = arguments_bind(f, frame->regs, owned, n, kwnames);
    if (owned != row)
        tarn_free(owned);
    if (!bound) {
        frame_release(frame);
        return NULL;
    }
    cells_take(frame);
    if (code->flags & CODE_GENERATOR)
        return generator_from(frame);
    self.depth++; /* run() counts it down when the frame ends */
    return run(frame);
}

ref run_body(struct code *code, ref globals, ref names) {
    struct frame *frame = frame_push(code);
    if (!frame)
        return NULL;
    frame->globals = globals;
    frame->names = names;
    frame->flags = FRAME_ENTRY;
    self.depth++;
    return run(frame);
}

ref function_new(struct code *code, ref globals, ref defaults, ref kwdefaults, ref closure) {
    struct function *f = object_new(function_type, function_class);
    if (!f)
        return NULL;
    f->code = keep(code);
    f->globals = keep(globals);
    f->name = keep(code->name);
    f->qualname = keep(code->qualname);
    f->defaults = keep(defaults);
    f->kwdefaults = keep(kwdefaults);
    f->closure = keep(closure);
    ref module = dict_get_str(globals, special.name);
    f->module = module ? module : NONE;
    f->doc = keep(code->doc ? code->doc : NONE);
    return f;
}

ref make_function(struct frame *frame, struct code *code, ref *parts) {
    ref f = function_new(code, frame->globals, parts[0], parts[1], parts[2]);
    if (f)
        ((struct function *)f)->annotations.object.value = keep(parts[3]);
    for (size_t i = 0; f && i < 4; i++) {
        drop(parts[i]);
        parts[i] = NULL;
    }
    return f;
}

static ref function_repr(ref v) {
    return str_format("<function %S at %p>", ((struct function *)v)->qualname, v);
}

static ref function_get(ref descriptor, ref owner, struct cls *cls) {
    (void)cls;
    return owner ? bound_new(descriptor, owner) : keep(descriptor);
}

static int set_text(ref v, ref value, size_t offset) {
    if (!value || !str_is(value))
        return raise_int(TypeError, "it must be set to a string object");
    tarn_field_set((ref *)((char *)v + offset), value);
    return 0;
}

static int set_name(ref v, ref value) {
    return set_text(v, value, offsetof(struct function, name));
}

static int set_qualname(ref v, ref value) {
    return set_text(v, value, offsetof(struct function, qualname));
}

static ref get_annotations(ref v) {
    tarn_slot *slot = &((struct function *)v)->annotations;
    ref all = slot_get(slot);
    if (all || !(all = dict_new()))
        return all;
    if (!tarn_slot_compare_exchange(slot, NULL, all)) {
        drop(all);
        all = slot_get(slot);
    }
    return all;
}

static int set_annotations(ref v, ref value) {
    if (value && value != NONE && !dict_is(value))
        return raise_int(TypeError, "__annotations__ must be set to a dict object");
    slot_set(&((struct function *)v)->annotations, value == NONE ? NULL : value);
    return 0;
}

static ref get_dict(ref v) {
    return object_dict(v);
}

static ref code_repr(ref v) {
    struct code *c = v;
    return str_format("<code object %S at %p, file \"%S\", line %d>", c->name, v, c->filename,
                      c->first_line);
}

static ref code_variables(ref v) {
    struct code *c = v;
    return tuple_from(c->variables, c->variable_count);
}

static ref code_arguments(ref v) {
    return int_small(((struct code *)v)->positional);
}

static ref code_name(ref v) {
    return keep(((struct code *)v)->name);
}

static ref code_filename(ref v) {
    return keep(((struct code *)v)->filename);
}

static ref code_line(ref v) {
    return int_small(((struct code *)v)->first_line);
}

ref code_new(void) {
    struct code *c = object_new(code_type, code_class);
    if (c)
        heap_settle(c);
    return c;
}

static void function_attributes(void) {
    class_add_slot(function_class, "__code__", offsetof(struct function, code), false);
    class_add_slot(function_class, "__globals__", offsetof(struct function, globals), false);
    class_add_slot(function_class, "__closure__", offsetof(struct function, closure), false);
    class_add_slot(function_class, "__defaults__", offsetof(struct function, defaults), true);
    class_add_slot(function_class, "__kwdefaults__", offsetof(struct function, kwdefaults), true);
    class_add_slot(function_class, "__module__", offsetof(struct function, module), true);
    class_add_slot(function_class, "__doc__", offsetof(struct function, doc), true);
    class_add_slot(function_class, "__name__", offsetof(struct function, name), true);
    class_add_slot(function_class, "__qualname__", offsetof(struct function, qualname), true);
    ((struct getset *)dict_peek_str(function_class->dict, special.name))->set = set_name;
    ((struct getset *)dict_peek_str(function_class->dict, special.qualname))->set = set_qualname;
    class_add_getset(function_class, "__dict__", get_dict, NULL);
    class_add_getset(function_class, "__annotations__", get_annotations, set_annotations);
    class_add_getset(code_class, "co_varnames", code_variables, NULL);
    class_add_getset(code_class, "co_argcount", code_arguments, NULL);
    class_add_getset(code_class, "co_name", code_name, NULL);
    class_add_getset(code_class, "co_filename", code_filename, NULL);
    class_add_getset(code_class, "co_firstlineno", code_line, NULL);
}

void frame_start(void) {
    static const size_t offsets[] = {
        offsetof(struct function, code),        offsetof(struct function, globals),
        offsetof(struct function, name),        offsetof(struct function, qualname),
        offsetof(struct function, defaults),    offsetof(struct function, kwdefaults),
        offsetof(struct function, closure),     offsetof(struct function, module),
        offsetof(struct function, doc),         offsetof(struct function, dict),
        offsetof(struct function, annotations), 0};
    static const struct ops ops = {
        .call = function_call, .get = function_get, .repr = function_repr};
    static const struct ops code_ops = {.repr = code_repr};
    function_type = heap_type("function", sizeof(struct function), offsets, false);
    code_type = heap_type("code", sizeof(struct code), NULL, false);
    function_class = class_make("function", object_class, &ops, CLASS_FINAL);
    function_class->dict_offset = offsetof(struct function, dict);
    code_class = class_make("code", object_class, &code_ops, CLASS_FINAL);
    function_attributes();
    class_add_special(function_class);
}
