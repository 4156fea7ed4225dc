/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The graph's types and the making of its objects. */
#include "graph.h"

#include <string.h>

#include "need.h"

struct types types;

static const size_t pointer[] = {0};
static const size_t alternative_refs[] = {offsetof(struct alternative, target),
                                          offsetof(struct alternative, name),
                                          offsetof(struct alternative, restriction)};
static const size_t version_refs[] = {
    offsetof(struct version, package), offsetof(struct version, number),
    offsetof(struct version, groups), offsetof(struct version, provides)};
static const size_t package_refs[] = {
    offsetof(struct package, name), offsetof(struct package, versions),
    offsetof(struct package, providers), offsetof(struct package, dependencies),
    offsetof(struct package, dependents)};
static const size_t graph_refs[] = {offsetof(struct graph, packages),
                                    offsetof(struct graph, buckets)};

static tarn_type *fixed(tarn_heap *heap, const char *name, size_t size, const size_t *refs,
                        size_t count) {
    return tarn_type_register(
        heap, &(struct tarn_type_spec){
                  .name = name, .size = size, .offsets = refs, .offset_count = count});
}

static tarn_type *trailing(tarn_heap *heap, const char *name, size_t element, const size_t *refs,
                           size_t count) {
    /* text, array and group all begin with header and length. */
    return tarn_type_register(
        heap, &(struct tarn_type_spec){.name = name,
                                       .size = sizeof(struct array),
                                       .element_size = element,
                                       .length_offset = offsetof(struct array, length),
                                       .element_offsets = refs,
                                       .element_offset_count = count});
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

bool types_register(tarn_heap *heap) {
    types.text = trailing(heap, "text", 1, NULL, 0);
    types.array = trailing(heap, "array", sizeof(void *), pointer, 1);
    types.group = trailing(heap, "dependency", sizeof(struct alternative), alternative_refs,
                           COUNT(alternative_refs));
    types.version =
        fixed(heap, "version", sizeof(struct version), version_refs, COUNT(version_refs));
    types.package =
        fixed(heap, "package", sizeof(struct package), package_refs, COUNT(package_refs));
    types.graph = fixed(heap, "graph", sizeof(struct graph), graph_refs, COUNT(graph_refs));
    return types.text && types.array && types.group && types.version && types.package &&
           types.graph;
}

struct text *text_new(const char *bytes, size_t length) {
    struct text *text = need(tarn_new_array(types.text, length + 1));
    memcpy(text->bytes, bytes, length);
    return text;
}

struct array *array_new(size_t length) {
    return need(tarn_new_array(types.array, length));
}

struct group *group_new(size_t length) {
    return need(tarn_new_array(types.group, length));
}

void *object_new(tarn_type *type) {
    return need(tarn_new(type));
}

uint32_t name_hash(const char *name, size_t length) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash;
}

struct package *graph_find(const struct graph *graph, const char *name) {
    uint32_t hash = name_hash(name, strlen(name));
    const struct array *bucket = graph->buckets->item[hash % graph->buckets->length];
    for (size_t i = 0; bucket && i < bucket->length; i++) {
        struct package *package = bucket->item[i];
        if (strcmp(package->name->bytes, name) == 0)
            return package;
    }
    return NULL;
}
