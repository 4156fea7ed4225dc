/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Reading requests and writing replies: one read and one write a turn.
 *
 * The replies of a turn are gathered, for all clients, in the worker's one buffer, and
 * sent at the turn's end: a client that got its reply at once would be back with its
 * next request before the others are served, and each turn would serve a few.
 *
 * A client that does not read its replies has them kept, up to the option
 * client-output-buffer-limit; beyond it, it is disconnected. One that sends half a
 * request has that kept, up to the limits of request.h.
 */
#include "client.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "batch.h"
#include "command.h"
#include "keyspace.h"
#include "server.h"

#define KEPT_MAX ((size_t)1 << 30)        /* of a request that has not come whole */
#define REPLIES_KEPT ((size_t)4 << 20)    /* room that a worker keeps for replies */
#define REPLIES_EARLY ((size_t)256 << 10) /* a client's that do not wait for the turn's end */

static void on_ready(uv_poll_t *poll, int status, int events);

/* --- beginning and end ---- */

static void link_in(struct client *c) {
    struct worker *w = c->worker;
    c->next = w->clients ? w->clients : c;
    c->previous = w->clients ? w->clients->previous : c;
    c->next->previous = c->previous->next = c;
    w->clients = c;
}

static void link_out(struct client *c) {
    struct worker *w = c->worker;
    if (w->clients == c)
        w->clients = c->next == c ? NULL : c->next;
    c->next->previous = c->previous;
    c->previous->next = c->next;
}

static void count_out(struct worker *w) {
    figure_add(&w->load, (uint64_t)-1);
    figure_add(&server.clients, (uint64_t)-1);
}

static void refuse(struct worker *w, int fd) {
    close(fd);
    count_out(w);
}

void client_begin(struct worker *w, const struct arrival *arrival) {
    struct client *c = tarn_calloc(1, sizeof *c);
    if (!c || uv_poll_init(&w->turn.loop, &c->poll, arrival->fd) != 0) {
        tarn_free(c);
        refuse(w, arrival->fd);
        return;
    }
    c->worker = w;
    c->fd = arrival->fd;
    c->id = arrival->id;
    c->known = !option(has_password);
    c->begun_ms = c->heard_ms = time_ms;
    c->command = "NULL";
    memcpy(c->address, arrival->address, sizeof c->address);
    request_begin(&c->request);
    link_in(c);
    c->events = UV_READABLE;
    uv_poll_start(&c->poll, c->events, on_ready);
}

static void on_closed(uv_handle_t *handle) {
    struct client *c = (struct client *)handle;
    close(c->fd);
    request_free(&c->request);
    tarn_free(c->in);
    tarn_free(c->unsent);
    tarn_free(c->name);
    tarn_free(c);
}

static void client_close(struct client *c) {
    if (c->closed)
        return;
    c->closed = true;
    link_out(c);
    count_out(c->worker);
    uv_poll_stop(&c->poll);
    uv_close((uv_handle_t *)&c->poll, on_closed);
}

void clients_end(struct worker *w) {
    while (w->clients)
        client_close(w->clients);
}

/* --- replies ---- */

static void want(struct client *c, int events) {
    if (c->events == events)
        return;
    c->events = events;
    uv_poll_start(&c->poll, events, on_ready);
}

/* Sends what it can; -1: the connection is broken. */
static ssize_t send_some(struct client *c, const char *bytes, size_t length) {
    ssize_t sent;
    do
        sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    figure_add_own(&c->worker->bytes_out, (uint64_t)sent);
    return sent;
}

static bool keep_unsent(struct client *c, const char *bytes, size_t length) {
    size_t needed = c->unsent_length + length;
    if (needed - c->unsent_at > option(output_limit))
        return false;
    if (needed > c->unsent_room) {
        size_t room = c->unsent_room ? c->unsent_room : READ_SIZE;
        while (room < needed)
            room *= 2;
        char *grown = tarn_realloc(c->unsent, room);
        if (!grown)
            return false;
        c->unsent = grown;
        c->unsent_room = room;
    }
    memcpy(c->unsent + c->unsent_length, bytes, length);
    c->unsent_length = needed;
    want(c, c->closing ? UV_WRITABLE : UV_READABLE | UV_WRITABLE);
    return true;
}

