/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * A client that loads a server and measures: GET and SET in Redis's protocol or in
 * memcached's, over TCP, from one thread.
 *
 * Each connection has one batch of requests under way, of --pipeline requests; its
 * latency is from writing the batch to reading the last reply, counted once a batch.
 * Latencies go into a histogram of 64 steps per doubling, so a quantile is right to
 * 1.6 %. Prints one JSON object.
 *
 * Usage: kvserver-load --port N [--protocol redis|memcached] [--verb get|set] [--seconds S]
 *                      [--connections N] [--pipeline N] [--keys N]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 10000
#define PIPELINE_MAX 256
#define STEPS 64u
#define BUCKETS (40u * STEPS)
#define REPLY_SIZE 16384

static struct {
    int port;
    bool memcached;
    bool set;
    double seconds;
    int connections;
    int pipeline;
    unsigned keys;
} option = {.port = 6379, .seconds = 5, .connections = 50, .pipeline = 1, .keys = 100000};

struct connection {
    int fd;
    int due;        /* replies */
    size_t pending; /* bytes of a reply that has begun */
    uint64_t sent_ns;
    char rest[REPLY_SIZE];
};

static struct connection *connections;
static uint64_t bucket[BUCKETS];
static uint64_t batches;
static uint64_t errors;
static uint64_t longest_ns;
static uint64_t seed = 88172645463325252u;

static void die(const char *what) {
    fprintf(stderr, "kvserver-load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Marsaglia's xorshift (2003). */
static unsigned draw_key(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % option.keys);
}

/* ---------------------------------------------------------------- figures ---- */

static unsigned bucket_of(uint64_t ns) {
    if (ns < STEPS)
        return (unsigned)ns;
    unsigned doubling = 63u - (unsigned)__builtin_clzll(ns) - 6u;
    unsigned i = (doubling + 1) * STEPS + (unsigned)(ns >> doubling) - STEPS;
    return i < BUCKETS ? i : BUCKETS - 1;
}

static double bucket_top(unsigned i) {
    if (i < STEPS)
        return i;
    unsigned doubling = i / STEPS - 1;
    return (double)((uint64_t)(i % STEPS + STEPS + 1) << doubling);
}

static void count_batch(uint64_t ns) {
    bucket[bucket_of(ns)]++;
    batches++;
    if (ns > longest_ns)
        longest_ns = ns;
}

static double quantile_us(double q) {
    uint64_t wanted = (uint64_t)(q * (double)batches);
    uint64_t seen = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += bucket[i];
        if (seen > wanted)
            return bucket_top(i) / 1e3;
    }
    return (double)longest_ns / 1e3;
}

/* --------------------------------------------------------------- requests ---- */

static int write_request(char *to, size_t room) {
    unsigned key = draw_key();
    if (option.memcached)
        return snprintf(to, room, option.set ? "set k%09u 0 0 3\r\nabc\r\n" : "get k%09u\r\n", key);
    return snprintf(to, room,
                    option.set ? "*3\r\n$3\r\nSET\r\n$10\r\nk%09u\r\n$3\r\nabc\r\n"
                               : "*2\r\n$3\r\nGET\r\n$10\r\nk%09u\r\n",
                    key);
}

static void send_batch(struct connection *c) {
    char batch[PIPELINE_MAX * 64];
    size_t length = 0;
    for (int i = 0; i < option.pipeline; i++)
        length += (size_t)write_request(batch + length, sizeof batch - length);
    c->due = option.pipeline;
    c->sent_ns = now_ns();
    if (send(c->fd, batch, length, MSG_NOSIGNAL) != (ssize_t)length)
        die("send");
}

/* The length of the whole reply at `at`; 0: not all of it is here. */
static size_t reply_length(const char *at, size_t length) {
    const char *end = memchr(at, '\n', length);
    if (!end)
        return 0;
    size_t head = (size_t)(end - at) + 1;
    size_t whole = head;
    if (*at == '$' && at[1] != '-')
        whole = head + strtoul(at + 1, NULL, 10) + 2;
    else if (option.memcached && *at == 'V') /* VALUE, key, flags, bytes; the data; END */
        whole = head + strtoul(at + sizeof "VALUE k123456789 0", NULL, 10) + 2 + 5;
    else if (*at == '-' || (*at == 'E' && at[1] == 'R'))
        errors++;
    return whole <= length ? whole : 0;
}

static void receive(struct connection *c) {
    ssize_t got = recv(c->fd, c->rest + c->pending, sizeof c->rest - 1 - c->pending, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        die("the server closed a connection");
    size_t length = c->pending + (size_t)got;
    size_t at = 0;
    c->rest[length] = 0;
    while (c->due && at < length) {
        size_t whole = reply_length(c->rest + at, length - at);
        if (!whole)
            break;
        at += whole;
        c->due--;
    }
    c->pending = length - at;
    memmove(c->rest, c->rest + at, c->pending);
    if (c->due)
        return;
    count_batch(now_ns() - c->sent_ns);
    send_batch(c);
}

/* ------------------------------------------------------------------- run ---- */

static void open_all(int poll) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    for (int i = 0; i < option.connections; i++) {
        struct connection *c = &connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
            die("connect");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        if (epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event) != 0)
            die("epoll_ctl");
    }
}

static double run(int poll) {
    uint64_t begun = now_ns();
    uint64_t end = begun + (uint64_t)(option.seconds * 1e9);
    for (int i = 0; i < option.connections; i++)
        send_batch(&connections[i]);
    while (now_ns() < end) {
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, 100);
        for (int i = 0; i < count; i++)
            receive(events[i].data.ptr);
    }
    return (double)(now_ns() - begun) / 1e9;
}

static void parse(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i];
        const char *value = argv[i + 1];
        if (strcmp(name, "--port") == 0)
            option.port = atoi(value);
        else if (strcmp(name, "--protocol") == 0)
            option.memcached = strcmp(value, "memcached") == 0;
        else if (strcmp(name, "--verb") == 0)
            option.set = strcmp(value, "set") == 0;
        else if (strcmp(name, "--seconds") == 0)
            option.seconds = atof(value);
        else if (strcmp(name, "--connections") == 0)
            option.connections = atoi(value);
        else if (strcmp(name, "--pipeline") == 0)
            option.pipeline = atoi(value);
        else if (strcmp(name, "--keys") == 0)
            option.keys = (unsigned)atoi(value);
        else
            option.connections = 0;
    }
    if (argc % 2 == 0 || option.connections < 1 || option.connections > CONNECTIONS_MAX ||
        option.pipeline < 1 || option.pipeline > PIPELINE_MAX || option.keys < 1) {
        fprintf(stderr, "kvserver-load: wrong arguments; see the head of its source\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    parse(argc, argv);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)option.connections, sizeof *connections);
    if (!connections || poll < 0)
        die("begin");
    open_all(poll);
    double seconds = run(poll);
    double operations = (double)batches * option.pipeline;
    printf("{\"operations\": %.0f, \"seconds\": %.3f, \"per_second\": %.0f, \"errors\": %llu, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f}\n",
           operations, seconds, operations / seconds, (unsigned long long)errors, quantile_us(0.5),
           quantile_us(0.99), quantile_us(0.999), (double)longest_ns / 1e3);
    return errors ? 1 : 0;
}
