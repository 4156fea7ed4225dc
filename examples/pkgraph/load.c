/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Loading in phases, with a barrier after each; loader i owns shard i of the
 * names, so that no phase needs a lock.
 *
 *   parse     segments of the inputs, taken in turn, become versions
 *   enter     each loader makes the packages of its shard and takes their versions
 *   number    one loader sorts all names and numbers the packages
 *   provide   each loader tells the shards of virtual names who provides them
 *   resolve   each loader links the dependencies of its packages, and tells the
 *             shards of their targets
 *   return    each loader links the way back
 *
 * Objects that one thread made are finished by others: fields are written only by
 * the loader whose turn it is, and barriers order the phases. A loader waits at a
 * barrier inside a blocking region.
 */
#include "load.h"

#include <pthread.h>
#include <string.h>

#include "control.h"
#include "vector.h"

#define SEGMENT_SIZE ((size_t)1 << 18)

struct segment {
    const struct source *source;
    struct reader reader;
};

/* A version that was read, on its way to its package. */
struct found {
    struct version *version;
    struct slice name;
    uint32_t hash;
    uint64_t order; /* of its record among all */
};

typedef VECTOR(struct version *) version_list;
typedef VECTOR(struct package *) package_list;

/* A name in a shard. */
struct entry {
    struct entry *next; /* in its bucket */
    struct slice name;
    uint32_t hash;
    struct package *package;
    version_list versions;
    package_list providers;
    package_list dependents;
};

/* "target is provided by, or depended on by, package". */
struct link {
    struct entry *target;
    struct package *package;
};

typedef VECTOR(struct link) link_list;

#define SHARD_BUCKETS 16384u

struct loader {
    struct load *load;
    unsigned index;
    pthread_t thread;
    VECTOR(struct found) found;
    VECTOR(struct entry *) entries;
    struct entry **buckets;
    link_list *provides; /* by shard of the target */
    link_list *depends;
    size_t records;
    size_t skipped;
};

struct load {
    tarn_heap *heap;
    unsigned threads;
    bool report;
    struct loader *loaders;
    VECTOR(struct segment) segments;
    size_t next_segment; /* taken with __atomic_fetch_add */
    pthread_barrier_t barrier;
    struct graph *graph;
};

/* --- parse --- */

