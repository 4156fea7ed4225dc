/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * CLIENT. What a client is belongs to its worker alone; to list those of all workers,
 * or to end one of another's, the world is stopped. Then every worker stands at a
 * safepoint or waits in its loop, and what is its own may be read and changed.
 */
#include <stdio.h>

#include "number.h"
#include "verbs.h"

static void client_id(struct call *call) {
    reply_integer(call->out, (long long)call->client->id);
}

static void client_getname(struct call *call) {
    if (call->client->name)
        reply_bulk(call->out, slice_of(call->client->name));
    else
        reply_nil(call->out);
}

static void client_setname(struct call *call) {
    if (client_set_name(call, call->word[2]))
        reply_ok(call->out);
}

static void describe(const struct client *c, struct reply *text) {
    char part[256];
    int length =
        snprintf(part, sizeof part, "id=%llu addr=%s fd=%d name=", (unsigned long long)c->id,
                 c->address, c->fd);
    reply_raw(text, part, (size_t)length);
    if (c->name)
        reply_raw(text, c->name, strlen(c->name));
    length = snprintf(part, sizeof part,
                      " age=%lld idle=%lld flags=N db=0 qbuf=%zu qbuf-free=%zu obl=%zu cmd=%s "
                      "user=default resp=2\n",
                      (long long)(time_ms - c->begun_ms) / 1000,
                      (long long)(time_ms - c->heard_ms) / 1000, c->in_length,
                      c->in_room - c->in_length, c->unsent_length - c->unsent_at, c->command);
    reply_raw(text, part, (size_t)length);
}

/* Answers with a text, which ends here. */
static void reply_text(struct call *call, struct reply *text) {
    if (text->failed)
        reply_no_memory(call->out);
    else
        reply_bulk(call->out, (struct slice){text->bytes, text->length});
    tarn_free(text->bytes);
}

static void client_info(struct call *call) {
    struct reply text = {.limit = call->out->limit};
    describe(call->client, &text);
    reply_text(call, &text);
}

/* Calls for each client of every worker, with the world stopped. */
static void each_client(void (*visit)(struct client *c, void *arg), void *arg) {
    tarn_world_stop();
    for (unsigned i = 0; i < worker_count; i++) {
        struct client *first = workers[i].clients;
        struct client *c = first;
        if (first)
            do {
                visit(c, arg);
                c = c->next;
            } while (c != first);
    }
    tarn_world_start();
}

static void add_line(struct client *c, void *arg) {
    describe(c, arg);
}

static void client_list(struct call *call) {
    struct reply text = {.limit = call->out->limit};
    each_client(add_line, &text);
    reply_text(call, &text);
}

/* --- KILL ---- */

struct victims {
    uint64_t id; /* 0: any */
    struct slice address;
    const struct client *caller;
    bool spare_caller;
    bool other_type;
    long long killed;
    bool suicide;
};

static void kill_if(struct client *c, void *arg) {
    struct victims *v = arg;
    bool match = !v->other_type && (!v->id || c->id == v->id) &&
                 (!v->address.bytes || slice_equal(v->address, slice_of(c->address)));
    if (!match || c->killed || (v->spare_caller && c == v->caller))
        return;
    v->killed++;
    if (c == v->caller)
        v->suicide = true;
    else
        c->killed = true;
}

/* All clients are normal ones; the rest of Redis's types match nobody. */
static bool is_client_type(struct slice word) {
    return slice_is(word, "normal") || slice_is(word, "master") || slice_is(word, "slave") ||
           slice_is(word, "replica") || slice_is(word, "pubsub");
}

static bool read_victims(struct call *call, struct victims *v) {
    long long id;
    for (int i = 2; i + 1 < call->count; i += 2) {
        struct slice word = call->word[i];
        struct slice value = call->word[i + 1];
        if (slice_is(word, "ID") && number_read(value, &id) && id > 0)
            v->id = (uint64_t)id;
        else if (slice_is(word, "ADDR"))
            v->address = value;
        else if (slice_is(word, "TYPE") && is_client_type(value))
            v->other_type = !slice_is(value, "normal");
        else if (slice_is(word, "SKIPME") && (slice_is(value, "yes") || slice_is(value, "no")))
            v->spare_caller = slice_is(value, "yes");
        else
            return false;
    }
    return call->count % 2 == 0;
}

static void client_kill(struct call *call) {
    bool old_form = call->count == 3;
    struct victims v = {.caller = call->client, .spare_caller = !old_form};
    if (old_form) {
        v.address = call->word[2];
    } else if (!read_victims(call, &v)) {
        reply_syntax(call->out);
        return;
    }
    each_client(kill_if, &v);
    for (unsigned i = 0; i < worker_count; i++) {
        /* release: pairs with the acquire in nudged(). */
        tarn__store(&workers[i].sweep, 1, release);
        uv_async_send(&workers[i].turn.nudge);
    }
    call->client->closing = v.suicide;
    if (!old_form)
        reply_integer(call->out, v.killed);
    else if (v.killed)
        reply_ok(call->out);
    else
        reply_literal(call->out, "-ERR No such client\r\n");
}

void verb_client(struct call *call) {
    static const struct subcommand table[] = {
        {"id", client_id, 2},     {"getname", client_getname, 2}, {"setname", client_setname, 3},
        {"info", client_info, 2}, {"list", client_list, -2},      {"kill", client_kill, -3}};
    subcommand_run(call, table, sizeof table / sizeof table[0]);
}
