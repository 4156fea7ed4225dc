/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Integers: immediate up to 61 bits, else GMP's, whose memory is tarn's raw blocks. A
 * large integer is a leaf with a plain dispose, which gives that block back.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "object/function.h"
#include "object/start.h"

static tarn_type *int_type, *int_sub_type;

bool int_is(ref v) {
    return is_int(v) || is_bool(v) || (is_object(v) && solid_of(v) == int_class);
}

ref int_new(intptr_t n) {
    if (tarn__likely(int_fits(n)))
        return int_small(n);
    struct bigint *b = object_new(int_type, int_class);
    if (b)
        mpz_init_set_si(b->z, n);
    return b;
}

ref int_from_mpz(mpz_t z) {
    if (mpz_fits_slong_p(z) && int_fits(mpz_get_si(z)))
        return int_small(mpz_get_si(z));
    struct bigint *b = object_new(int_type, int_class);
    if (b) {
        mpz_init(b->z);
        mpz_swap(b->z, z);
    }
    return b;
}

void int_to_mpz(mpz_t z, ref v) {
    if (is_int(v))
        mpz_init_set_si(z, small_value(v));
    else if (is_bool(v))
        mpz_init_set_si(z, v == TRUE);
    else
        mpz_init_set(z, ((struct bigint *)v)->z);
}

ref int_from_double(double d) {
    if (isnan(d))
        return raise_error(ValueError, "cannot convert float NaN to integer");
    if (isinf(d))
        return raise_error(OverflowError, "cannot convert float infinity to integer");
    if (fabs(d) < 1e18)
        return int_new((intptr_t)d);
    mpz_t z;
    mpz_init_set_d(z, d);
    ref r = int_from_mpz(z);
    mpz_clear(z);
    return r;
}

double int_to_double(ref v) {
    if (is_int(v))
        return (double)small_value(v);
    if (is_bool(v))
        return v == TRUE;
    mpz_srcptr z = ((struct bigint *)v)->z;
    if (mpz_sizeinbase(z, 2) > 1024)
        return raise_int(OverflowError, "int too large to convert to float");
    /* GMP truncates, Python rounds half to even: round at 55 bits with a sticky one. */
    size_t bits = mpz_sizeinbase(z, 2);
    if (bits <= 53)
        return mpz_get_d(z);
    mpz_t t;
    mpz_init(t);
    size_t shift = bits - 55 < bits ? bits - 55 : 0;
    mpz_tdiv_q_2exp(t, z, shift);
    if (mpz_scan1(z, 0) < shift && mpz_even_p(t))
        mpz_sgn(z) < 0 ? mpz_sub_ui(t, t, 1) : mpz_add_ui(t, t, 1);
    double d = ldexp((double)mpz_get_si(t), (int)shift);
    mpz_clear(t);
    return isinf(d) ? raise_int(OverflowError, "int too large to convert to float") : d;
}

bool int_is_true(ref v) {
    return is_int(v) ? v != int_small(0) : is_bool(v) ? v == TRUE : int_sign(v) != 0;
}

int int_sign(ref v) {
    if (is_int(v))
        return (small_value(v) > 0) - (small_value(v) < 0);
    return is_bool(v) ? v == TRUE : mpz_sgn(((struct bigint *)v)->z);
}

ref index_of(ref v) {
    if (is_int(v))
        return v;
    if (is_bool(v))
        return int_small(v == TRUE);
    if (int_is(v))
        return keep(v);
    if (!class_of(v)->ops.unary)
        return raise_error(TypeError, "'%T' object cannot be interpreted as an integer", v);
    ref r = class_of(v)->ops.unary(v, OP_INDEX);
    if (r == NOT_IMPLEMENTED)
        return raise_error(TypeError, "'%T' object cannot be interpreted as an integer", v);
    if (r && !int_is(r)) {
        raise_error(TypeError, "__index__ returned non-int (type %T)", r);
        drop(r);
        return NULL;
    }
    return r;
}

