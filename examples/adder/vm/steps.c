/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Longer steps of the machine: names, displays, unpacking, exceptions, with.
 */
#include "object/class.h"
#include "vm/run.h"

void raise_unbound(const struct code *code, unsigned variable) {
    ref name = variable < code->variable_count ? code->variables[variable] : special.class;
    if (variable >= code->first_free && variable < code->first_free + code->free_count)
        raise_error(NameError,
                    "cannot access free variable '%S' where it is not associated with a value "
                    "in enclosing scope",
                    name);
    else
        raise_error(UnboundLocalError,
                    "cannot access local variable '%S' where it is not associated with a value",
                    name);
}

void raise_unbound_operand(const struct code *code, ref *regs, const struct instr *in) {
    unsigned b = in->b, c = in->c;
    if (!(in->flags & CONST_B) && b < code->variable_count && !regs[b])
        raise_unbound(code, b);
    else if (!(in->flags & CONST_C) && c < code->variable_count && !regs[c])
        raise_unbound(code, c);
    else
        raise_unbound(code, in->a);
}

void raise_undefined(ref name) {
    raise_error(NameError, "name '%S' is not defined", name);
    raise_about(NULL, name);
}

void raise_too_deep(void) {
    self.depth -= 20;
    raise_error(RecursionError, "maximum recursion depth exceeded");
    self.depth += 20;
}

/* raise, raise x, raise x from y. */
void raise_statement(unsigned how, ref exception, ref cause) {
    if (how == 0) {
        if (!self.handled) {
            raise_error(RuntimeError, "No active exception to reraise");
            return;
        }
        error_restore(keep(self.handled));
        return;
    }
    ref made[2] = {keep(exception), how > 1 ? keep(cause) : NULL};
    for (unsigned i = 0; i < how; i++) {
        if (i == 1 && made[1] == NONE)
            continue;
        if (class_is(made[i]) && class_is_sub(made[i], BaseException)) {
            ref e = call_0(made[i]);
            drop(made[i]);
            made[i] = e;
        }
        if (made[i] && !is_instance(made[i], BaseException)) {
            raise_error(TypeError, i ? "exception causes must derive from BaseException"
                                     : "exceptions must derive from BaseException");
            drop(made[i]);
            made[i] = NULL;
        }
        if (!made[i]) {
            drop(made[1 - i]);
            return;
        }
    }
    struct exception *e = made[0];
    if (how > 1) {
        slot_set(&e->cause, made[1] == NONE ? NULL : made[1]);
        e->suppress_context = true;
        drop(made[1]);
    }
    raise_owned(e);
}

ref load_name(struct frame *frame, ref name) {
    ref v = NULL;
    if (frame->names) {
        if (class_of(frame->names) == dict_class)
            v = dict_get_str(frame->names, name);
        else if (!(v = get_item(frame->names, name)) && !error_clear_if(KeyError))
            return NULL;
    }
    v = v ? v : dict_get_str(frame->globals, name);
    v = v ? v : dict_get_str(builtins, name);
    if (!v)
        raise_undefined(name);
    return v;
}

ref load_class_cell(struct frame *frame, unsigned cell, ref name) {
    ref v = dict_get_str(frame->names, name);
    v = v ? v : slot_get(&((struct cell *)frame->regs[cell])->value);
    if (!v)
        raise_unbound(frame->code, cell);
    return v;
}

int delete_name(ref names, ref name) {
    int there = dict_remove(names, name, NULL);
    if (there == 0)
        raise_undefined(name);
    return there == 1 ? 0 : -1;
}

int delete_cell(const struct code *code, ref *regs, unsigned cell) {
    struct cell *c = regs[cell];
    if (!slot_peek(&c->value)) {
        raise_unbound(code, cell);
        return -1;
    }
    slot_set(&c->value, NULL);
    return 0;
}

