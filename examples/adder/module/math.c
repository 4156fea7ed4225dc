/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The module math.
 */
#include <errno.h>
#include <math.h>

#include "module/modules.h"
#include "object/class.h"

static bool number(ref v, double *d) {
    if (float_get(v, d))
        return true;
    if (self.error)
        return false;
    ref (*to)(ref, unsigned) = class_of(v)->ops.unary;
    ref r = to ? to(v, OP_FLOAT) : NOT_IMPLEMENTED;
    if (r == NOT_IMPLEMENTED)
        return raise_error(TypeError, "must be real number, not %T", v);
    bool done = r && float_get(r, d);
    drop(r);
    return done;
}

/* A result that is not finite though the argument was is an error. */
static ref checked(double d, double r) {
    if (isnan(r) && !isnan(d))
        return raise_error(ValueError, "math domain error");
    if (isinf(r) && isfinite(d))
        return raise_error(OverflowError, "math range error");
    return float_new(r);
}

#define REAL(name, function)                                                                       \
    static ref m_##name(ref *args, size_t n, ref kwnames) {                                        \
        double d;                                                                                  \
        (void)n, (void)kwnames;                                                                    \
        return number(args[0], &d) ? checked(d, function(d)) : NULL;                               \
    }
REAL(sqrt, sqrt)
REAL(exp, exp)
REAL(expm1, expm1)
REAL(sin, sin)
REAL(cos, cos)
REAL(tan, tan)
REAL(asin, asin)
REAL(acos, acos)
REAL(atan, atan)
REAL(sinh, sinh)
REAL(cosh, cosh)
REAL(tanh, tanh)
REAL(asinh, asinh)
REAL(acosh, acosh)
REAL(fabs, fabs)
REAL(cbrt, cbrt)
REAL(erf, erf)
REAL(erfc, erfc)

#define REAL2(name, expression)                                                                    \
    static ref m_##name(ref *args, size_t n, ref kwnames) {                                        \
        double x, y;                                                                               \
        (void)n, (void)kwnames;                                                                    \
        return number(args[0], &x) && number(args[1], &y) ? float_new(expression) : NULL;          \
    }
REAL2(atan2, atan2(x, y))
REAL2(copysign, copysign(x, y))
REAL2(remainder, remainder(x, y))
REAL2(nextafter, nextafter(x, y))

static ref m_fmod(ref *args, size_t n, ref kwnames) {
    double x, y;
    (void)n, (void)kwnames;
    if (!number(args[0], &x) || !number(args[1], &y))
        return NULL;
    if (isinf(x) || (y == 0 && !isnan(x)))
        return raise_error(ValueError, "math domain error");
    return float_new(fmod(x, y));
}

static ref m_pow(ref *args, size_t n, ref kwnames) {
    double x, y;
    (void)n, (void)kwnames;
    if (!number(args[0], &x) || !number(args[1], &y))
        return NULL;
    double r = pow(x, y);
    if (isnan(r) && !isnan(x) && !isnan(y))
        return raise_error(ValueError, "math domain error");
    if (isinf(r) && isfinite(x) && isfinite(y))
        return x == 0 ? raise_error(ValueError, "math domain error")
                      : raise_error(OverflowError, "math range error");
    return float_new(r);
}

/* --- logarithms, of integers of any size too --- */

static bool log_of(ref v, double (*function)(double), double *out) {
    double d;
    if (int_is(v) && int_sign(v) > 0 && is_object(v)) {
        mpz_t z;
        long exponent;
        int_to_mpz(z, v);
        d = mpz_get_d_2exp(&exponent, z);
        mpz_clear(z);
        *out = function(d) + (double)exponent * function(2.0);
        return true;
    }
    if (!number(v, &d))
        return false;
    if (d <= 0 || (isinf(d) && d < 0))
        return raise_error(ValueError, "math domain error");
    *out = function(d);
    return true;
}

