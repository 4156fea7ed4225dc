/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Generators: a frame that is an object. Its registers are the object's trailing array,
 * so that the collector follows them, and finds generators that are part of a cycle.
 *
 * One thread at a time runs a generator: who takes its state from waiting to running.
 * One that dies half-way is closed by its finalizer, so that its finally clauses run.
 */
#include "object/class.h"
#include "vm/run.h"
#include "vm/start.h"

static tarn_type *generator_type;

struct generator *generator_of(struct frame *frame) {
    return (struct generator *)((char *)frame - offsetof(struct generator, frame));
}

static void set_state(struct generator *g, enum generator_state state) {
    /* release: pairs with the acquire in generator_enter(); the registers are written. */
    tarn__store(&g->state, (uint32_t)state, release);
}

ref generator_from(struct frame *frame) {
    size_t n = frame->code->register_count;
    struct generator *g = object_new_array(generator_type, generator_class, n);
    if (!g) {
        frame_release(frame);
        return NULL;
    }
    struct function *f = frame->function;
    g->name = keep(f->name);
    g->qualname = keep(f->qualname);
    g->function = f;
    frame->function = NULL;
    memcpy(g->regs, frame->regs, n * sizeof(ref));
    memset(frame->regs, 0, n * sizeof(ref));
    g->frame = *frame;
    g->frame.regs = g->regs;
    g->frame.globals = f->globals;
    g->frame.flags = FRAME_GENERATOR;
    frame_release(frame);
    return g;
}

bool generator_enter(struct generator *g) {
    uint32_t state = tarn__load(&g->state, relaxed); /* relaxed: the exchange decides. */
    if (state != GENERATOR_NEW && state != GENERATOR_WAITING)
        return false;
    /* acquire: pairs with the release in set_state(). relaxed on failure: it runs. */
    if (!tarn__cas(&g->state, &state, GENERATOR_RUNNING, acquire, relaxed))
        return false;
    g->outer = self.handled;
    self.handled = g->handled ? g->handled : keep(g->outer);
    g->handled = NULL;
    return true;
}

void generator_leave(struct generator *g, enum generator_state state) {
    if (state == GENERATOR_WAITING && self.handled != g->outer)
        g->handled = self.handled;
    else
        drop(self.handled);
    self.handled = g->outer;
    g->outer = NULL;
    set_state(g, state);
}

static void clear_registers(struct generator *g) {
    for (size_t i = 0; i < g->count; i++) {
        ref old = g->regs[i];
        g->regs[i] = NULL;
        drop(old);
    }
}

void generator_finish(struct frame *frame) {
    struct generator *g = generator_of(frame);
    generator_leave(g, GENERATOR_DONE);
    clear_registers(g);
}

/* An exception leaves it; StopIteration would look like its end. */
void generator_fail(struct frame *frame) {
    struct generator *g = generator_of(frame);
    generator_leave(g, GENERATOR_DONE);
    clear_registers(g);
    if (!error_is(StopIteration))
        return;
    ref cause = error_take();
    raise_error(RuntimeError, "generator raised StopIteration");
    struct exception *e = self.error;
    slot_set(&e->cause, cause);
    slot_set(&e->context, cause);
    e->suppress_context = true;
    drop(cause);
}

/* The register that a waiting generator wants its value in. */
static ref *wanted(struct generator *g) {
    const struct instr *in = g->frame.pc;
    return &g->regs[in->op == I_YIELD_FROM ? in->a : in[-1].a];
}

