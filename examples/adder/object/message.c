/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Messages: printf's formats, and refs shown as Python shows them.
 */
#include <stdio.h>

#include "object/function.h"

/* One conversion that printf knows, copied with its own argument. */
static void put_plain(struct text *t, const char *spec, size_t size, va_list *list) {
    char format[16], buffer[512];
    snprintf(format, sizeof format, "%.*s", (int)size, spec);
    int n;
    switch (format[size - 1]) {
    case 's':
        n = -1;
        if (size == 2)
            text_put(t, va_arg(*list, const char *));
        else
            n = snprintf(buffer, sizeof buffer, format, va_arg(*list, const char *));
        break;
    case 'p':
        n = snprintf(buffer, sizeof buffer, "0x%zx", (size_t)va_arg(*list, void *));
        break;
    case 'g':
    case 'f':
        n = snprintf(buffer, sizeof buffer, format, va_arg(*list, double));
        break;
    case 'c':
        n = snprintf(buffer, sizeof buffer, "%c", va_arg(*list, int));
        break;
    default:
        n = strchr(format, 'z') || strchr(format, 't')
                ? snprintf(buffer, sizeof buffer, format, va_arg(*list, ptrdiff_t))
                : snprintf(buffer, sizeof buffer, format, va_arg(*list, int));
    }
    if (n > 0)
        text_add(t, buffer, (size_t)n < sizeof buffer ? (size_t)n : sizeof buffer - 1);
}

static bool put_ref(struct text *t, char kind, ref v) {
    ref s;
    switch (kind) {
    case 'T':
        text_str(t, class_of(v)->name);
        return true;
    case 'N':
        text_str(t, ((struct cls *)v)->name);
        return true;
    default:
        s = kind == 'R' ? repr(v) : to_str(v);
        if (s)
            text_str(t, s);
        drop(s);
        return s != NULL;
    }
}

ref str_vformat(const char *format, va_list from) {
    struct text t = {0};
    va_list list;
    bool done = true;
    va_copy(list, from);
    while (*format && done) {
        size_t n = strcspn(format, "%");
        text_add(&t, format, n);
        format += n;
        if (!*format)
            break;
        if (format[1] == '%') {
            text_char(&t, '%');
            format += 2;
        } else if (strchr("RSTN", format[1])) {
            done = put_ref(&t, format[1], va_arg(list, ref));
            format += 2;
        } else {
            size_t size = strcspn(format, "sdupxgfc") + 1;
            put_plain(&t, format, size, &list);
            format += size;
        }
    }
    va_end(list);
    if (done)
        return text_finish(&t);
    text_free(&t);
    return NULL;
}

ref str_format(const char *format, ...) {
    va_list list;
    va_start(list, format);
    ref s = str_vformat(format, list);
    va_end(list);
    return s;
}
