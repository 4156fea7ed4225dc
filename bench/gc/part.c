/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Starting parts, and what they and their parent count with. */
#include "part.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static const struct gc_kind *const kinds[] = {&gc_tarn, &gc_tarn_off, &gc_boehm,
                                              &gc_boehm_incremental};

static bool run(const struct gc_kind *kind, const char *program, char *arguments,
                struct results *out) {
    char *rest = strchr(arguments, ',');
    if (!rest)
        return false;
    *rest++ = '\0';
    size_t second = strtoull(rest, NULL, 10);
    if (strcmp(program, "graph") == 0)
        return kind->graph && kind->graph(arguments, second, out);
    unsigned threads = (unsigned)strtoul(arguments, NULL, 10);
    if (strcmp(program, "trees") == 0)
        return kind->trees && kind->trees(threads, out);
    if (strcmp(program, "list") == 0)
        return kind->list && kind->list(second, out);
    if (strcmp(program, "crowd") == 0)
        return kind->crowd && kind->crowd(threads, out);
    return strcmp(program, "server") == 0 && kind->server && kind->server(threads, second, out);
}

int gc_part_run(const char *part) {
    char who[64];
    char program[64];
    char arguments[64];
    struct results out;
    for (unsigned i = 0; i < RESULTS; i++)
        out.value[i] = -1;
    if (sscanf(part, "gc:%63[^:]:%63[^:]:%63s", who, program, arguments) != 3)
        return 2;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i]->name, who) != 0 || !run(kinds[i], program, arguments, &out))
            continue;
        for (unsigned k = 0; k < RESULTS; k++)
            printf("%.4f ", out.value[k]);
        putchar('\n');
        return 0;
    }
    return 2;
}

bool gc_command(const char *command, struct results *out) {
    unsigned n = 0;
    FILE *in = popen(command, "r");
    for (unsigned i = 0; i < RESULTS; i++)
        out->value[i] = -1;
    while (in && n < RESULTS && fscanf(in, "%lf", &out->value[n]) == 1)
        n++;
    return in && pclose(in) == 0 && n > 0;
}

bool gc_part_spawn(const char *part, struct results *out) {
    char self[2048];
    char command[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = '\0';
    snprintf(command, sizeof command, "'%s' --worker '%s'%s", self, part,
             harness.quick ? " --quick" : "");
    return gc_command(command, out);
}

/* ---------------------------------------------------------------- durations ---- */

static unsigned bucket_of(uint64_t ns) {
    if (ns < 16)
        return (unsigned)ns;
    unsigned high = 63u - (unsigned)__builtin_clzll(ns);
    return (high - 3) * 16 + (unsigned)(ns >> (high - 4) & 15);
}

void tally_add(struct tally *t, uint64_t ns) {
    t->bucket[bucket_of(ns)]++;
    t->count++;
    if (ns > t->max_ns)
        t->max_ns = ns;
}

void tally_join(struct tally *t, const struct tally *other) {
    for (unsigned i = 0; i < TALLY_BUCKETS; i++)
        t->bucket[i] += other->bucket[i];
    t->count += other->count;
    if (other->max_ns > t->max_ns)
        t->max_ns = other->max_ns;
}

double tally_us(const struct tally *t, double share) {
    uint64_t before = 0;
    uint64_t wanted = (uint64_t)((double)t->count * share);
    for (unsigned i = 0; i < TALLY_BUCKETS; i++) {
        before += t->bucket[i];
        if (before <= wanted)
            continue;
        uint64_t upper = i < 16 ? i + 1 : (uint64_t)(17 + i % 16) << (i / 16 - 1);
        return (double)(upper < t->max_ns ? upper : t->max_ns) / 1000;
    }
    return (double)t->max_ns / 1000;
}
