/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* What a type's description must be: each rule with the sentence that names its breach. */
#include <stdarg.h>
#include <stdio.h>

#include "object/type.h"

#define SIZE_LIMIT ((size_t)1 << 40)

struct judgement {
    const struct tarn_type_spec *spec;
    char *text; /* of the first fault, if there is one */
    size_t size;
    bool faulty;
};

__attribute__((format(printf, 3, 4))) static void demand(struct judgement *j, bool holds,
                                                         const char *format, ...) {
    va_list args;
    if (holds || j->faulty)
        return;
    j->faulty = true;
    va_start(args, format);
    vsnprintf(j->text, j->size, format, args);
    va_end(args);
}

/* References at these offsets lie between `from` and `to`. */
static void demand_offsets(struct judgement *j, const char *name, const size_t *offsets,
                           size_t count, size_t from, size_t to) {
    for (size_t i = 0; i < count && !j->faulty; i++) {
        demand(j, offsets[i] % sizeof(void *) == 0, "%s[%zu] is %zu: not a multiple of %zu", name,
               i, offsets[i], sizeof(void *));
        demand(j, offsets[i] >= from, "%s[%zu] is %zu: inside the header", name, i, offsets[i]);
        demand(j, offsets[i] < to && to - offsets[i] >= sizeof(void *),
               "%s[%zu] is %zu: beyond the end, %zu", name, i, offsets[i], to);
        demand(j, i == 0 || offsets[i] > offsets[i - 1], "%s[%zu] is %zu: not above %s[%zu], %zu",
               name, i, offsets[i], name, i - 1, i ? offsets[i - 1] : 0);
    }
}

static void demand_array(struct judgement *j) {
    const struct tarn_type_spec *spec = j->spec;
    size_t at = spec->length_offset;
    demand(j, spec->element_size <= SIZE_LIMIT, "element_size is beyond the limit");
    demand(j,
           at >= sizeof(tarn_object) && at % sizeof(size_t) == 0 &&
               at <= spec->size - sizeof(size_t),
           "length_offset does not name an aligned size_t inside the fixed part");
    for (size_t i = 0; i < spec->offset_count && !j->faulty; i++)
        demand(j, spec->offsets[i] != at, "length_offset is offsets[%zu] too", i);
    if (!spec->element_offset_count)
        return;
    demand(j, spec->element_offsets, "element_offset_count without element_offsets");
    demand(j, spec->size % sizeof(void *) == 0 && spec->element_size % sizeof(void *) == 0,
           "size and element_size are not multiples of a pointer's, but elements hold references");
    if (!j->faulty)
        demand_offsets(j, "element_offsets", spec->element_offsets, spec->element_offset_count, 0,
                       spec->element_size);
}

static void demand_flags(struct judgement *j) {
    const unsigned known = TARN_TYPE_SHARED | TARN_TYPE_DISPOSE_PLAIN | TARN_TYPE_TRACE_CONCURRENT |
                           TARN_TYPE_UNTRACKED | TARN_TYPE_DISPOSE_LAST | TARN_TYPE_HELD_READS;
    unsigned flags = j->spec->flags;
    demand(j, !(flags & ~known), "flags has a bit that means nothing");
    demand(j, !(flags & TARN_TYPE_DISPOSE_PLAIN) || j->spec->dispose,
           "TARN_TYPE_DISPOSE_PLAIN without dispose");
    demand(j, !(flags & TARN_TYPE_DISPOSE_LAST) || (flags & TARN_TYPE_DISPOSE_PLAIN),
           "TARN_TYPE_DISPOSE_LAST without TARN_TYPE_DISPOSE_PLAIN");
    demand(j,
           !(flags & TARN_TYPE_HELD_READS) ||
               !(tarn__type_spec_stages(j->spec) & TARN_STAGE_DISPOSE),
           "TARN_TYPE_HELD_READS with a dispose that calls");
    demand(j, !(flags & TARN_TYPE_TRACE_CONCURRENT) || j->spec->trace,
           "TARN_TYPE_TRACE_CONCURRENT without trace");
}

unsigned tarn__type_spec_stages(const struct tarn_type_spec *spec) {
    unsigned stages = spec->finalize ? TARN_STAGE_FINALIZE : TARN_STAGE_NONE;
    if (spec->dispose && !(spec->flags & TARN_TYPE_DISPOSE_PLAIN))
        stages |= TARN_STAGE_DISPOSE;
    return stages;
}

bool tarn__type_spec_check(const struct tarn_type_spec *spec, char *text, size_t size) {
    struct judgement j = {spec, text, size, false};
    demand(&j, spec->name && spec->name[0], "name is missing");
    demand(&j, spec->size >= sizeof(tarn_object), "size is smaller than struct tarn_object");
    demand(&j, spec->size <= SIZE_LIMIT, "size is beyond the limit");
    demand(&j, spec->offsets || !spec->offset_count, "offset_count without offsets");
    if (!j.faulty)
        demand_offsets(&j, "offsets", spec->offsets, spec->offset_count, sizeof(tarn_object),
                       spec->size);
    demand_flags(&j);
    demand(&j, spec->element_size || !spec->element_offset_count,
           "element_offset_count without element_size");
    if (spec->element_size && !j.faulty)
        demand_array(&j);
    return !j.faulty;
}