/* super().name for a call: what is found behind cls, without making a super. */
int load_super(ref cls, ref owner, ref name, ref *out) {
    ref args[] = {cls, owner};
    ref s = super_class->ops.new(super_class, args, 2, NULL);
    ref method = s ? get_attribute(s, name) : NULL;
    drop(s);
    if (!method)
        return -1;
    out[0] = method;
    out[1] = NULL;
    if (class_of(method) == method_class) {
        struct bound *b = method;
        out[1] = keep(b->self);
        out[0] = keep(b->function);
        if (class_of(out[0]) == native_method_class && class_is(out[1])) {
            drop(out[0]);
            drop(out[1]);
            out[0] = method;
            out[1] = NULL;
            return 0;
        }
        drop(method);
    }
    return 0;
}

int compare_truth(ref a, ref b, unsigned op) {
    ref r = str_is(a) && str_is(b) && (op == OP_EQ || op == OP_NE) && class_of(a) == str_class &&
                    class_of(b) == str_class
                ? bool_ref(str_equals(a, b) == (op == OP_EQ))
                : compare(a, b, op);
    if (is_bool(r))
        return r == TRUE;
    int t = r ? truth(r) : -1;
    drop(r);
    return t;
}

/* --- displays: the registers' references move into what is built --- */

ref build_list(ref *from, size_t n) {
    ref list = list_from(from, n);
    for (size_t i = 0; list && i < n; i++) {
        drop(from[i]);
        from[i] = NULL;
    }
    return list;
}

ref build_tuple(ref *from, size_t n) {
    struct tuple *t = tuple_new(n);
    for (size_t i = 0; t && i < n; i++) {
        t->items[i] = from[i];
        from[i] = NULL;
    }
    return t;
}

ref build_set(ref *from, size_t n) {
    ref set = set_new(set_class);
    for (size_t i = 0; set && i < n; i++)
        if (set_add(set, from[i]) < 0) {
            drop(set);
            return NULL;
        }
    for (size_t i = 0; set && i < n; i++) {
        drop(from[i]);
        from[i] = NULL;
    }
    return set;
}

ref build_map(ref *from, size_t n) {
    ref dict = dict_new_sized(n);
    for (size_t i = 0; dict && i < n; i++)
        if (dict_set(dict, from[2 * i], from[2 * i + 1]) < 0) {
            drop(dict);
            return NULL;
        }
    for (size_t i = 0; dict && i < 2 * n; i++) {
        drop(from[i]);
        from[i] = NULL;
    }
    return dict;
}

ref build_slice(ref *from) {
    ref s = slice_new(from[0], from[1], from[2]);
    for (size_t i = 0; s && i < 3; i++) {
        drop(from[i]);
        from[i] = NULL;
    }
    return s;
}

ref build_string(ref *from, size_t n) {
    ref empty = str_from(""), s = str_join(empty, from, n);
    drop(empty);
    for (size_t i = 0; s && i < n; i++) {
        drop(from[i]);
        from[i] = NULL;
    }
    return s;
}

/* What messages call it by. */
static ref callee_name(ref callee) {
    ref name = get_attribute_or_null(callee, special.qualname);
    ref module = name ? get_attribute_or_null(callee, special.module) : NULL, r;
    if (!name || !str_is(name))
        r = to_str(callee);
    else if (module && str_is(module) && !str_is_text(module, "builtins"))
        r = str_format("%S.%S()", module, name);
    else
        r = str_format("%S()", name);
    drop(name);
    drop(module);
    return r;
}

/* Raises a TypeError whose message begins with the callee's name. */
static int raise_for_callee(ref callee, const char *format, ref about) {
    ref name = callee_name(callee), rest = name ? str_format(format, about) : NULL;
    if (rest)
        raise_error(TypeError, "%S %S", name, rest);
    drop(name);
    drop(rest);
    return -1;
}

int spread_into_list(ref list, ref iterable, ref callee) {
    struct cls *cls = class_of(iterable);
    if (cls->ops.iter || cls->ops.getitem)
        return list_extend(list, iterable);
    return callee
               ? raise_for_callee(callee, "argument after * must be an iterable, not %T", iterable)
               : raise_int(TypeError, "Value after * must be an iterable, not %T", iterable);
}