static void cut(struct load *load, const struct source *source) {
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

/* The groups of one version, as they are read. */
struct dependency_reader {
    VECTOR(struct group *) groups;
    VECTOR(struct alternative) open;
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

struct provides_reader {
    VECTOR(struct text *) names;
};

static void take_provided(struct slice name, struct slice restriction, bool last, void *arg) {
    struct provides_reader *p = arg;
    (void)restriction;
    (void)last;
    vector_push(&p->names, text_new(name.start, name.length));
}

/* Moves references from a vector into a new array of the heap. */
static struct array *array_of(void *items, size_t count) {
    struct array *array = array_new(count);
    void **item = items;
    for (size_t i = 0; i < count; i++)
        tarn_field_give(&array->item[i], item[i]);
    return array;
}

/* What a record lacks, or NULL; dependencies become objects of the version. */
static const char *fill_version(struct version *version, const struct record *record) {
    struct dependency_reader d = {0};
    struct provides_reader p = {0};
    const char *fault = dependencies_parse(record->field[FIELD_PRE_DEPENDS], take_alternative, &d);
    if (!fault)
        fault = dependencies_parse(record->field[FIELD_DEPENDS], take_alternative, &d);
    if (!fault)
        fault = dependencies_parse(record->field[FIELD_PROVIDES], take_provided, &p);
    for (size_t i = 0; i < d.open.count; i++) {
        tarn_decref(d.open.item[i].name);
        if (d.open.item[i].restriction)
            tarn_decref(d.open.item[i].restriction);
    }
    tarn_field_give(&version->groups, array_of(d.groups.item, d.groups.count));
    tarn_field_give(&version->provides, array_of(p.names.item, p.names.count));
    struct slice number = record->field[FIELD_VERSION];
    tarn_field_give(&version->number, text_new(number.start, number.length));
    vector_free(&d.groups);
    vector_free(&d.open);
    vector_free(&p.names);
    return fault;
}

static bool is_name(struct slice name) {
    for (size_t i = 0; i < name.length; i++)
        if (name.start[i] == ' ' || name.start[i] == '\n')
            return false;
    return name.length > 0;
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
    if (!name.start || !is_name(name)) {
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

static void parse(struct loader *l) {
    struct load *load = l->load;
    for (;;) {
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

/* --- enter --- */

static struct loader *shard_of(struct load *load, uint32_t hash) {
    return &load->loaders[hash % load->threads];
}

static struct entry *lookup(struct load *load, struct slice name, uint32_t hash) {
    struct loader *shard = shard_of(load, hash);
    for (struct entry *e = shard->buckets[hash / load->threads % SHARD_BUCKETS]; e; e = e->next)
        if (e->hash == hash && e->name.length == name.length &&
            memcmp(e->name.start, name.start, name.length) == 0)
            return e;
    return NULL;
}

/* The entry of a name in this loader's shard, made if need be. */
static struct entry *enter_name(struct loader *l, struct slice name, uint32_t hash) {
    struct entry *e = lookup(l->load, name, hash);
    if (e)
        return e;
    e = tarn_calloc(1, sizeof *e);
    if (!e)
        abort();
    struct entry **bucket = &l->buckets[hash / l->load->threads % SHARD_BUCKETS];
    *e = (struct entry){.next = *bucket, .name = name, .hash = hash};
    *bucket = e;
    e->package = object_new(types.package);
    tarn_field_give(&e->package->name, text_new(name.start, name.length));
    vector_push(&l->entries, e);
    return e;
}

static int by_order(const void *a, const void *b) {
    const struct found *const *x = a;
    const struct found *const *y = b;
    return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

static struct slice slice_of(const struct text *text) {
    return (struct slice){text->bytes, text->length - 1};
}

/* Provided names get packages too, in the shard that they belong to. */
static void enter_provided(struct loader *l, const struct found *f) {
    struct array *provides = f->version->provides;
    for (size_t i = 0; i < provides->length; i++) {
        struct slice name = slice_of(provides->item[i]);
        uint32_t hash = name_hash(name.start, name.length);
        if (shard_of(l->load, hash) == l)
            enter_name(l, name, hash);
    }
}

static void enter(struct loader *l) {
    struct load *load = l->load;
    VECTOR(const struct found *) mine = {0};
    for (unsigned t = 0; t < load->threads; t++)
        for (size_t i = 0; i < load->loaders[t].found.count; i++) {
            const struct found *f = &load->loaders[t].found.item[i];
            if (shard_of(load, f->hash) == l)
                vector_push(&mine, f);
            enter_provided(l, f);
            tarn_safepoint();
        }
    if (mine.count)
        qsort(mine.item, mine.count, sizeof *mine.item, by_order);
    for (size_t i = 0; i < mine.count; i++) {
        struct entry *e = enter_name(l, mine.item[i]->name, mine.item[i]->hash);
        tarn_field_set(&mine.item[i]->version->package, e->package);
        vector_push(&e->versions, mine.item[i]->version);
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        tarn_field_give(&e->package->versions, array_of(e->versions.item, e->versions.count));
    }
    vector_free(&mine);
}

/* --- number --- */

static int by_name(const void *a, const void *b) {
    const struct package *const *x = a;
    const struct package *const *y = b;
    return strcmp((*x)->name->bytes, (*y)->name->bytes);
}

static void fill_buckets(struct graph *graph) {
    size_t n = graph_size(graph);
    size_t *fill = tarn_calloc(n + 1, sizeof *fill);
    if (!fill)
        abort();
    for (size_t i = 0; i < n; i++)
        fill[name_hash(graph_package(graph, i)->name->bytes,
                       graph_package(graph, i)->name->length - 1) %
             n]++;
    for (size_t i = 0; i < n; i++) {
        struct package *package = graph_package(graph, i);
        uint32_t hash = name_hash(package->name->bytes, package->name->length - 1);
        struct array *bucket = graph->buckets->item[hash % n];
        if (!bucket) {
            bucket = array_new(fill[hash % n]);
            fill[hash % n] = 0;
            tarn_field_give(&graph->buckets->item[hash % n], bucket);
        }
        tarn_field_set(&bucket->item[fill[hash % n]++], package);
        tarn_safepoint();
    }
    tarn_free(fill);
}

/* Loader 0 alone. The packages array takes over the entries' references. */
static void number(struct load *load) {
    VECTOR(struct package *) all = {0};
    for (unsigned t = 0; t < load->threads; t++)
        for (size_t i = 0; i < load->loaders[t].entries.count; i++)
            vector_push(&all, load->loaders[t].entries.item[i]->package);
    if (all.count)
        qsort(all.item, all.count, sizeof *all.item, by_name);
    for (size_t i = 0; i < all.count; i++)
        all.item[i]->number = (uint32_t)i;
    load->graph = object_new(types.graph);
    tarn_field_give(&load->graph->packages, array_of(all.item, all.count));
    tarn_field_give(&load->graph->buckets, array_new(all.count ? all.count : 1));
    fill_buckets(load->graph);
    vector_free(&all);
}

/* --- provide, resolve, return --- */

static void tell(struct load *load, link_list *lists, struct entry *target,
                 struct package *package) {
    link_list *list = &lists[shard_of(load, target->hash) - load->loaders];
    vector_push(list, (struct link){target, package});
}

static void provide(struct loader *l) {
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        for (size_t v = 0; v < e->versions.count; v++) {
            struct array *provides = e->versions.item[v]->provides;
            for (size_t p = 0; p < provides->length; p++) {
                struct slice name = slice_of(provides->item[p]);
                struct entry *target = lookup(l->load, name, name_hash(name.start, name.length));
                tell(l->load, l->provides, target, e->package);
            }
        }
        tarn_safepoint();
    }
}

static int by_number(const void *a, const void *b) {
    const struct package *const *x = a;
    const struct package *const *y = b;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

/* Sorts a list of packages, each once, into an array. */
static struct array *array_once(package_list *list) {
    size_t kept = 0;
    if (list->count)
        qsort(list->item, list->count, sizeof *list->item, by_number);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || list->item[i] != list->item[i - 1])
            list->item[kept++] = list->item[i];
    list->count = kept;
    struct array *array = array_new(kept);
    for (size_t i = 0; i < kept; i++)
        tarn_field_set(&array->item[i], list->item[i]);
    return array;
}

static void resolve_group(struct load *load, struct group *group, package_list *targets) {
    for (size_t i = 0; i < group->length; i++) {
        struct slice name = slice_of(group->item[i].name);
        struct entry *e = lookup(load, name, name_hash(name.start, name.length));
        if (!e)
            continue;
        tarn_field_set(&group->item[i].target, e->package);
        vector_push(targets, e->package);
    }
}

/* The packages that an entry's package points to. */
static void resolve_entry(struct loader *l, struct entry *e) {
    package_list targets = {0};
    for (size_t v = 0; v < e->versions.count; v++) {
        struct array *groups = e->versions.item[v]->groups;
        for (size_t g = 0; g < groups->length; g++)
            resolve_group(l->load, groups->item[g], &targets);
    }
    if (e->versions.count == 0)
        for (size_t i = 0; i < e->providers.count; i++)
            vector_push(&targets, e->providers.item[i]);
    tarn_field_give(&e->package->dependencies, array_once(&targets));
    for (size_t i = 0; i < targets.count; i++) {
        struct slice name = slice_of(targets.item[i]->name);
        struct entry *target = lookup(l->load, name, name_hash(name.start, name.length));
        tell(l->load, l->depends, target, e->package);
    }
    vector_free(&targets);
}

static void resolve(struct loader *l) {
    struct load *load = l->load;
    for (unsigned t = 0; t < load->threads; t++) {
        link_list *list = &load->loaders[t].provides[l->index];
        for (size_t i = 0; i < list->count; i++)
            vector_push(&list->item[i].target->providers, list->item[i].package);
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        tarn_field_give(&e->package->providers, array_once(&e->providers));
        resolve_entry(l, e);
        tarn_safepoint();
    }
}

static void link_back(struct loader *l) {
    struct load *load = l->load;
    for (unsigned t = 0; t < load->threads; t++) {
        link_list *list = &load->loaders[t].depends[l->index];
        for (size_t i = 0; i < list->count; i++)
            vector_push(&list->item[i].target->dependents, list->item[i].package);
    }
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        tarn_field_give(&e->package->dependents, array_once(&e->dependents));
        tarn_safepoint();
    }
}

/* --- the threads --- */

static void wait_for_all(struct load *load) {
    tarn_blocking_begin();
    pthread_barrier_wait(&load->barrier);
    tarn_blocking_end();
}

static void *run_loader(void *arg) {
    struct loader *l = arg;
    struct load *load = l->load;
    if (tarn_thread_attach(load->heap) != 0)
        abort();
    parse(l);
    wait_for_all(load);
    enter(l);
    wait_for_all(load);
    if (l->index == 0)
        number(load);
    wait_for_all(load);
    provide(l);
    wait_for_all(load);
    resolve(l);
    wait_for_all(load);
    link_back(l);
    tarn_thread_detach();
    return NULL;
}

static void loader_free(struct loader *l) {
    for (size_t i = 0; i < l->entries.count; i++) {
        struct entry *e = l->entries.item[i];
        vector_free(&e->versions);
        vector_free(&e->providers);
        vector_free(&e->dependents);
        tarn_free(e);
    }
    for (unsigned t = 0; t < l->load->threads; t++) {
        vector_free(&l->provides[t]);
        vector_free(&l->depends[t]);
    }
    tarn_free(l->provides);
    tarn_free(l->depends);
    tarn_free(l->buckets);
    vector_free(&l->entries);
    vector_free(&l->found);
}

static void loader_init(struct load *load, unsigned index) {
    struct loader *l = &load->loaders[index];
    *l = (struct loader){.load = load, .index = index};
    l->buckets = tarn_calloc(SHARD_BUCKETS, sizeof *l->buckets);
    l->provides = tarn_calloc(load->threads, sizeof *l->provides);
    l->depends = tarn_calloc(load->threads, sizeof *l->depends);
    if (!l->buckets || !l->provides || !l->depends)
        abort();
}

static void run_threads(struct load *load) {
    pthread_barrier_init(&load->barrier, NULL, load->threads);
    for (unsigned t = 0; t < load->threads; t++)
        loader_init(load, t);
    for (unsigned t = 0; t < load->threads; t++)
        if (pthread_create(&load->loaders[t].thread, NULL, run_loader, &load->loaders[t]) != 0)
            abort();
    tarn_blocking_begin();
    for (unsigned t = 0; t < load->threads; t++)
        pthread_join(load->loaders[t].thread, NULL);
    tarn_blocking_end();
    pthread_barrier_destroy(&load->barrier);
}

struct load_result graph_load(tarn_heap *heap, const struct source *sources, size_t count,
                              unsigned threads, bool report) {
    struct load load = {.heap = heap, .threads = threads, .report = report};
    struct load_result result = {0};
    load.loaders = tarn_calloc(threads, sizeof *load.loaders);
    if (!load.loaders)
        abort();
    for (size_t i = 0; i < count; i++)
        cut(&load, &sources[i]);
    run_threads(&load);
    for (size_t i = 0; i < graph_size(load.graph); i++)
        load.graph->edges += graph_package(load.graph, i)->dependencies->length;
    for (unsigned t = 0; t < threads; t++) {
        result.records += load.loaders[t].records;
        result.skipped += load.loaders[t].skipped;
    }
    for (unsigned t = 0; t < threads; t++)
        loader_free(&load.loaders[t]);
    tarn_free(load.loaders);
    vector_free(&load.segments);
    result.graph = load.graph;
    return result;
}