/* Sends the worker's replies from `from` to `to`, which are this client's. */
static void send_replies(struct client *c, size_t from, size_t to) {
    const char *bytes = c->worker->out.bytes + from;
    ssize_t sent = 0;
    if (from < to && !c->unsent)
        sent = send_some(c, bytes, to - from);
    bool alive = sent >= 0;
    if (alive && (size_t)sent < to - from)
        alive = keep_unsent(c, bytes + sent, to - from - (size_t)sent);
    if (!alive || (c->closing && !c->unsent))
        client_close(c);
}

/* Sends what there is from `from` on at once. */
static void send_early(struct client *c, size_t from) {
    struct reply *out = &c->worker->out;
    send_replies(c, from, out->length);
    out->length = from;
}

/* Notes that what there is from `from` on is this client's, to be sent at the turn's end. */
static void send_later(struct client *c, size_t from) {
    struct worker *w = c->worker;
    if (w->outgoing_count == OUTGOING_MAX) {
        send_early(c, from);
        return;
    }
    w->outgoing[w->outgoing_count++] = (struct outgoing){c, from, w->out.length};
}

void clients_flush(struct worker *w) {
    struct reply *out = &w->out;
    for (size_t i = 0; i < w->outgoing_count; i++)
        if (!w->outgoing[i].client->closed)
            send_replies(w->outgoing[i].client, w->outgoing[i].from, w->outgoing[i].to);
    w->outgoing_count = 0;
    out->length = 0;
    if (out->room > REPLIES_KEPT) {
        tarn_free(out->bytes);
        out->bytes = NULL;
        out->room = 0;
    }
}

static void send_unsent(struct client *c) {
    ssize_t sent = send_some(c, c->unsent + c->unsent_at, c->unsent_length - c->unsent_at);
    if (sent < 0) {
        client_close(c);
        return;
    }
    c->unsent_at += (size_t)sent;
    if (c->unsent_at < c->unsent_length)
        return;
    tarn_free(c->unsent);
    c->unsent = NULL;
    c->unsent_at = c->unsent_length = c->unsent_room = 0;
    if (c->closing)
        client_close(c);
    else
        want(c, UV_READABLE);
}

/* --- requests ---- */

/* Keeps the rest of `bytes`, from `from` on, in the client's own buffer, with room for
 * the word that has begun; false: no memory. */
static bool keep_rest(struct client *c, const char *bytes, size_t from, size_t length) {
    size_t rest = length - from;
    size_t wanted = request_wants(&c->request) - from;
    if (wanted < rest + 1)
        wanted = rest + 1;
    if (wanted > KEPT_MAX)
        return false;
    /* Room comes by doubling, not by what a client says that it will send. */
    size_t room = c->in_room ? c->in_room : 1024;
    while (room <= rest || (room < wanted && room < rest * 2))
        room *= 2;
    if (bytes == c->in && room == c->in_room) {
        if (from) {
            memmove(c->in, c->in + from, rest);
            request_move(&c->request, c->in, c->in, from);
        }
    } else {
        char *own = tarn_malloc(room);
        if (!own)
            return false;
        memcpy(own, bytes + from, rest);
        request_move(&c->request, bytes, own, from);
        tarn_free(c->in);
        c->in = own;
        c->in_room = room;
    }
    c->in_length = rest;
    return true;
}

static void end_rest(struct client *c) {
    tarn_free(c->in);
    c->in = NULL;
    c->in_length = c->in_room = 0;
    c->request.at = 0;
}

