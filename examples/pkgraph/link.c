/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The phases after parsing: names become packages, and packages are linked.
 *
 *   enter     each loader makes the packages of its shard and takes their versions
 *   number    one loader merges the sorted shards and numbers the packages
 *   provide   each loader tells the shards of virtual names who provides them, and
 *             fills the buckets of the index that belong to its shard
 *   resolve   each loader links the dependencies of its packages, and tells the
 *             shards of their targets
 *   return    each loader links the way back
 *
 * Objects that one thread made are finished by others: a reference is written
 * only by the loader whose turn it is, so plain fields do.
 */
#include <string.h>

#include "loader.h"

/* Sorts raw memory. A long sort never polls: it counts as a wait. */
static void sort(void *base, size_t count, size_t size, int (*order)(const void *, const void *)) {
    if (count < 2)
        return;
    if (count > 1000)
        tarn_blocking_begin();
    qsort(base, count, size, order);
    if (count > 1000)
        tarn_blocking_end();
}

static int compare_names(struct slice a, struct slice b) {
    int order = memcmp(a.start, b.start, a.length < b.length ? a.length : b.length);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int by_name(const void *a, const void *b) {
    return compare_names((*(struct entry *const *)a)->name, (*(struct entry *const *)b)->name);
}

static int by_number(const void *a, const void *b) {
    uint32_t x = (*(struct entry *const *)a)->number;
    uint32_t y = (*(struct entry *const *)b)->number;
    return (x > y) - (x < y);
}

static int by_order(const void *a, const void *b) {
    uint64_t x = (*(const struct found *const *)a)->order;
    uint64_t y = (*(const struct found *const *)b)->order;
    return (x > y) - (x < y);
}

/* --- shards --- */

static struct loader *shard_of(struct load *load, uint32_t hash) {
    return &load->loaders[hash % load->threads];
}

static struct entry **bucket_of(struct loader *shard, uint32_t hash) {
    return &shard->buckets[hash / shard->load->threads % shard->bucket_count];
}

static struct entry *lookup(struct load *load, struct slice name, uint32_t hash) {
    for (struct entry *e = *bucket_of(shard_of(load, hash), hash); e; e = e->next)
        if (e->hash == hash && e->name.length == name.length &&
            memcmp(e->name.start, name.start, name.length) == 0)
            return e;
    return NULL;
}

static struct entry *lookup_text(struct load *load, const struct text *name) {
    size_t length = name->length - 1;
    return lookup(load, (struct slice){name->bytes, length}, name_hash(name->bytes, length));
}

/* --- enter --- */

/* The entry of a name in this loader's shard, made if need be. */
static struct entry *enter_name(struct loader *l, struct slice name, uint32_t hash) {
    struct entry *e = lookup(l->load, name, hash);
    if (e)
        return e;
    struct entry **bucket = bucket_of(l, hash);
    e = need(tarn_calloc(1, sizeof *e));
    *e = (struct entry){.next = *bucket, .name = name, .hash = hash};
    *bucket = e;
    e->package = object_new(types.package);
    tarn_field_give(&e->package->name, text_new(name.start, name.length));
    vector_push(&l->entries, e);
    return e;
}

/* Provided names get packages too, in the shard that they belong to. */
static void enter_provided(struct loader *l, const struct version *version) {
    for (size_t i = 0; i < version->provides->length; i++) {
        struct text *text = version->provides->item[i];
        struct slice name = {text->bytes, text->length - 1};
        uint32_t hash = name_hash(name.start, name.length);
        if (shard_of(l->load, hash) == l)
            enter_name(l, name, hash);
    }
}

static void make_buckets(struct loader *l) {
    size_t found = 0;
    for (unsigned t = 0; t < l->load->threads; t++)
        found += l->load->loaders[t].found.count;
    l->bucket_count = found / l->load->threads + 1;
    l->buckets = need(tarn_calloc(l->bucket_count, sizeof *l->buckets));
}

void phase_enter(struct loader *l) {
    struct load *load = l->load;
    VECTOR(const struct found *) mine = {0};
    make_buckets(l);
    for (unsigned t = 0; t < load->threads; t++)
        for (size_t i = 0; i < load->loaders[t].found.count; i++) {
            const struct found *f = &load->loaders[t].found.item[i];
            if (shard_of(load, f->hash) == l)
                vector_push(&mine, f);
            enter_provided(l, f->version);
            tarn_safepoint();
        }
    /* Which loader read a record is chance; the order of versions must not be. */
    sort(mine.item, mine.count, sizeof *mine.item, by_order);
    for (size_t i = 0; i < mine.count; i++) {
        struct entry *e = enter_name(l, mine.item[i]->name, mine.item[i]->hash);
        tarn_field_set(&mine.item[i]->version->package, e->package);
        vector_push(&e->versions, mine.item[i]->version);
        tarn_safepoint();
    }
    sort(l->entries.item, l->entries.count, sizeof *l->entries.item, by_name);
    vector_free(&mine);
}

/* --- number --- */

/* Takes the entry of the smallest name off the sorted shards; NULL at the end. */
static struct entry *next_entry(struct load *load, size_t *at) {
    struct entry *first = NULL;
    unsigned from = 0;
    for (unsigned t = 0; t < load->threads; t++) {
        entry_list *list = &load->loaders[t].entries;
        if (at[t] == list->count)
            continue;
        if (!first || compare_names(list->item[at[t]]->name, first->name) < 0)
            first = list->item[at[from = t]];
    }
    if (first)
        at[from]++;
    return first;
}

/* Loader 0 alone. The graph takes over the entries' references to the packages. */
void phase_number(struct loader *l) {
    struct load *load = l->load;
    size_t count = 0;
    if (l->index != 0)
        return;
    for (unsigned t = 0; t < load->threads; t++)
        count += load->loaders[t].entries.count;
    size_t *at = need(tarn_calloc(load->threads, sizeof *at));
    struct graph *graph = load->graph = object_new(types.graph);
    tarn_field_give(&graph->packages, array_new(count));
    /* A multiple of the number of shards: each bucket belongs to one. */
    tarn_field_give(&graph->buckets, array_new((count / load->threads + 1) * load->threads));
    struct entry *e;
    for (uint32_t n = 0; (e = next_entry(load, at)) != NULL; n++) {
        e->number = e->package->number = n;
        tarn_field_give(&graph->packages->item[n], e->package);
        tarn_safepoint();
    }
    tarn_free(at);
}

/* --- provide --- */

/* The index by name: bucket b belongs to shard b modulo the number of shards. */
static void fill_buckets(struct loader *l) {
    struct array *buckets = l->load->graph->buckets;
    size_t mine = buckets->length / l->load->threads;
    uint32_t *count = need(tarn_calloc(mine, sizeof *count));
    for (size_t i = 0; i < l->entries.count; i++) {
        count[l->entries.item[i]->hash % buckets->length / l->load->threads]++;
        tarn_safepoint();
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        void **bucket = &buckets->item[e->hash % buckets->length];
        uint32_t *left = &count[e->hash % buckets->length / l->load->threads];
        if (!*bucket)
            tarn_field_give(bucket, array_new(*left));
        tarn_field_set(&((struct array *)*bucket)->item[--*left], e->package);
        tarn_safepoint();
    }
    tarn_free(count);
}

static void tell(struct load *load, link_list *lists, struct entry *target, struct entry *from) {
    link_list *list = &lists[target->hash % load->threads];
    vector_push(list, (struct link){target, from});
}

static void tell_provided(struct loader *l, struct entry *e) {
    for (size_t v = 0; v < e->versions.count; v++) {
        struct array *provides = e->versions.item[v]->provides;
        for (size_t p = 0; p < provides->length; p++)
            tell(l->load, l->provides, lookup_text(l->load, provides->item[p]), e);
    }
}

void phase_provide(struct loader *l) {
    fill_buckets(l);
    for (size_t i = 0; i < l->entries.count; i++) {
        tell_provided(l, l->entries.item[i]);
        tarn_safepoint();
    }
}

/* --- resolve --- */

/* Sorts a list and takes out what it has twice. */
static void sort_once(entry_list *list) {
    size_t kept = 0;
    sort(list->item, list->count, sizeof *list->item, by_number);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || list->item[i] != list->item[i - 1])
            list->item[kept++] = list->item[i];
    list->count = kept;
}