ref generator_resume(struct generator *g, ref value, ref *result) {
    uint32_t before = tarn__load(&g->state, relaxed); /* relaxed: the exchange decides. */
    *result = NULL;
    if (before == GENERATOR_NEW && value && value != NONE) {
        drop(value);
        return raise_error(TypeError, "can't send non-None value to a just-started generator");
    }
    if (!generator_enter(g)) {
        drop(value);
        if (before == GENERATOR_DONE) {
            if (!self.error)
                *result = NONE;
            return NULL;
        }
        error_clear();
        return raise_error(ValueError, "generator already executing");
    }
    if (value && before == GENERATOR_WAITING) {
        ref *to = wanted(g), old = *to;
        *to = value;
        drop(old);
    }
    g->frame.flags = FRAME_GENERATOR;
    if (!depth_enter("")) {
        generator_leave(g, before);
        return NULL;
    }
    if (!value)
        g->frame.pc = before == GENERATOR_NEW           ? g->frame.pc + 1
                      : g->frame.pc->op == I_YIELD_FROM ? g->frame.pc + 1
                                                        : g->frame.pc;
    ref v = run(&g->frame);
    depth_leave();
    uint32_t after = tarn__load(&g->state, relaxed); /* relaxed: this thread's own. */
    if (v && after == GENERATOR_DONE) {
        *result = v;
        return NULL;
    }
    return v;
}

static ref generator_next(ref v) {
    ref result, item = generator_resume(v, NONE, &result);
    drop(result);
    return item;
}

static ref item_or_stop(ref item, ref result) {
    if (item || self.error)
        return item;
    raise_value(StopIteration, result == NONE ? NULL : result);
    drop(result);
    return NULL;
}

static ref m_next(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref result, item = generator_resume(args[0], NONE, &result);
    return item_or_stop(item, result);
}

static ref m_send(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref result, item = generator_resume(args[0], keep(args[1]), &result);
    return item_or_stop(item, result);
}

/* The iterator that a waiting generator is delegating to, or NULL. */
static ref delegate(struct generator *g) {
    if (tarn__load(&g->state, relaxed) != GENERATOR_WAITING) /* relaxed: a look. */
        return NULL;
    const struct instr *in = g->frame.pc;
    return in->op == I_YIELD_FROM ? keep(g->regs[in->b]) : NULL;
}

static ref generator_throw(struct generator *g, ref exception, ref *result);

static ref throw_into(ref inner, ref exception, ref *result) {
    *result = NULL;
    if (class_of(inner) == generator_class)
        return generator_throw(inner, exception, result);
    ref method = get_attribute_or_null(inner, str_intern("throw"));
    if (!method) {
        raise_owned(keep(exception));
        return NULL;
    }
    ref v = call_1(method, exception);
    drop(method);
    if (!v && error_is(StopIteration)) {
        ref stop = error_take();
        *result = get_attribute(stop, str_intern("value"));
        drop(stop);
    }
    return v;
}

/* Raises an exception where the generator waits. */
static ref generator_throw(struct generator *g, ref exception, ref *result) {
    ref inner = delegate(g);
    *result = NULL;
    if (inner && !is_instance(exception, GeneratorExit)) {
        ref v = throw_into(inner, exception, result);
        drop(inner);
        if (v)
            return v;
        if (*result) { /* the inner one has returned: go on behind yield from */
            const struct instr *in = g->frame.pc;
            g->frame.pc = in + 1;
            ref old = g->regs[in->b], before = g->regs[in->a];
            g->regs[in->b] = NULL;
            g->regs[in->a] = *result;
            drop(old);
            drop(before);
            ref kept = keep(g->regs[in->a]);
            const struct instr *next = g->frame.pc;
            (void)next;
            if (!generator_enter(g)) {
                drop(kept);
                return raise_error(ValueError, "generator already executing");
            }
            drop(kept);
            g->frame.flags = FRAME_GENERATOR;
            ref item = run(&g->frame);
            *result = NULL;
            if (item && tarn__load(&g->state, relaxed) == GENERATOR_DONE) { /* relaxed: own. */
                *result = item;
                return NULL;
            }
            return item;
        }
    } else {
        if (inner) {
            ref close = get_attribute_or_null(inner, str_intern("close"));
            ref r = close ? call_0(close) : NONE;
            drop(close);
            drop(r);
            drop(inner);
            if (!r)
                return generator_resume(g, NULL, result);
        }
        error_restore(keep(exception));
    }
    return generator_resume(g, NULL, result);
}