int merge_dict(ref dict, ref other, ref callee) {
    bool unique = callee != NULL;
    ref keys = dict_is(other) ? NULL : get_attribute_or_null(other, str_intern("keys"));
    if (!keys && !dict_is(other))
        return self.error ? -1
               : unique
                   ? raise_for_callee(callee, "argument after ** must be a mapping, not %T", other)
                   : raise_int(TypeError, "'%T' object is not a mapping", other);
    drop(keys);
    if (!unique)
        return dict_update(dict, other);
    ref copy = dict_new(), key, value;
    int result = copy ? dict_update(copy, other) : -1;
    for (size_t at = 0; result == 0 && dict_next(copy, &at, &key, &value);) {
        ref there;
        int found = dict_find(dict, key, &there);
        if (found == 1) {
            drop(there);
            result = raise_for_callee(callee, "got multiple values for keyword argument %R", key);
        } else if (!str_is(key)) {
            result = raise_int(TypeError, "keywords must be strings");
        } else {
            result = found < 0 ? -1 : dict_set(dict, key, value);
        }
        drop(key);
        drop(value);
    }
    drop(copy);
    return result;
}

/* --- unpacking --- */

static int cannot_unpack(ref from) {
    if (class_of(from)->ops.iter || class_of(from)->ops.getitem)
        return 0;
    return raise_int(TypeError, "cannot unpack non-iterable %T object", from);
}

int unpack(ref *to, ref from, size_t n) {
    if (is_object(from) && class_of(from) == tuple_class && tuple_size(from) == n) {
        for (size_t i = 0; i < n; i++)
            to[i] = keep(tuple_items(from)[i]);
        return 0;
    }
    ref it = cannot_unpack(from) < 0 ? NULL : iterate(from);
    if (!it)
        return -1;
    for (size_t i = 0; i <= n; i++) {
        ref item = iter_next(it);
        if (i < n)
            to[i] = item;
        else if (item)
            drop(item), raise_error(ValueError, "too many values to unpack (expected %zd)", n);
        if (!item && i < n) {
            if (!self.error)
                raise_error(ValueError, "not enough values to unpack (expected %zd, got %zd)", n,
                            i);
            break;
        }
    }
    drop(it);
    if (!self.error)
        return 0;
    for (size_t i = 0; i < n && to[i]; i++) {
        drop(to[i]);
        to[i] = NULL;
    }
    return -1;
}

int unpack_rest(ref *to, ref from, size_t before, size_t after) {
    ref all = cannot_unpack(from) < 0 ? NULL : tuple_from_iterable(from);
    if (!all)
        return -1;
    size_t n = tuple_size(all);
    if (n < before + after) {
        drop(all);
        return raise_int(ValueError, "not enough values to unpack (expected at least %zd, got %zd)",
                         before + after, n);
    }
    for (size_t i = 0; i < before; i++)
        to[i] = keep(tuple_items(all)[i]);
    to[before] = list_from(tuple_items(all) + before, n - before - after);
    for (size_t i = 0; i < after; i++)
        to[before + 1 + i] = keep(tuple_items(all)[n - after + i]);
    drop(all);
    return to[before] ? 0 : -1;
}

static ref ascii(ref v) {
    ref shown = repr(v);
    struct text t = {0};
    if (!shown)
        return NULL;
    for (const char *p = str_c(shown), *end = p + str_size(shown); p < end;) {
        uint32_t c = utf8_get(&p);
        ref piece = c < 0x80      ? str_char(c)
                    : c < 0x100   ? str_format("\\x%02x", (int)c)
                    : c < 0x10000 ? str_format("\\u%04x", (int)c)
                                  : str_format("\\U%08x", (int)c);
        text_str(&t, piece);
        drop(piece);
    }
    drop(shown);
    return text_finish(&t);
}

ref convert(ref v, unsigned how) {
    return how == 'r' ? repr(v) : how == 'a' ? ascii(v) : to_str(v);
}

/* --- exceptions --- */

int exception_matches(ref exception, ref classes) {
    if (tuple_is(classes)) {
        int match = 0;
        for (size_t i = 0; i < tuple_size(classes) && match == 0; i++)
            match = exception_matches(exception, tuple_items(classes)[i]);
        return match;
    }
    if (!class_is(classes) || !class_is_sub(classes, BaseException))
        return raise_int(TypeError, "catching classes that do not inherit from BaseException is "
                                    "not allowed");
    return is_instance(exception, classes);
}

