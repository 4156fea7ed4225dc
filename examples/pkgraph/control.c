/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* A reader of the control format that names what is wrong and where. */
#include "control.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_LENGTH ((size_t)1 << 20)

static const struct {
    const char *name;
    enum field field;
} known[] = {
    {"Package", FIELD_PACKAGE},         {"Status", FIELD_STATUS},   {"Version", FIELD_VERSION},
    {"Pre-Depends", FIELD_PRE_DEPENDS}, {"Depends", FIELD_DEPENDS}, {"Provides", FIELD_PROVIDES},
};

static struct slice trim(const char *start, const char *end) {
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return (struct slice){start, (size_t)(end - start)};
}

static void fail(struct record *record, size_t line, const char *fault) {
    if (!record->fault) {
        record->fault = fault;
        record->fault_line = line;
    }
}

static int field_of(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == length && strncasecmp(known[i].name, name, length) == 0)
            return (int)known[i].field;
    return -1;
}

static bool is_field_name(const char *name, const char *end) {
    for (const char *at = name; at < end; at++)
        if (!isgraph((unsigned char)*at))
            return false;
    return name < end;
}

/* A "Field: value" line; *current is the field that continuation lines extend. */
static void take_field(struct record *record, const char *line, const char *end, size_t number,
                       int *current) {
    const char *colon = memchr(line, ':', (size_t)(end - line));
    *current = -1;
    if (!colon || !is_field_name(line, colon)) {
        fail(record, number, "a line that is neither \"Field: value\" nor a continuation");
        return;
    }
    *current = field_of(line, (size_t)(colon - line));
    if (*current < 0)
        return;
    if (record->field[*current].start)
        fail(record, number, "a field that the record has already");
    record->field[*current] = trim(colon + 1, end);
}

static void take_line(struct record *record, const char *line, const char *end, size_t number,
                      int *current, bool *begun) {
    if ((size_t)(end - line) > LINE_MAX_LENGTH)
        fail(record, number, "a line longer than a mebibyte");
    if (memchr(line, 0, (size_t)(end - line)))
        fail(record, number, "a NUL byte");
    if (*line != ' ' && *line != '\t') {
        take_field(record, line, end, number, current);
    } else if (!*begun) {
        fail(record, number, "a continuation line without a field");
    } else if (*current >= 0) {
        struct slice *field = &record->field[*current];
        *field = trim(field->start, end);
    }
    *begun = true;
}

bool reader_next(struct reader *reader, struct record *record) {
    bool begun = false;
    int current = -1;
    *record = (struct record){0};
    while (reader->at < reader->end) {
        const char *line = reader->at;
        const char *end = memchr(line, '\n', (size_t)(reader->end - line));
        size_t number = reader->line++;
        reader->at = end ? end + 1 : reader->end;
        if (!end)
            end = reader->end;
        if (trim(line, end).length == 0) {
            if (begun)
                return true;
            continue;
        }
        if (!begun)
            record->line = number;
        take_line(record, line, end, number, &current, &begun);
    }
    return begun;
}

bool name_is_sound(struct slice name) {
    if (name.length == 0 || !isalnum((unsigned char)name.start[0]))
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!isalnum((unsigned char)name.start[i]) && !memchr("+-._", name.start[i], 4))
            return false;
    return true;
}

static bool is_relation(struct slice text) {
    static const char *const relations[] = {"<<", "<=", "=", ">=", ">>", "<", ">"};
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++)
        if (strlen(relations[i]) == text.length &&
            memcmp(relations[i], text.start, text.length) == 0)
            return true;
    return false;
}

/* "(relation version)", from its opening parenthesis to the alternative's end. */
static const char *restriction_fault(struct slice text) {
    const char *end = text.start + text.length - 1;
    const char *at = text.start + 1;
    if (text.length < 2 || *end != ')')
        return "a version restriction without its closing parenthesis";
    while (at < end && (memchr("<=>", *at, 3) || isspace((unsigned char)*at)))
        at++;
    struct slice version = trim(at, end);
    if (!is_relation(trim(text.start + 1, at)))
        return "a version restriction without a relation";
    if (version.length == 0)
        return "a version restriction without a version";
    for (size_t i = 0; i < version.length; i++)
        if (!isalnum((unsigned char)version.start[i]) && !memchr("+-.~:_", version.start[i], 6))
            return "a version restriction that is no version";
    return NULL;
}

/* One alternative: name, optional ":arch", optional "(relation version)". */
static const char *alternative_parse(struct slice text, bool last, dependency_visitor visit,
                                     void *arg) {
    const char *end = text.start + text.length;
    const char *open = memchr(text.start, '(', text.length);
    struct slice restriction = {NULL, 0};
    struct slice name = trim(text.start, open ? open : end);
    if (open) {
        restriction = (struct slice){open, (size_t)(end - open)};
        const char *fault = restriction_fault(restriction);
        if (fault)
            return fault;
    }
    const char *colon = memchr(name.start, ':', name.length);
    if (colon)
        name.length = (size_t)(colon - name.start);
    if (!name_is_sound(name))
        return "a dependency on something that is no package name";
    visit(name, restriction, last, arg);
    return NULL;
}

const char *dependencies_parse(struct slice field, dependency_visitor visit, void *arg) {
    const char *at = field.start;
    const char *end = field.start + field.length;
    while (at < end) {
        const char *stop = at;
        while (stop < end && *stop != ',' && *stop != '|')
            stop++;
        bool last = stop == end || *stop == ',';
        struct slice text = trim(at, stop);
        if (text.length == 0 && stop == end && at > field.start && at[-1] == ',')
            return NULL; /* a comma at the end is common */
        if (text.length == 0)
            return "an empty dependency";
        const char *fault = alternative_parse(text, last, visit, arg);
        if (fault)
            return fault;
        if (stop < end && *stop == '|' && trim(stop + 1, end).length == 0)
            return "an alternative that is missing";
        at = stop + 1;
    }
    return NULL;
}

bool status_is_installed(struct slice status) {
    static const char absent[] = "not-installed";
    static const char removed[] = "config-files";
    struct slice words = trim(status.start, status.start + status.length);
    const char *word = words.start + words.length;
    while (word > words.start && !isspace((unsigned char)word[-1]))
        word--;
    size_t length = (size_t)(words.start + words.length - word);
    return !(length == strlen(absent) && memcmp(word, absent, length) == 0) &&
           !(length == strlen(removed) && memcmp(word, removed, length) == 0);
}
