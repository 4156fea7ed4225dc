/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The parse phase: loaders take segments of the inputs in turn and make a version
 * object of every record, with its dependencies, which still are only names.
 */
#include <string.h>

#include "loader.h"

#define SEGMENT_SIZE ((size_t)1 << 18)

void segments_cut(struct load *load, const struct source *source) {
    const char *at = source->text;
    const char *end = at + source->size;
    size_t line = 1;
    while (at < end) {
        const char *stop = (size_t)(end - at) > SEGMENT_SIZE ? at + SEGMENT_SIZE : end;
        const char *blank = stop < end ? memmem(stop, (size_t)(end - stop), "\n\n", 2) : NULL;
        stop = blank ? blank + 1 : end;
        vector_push(&load->segments, (struct segment){source, {at, stop, line}});
        for (const char *n = at; (n = memchr(n, '\n', (size_t)(stop - n))) != NULL; n++)
            line++;
        at = stop;
    }
}

/* The dependencies of one version, as they are read. */
struct dependency_reader {
    VECTOR(struct group *) groups;
    VECTOR(struct alternative) open; /* of the group that is not complete */
};

static void take_alternative(struct slice name, struct slice restriction, bool last, void *arg) {
    struct dependency_reader *d = arg;
    struct alternative a = {.name = text_new(name.start, name.length)};
    if (restriction.start)
        a.restriction = text_new(restriction.start, restriction.length);
    vector_push(&d->open, a);
    if (!last)
        return;
    struct group *group = group_new(d->open.count);
    for (size_t i = 0; i < d->open.count; i++) {
        tarn_field_give(&group->item[i].name, d->open.item[i].name);
        tarn_field_give(&group->item[i].restriction, d->open.item[i].restriction);
    }
    d->open.count = 0;
    vector_push(&d->groups, group);
}

typedef VECTOR(struct text *) text_list;

static void take_provided(struct slice name, struct slice restriction, bool last, void *arg) {
    text_list *names = arg;
    (void)restriction;
    (void)last;
    vector_push(names, text_new(name.start, name.length));
}

/* Moves references into a new array of the heap. */
static struct array *array_of(void *items, size_t count) {
    struct array *array = array_new(count);
    void **item = items;
    for (size_t i = 0; i < count; i++)
        tarn_field_give(&array->item[i], item[i]);
    return array;
}

/* What was read of a group before its end turned out malformed. */
static void drop_open(struct dependency_reader *d) {
    for (size_t i = 0; i < d->open.count; i++) {
        tarn_decref(d->open.item[i].name);
        if (d->open.item[i].restriction)
            tarn_decref(d->open.item[i].restriction);
    }
}

/* What is wrong with a record's dependencies, or NULL. The version owns what was
 * read in either case. */
static const char *fill_version(struct version *version, const struct record *record) {
    struct dependency_reader d = {0};
    text_list names = {0};
    const char *fault = dependencies_parse(record->field[FIELD_PRE_DEPENDS], take_alternative, &d);
    if (!fault)
        fault = dependencies_parse(record->field[FIELD_DEPENDS], take_alternative, &d);
    if (!fault)
        fault = dependencies_parse(record->field[FIELD_PROVIDES], take_provided, &names);
    drop_open(&d);
    tarn_field_give(&version->groups, array_of(d.groups.item, d.groups.count));
    tarn_field_give(&version->provides, array_of(names.item, names.count));
    struct slice number = record->field[FIELD_VERSION];
    tarn_field_give(&version->number, text_new(number.start, number.length));
    vector_free(&d.groups);
    vector_free(&d.open);
    vector_free(&names);
    return fault;
}

static void complain(struct loader *l, const struct segment *s, size_t line, const char *fault) {
    l->skipped++;
    if (l->load->report)
        fprintf(stderr, "pkgraph: %s:%zu: %s; record skipped\n", s->source->name, line, fault);
}

static void take_record(struct loader *l, const struct segment *s, const struct record *record,
                        uint64_t order) {
    struct slice name = record->field[FIELD_PACKAGE];
    if (record->fault) {
        complain(l, s, record->fault_line, record->fault);
        return;
    }
    if (!name_is_sound(name)) {
        complain(l, s, record->line, "a record without the name of a package");
        return;
    }
    if (record->field[FIELD_STATUS].start && !status_is_installed(record->field[FIELD_STATUS]))
        return;
    if (!record->field[FIELD_VERSION].length) {
        complain(l, s, record->line, "a package without a version");
        return;
    }
    struct version *version = object_new(types.version);
    const char *fault = fill_version(version, record);
    if (fault) {
        complain(l, s, record->line, fault);
        tarn_decref(version);
        return;
    }
    l->records++;
    uint32_t hash = name_hash(name.start, name.length);
    vector_push(&l->found, (struct found){version, name, hash, order});
}

void phase_parse(struct loader *l) {
    struct load *load = l->load;
    for (;;) {
        /* relaxed: only the number matters; segments were cut before the threads began. */
        size_t n = __atomic_fetch_add(&load->next_segment, 1, __ATOMIC_RELAXED);
        if (n >= load->segments.count)
            return;
        struct segment *segment = &load->segments.item[n];
        struct record record;
        for (uint64_t order = (uint64_t)n << 32; reader_next(&segment->reader, &record); order++) {
            take_record(l, segment, &record, order);
            tarn_safepoint();
        }
    }
}
