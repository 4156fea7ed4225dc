/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module builtins: functions. Its classes are those of the objects.
 */
#include "module/modules.h"

#include <stdio.h>
#include <stdlib.h>

#include "object/class.h"
#include "object/iter.h"
#include "vm/import.h"
#include "vm/run.h"

static ref b_len(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ptrdiff_t size = length(args[0]);
    return size < 0 ? NULL : int_new(size);
}

static ref b_repr(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return repr(args[0]);
}

static ref b_ascii(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return convert(args[0], 'a');
}

static ref b_hash(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int64_t h = hash(args[0]);
    return h == -1 ? NULL : int_new(h);
}

static ref b_id(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return int_new((intptr_t)((uintptr_t)args[0] & INTPTR_MAX));
}

static ref b_abs(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return unary(args[0], OP_ABS);
}

static ref b_callable(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return bool_ref(is_callable(args[0]));
}

static ref b_isinstance(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int r = isinstance(args[0], args[1]);
    return r < 0 ? NULL : bool_ref(r);
}

static ref b_issubclass(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int r = issubclass(args[0], args[1]);
    return r < 0 ? NULL : bool_ref(r);
}

/* --- attributes --- */

static ref name_of(ref v) {
    return str_is(v) ? str_intern_ref(v)
                     : raise_error(TypeError, "attribute name must be string, not '%T'", v);
}

static ref b_getattr(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ref name = name_of(args[1]);
    if (!name || n < 3)
        return name ? get_attribute(args[0], name) : NULL;
    ref v = get_attribute_or_null(args[0], name);
    if (!v && self.error && !error_clear_if(AttributeError))
        return NULL;
    return v ? v : keep(args[2]);
}

static ref b_hasattr(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref name = name_of(args[1]), v = name ? get_attribute_or_null(args[0], name) : NULL;
    if (!v && self.error && !error_clear_if(AttributeError))
        return NULL;
    drop(v);
    return bool_ref(v != NULL);
}

static ref b_setattr(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref name = name_of(args[1]);
    return name && set_attribute(args[0], name, args[2]) == 0 ? NONE : NULL;
}

static ref b_delattr(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref name = name_of(args[1]);
    return name && set_attribute(args[0], name, NULL) == 0 ? NONE : NULL;
}

static ref current_names(void) {
    struct frame *f = self.frame;
    if (!f)
        return dict_new();
    if (f->names || f->code->flags & CODE_MODULE)
        return keep(f->names ? f->names : f->globals);
    ref d = dict_new();
    for (size_t i = 0; d && i < f->code->variable_count; i++) {
        ref v = keep(f->regs[i]);
        if (is_object(v) && class_of(v) == cell_class) {
            ref held = slot_get(&((struct cell *)v)->value);
            drop(v);
            v = held;
        }
        if (v)
            dict_set(d, f->code->variables[i], v);
        drop(v);
    }
    return d;
}

static ref b_vars(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n == 0)
        return current_names();
    ref d = get_attribute_or_null(args[0], special.dict);
    return d || self.error ? d
                           : raise_error(TypeError, "vars() argument must have __dict__ attribute");
}

static ref b_locals(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return current_names();
}

static ref b_globals(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return keep(self.frame->globals);
}

static ref b_dir(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    bool found;
    if (n > 0)
        return call_special(args[0], special.dir, NULL, 0, &found);
    ref d = current_names(), list = d ? dict_keys_list(d) : NULL;
    drop(d);
    if (list && list_sort(list, NONE, false) < 0) {
        drop(list);
        return NULL;
    }
    return list;
}

/* --- iteration --- */

static ref b_iter(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n == 1)
        return iterate(args[0]);
    if (!is_callable(args[0]))
        return raise_error(TypeError, "iter(v, w): v must be callable");
    return callable_iterator_new(args[0], args[1]);
}

