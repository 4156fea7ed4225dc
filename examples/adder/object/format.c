/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Formatting of numbers and strings.
 */
#include "object/format.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool spec_parse(const char *p, size_t size, struct spec *s, ref of) {
    const char *end = p + size, *next = p;
    *s = (struct spec){.fill = ' ', .width = -1, .precision = -1};
    if (p < end) {
        uint32_t first = utf8_get(&next);
        if (next < end && strchr("<>=^", *next)) {
            s->fill = first;
            s->align = *next;
            p = next + 1;
        } else if (strchr("<>=^", *p)) {
            s->align = *p++;
        }
    }
    if (p < end && strchr("+- ", *p))
        s->sign = *p++;
    if (p < end && *p == 'z')
        p++;
    if (p < end && *p == '#')
        s->alternate = p++ != NULL;
    if (p < end && *p == '0') {
        s->zero = true;
        if (!s->align) {
            s->fill = '0';
            s->align = '=';
        }
        p++;
    }
    if (p < end && isdigit((unsigned char)*p))
        s->width = (int)strtol(p, (char **)&p, 10);
    if (p < end && (*p == ',' || *p == '_'))
        s->grouping = *p++;
    if (p < end && *p == '.') {
        p++;
        if (p >= end || !isdigit((unsigned char)*p))
            return raise_error(ValueError, "Format specifier missing precision");
        s->precision = (int)strtol(p, (char **)&p, 10);
    }
    if (p < end)
        s->type = *p++;
    return p == end ||
           raise_error(ValueError, "Invalid format specifier '%s' for object of type '%T'",
                       end - size, of);
}

static ref pad(struct spec spec, const char *prefix, const char *body, char default_align) {
    struct text t = {0};
    char fill[8];
    size_t length = strlen(prefix), n = utf8_put(fill, spec.fill);
    for (const char *p = body; *p; p++)
        length += ((unsigned char)*p & 0xc0) != 0x80;
    size_t room = spec.width > 0 && (size_t)spec.width > length ? (size_t)spec.width - length : 0;
    char align = spec.align ? spec.align : default_align;
    size_t left = align == '>' ? room : align == '^' ? room / 2 : 0;
    for (size_t i = 0; i < left; i++)
        text_add(&t, fill, n);
    text_put(&t, prefix);
    for (size_t i = 0; align == '=' && i < room; i++)
        text_add(&t, fill, n);
    text_put(&t, body);
    for (size_t i = 0; (align == '<' || align == '^') && i < room - left; i++)
        text_add(&t, fill, n);
    return text_finish(&t);
}

/* Separators between groups of digits, zeros in front counted in. */
static void group(struct text *out, const char *digits, size_t n, const struct spec *s, int every,
                  size_t prefix) {
    struct text padded = {0};
    if (s->align == '=' && s->fill == '0' && s->grouping)
        for (size_t k = n;
             k + (k - 1) / (size_t)every + prefix < (size_t)(s->width > 0 ? s->width : 0); k++)
            text_char(&padded, '0');
    text_add(&padded, digits, n);
    for (size_t i = 0; i < padded.size; i++) {
        if (s->grouping && i > 0 && (padded.size - i) % (size_t)every == 0)
            text_char(out, s->grouping);
        text_char(out, padded.bytes[i]);
    }
    text_free(&padded);
}