static struct array *packages_of(const entry_list *list) {
    struct array *array = array_new(list->count);
    for (size_t i = 0; i < list->count; i++) {
        tarn_field_set(&array->item[i], list->item[i]->package);
        tarn_safepoint();
    }
    return array;
}

/* The entry takes its versions' references along to the package. */
static struct array *versions_of(const struct entry *e) {
    struct array *array = array_new(e->versions.count);
    for (size_t i = 0; i < e->versions.count; i++)
        tarn_field_give(&array->item[i], e->versions.item[i]);
    return array;
}

static void resolve_group(struct load *load, struct group *group, entry_list *targets) {
    for (size_t i = 0; i < group->length; i++) {
        struct entry *e = lookup_text(load, group->item[i].name);
        if (!e)
            continue;
        tarn_field_set(&group->item[i].target, e->package);
        vector_push(targets, e);
    }
}

/* Links what the package of an entry depends on; a virtual one, on its providers. */
static void resolve_entry(struct loader *l, struct entry *e) {
    entry_list targets = {0};
    for (size_t v = 0; v < e->versions.count; v++) {
        struct array *groups = e->versions.item[v]->groups;
        for (size_t g = 0; g < groups->length; g++)
            resolve_group(l->load, groups->item[g], &targets);
    }
    if (e->versions.count == 0)
        for (size_t i = 0; i < e->providers.count; i++)
            vector_push(&targets, e->providers.item[i]);
    sort_once(&targets);
    tarn_field_give(&e->package->dependencies, packages_of(&targets));
    for (size_t i = 0; i < targets.count; i++)
        tell(l->load, l->depends, targets.item[i], e);
    l->edges += targets.count;
    vector_free(&targets);
}

void phase_resolve(struct loader *l) {
    struct load *load = l->load;
    for (unsigned t = 0; t < load->threads; t++) {
        link_list *told = &load->loaders[t].provides[l->index];
        for (size_t i = 0; i < told->count; i++) {
            vector_push(&told->item[i].target->providers, told->item[i].from);
            tarn_safepoint();
        }
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        sort_once(&e->providers);
        tarn_field_give(&e->package->providers, packages_of(&e->providers));
        tarn_field_give(&e->package->versions, versions_of(e));
        resolve_entry(l, e);
        tarn_safepoint();
    }
}

/* --- return --- */

void phase_return(struct loader *l) {
    struct load *load = l->load;
    for (unsigned t = 0; t < load->threads; t++) {
        link_list *told = &load->loaders[t].depends[l->index];
        for (size_t i = 0; i < told->count; i++) {
            vector_push(&told->item[i].target->dependents, told->item[i].from);
            tarn_safepoint();
        }
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        sort_once(&e->dependents);
        tarn_field_give(&e->package->dependents, packages_of(&e->dependents));
        tarn_safepoint();
    }
}
