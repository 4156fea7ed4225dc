/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * adder_front [--check|--incomplete] FILE: prints a script's tree; with --check finds scopes
 * and checks the tree too and prints nothing; with --incomplete says what a prompt would
 * make of the text. Errors are printed as python3 prints them, with status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0;
    *size = 0;
    if (!file)
        return NULL;
    do {
        room = room ? 2 * room : 65536;
        char *grown = realloc(text, room + 1);
        if (!grown)
            abort();
        text = grown;
        *size += fread(text + *size, 1, room - *size, file);
    } while (*size == room);
    fclose(file);
    text[*size] = 0;
    return text;
}

static int report(const struct syntax_error *error, const char *path) {
    size_t room = strlen(error->text ? error->text : "") * 2 + strlen(path) + 4096;
    char *buffer = malloc(room);
    if (!buffer)
        abort();
    error_format(error, path, buffer, room);
    fputs(buffer, stderr);
    free(buffer);
    return 1;
}

static int run(struct arena *arena, const char *mode, const char *path, const char *text,
               size_t size) {
    struct syntax_error error;
    bool interactive = strcmp(mode, "--incomplete") == 0, incomplete = false;
    struct node *module = parse_text(
        arena, text, size, interactive ? PARSE_INTERACTIVE : PARSE_FILE, &error, &incomplete);
    if (interactive) {
        puts(incomplete ? "incomplete" : module ? "complete" : "wrong");
        return 0;
    }
    if (module && strcmp(mode, "--check") == 0) {
        if (scopes_build(arena, module, &error))
            tree_check(arena, module, &error);
    } else if (module) {
        dump_tree(module);
    }
    if (error.kind && !error.text)
        error.text = text_line(text, error.line);
    return error.kind ? report(&error, path) : 0;
}

int main(int argc, char **argv) {
    const char *mode = argc > 2 ? argv[1] : "";
    size_t size;
    char *text = argc > 1 ? read_file(argv[argc - 1], &size) : NULL;
    if (!text) {
        fprintf(stderr, "usage: adder_front [--check|--incomplete] FILE\n");
        return 2;
    }
    struct arena *arena = arena_new();
    int status = run(arena, mode, argv[argc - 1], text, size);
    arena_free(arena);
    free(text);
    return status;
}