static bool get(ref v, intptr_t *n, bool clip) {
    ref i = index_of(v);
    bool done = true;
    if (!i)
        return false;
    if (is_int(i))
        *n = small_value(i);
    else if (mpz_fits_slong_p(((struct bigint *)i)->z))
        *n = mpz_get_si(((struct bigint *)i)->z);
    else if (clip)
        *n = int_sign(i) < 0 ? INTPTR_MIN : INTPTR_MAX;
    else
        done = raise_error(OverflowError, "Python int too large to convert to C ssize_t");
    drop(i);
    return done;
}

bool int_get(ref v, intptr_t *n) {
    return get(v, n, false);
}

bool int_get_clipped(ref v, intptr_t *n) {
    return get(v, n, true);
}

/* --- text --- */

ref int_to_str(ref v, int base) {
    if ((is_int(v) || is_bool(v)) && base == 10) {
        char buffer[24];
        intptr_t n = is_int(v) ? small_value(v) : v == TRUE;
        return str_new(buffer, (size_t)snprintf(buffer, sizeof buffer, "%td", n));
    }
    mpz_t z;
    int_to_mpz(z, v);
    char *text = base == 10 && mpz_sizeinbase(z, 10) > 4301 ? NULL : mpz_get_str(NULL, base, z);
    mpz_clear(z);
    if (!text)
        return raise_error(ValueError,
                           "Exceeds the limit (4300 digits) for integer string conversion; "
                           "use sys.set_int_max_str_digits() to increase the limit");
    ref s = str_from(text);
    tarn_free(text);
    return s;
}

/* The digits of a literal without underscores, sign and prefix; -1: there is a fault. */
static int clean_digits(const char *text, size_t size, int *base, char *out, bool *negative) {
    size_t i = 0, n = 0;
    while (i < size && isspace((unsigned char)text[i]))
        i++;
    while (size > i && isspace((unsigned char)text[size - 1]))
        size--;
    if (i < size && (text[i] == '+' || text[i] == '-'))
        *negative = text[i++] == '-';
    if (i + 1 < size && text[i] == '0' && strchr("xXoObB", text[i + 1])) {
        int prefix = strchr("xX", text[i + 1]) ? 16 : strchr("oO", text[i + 1]) ? 8 : 2;
        if (*base == 0 || *base == prefix) {
            *base = prefix;
            i += 2;
            if (i < size && text[i] == '_')
                i++;
        }
    }
    bool zero_first = i < size && text[i] == '0' && *base == 0;
    *base = *base ? *base : 10;
    bool digit_before = false, all_zero = true;
    for (; i < size; i++) {
        int c = tolower((unsigned char)text[i]);
        int value = isdigit(c) ? c - '0' : isalpha(c) ? c - 'a' + 10 : 99;
        if (c == '_' && digit_before && i + 1 < size) {
            digit_before = false;
            continue;
        }
        if (value >= *base)
            return -1;
        digit_before = true;
        all_zero &= value == 0;
        out[n++] = (char)c;
    }
    out[n] = 0;
    return n == 0 || !digit_before || (zero_first && !all_zero) ? -1 : (int)n;
}

ref int_parse(const char *text, size_t size, int base) {
    char small[64], *digits = size < sizeof small ? small : memory_get(size + 1);
    bool negative = false;
    if (!digits)
        return raise_no_memory();
    int n = clean_digits(text, size, &base, digits, &negative);
    ref r = NULL;
    if (n > 4300 && (base & (base - 1)) != 0) {
        raise_error(
            ValueError,
            "Exceeds the limit (4300 digits) for integer string conversion: value has %d digits; "
            "use sys.set_int_max_str_digits() to increase the limit",
            n);
    } else if (n > 0 && n < 12) {
        intptr_t value = strtol(digits, NULL, base);
        r = int_small(negative ? -value : value);
    } else if (n > 0) {
        mpz_t z;
        mpz_init_set_str(z, digits, base);
        if (negative)
            mpz_neg(z, z);
        r = int_from_mpz(z);
        mpz_clear(z);
    }
    if (digits != small)
        tarn_free(digits);
    return r;
}

/* --- arithmetic --- */

static void *divided_by_zero(unsigned op) {
    return raise_error(ZeroDivisionError, op == OP_TRUEDIV ? "division by zero"
                                          : op == OP_MOD   ? "integer modulo by zero"
                                          : op == OP_POW
                                              ? "0.0 cannot be raised to a negative power"
                                              : "integer division or modulo by zero");
}

