/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The heap, asked: OBJECT, MEMORY and GC.
 *
 *   GC COLLECT [0|1|2]   collects a generation now (2): how many objects it freed
 *   GC REQUEST           makes a full collection due, beside the clients
 *   GC STATS             counters and pauses, as names and numbers
 *   GC EXPLAIN           why the last collections ran, and what the next ones wait for
 *   GC EXPLAIN key       who holds what the key leads to: one line each
 *
 * Collecting, walking and looking for referrers are safepoints: what the command goes
 * on with afterwards it holds by a reference, not by a borrow.
 */
#include <errno.h>
#include <stdio.h>

#include "evict.h"
#include "number.h"
#include "server.h"
#include "verbs.h"

/* The entry of the third word, borrowed, or NULL, with nil as the answer. */
static struct entry *peek_subject(struct call *call) {
    struct probe key = probe_of(call->word[2]);
    struct entry *e = key_peek(&key);
    if (!e)
        reply_nil(call->out);
    return e;
}

static void reply_lines(struct call *call, const char *const *line, size_t count) {
    reply_array(call->out, count);
    for (size_t i = 0; i < count; i++)
        reply_status(call->out, line[i]);
}

/* --- OBJECT ---- */

static void object_refcount(struct call *call) {
    struct entry *e = peek_subject(call);
    if (e)
        reply_integer(call->out, tarn_refcount(e));
}

static const char *encoding_of(const struct entry *e) {
    static const char *const encodings[] = {"", "quicklist", "hashtable", "hashtable", "graph"};
    long long number;
    if (e->kind != KIND_STRING)
        return encodings[e->kind];
    if (number_read(entry_value(e), &number))
        return "int";
    return entry_value(e).length <= 44 ? "embstr" : "raw";
}

static void object_encoding(struct call *call) {
    struct entry *e = peek_subject(call);
    if (e)
        reply_bulk(call->out, slice_of(encoding_of(e)));
}

static void object_idletime(struct call *call) {
    struct entry *e = peek_subject(call);
    if (e)
        reply_integer(call->out, evict_age(e));
}

static void object_help(struct call *call) {
    static const char *const lines[] = {
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>: seconds since it was touched, in a policy",
        "    that keeps them.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>."};
    reply_lines(call, lines, sizeof lines / sizeof lines[0]);
}

void verb_object(struct call *call) {
    static const struct subcommand table[] = {{"refcount", object_refcount, 3},
                                              {"encoding", object_encoding, 3},
                                              {"idletime", object_idletime, 3},
                                              {"help", object_help, 2}};
    subcommand_run(call, table, sizeof table / sizeof table[0]);
}

/* --- MEMORY ---- */

static void memory_usage(struct call *call) {
    bool sound = call->count == 3 || (call->count == 5 && slice_is(call->word[3], "SAMPLES"));
    struct entry *e;
    if (!sound) {
        reply_syntax(call->out);
        return;
    }
    struct probe key = key_lock(call, 2);
    e = key_find(&key);
    int64_t bytes = e ? (int64_t)entry_bytes(e) : 0;
    if (e && e->kind != KIND_STRING)
        bytes += ((struct holder *)e)->bytes;
    key_unlock(&key);
    if (e)
        reply_integer(call->out, bytes);
    else
        reply_nil(call->out);
}

static void pair(struct reply *out, size_t *count, const char *name, uint64_t value) {
    reply_bulk(out, slice_of(name));
    reply_integer(out, (long long)value);
    *count += 2;
}

static void memory_stats(struct call *call) {
    struct tarn_heap_stats s;
    size_t count = 0;
    size_t mark = reply_defer(call->out);
    tarn_heap_get_stats(server.heap, &s);
    pair(call->out, &count, "total.allocated", (uint64_t)keyspace_bytes());
    pair(call->out, &count, "keys.count", keyspace_count());
    pair(call->out, &count, "heap.pools", s.pool_bytes);
    pair(call->out, &count, "heap.committed", s.committed_bytes);
    pair(call->out, &count, "heap.reserved", s.reserved_bytes);
    pair(call->out, &count, "heap.objects", s.allocated - s.freed);
    pair(call->out, &count, "heap.retired", s.retired);
    pair(call->out, &count, "heap.retired-bytes", s.retired_bytes);
    reply_settle(call->out, mark, count);
}

static void memory_purge(struct call *call) {
    tarn_drain();
    tarn_heap_trim(server.heap);
    reply_ok(call->out);
}

static void memory_doctor(struct call *call) {
    reply_bulk(call->out, slice_of("MEMORY STATS says what the heap knows."));
}

void verb_memory(struct call *call) {
    static const struct subcommand table[] = {{"usage", memory_usage, -3},
                                              {"stats", memory_stats, 2},
                                              {"purge", memory_purge, 2},
                                              {"doctor", memory_doctor, 2}};
    subcommand_run(call, table, sizeof table / sizeof table[0]);
}

