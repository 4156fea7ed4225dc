/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* From a request's first word to its command, and what is checked before it runs. */
#include "command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "evict.h"
#include "number.h"

/* --- looking up: open addressing over a table that never changes ---- */

#define LOOKUP 512u
#define NAME_MAX_LENGTH 24

static const struct command *lookup[LOOKUP];

static unsigned hash_name(const char *name, size_t length) {
    unsigned hash = 2166136261u; /* FNV-1a of the lower-case letters */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((unsigned char)name[i] | 32u)) * 16777619u;
    return hash ^ hash >> 15;
}

void commands_begin(void) {
    for (size_t i = 0; i < command_count; i++) {
        unsigned at = hash_name(commands[i].name, strlen(commands[i].name));
        while (lookup[at % LOOKUP])
            at++;
        lookup[at % LOOKUP] = &commands[i];
    }
}

const struct command *command_find(struct slice name) {
    if (name.length > NAME_MAX_LENGTH)
        return NULL;
    unsigned at = hash_name(name.bytes, name.length);
    const struct command *found;
    while ((found = lookup[at++ % LOOKUP]))
        if (slice_is(name, found->name))
            return found;
    return NULL;
}

/* --- errors ---- */

static void unknown(struct call *call) {
    char list[160];
    size_t used = 0;
    list[0] = 0;
    for (int i = 1; i < call->count && used < 128; i++) {
        int most = 128 - (int)used;
        int length = call->word[i].length < (size_t)most ? (int)call->word[i].length : most;
        used += (size_t)snprintf(list + used, sizeof list - used, "'%.*s' ", length,
                                 call->word[i].bytes);
    }
    int length = call->word[0].length < 128 ? (int)call->word[0].length : 128;
    reply_error(call->out, "ERR unknown command '%.*s', with args beginning with: %s", length,
                call->word[0].bytes, list);
}

void call_wrong_count(struct call *call) {
    const struct command *command = command_find(call->word[0]);
    reply_error(call->out, "ERR wrong number of arguments for '%s' command", command->name);
}

static void no_memory_left(struct call *call) {
    reply_no_memory(call->out);
}

static bool arity_fits(int arity, int count) {
    return arity > 0 ? count == arity : count >= -arity;
}

bool call_integer(struct call *call, int index, long long *number) {
    if (number_read(call->word[index], number))
        return true;
    reply_not_integer(call->out);
    return false;
}

bool call_integer_within(struct call *call, int index, long long least, long long most,
                         long long *number) {
    if (!call_integer(call, index, number))
        return false;
    if (*number >= least && *number <= most)
        return true;
    reply_error(call->out, "ERR value is out of range, value must between %lld and %lld", least,
                most);
    return false;
}

/* --- running ---- */

void command_run(struct client *c, const struct command *command, struct slice *word, int count) {
    struct worker *w = c->worker;
    struct call call = {c, &w->out, count, word};
    figure_add_own(&w->commands, 1);
    if (!command) {
        unknown(&call);
        return;
    }
    c->command = command->name;
    if (!arity_fits(command->arity, call.count))
        call_wrong_count(&call);
    else if (!c->known && !(command->flags & COMMAND_OPEN))
        reply_literal(call.out, "-NOAUTH Authentication required.\r\n");
    else if (command->flags & COMMAND_GROWS && !evict_make_room())
        no_memory_left(&call);
    else
        command->run(&call);
    w->turn.dropped |= (command->flags & COMMAND_WRITES) != 0;
}

void subcommand_run(struct call *call, const struct subcommand *table, size_t count) {
    const char *name = command_find(call->word[0])->name;
    char upper[NAME_MAX_LENGTH + 1] = "";
    for (size_t i = 0; i < count; i++) {
        if (!slice_is(call->word[1], table[i].name))
            continue;
        if (arity_fits(table[i].arity, call->count))
            table[i].run(call);
        else
            reply_error(call->out, "ERR wrong number of arguments for '%s|%s' command", name,
                        table[i].name);
        return;
    }
    for (size_t i = 0; name[i]; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    int length = call->word[1].length < 128 ? (int)call->word[1].length : 128;
    reply_error(call->out, "ERR unknown subcommand '%.*s'. Try %s HELP.", length,
                call->word[1].bytes, upper);
}