static ref m_log(ref *args, size_t n, ref kwnames) {
    double x, base;
    (void)kwnames;
    if (!log_of(args[0], log, &x))
        return NULL;
    if (n == 1)
        return float_new(x);
    if (!log_of(args[1], log, &base))
        return NULL;
    return base == 0 ? raise_error(ZeroDivisionError, "float division by zero")
                     : float_new(x / base);
}

static ref m_log2(ref *args, size_t n, ref kwnames) {
    double x;
    (void)n, (void)kwnames;
    return log_of(args[0], log2, &x) ? float_new(x) : NULL;
}

static ref m_log10(ref *args, size_t n, ref kwnames) {
    double x;
    (void)n, (void)kwnames;
    return log_of(args[0], log10, &x) ? float_new(x) : NULL;
}

static ref m_log1p(ref *args, size_t n, ref kwnames) {
    double d;
    (void)n, (void)kwnames;
    if (!number(args[0], &d))
        return NULL;
    return d <= -1 ? raise_error(ValueError, "math domain error") : float_new(log1p(d));
}

/* --- to integers --- */

static ref rounded(ref v, double (*function)(double), ref name) {
    double d;
    bool found;
    if (int_is(v))
        return class_of(v)->ops.unary(v, OP_POS);
    if (!float_is(v)) {
        ref r = call_special(v, name, NULL, 0, &found);
        if (found)
            return r;
    }
    return number(v, &d) ? int_from_double(function(d)) : NULL;
}

static ref m_floor(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return rounded(args[0], floor, special.floor);
}

static ref m_ceil(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return rounded(args[0], ceil, special.ceil);
}

static ref m_trunc(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return rounded(args[0], trunc, special.trunc);
}

static bool natural(ref v, const char *name, mpz_t z) {
    ref i = index_of(v);
    if (!i)
        return false;
    if (int_sign(i) < 0) {
        drop(i);
        return raise_error(ValueError, "%s", name);
    }
    int_to_mpz(z, i);
    drop(i);
    return true;
}

static ref m_isqrt(ref *args, size_t n, ref kwnames) {
    mpz_t z;
    (void)n, (void)kwnames;
    if (!natural(args[0], "isqrt() argument must be nonnegative", z))
        return NULL;
    mpz_sqrt(z, z);
    ref r = int_from_mpz(z);
    mpz_clear(z);
    return r;
}

static ref m_factorial(ref *args, size_t n, ref kwnames) {
    mpz_t z;
    (void)n, (void)kwnames;
    if (float_is(args[0]))
        return raise_error(TypeError, "'float' object cannot be interpreted as an integer");
    if (!natural(args[0], "factorial() not defined for negative values", z))
        return NULL;
    mpz_fac_ui(z, mpz_get_ui(z));
    ref r = int_from_mpz(z);
    mpz_clear(z);
    return r;
}

static ref choose(ref *args, size_t n, bool ordered) {
    mpz_t a, b, r;
    if (!natural(args[0], "n must be a non-negative integer", a))
        return NULL;
    if (n < 2 || args[1] == NONE)
        mpz_init_set(b, a);
    else if (!natural(args[1], "k must be a non-negative integer", b)) {
        mpz_clear(a);
        return NULL;
    }
    mpz_init(r);
    if (mpz_cmp(b, a) <= 0) {
        unsigned long k = mpz_get_ui(b);
        mpz_bin_ui(r, a, k);
        if (ordered) {
            mpz_t f;
            mpz_init(f);
            mpz_fac_ui(f, k);
            mpz_mul(r, r, f);
            mpz_clear(f);
        }
    }
    ref v = int_from_mpz(r);
    mpz_clears(a, b, r, NULL);
    return v;
}

static ref m_comb(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return choose(args, n, false);
}

static ref m_perm(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return choose(args, n, true);
}