ref format_int(ref v, const struct spec *spec) {
    struct spec s = *spec;
    char type = s.type ? s.type : 'd';
    if (strchr("eEfFgG%", type)) {
        double d = int_to_double(v);
        return self.error ? NULL : format_float(d, spec);
    }
    if (s.precision >= 0)
        return raise_error(ValueError, "Precision not allowed in integer format specifier");
    if (type == 'c') {
        intptr_t code;
        if (!int_get(v, &code))
            return NULL;
        char text[8] = {0};
        utf8_put(text, (uint32_t)code);
        return pad(s, "", text, '<');
    }
    if (!strchr("dnbxXo", type))
        return raise_error(ValueError, "Unknown format code '%c' for object of type '%T'", type, v);
    int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    ref digits = int_to_str(v, base);
    if (!digits)
        return NULL;
    const char *text = str_c(digits);
    bool negative = *text == '-';
    char prefix[8] = "";
    strcat(prefix, negative ? "-" : s.sign == '+' ? "+" : s.sign == ' ' ? " " : "");
    if (s.alternate && base != 10)
        strcat(prefix, type == 'b' ? "0b" : type == 'o' ? "0o" : type == 'x' ? "0x" : "0X");
    struct text body = {0};
    group(&body, text + negative, strlen(text + negative), &s, base == 10 ? 3 : 4, strlen(prefix));
    for (size_t i = 0; type == 'X' && i < body.size; i++)
        body.bytes[i] = (char)toupper((unsigned char)body.bytes[i]);
    ref r = pad(s, prefix, body.bytes ? body.bytes : "", '>');
    text_free(&body);
    drop(digits);
    return r;
}

static void put_float(char *out, size_t size, double d, const struct spec *s) {
    int precision = s->precision < 0 ? 6 : s->precision;
    switch (s->type) {
    case 'e':
    case 'E':
        snprintf(out, size, s->type == 'e' ? "%.*e" : "%.*E", precision, d);
        break;
    case 'f':
    case 'F':
    case '%':
        snprintf(out, size, "%.*f", precision, s->type == '%' ? d * 100 : d);
        break;
    case 'g':
    case 'G':
    case 'n':
        snprintf(out, size,
                 s->alternate     ? "%#.*g"
                 : s->type == 'G' ? "%.*G"
                                  : "%.*g",
                 precision ? precision : 1, d);
        break;
    default: {
        if (s->precision < 0) {
            ref text = float_to_str(d);
            snprintf(out, size, "%s", str_c(text));
            drop(text);
            return;
        }
        snprintf(out, size, "%.*g", precision ? precision : 1, d);
        int exponent = d == 0 ? 0 : (int)floor(log10(d));
        char shown[64];
        snprintf(shown, sizeof shown, "%.*e", precision ? precision - 1 : 0, d);
        exponent = atoi(strchr(shown, 'e') ? strchr(shown, 'e') + 1 : "0");
        if (exponent >= (precision ? precision : 1) - 1 && exponent < precision &&
            !strchr(out, '.') && !strchr(out, 'e')) {
            /* one digit after the point is always shown, or an exponent */
            snprintf(out, size, "%.*e", precision ? precision - 1 : 0, d);
        } else if (!strchr(out, '.') && !strchr(out, 'e')) {
            strcat(out, ".0");
        }
    }
    }
}

ref format_float(double d, const struct spec *spec) {
    struct spec s = *spec;
    char out[512], prefix[4] = "";
    if (s.type && !strchr("eEfFgGn%", s.type))
        return raise_error(ValueError, "Unknown format code '%c' for object of type 'float'",
                           s.type);
    bool negative = signbit(d) && !isnan(d);
    strcat(prefix, negative ? "-" : s.sign == '+' ? "+" : s.sign == ' ' ? " " : "");
    if (isnan(d) || isinf(d)) {
        snprintf(out, sizeof out, "%s%s", isnan(d) ? "nan" : "inf", s.type == '%' ? "%" : "");
        for (char *p = out; isupper((unsigned char)s.type) && *p; p++)
            *p = (char)toupper((unsigned char)*p);
        return pad(s, prefix, out, '>');
    }
    put_float(out, sizeof out - 2, fabs(d), &s);
    if (s.type == '%')
        strcat(out, "%");
    size_t whole = strspn(out, "0123456789");
    struct text body = {0};
    group(&body, out, whole, &s, 3, strlen(prefix) + strlen(out + whole));
    text_put(&body, out + whole);
    ref r = pad(s, prefix, body.bytes, '>');
    text_free(&body);
    return r;
}

