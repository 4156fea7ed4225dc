/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Text files, as far as reading and writing lines needs: a FILE in an object, which the
 * plain dispose closes. Reading and writing are blocking regions: a thread that waits
 * for a disk holds nobody up.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "module/modules.h"

struct file {
    struct object object;
    FILE *stream;
    tarn_slot name, mode;
    bool standard;
};

static tarn_type *file_type;

int write_standard(ref s) {
    fwrite(str_c(s), 1, str_size(s), stdout);
    return 0;
}

static ref file_new(FILE *stream, ref name, ref mode, bool standard) {
    struct file *f = object_new(file_type, file_class);
    if (!f)
        return NULL;
    f->stream = stream;
    f->standard = standard;
    slot_init(&f->name, name);
    slot_init(&f->mode, mode);
    return f;
}

ref file_standard(int which) {
    static const char *const names[] = {"<stdin>", "<stdout>", "<stderr>"};
    FILE *streams[] = {stdin, stdout, stderr};
    ref name = str_from(names[which]), mode = str_from(which ? "w" : "r");
    ref f = file_new(streams[which], name, mode, true);
    drop(name);
    drop(mode);
    return f;
}

static void *raise_errno(ref name) {
    int error = errno;
    struct cls *cls = error == ENOENT                     ? FileNotFoundError
                      : error == EEXIST                   ? FileExistsError
                      : error == EACCES || error == EPERM ? PermissionError
                      : error == EISDIR                   ? IsADirectoryError
                      : error == ENOTDIR                  ? NotADirectoryError
                                                          : OSError;
    ref args[] = {int_small(error), str_from(strerror(error)), name};
    ref e = call((ref)cls, args, name ? 3 : 2, NULL);
    drop(args[1]);
    return e ? raise_owned(e) : NULL;
}

ref file_open(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    ref mode = args[1] ? keep(args[1]) : str_from("r");
    if (!str_is(args[0]) || !str_is(mode)) {
        drop(mode);
        return raise_error(TypeError, "expected str, bytes or os.PathLike object, not %T", args[0]);
    }
    if (strchr(str_c(mode), 'b')) {
        drop(mode);
        return raise_error(ValueError, "binary files are not part of the subset");
    }
    FILE *stream = fopen(str_c(args[0]), str_c(mode));
    ref f = stream ? file_new(stream, args[0], mode, false) : raise_errno(args[0]);
    drop(mode);
    return f;
}

static FILE *stream_of(ref v) {
    struct file *f = v;
    return f->stream ? f->stream : raise_error(ValueError, "I/O operation on closed file.");
}

static ref f_write(ref *args, size_t n, ref kwnames) {
    FILE *stream = stream_of(args[0]);
    (void)n, (void)kwnames;
    if (!stream)
        return NULL;
    if (!str_is(args[1]))
        return raise_error(TypeError, "write() argument must be str, not %T", args[1]);
    if (stream == stderr)
        fflush(stdout);
    fwrite(str_c(args[1]), 1, str_size(args[1]), stream);
    return int_small((intptr_t)str_length(args[1]));
}

static ref f_read(ref *args, size_t n, ref kwnames) {
    FILE *stream = stream_of(args[0]);
    intptr_t most = -1;
    (void)kwnames;
    if (!stream || (n > 1 && args[1] != NONE && !int_get(args[1], &most)))
        return NULL;
    struct text t = {0};
    char buffer[4096];
    size_t got, want = most >= 0 && most < 4096 ? (size_t)most : sizeof buffer;
    tarn_blocking_begin();
    while (want && (got = fread(buffer, 1, want, stream)) > 0) {
        text_add(&t, buffer, got);
        if (most >= 0) {
            most -= (intptr_t)got;
            want = most < 4096 ? (size_t)most : sizeof buffer;
        }
    }
    tarn_blocking_end();
    return text_finish(&t);
}