static ref fold(ref *args, size_t n, bool lcm) {
    mpz_t r, z;
    mpz_init_set_ui(r, lcm ? 1 : 0);
    for (size_t i = 0; i < n; i++) {
        ref v = index_of(args[i]);
        if (!v) {
            mpz_clear(r);
            return NULL;
        }
        int_to_mpz(z, v);
        lcm ? mpz_lcm(r, r, z) : mpz_gcd(r, r, z);
        mpz_clear(z);
        drop(v);
    }
    ref v = int_from_mpz(r);
    mpz_clear(r);
    return v;
}

static ref m_gcd(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return fold(args, n, false);
}

static ref m_lcm(ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    return fold(args, n, true);
}

/* --- the rest --- */

static ref m_isnan(ref *args, size_t n, ref kwnames) {
    double d;
    (void)n, (void)kwnames;
    return number(args[0], &d) ? bool_ref(isnan(d)) : NULL;
}

static ref m_isinf(ref *args, size_t n, ref kwnames) {
    double d;
    (void)n, (void)kwnames;
    return number(args[0], &d) ? bool_ref(isinf(d)) : NULL;
}

static ref m_isfinite(ref *args, size_t n, ref kwnames) {
    double d;
    (void)n, (void)kwnames;
    return number(args[0], &d) ? bool_ref(isfinite(d)) : NULL;
}

static ref m_isclose(ref *args, size_t n, ref kwnames) {
    double a, b, relative = 1e-9, absolute = 0;
    (void)n, (void)kwnames;
    if (!number(args[0], &a) || !number(args[1], &b) || (args[2] && !number(args[2], &relative)) ||
        (args[3] && !number(args[3], &absolute)))
        return NULL;
    double most = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    return bool_ref(a == b || (isfinite(a) && isfinite(b) &&
                               (fabs(a - b) <= relative * most || fabs(a - b) <= absolute)));
}

static ref m_hypot(ref *args, size_t n, ref kwnames) {
    double sum = 0, d;
    (void)kwnames;
    for (size_t i = 0; i < n; i++) {
        if (!number(args[i], &d))
            return NULL;
        sum = hypot(sum, d);
    }
    return float_new(sum);
}

static ref m_degrees(ref *args, size_t n, ref kwnames) {
    double d;
    (void)n, (void)kwnames;
    return number(args[0], &d) ? float_new(d * (180.0 / M_PI)) : NULL;
}

static ref m_radians(ref *args, size_t n, ref kwnames) {
    double d;
    (void)n, (void)kwnames;
    return number(args[0], &d) ? float_new(d * (M_PI / 180.0)) : NULL;
}

static ref m_frexp(ref *args, size_t n, ref kwnames) {
    double d;
    int exponent;
    (void)n, (void)kwnames;
    if (!number(args[0], &d))
        return NULL;
    ref m = float_new(frexp(d, &exponent)), pair = m ? tuple_pack(2, m, int_small(exponent)) : NULL;
    drop(m);
    return pair;
}

static ref m_ldexp(ref *args, size_t n, ref kwnames) {
    double d;
    intptr_t exponent;
    (void)n, (void)kwnames;
    if (!number(args[0], &d) || !int_get_clipped(args[1], &exponent))
        return NULL;
    exponent = exponent > 5000 ? 5000 : exponent < -5000 ? -5000 : exponent;
    return checked(d, ldexp(d, (int)exponent));
}

static ref m_modf(ref *args, size_t n, ref kwnames) {
    double d, whole;
    (void)n, (void)kwnames;
    if (!number(args[0], &d))
        return NULL;
    ref part = float_new(modf(d, &whole)), rest = float_new(whole);
    ref pair = tuple_pack(2, part, rest);
    drop(part);
    drop(rest);
    return pair;
}