ref format_str(ref text, const struct spec *spec) {
    struct spec s = *spec;
    if (s.type && s.type != 's')
        return raise_error(ValueError, "Unknown format code '%c' for object of type 'str'", s.type);
    if (s.sign)
        return raise_error(ValueError, "Sign not allowed in string format specifier");
    if (s.alternate)
        return raise_error(ValueError, "Alternate form (#) not allowed in string format specifier");
    if (s.grouping)
        return raise_error(ValueError, "Cannot specify '%c' with 's'.", s.grouping);
    if (s.align == '=' && !s.zero)
        return raise_error(ValueError, "'=' alignment not allowed in string format specifier");
    if (s.align == '=')
        s.align = '<';
    ref cut = s.precision >= 0 && (size_t)s.precision < str_length(text)
                  ? str_slice(text, 0, (size_t)s.precision)
                  : keep(text);
    ref r = cut ? pad(s, "", str_c(cut), '<') : NULL;
    drop(cut);
    return r;
}

ref format_value(ref v, ref text) {
    struct spec s;
    struct cls *cls = class_of(v);
    bool plain = cls == str_class || cls == int_class || cls == float_class || cls == bool_class;
    if (!str_is(text))
        return raise_error(TypeError, "format() argument 2 must be str, not %T", text);
    if (str_size(text) == 0 && plain)
        return to_str(v);
    if (plain) {
        if (!spec_parse(str_c(text), str_size(text), &s, v))
            return NULL;
        return cls == str_class     ? format_str(v, &s)
               : cls == float_class ? format_float(float_value(v), &s)
                                    : format_int(v, &s);
    }
    bool found;
    ref r = call_special(v, special.format, &text, 1, &found);
    if (found && r && !str_is(r)) {
        raise_error(TypeError, "__format__ must return a str, not %T", r);
        drop(r);
        return NULL;
    }
    return found ? r : to_str(v);
}

/* --- format % args --- */

struct percent {
    ref args;
    size_t at;
    bool is_tuple;
};

static ref next_argument(struct percent *p) {
    if (!p->is_tuple)
        return p->at++ == 0 ? keep(p->args)
                            : raise_error(TypeError, "not enough arguments for format string");
    if (p->at >= tuple_size(p->args))
        return raise_error(TypeError, "not enough arguments for format string");
    return keep(tuple_items(p->args)[p->at++]);
}

static bool put_percent(struct text *out, ref v, struct spec *s, char kind) {
    ref r = NULL, value = NULL;
    s->type = kind;
    if (kind == 's' || kind == 'r' || kind == 'a') {
        s->type = 's';
        value = kind == 's' ? to_str(v) : repr(v);
        s->zero = false;
        s->fill = ' ';
        s->align = s->align == '<' ? '<' : '>';
        s->sign = 0;
        r = value ? format_str(value, s) : NULL;
    } else if (kind == 'c' && str_is(v)) {
        s->type = 's';
        r = format_str(v, s);
    } else if (strchr("diuxXoc", kind)) {
        s->type = kind == 'i' || kind == 'u' ? 'd' : kind;
        if (s->precision > 0 && s->width < s->precision) {
            s->width = s->precision;
            s->zero = true, s->fill = '0', s->align = '=';
        }
        s->precision = -1;
        if (!int_is(v) && !float_is(v) && !class_of(v)->ops.unary)
            raise_error(TypeError, "%%%c format: %s is required, not %T", kind,
                        kind == 'd' || kind == 'i' || kind == 'u' ? "a real number" : "an integer",
                        v);
        else if (float_is(v) && kind != 'd' && kind != 'i' && kind != 'u')
            raise_error(TypeError, "%%%c format: an integer is required, not float", kind);
        else
            value = class_of(v)->ops.unary(v, OP_INT);
        if (value == NOT_IMPLEMENTED)
            value =
                raise_error(TypeError, "%%%c format: a real number is required, not %T", kind, v);
        r = value ? format_int(value, s) : NULL;
    } else if (strchr("eEfFgG", kind)) {
        double d;
        if (float_get(v, &d))
            r = format_float(d, s);
        else if (!self.error)
            raise_error(TypeError, "must be real number, not %T", v);
    } else {
        raise_error(ValueError, "unsupported format character '%c' (0x%x)", kind, (int)kind);
    }
    if (r)
        text_str(out, r);
    drop(value);
    drop(r);
    return r != NULL;
}