static ref true_divide(ref a, ref b, mpz_t x, mpz_t y) {
    intptr_t n = is_int(a) ? small_value(a) : 0, m = is_int(b) ? small_value(b) : 0;
    const intptr_t exact = (intptr_t)1 << 53;
    if (is_int(a) && is_int(b) && n <= exact && n >= -exact && m <= exact && m >= -exact)
        return float_new((double)n / (double)m);
    /* Both scaled so that the quotient has 55 to 56 bits and a sticky one. */
    ptrdiff_t shift = (ptrdiff_t)mpz_sizeinbase(x, 2) - (ptrdiff_t)mpz_sizeinbase(y, 2) - 55;
    mpz_t q, r;
    mpz_inits(q, r, NULL);
    shift > 0 ? mpz_mul_2exp(r, y, (size_t)shift) : mpz_mul_2exp(q, x, (size_t)-shift);
    if (shift > 0)
        mpz_tdiv_qr(q, r, x, r);
    else
        mpz_tdiv_qr(q, r, q, y);
    if (mpz_sgn(r) != 0 && mpz_even_p(q))
        mpz_sgn(x) * mpz_sgn(y) < 0 ? mpz_sub_ui(q, q, 1) : mpz_add_ui(q, q, 1);
    double d = shift > 2000 ? INFINITY
                            : ldexp((double)mpz_get_si(q), (int)(shift < -3000 ? -3000 : shift));
    mpz_clears(q, r, NULL);
    if (isinf(d))
        return raise_error(OverflowError, "integer division result too large for a float");
    return float_new(d);
}

/* Whether a result of so many bits may be had; else an exception waits. GMP's own
 * allocations cannot fail, so that large ones are tried out before. */
static bool has_room(double bits) {
    if (bits < 1 << 20)
        return true;
    void *tried = bits < 1e15 ? memory_get((size_t)bits / 4) : NULL;
    tarn_free(tried);
    return tried || raise_no_memory();
}

static ref power(ref a, ref b, mpz_t x, mpz_t y) {
    if (mpz_sgn(y) < 0) {
        if (mpz_sgn(x) == 0)
            return divided_by_zero(OP_POW);
        double base = int_to_double(a), exponent = int_to_double(b);
        return self.error ? NULL : float_new(pow(base, exponent));
    }
    bool trivial = mpz_cmpabs_ui(x, 1) <= 0;
    if (!trivial && (!mpz_fits_ulong_p(y) || mpz_sizeinbase(x, 2) * (double)mpz_get_ui(y) > 8e9))
        return raise_no_memory();
    if (!trivial && !has_room((double)mpz_sizeinbase(x, 2) * (double)mpz_get_ui(y)))
        return NULL;
    mpz_t r;
    mpz_init(r);
    if (trivial && mpz_sgn(x) < 0)
        mpz_set_si(r, mpz_even_p(y) ? 1 : -1);
    else
        mpz_pow_ui(r, x, trivial ? mpz_sgn(y) > 0 : mpz_get_ui(y));
    ref v = int_from_mpz(r);
    mpz_clear(r);
    return v;
}

static ref shift_left(mpz_t r, mpz_t x, mpz_t y) {
    if (mpz_sgn(y) < 0)
        return raise_error(ValueError, "negative shift count");
    if (mpz_sgn(x) == 0)
        return int_small(0);
    if (!mpz_fits_ulong_p(y) || mpz_get_ui(y) > (size_t)1 << 36)
        return raise_no_memory();
    if (!has_room((double)mpz_sizeinbase(x, 2) + (double)mpz_get_ui(y)))
        return NULL;
    mpz_mul_2exp(r, x, mpz_get_ui(y));
    return int_from_mpz(r);
}

static ref shift_right(mpz_t r, mpz_t x, mpz_t y) {
    if (mpz_sgn(y) < 0)
        return raise_error(ValueError, "negative shift count");
    if (!mpz_fits_ulong_p(y))
        return int_small(mpz_sgn(x) < 0 ? -1 : 0);
    mpz_fdiv_q_2exp(r, x, mpz_get_ui(y));
    return int_from_mpz(r);
}

