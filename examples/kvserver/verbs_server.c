/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The connection and the server itself. */
#include "number.h"
#include "server.h"
#include "verbs.h"

void verb_ping(struct call *call) {
    if (call->count > 2)
        call_wrong_count(call);
    else if (call->count == 2)
        reply_bulk(call->out, call->word[1]);
    else
        reply_literal(call->out, "+PONG\r\n");
}

void verb_echo(struct call *call) {
    reply_bulk(call->out, call->word[1]);
}

void verb_quit(struct call *call) {
    reply_ok(call->out);
    call->client->closing = true;
}

void verb_reset(struct call *call) {
    client_set_name(call, (struct slice){"", 0});
    call->client->known = !option(has_password);
    reply_literal(call->out, "+RESET\r\n");
}

void verb_time(struct call *call) {
    time_update();
    reply_array(call->out, 2);
    reply_bulk_integer(call->out, time_ms / 1000);
    reply_bulk_integer(call->out, time_ms % 1000 * 1000);
}

/* --- who may ---- */

/* With what name and word the client says who it is. */
static bool let_in(struct client *c, struct slice name, struct slice word) {
    bool right =
        slice_equal(name, slice_of("default")) && (!option(has_password) || password_is(word));
    if (right)
        c->known = true;
    return right;
}