static bool star_or_number(struct percent *p, const char **s, int *n) {
    if (**s == '*') {
        intptr_t value;
        ref v = next_argument(p);
        bool good = v && int_get(v, &value);
        drop(v);
        (*s)++;
        *n = good ? (int)value : 0;
        return good;
    }
    if (isdigit((unsigned char)**s))
        *n = (int)strtol(*s, (char **)s, 10);
    return true;
}

static bool percent_one(struct percent *p, const char **s, struct text *out) {
    struct spec spec = {.fill = ' ', .width = -1, .precision = -1};
    ref v = NULL;
    if (**s == '(') {
        const char *end = strchr(*s, ')');
        ref key = end ? str_new(*s + 1, (size_t)(end - *s - 1)) : NULL;
        if (!key || p->is_tuple)
            return raise_error(p->is_tuple ? TypeError : ValueError,
                               p->is_tuple ? "format requires a mapping" : "incomplete format key");
        v = get_item(p->args, key);
        drop(key);
        if (!v)
            return false;
        p->at = 1;
        *s = end + 1;
    }
    for (; **s && strchr("-+ #0", **s); (*s)++) {
        if (**s == '-')
            spec.align = '<';
        else if (**s == '+' || **s == ' ')
            spec.sign = spec.sign == '+' ? '+' : **s;
        else if (**s == '#')
            spec.alternate = true;
        else if (!spec.align)
            spec.zero = true, spec.fill = '0', spec.align = '=';
    }
    if (!star_or_number(p, s, &spec.width))
        return false;
    if (**s == '.') {
        (*s)++;
        spec.precision = 0;
        if (!star_or_number(p, s, &spec.precision))
            return false;
    }
    if (spec.align == '<')
        spec.fill = ' ';
    char kind = *(*s)++;
    if (!kind) {
        drop(v);
        return raise_error(ValueError, "incomplete format");
    }
    if (kind == '%') {
        text_char(out, '%');
        return true;
    }
    v = v ? v : next_argument(p);
    bool done = v && put_percent(out, v, &spec, kind);
    drop(v);
    return done;
}

ref percent_format(ref format, ref args) {
    struct percent p = {.args = args, .is_tuple = tuple_is(args)};
    struct text out = {0};
    const char *s = str_c(format), *end = s + str_size(format);
    while (s < end) {
        size_t n = strcspn(s, "%");
        text_add(&out, s, n);
        s += n;
        if (s < end && (s++, !percent_one(&p, &s, &out))) {
            text_free(&out);
            return NULL;
        }
    }
    if (p.is_tuple ? p.at < tuple_size(args) : p.at == 0 && !dict_is(args) && !list_is(args)) {
        text_free(&out);
        return raise_error(TypeError, "not all arguments converted during string formatting");
    }
    return text_finish(&out);
}

/* --- format.format(...) --- */

struct fields {
    ref *args;
    size_t n, at;
    ref kwnames;
    bool automatic, manual;
};

