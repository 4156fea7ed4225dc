/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Floats: immediate, but for the very large, the very small and the not finite, which
 * are leaf objects. Shown with as few digits as read back to the same number.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/function.h"
#include "object/start.h"

static tarn_type *float_type, *float_sub_type;

ref float_new_boxed(double d) {
    struct boxed *b = object_new(float_type, float_class);
    if (b)
        b->d = d;
    return b;
}

double float_boxed_value(ref v) {
    return ((struct boxed *)v)->d;
}

bool float_is(ref v) {
    return is_flonum(v) || (is_object(v) && solid_of(v) == float_class);
}

bool float_get(ref v, double *d) {
    if (float_is(v))
        *d = float_value(v);
    else if (int_is(v))
        *d = int_to_double(v);
    else
        return false;
    return !self.error;
}

/* The shortest digits that read back, as repr's rules place them. */
ref float_to_str(double d) {
    char digits[32], out[64];
    if (isnan(d) || isinf(d))
        return str_from(isnan(d) ? "nan" : d > 0 ? "inf" : "-inf");
    for (int precision = 0; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*e", precision, d);
        if (strtod(digits, NULL) == d)
            break;
    }
    int exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16) {
        char *e = strchr(digits, 'e');
        snprintf(out, sizeof out, "%.*se%c%02d", (int)(e - digits), digits,
                 exponent < 0 ? '-' : '+', abs(exponent));
        return str_from(out);
    }
    char *point = strchr(digits, '.');
    int after = point ? (int)(strchr(digits, 'e') - point) - 1 : 0;
    int decimals = after - exponent;
    snprintf(out, sizeof out, "%.*f", decimals > 1 ? decimals : 1, d);
    return str_from(out);
}

ref float_parse(const char *text, size_t size) {
    char buffer[400];
    size_t n = 0;
    while (size && isspace((unsigned char)*text))
        text++, size--;
    while (size && isspace((unsigned char)text[size - 1]))
        size--;
    if (size == 0 || size >= sizeof buffer)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        bool between = i > 0 && i + 1 < size && isdigit((unsigned char)text[i - 1]) &&
                       isdigit((unsigned char)text[i + 1]);
        if (strchr("xXpP(", text[i]) || (text[i] == '_' && !between))
            return NULL;
        if (text[i] != '_')
            buffer[n++] = text[i];
    }
    buffer[n] = 0;
    char *end;
    double d = strtod(buffer, &end);
    return *end ? NULL : float_new(d);
}

static ref float_repr(ref v) {
    return float_to_str(float_value(v));
}

/* As CPython's: equal numbers of any type have equal hashes. */
int64_t hash_double(double d) {
    if (isinf(d))
        return d > 0 ? 314159 : -314159;
    if (isnan(d))
        return 0;
    int exponent;
    double m = frexp(d, &exponent);
    int sign = m < 0 ? -1 : 1;
    uint64_t x = 0;
    const uint64_t prime = ((uint64_t)1 << 61) - 1;
    for (m = fabs(m); m != 0;) {
        x = (x << 28 & prime) | x >> 33;
        m *= 268435456.0;
        exponent -= 28;
        uint64_t y = (uint64_t)m;
        m -= (double)y;
        x += y;
        x = x >= prime ? x - prime : x;
    }
    exponent = exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61;
    x = (x << exponent & prime) | x >> (61 - exponent);
    int64_t h = (int64_t)x * sign;
    return h == -1 ? -2 : h;
}

static int64_t float_hash(ref v) {
    double d = float_value(v);
    if (isnan(d) && is_object(v))
        return (int64_t)((uintptr_t)v >> 4 & INT64_MAX);
    return hash_double(d);
}

static ref zero_division(const char *what) {
    return raise_error(ZeroDivisionError, "%s", what);
}

static double modulo(double a, double b) {
    double m = fmod(a, b);
    if (m != 0)
        return (m < 0) != (b < 0) ? m + b : m;
    return copysign(0.0, b);
}

static double floor_divide(double a, double b) {
    double m = fmod(a, b), q = (a - m) / b;
    if (m != 0 && (m < 0) != (b < 0))
        q -= 1;
    if (q == 0)
        return copysign(0.0, a / b);
    double f = floor(q);
    return q - f > 0.5 ? f + 1 : f;
}

