/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Looking ahead in a pipeline: keys, and what is asked of one key's hash or set. */
#include "batch.h"

#include "keyspace.h"

static struct slice word_of(const struct batch *batch, const struct slice *word, size_t i,
                            size_t n) {
    return word[batch->request[i].first + n];
}

/* Has the keys of a batch looked for all at once: see tarn_map_prefetch. */
static void look_for_keys(const struct batch *batch, const struct slice *word) {
    struct probe probe[BATCH];
    const void *key[BATCH];
    size_t keys = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct command *command = batch->request[i].command;
        if (!command || command->first != 1 || batch->request[i].count < 2)
            continue;
        probe[keys] = probe_of(word_of(batch, word, i, 1));
        key[keys] = &probe[keys];
        keys++;
    }
    if (keys > 1)
        tarn_map_prefetch(keyspace_now()->keys, key, keys);
}

/* How many requests from `i` on look for something in one and the same key. */
static size_t run_of_key(const struct batch *batch, const struct slice *word, size_t i) {
    size_t n = i;
    while (n < batch->count && batch->request[n].command &&
           batch->request[n].command->flags & COMMAND_INSIDE && batch->request[n].count > 2 &&
           slice_equal(word_of(batch, word, n, 1), word_of(batch, word, i, 1)))
        n++;
    return n - i;
}

/* The same for fields and members that stand in one hash or set. */
static void look_for_members(const struct batch *batch, const struct slice *word, size_t from,
                             size_t count) {
    struct probe key = probe_of(word_of(batch, word, from, 1));
    struct probe probe[BATCH];
    const void *member[BATCH];
    struct entry *e = tarn_map_peek(keyspace_now()->keys, &key);
    if (!e || (e->kind != KIND_HASH && e->kind != KIND_SET))
        return;
    for (size_t i = 0; i < count; i++) {
        probe[i] = probe_of(word_of(batch, word, from + i, 2));
        member[i] = &probe[i];
    }
    tarn_map_prefetch(entry_object(e), member, count);
}

void batch_look_ahead(const struct batch *batch, const struct slice *word) {
    look_for_keys(batch, word);
    for (size_t i = 0; i < batch->count;) {
        size_t count = run_of_key(batch, word, i);
        if (count > 1)
            look_for_members(batch, word, i, count);
        i += count ? count : 1;
    }
}