/* The innermost: handlers are listed from inner to outer. */
const struct handler *find_handler(const struct code *code, size_t at) {
    for (size_t i = 0; i < code->handler_count; i++)
        if (at >= code->handlers[i].from && at < code->handlers[i].to)
            return &code->handlers[i];
    return NULL;
}

void handler_begin(ref *regs, size_t count, const struct handler *h) {
    for (size_t i = h->depth; i < count; i++) {
        drop(regs[i]);
        regs[i] = NULL;
    }
    regs[h->depth] = self.handled;
    self.handled = error_take();
    regs[h->depth + 1] = keep(self.handled);
}

void handler_end(ref *reg) {
    drop(self.handled);
    self.handled = reg[0];
    reg[0] = NULL;
    drop(reg[1]);
    reg[1] = NULL;
}

static ref special_method(ref v, ref name) {
    struct cls *cls = class_of(v);
    ref method = class_lookup(cls, name);
    if (!method || !class_of(method)->ops.get)
        return method;
    ref bound = class_of(method)->ops.get(method, v, cls);
    drop(method);
    return bound;
}

ref with_enter(ref manager, ref *exit) {
    ref enter = special_method(manager, special.enter);
    if (!enter)
        return self.error ? NULL
                          : raise_error(TypeError,
                                        "'%T' object does not support the context manager "
                                        "protocol",
                                        manager);
    *exit = special_method(manager, special.exit);
    if (!*exit) {
        drop(enter);
        return self.error ? NULL
                          : raise_error(TypeError,
                                        "'%T' object does not support the context manager "
                                        "protocol (missed __exit__ method)",
                                        manager);
    }
    ref v = call_0(enter);
    drop(enter);
    if (!v)
        drop(*exit);
    return v;
}

int with_except(ref exit, ref exception) {
    ref traceback = slot_get(&((struct exception *)exception)->traceback);
    ref r =
        call(exit, (ref[]){class_of(exception), exception, traceback ? traceback : NONE}, 3, NULL);
    drop(traceback);
    int t = r ? truth(r) : -1;
    drop(r);
    return t;
}

/* --- calls --- */

bool class_makes_instances(struct cls *cls) {
    return cls->flags & CLASS_INSTANCE &&
           cls->ops.new == object_class->ops.new &&class_of((ref)cls)->ops.call ==
               type_class->ops.call &&
           !attribute_find(cls, special.abstractmethods)
                ->value &&attribute_find(cls, special.init)
                ->value;
}

ref call_class_native(ref native, ref *args, size_t n) {
    ref bound = bound_new(native, args[0]);
    ref r = bound ? call(bound, args + 1, n - 1, NULL) : NULL;
    drop(bound);
    return r;
}

void call_finish(ref *base, size_t n, ref *to, ref owned_result) {
    for (size_t i = 0; i < n; i++) {
        drop(base[i]);
        base[i] = NULL;
    }
    ref old = *to;
    *to = owned_result;
    drop(old);
}

/* Keyword arguments of a dict, put behind the positional ones. */
static ref call_with_dict(ref callee, ref positional, ref dict) {
    size_t n = tuple_size(positional), k = dict_count(dict), at = 0;
    struct tuple *names = tuple_new(k);
    ref *row = names ? block_new((n + k + 1) * sizeof *row) : NULL, key, value, r = NULL;
    if (!row) {
        drop(names);
        return NULL;
    }
    memcpy(row, tuple_items(positional), n * sizeof *row);
    size_t i = 0;
    for (; i < k && dict_next(dict, &at, &key, &value); i++) {
        names->items[i] = key;
        row[n + i] = value;
    }
    if (i == k)
        r = call(callee, row, n, names);
    for (size_t j = 0; j < i; j++)
        drop(row[n + j]);
    tarn_free(row);
    drop(names);
    return r;
}

ref call_spread(ref *base) {
    ref positional = tuple_is(base[2]) ? keep(base[2]) : tuple_from_list(base[2]);
    if (!positional)
        return NULL;
    ref r = base[3] && dict_count(base[3]) > 0
                ? call_with_dict(base[0], positional, base[3])
                : call(base[0], tuple_items(positional), tuple_size(positional), NULL);
    drop(positional);
    return r;
}