/* The next line, an empty str at the end. */
static ref read_line(ref v) {
    FILE *stream = stream_of(v);
    char *line = NULL;
    size_t room = 0;
    if (!stream)
        return NULL;
    tarn_blocking_begin();
    ssize_t size = getline(&line, &room, stream);
    tarn_blocking_end();
    ref s = str_new(line ? line : "", size > 0 ? (size_t)size : 0);
    free(line);
    return s;
}

static ref f_readline(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return read_line(args[0]);
}

static ref file_next(ref v) {
    ref s = read_line(v);
    if (s && str_size(s) == 0) {
        drop(s);
        return NULL;
    }
    return s;
}

static ref f_readlines(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return list_from_iterable(args[0]);
}

static ref f_writelines(ref *args, size_t n, ref kwnames) {
    ref it = iterate(args[1]), item;
    (void)n, (void)kwnames;
    while (it && (item = iter_next(it))) {
        ref r = f_write((ref[]){args[0], item}, 2, NULL);
        drop(item);
        if (!r)
            break;
    }
    drop(it);
    return self.error ? NULL : NONE;
}

static ref f_flush(ref *args, size_t n, ref kwnames) {
    FILE *stream = stream_of(args[0]);
    (void)n, (void)kwnames;
    if (!stream)
        return NULL;
    fflush(stream);
    return NONE;
}

static ref f_close(ref *args, size_t n, ref kwnames) {
    struct file *f = args[0];
    (void)n, (void)kwnames;
    if (f->stream && !f->standard)
        fclose(f->stream);
    f->stream = NULL;
    return NONE;
}

static ref f_enter(ref *args, size_t n, ref kwnames) {
    (void)n, (void)kwnames;
    return keep(args[0]);
}

static ref f_isatty(ref *args, size_t n, ref kwnames) {
    (void)args, (void)n, (void)kwnames;
    return FALSE;
}

static ref file_closed(ref v) {
    return bool_ref(!((struct file *)v)->stream);
}

static ref file_iter(ref v) {
    return keep(v);
}

static ref file_repr(ref v) {
    struct file *f = v;
    return str_format("<_io.TextIOWrapper name=%R mode=%R encoding='utf-8'>", slot_peek(&f->name),
                      slot_peek(&f->mode));
}

static void dispose(void *object) {
    struct file *f = object;
    if (f->stream && !f->standard)
        fclose(f->stream);
}

static const struct method methods[] = {
    {"write", f_write, 1, 1, NULL, 0},
    {"read", f_read, 0, 1, NULL, 0},
    {"readline", f_readline, 0, 0, NULL, 0},
    {"readlines", f_readlines, 0, 0, NULL, 0},
    {"writelines", f_writelines, 1, 1, NULL, 0},
    {"flush", f_flush, 0, 0, NULL, 0},
    {"close", f_close, 0, 0, NULL, 0},
    {"isatty", f_isatty, 0, 0, NULL, 0},
    {"__enter__", f_enter, 0, 0, NULL, 0},
    {"__exit__", f_close, 3, 3, NULL, 0},
    {0},
};

void file_start(void) {
    static const size_t offsets[] = {offsetof(struct file, name), offsetof(struct file, mode)};
    static const struct ops ops = {.repr = file_repr, .iter = file_iter, .next = file_next};
    file_type = heap_type_spec(
        &(struct tarn_type_spec){.name = "file",
                                 .size = sizeof(struct file),
                                 .offsets = offsets,
                                 .offset_count = 2,
                                 .dispose = dispose,
                                 .flags = TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_HELD_READS});
    file_class = class_make("TextIOWrapper", object_class, &ops, CLASS_FINAL);
    class_add_methods(file_class, methods);
    class_add_getset(file_class, "closed", file_closed, NULL);
    class_add_slot(file_class, "name", offsetof(struct file, name), false);
    class_add_slot(file_class, "mode", offsetof(struct file, mode), false);
    class_add_special(file_class);
}