static ref b_next(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ref v;
    if (class_of(args[0]) == generator_class) {
        ref result;
        v = generator_resume(args[0], NONE, &result);
        if (!v && !self.error && n == 1) {
            raise_value(StopIteration, result == NONE ? NULL : result);
            drop(result);
            return NULL;
        }
        drop(v ? NULL : result);
    } else {
        v = iter_next(args[0]);
    }
    if (!v && n > 1 && error_is(StopIteration))
        error_clear();
    if (v || self.error)
        return v;
    return n > 1 ? keep(args[1]) : raise_value(StopIteration, NULL);
}

static ref b_sum(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref total = keep(args[1] ? args[1] : int_small(0)), item;
    if (str_is(total)) {
        drop(total);
        return raise_error(TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    }
    ref it = iterate(args[0]);
    while (it && (item = iter_next(it))) {
        ref next = binary(total, item, OP_ADD);
        drop(item);
        drop(total);
        total = next;
        if (!total)
            break;
    }
    drop(it);
    if (!self.error)
        return total;
    drop(total);
    return NULL;
}

static ref any_all(ref iterable, int stop) {
    ref it = iterate(iterable), item;
    int t = !stop;
    while (it && t != stop && (item = iter_next(it))) {
        t = truth(item);
        drop(item);
        if (t < 0)
            break;
    }
    drop(it);
    return self.error ? NULL : bool_ref(t);
}

static ref b_any(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return any_all(args[0], 1);
}

static ref b_all(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return any_all(args[0], 0);
}

static ref extreme(ref *args, size_t n, ref kwnames, const char *name, unsigned op) {
    ref key = keyword(args, n, kwnames, "key"), fallback = keyword(args, n, kwnames, "default");
    ref best = NULL, best_key = NULL, item;
    if (n == 0)
        return raise_error(TypeError, "%s expected at least 1 argument, got 0", name);
    if (n > 1 && fallback)
        return raise_error(TypeError,
                           "Cannot specify a default for %s() with multiple positional arguments",
                           name);
    ref row = n > 1 ? tuple_from(args, n) : keep(args[0]), it = row ? iterate(row) : NULL;
    drop(row);
    while (it && (item = iter_next(it))) {
        ref by = key && key != NONE ? call_1(key, item) : keep(item);
        ref better = !by ? NULL : !best ? TRUE : compare(by, best_key, op);
        int t = better ? truth(better) : -1;
        drop(better);
        if (t == 1) {
            drop(best);
            drop(best_key);
            best = item;
            best_key = by;
            continue;
        }
        drop(item);
        drop(by);
        if (t < 0)
            break;
    }
    drop(it);
    drop(best_key);
    if (self.error) {
        drop(best);
        return NULL;
    }
    return best       ? best
           : fallback ? keep(fallback)
                      : raise_error(ValueError, "%s() arg is an empty sequence", name);
}

static ref b_max(ref *args, size_t n, ref kwnames) {
    return extreme(args, n, kwnames, "max", OP_GT);
}

static ref b_min(ref *args, size_t n, ref kwnames) {
    return extreme(args, n, kwnames, "min", OP_LT);
}

static ref b_sorted(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    int reverse = args[2] ? truth(args[2]) : 0;
    ref list = reverse < 0 ? NULL : list_from_iterable(args[0]);
    if (list && list_sort(list, args[1] ? args[1] : NONE, reverse) < 0) {
        drop(list);
        return NULL;
    }
    return list;
}

/* --- numbers and characters --- */

static ref b_divmod(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return binary(args[0], args[1], OP_DIVMOD);
}

static ref inverse_power(mpz_t base, mpz_t exponent, mpz_t modulus) {
    mpz_t r;
    mpz_init(r);
    bool done = mpz_sgn(exponent) >= 0 || mpz_invert(r, base, modulus) != 0;
    ref v = NULL;
    if (done) {
        mpz_powm(r, base, exponent, modulus);
        if (mpz_sgn(modulus) < 0 && mpz_sgn(r) > 0)
            mpz_add(r, r, modulus);
        v = int_from_mpz(r);
    } else {
        raise_error(ValueError, "base is not invertible for the given modulus");
    }
    mpz_clear(r);
    return v;
}

static ref b_pow(ref *args, size_t n, ref kwnames) {
    mpz_t x, y, z;
    (void)n, (void)kwnames;
    if (!args[2] || args[2] == NONE)
        return binary(args[0], args[1], OP_POW);
    if (!int_is(args[0]) || !int_is(args[1]) || !int_is(args[2]))
        return raise_error(TypeError,
                           "pow() 3rd argument not allowed unless all arguments are integers");
    if (int_sign(args[2]) == 0)
        return raise_error(ValueError, "pow() 3rd argument cannot be 0");
    int_to_mpz(x, args[0]);
    int_to_mpz(y, args[1]);
    int_to_mpz(z, args[2]);
    ref r = inverse_power(x, y, z);
    mpz_clears(x, y, z, NULL);
    return r;
}

/* By the shortest decimal digits, as CPython's round of a float. */
static ref round_float(double d, intptr_t digits) {
    char text[512];
    if (digits > 320 || d != d || d - d != 0)
        return float_new(d);
    if (digits >= 0) {
        snprintf(text, sizeof text, "%.*f", (int)digits, d);
        return float_new(strtod(text, NULL));
    }
    double scale = 1;
    for (intptr_t i = digits; i < 0 && i > -320; i++)
        scale *= 10;
    return float_new(__builtin_rint(d / scale) * scale);
}

static ref round_int(ref v, intptr_t digits) {
    if (digits >= 0)
        return class_of(v)->ops.unary(v, OP_POS);
    ref unit = int_binary(int_small(10), int_new(-digits), OP_POW);
    ref half = int_binary(unit, int_small(2), OP_FLOORDIV);
    ref pair = int_binary(v, unit, OP_DIVMOD), q = keep(tuple_items(pair)[0]);
    ref rest = tuple_items(pair)[1];
    bool above = int_compare(rest, half, OP_GT) == TRUE;
    ref odd = int_binary(q, int_small(1), OP_AND);
    if (above || (int_compare(rest, half, OP_EQ) == TRUE && int_sign(odd))) {
        ref next = int_binary(q, int_small(1), OP_ADD);
        drop(q);
        q = next;
    }
    ref r = int_binary(q, unit, OP_MUL);
    drop(unit);
    drop(half);
    drop(pair);
    drop(q);
    drop(odd);
    return r;
}

static ref b_round(ref *args, size_t n, ref kwnames) {
    intptr_t digits = 0;
    bool found, given = args[1] && args[1] != NONE;
    (void)n, (void)kwnames;
    if (given && !int_get(args[1], &digits))
        return NULL;
    if (float_is(args[0])) {
        double d = float_value(args[0]);
        return given ? round_float(d, digits) : int_from_double(__builtin_rint(d));
    }
    if (int_is(args[0]))
        return round_int(args[0], digits);
    ref r = call_special(args[0], special.round, &args[1], given, &found);
    return found ? r : raise_error(TypeError, "type %T doesn't define __round__ method", args[0]);
}

static ref b_chr(ref *args, size_t n, ref kwnames) {
    intptr_t code;
    (void)n, (void)kwnames;
    if (!int_get(args[0], &code))
        return NULL;
    return code >= 0 && code < 0x110000
               ? str_char((uint32_t)code)
               : raise_error(ValueError, "chr() arg not in range(0x110000)");
}

static ref b_ord(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    if (!str_is(args[0]))
        return raise_error(TypeError, "ord() expected string of length 1, but %T found", args[0]);
    if (str_length(args[0]) != 1)
        return raise_error(TypeError, "ord() expected a character, but string of length %zd found",
                           str_length(args[0]));
    const char *p = str_c(args[0]);
    return int_small(utf8_get(&p));
}

static ref prefixed(ref v, int base, const char *prefix) {
    ref i = index_of(v), digits = i ? int_to_str(i, base) : NULL, r = NULL;
    if (digits)
        r = *str_c(digits) == '-' ? str_format("-%s%s", prefix, str_c(digits) + 1)
                                  : str_format("%s%s", prefix, str_c(digits));
    drop(i);
    drop(digits);
    return r;
}

static ref b_hex(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return prefixed(args[0], 16, "0x");
}

static ref b_oct(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return prefixed(args[0], 8, "0o");
}

static ref b_bin(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return prefixed(args[0], 2, "0b");
}

static ref b_format(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    ref spec = n > 1 ? keep(args[1]) : str_from("");
    ref r = format_value(args[0], spec);
    drop(spec);
    return r;
}

/* --- input and output --- */

static int write_to(ref file, ref s) {
    ref r = call_method(file, str_intern("write"), &s, 1);
    drop(r);
    return r ? 0 : -1;
}

static ref print_to(ref file, ref *args, size_t n, ref sep, ref end) {
    ref text = NULL;
    struct text out = {0};
    for (size_t i = 0; i < n; i++) {
        ref s = to_str(args[i]);
        if (!s) {
            text_free(&out);
            return NULL;
        }
        if (i > 0 && sep)
            text_str(&out, sep);
        else if (i > 0)
            text_char(&out, ' ');
        text_str(&out, s);
        drop(s);
    }
    if (end)
        text_str(&out, end);
    else
        text_char(&out, '\n');
    text = text_finish(&out);
    int done = !text ? -1 : file ? write_to(file, text) : write_standard(text);
    drop(text);
    return done < 0 ? NULL : NONE;
}

static ref b_print(ref *args, size_t n, ref kwnames) {
    ref sep = keyword(args, n, kwnames, "sep"), end = keyword(args, n, kwnames, "end");
    ref file = keyword(args, n, kwnames, "file"), flush = keyword(args, n, kwnames, "flush");
    for (size_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        const char *name = str_c(tuple_items(kwnames)[i]);
        if (strcmp(name, "sep") && strcmp(name, "end") && strcmp(name, "file") &&
            strcmp(name, "flush"))
            return raise_error(TypeError, "'%s' is an invalid keyword argument for print()", name);
    }
    sep = sep == NONE ? NULL : sep;
    end = end == NONE ? NULL : end;
    file = file == NONE ? NULL : file;
    if ((sep && !str_is(sep)) || (end && !str_is(end)))
        return raise_error(TypeError, "%s must be None or a string, not %T",
                           sep && !str_is(sep) ? "sep" : "end", sep && !str_is(sep) ? sep : end);
    ref standard = file ? NULL : sys_stdout();
    ref r = print_to(file ? file : standard, args, n, sep, end);
    drop(standard);
    if (r && flush && truth(flush) == 1)
        fflush(stdout);
    return r;
}

static ref b_input(ref *args, size_t n, ref kwnames) {
    char *line = NULL;
    size_t room = 0;
    (void)kwnames;
    if (n > 0) {
        ref s = to_str(args[0]);
        if (!s)
            return NULL;
        fwrite(str_c(s), 1, str_size(s), stdout);
        drop(s);
    }
    fflush(stdout);
    tarn_blocking_begin();
    ssize_t size = getline(&line, &room, stdin);
    tarn_blocking_end();
    if (size < 0) {
        free(line);
        return raise_error(EOFError, "EOF when reading a line");
    }
    ref s = str_new(line, (size_t)size - (line[size - 1] == '\n'));
    free(line);
    return s;
}

int display(ref v) {
    if (v == NONE)
        return 0;
    ref s = repr(v);
    if (s) {
        printf("%s\n", str_c(s));
        fflush(stdout);
        dict_set(builtins, str_intern("_"), v);
    }
    drop(s);
    return s ? 0 : -1;
}

static ref b_import(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return import_module(str_intern_ref(args[0]), true);
}

static ref b_exit(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return raise_value(SystemExit, n ? args[0] : NULL);
}

static const struct method functions[] = {
    {"len", b_len, 1, 1, NULL, 0},
    {"repr", b_repr, 1, 1, NULL, 0},
    {"ascii", b_ascii, 1, 1, NULL, 0},
    {"hash", b_hash, 1, 1, NULL, 0},
    {"id", b_id, 1, 1, NULL, 0},
    {"abs", b_abs, 1, 1, NULL, 0},
    {"callable", b_callable, 1, 1, NULL, 0},
    {"isinstance", b_isinstance, 2, 2, NULL, 0},
    {"issubclass", b_issubclass, 2, 2, NULL, 0},
    {"getattr", b_getattr, 2, 3, NULL, 0},
    {"hasattr", b_hasattr, 2, 2, NULL, 0},
    {"setattr", b_setattr, 3, 3, NULL, 0},
    {"delattr", b_delattr, 2, 2, NULL, 0},
    {"vars", b_vars, 0, 1, NULL, 0},
    {"locals", b_locals, 0, 0, NULL, 0},
    {"globals", b_globals, 0, 0, NULL, 0},
    {"dir", b_dir, 0, 1, NULL, 0},
    {"iter", b_iter, 1, 2, NULL, 0},
    {"next", b_next, 1, 2, NULL, 0},
    {"sum", b_sum, 1, 2, "iterable start", 0},
    {"any", b_any, 1, 1, NULL, 0},
    {"all", b_all, 1, 1, NULL, 0},
    {"max", b_max, 0, -1, NULL, 0},
    {"min", b_min, 0, -1, NULL, 0},
    {"sorted", b_sorted, 1, 1, "iterable key reverse", 0},
    {"divmod", b_divmod, 2, 2, NULL, 0},
    {"pow", b_pow, 2, 3, "base exp mod", 0},
    {"round", b_round, 1, 2, "number ndigits", 0},
    {"chr", b_chr, 1, 1, NULL, 0},
    {"ord", b_ord, 1, 1, NULL, 0},
    {"hex", b_hex, 1, 1, NULL, 0},
    {"oct", b_oct, 1, 1, NULL, 0},
    {"bin", b_bin, 1, 1, NULL, 0},
    {"format", b_format, 1, 2, NULL, 0},
    {"print", b_print, 0, -1, NULL, 0},
    {"input", b_input, 0, 1, NULL, 0},
    {"open", file_open, 1, 7, "file mode buffering encoding errors newline closefd", 0},
    {"__import__", b_import, 1, 5, NULL, 0},
    {"exit", b_exit, 0, 1, NULL, 0},
    {"quit", b_exit, 0, 1, NULL, 0},
    {0},
};

void builtins_start(void) {
    struct cls *classes[] = {object_class,       type_class,   int_class,       bool_class,
                             float_class,        str_class,    bytes_class,     list_class,
                             tuple_class,        dict_class,   set_class,       frozenset_class,
                             slice_class,        range_class,  property_class,  classmethod_class,
                             staticmethod_class, super_class,  enumerate_class, zip_class,
                             map_class,          filter_class, reversed_class};
    ref module = module_new("builtins");
    module_add_methods(module, functions);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        module_add(module, str_c(classes[i]->name), keep(classes[i]));
#define X(name, base) module_add(module, #name, keep(name));
    ERROR_CLASSES(X)
#undef X
    module_add(module, "IOError", keep(OSError));
    module_add(module, "EnvironmentError", keep(OSError));
    module_add(module, "NotImplemented", NOT_IMPLEMENTED);
    module_add(module, "Ellipsis", ELLIPSIS);
    module_add(module, "__debug__", TRUE);
    builtins = keep(((struct module *)module)->dict);
    dict_set(modules, str_intern("builtins"), module);
    drop(module);
}
