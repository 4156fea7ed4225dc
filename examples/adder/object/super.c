/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * super: attributes found behind a class in the order of another's bases. The compiler
 * passes __class__ and self to a call without arguments.
 */
#include "object/class.h"
#include "object/start.h"

static tarn_type *super_type;

static ref super_make(struct cls *cls, ref *args, size_t n, ref kwnames) {
    (void)kwnames;
    if (n == 0)
        return raise_error(RuntimeError, "super(): no arguments");
    if (n > 2 || !class_is(args[0]))
        return raise_error(TypeError, "super() argument 1 must be a type, not %T", args[0]);
    ref v = n > 1 ? args[1] : NULL;
    struct cls *of = NULL;
    if (v && class_is(v) && class_is_sub(v, args[0]))
        of = v;
    else if (v && is_instance(v, args[0]))
        of = class_of(v);
    else if (v)
        return raise_error(TypeError,
                           "super(type, obj): obj must be an instance or subtype of type");
    struct super *s = object_new(super_type, cls);
    if (!s)
        return NULL;
    s->after = keep(args[0]);
    s->self = keep(v);
    s->self_class = keep(of);
    return s;
}

static ref super_getattr(ref v, ref name) {
    struct super *s = v;
    struct tuple *mro = s->self_class ? s->self_class->mro : NULL;
    size_t i = 0;
    if (!mro || name == special.class)
        return object_getattr(v, name);
    while (i < mro->size && mro->items[i] != s->after)
        i++;
    for (i++; i < mro->size; i++) {
        ref found = dict_get_str(((struct cls *)mro->items[i])->dict, name);
        if (!found)
            continue;
        if (!class_of(found)->ops.get)
            return found;
        ref r = class_of(found)->ops.get(found, s->self == s->self_class ? NULL : s->self,
                                         s->self_class);
        drop(found);
        return r;
    }
    return attribute_find(super_class, name)->value
               ? object_getattr(v, name)
               : raise_error(AttributeError, "'super' object has no attribute '%S'", name);
}

static ref super_repr(ref v) {
    struct super *s = v;
    return str_format("<super: <class '%N'>, <%N object>>", s->after,
                      s->self_class ? s->self_class : s->after);
}

void super_start(void) {
    static const size_t offsets[] = {offsetof(struct super, after), offsetof(struct super, self),
                                     offsetof(struct super, self_class), 0};
    static const struct ops ops = {.getattr = super_getattr, .repr = super_repr, .new = super_make};
    super_type = heap_type("super", sizeof(struct super), offsets, false);
    super_class = class_make("super", object_class, &ops, CLASS_FINAL);
}
