/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The prompt: statements from a terminal, edited and remembered by libedit, or from a
 * pipe. A statement that could go on is read on with "... " until it is whole, or until
 * an empty line ends its block.
 */
#include <editline/readline.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adder.h"
#include "compile/compile.h"
#include "module/modules.h"
#include "vm/import.h"
#include "vm/run.h"

const char *library_path(void) {
    const char *path = getenv("ADDER_LIB");
    return path ? path : ADDER_LIB;
}

/* One line without its end, to be freed, or NULL. A thread that waits for a line stops
 * nobody. */
static char *read_line(const char *mark) {
    char *line = NULL;
    size_t room = 0;
    tarn_blocking_begin();
    if (isatty(0)) {
        line = readline(mark);
        if (line && *line)
            add_history(line);
    } else {
        fputs(mark, stderr);
        fflush(stderr);
        ssize_t n = getline(&line, &room, stdin);
        if (n <= 0) {
            free(line);
            line = NULL;
        } else if (line[n - 1] == '\n') {
            line[n - 1] = 0;
        }
    }
    tarn_blocking_end();
    return line;
}

static bool opens_block(const char *line) {
    size_t n = strlen(line);
    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        n--;
    return n > 0 && (line[n - 1] == ':' || line[0] == '@');
}

/* Whether more lines are wanted. An empty one ends a block, not an open bracket. */
static bool wants_more(struct text *source, const char *line, bool in_block, struct code **code,
                       ref filename) {
    bool incomplete = false;
    if (in_block && *line)
        return true;
    *code = compile_program(source->bytes, filename, true, &incomplete);
    if (*code)
        return false;
    if (incomplete && (!in_block || *line)) {
        error_clear();
        return true;
    }
    return false;
}

/* Reads one statement. False: the input has ended. */
static bool read_statement(struct code **code, ref filename) {
    struct text source = {0};
    bool in_block = false, more = false;
    *code = NULL;
    do {
        char *line = read_line(more ? "... " : ">>> ");
        if (!line && !source.size)
            return false;
        if (!line)
            break;
        in_block = in_block || opens_block(line);
        text_put(&source, line);
        text_char(&source, '\n');
        more = wants_more(&source, line, in_block, code, filename);
        free(line);
    } while (more);
    if (more)
        *code = compile_program(source.bytes, filename, true, NULL);
    text_free(&source);
    return true;
}

static bool asks_to_exit(void) {
    return error_is(SystemExit);
}

int prompt(void) {
    ref module = module_new("__main__"), filename = str_from("<stdin>");
    struct module *m = module;
    struct code *code;
    int status = 0;
    list_append_owned(search_path, str_from(""));
    list_append_owned(search_path, str_from(library_path()));
    dict_set(modules, str_intern("__main__"), module);
    while (read_statement(&code, filename)) {
        ref r = code ? run_body(code, m->dict, NULL) : NULL;
        drop(r);
        fflush(stdout);
        if (r)
            continue;
        if (asks_to_exit()) {
            status = show_uncaught();
            break;
        }
        show_uncaught();
        tarn_safepoint();
    }
    fputc('\n', isatty(0) ? stdout : stderr);
    threads_join_all();
    finish(m->dict);
    drop(module);
    drop(filename);
    return status;
}
