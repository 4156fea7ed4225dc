/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* All commands, with what is known of them before they run. */
#include "verbs.h"

/* Redis's names for the flags: see COMMAND. */
enum {
    R = COMMAND_READS,
    W = COMMAND_WRITES,
    G = COMMAND_WRITES | COMMAND_GROWS,
    A = 0, /* about the server */
    O = COMMAND_OPEN
};

const struct command commands[] = {
    /* the connection and the server */
    {"ping", verb_ping, -1, A, 0, 0, 0},
    {"echo", verb_echo, 2, A, 0, 0, 0},
    {"auth", verb_auth, -2, O, 0, 0, 0},
    {"hello", verb_hello, -1, O, 0, 0, 0},
    {"quit", verb_quit, -1, O, 0, 0, 0},
    {"reset", verb_reset, 1, O, 0, 0, 0},
    {"select", verb_select, 2, A, 0, 0, 0},
    {"client", verb_client, -2, A, 0, 0, 0},
    {"command", verb_command, -1, A, 0, 0, 0},
    {"config", verb_config, -2, A, 0, 0, 0},
    {"info", verb_info, -1, A, 0, 0, 0},
    {"time", verb_time, 1, A, 0, 0, 0},
    {"dbsize", verb_dbsize, 1, R, 0, 0, 0},
    {"flushall", verb_flush, -1, W, 0, 0, 0},
    {"flushdb", verb_flush, -1, W, 0, 0, 0},
    {"shutdown", verb_shutdown, -1, A, 0, 0, 0},
    /* keys */
    {"del", verb_del, -2, W, 1, -1, 1},
    {"unlink", verb_del, -2, W, 1, -1, 1},
    {"exists", verb_exists, -2, R, 1, -1, 1},
    {"touch", verb_touch, -2, R, 1, -1, 1},
    {"type", verb_type, 2, R, 1, 1, 1},
    {"expire", verb_expire, -3, W, 1, 1, 1},
    {"pexpire", verb_pexpire, -3, W, 1, 1, 1},
    {"expireat", verb_expireat, -3, W, 1, 1, 1},
    {"pexpireat", verb_pexpireat, -3, W, 1, 1, 1},
    {"ttl", verb_ttl, 2, R, 1, 1, 1},
    {"pttl", verb_pttl, 2, R, 1, 1, 1},
    {"expiretime", verb_expiretime, 2, R, 1, 1, 1},
    {"pexpiretime", verb_pexpiretime, 2, R, 1, 1, 1},
    {"persist", verb_persist, 2, W, 1, 1, 1},
    {"rename", verb_rename, 3, W, 1, 2, 1},
    {"renamenx", verb_renamenx, 3, W, 1, 2, 1},
    /* strings */
    {"get", verb_get, 2, R, 1, 1, 1},
    {"set", verb_set, -3, G, 1, 1, 1},
    {"setnx", verb_setnx, 3, G, 1, 1, 1},
    {"setex", verb_setex, 4, G, 1, 1, 1},
    {"psetex", verb_psetex, 4, G, 1, 1, 1},
    {"getset", verb_getset, 3, G, 1, 1, 1},
    {"getdel", verb_getdel, 2, W, 1, 1, 1},
    {"getex", verb_getex, -2, W, 1, 1, 1},
    {"append", verb_append, 3, G, 1, 1, 1},
    {"strlen", verb_strlen, 2, R, 1, 1, 1},
    {"getrange", verb_getrange, 4, R, 1, 1, 1},
    {"substr", verb_getrange, 4, R, 1, 1, 1},
    {"setrange", verb_setrange, 4, G, 1, 1, 1},
    {"mget", verb_mget, -2, R, 1, -1, 1},
    {"mset", verb_mset, -3, G, 1, -1, 2},
    {"msetnx", verb_msetnx, -3, G, 1, -1, 2},
    {"incr", verb_incr, 2, G, 1, 1, 1},
    {"decr", verb_decr, 2, G, 1, 1, 1},
    {"incrby", verb_incrby, 3, G, 1, 1, 1},
    {"decrby", verb_decrby, 3, G, 1, 1, 1},
    {"incrbyfloat", verb_incrbyfloat, 3, G, 1, 1, 1},
};

const size_t command_count = sizeof commands / sizeof commands[0];