static ref divide_both(mpz_t x, mpz_t y) {
    mpz_t q, r;
    mpz_inits(q, r, NULL);
    mpz_fdiv_qr(q, r, x, y);
    ref a = int_from_mpz(q), b = int_from_mpz(r);
    mpz_clears(q, r, NULL);
    ref pair = a && b ? tuple_pack(2, a, b) : NULL;
    drop(a);
    drop(b);
    return pair;
}

static ref large(ref a, ref b, unsigned op, mpz_t x, mpz_t y, mpz_t r) {
    bool divides = op == OP_FLOORDIV || op == OP_MOD || op == OP_DIVMOD || op == OP_TRUEDIV;
    if (divides && mpz_sgn(y) == 0)
        return divided_by_zero(op);
    switch (op) {
    case OP_ADD:
        mpz_add(r, x, y);
        break;
    case OP_SUB:
        mpz_sub(r, x, y);
        break;
    case OP_MUL:
        if (!has_room((double)mpz_sizeinbase(x, 2) + (double)mpz_sizeinbase(y, 2)))
            return NULL;
        mpz_mul(r, x, y);
        break;
    case OP_FLOORDIV:
        mpz_fdiv_q(r, x, y);
        break;
    case OP_MOD:
        mpz_fdiv_r(r, x, y);
        break;
    case OP_AND:
        mpz_and(r, x, y);
        break;
    case OP_OR:
        mpz_ior(r, x, y);
        break;
    case OP_XOR:
        mpz_xor(r, x, y);
        break;
    case OP_TRUEDIV:
        return true_divide(a, b, x, y);
    case OP_POW:
        return power(a, b, x, y);
    case OP_LSHIFT:
        return shift_left(r, x, y);
    case OP_RSHIFT:
        return shift_right(r, x, y);
    case OP_DIVMOD:
        return divide_both(x, y);
    default:
        return NOT_IMPLEMENTED;
    }
    return int_from_mpz(r);
}

/* Both small and the result too; NULL: not so. */
static ref small(intptr_t a, intptr_t b, unsigned op) {
    intptr_t r;
    switch (op) {
    case OP_ADD:
        return int_fits(a + b) ? int_small(a + b) : NULL;
    case OP_SUB:
        return int_fits(a - b) ? int_small(a - b) : NULL;
    case OP_MUL:
        return !__builtin_mul_overflow(a, b, &r) && int_fits(r) ? int_small(r) : NULL;
    case OP_FLOORDIV:
        return b ? int_small(a / b - (a % b != 0 && (a < 0) != (b < 0))) : NULL;
    case OP_MOD:
        if (!b)
            return NULL;
        r = a % b;
        return int_small(r && (r < 0) != (b < 0) ? r + b : r);
    case OP_AND:
        return int_small(a & b);
    case OP_OR:
        return int_small(a | b);
    case OP_XOR:
        return int_small(a ^ b);
    case OP_LSHIFT:
        return b >= 0 && b < 60 && a >= 0 && a <= INT_MAX_SMALL >> b ? int_small(a << b) : NULL;
    case OP_RSHIFT:
        return b >= 0 ? int_small(a >> (b > 62 ? 62 : b)) : NULL;
    default:
        return NULL;
    }
}

ref int_binary(ref a, ref b, unsigned op) {
    if (!int_is(a) || !int_is(b))
        return NOT_IMPLEMENTED;
    op &= ~(unsigned)OP_INPLACE;
    if (is_bool(a) && is_bool(b) && (op == OP_AND || op == OP_OR || op == OP_XOR))
        return bool_ref(op == OP_AND  ? a == TRUE && b == TRUE
                        : op == OP_OR ? a == TRUE || b == TRUE
                                      : a != b);
    ref i = is_bool(a) ? int_small(a == TRUE) : a, j = is_bool(b) ? int_small(b == TRUE) : b;
    if (is_int(i) && is_int(j)) {
        ref r = small(small_value(i), small_value(j), op);
        if (r)
            return r;
        if (op == OP_TRUEDIV && j != int_small(0))
            if (llabs(small_value(i)) < 1LL << 53 && llabs(small_value(j)) < 1LL << 53)
                return float_new((double)small_value(i) / (double)small_value(j));
    }
    mpz_t x, y, z;
    int_to_mpz(x, i);
    int_to_mpz(y, j);
    mpz_init(z);
    ref r = large(i, j, op, x, y, z);
    mpz_clears(x, y, z, NULL);
    return r;
}

