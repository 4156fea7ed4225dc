/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* INFO: figures of the server and of its heap. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "evict.h"
#include "listen.h"
#include "rss.h"
#include "save.h"
#include "server.h"
#include "verbs.h"

static void line(struct reply *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(struct reply *text, const char *format, ...) {
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (length > 0)
        reply_raw(text, buffer,
                  (size_t)length < sizeof buffer ? (size_t)length : sizeof buffer - 1);
    reply_literal(text, "\r\n");
}

typedef unsigned long long number;

static void server_section(struct reply *t) {
    struct utsname name;
    uname(&name);
    line(t, "redis_version:%s", REDIS_VERSION);
    line(t, "server_name:kvserver");
    line(t, "tarn_version:%u.%u.%u", tarn_version() >> 16, tarn_version() >> 8 & 255,
         tarn_version() & 255);
    line(t, "redis_mode:standalone");
    line(t, "os:%s %s %s", name.sysname, name.release, name.machine);
    line(t, "arch_bits:%zu", sizeof(void *) * 8);
    line(t, "process_id:%ld", (long)getpid());
    line(t, "run_id:%s", server.run_id);
    line(t, "tcp_port:%d", options.port);
    line(t, "worker_threads:%u", worker_count);
    line(t, "uptime_in_seconds:%lld", (long long)(time_ms - server.begun_ms) / 1000);
    line(t, "uptime_in_days:%lld", (long long)(time_ms - server.begun_ms) / 86400000);
}

static void clients_section(struct reply *t) {
    line(t, "connected_clients:%llu", (number)figure_read(&server.clients));
    line(t, "maxclients:%u", option(max_clients));
    for (unsigned i = 0; i < worker_count; i++)
        line(t, "worker%u_clients:%llu", i, (number)figure_read(&workers[i].load));
}

static void memory_section(struct reply *t) {
    static const char *const policies[] = {"noeviction", "allkeys-random", "allkeys-lru"};
    struct tarn_heap_stats s;
    tarn_heap_get_stats(server.heap, &s);
    line(t, "used_memory:%lld", (long long)keyspace_bytes());
    line(t, "used_memory_rss:%zu", rss_now());
    line(t, "maxmemory:%llu", (number)option(max_memory));
    line(t, "maxmemory_policy:%s", policies[option(policy)]);
    line(t, "mem_allocator:tarn-%u.%u", tarn_version() >> 16, tarn_version() >> 8 & 255);
    line(t, "tarn_pool_bytes:%zu", s.pool_bytes);
    line(t, "tarn_committed_bytes:%zu", s.committed_bytes);
    line(t, "tarn_objects:%llu", (number)(s.allocated - s.freed));
    line(t, "tarn_retired_objects:%zu", s.retired);
    line(t, "tarn_retired_bytes:%zu", s.retired_bytes);
}

static void persistence_section(struct reply *t) {
    struct save_report r;
    save_read(&r);
    line(t, "loading:0");
    line(t, "rdb_bgsave_in_progress:%d", r.running);
    line(t, "rdb_last_save_time:%lld", (long long)r.last_ms / 1000);
    line(t, "rdb_last_bgsave_status:%s", r.failed ? "err" : "ok");
    line(t, "rdb_last_bgsave_time_sec:%lld", (long long)r.last_took_ms / 1000);
    line(t, "rdb_saves:%llu", (number)r.saves);
    line(t, "rdb_last_cow_size:%llu", (number)r.copied);
    line(t, "rdb_last_shared_size:%llu", (number)r.shared);
    line(t, "rdb_last_fork_usec:%llu", (number)r.fork_us);
    line(t, "aof_enabled:0");
}

static void stats_section(struct reply *t) {
    number processed = 0;
    number in = 0;
    number out = 0;
    for (unsigned i = 0; i < worker_count; i++) {
        processed += figure_read(&workers[i].commands);
        in += figure_read(&workers[i].bytes_in);
        out += figure_read(&workers[i].bytes_out);
    }
    line(t, "total_connections_received:%llu", (number)figure_read(&server.connections));
    line(t, "total_commands_processed:%llu", processed);
    line(t, "total_net_input_bytes:%llu", in);
    line(t, "total_net_output_bytes:%llu", out);
    line(t, "rejected_connections:%llu", (number)figure_read(&server.rejected));
    line(t, "expired_keys:%llu", (number)figure_read(&keys_expired));
    line(t, "evicted_keys:%llu", (number)figure_read(&keys_evicted));
}

static void replication_section(struct reply *t) {
    line(t, "role:master");
    line(t, "connected_slaves:0");
}

static void cpu_section(struct reply *t) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    line(t, "used_cpu_sys:%ld.%06ld", (long)use.ru_stime.tv_sec, (long)use.ru_stime.tv_usec);
    line(t, "used_cpu_user:%ld.%06ld", (long)use.ru_utime.tv_sec, (long)use.ru_utime.tv_usec);
}