static ref m_throw(ref *args, size_t n, ref kwnames) {
    ref result, e = args[1];
    (void)kwnames;
    if (n > 2 && class_is(e))
        e = is_instance(args[2], e) ? keep(args[2])
            : args[2] == NONE       ? call_0(e)
                                    : call_1(e, args[2]);
    else
        e = class_is(e) ? call_0(e) : keep(e);
    if (!e)
        return NULL;
    if (!is_instance(e, BaseException)) {
        drop(e);
        return raise_error(TypeError,
                           "exceptions must be classes or instances deriving from "
                           "BaseException, not %T",
                           args[1]);
    }
    ref item = generator_throw(args[0], e, &result);
    drop(e);
    return item_or_stop(item, result);
}

static bool close(struct generator *g) {
    ref result;
    uint32_t state = tarn__load(&g->state, relaxed); /* relaxed: a look. */
    if (state == GENERATOR_NEW) {
        set_state(g, GENERATOR_DONE);
        clear_registers(g);
    }
    if (state != GENERATOR_WAITING)
        return true;
    raise_value(GeneratorExit, NULL);
    ref e = error_take();
    ref item = generator_throw(g, e, &result);
    drop(e);
    drop(result);
    if (item) {
        drop(item);
        raise_error(RuntimeError, "generator ignored GeneratorExit");
    }
    return !self.error || error_clear_if(GeneratorExit) || error_clear_if(StopIteration);
}

static ref m_close(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return close(args[0]) ? NONE : NULL;
}

static void finalize(void *object) {
    struct generator *g = object;
    if (g->frame.code->handler_count == 0)
        return;
    ref waiting = error_take();
    if (!close(g))
        error_unraisable(NULL, g);
    error_restore(waiting);
}

/* One step of yield from: the next item, or NULL with *result, or with an exception. */
ref yield_from_step(ref iterator, ref sent, ref *result) {
    if (class_of(iterator) == generator_class)
        return generator_resume(iterator, keep(sent), result);
    ref v =
        sent == NONE ? iter_next(iterator) : call_method(iterator, str_intern("send"), &sent, 1);
    if (v)
        return v;
    if (!self.error) {
        *result = NONE;
    } else if (error_is(StopIteration)) {
        ref stop = error_take();
        *result = get_attribute(stop, str_intern("value"));
        drop(stop);
    }
    return NULL;
}

static ref same(ref v) {
    return keep(v);
}

static ref generator_repr(ref v) {
    return str_format("<generator object %S at %p>", ((struct generator *)v)->qualname, v);
}

static ref is_running(ref v) {
    /* relaxed: a look. */
    return bool_ref(tarn__load(&((struct generator *)v)->state, relaxed) == GENERATOR_RUNNING);
}

static const struct method methods[] = {
    {"__next__", m_next, 0, 0, NULL, 0},
    {"send", m_send, 1, 1, NULL, 0},
    {"throw", m_throw, 1, 3, NULL, 0},
    {"close", m_close, 0, 0, NULL, 0},
    {0},
};

void generator_start(void) {
    static const size_t element[] = {0};
    static const size_t offsets[] = {
        offsetof(struct generator, name), offsetof(struct generator, qualname),
        offsetof(struct generator, function), offsetof(struct generator, handled),
        offsetof(struct generator, outer)};
    static const struct ops ops = {.iter = same, .next = generator_next, .repr = generator_repr};
    generator_type = heap_type_spec(&(struct tarn_type_spec){
        .name = "generator",
        .size = sizeof(struct generator),
        .offsets = offsets,
        .offset_count = 5,
        .element_size = sizeof(ref),
        .length_offset = offsetof(struct generator, count),
        .element_offsets = element,
        .element_offset_count = 1,
        .finalize = finalize,
        .flags = TARN_TYPE_HELD_READS,
    });
    generator_class = class_make("generator", object_class, &ops, CLASS_FINAL);
    class_add_methods(generator_class, methods);
    class_add_slot(generator_class, "__name__", offsetof(struct generator, name), true);
    class_add_slot(generator_class, "__qualname__", offsetof(struct generator, qualname), true);
    class_add_getset(generator_class, "gi_running", is_running, NULL);
    class_add_special(generator_class);
}