/* --- GC ---- */

static void gc_collect(struct call *call) {
    long long generation = 2;
    if (call->count > 3) {
        reply_syntax(call->out);
        return;
    }
    if (call->count == 3 && !call_integer(call, 2, &generation))
        return;
    ptrdiff_t freed = generation >= 0 && generation <= 2
                          ? tarn_gc_collect(server.heap, (int)generation)
                          : -EINVAL;
    if (freed >= 0)
        reply_integer(call->out, freed);
    else if (freed == -EINVAL)
        reply_literal(call->out, "-ERR no such generation\r\n");
    else
        reply_no_memory(call->out);
}

static void gc_request(struct call *call) {
    tarn_gc_request(server.heap);
    reply_ok(call->out);
}

static void gc_stats(struct call *call) {
    struct tarn_heap_stats s;
    struct tarn_histogram to_stop;
    struct tarn_histogram stopped;
    size_t count = 0;
    size_t mark = reply_defer(call->out);
    tarn_heap_get_stats(server.heap, &s);
    tarn_heap_get_pauses(server.heap, &to_stop, &stopped);
    for (int g = 0; g < 3; g++) {
        struct tarn_gc_stats gc;
        char name[32];
        tarn_gc_stats(server.heap, g, &gc);
        snprintf(name, sizeof name, "gen%d.collections", g);
        pair(call->out, &count, name, gc.collections);
        snprintf(name, sizeof name, "gen%d.collected", g);
        pair(call->out, &count, name, gc.collected);
        snprintf(name, sizeof name, "gen%d.stopped-ns", g);
        pair(call->out, &count, name, gc.stopped_ns);
        snprintf(name, sizeof name, "gen%d.concurrent-ns", g);
        pair(call->out, &count, name, gc.concurrent_ns);
    }
    pair(call->out, &count, "freed-by-collector", s.freed_by_collector);
    pair(call->out, &count, "stops", s.stops);
    pair(call->out, &count, "time-to-stop-p99-ns", tarn_histogram_quantile(&to_stop, 0.99));
    pair(call->out, &count, "time-to-stop-max-ns", to_stop.max_ns);
    pair(call->out, &count, "stopped-p99-ns", tarn_histogram_quantile(&stopped, 0.99));
    pair(call->out, &count, "stopped-max-ns", stopped.max_ns);
    reply_settle(call->out, mark, count);
}

struct explaining {
    struct reply *out;
    size_t lines;
};

#define REFERRERS_SHOWN 20

static bool explain_referrer(void *object, void *arg) {
    struct explaining *x = arg;
    reply_bulk_format(x->out, "held by an object of type '%s', references: %td",
                      tarn_type_name(tarn_typeof(object)), tarn_refcount(object) - 1);
    return ++x->lines < REFERRERS_SHOWN;
}

/* The object, held, which its count leaves out. Only containers show as referrers: so those of a
 * graph's node do, which are the edges of others. The keyspace's own entry is no container to the
 * collector: its reference counts as one from outside, which is what keeps the node. */
static void explain(struct call *call, void *object, const char *what) {
    struct explaining x = {call->out, 0};
    size_t mark = reply_defer(call->out);
    reply_bulk_format(call->out, "%s of type '%s', references: %td", what,
                      tarn_type_name(tarn_typeof(object)), tarn_refcount(object) - 1);
    reply_bulk_format(call->out, "%s",
                      tarn_gc_is_tracked(object) ? "looked after by the collector"
                                                 : "never part of a cycle: counts alone free it");
    tarn_referrers(object, explain_referrer, &x);
    reply_settle(call->out, mark, x.lines + 2);
}

/* The heap's own words. */
static void explain_heap(struct call *call) {
    size_t length = tarn_gc_explain(server.heap, NULL, 0);
    char *text = tarn_malloc(length + 1);
    if (!text) {
        reply_no_memory(call->out);
        return;
    }
    tarn_gc_explain(server.heap, text, length + 1); /* it may say less or more by now */
    reply_bulk(call->out, slice_of(text));
    tarn_free(text);
}

static void gc_explain(struct call *call) {
    if (call->count == 2) {
        explain_heap(call);
        return;
    }
    if (call->count > 3) {
        reply_syntax(call->out);
        return;
    }
    struct entry *e = peek_subject(call);
    if (!e)
        return;
    void *object = e->kind == KIND_STRING ? (void *)e : entry_object(e);
    if (!tarn_try_incref(object)) { /* it was replaced this moment */
        reply_nil(call->out);
        return;
    }
    explain(call, object, object == e ? "an entry" : "an object");
    tarn_decref(object);
}

void verb_gc(struct call *call) {
    static const struct subcommand table[] = {{"collect", gc_collect, -2},
                                              {"request", gc_request, 2},
                                              {"stats", gc_stats, 2},
                                              {"explain", gc_explain, -2}};
    subcommand_run(call, table, sizeof table / sizeof table[0]);
}