static ref power(double a, double b) {
    if (a == 0 && b < 0)
        return zero_division("0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return raise_error(ValueError, "complex numbers are not part of the subset");
    double r = pow(a, b);
    if (isinf(r) && isfinite(a) && isfinite(b))
        return raise_error(OverflowError, "(34, 'Numerical result out of range')");
    return float_new(r);
}

static ref divide_both(double x, double y) {
    ref q = float_new(floor_divide(x, y)), m = float_new(modulo(x, y));
    ref pair = q && m ? tuple_pack(2, q, m) : NULL;
    drop(q);
    drop(m);
    return pair;
}

static ref float_binary(ref a, ref b, unsigned op) {
    double x, y;
    if (!float_get(a, &x) || !float_get(b, &y))
        return self.error ? NULL : NOT_IMPLEMENTED;
    switch (op & ~(unsigned)OP_INPLACE) {
    case OP_ADD:
        return float_new(x + y);
    case OP_SUB:
        return float_new(x - y);
    case OP_MUL:
        return float_new(x * y);
    case OP_TRUEDIV:
        return y == 0 ? zero_division("float division by zero") : float_new(x / y);
    case OP_FLOORDIV:
        return y == 0 ? zero_division("float floor division by zero")
                      : float_new(floor_divide(x, y));
    case OP_MOD:
        return y == 0 ? zero_division("float modulo") : float_new(modulo(x, y));
    case OP_DIVMOD:
        return y == 0 ? zero_division("float divmod()") : divide_both(x, y);
    case OP_POW:
        return power(x, y);
    default:
        return NOT_IMPLEMENTED;
    }
}

static ref float_unary(ref v, unsigned op) {
    double d = float_value(v);
    switch (op) {
    case OP_NEG:
        return float_new(-d);
    case OP_ABS:
        return float_new(fabs(d));
    case OP_INT:
        return int_from_double(trunc(d));
    case OP_POS:
    case OP_FLOAT:
        return class_of(v) == float_class ? keep(v) : float_new(d);
    default:
        return NOT_IMPLEMENTED;
    }
}

/* A float against a large integer: exactly. */
static int compare_large(double d, ref large) {
    if (isinf(d))
        return d > 0 ? 1 : -1;
    mpz_t z;
    int_to_mpz(z, large);
    int c = -mpz_cmp_d(z, d);
    mpz_clear(z);
    return c;
}

static ref float_compare(ref a, ref b, unsigned op) {
    double x = 0, y = 0;
    int c;
    if ((!float_is(a) && !int_is(a)) || (!float_is(b) && !int_is(b)))
        return NOT_IMPLEMENTED;
    if ((float_is(a) && isnan(float_value(a))) || (float_is(b) && isnan(float_value(b))))
        return bool_ref(op == OP_NE);
    if (int_is(b)) {
        c = compare_large(float_value(a), b);
    } else if (int_is(a)) {
        c = -compare_large(float_value(b), a);
    } else {
        x = float_value(a), y = float_value(b);
        c = (x > y) - (x < y);
    }
    c = (c > 0) - (c < 0);
    return bool_ref(op == OP_LT   ? c < 0
                    : op == OP_LE ? c <= 0
                    : op == OP_EQ ? c == 0
                    : op == OP_NE ? c != 0
                    : op == OP_GT ? c > 0
                                  : c >= 0);
}

static int float_truth(ref v) {
    return float_value(v) != 0;
}

static ref convert(ref v) {
    if (str_is(v)) {
        ref r = float_parse(str_c(v), str_size(v));
        return r || self.error
                   ? r
                   : raise_error(ValueError, "could not convert string to float: %R", v);
    }
    ref (*to)(ref, unsigned) = class_of(v)->ops.unary;
    if (int_is(v)) {
        double d = int_to_double(v);
        return self.error ? NULL : float_new(d);
    }
    ref r = to ? to(v, OP_FLOAT) : NOT_IMPLEMENTED;
    if (r == NOT_IMPLEMENTED)
        return raise_error(TypeError,
                           "float() argument must be a string or a real number, not '%T'", v);
    return r;
}

static ref make_float(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n > 1)
        return raise_error(TypeError, "float expected at most 1 argument, got %zd", n);
    ref r = n ? convert(args[0]) : float_new(0.0);
    if (!r || cls == float_class)
        return r;
    struct boxed *b = object_new(float_sub_type, keep(cls));
    if (b)
        b->d = float_value(r);
    drop(r);
    return b;
}

static ref is_integer(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    double d = float_value(args[0]);
    return bool_ref(isfinite(d) && d == floor(d));
}

static ref as_integer_ratio(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, float_value(args[0]));
    ref a = int_from_mpz(mpq_numref(q)), b = int_from_mpz(mpq_denref(q));
    mpq_clear(q);
    ref pair = tuple_pack(2, a, b);
    drop(a);
    drop(b);
    return pair;
}

static ref self_value(ref v) {
    return keep(v);
}

static ref zero(ref v) {
    (void)v;
    return float_new(0.0);
}

static const struct method float_methods[] = {
    {"is_integer", is_integer, 0, 0, NULL, 0},
    {"as_integer_ratio", as_integer_ratio, 0, 0, NULL, 0},
    {0},
};

void float_start(void) {
    static const size_t offsets[] = {offsetof(struct boxed, dict), 0};
    static const struct ops ops = {
        .repr = float_repr,
        .hash = float_hash,
        .binary = float_binary,
        .unary = float_unary,
        .compare = float_compare,
        .truth = float_truth,
        .new = make_float,
    };
    float_type = heap_type("float", offsetof(struct boxed, dict), NULL, false);
    float_sub_type = heap_type("object derived from float", sizeof(struct boxed), offsets, true);
    float_class = class_make("float", object_class, &ops, 0);
    float_class->derived_offset = offsetof(struct boxed, dict);
    class_add_methods(float_class, float_methods);
    class_add_getset(float_class, "real", self_value, NULL);
    class_add_getset(float_class, "imag", zero, NULL);
}