static void say_fault(struct client *c, enum parse parsed) {
    struct reply *out = &c->worker->out;
    if (parsed == PARSE_FAULT)
        reply_error(out, "ERR Protocol error: %s", c->request.fault);
    else
        reply_no_memory(out);
    c->closing = true;
}

/* Parses up to a batch of whole requests. Before the password what follows a request is
 * not parsed until it has been carried out: it may change what is allowed. */
static enum parse parse_batch(struct client *c, const char *bytes, size_t length,
                              struct batch *batch) {
    struct request *r = &c->request;
    batch->count = 0;
    r->known = c->known;
    while (r->at < length && batch->count < (c->known ? BATCH : 1)) {
        enum parse parsed = request_parse(r, bytes, length);
        if (parsed != PARSE_DONE)
            return parsed;
        if (r->count) {
            size_t i = batch->count++;
            batch->request[i].command = command_find(r->word[r->first]);
            batch->request[i].first = r->first;
            batch->request[i].count = (int)r->count;
        }
        request_next(r);
        c->taken = r->at;
    }
    return PARSE_DONE;
}

static void run_batch(struct client *c, const struct batch *batch) {
    if (batch->count > 1)
        batch_look_ahead(batch, c->request.word);
    for (size_t i = 0; i < batch->count && !c->closing; i++) {
        command_run(c, batch->request[i].command, c->request.word + batch->request[i].first,
                    batch->request[i].count);
        tarn_safepoint();
    }
    request_forget(&c->request);
}

/* Carries out all whole requests of a buffer, and keeps the rest of it. The replies begin
 * at `from`. */
static void take(struct client *c, const char *bytes, size_t length, size_t from) {
    struct reply *out = &c->worker->out;
    enum parse parsed = PARSE_DONE;
    c->taken = 0;
    while (parsed == PARSE_DONE && c->request.at < length && !c->closing && !out->failed) {
        struct batch batch;
        parsed = parse_batch(c, bytes, length, &batch);
        run_batch(c, &batch);
        if (out->length - from > REPLIES_EARLY) {
            send_early(c, from);
            if (c->closed)
                return;
        }
    }
    if (c->closing)
        end_rest(c);
    else if (parsed == PARSE_FAULT || parsed == PARSE_NO_MEMORY)
        say_fault(c, parsed);
    else if (c->taken == length)
        end_rest(c);
    else if (!keep_rest(c, bytes, c->taken, length))
        say_fault(c, PARSE_NO_MEMORY);
}

static void receive(struct client *c) {
    struct worker *w = c->worker;
    char *into = c->in ? c->in : w->scratch;
    size_t before = c->in ? c->in_length : 0;
    size_t room = c->in ? c->in_room : READ_SIZE;
    ssize_t got = read(c->fd, into + before, room - before);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            client_close(c);
        return;
    }
    figure_add_own(&w->bytes_in, (uint64_t)got);
    c->heard_ms = time_ms;
    size_t from = w->out.length;
    take(c, into, before + (size_t)got, from);
    if (w->out.failed) { /* it asked for more than there is room for */
        w->out.length = from;
        w->out.failed = false;
        client_close(c);
    } else if (!c->closed && (w->out.length > from || c->closing)) {
        send_later(c, from);
    }
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    struct client *c = (struct client *)poll;
    turn_wake(&c->worker->turn);
    if (c->killed || status < 0) {
        client_close(c);
        return;
    }
    if (events & UV_WRITABLE && c->unsent)
        send_unsent(c);
    if (events & UV_READABLE && !c->closed && !c->closing)
        receive(c);
}

/* --- now and then ---- */

void clients_sweep(struct worker *w) {
    uint32_t timeout = option(timeout);
    struct client *c = w->clients;
    size_t count = 0;
    if (!c)
        return;
    do
        count++;
    while ((c = c->next) != w->clients);
    for (size_t i = 0; i < count; i++) {
        struct client *next = c->next;
        if (c->killed || (timeout && time_ms - c->heard_ms > (int64_t)timeout * 1000))
            client_close(c);
        c = next;
    }
}