static void heap_section(struct reply *t) {
    struct tarn_heap_stats s;
    struct tarn_histogram to_stop;
    struct tarn_histogram stopped;
    tarn_heap_get_stats(server.heap, &s);
    tarn_heap_get_pauses(server.heap, &to_stop, &stopped);
    line(t, "tarn_allocated:%llu", (number)s.allocated);
    line(t, "tarn_freed:%llu", (number)s.freed);
    line(t, "tarn_freed_by_collector:%llu", (number)s.freed_by_collector);
    line(t, "tarn_grace_periods:%llu", (number)s.grace_periods);
    line(t, "tarn_stops:%llu", (number)s.stops);
    line(t, "tarn_time_to_stop_p99_ns:%llu", (number)tarn_histogram_quantile(&to_stop, 0.99));
    line(t, "tarn_stopped_p99_ns:%llu", (number)tarn_histogram_quantile(&stopped, 0.99));
    line(t, "tarn_stopped_max_ns:%llu", (number)stopped.max_ns);
    for (int g = 0; g < 3; g++) {
        struct tarn_gc_stats gc;
        tarn_gc_stats(server.heap, g, &gc);
        line(t, "tarn_gc%d:collections=%llu,collected=%llu,stopped_ns=%llu,concurrent_ns=%llu", g,
             (number)gc.collections, (number)gc.collected, (number)gc.stopped_ns,
             (number)gc.concurrent_ns);
    }
}

static void keyspace_section(struct reply *t) {
    size_t keys = keyspace_count();
    if (keys)
        line(t, "db0:keys=%zu,expires=%zu,avg_ttl=0", keys,
             tarn_map_count(keyspace_now()->expiring));
}

static const struct {
    const char *name;
    void (*write)(struct reply *text);
} sections[] = {{"Server", server_section},    {"Clients", clients_section},
                {"Memory", memory_section},    {"Persistence", persistence_section},
                {"Stats", stats_section},      {"Replication", replication_section},
                {"CPU", cpu_section},          {"Heap", heap_section},
                {"Keyspace", keyspace_section}};

static bool is_wanted(const struct call *call, const char *name) {
    for (int i = 1; i < call->count; i++)
        if (slice_is(call->word[i], name) || slice_is(call->word[i], "all") ||
            slice_is(call->word[i], "default") || slice_is(call->word[i], "everything"))
            return true;
    return call->count == 1;
}

void verb_info(struct call *call) {
    struct reply text = {.limit = call->out->limit};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (!is_wanted(call, sections[i].name))
            continue;
        if (text.length)
            reply_literal(&text, "\r\n");
        line(&text, "# %s", sections[i].name);
        sections[i].write(&text);
    }
    if (text.failed)
        reply_no_memory(call->out);
    else
        reply_bulk(call->out, (struct slice){text.bytes, text.length});
    tarn_free(text.bytes);
}
