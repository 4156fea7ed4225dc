/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* Reading inputs whole, with waits bracketed as blocking regions. */
#include "source.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <tarn/tarn.h>
#include <unistd.h>

#include "need.h"

#define READ_SIZE ((size_t)1 << 20)

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool source_is_compressed(const char *path) {
    static const char *const ends[] = {".lz4", ".gz", ".xz", ".bz2", ".zst", ".lzma"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_with(path, ends[i]))
            return true;
    return false;
}

/* Reads a descriptor to its end into the source. */
static bool read_all(struct source *source, int fd) {
    size_t room = 0;
    for (;;) {
        if (source->size + READ_SIZE > room) {
            room = room ? room * 2 : 4 * READ_SIZE;
            char *more = tarn_realloc(source->text, room);
            if (!more)
                return false;
            source->text = more;
        }
        ssize_t got = read(fd, source->text + source->size, READ_SIZE);
        if (got == 0)
            return true;
        if (got > 0)
            source->size += (size_t)got;
        else if (errno != EINTR)
            return false;
    }
}

/* Runs apt-helper, which knows every compression that apt does, without a shell. */
static bool read_compressed(struct source *source, const char *path) {
    char *const command[] = {"apt-helper", "cat-file", (char *)(uintptr_t)path, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int ends[2];
    int status = 0;
    pid_t child;
    if (pipe(ends) != 0)
        return false;
    sigemptyset(&none); /* the service's threads hold signals back; the child need not */
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    int error = posix_spawn(&child, APT_HELPER, &actions, &attributes, command, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    bool done = error == 0 && read_all(source, ends[0]);
    close(ends[0]);
    if (error == 0)
        waitpid(child, &status, 0);
    errno = error ? error : status ? EIO : errno;
    return done && status == 0;
}

static bool read_file(struct source *source, const char *path) {
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!file)
        return false;
    bool done = read_all(source, fileno(file));
    int saved = errno;
    if (file != stdin)
        fclose(file);
    errno = saved;
    return done;
}

bool source_read(struct source *source, const char *path) {
    bool attached = tarn_thread_heap() != NULL;
    *source = (struct source){.name = path};
    if (attached)
        tarn_blocking_begin();
    bool done =
        source_is_compressed(path) ? read_compressed(source, path) : read_file(source, path);
    int saved = errno;
    if (attached)
        tarn_blocking_end();
    if (!done) {
        fprintf(stderr, "pkgraph: %s: %s\n", path, strerror(saved));
        source_free(source);
    }
    return done;
}

void source_sample(struct source *source) {
    size_t size = strlen(sample_status);
    *source = (struct source){"(sample)", need(tarn_malloc(size)), size};
    memcpy(source->text, sample_status, size);
}

void source_free(struct source *source) {
    tarn_free(source->text);
    source->text = NULL;
    source->size = 0;
}
