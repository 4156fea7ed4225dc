/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The class statement: the body runs with a dict for its names, then the metaclass is
 * called.
 */
#include "object/class.h"
#include "vm/run.h"

/* The most derived class of the bases' classes. */
static struct cls *metaclass(ref bases, struct cls *meta) {
    for (size_t i = 0; i < tuple_size(bases); i++) {
        struct cls *other = class_of(tuple_items(bases)[i]);
        if (class_is_sub(other, meta))
            meta = other;
        else if (!class_is_sub(meta, other))
            return raise_error(TypeError,
                               "metaclass conflict: the metaclass of a derived class must be "
                               "a (non-strict) subclass of the metaclasses of all its bases");
    }
    return meta;
}

static ref run_class(struct function *f, ref names) {
    struct frame *frame = frame_push(f->code);
    if (!frame)
        return NULL;
    frame->function = keep(f);
    frame->globals = f->globals;
    frame->names = names;
    frame->flags = FRAME_ENTRY;
    cells_take(frame);
    self.depth++;
    return run(frame);
}

static ref prepare(struct cls *meta, ref name, ref bases, ref *row, ref kwnames) {
    if (meta == type_class)
        return dict_new();
    ref method = get_attribute_or_null(meta, special.prepare);
    if (!method)
        return self.error ? NULL : dict_new();
    row[0] = name;
    row[1] = bases;
    ref names = call(method, row, 2, kwnames);
    drop(method);
    return names;
}

/* The keywords but for metaclass, behind room for three arguments. */
static ref *keyword_row(ref keywords, struct cls **meta, ref *names) {
    size_t n = keywords ? dict_count(keywords) : 0, at = 0, k = 0;
    ref *row = block_new((n + 3) * sizeof *row), key, value, list = list_new();
    while (row && keywords && dict_next(keywords, &at, &key, &value)) {
        if (str_is_text(key, "metaclass")) {
            *meta = value;
        } else {
            row[3 + k++] = value;
            list_append(list, key);
        }
        drop(key);
        drop(value); /* the dict keeps it */
    }
    *names = row && k ? tuple_from_list(list) : NULL;
    drop(list);
    return row;
}

ref build_class(ref body, ref name, ref bases, ref keywords) {
    struct cls *meta = tuple_size(bases) ? class_of(tuple_items(bases)[0]) : type_class;
    ref kwnames, names = NULL, cell = NULL, cls = NULL;
    ref *row = keyword_row(keywords, &meta, &kwnames);
    if (!row)
        return NULL;
    if (class_is(meta))
        meta = metaclass(bases, meta);
    if (meta)
        names = class_is(meta) ? prepare(meta, name, bases, row, kwnames) : dict_new();
    ref module = dict_get_str(((struct function *)body)->globals, special.name);
    if (names && set_item(names, special.module, module ? module : NONE) == 0)
        cell = run_class(body, names);
    drop(module);
    if (cell) {
        row[0] = name;
        row[1] = bases;
        row[2] = names;
        cls = call(meta, row, 3, kwnames);
    }
    if (cls && class_of(cell) == cell_class)
        slot_set(&((struct cell *)cell)->value, cls);
    if (cls && class_is(cls))
        heap_settle_class(cls);
    drop(cell);
    drop(names);
    drop(kwnames);
    tarn_free(row);
    return cls;
}
