/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The parent's side: this program again, in a process of its own, with the
 * contender's library preloaded and no other.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "worker.h"

#define ARGUMENTS 16
#define VARIABLES 512

/* The environment without preloads but this one. */
static void make_environment(char **to, char *preload) {
    size_t n = 0;
    for (char **from = environ; *from && n < VARIABLES - 2; from++)
        if (strncmp(*from, "LD_PRELOAD=", strlen("LD_PRELOAD=")) != 0)
            to[n++] = *from;
    if (preload)
        to[n++] = preload;
    to[n] = NULL;
}

static pid_t start(char **argv, char **environment, int out, bool silent) {
    pid_t child = -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (silent)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&child, "/proc/self/exe", &actions, NULL, argv, environment) != 0)
        child = -1;
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static bool read_figures(int in, struct figures *f) {
    double value[FIGURES];
    size_t n = 0;
    FILE *file = fdopen(in, "r");
    while (file && n < FIGURES && fscanf(file, "%lf", &value[n]) == 1)
        n++;
    if (file)
        fclose(file);
    else
        close(in);
    if (n == FIGURES)
        memcpy(f, value, sizeof value);
    return n == FIGURES;
}

bool worker_spawn(const struct contender *who, const char *work, size_t size, bool silent,
                  struct figures *out) {
    char preload[4096];
    char bytes[32];
    char *environment[VARIABLES];
    int ends[2];
    const char *file = strrchr(who->library, '/');
    const char *argv[ARGUMENTS] = {
        "tarn-bench", "--worker", work,  "--kind",
        who->kind,    "--size",   bytes, harness.quick ? "--quick" : NULL};
    unsigned n = harness.quick ? 8 : 7;
    argv[n++] = "--needs";
    argv[n++] = !who->library[0] ? "libc.so.6" : file ? file : who->library;
    snprintf(bytes, sizeof bytes, "%zu", size);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", who->library);
    make_environment(environment, who->library[0] ? preload : NULL);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = start((char **)argv, environment, ends[1], silent);
    close(ends[1]);
    bool read = read_figures(ends[0], out);
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return read && status == 0;
}