static ref field_first(struct fields *f, const char *name, size_t size) {
    if (size == 0 || isdigit((unsigned char)*name)) {
        size_t i = size ? strtoul(name, NULL, 10) : f->at++;
        f->automatic |= size == 0;
        f->manual |= size != 0;
        if (f->automatic && f->manual)
            return raise_error(ValueError,
                               size ? "cannot switch from automatic field numbering to manual "
                                      "field specification"
                                    : "cannot switch from manual field specification to "
                                      "automatic field numbering");
        return i < f->n ? keep(f->args[i])
                        : raise_error(IndexError,
                                      "Replacement index %zd out of range for positional "
                                      "args tuple",
                                      i);
    }
    ref key = str_new(name, size);
    for (size_t i = 0; key && f->kwnames && i < tuple_size(f->kwnames); i++)
        if (str_equals(tuple_items(f->kwnames)[i], key)) {
            drop(key);
            return keep(f->args[f->n + i]);
        }
    raise_value(KeyError, key);
    drop(key);
    return NULL;
}

/* name.attribute[index]... */
static ref field_value(struct fields *f, const char *p, size_t size) {
    const char *end = p + size;
    size_t n = 0;
    while (p + n < end && p[n] != '.' && p[n] != '[')
        n++;
    ref v = field_first(f, p, n);
    p += n;
    while (v && p < end) {
        bool item = *p++ == '[';
        n = 0;
        while (p + n < end && (item ? p[n] != ']' : p[n] != '.' && p[n] != '['))
            n++;
        ref key = str_new(p, n), next;
        if (item) {
            ref number = int_parse(p, n, 10);
            next = get_item(v, number ? number : key);
            p += n + 1;
        } else {
            next = get_attribute(v, str_intern_ref(key));
            p += n;
        }
        drop(key);
        drop(v);
        v = next;
    }
    return v;
}

static ref expand(struct fields *f, const char *s, const char *end, int depth);

/* s is behind the brace. */
static bool field(struct fields *f, const char **s, const char *end, struct text *out, int depth) {
    const char *name = *s;
    int nested = 1;
    const char *close = *s;
    while (close < end && nested > 0)
        nested += *close == '{' ? 1 : *close == '}' ? -1 : 0, close++;
    if (nested > 0)
        return raise_error(ValueError, name == end ? "Single '{' encountered in format string"
                                                   : "expected '}' before end of string");
    close--;
    const char *p = name;
    while (p < close && *p != '!' && *p != ':') {
        if (*p == '[')
            while (p < close && *p != ']')
                p++;
        p++;
    }
    ref v = field_value(f, name, (size_t)(p - name)), shown = v;
    if (v && *p == '!') {
        shown = p[1] == 'r' ? repr(v) : p[1] == 's' ? to_str(v) : repr(v);
        drop(v);
        p += 2;
    }
    ref spec = !shown ? NULL : *p == ':' ? expand(f, p + 1, close, depth + 1) : str_from("");
    ref r = spec ? format_value(shown, spec) : NULL;
    if (r)
        text_str(out, r);
    drop(shown);
    drop(spec);
    drop(r);
    *s = close + 1;
    return r != NULL;
}

static ref expand(struct fields *f, const char *s, const char *end, int depth) {
    struct text out = {0};
    if (depth > 2)
        return raise_error(ValueError, "Max string recursion exceeded");
    while (s < end) {
        char c = *s;
        if ((c == '{' || c == '}') && s + 1 < end && s[1] == c) {
            text_char(&out, c);
            s += 2;
        } else if (c == '}') {
            text_free(&out);
            return raise_error(ValueError, "Single '}' encountered in format string");
        } else if (c == '{') {
            s++;
            if (!field(f, &s, end, &out, depth)) {
                text_free(&out);
                return NULL;
            }
        } else {
            text_char(&out, *s++);
        }
    }
    return text_finish(&out);
}

ref str_format_method(ref format, ref *args, size_t n, ref kwnames) {
    struct fields f = {.args = args, .n = n, .kwnames = kwnames};
    return expand(&f, str_c(format), str_c(format) + str_size(format), 0);
}