/* Shewchuk's exact partial sums, as CPython's. */
static ref m_fsum(ref *args, size_t n, ref kwnames) {
    double partials[512], x;
    size_t count = 0;
    (void)n, (void)kwnames;
    ref it = iterate(args[0]), item;
    while (it && (item = iter_next(it))) {
        bool good = number(item, &x);
        size_t kept = 0;
        drop(item);
        if (!good)
            break;
        for (size_t i = 0; i < count; i++) {
            double y = partials[i];
            if (fabs(x) < fabs(y)) {
                double t = x;
                x = y;
                y = t;
            }
            volatile double high = x + y, low = y - (high - x);
            if (low != 0 && kept < 511)
                partials[kept++] = low;
            x = high;
        }
        partials[kept] = x;
        count = kept + 1;
    }
    drop(it);
    double sum = 0;
    for (size_t i = count; i > 0; i--)
        sum += partials[i - 1];
    return self.error ? NULL : float_new(sum);
}

static ref m_prod(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref total = keep(args[1] ? args[1] : int_small(1)), it = iterate(args[0]), item;
    while (it && total && (item = iter_next(it))) {
        ref next = binary(total, item, OP_MUL);
        drop(total);
        drop(item);
        total = next;
    }
    drop(it);
    if (!self.error)
        return total;
    drop(total);
    return NULL;
}

static ref m_dist(ref *args, size_t n, ref kwnames) {
    double sum = 0, x, y;
    (void)n, (void)kwnames;
    ref a = tuple_from_iterable(args[0]), b = a ? tuple_from_iterable(args[1]) : NULL;
    if (b && tuple_size(a) != tuple_size(b))
        raise_error(ValueError, "both points must have the same number of dimensions");
    for (size_t i = 0; b && !self.error && i < tuple_size(a); i++)
        if (number(tuple_items(a)[i], &x) && number(tuple_items(b)[i], &y))
            sum = hypot(sum, x - y);
    drop(a);
    drop(b);
    return self.error ? NULL : float_new(sum);
}

#define ONE(name)                                                                                  \
    { #name, m_##name, 1, 1, NULL, 0 }
#define TWO(name)                                                                                  \
    { #name, m_##name, 2, 2, NULL, 0 }

static const struct method functions[] = {
    ONE(sqrt),
    ONE(exp),
    ONE(expm1),
    ONE(sin),
    ONE(cos),
    ONE(tan),
    ONE(asin),
    ONE(acos),
    ONE(atan),
    ONE(sinh),
    ONE(cosh),
    ONE(tanh),
    ONE(asinh),
    ONE(acosh),
    ONE(fabs),
    ONE(cbrt),
    ONE(erf),
    ONE(erfc),
    TWO(atan2),
    TWO(copysign),
    TWO(remainder),
    TWO(nextafter),
    TWO(fmod),
    TWO(pow),
    {"log", m_log, 1, 2, NULL, 0},
    ONE(log2),
    ONE(log10),
    ONE(log1p),
    ONE(floor),
    ONE(ceil),
    ONE(trunc),
    ONE(isqrt),
    ONE(factorial),
    TWO(comb),
    {"perm", m_perm, 1, 2, NULL, 0},
    {"gcd", m_gcd, 0, -1, NULL, METHOD_POSITIONAL},
    {"lcm", m_lcm, 0, -1, NULL, METHOD_POSITIONAL},
    ONE(isnan),
    ONE(isinf),
    ONE(isfinite),
    {"isclose", m_isclose, 2, 2, "a b rel_tol abs_tol", 0},
    {"hypot", m_hypot, 0, -1, NULL, METHOD_POSITIONAL},
    ONE(degrees),
    ONE(radians),
    ONE(frexp),
    TWO(ldexp),
    ONE(modf),
    ONE(fsum),
    {"prod", m_prod, 1, 1, "iterable start", 0},
    TWO(dist),
    {0},
};

ref math_make(void) {
    ref module = module_new("math");
    module_add_methods(module, functions);
    module_add(module, "pi", float_new(M_PI));
    module_add(module, "e", float_new(M_E));
    module_add(module, "tau", float_new(2 * M_PI));
    module_add(module, "inf", float_new(INFINITY));
    module_add(module, "nan", float_new(NAN));
    return module;
}