static ref int_unary(ref v, unsigned op) {
    bool is_small = is_int(v) || is_bool(v);
    intptr_t n = is_int(v) ? small_value(v) : v == TRUE;
    if (is_small)
        return int_new(op == OP_NEG      ? -n
                       : op == OP_INVERT ? ~n
                       : op == OP_ABS    ? (n < 0 ? -n : n)
                                         : n);
    if (op == OP_FLOAT || op == OP_INT || op == OP_POS || op == OP_INDEX)
        if (class_of(v) == int_class)
            return keep(v);
    mpz_t z;
    int_to_mpz(z, v);
    if (op == OP_NEG)
        mpz_neg(z, z);
    else if (op == OP_INVERT)
        mpz_com(z, z);
    else if (op == OP_ABS)
        mpz_abs(z, z);
    ref r = int_from_mpz(z);
    mpz_clear(z);
    return r;
}

static ref order(int c, unsigned op) {
    return bool_ref(op == OP_LT   ? c < 0
                    : op == OP_LE ? c <= 0
                    : op == OP_EQ ? c == 0
                    : op == OP_NE ? c != 0
                    : op == OP_GT ? c > 0
                                  : c >= 0);
}

ref int_compare(ref a, ref b, unsigned op) {
    if (!int_is(a) || !int_is(b))
        return NOT_IMPLEMENTED;
    if (tarn_is_immediate(a) && tarn_is_immediate(b)) {
        intptr_t n = is_int(a) ? small_value(a) : a == TRUE;
        intptr_t m = is_int(b) ? small_value(b) : b == TRUE;
        return order((n > m) - (n < m), op);
    }
    mpz_t x, y;
    int_to_mpz(x, a);
    int_to_mpz(y, b);
    int c = mpz_cmp(x, y);
    mpz_clears(x, y, NULL);
    return order(c, op);
}

/* The remainder by the Mersenne prime 2^61 - 1, as CPython's. */
static int64_t int_hash(ref v) {
    const uint64_t prime = ((uint64_t)1 << 61) - 1;
    int64_t h;
    if (tarn_is_immediate(v)) {
        h = is_int(v) ? small_value(v) : v == TRUE;
    } else {
        mpz_srcptr z = ((struct bigint *)v)->z;
        h = (int64_t)mpz_tdiv_ui(z, prime);
        h = mpz_sgn(z) < 0 ? -h : h;
    }
    return h == -1 ? -2 : h;
}

static int int_truth(ref v) {
    return int_is_true(v);
}

static ref int_repr(ref v) {
    return is_bool(v) ? str_from(v == TRUE ? "True" : "False") : int_to_str(v, 10);
}

static ref from_text(ref v, int base) {
    bool is_bytes = is_object(v) && class_of(v) == bytes_class;
    ref r = is_bytes ? int_parse(((struct bytes *)v)->data, ((struct bytes *)v)->room - 1, base)
                     : int_parse(str_c(v), str_size(v), base);
    if (!r && !self.error)
        raise_error(ValueError, "invalid literal for int() with base %d: %R", base, v);
    return r;
}

static ref convert(ref *args, size_t n) {
    intptr_t base = 10;
    if (n == 0)
        return int_small(0);
    if (n == 2) {
        if (!int_get(args[1], &base))
            return NULL;
        if (base != 0 && (base < 2 || base > 36))
            return raise_error(ValueError, "int() base must be >= 2 and <= 36, or 0");
        if (!str_is(args[0]))
            return raise_error(TypeError, "int() can't convert non-string with explicit base");
    }
    if (str_is(args[0]) || class_of(args[0]) == bytes_class)
        return from_text(args[0], (int)base);
    ref (*to_int)(ref, unsigned) = class_of(args[0])->ops.unary;
    ref r = to_int ? to_int(args[0], OP_INT) : NOT_IMPLEMENTED;
    if (r == NOT_IMPLEMENTED)
        return raise_error(TypeError,
                           "int() argument must be a string, a bytes-like object or a real number, "
                           "not '%T'",
                           args[0]);
    return r;
}