static void wrong_password(struct call *call) {
    reply_literal(call->out, "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
}

void verb_auth(struct call *call) {
    struct slice last = call->word[call->count - 1];
    if (call->count > 3)
        reply_syntax(call->out);
    else if (call->count == 2 && !option(has_password))
        reply_literal(call->out,
                      "-ERR AUTH <password> called without any password configured for the "
                      "default user. Are you sure your configuration is correct?\r\n");
    else if (let_in(call->client, call->count == 3 ? call->word[1] : slice_of("default"), last))
        reply_ok(call->out);
    else
        wrong_password(call);
}

static void say_hello(struct call *call) {
    struct reply *out = call->out;
    reply_array(out, 14);
    reply_bulk(out, slice_of("server"));
    reply_bulk(out, slice_of("redis"));
    reply_bulk(out, slice_of("version"));
    reply_bulk(out, slice_of(REDIS_VERSION));
    reply_bulk(out, slice_of("proto"));
    reply_integer(out, 2);
    reply_bulk(out, slice_of("id"));
    reply_integer(out, (long long)call->client->id);
    reply_bulk(out, slice_of("mode"));
    reply_bulk(out, slice_of("standalone"));
    reply_bulk(out, slice_of("role"));
    reply_bulk(out, slice_of("master"));
    reply_bulk(out, slice_of("modules"));
    reply_array(out, 0);
}

/* Whether a name is printable, without blanks. */
static bool name_is_sound(struct slice name) {
    for (size_t i = 0; i < name.length; i++)
        if (name.bytes[i] < '!' || name.bytes[i] > '~')
            return false;
    return true;
}

bool client_set_name(struct call *call, struct slice name) {
    if (!name_is_sound(name)) {
        reply_literal(call->out, "-ERR Client names cannot contain spaces, newlines or special "
                                 "characters.\r\n");
        return false;
    }
    char *copy = name.length ? tarn_malloc(name.length + 1) : NULL;
    if (name.length && !copy) {
        reply_no_memory(call->out);
        return false;
    }
    if (copy) {
        memcpy(copy, name.bytes, name.length);
        copy[name.length] = 0;
    }
    tarn_free(call->client->name);
    call->client->name = copy;
    return true;
}

void verb_hello(struct call *call) {
    long long version = 2;
    int i = 2;
    if (call->count > 1 && !number_read(call->word[1], &version)) {
        reply_literal(call->out, "-ERR Protocol version is not an integer or out of range\r\n");
        return;
    }
    if (version != 2) {
        reply_literal(call->out, "-NOPROTO unsupported protocol version\r\n");
        return;
    }
    while (i < call->count) {
        int more = call->count - i - 1;
        if (slice_is(call->word[i], "AUTH") && more >= 2) {
            if (!let_in(call->client, call->word[i + 1], call->word[i + 2])) {
                wrong_password(call);
                return;
            }
            i += 3;
        } else if (slice_is(call->word[i], "SETNAME") && more >= 1) {
            if (!client_set_name(call, call->word[i + 1]))
                return;
            i += 2;
        } else {
            reply_error(call->out, "ERR Syntax error in HELLO option '%.*s'",
                        (int)call->word[i].length, call->word[i].bytes);
            return;
        }
    }
    if (call->client->known)
        say_hello(call);
    else
        reply_literal(call->out,
                      "-NOAUTH HELLO must be called with the client already authenticated, "
                      "otherwise the HELLO AUTH <user> <pass> option can be used to authenticate "
                      "the client and select the RESP protocol version at the same time\r\n");
}

/* --- the one database ---- */

void verb_select(struct call *call) {
    long long number;
    if (!call_integer_within(call, 1, INT32_MIN, INT32_MAX, &number))
        return;
    if (number != 0)
        reply_literal(call->out, "-ERR DB index is out of range\r\n");
    else
        reply_ok(call->out);
}

void verb_dbsize(struct call *call) {
    reply_integer(call->out, (long long)keyspace_count());
}

void verb_flush(struct call *call) {
    bool sound =
        call->count == 1 ||
        (call->count == 2 && (slice_is(call->word[1], "SYNC") || slice_is(call->word[1], "ASYNC")));
    if (!sound)
        reply_syntax(call->out);
    else if (keyspace_flush())
        reply_ok(call->out);
    else
        reply_no_memory(call->out);
}

void verb_shutdown(struct call *call) {
    bool save = call->count == 1 || slice_is(call->word[1], "SAVE");
    if (call->count > 2 || (!save && !slice_is(call->word[1], "NOSAVE"))) {
        reply_syntax(call->out);
        return;
    }
    call->client->closing = true; /* without a reply, as Redis does */
    server_stop(save);
}

/* --- CONFIG ---- */

static void config_get(struct call *call) {
    options_get(call->out, call->word + 2, call->count - 2);
}

static void config_set(struct call *call) {
    if (call->count % 2)
        reply_syntax(call->out);
    else
        options_set(call->out, call->word + 2, call->count - 2);
}

static void config_resetstat(struct call *call) {
    for (unsigned i = 0; i < worker_count; i++) {
        figure_set(&workers[i].commands, 0);
        figure_set(&workers[i].bytes_in, 0);
        figure_set(&workers[i].bytes_out, 0);
    }
    figure_set(&keys_expired, 0);
    figure_set(&keys_evicted, 0);
    reply_ok(call->out);
}

static void config_rewrite(struct call *call) {
    reply_literal(call->out, "-ERR The server is running without a config file\r\n");
}

void verb_config(struct call *call) {
    static const struct subcommand table[] = {{"get", config_get, -3},
                                              {"set", config_set, -4},
                                              {"resetstat", config_resetstat, 2},
                                              {"rewrite", config_rewrite, 2}};
    subcommand_run(call, table, sizeof table / sizeof table[0]);
}

/* --- COMMAND ---- */

static void describe(struct reply *out, const struct command *c) {
    reply_array(out, 10);
    reply_bulk(out, slice_of(c->name));
    reply_integer(out, c->arity);
    reply_array(out, c->flags & COMMAND_GROWS ? 2 : c->flags ? 1 : 0);
    if (c->flags & COMMAND_WRITES)
        reply_status(out, "write");
    if (c->flags & COMMAND_GROWS)
        reply_status(out, "denyoom");
    if (c->flags & COMMAND_READS)
        reply_status(out, "readonly");
    if (c->flags & COMMAND_OPEN)
        reply_status(out, "no_auth");
    reply_integer(out, c->first);
    reply_integer(out, c->last);
    reply_integer(out, c->step);
    for (int i = 0; i < 4; i++) /* categories, tips, key specifications, subcommands */
        reply_array(out, 0);
}

static void command_all(struct call *call) {
    reply_array(call->out, command_count);
    for (size_t i = 0; i < command_count; i++)
        describe(call->out, &commands[i]);
}

static void command_number(struct call *call) {
    reply_integer(call->out, (long long)command_count);
}

static void command_list(struct call *call) {
    reply_array(call->out, command_count);
    for (size_t i = 0; i < command_count; i++)
        reply_bulk(call->out, slice_of(commands[i].name));
}

static void command_docs(struct call *call) {
    reply_array(call->out, 0);
}

static void command_info(struct call *call) {
    if (call->count == 2) {
        command_all(call);
        return;
    }
    reply_array(call->out, (size_t)call->count - 2);
    for (int i = 2; i < call->count; i++) {
        const struct command *c = command_find(call->word[i]);
        if (c)
            describe(call->out, c);
        else
            reply_nil_array(call->out);
    }
}

void verb_command(struct call *call) {
    static const struct subcommand table[] = {{"count", command_number, 2},
                                              {"docs", command_docs, -2},
                                              {"info", command_info, -2},
                                              {"list", command_list, -2}};
    if (call->count == 1)
        command_all(call);
    else
        subcommand_run(call, table, sizeof table / sizeof table[0]);
}