static ref make_int(struct cls *cls, ref *args, size_t n, ref kwnames) {
    n += kwnames ? tuple_size(kwnames) : 0;
    if (n > 2)
        return raise_error(TypeError, "int() takes at most 2 arguments (%zd given)", n);
    ref r = cls == bool_class ? NULL : convert(args, n);
    if (!r || cls == int_class)
        return r;
    struct bigint *b = object_new(int_sub_type, keep(cls));
    if (b)
        int_to_mpz(b->z, r);
    drop(r);
    return b;
}

static ref make_bool(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)cls, (void)kwnames;
    if (n > 1)
        return raise_error(TypeError, "bool expected at most 1 argument, got %zd", n);
    int t = n ? truth(args[0]) : 0;
    return t < 0 ? NULL : bool_ref(t);
}

static ref bit_length(ref *args, size_t n, ref kwnames) {
    mpz_t z;
    (void)n, (void)kwnames;
    int_to_mpz(z, args[0]);
    size_t bits = mpz_sgn(z) ? mpz_sizeinbase(z, 2) : 0;
    mpz_clear(z);
    return int_small((intptr_t)bits);
}

static ref bit_count(ref *args, size_t n, ref kwnames) {
    mpz_t z;
    (void)n, (void)kwnames;
    int_to_mpz(z, args[0]);
    mpz_abs(z, z);
    size_t bits = mpz_popcount(z);
    mpz_clear(z);
    return int_small((intptr_t)bits);
}

static ref self_value(ref v) {
    return int_unary(v, OP_POS);
}

static ref zero(ref v) {
    (void)v;
    return int_small(0);
}

static ref one(ref v) {
    (void)v;
    return int_small(1);
}

static void dispose(void *object) {
    mpz_clear(((struct bigint *)object)->z);
}

static void *gmp_realloc(void *block, size_t old, size_t size) {
    (void)old;
    void *grown = tarn_realloc(block, size);
    if (!grown) { /* GMP cannot be told: see has_room() */
        limit_suspend();
        grown = tarn_realloc(block, size);
        limit_resume();
    }
    if (!grown) {
        fputs("MemoryError: no memory for a large integer\n", stderr);
        exit(1);
    }
    return grown;
}

static void *gmp_alloc(size_t size) {
    return gmp_realloc(NULL, 0, size);
}

static void gmp_free(void *block, size_t size) {
    (void)size;
    tarn_free(block);
}

static const struct method int_methods[] = {
    {"bit_length", bit_length, 0, 0, NULL, 0},
    {"bit_count", bit_count, 0, 0, NULL, 0},

    {0},
};

void int_start(void) {
    static const size_t dict_offset[] = {offsetof(struct object, cls),
                                         offsetof(struct bigint, dict)};
    static const struct ops ops = {
        .repr = int_repr,
        .hash = int_hash,
        .binary = int_binary,
        .unary = int_unary,
        .compare = int_compare,
        .truth = int_truth,
        .new = make_int,
    };
    static struct ops bool_ops;
    mp_set_memory_functions(gmp_alloc, gmp_realloc, gmp_free);
    int_type = heap_type_spec(&(struct tarn_type_spec){.name = "int",
                                                       .size = offsetof(struct bigint, dict),
                                                       .dispose = dispose,
                                                       .flags = TARN_TYPE_DISPOSE_PLAIN});
    int_sub_type = heap_type_spec(
        &(struct tarn_type_spec){.name = "object derived from int",
                                 .size = sizeof(struct bigint),
                                 .offsets = dict_offset,
                                 .offset_count = 2,
                                 .dispose = dispose,
                                 .flags = TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_HELD_READS});
    int_class = class_make("int", object_class, &ops, 0);
    int_class->derived_offset = offsetof(struct bigint, dict);
    bool_ops = ops;
    bool_ops.new = make_bool;
    bool_class = class_make("bool", int_class, &bool_ops, CLASS_FINAL);
    bool_class->solid = int_class;
    class_add_methods(int_class, int_methods);
    class_add_getset(int_class, "real", self_value, NULL);
    class_add_getset(int_class, "numerator", self_value, NULL);
    class_add_getset(int_class, "imag", zero, NULL);
    class_add_getset(int_class, "denominator", one, NULL);
}
